/* ae-score - items to scores: how odd each is to a model. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

enum { MAX_FIELDS = 16 };

struct args {
    struct cmd_common common;
    const char *model, *reference, *threshold;
    int summary, json;
    struct ae_score_options score;
    struct ae_examples_options examples;
};

#define AT(m) offsetof(struct args, m)
static const struct ae_field own[] = {
    {"model", AE_F_STR, AT(model), NULL, 0, 0,
     "model file, or a name to look up", NULL, "MODEL", 'm'},
    {"reference", AE_F_STR, AT(reference), NULL, 0, 0,
     "data whose codes knn measures distances from: what the model was "
     "trained on", NULL, "DATA", 0},
    {"threshold", AE_F_STR, AT(threshold), NULL, 0, 0,
     "add whether each score is above X, or above N % of the training "
     "data's", NULL, "X|qN", 0},
    {"summary", AE_F_BOOL, AT(summary), NULL, 0, 0,
     "print only the number of items and their mean: mse, elbo, iw:K...",
     NULL, NULL, 0},
    {"json", AE_F_BOOL, AT(json), NULL, 0, 0,
     "print JSON, an object a line", NULL, NULL, 0},
    {0}
};
#undef AT

struct run {
    const struct args *a;
    struct ae_scorer *scorer;
    enum cmd_style style;
    double threshold, sum;
    uint64_t count;
};

static int say(void *arg, const struct ae_score *s, struct ae_err *e)
{
    struct run *r = arg;
    const struct cmd_cell cell[] = {
        {"score", s->value}, {"outlier", s->value > r->threshold}};

    (void)e;
    r->sum += s->value;
    r->count++;
    if (r->a->summary)
        return 0;
    if (r->count == 1)
        cmd_table_head(r->style, cell, r->a->threshold ? 2 : 1);
    cmd_table_row(r->style, s->name, cell, r->a->threshold ? 2 : 1);
    if (!s->more)
        fflush(stdout);          /* a lost write is said at the end */
    return 0;
}

static void summarise(const struct run *r)
{
    const double mean = r->sum / (double)r->count;
    const char *method = r->a->score.method;
    const int bound = strncmp(method, "elbo", 4) == 0 || method[0] == 'i';
    const char *key = strcmp(method, "reconstruction") == 0 ? "mse" : method;

    if (r->a->json)
        printf("{\"items\":%llu,\"%s\":%.9g}\n",
               (unsigned long long)r->count, key, bound ? -mean : mean);
    else
        printf("items\t%s\n%llu\t%.9g\n", key,
               (unsigned long long)r->count, bound ? -mean : mean);
}

/* X, or qN: the score below which N % of the training data lie. */
static void take_threshold(struct run *r, const char *text)
{
    const int is_share = text[0] == 'q';
    struct ae_err e;
    char *end;
    double v;

    errno = 0;
    v = strtod(text + is_share, &end);
    if (end == text + is_share || *end || errno || !isfinite(v) ||
        (is_share && !(v >= 0 && v <= 100)))
        cmd_usage("option '--threshold': '%s' is neither a score nor q0 to "
                  "q100", text);
    r->threshold = v;
    if (is_share && ae_scorer_quantile(r->scorer, v / 100, &r->threshold, &e))
        cmd_usage("option '--threshold': %s", e.msg);
    cmd_detail("threshold %.6g", r->threshold);
}

static int read_inputs(struct run *r, char *const *operand, int count)
{
    int bad = 0;

    for (int i = 0; i < (count ? count : 1); i++) {
        struct ae_err e = {0};
        if (ae_scorer_read(r->scorer, count ? operand[i] : "-",
                           &r->a->examples, say, r, &e) < 0) {
            cmd_error(NULL, &e);
            bad++;
        }
    }
    return bad ? CMD_FAILED : CMD_OK;
}

/* The library's table, moved to where our struct keeps its options. */
static void move(struct ae_field *to, const struct ae_field *from,
                 size_t offset)
{
    for (int i = 0; from[i].name && i < MAX_FIELDS - 1; i++) {
        to[i] = from[i];
        to[i].offset += offset;
    }
}

static const struct cmd_spec *make_spec(void)
{
    static struct ae_field score[MAX_FIELDS], examples[MAX_FIELDS];
    static const struct ae_field *const tables[] = {
        own, score, examples, cmd_machine_fields, cmd_talk_fields, NULL};
    static const struct cmd_spec spec = {
        "ae-score", "-m MODEL [OPTION...] [INPUT...]",
        "Prints how odd items are to a model; stdin with no INPUT", tables,
        NULL};

    move(score, ae_score_fields, offsetof(struct args, score));
    move(examples, ae_examples_fields, offsetof(struct args, examples));
    return &spec;
}

int main(int argc, char **argv)
{
    struct args a = {0};
    const int first = cmd_parse(make_spec(), &a, argc, argv);
    struct run r = {.a = &a, .style = a.json ? CMD_JSON : CMD_TSV};
    struct ae_model *model;
    struct ae_err e = {0};

    if (!a.model)
        cmd_usage("-m MODEL is needed");
    if (!a.reference && strcmp(a.score.method, "knn") == 0)
        cmd_usage("--method knn needs --reference DATA");
    struct ae_ctx *ctx = cmd_context(&a.common);
    if (ae_model_load(ctx, a.model, &model, &e))
        cmd_die(CMD_USAGE, "%s", e.msg);
    if (ae_scorer_new(ctx, model, &a.score, &r.scorer, &e))
        cmd_die(CMD_USAGE, "%s: %s", a.model, e.msg);
    if (a.threshold)
        take_threshold(&r, a.threshold);
    if (a.reference &&
        ae_scorer_refer(r.scorer, a.reference, &a.examples, &e))
        cmd_die(CMD_USAGE, "--reference: %s", e.msg);
    const int status = read_inputs(&r, argv + first, argc - first);
    if (a.summary && r.count)
        summarise(&r);
    ae_scorer_free(r.scorer);
    ae_model_free(model);
    ae_ctx_free(ctx);
    return cmd_close(status);
}
