/* ref.c - see ref.h. */
#include "ref.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ref_loss.h"

enum { NODES = 64, INPUTS = 8, PARAMS = 4, WORDS = 16 };

struct weights {
    char suffix[16];
    int count, fixed, decay;
    double *w, *m, *v; /* values and both moments */
    val *on;           /* on the tape */
};
struct node {
    char name[32], kind[32], key[WORDS][16], value[WORDS][32];
    int nkey, in[INPUTS], nin, nparam;
    struct weights param[PARAMS];
    struct map out;
};
struct ref {
    struct node node[NODES];
    int count, n, h, w, train, step;
    double *x, *y;
};

/* ------------------------------------------------------------ the text */

static void *need(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size);

    if (!p) {
        fprintf(stderr, "ref: out of memory\n");
        exit(1);
    }
    return p;
}

static int find(const struct ref *r, const char *name)
{
    for (int i = 0; i < r->count; i++)
        if (!strcmp(r->node[i].name, name))
            return i;
    fprintf(stderr, "ref: no node %s\n", name);
    exit(1);
}

static void parse_node(struct ref *r, char *line)
{
    struct node *nd = &r->node[r->count];
    int inputs = 0, i = 0;

    for (char *w = strtok(line, " "); w; w = strtok(NULL, " "), i++) {
        char *eq = strchr(w, '=');
        if (!strcmp(w, "<"))
            inputs = 1;
        else if (inputs)
            nd->in[nd->nin++] = find(r, w);
        else if (i == 0)
            snprintf(nd->name, sizeof(nd->name), "%s", w);
        else if (i == 1)
            snprintf(nd->kind, sizeof(nd->kind), "%s", w);
        else if (eq) {
            *eq = '\0';
            snprintf(nd->key[nd->nkey], 16, "%s", w);
            snprintf(nd->value[nd->nkey++], 32, "%s", eq + 1);
        }
    }
    if (!nd->nin && r->count)
        nd->in[nd->nin++] = r->count - 1;
    r->count++;
}

static const char *text_attr(const struct node *nd, const char *key,
                             const char *def)
{
    for (int i = 0; i < nd->nkey; i++)
        if (!strcmp(nd->key[i], key))
            return nd->value[i];
    return def;
}

static int int_attr(const struct node *nd, const char *key, int def)
{
    const char *s = text_attr(nd, key, NULL);

    return s ? atoi(s) : def;
}

/* "3" or "3x5": rows, columns. */
static void pair_attr(const struct node *nd, const char *key, int def,
                      int out[2])
{
    const char *s = text_attr(nd, key, NULL), *x;

    out[0] = out[1] = def;
    if (s) {
        out[0] = atoi(s);
        x = strchr(s, 'x');
        out[1] = x ? atoi(x + 1) : out[0];
    }
}

struct ref *ref_new(const char *text, int n, int h, int w)
{
    struct ref *r = need(1, sizeof(*r));
    char copy[4096], *at = copy, *end;

    snprintf(copy, sizeof(copy), "%s", text);
    r->n = n;
    r->h = h;
    r->w = w;
    for (; at; at = end ? end + 1 : NULL) {
        end = strchr(at, ';');
        if (end)
            *end = '\0';
        parse_node(r, at);
    }
    r->h = int_attr(&r->node[0], "h", h);
    r->w = int_attr(&r->node[0], "w", w);
    r->x = need((size_t)(n * r->h * r->w * int_attr(&r->node[0], "c", 1)),
                sizeof(*r->x));
    return r;
}

void ref_free(struct ref *r)
{
    for (int i = 0; i < r->count; i++) {
        for (int p = 0; p < r->node[i].nparam; p++) {
            free(r->node[i].param[p].w);
            free(r->node[i].param[p].m);
            free(r->node[i].param[p].v);
            free(r->node[i].param[p].on);
        }
        free(r->node[i].out.v);
    }
    free(r->x);
    free(r->y);
    free(r);
}

double *ref_input(struct ref *r, int *count)
{
    *count = r->n * r->h * r->w * int_attr(&r->node[0], "c", 1);
    return r->x;
}

double *ref_weights(struct ref *r, const char *node, const char *suffix,
                    int *count)
{
    struct node *nd = &r->node[find(r, node)];

    for (int i = 0; i < nd->nparam; i++)
        if (!strcmp(nd->param[i].suffix, suffix)) {
            *count = nd->param[i].count;
            return nd->param[i].w;
        }
    fprintf(stderr, "ref: no weights %s.%s\n", node, suffix);
    exit(1);
}

/* ------------------------------------------------------------ layers */

static struct map make(int n, int h, int w, int c)
{
    struct map m = {n, h, w, c, need((size_t)(n * h * w * c), sizeof(val))};

    return m;
}

/* The node's i-th weights as values of this pass. */
static val *use(struct node *nd, int i, const char *suffix, int count,
                int decay)
{
    struct weights *p = &nd->param[i];

    if (i == nd->nparam) {
        snprintf(p->suffix, sizeof(p->suffix), "%s", suffix);
        p->count = count;
        p->decay = decay;
        p->fixed = !strcmp(suffix, "mean") || !strcmp(suffix, "var");
        p->w = need((size_t)count, sizeof(double));
        p->m = need((size_t)count, sizeof(double));
        p->v = need((size_t)count, sizeof(double));
        p->on = need((size_t)count, sizeof(val));
        nd->nparam++;
    }
    for (int k = 0; k < count; k++)
        p->on[k] = t_const(p->w[k]);
    return p->on;
}

static val act_value(const char *kind, val a)
{
    double x = t_value(a), s = 1 / (1 + exp(-x));

    if (!strcmp(kind, "none"))
        return a;
    if (!strcmp(kind, "relu"))
        return t_fn(a, x > 0 ? x : 0, x > 0);
    if (!strcmp(kind, "lrelu"))
        return t_fn(a, x > 0 ? x : 0.01 * x, x > 0 ? 1 : 0.01);
    if (!strcmp(kind, "elu"))
        return t_fn(a, x > 0 ? x : exp(x) - 1, x > 0 ? 1 : exp(x));
    if (!strcmp(kind, "gelu"))
        return t_fn(a, 0.5 * x * (1 + erf(x / sqrt(2))),
                    0.5 * (1 + erf(x / sqrt(2))) +
                        x * exp(-x * x / 2) / sqrt(2 * acos(-1)));
    if (!strcmp(kind, "silu"))
        return t_fn(a, x * s, s * (1 + x * (1 - s)));
    if (!strcmp(kind, "sigmoid"))
        return t_fn(a, s, s * (1 - s));
    if (!strcmp(kind, "tanh"))
        return t_fn(a, tanh(x), 1 - tanh(x) * tanh(x));
    if (!strcmp(kind, "softplus"))
        return t_fn(a, log(1 + exp(x)), s);
    fprintf(stderr, "ref: no activation %s\n", kind);
    exit(1);
}

static void act_map(struct map *m, const char *kind)
{
    for (int i = 0; i < m->n * m->h * m->w * m->c; i++)
        m->v[i] = act_value(kind, m->v[i]);
}

static void softmax_map(struct map *m)
{
    for (int i = 0; i < m->n * m->h * m->w; i++) {
        val *v = &m->v[i * m->c], sum = t_const(0);
        for (int c = 0; c < m->c; c++) {
            v[c] = t_exp(v[c]);
            sum = t_add(sum, v[c]);
        }
        for (int c = 0; c < m->c; c++)
            v[c] = t_div(v[c], sum);
    }
}

/* A small map's pixel y meets the large one's y s + t - p. */
static int meets(int y, int t, int k, int s, int n)
{
    int at_y = y * s + t - (k > s ? (k - 1) / 2 : 0);

    return at_y >= 0 && at_y < n ? at_y : -1;
}

enum { CONV, TCONV, DW };
static struct map conv(struct node *nd, const struct map *in,
                       const struct map *like, int sort)
{
    int k[2], s[2], c = sort == DW ? in->c : int_attr(nd, "c", 1);

    pair_attr(nd, "k", sort == TCONV ? 2 : 3, k);
    pair_attr(nd, "s", sort == TCONV ? 2 : 1, s);
    struct map out = sort == TCONV ? make(in->n, like ? like->h : in->h * s[0],
                                          like ? like->w : in->w * s[1], c)
                                   : make(in->n, (in->h + s[0] - 1) / s[0],
                                          (in->w + s[1] - 1) / s[1], c);
    const struct map *small = sort == TCONV ? in : &out;
    const struct map *large = sort == TCONV ? &out : in;
    int cin = sort == DW ? 1 : in->c;
    val *w = use(nd, 0, "weight", k[0] * k[1] * cin * c, 1);
    val *b = int_attr(nd, "bias", 1) ? use(nd, 1, "bias", c, 0) : NULL;
    val zero = t_const(0);
    for (int i = 0; i < out.n * out.h * out.w * c; i++)
        out.v[i] = b ? b[i % c] : zero;
    for (int n = 0; n < small->n; n++)
        for (int y = 0; y < small->h; y++)
            for (int x = 0; x < small->w; x++)
                for (int t = 0; t < k[0] * k[1]; t++) {
                    int ly = meets(y, t / k[1], k[0], s[0], large->h);
                    int lx = meets(x, t % k[1], k[1], s[1], large->w);
                    for (int i = 0; ly >= 0 && lx >= 0 && i < cin * c; i++) {
                        int ci = sort == DW ? i : i / c, co = i % c;
                        val *from = sort == TCONV ? at(in, n, y, x, ci)
                                                  : at(in, n, ly, lx, ci);
                        val *to = sort == TCONV ? at(&out, n, ly, lx, co)
                                                : at(&out, n, y, x, co);
                        int wi = sort == TCONV ? (t * c + co) * in->c + ci
                                               : t * cin * c + i;
                        *to = t_add(*to, t_mul(*from, w[wi]));
                    }
                }
    act_map(&out, text_attr(nd, "act", "none"));
    return out;
}

static struct map dense(struct node *nd, const struct map *in)
{
    int c = int_attr(nd, "c", 1), k = in->h * in->w * in->c;
    struct map out = make(in->n, 1, 1, c);

    val *w = use(nd, 0, "weight", k * c, 1);
    val *b = int_attr(nd, "bias", 1) ? use(nd, 1, "bias", c, 0) : NULL;
    for (int n = 0; n < in->n; n++)
        for (int j = 0; j < c; j++) {
            val sum = b ? b[j] : t_const(0);
            for (int i = 0; i < k; i++)
                sum = t_add(sum, t_mul(in->v[n * k + i], w[i * c + j]));
            out.v[n * c + j] = sum;
        }
    act_map(&out, text_attr(nd, "act", "none"));
    return out;
}

static val pool_one(const struct map *in, int max, int n, const int y[2],
                    const int x[2], int c)
{
    val best = *at(in, n, y[0], x[0], c), sum = t_const(0);
    for (int i = y[0]; i < y[1]; i++)
        for (int j = x[0]; j < x[1]; j++) {
            val v = *at(in, n, i, j, c);
            sum = t_add(sum, v);
            if (t_value(v) > t_value(best))
                best = v;
        }
    return max ? best : t_scale(sum, 1.0 / ((y[1] - y[0]) * (x[1] - x[0])));
}

static int pooled(int n, int k, int s)
{
    int count = 1;

    while ((count - 1) * s + k < n)
        count++;
    return count;
}

static struct map pool(const struct node *nd, const struct map *in)
{
    int k[2], s[2], max = !strcmp(text_attr(nd, "kind", "max"), "max");

    pair_attr(nd, "k", 2, k);
    pair_attr(nd, "s", 0, s);
    for (int d = 0; d < 2; d++)
        s[d] = s[d] ? s[d] : k[d];
    struct map out = make(in->n, pooled(in->h, k[0], s[0]),
                          pooled(in->w, k[1], s[1]), in->c);
    for (int n = 0; n < out.n; n++)
        for (int y = 0; y < out.h; y++)
            for (int x = 0; x < out.w; x++)
                for (int c = 0; c < out.c; c++) {
                    int wy[2] = {y * s[0], (int)fmin(y * s[0] + k[0], in->h)};
                    int wx[2] = {x * s[1], (int)fmin(x * s[1] + k[1], in->w)};
                    *at(&out, n, y, x, c) = pool_one(in, max, n, wy, wx, c);
                }
    return out;
}

/* Between two samples of an axis whose pixels are k times larger. */
static double source(int o, int k, int n, int i[2])
{
    double pos = (o + 0.5) / k - 0.5, low = floor(pos);

    i[0] = (int)fmin(fmax(low, 0), n - 1);
    i[1] = (int)fmin(fmax(low + 1, 0), n - 1);
    return pos - low;
}

static struct map up(const struct node *nd, const struct map *in,
                     const struct map *like)
{
    int k[2], near = !strcmp(text_attr(nd, "kind", "nearest"), "nearest");

    pair_attr(nd, "k", 2, k);
    struct map out = make(in->n, like ? like->h : in->h * k[0],
                          like ? like->w : in->w * k[1], in->c);
    for (int n = 0; n < out.n; n++)
        for (int y = 0; y < out.h; y++)
            for (int x = 0; x < out.w; x++)
                for (int c = 0; c < out.c; c++) {
                    int iy[2], ix[2];
                    double fy = source(y, k[0], in->h, iy),
                           fx = source(x, k[1], in->w, ix);
                    val sum = t_const(0);
                    for (int i = 0; i < 4; i++)
                        sum = t_add(sum,
                                    t_scale(*at(in, n, iy[i / 2], ix[i % 2], c),
                                            (i / 2 ? fy : 1 - fy) *
                                                (i % 2 ? fx : 1 - fx)));
                    *at(&out, n, y, x,
                        c) = near ? *at(in, n, y / k[0], x / k[1], c) : sum;
                }
    return out;
}

static struct map shuffle(const struct node *nd, const struct map *in, int down)
{
    int k[2];

    pair_attr(nd, "k", 2, k);
    int kk = k[0] * k[1];
    struct map out = down ? make(in->n, in->h / k[0], in->w / k[1], in->c * kk)
                          : make(in->n, in->h * k[0], in->w * k[1], in->c / kk);
    const struct map *large = down ? in : &out, *small = down ? &out : in;
    for (int n = 0; n < in->n; n++)
        for (int y = 0; y < large->h; y++)
            for (int x = 0; x < large->w; x++)
                for (int c = 0; c < large->c; c++) {
                    int part = y % k[0] * k[1] + x % k[1];
                    val *l = at(large, n, y, x, c);
                    val *s = at(small, n, y / k[0], x / k[1],
                                part * large->c + c);
                    *(down ? s : l) = *(down ? l : s);
                }
    return out;
}

/* (x - mean) / sqrt(var + eps), times gamma plus beta, over the values
 * first, first + step...: `count` of them. */
static void normalise(const struct map *in, struct map *out, int first,
                      int step, int count, const val *gamma, const val *beta)
{
    val mean = t_const(0), var = t_const(0);
    for (int i = 0; i < count; i++)
        mean = t_add(mean, t_scale(in->v[first + i * step], 1.0 / count));
    for (int i = 0; i < count; i++) {
        val u = t_sub(in->v[first + i * step], mean);
        var = t_add(var, t_scale(t_mul(u, u), 1.0 / count));
    }
    val dev = t_sqrt(t_add(var, t_const(1e-5)));
    for (int i = 0; i < count; i++) {
        int k = first + i * step, c = k % in->c;
        out->v[k] = t_add(t_mul(t_div(t_sub(in->v[k], mean), dev), gamma[c]),
                          beta[c]);
    }
}

static struct map norm(struct ref *r, struct node *nd, const struct map *in,
                       int batch)
{
    struct map out = make(in->n, in->h, in->w, in->c);
    int pixels = in->n * in->h * in->w;

    val *g = use(nd, 0, "weight", in->c, 0), *b = use(nd, 1, "bias", in->c, 0);
    if (batch) {
        val *m = use(nd, 2, "mean", in->c, 0), *v = use(nd, 3, "var", in->c, 0);
        for (int i = 0; !r->train && i < pixels * in->c; i++) {
            int c = i % in->c;
            val dev = t_sqrt(t_add(v[c], t_const(1e-5)));
            out.v[i] = t_add(t_mul(t_div(t_sub(in->v[i], m[c]), dev), g[c]),
                             b[c]);
        }
        for (int c = 0; r->train && c < in->c; c++)
            normalise(in, &out, c, in->c, pixels, g, b);
    } else {
        for (int i = 0; i < pixels; i++)
            normalise(in, &out, i * in->c, 1, in->c, g, b);
    }
    return out;
}

static struct map join(const struct node *nd, const struct map *const *in)
{
    struct map out = make(in[0]->n, in[0]->h, in[0]->w, in[0]->c);

    for (int i = 0; i < out.n * out.h * out.w * out.c; i++) {
        out.v[i] = in[0]->v[i];
        for (int k = 1; k < nd->nin; k++)
            out.v[i] = !strcmp(nd->kind, "add")   ? t_add(out.v[i], in[k]->v[i])
                       : !strcmp(nd->kind, "sub") ? t_sub(out.v[i], in[k]->v[i])
                       : !strcmp(nd->kind, "where")
                           ? t_value(out.v[i]) >= 0 ? out.v[i] : in[k]->v[i]
                           : t_mul(out.v[i], in[k]->v[i]);
    }
    return out;
}

static struct map cat(const struct node *nd, const struct map *const *in)
{
    int c = 0, to = 0;

    for (int k = 0; k < nd->nin; k++)
        c += in[k]->c;
    struct map out = make(in[0]->n, in[0]->h, in[0]->w, c);
    for (int i = 0; i < out.n * out.h * out.w; i++)
        for (int k = 0; k < nd->nin; k++)
            for (int j = 0; j < in[k]->c; j++)
                out.v[to++] = in[k]->v[i * in[k]->c + j];
    return out;
}

static struct map same(const struct map *in, int h, int w, int c)
{
    struct map out = make(in->n, h, w, c);

    memcpy(out.v, in->v, sizeof(val) * (size_t)(in->n * h * w * c));
    return out;
}

static struct map layer(struct ref *r, struct node *nd)
{
    const struct map *in[INPUTS] = {NULL};
    const char *k = nd->kind;

    for (int i = 0; i < nd->nin; i++)
        in[i] = &r->node[nd->in[i]].out;
    if (!strcmp(k, "input")) {
        struct map out = make(r->n, r->h, r->w, int_attr(nd, "c", 1));
        for (int i = 0; i < r->n * r->h * r->w * out.c; i++)
            out.v[i] = t_const(r->x[i]);
        return out;
    }
    if (!strcmp(k, "conv"))
        return conv(nd, in[0], NULL, CONV);
    if (!strcmp(k, "tconv"))
        return conv(nd, in[0], in[1], TCONV);
    if (!strcmp(k, "dwconv"))
        return conv(nd, in[0], NULL, DW);
    if (!strcmp(k, "dense"))
        return dense(nd, in[0]);
    if (!strcmp(k, "pool"))
        return pool(nd, in[0]);
    if (!strcmp(k, "up"))
        return up(nd, in[0], in[1]);
    if (!strcmp(k, "unshuffle") || !strcmp(k, "shuffle"))
        return shuffle(nd, in[0], k[0] == 'u');
    if (!strcmp(k, "bnorm") || !strcmp(k, "lnorm"))
        return norm(r, nd, in[0], k[0] == 'b');
    if (!strcmp(k, "cat"))
        return cat(nd, in);
    if (!strcmp(k, "add") || !strcmp(k, "sub") || !strcmp(k, "mul") ||
        !strcmp(k, "where"))
        return join(nd, in);
    if (!strcmp(k, "reshape"))
        return same(in[0], int_attr(nd, "h", 1), int_attr(nd, "w", 1),
                    int_attr(nd, "c", 1));
    if (!strcmp(k, "act")) {
        const char *kind = text_attr(nd, "kind", "relu");
        struct map out = same(in[0], in[0]->h, in[0]->w, in[0]->c);
        if (!strcmp(kind, "softmax"))
            softmax_map(&out);
        else
            act_map(&out, kind);
        return out;
    }
    if (!strcmp(k, "latent") || !strcmp(k, "dropout")) /* no noise here */
        return same(in[0], in[0]->h, in[0]->w, in[0]->c);
    fprintf(stderr, "ref: no layer %s\n", k);
    exit(1);
}

static const struct map *pass(struct ref *r, int train)
{
    r->train = train;
    tape_reset();
    for (int i = 0; i < r->count; i++) {
        free(r->node[i].out.v);
        r->node[i].out.v = NULL;
        r->node[i].out = layer(r, &r->node[i]);
    }
    return &r->node[r->count - 1].out;
}

const double *ref_forward(struct ref *r, int train, int *count)
{
    const struct map *out = pass(r, train);

    *count = out->n * out->h * out->w * out->c;
    free(r->y);
    r->y = need((size_t)*count, sizeof(*r->y));
    for (int i = 0; i < *count; i++)
        r->y[i] = t_value(out->v[i]);
    return r->y;
}

/* ------------------------------------------------------------ updates */

static void update(struct weights *p, int i, const struct ref_how *how,
                   int step)
{
    double g = t_grad(p->on[i]), decay = p->decay ? how->decay : 0;
    double *w = &p->w[i], *m = &p->m[i], *v = &p->v[i];

    if (how->optim == 0) {
        *m = 0.9 * *m + g + decay * *w;
        *w -= how->lr * *m;
        return;
    }
    if (how->optim == 1)
        g += decay * *w;
    *m = 0.9 * *m + 0.1 * g;
    *v = 0.999 * *v + 0.001 * g * g;
    double to = *m / (1 - pow(0.9, step)) /
                (sqrt(*v / (1 - pow(0.999, step))) + 1e-8);
    *w -= how->lr * (to + (how->optim == 2 ? decay * *w : 0));
}

double ref_step(struct ref *r, const double *target, const struct ref_how *how)
{
    const struct map *out = pass(r, 1);

    val loss = ref_loss(out, target, how->loss, how->par);
    double v = t_value(loss);
    tape_back(loss);
    r->step++;
    for (int i = 0; i < r->count; i++)
        for (int p = 0; p < r->node[i].nparam; p++)
            for (int k = 0; k < r->node[i].param[p].count; k++)
                if (!r->node[i].param[p].fixed)
                    update(&r->node[i].param[p], k, how, r->step);
    return v;
}
