/* weights.c - between the flat block of a graph's weights and named tensors.
 *
 * In memory the axes of a tensor have the order that kernels want, in the file
 * the customary one (a conv is [cout][cin][kh][kw]).  So elements are visited
 * in the file's order with the memory's strides. */
#include "model/weights.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"

/* A walk over a parameter in the file's order; `at` is the index in memory. */
struct walk {
    int n, dim[4], idx[4];
    size_t stride[4], at;
};

static struct walk walk_from(const struct ae_param *p, size_t first)
{
    struct walk w = {.n = p->ndims};
    size_t memory[4], size = 1;

    for (int d = p->ndims - 1; d >= 0; d--) {
        memory[d] = size;
        size *= (size_t)p->dims[d];
    }
    w.at = p->offset;
    for (int d = p->ndims - 1; d >= 0; d--) {
        w.dim[d] = p->dims[p->axes[d]];
        w.stride[d] = memory[p->axes[d]];
        w.idx[d] = (int)(first % (size_t)w.dim[d]);
        first /= (size_t)w.dim[d];
        w.at += w.stride[d] * (size_t)w.idx[d];
    }
    return w;
}

static void walk_on(struct walk *w)
{
    for (int d = w->n - 1; d >= 0; d--) {
        w->at += w->stride[d];
        if (++w->idx[d] < w->dim[d])
            return;
        w->at -= w->stride[d] * (size_t)w->dim[d];
        w->idx[d] = 0;
    }
}

void ae_weights_get(void *arg, int tensor, size_t first, size_t n, float *v)
{
    const struct ae_slot *s = (const struct ae_slot *)arg + tensor;
    struct walk w = walk_from(s->param, first);

    for (size_t i = 0; i < n; i++, walk_on(&w))
        v[i] = s->block[w.at];
}

/* Stores whole rows of the file's first axis side by side: in memory that is
 * the last axis of most weights, so that neighbours are written one after
 * another although they are far apart in the file. */
static void put_rows(const struct ae_slot *s, size_t first, size_t n,
                     size_t row, const float *v)
{
    struct walk w = walk_from(s->param, first);

    for (size_t q = 0; q < row; q++, walk_on(&w))
        for (size_t r = 0; r < n / row; r++)
            s->block[w.at + r * w.stride[0]] = v[r * row + q];
}

void ae_weights_put(void *arg, size_t first, size_t n, const float *v)
{
    const struct ae_slot *s = arg;
    const struct ae_param *p = s->param;
    const size_t row = p->count / (size_t)p->dims[p->axes[0]];

    if (first % row == 0 && n % row == 0) {
        put_rows(s, first, n, row, v);
        return;
    }
    struct walk w = walk_from(p, first);
    for (size_t i = 0; i < n; i++, walk_on(&w))
        s->block[w.at] = v[i];
}

size_t ae_weights_count(const struct ae_graph *g, int nblocks)
{
    size_t n = 0;

    for (int i = 0; i < g->count; i++)
        n += (size_t)g->node[i].nparam;
    return n * (size_t)(1 + nblocks);
}

int ae_weights_list(const struct ae_graph *g, const char *prefix, float *block,
                    enum ae_st_type type, struct ae_arena *arena,
                    struct ae_st_tensor *tensor, struct ae_slot *slot,
                    struct ae_err *e)
{
    for (int i = 0; i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        for (int p = 0; p < nd->nparam; p++, tensor++, slot++) {
            const struct ae_param *q = &nd->param[p];
            *slot = (struct ae_slot){q, block};
            /* Running statistics may exceed half precision. */
            tensor->type = q->trainable || q->frozen ? type : AE_ST_F32;
            tensor->ndims = q->ndims;
            for (int d = 0; d < q->ndims; d++)
                tensor->dim[d] = (uint64_t)q->dims[q->axes[d]];
            tensor->name = ae_arena_printf(
                arena, e, "%s%s%s.%s", prefix ? prefix : "", prefix ? "." : "",
                nd->name, q->suffix);
            if (!tensor->name)
                return AE_EMEM;
        }
    }
    return 0;
}

/* ----------------------------------------------------------------- match */

/* All parameters by name, as 4 * node + parameter. */
static json_t *index_params(const struct ae_graph *g, struct ae_err *e)
{
    json_t *index = json_object();
    struct ae_str name = {0};
    int bad = !index;

    for (int i = 0; !bad && i < g->count; i++) {
        for (int p = 0; !bad && p < g->node[i].nparam; p++) {
            name.len = 0;
            bad = ae_str_printf(&name, e, "%s.%s", g->node[i].name,
                                g->node[i].param[p].suffix) ||
                  json_object_set_new(index, name.p,
                                      json_integer((json_int_t)i * 4 + p));
        }
    }
    ae_str_release(&name);
    if (bad) {
        json_decref(index);
        ae_fail(e, AE_EMEM, "out of memory (tensors' names)");
        return NULL;
    }
    return index;
}

/* The index of the block with a prefix of n bytes; -1: it isn't wanted. */
static int find_block(const char *name, size_t n, const struct ae_block *blocks,
                      int nblocks)
{
    for (int b = 0; b < nblocks; b++)
        if (strlen(blocks[b].prefix) == n &&
            memcmp(blocks[b].prefix, name, n) == 0)
            return b;
    return -1;
}

static int find_param(const json_t *index, const char *name,
                      const struct ae_block *blocks, int nblocks, int *which,
                      struct ae_err *e)
{
    const json_t *at = json_object_get(index, name);

    *which = 0;
    for (const char *dot = strchr(name, '.'); !at && dot;
         dot = strchr(dot + 1, '.')) {
        at = json_object_get(index, dot + 1);
        int b = find_block(name, (size_t)(dot - name), blocks, nblocks);
        *which = b < 0 ? -1 : b + 1;
    }
    if (!at)
        return ae_fail(e, AE_EFORMAT, "tensor '%s' is not one of the spec's",
                       name);
    return (int)json_integer_value(at);
}

static int print_shape(char *buf, size_t size, const struct ae_st_tensor *t)
{
    int n = ae_format(buf, size, "[");

    for (int d = 0; d < t->ndims; d++)
        n += ae_format(buf + n, size - (size_t)n, "%s%" PRIu64, d ? "," : "",
                       t->dim[d]);
    return n + ae_format(buf + n, size - (size_t)n, "]");
}

static int check_shape(const struct ae_st_tensor *t, const struct ae_param *p,
                       struct ae_err *e)
{
    struct ae_st_tensor want = {.ndims = p->ndims};
    char has[256], needs[256];
    int same = t->ndims == p->ndims;

    for (int d = 0; d < p->ndims; d++) {
        want.dim[d] = (uint64_t)p->dims[p->axes[d]];
        same = same && t->dim[d] == want.dim[d];
    }
    if (same)
        return 0;
    print_shape(has, sizeof(has), t);
    print_shape(needs, sizeof(needs), &want);
    return ae_fail(e, AE_EFORMAT,
                   "tensor '%s' has the shape %s; the spec needs %s", t->name,
                   has, needs);
}

/* seen[block][4 * node + parameter] is 1 for tensors that the file has. */
static int check_missing(const struct ae_graph *g, const unsigned char *seen,
                         const struct ae_block *blocks, int nblocks,
                         struct ae_err *e)
{
    const size_t each = 4 * (size_t)g->count;

    for (int b = 0; b <= nblocks; b++) {
        for (int i = 0; i < g->count; i++) {
            for (int p = 0; p < g->node[i].nparam; p++) {
                if (seen[(size_t)b * each + (size_t)(i * 4 + p)])
                    continue;
                return ae_fail(e, AE_EFORMAT, "tensor '%s%s%s.%s' is missing",
                               b ? blocks[b - 1].prefix : "", b ? "." : "",
                               g->node[i].name, g->node[i].param[p].suffix);
            }
        }
    }
    return 0;
}

int ae_weights_match(const struct ae_graph *g, const struct ae_st *st,
                     const struct ae_block *blocks, int nblocks,
                     struct ae_slot *slot, int *which, struct ae_err *e)
{
    const size_t each = 4 * (size_t)g->count;
    unsigned char *seen = ae_alloc((size_t)nblocks + 1, each, e);
    json_t *index = index_params(g, e);
    int rc = seen && index ? 0 : AE_EMEM;

    if (rc < 0)
        goto out;
    for (int i = 0; i < st->count; i++) {
        which[i] = -1;
        if (ae_fits_number(st->tensor[i].name) >= 0)
            continue;
        int at = find_param(index, st->tensor[i].name, blocks, nblocks,
                            &which[i], e);
        if (at < 0) {
            rc = at;
            goto out;
        }
        slot[i].param = &g->node[at / 4].param[at % 4];
        if (which[i] >= 0)
            seen[(size_t)which[i] * each + (size_t)at] = 1;
        if ((rc = check_shape(&st->tensor[i], slot[i].param, e)) < 0)
            goto out;
    }
    rc = check_missing(g, seen, blocks, nblocks, e);
out:
    json_decref(index);
    free(seen);
    return rc;
}
