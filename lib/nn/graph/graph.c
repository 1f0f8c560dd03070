/* graph.c - nodes appended one after the other, checked as they come.
 *
 * A graph knows shapes and places of weights; it knows nothing of batches,
 * activations' memory, or threads. */
#include "nn/graph/graph.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/field.h"
#include "base/str.h"

const struct ae_limits ae_graph_limits = {4096, 1 << 20, (uint64_t)1 << 28,
                                          1 << 24};

int ae_graph_new(struct ae_graph **out, struct ae_err *e)
{
    *out = ae_alloc(1, sizeof(**out), e);
    return *out ? 0 : AE_EMEM;
}

void ae_graph_free(struct ae_graph *g)
{
    if (!g)
        return;
    ae_arena_release(&g->arena);
    free(g->node);
    free(g);
}

int ae_graph_find(const struct ae_graph *g, const char *name)
{
    for (int i = 0; i < g->count; i++)
        if (strcmp(g->node[i].name, name) == 0)
            return i;
    return -1;
}

static void copy_attr(const struct ae_node *nd, const char *attr, void *to,
                      size_t size)
{
    const struct ae_field *f = nd->kind->fields
                                   ? ae_field_find(nd->kind->fields, attr)
                                   : NULL;

    if (f)
        memcpy(to, (const char *)nd->attr + f->offset, size);
}

int ae_node_int(const struct ae_node *nd, const char *attr)
{
    int v = 0;

    copy_attr(nd, attr, &v, sizeof(v));
    return v;
}

double ae_node_real(const struct ae_node *nd, const char *attr)
{
    double v = 0;

    copy_attr(nd, attr, &v, sizeof(v));
    return v;
}

int ae_graph_find_output(const struct ae_graph *g, const char *name)
{
    for (int i = 0; i < g->noutputs; i++)
        if (!name || strcmp(g->output_name[i], name) == 0)
            return g->output[i];
    return -1;
}

static int fail_unknown_kind(const char *kind, struct ae_err *e)
{
    char list[256] = "";
    size_t n = 0;

    for (size_t i = 0; ae_layer_at(i) && n < sizeof(list); i++)
        n += (size_t)snprintf(list + n, sizeof(list) - n, " %s",
                              ae_layer_at(i)->name);
    return ae_fail(e, AE_EARG, "unknown kind of layer '%s'; known are%s", kind,
                   list);
}

/* Names become tensors' names and lines of a spec. */
static int check_name(const struct ae_graph *g, const char *name,
                      struct ae_err *e)
{
    size_t n = strlen(name);

    if (n == 0 || n > 200)
        return ae_fail(e, AE_EARG, "a node's name has 1 to 200 letters");
    for (size_t i = 0; i < n; i++) {
        char c = name[i];
        int word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                   c == '_' ||
                   (i && ((c >= '0' && c <= '9') || c == '.' || c == '-'));
        if (!word)
            return ae_fail(e, AE_EARG, "'%s' is not a name for a node", name);
    }
    if (ae_graph_find(g, name) >= 0)
        return ae_fail(e, AE_EARG, "the name '%s' is taken", name);
    return 0;
}

static int check_inputs(const struct ae_graph *g, struct ae_node *nd,
                        const int *in, int nin, struct ae_err *e)
{
    const struct ae_layer_kind *k = nd->kind;

    if (nin < k->min_in || nin > k->max_in)
        return ae_fail(e, AE_EARG,
                       k->min_in == k->max_in
                           ? "%s takes %d inputs, not %d"
                           : "%s takes at least %d inputs, not %d",
                       k->name, nin < k->min_in ? k->min_in : k->max_in, nin);
    for (int i = 0; i < nin; i++) {
        if (in[i] < 0 || in[i] >= g->count)
            return ae_fail(e, AE_EARG, "input %d is not an earlier node",
                           i + 1);
        nd->in[i] = in[i];
    }
    nd->nin = nin;
    return 0;
}

static int check_shape(const struct ae_shape *s, struct ae_err *e)
{
    int most = ae_graph_limits.dim;

    if (s->c < 1 || s->h < 0 || s->w < 0)
        return ae_fail(e, AE_EARG, "has an output of %dx%dx%d", s->h, s->w,
                       s->c);
    if (s->c > most || s->h > most || s->w > most)
        return ae_fail(e, AE_ELIMIT, "output of %dx%dx%d: at most %d a side",
                       s->h, s->w, s->c, most);
    return 0;
}

static int count_params(struct ae_node *nd, struct ae_err *e)
{
    for (int i = 0; i < nd->nparam; i++) {
        struct ae_param *p = &nd->param[i];

        p->count = 1;
        for (int d = 0; d < p->ndims; d++)
            AE_TRY(ae_mul(p->count, (size_t)p->dims[d], &p->count, e));
        if (p->count > ae_graph_limits.weights)
            return ae_fail(e, AE_ELIMIT, "has %zu weights; at most %llu",
                           p->count,
                           (unsigned long long)ae_graph_limits.weights);
    }
    return 0;
}

/* Stride and receptive field as the inputs have them, then the kind's own. */
static int setup_node(struct ae_graph *g, struct ae_node *nd, struct ae_err *e)
{
    const struct ae_node *in[AE_MAX_INPUTS + 1] = {NULL};
    double before[2], overlap[2] = {0, 0};

    nd->output_stride[0] = nd->output_stride[1] = 1;
    nd->tile = nd->taps = 1;
    for (int i = 0; i < nd->nin; i++)
        in[i] = &g->node[nd->in[i]];
    if (nd->tie >= 0)
        in[nd->nin] = &g->node[nd->tie];
    for (int i = 0; i < ae_inputs_read(nd); i++)
        for (int d = 0; d < 2; d++) {
            assert(in[0] && in[i]); /* ae_inputs_read() counts those */
            nd->output_stride[d] = in[0]->output_stride[d];
            nd->receptive_field[d] = fmax(nd->receptive_field[d],
                                          in[i]->receptive_field[d]);
            overlap[d] = fmax(overlap[d], in[i]->overlap[d]);
        }
    memcpy(before, nd->receptive_field, sizeof(before));
    if (nd->kind->setup)
        AE_TRY(nd->kind->setup(nd, in, e));
    for (int d = 0; d < 2; d++)
        nd->overlap[d] = overlap[d] + nd->receptive_field[d] - before[d] +
                         nd->output_stride[d] * (nd->tile - 1);
    return count_params(nd, e);
}

/* The nearest node of that kind that has its own weights, which no other
 * uses. */
static int nearest_untied(const struct ae_graph *g,
                          const struct ae_layer_kind *kind)
{
    for (int i = g->count - 1, used; i >= 0; i--) {
        used = g->node[i].kind != kind || g->node[i].tie >= 0;
        for (int k = i + 1; !used && k < g->count; k++)
            used = g->node[k].tie == i;
        if (!used)
            return i;
    }
    return -1;
}

/* The attribute `tie` of kinds that have it: 0, a name, or 1 for the nearest,
 * which is replaced by its name. */
static int find_tie(const struct ae_graph *g, struct ae_node *nd,
                    struct ae_err *e)
{
    const struct ae_field *f = nd->kind->fields
                                   ? ae_field_find(nd->kind->fields, "tie")
                                   : NULL;

    nd->tie = -1;
    if (!f)
        return 0;
    const char **name = (const char **)(void *)((char *)nd->attr + f->offset);
    if (strcmp(*name, "0") == 0)
        return 0;
    const int i = strcmp(*name, "1") == 0 ? nearest_untied(g, nd->kind)
                                          : ae_graph_find(g, *name);
    if (i < 0)
        return ae_fail(e, AE_EARG, "tie=%s: there is no such node above",
                       *name);
    if (g->node[i].kind != nd->kind || g->node[i].tie >= 0)
        return ae_fail(e, AE_EARG,
                       "tie=%s: that node has no weights of its own of a %s "
                       "layer",
                       *name, nd->kind->name);
    nd->tie = i;
    *name = g->node[i].name;
    return 0;
}

/* Text fields borrow from the text, which therefore stays in the arena. */
static int parse_attributes(struct ae_graph *g, struct ae_node *nd,
                            const char *attrs, struct ae_err *e)
{
    static const struct ae_field none[] = {{.name = NULL}};
    char *text = ae_arena_strdup(&g->arena, attrs ? attrs : "", e);

    nd->attr = ae_arena_alloc(&g->arena, 1, nd->kind->size + 1, e);
    if (!nd->attr || !text)
        return AE_EMEM;
    AE_TRY(ae_fields_cut(nd->kind->fields ? nd->kind->fields : none, nd->attr,
                         text, ' ', e));
    return find_tie(g, nd, e);
}

static int build_node(struct ae_graph *g, struct ae_node *nd, const char *kind,
                      const char *name, const char *attrs, const int *in,
                      int nin, struct ae_err *e)
{
    struct ae_shape shapes[AE_MAX_INPUTS] = {{0, 0, 0}};

    nd->kind = ae_layer_by_name(kind);
    if (!nd->kind)
        return fail_unknown_kind(kind, e);
    nd->flags = nd->kind->flags;
    AE_TRY(check_name(g, name, e));
    AE_TRY(check_inputs(g, nd, in, nin, e));
    nd->name = ae_arena_strdup(&g->arena, name, e);
    if (!nd->name)
        return AE_EMEM;
    AE_TRY(parse_attributes(g, nd, attrs, e));
    for (int i = 0; i < nin; i++)
        shapes[i] = g->node[in[i]].shape;
    AE_TRY(nd->kind->shape(nd, shapes, &nd->shape, e));
    AE_TRY(check_shape(&nd->shape, e));
    return setup_node(g, nd, e);
}

int ae_graph_add(struct ae_graph *g, const char *kind, const char *name,
                 const char *attrs, const int *in, int nin, int line,
                 struct ae_err *e)
{
    if (g->count >= ae_graph_limits.nodes)
        return ae_fail(e, AE_ELIMIT, "line %d: more than %d nodes", line,
                       ae_graph_limits.nodes);
    if ((g->count & (g->count - 1)) == 0) /* room for the next power */
        AE_TRY(ae_realloc(&g->node, g->count ? 2 * (size_t)g->count : 1,
                          sizeof(*g->node), e));
    struct ae_node *nd = &g->node[g->count];

    memset(nd, 0, sizeof(*nd));
    nd->index = g->count;
    nd->line = line;
    const int rc = build_node(g, nd, kind, name, attrs, in, nin, e);
    if (rc < 0)
        return ae_err_at(e, rc, "line %d: %s", line, name);
    g->count++;
    return 0;
}

int ae_graph_output(struct ae_graph *g, int node, const char *name,
                    struct ae_err *e)
{
    if (node < 0 || node >= g->count)
        return ae_fail(e, AE_EARG, "an output is not a node");
    if (g->noutputs == (int)AE_LEN(g->output))
        return ae_fail(e, AE_ELIMIT, "more than %d outputs", g->noutputs);
    if (!name)
        name = "output";
    for (int i = 0; i < g->noutputs; i++)
        if (strcmp(g->output_name[i], name) == 0)
            return ae_fail(e, AE_EARG, "two outputs are named '%s'", name);
    char *copy = ae_arena_strdup(&g->arena, name, e);
    if (!copy)
        return AE_EMEM;
    g->output[g->noutputs] = node;
    g->output_name[g->noutputs++] = copy;
    return 0;
}

/* Places the packed weights of nodes with or without AE_REPACK. */
static void place_packed(struct ae_graph *g, unsigned repack)
{
    for (int i = 0; i < g->count; i++) {
        struct ae_node *nd = &g->node[i];
        if ((nd->flags & AE_REPACK) != repack)
            continue;
        nd->packed_offset = g->packed;
        g->packed += ae_round_up(nd->packed, 16);
    }
}

static int gcd(int a, int b)
{
    return b ? gcd(b, a % b) : a;
}

/* The least common multiple of all nodes' output strides, or of their tiles'
 * sides, in input pixels; 0: it is beyond the limit on sides. */
static int common_multiple(const struct ae_graph *g, int d, int tiles)
{
    const int most = ae_graph_limits.dim;
    int64_t all = 1;

    for (int i = 0; i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        const double side = nd->output_stride[d] * (tiles ? nd->tile : 1);
        if (side > most)
            return 0;
        const int j = (int)ceil(side);
        assert(j > 0); /* as strides and tiles are */
        all = all / gcd((int)all, j) * j;
        if (all > most)
            return 0;
    }
    return (int)all;
}

static int check_multiples(const struct ae_graph *g, struct ae_err *e)
{
    for (int d = 0; d < 2; d++)
        if (!common_multiple(g, d, 0) || !common_multiple(g, d, 1))
            return ae_fail(e, AE_ELIMIT,
                           "strides have no common multiple up to %d",
                           ae_graph_limits.dim);
    return 0;
}

/* Rows x columns of a fixed size; else by input pixel. */
static double pixels_of(const struct ae_node *nd)
{
    const struct ae_shape *s = &nd->shape;

    return s->h && s->w ? (double)s->h * s->w
                        : 1 / (nd->output_stride[0] * nd->output_stride[1]);
}

/* Multiplications a pixel of the input, or of an output of fixed size that has
 * more.  What a node without any computes counts as much, so that thousands of
 * those are no way around the limit; where the input's size is fixed, each
 * weight may be used once besides. */
static int check_work(const struct ae_graph *g, struct ae_err *e)
{
    const struct ae_shape *in = &g->node[0].shape;
    double sum = 0, most, pixels = pixels_of(&g->node[0]);

    for (int i = 0; i < g->noutputs; i++) {
        const struct ae_node *out = &g->node[g->output[i]];
        if (out->shape.h && out->shape.w)
            pixels = fmax(pixels, pixels_of(out));
    }
    for (int i = 0; i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        sum += fmax(nd->macs, pixels_of(nd) * nd->shape.c * nd->taps);
    }
    most = ae_graph_limits.work * pixels;
    if (in->h && in->w)
        most += (double)g->weights;
    if (sum <= most)
        return 0;
    return ae_fail(e, AE_ELIMIT,
                   "takes %.3g multiplications a pixel; at most %.3g",
                   sum / pixels, most / pixels);
}

int ae_graph_finish(struct ae_graph *g, struct ae_err *e)
{
    size_t most = (size_t)ae_graph_limits.weights;

    g->weights = g->packed = g->scratch = g->shared = 0;
    if (g->count == 0 || !(g->node[0].flags & AE_IS_INPUT))
        return ae_fail(e, AE_EARG, "the first node must be an input");
    if (g->noutputs == 0)
        return ae_fail(e, AE_EARG, "no output is named");
    for (int i = 0; i < g->count; i++) {
        struct ae_node *nd = &g->node[i];
        for (int p = 0; p < nd->nparam; p++) {
            nd->param[p].offset = g->weights;
            g->weights += ae_round_up(nd->param[p].count, 16);
            if (g->weights > most)
                return ae_fail(e, AE_ELIMIT,
                               "line %d: %s: more than %zu weights", nd->line,
                               nd->name, most);
        }
        if (nd->scratch > g->scratch)
            g->scratch = nd->scratch;
        if (nd->shared > g->shared)
            g->shared = nd->shared;
    }
    g->scratch = ae_round_up(g->scratch, 16);
    place_packed(g, AE_REPACK);
    g->turned = g->packed;
    place_packed(g, 0);
    AE_TRY(check_multiples(g, e));
    return check_work(g, e);
}

void ae_graph_receptive_field(const struct ae_graph *g, int field[2],
                              int align[2])
{
    for (int d = 0; d < 2; d++) {
        field[d] = 0;
        align[d] = common_multiple(g, d, 0);
        for (int i = 0; i < g->noutputs; i++)
            field[d] = ae_max(
                field[d], (int)ceil(g->node[g->output[i]].receptive_field[d]));
    }
}

void ae_graph_piece_overlap(const struct ae_graph *g, int overlap[2],
                            int align[2])
{
    for (int d = 0; d < 2; d++) {
        overlap[d] = 0;
        align[d] = common_multiple(g, d, 1);
        for (int i = 0; i < g->noutputs; i++)
            overlap[d] = ae_max(overlap[d],
                                (int)ceil(g->node[g->output[i]].overlap[d]));
    }
}

const char *ae_graph_input_name(const struct ae_graph *g, int node)
{
    const struct ae_node *nd = &g->node[node];

    if (!(nd->flags & AE_IS_INPUT))
        return NULL;
    const struct ae_input *a = nd->attr;
    return a->name ? a->name : nd->name;
}

int ae_graph_input(const struct ae_graph *g, const char *name)
{
    for (int i = 0; i < g->count; i++) {
        const char *its = ae_graph_input_name(g, i);
        if (its && (!name || strcmp(its, name) == 0))
            return i;
    }
    return -1;
}

int ae_graph_is_fully_convolutional(const struct ae_graph *g)
{
    for (int i = 0; i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        if (nd->shape.h || nd->shape.w || nd->flags & AE_GLOBAL)
            return 0;
    }
    return 1;
}

int ae_graph_is_variational(const struct ae_graph *g)
{
    for (int i = 0; i < g->count; i++)
        if (g->node[i].kind == &ae_layer_latent)
            return 1;
    return 0;
}

/* An input's own size, or the given one where it has none. */
static int input_shape(const struct ae_node *nd, int h, int w,
                       struct ae_shape *s, struct ae_err *e)
{
    *s = nd->shape;
    if (nd->index == 0 &&
        ((h && s->h && h != s->h) || (w && s->w && w != s->w)))
        return ae_fail(e, AE_EARG,
                       "takes %d x %d, not %d x %d (height x width)", s->h,
                       s->w, h, w);
    s->h = s->h ? s->h : h;
    s->w = s->w ? s->w : w;
    return 0;
}

int ae_graph_shapes(const struct ae_graph *g, int h, int w,
                    struct ae_shape *out, struct ae_err *e)
{
    for (int i = 0; i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        struct ae_shape in[AE_MAX_INPUTS] = {{0, 0, 0}};
        for (int k = 0; k < nd->nin; k++)
            in[k] = out[nd->in[k]];
        int rc = nd->flags & AE_IS_INPUT ? input_shape(nd, h, w, &out[i], e)
                                         : nd->kind->shape(nd, in, &out[i], e);
        if (!rc)
            rc = check_shape(&out[i], e);
        if (rc)
            return ae_err_at(e, rc, "%s", nd->name);
    }
    return 0;
}

static void freeze_node(struct ae_node *nd, unsigned char *frozen)
{
    for (int p = 0; p < nd->nparam; p++) {
        nd->param[p].frozen |= nd->param[p].trainable;
        nd->param[p].trainable = 0;
    }
    for (int k = 0; k < ae_inputs_read(nd); k++)
        frozen[nd->in[k]] = 1;
}

int ae_graph_freeze(struct ae_graph *g, const char *name, struct ae_err *e)
{
    const int last = ae_graph_find(g, name);
    int trained = 0;

    if (last < 0)
        return ae_fail(e, AE_EARG, "the net has no node '%s'", name);
    unsigned char *frozen = ae_alloc((size_t)g->count, 1, e);
    if (!frozen)
        return AE_EMEM;
    frozen[last] = 1;
    for (int i = g->count - 1; i >= 0; i--) {
        struct ae_node *nd = &g->node[i];
        if (frozen[i])
            freeze_node(nd, frozen);
        for (int p = 0; p < nd->nparam; p++)
            trained |= nd->param[p].trainable;
    }
    free(frozen);
    return trained ? 0
                   : ae_fail(e, AE_EARG,
                             "node '%s' is computed from all others: nothing "
                             "is left to train",
                             name);
}

double ae_graph_macs(const struct ae_graph *g)
{
    double sum = 0;

    for (int i = 0; i < g->count; i++)
        sum += g->node[i].macs;
    const struct ae_shape *in = &g->node[0].shape;
    return in->h && in->w ? sum / ((double)in->h * in->w) : sum;
}
