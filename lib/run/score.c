/* score.c - items to scores, in batches that never make a reader wait: what
 * is held for company is scored when the input has nothing further at hand. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "model/judge.h"

enum {
    BATCH = 64,                  /* items at once... */
    FLOATS = 1 << 22,            /* ...of so many numbers at most */
    REFERENCE = 1 << 20          /* most items of a reference */
};

#define AT(member) offsetof(struct ae_score_options, member)

const struct ae_field ae_score_fields[] = {
    {.name = "method", .type = AE_F_STR, .offset = AT(method),
     .def = "reconstruction",
     .arg = "reconstruction|elbo[:K]|iw[:K]|mahalanobis|knn",
     .help = "squared error of a value; minus the evidence bound, or the "
     "importance-weighted one, by K draws; distance of the code from those "
     "of the training data; or from its nearest of --reference"},
    {.name = "neighbours", .type = AE_F_INT, .offset = AT(neighbours),
     .def = "1", .min = 1, .max = AE_NEIGHBOURS_MOST, .arg = "K",
     .help = "nearest codes that knn takes the mean distance from"},
    {.name = "seed", .type = AE_F_COUNT, .offset = AT(seed), .max = 9e15,
     .arg = "N", .help = "of the draws of elbo and iw, which depend on it "
     "and the item's number alone"},
    {.name = NULL},
};

struct ae_scorer {
    struct ae_ctx *ctx;
    const struct ae_model *model;
    struct ae_score_options o;
    int method, draws;           /* of o.method */
    struct ae_judge judge;       /* of items of h x w, 0: none yet */
    int h, w, batch, n;          /* n items wait */
    size_t item;                 /* floats of one */
    float *x;                    /* [batch][item] */
    double *value;               /* [batch] */
    struct ae_str *name;         /* [batch] */
    uint64_t first;              /* number of the first that waits */
    uint64_t read, before;       /* items of this reading, of earlier ones */
    float *reference;            /* [count][code] */
    size_t count, cap;
    int code;                    /* numbers in each */
    struct ae_neighbours *near;
    ae_score_fn *fn;             /* NULL: items go to the reference */
    void *arg;
};

static void release_batch(struct ae_scorer *s)
{
    ae_judge_release(&s->judge);
    for (int i = 0; s->name && i < s->batch; i++)
        ae_str_release(&s->name[i]);
    free(s->name);
    free(s->x);
    free(s->value);
    s->name = NULL;
    s->x = NULL;
    s->value = NULL;
    s->h = s->w = s->n = 0;
}

/* Makes ready for items of h x w, 0: the model's own size. */
static int prepare(struct ae_scorer *s, int h, int w, size_t item,
                   struct ae_err *e)
{
    const int most = s->draws ? AE_BOUND_BATCH : BATCH;

    release_batch(s);
    s->batch = ae_max(1, ae_min(most, (int)(FLOATS / item)));
    int rc = ae_judge_init(&s->judge, s->ctx, s->model, h, w, s->batch, e);
    if (rc)
        return rc;
    const struct ae_coder_info *i = ae_coder_info(s->judge.coder);
    if (i->labels)
        return ae_fail(e, AE_EUNSUPPORTED, "the model asks for labels, which "
                       "can't be given for scores");
    if (s->code && i->code != s->code)
        return ae_fail(e, AE_EARG, "codes of %d numbers, but those of the "
                       "reference have %d", i->code, s->code);
    if (s->draws && (rc = ae_judge_bounds(&s->judge, s->model, s->draws,
                                          s->o.seed, e)) != 0)
        return rc;
    s->code = i->code;
    s->judge.near = s->near;
    s->judge.k = s->o.neighbours;
    s->h = i->h;
    s->w = i->w;
    s->item = item;
    s->x = ae_alloc((size_t)s->batch, item * sizeof(*s->x), e);
    s->value = ae_alloc((size_t)s->batch, sizeof(*s->value), e);
    s->name = ae_alloc((size_t)s->batch, sizeof(*s->name), e);
    return s->x && s->value && s->name ? 0 : AE_EMEM;
}

static int keep_codes(struct ae_scorer *s, struct ae_err *e)
{
    const size_t code = (size_t)s->code, n = (size_t)s->n;
    int rc = ae_judge_encode(&s->judge, s->x, s->n, e);

    if (!rc && s->count + n > REFERENCE)
        rc = ae_fail(e, AE_ELIMIT, "a reference of more than %d items",
                     REFERENCE);
    if (!rc && s->count + n > s->cap) {
        s->cap = 2 * (s->count + n);
        rc = ae_realloc(&s->reference, s->cap, code * sizeof(float), e);
    }
    if (!rc)
        memcpy(s->reference + s->count * code, s->judge.z,
               n * code * sizeof(float));
    s->count += rc ? 0 : n;
    return rc;
}

/* What waits is scored and said, or goes to the reference. */
static int work(struct ae_scorer *s, int more, struct ae_err *e)
{
    int rc = 0;

    if (s->n == 0)
        return 0;
    if (!s->fn)
        rc = keep_codes(s, e);
    else
        rc = ae_judge_run(&s->judge, s->method, s->x, s->before + s->first,
                          s->n, s->value, e);
    for (int i = 0; s->fn && !rc && i < s->n; i++) {
        const struct ae_score one = {s->name[i].p, s->value[i],
                                     s->first + (uint64_t)i,
                                     more || i < s->n - 1};
        rc = s->fn(s->arg, &one, e);
    }
    s->n = 0;
    return rc;
}

static int take(void *arg, const struct ae_example *x, struct ae_err *e)
{
    struct ae_scorer *s = arg;
    const size_t item = (size_t)x->h * (size_t)x->w * (size_t)x->c;
    int rc = 0;

    if (x->h != s->h || x->w != s->w || !s->x) {
        rc = work(s, 1, e);
        if (!rc)
            rc = prepare(s, x->h, x->w, item, e);
        if (rc)
            return rc;
    }
    if (s->n == 0)
        s->first = x->index;
    s->read = x->index + 1;
    struct ae_str *name = &s->name[s->n];
    name->len = 0;
    rc = ae_str_add(name, x->name, e);
    if (rc)
        return rc;
    memcpy(s->x + (size_t)s->n++ * item, x->x, item * sizeof(*s->x));
    return s->n == s->batch || !x->more ? work(s, x->more, e) : 0;
}

/* Items that came before a fault are done all the same. */
static int read_path(struct ae_scorer *s, const char *path,
                     const struct ae_examples_options *o, ae_score_fn *fn,
                     void *arg, struct ae_err *e)
{
    struct ae_err later;

    s->fn = fn;
    s->arg = arg;
    s->n = 0;
    s->read = 0;
    const int rc = ae_examples_read(s->ctx, s->model, path, o, take, s, e);
    const int rest = work(s, 0, rc ? &later : e);
    s->before += fn ? s->read : 0;
    return rc ? rc : rest;
}

/* What the model can't do is better said before anything is read. */
static int try_method(const struct ae_scorer *s, struct ae_err *e)
{
    struct ae_coder *c = NULL;
    struct ae_bound b;
    int rc = ae_coder_new(s->ctx, s->model, 0, 0, 1, &c, e);

    if (rc == AE_EARG)           /* of any size: known with the first item */
        return 0;
    if (!rc && s->draws) {
        rc = ae_bound_init(&b, s->ctx, s->model, c, 1, e);
        ae_bound_release(&b);
    }
    if (!rc && (s->draws || s->method == AE_JUDGE_RECONSTRUCTION))
        rc = ae_coder_decode(c, NULL, NULL, 0, NULL, e);
    if (!rc && s->method == AE_JUDGE_MAHALANOBIS &&
        !s->model->fits.at[AE_FIT_GAUSS])
        rc = ae_fail(e, AE_EUNSUPPORTED, "the model holds no Gaussian of its "
                     "training codes, which mahalanobis needs");
    ae_coder_free(c);
    return rc;
}

int ae_scorer_new(struct ae_ctx *ctx, const struct ae_model *m,
                  const struct ae_score_options *o, struct ae_scorer **out,
                  struct ae_err *e)
{
    struct ae_scorer *s = ae_alloc(1, sizeof(*s), e);

    *out = NULL;
    if (!s)
        return AE_EMEM;
    *s = (struct ae_scorer){.ctx = ctx, .model = m, .o = *o};
    int rc = ae_judge_parse(o->method, &s->method, &s->draws, e);
    if (!rc)
        rc = try_method(s, e);
    if (rc)
        free(s);
    else
        *out = s;
    return rc;
}

void ae_scorer_free(struct ae_scorer *s)
{
    if (!s)
        return;
    release_batch(s);
    ae_neighbours_free(s->near);
    free(s->reference);
    free(s);
}

int ae_scorer_refer(struct ae_scorer *s, const char *path,
                    const struct ae_examples_options *o, struct ae_err *e)
{
    int rc = read_path(s, path, o, NULL, NULL, e);

    ae_neighbours_free(s->near);
    s->near = NULL;
    if (!rc && s->count)
        rc = ae_neighbours_new(s->reference, s->count, s->code, &s->near, e);
    s->judge.near = s->near;
    return rc;
}

int ae_scorer_read(struct ae_scorer *s, const char *path,
                   const struct ae_examples_options *o, ae_score_fn *fn,
                   void *arg, struct ae_err *e)
{
    if (s->method == AE_JUDGE_KNN && s->count < (size_t)s->o.neighbours)
        return ae_fail(e, AE_EARG, "a reference of %zu item(s) has no %d "
                       "nearest", s->count, s->o.neighbours);
    return read_path(s, path, o, fn, arg, e);
}

int ae_scorer_quantile(const struct ae_scorer *s, double share, double *out,
                       struct ae_err *e)
{
    const char *method = ae_judge_names[s->method];
    const json_t *all = json_object_get(s->model->meta, "scores");
    const json_t *q = json_object_get(all, method);

    if (!q)
        return ae_fail(e, AE_EUNSUPPORTED, "the model holds no %s scores of "
                       "its training data", method);
    return ae_quantile(q, share, out, e);
}
