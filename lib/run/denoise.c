/* denoise.c - one picture after another through a net, by rows.
 *
 * Rows come in from a reader, pieces of them run, finished rows leave for a
 * writer; memory is bounded by the context's bound, never by the picture's
 * height.  Pieces overlap by the net's reach and are anchored to the
 * alignment, so the result is the same bit for bit for any piece size.
 * Knows no format, no command, no layer. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/format.h"
#include "model/model.h"
#include "nn/exec.h"
#include "nn/input.h"
#include "run/tile.h"
#include "run/window.h"

struct ae_denoiser {
    struct ae_ctx *ctx;
    struct ae_graph *graph;      /* norms folded */
    float *weights;
    int channels;                /* of the input x: 1 or 3 */
    int sigma;                   /* has an input for the level of noise */
    int free, reach[2], align[2];
    struct ae_exec *exec;        /* of pieces of the last size, or NULL */
    int h, w;
};

const struct ae_denoise_options ae_denoise_defaults = {
    .strength = 1, .sigma = -1};

/* -------------------------------------------------------------- models */

/* Which inputs the net has; those that nobody could fill are refused. */
static int find_inputs(struct ae_denoiser *d, struct ae_err *e)
{
    const struct ae_graph *g = d->graph;
    for (int i = 0; i < g->count; i++) {
        const struct ae_node *nd = &g->node[i];
        if (!(nd->flags & AE_IS_INPUT))
            continue;
        const struct ae_input *a = nd->attr;
        const char *name = a->name ? a->name : nd->name;
        if (strcmp(name, "x") == 0)
            d->channels = a->c;
        else if (strcmp(name, "sigma") == 0 && a->c == 1)
            d->sigma = 1;
        else
            return ae_fail(e, AE_EUNSUPPORTED, "the model has an input "
                           "'%s', which denoising can't fill", name);
    }
    if (d->channels != 1 && d->channels != 3)
        return ae_fail(e, AE_EUNSUPPORTED, d->channels
                       ? "the model takes %d channels, pictures have 1 or 3"
                       : "the model has no input 'x'", d->channels);
    return 0;
}

int ae_denoiser_new(struct ae_ctx *ctx, const struct ae_model *m,
                    struct ae_denoiser **out, struct ae_err *e)
{
    struct ae_denoiser *d = ae_alloc(1, sizeof(*d), e);
    *out = NULL;
    if (!d)
        return AE_EMEM;
    d->ctx = ctx;
    int rc = ae_graph_fold(m->graph, m->weights, &d->graph, &d->weights, e);
    if (!rc)
        rc = find_inputs(d, e);
    if (rc) {
        ae_denoiser_free(d);
        return rc;
    }
    d->free = ae_graph_is_free(d->graph);
    if (d->free)
        ae_graph_reach(d->graph, d->reach, d->align);
    else
        d->align[0] = d->align[1] = 1;
    *out = d;
    return 0;
}

void ae_denoiser_free(struct ae_denoiser *d)
{
    if (!d)
        return;
    ae_exec_free(d->exec);
    ae_graph_free(d->graph);
    ae_free_aligned(d->weights);
    free(d);
}

/* The net made ready for pieces of h x w, as often as sizes change. */
static int prepare(struct ae_denoiser *d, int h, int w, struct ae_err *e)
{
    if (d->exec && d->h == h && d->w == w)
        return 0;
    ae_exec_free(d->exec);
    d->exec = NULL;
    int rc = ae_exec_new(d->ctx, d->graph, d->weights, 1, h, w, 0, &d->exec,
                         e);
    if (rc)
        return rc;
    const struct ae_view x = ae_exec_input(d->exec, "x");
    const struct ae_view y = ae_exec_output(d->exec, NULL);
    d->h = h;
    d->w = w;
    if (x.h != h || x.w != w)
        rc = ae_fail(e, AE_EUNSUPPORTED, "the model takes pictures of %d x "
                     "%d alone", x.w, x.h);
    else if (y.h != h || y.w != w || y.c != x.c)
        rc = ae_fail(e, AE_EUNSUPPORTED, "the model is no denoiser: from %d "
                     "x %d x %d it makes %d x %d x %d", w, h, x.c, y.w, y.h,
                     y.c);
    if (rc) {
        ae_exec_free(d->exec);
        d->exec = NULL;
    }
    return rc;
}

/* ---------------------------------------------------------- one picture */

struct job {
    struct ae_denoiser *d;
    const struct ae_denoise_options *o;
    const struct ae_image_info *info;
    struct ae_writer *writer;
    struct ae_window in;
    struct ae_cut cut[2];
    int colours, passes;         /* alpha left out; runs of the net a piece */
    size_t sample;               /* bytes */
    unsigned char *band;         /* finished rows, colours only */
    float *line, *result;        /* a row of the picture; of the net */
    unsigned char *packed;       /* the same as samples */
    double level_sum;
};

/* Memory that isn't planned here: code, tables, codecs' and streams' buffers,
 * stacks. */
enum { BASE_BYTES = 40 << 20 };
/* 8-bit units: a level that a clean picture may be taken to have. */
enum { NEARLY_CLEAN = 5 };

static int estimates(const struct job *j)
{
    return j->d->sigma && j->o->sigma < 0;
}

/* Level of row y, 8-bit units; 0 where the net doesn't ask. */
static double level_of(const struct job *j, int y)
{
    if (estimates(j))
        return ae_window_level(&j->in, y);
    return j->d->sigma ? j->o->sigma : 0;
}

static int piece_bytes(void *arg, int h, int w, uint64_t *bytes,
                       struct ae_err *e)
{
    const struct job *j = arg;
    const int rc = ae_exec_bytes(j->d->ctx, j->d->graph, 1, h, w, 0, bytes,
                                 e);
    *bytes += ae_window_bytes(j->info, h, estimates(j)) +
              (uint64_t)h * (uint64_t)j->info->w * (uint64_t)j->colours *
                  j->sample;
    return rc;
}

static int choose_grid(struct job *j, struct ae_err *e)
{
    const struct ae_denoiser *d = j->d;
    const int size[2] = {j->info->h, j->info->w};
    const uint64_t memory = d->ctx->memory;
    const uint64_t rest = memory > 2 * (uint64_t)BASE_BYTES
                              ? memory - BASE_BYTES : memory / 2;
    if (d->free)
        return ae_grid_choose(j->cut, size, d->reach, d->align, j->o->tile,
                              rest, piece_bytes, j, e);
    /* A net of one size: the picture is one piece. */
    ae_cut_make(&j->cut[0], size[0], 0, 1, 1);
    ae_cut_make(&j->cut[1], size[1], 0, 1, 1);
    uint64_t bytes;
    return piece_bytes(j, size[0], size[1], &bytes, e);
}

/* Row py of the piece at (top, left) into the net's input. */
static void fill_row(const struct job *j, int pass, int top, int left, int py)
{
    const struct ae_view x = ae_exec_input(j->d->exec, "x");
    const struct ae_view s = ae_exec_input(j->d->exec, "sigma");
    const int y = ae_mirror(top + py, j->info->h);
    const int n = ae_min(x.w, j->info->w - left);
    const int channels = j->info->channels;
    const int same = j->passes == 1 && j->colours == x.c;
    float *to = ae_row(&x, 0, py);

    ae_window_get(&j->in, y, left, n, j->line);
    for (int px = 0; px < x.w; px++, to += x.pix) {
        const int at = px < n ? px : ae_mirror(left + px, j->info->w) - left;
        const float *from = j->line + (ptrdiff_t)at * channels + pass;
        for (int c = 0; c < x.c; c++)
            to[c] = same ? from[c] : from[0];
    }
    if (!s.data)
        return;
    const double level = level_of(j, y);
    float *plane = ae_row(&s, 0, py);
    for (int px = 0; px < s.w; px++, plane += s.pix)
        *plane = (float)(level / 255);
}

/* The net's row py, columns x0..x0+n-1 of the piece, as colours of this
 * pass: as it is, or the mean of three where gray went in three times. */
static void net_row(const struct job *j, int py, int x0, int n, float *out)
{
    const struct ae_view v = ae_exec_output(j->d->exec, NULL);
    const int same = j->passes == 1 && j->colours == v.c;
    const float *from = ae_row(&v, 0, py) + x0 * v.pix;

    for (int px = 0; px < n; px++, from += v.pix) {
        if (same)
            for (int c = 0; c < v.c; c++)
                *out++ = from[c];
        else
            *out++ = v.c == 3 ? (from[0] + from[1] + from[2]) / 3 : from[0];
    }
}

/* How far row y's samples may move, 0..1.  On pictures that are nearly clean
 * nets smooth texture away however low the level that they are told, so there
 * it is three times the level found: of gaussian noise hardly anything lies
 * beyond, which costs 0.003 dB. */
static float farthest(const struct job *j, int y)
{
    const double level = estimates(j) ? level_of(j, y) : NEARLY_CLEAN;

    return level < NEARLY_CLEAN ? (float)(3 * level / 255) : INFINITY;
}

/* out = in + strength * (net - in), the difference being bounded. */
static void blend(const struct job *j, int pass, int y, int x0, int n, int k,
                  float *net)
{
    const float s = (float)j->o->strength;
    const float most = farthest(j, y);
    const int channels = j->info->channels;

    if (s >= 1 && isinf(most))
        return;
    ae_window_get(&j->in, y, x0, n, j->line);
    for (int x = 0; x < n; x++)
        for (int c = 0; c < k; c++) {
            const float in = j->line[(ptrdiff_t)x * channels + pass + c];
            const float step = net[x * k + c] - in;
            net[x * k + c] = in + s * fminf(fmaxf(step, -most), most);
        }
}

/* What overflows in a net must not pass for a picture. */
static int check_finite(const float *v, int n, int k, int y, int x0,
                        struct ae_err *e)
{
    for (int i = 0; i < n * k; i++)
        if (!isfinite(v[i]))
            return ae_fail(e, AE_ENUMERIC, "row %d, column %d: the model's "
                           "result is no number", y, x0 + i / k);
    return 0;
}

/* The piece's own pixels to the band of finished rows. */
static int take_result(struct job *j, int pass, int row, int column,
                       struct ae_err *e)
{
    const int y0 = ae_cut_from(&j->cut[0], row);
    const int y1 = ae_min(ae_cut_to(&j->cut[0], row), j->info->h);
    const int x0 = ae_cut_from(&j->cut[1], column);
    const int n = ae_min(ae_cut_to(&j->cut[1], column), j->info->w) - x0;
    const int top = ae_cut_start(&j->cut[0], row);
    const int left = ae_cut_start(&j->cut[1], column);
    const int k = j->passes == 1 ? j->colours : 1;
    const size_t pixel = (size_t)j->colours * j->sample;
    int rc = 0;

    for (int y = y0; !rc && y < y1; y++) {
        unsigned char *to = j->band + pixel *
            ((size_t)(y - y0) * (size_t)j->info->w + (size_t)x0) +
            (size_t)pass * j->sample;
        net_row(j, y - top, x0 - left, n, j->result);
        rc = check_finite(j->result, n, k, y, x0, e);
        blend(j, pass, y, x0, n, k, j->result);
        if (k == j->colours) {
            ae_row_pack(j->d->ctx, to, j->result, j->info->maxval,
                        (size_t)n * (size_t)k);
            continue;
        }
        ae_row_pack(j->d->ctx, j->packed, j->result, j->info->maxval,
                    (size_t)n);
        for (int x = 0; x < n; x++)
            memcpy(to + (size_t)x * pixel, j->packed + (size_t)x * j->sample,
                   j->sample);
    }
    return rc;
}

/* Finished rows y0..y1-1 with the alpha that came in. */
static int write_band(struct job *j, int y0, int y1, struct ae_err *e)
{
    const struct ae_image_info *i = j->info;
    const size_t n = (size_t)i->w * (size_t)j->colours;
    int rc = 0;

    for (int y = y0; !rc && y < y1; y++) {
        const unsigned char *row = j->band + (size_t)(y - y0) * n * j->sample;
        ae_row_unpack(j->d->ctx, i->alpha ? j->result : j->line, row,
                      i->maxval, n);
        if (i->alpha) {
            ae_window_get(&j->in, y, 0, i->w, j->line);
            for (int x = 0; x < i->w; x++)
                memcpy(j->line + (ptrdiff_t)x * i->channels,
                       j->result + (ptrdiff_t)x * j->colours,
                       (size_t)j->colours * sizeof(float));
        }
        rc = ae_writer_row(j->writer, j->line, e);
    }
    return rc;
}

static int run_piece(struct job *j, int row, int column, struct ae_err *e)
{
    int rc = 0;

    for (int pass = 0; !rc && pass < j->passes; pass++) {
        for (int py = 0; py < j->cut[0].piece; py++)
            fill_row(j, pass, ae_cut_start(&j->cut[0], row),
                     ae_cut_start(&j->cut[1], column), py);
        ae_exec_forward(j->d->exec, 0, 0);
        rc = take_result(j, pass, row, column, e);
    }
    return rc;
}

static int run_pieces(struct job *j, struct ae_err *e)
{
    const struct ae_cut *rows = &j->cut[0], *columns = &j->cut[1];
    const int h = j->info->h, all = rows->count * columns->count;
    int rc = 0;

    for (int r = 0; !rc && r < rows->count; r++) {
        const int top = ae_cut_start(rows, r);
        const int y0 = ae_cut_from(rows, r);
        const int y1 = ae_min(ae_cut_to(rows, r), h);
        rc = ae_window_move(&j->in, top, ae_min(top + rows->piece, h), e);
        for (int c = 0; !rc && c < columns->count; c++) {
            rc = run_piece(j, r, c, e);
            if (!rc && j->o->progress)
                j->o->progress(j->o->progress_arg,
                               (double)(r * columns->count + c + 1) / all);
        }
        for (int y = y0; !rc && y < y1; y++)
            j->level_sum += level_of(j, y);
        if (!rc)
            rc = write_band(j, y0, y1, e);
    }
    return rc;
}

static int allocate(struct job *j, struct ae_err *e)
{
    const size_t w = (size_t)ae_max(j->info->w, j->cut[1].piece);
    const size_t channels = (size_t)ae_max(j->info->channels, 3);
    j->line = ae_alloc_aligned(w, channels * sizeof(float), e);
    j->result = ae_alloc_aligned(w, channels * sizeof(float), e);
    j->packed = ae_alloc(w, channels * j->sample, e);
    j->band = ae_alloc((size_t)j->cut[0].piece * (size_t)j->info->w,
                       (size_t)j->colours * j->sample, e);
    return j->line && j->result && j->packed && j->band ? 0 : AE_EMEM;
}

/* Strength 0: what came in goes out. */
static int copy_rows(struct ae_reader *r, struct ae_writer *w,
                     struct ae_err *e)
{
    const struct ae_image_info *i = ae_reader_info(r);
    float *line = ae_alloc_aligned((size_t)i->w,
                                   (size_t)i->channels * sizeof(float), e);
    int rc = line ? 0 : AE_EMEM;
    for (int y = 0; !rc && y < i->h; y++) {
        rc = ae_reader_row(r, line, e);
        if (!rc)
            rc = ae_writer_row(w, line, e);
    }
    ae_free_aligned(line);
    return rc;
}

int ae_denoise(struct ae_denoiser *d, const struct ae_denoise_options *o,
               struct ae_reader *r, struct ae_writer *w, struct ae_err *e)
{
    struct job j = {.d = d, .o = o, .info = ae_reader_info(r), .writer = w};
    int rc;

    if (o->sigma_used)
        *o->sigma_used = 0;
    if (o->strength <= 0)
        return copy_rows(r, w, e);
    j.colours = j.info->channels - j.info->alpha;
    /* one run for all colours where the net has as many, or for gray */
    j.passes = j.colours == d->channels ? 1 : j.colours;
    j.sample = ae_sample_size(j.info->maxval);
    rc = choose_grid(&j, e);
    if (!rc)
        rc = prepare(d, j.cut[0].piece, j.cut[1].piece, e);
    if (!rc)
        rc = allocate(&j, e);
    if (!rc)
        rc = ae_window_init(&j.in, d->ctx, r, estimates(&j), e);
    if (!rc)
        rc = run_pieces(&j, e);
    if (!rc && o->sigma_used)
        *o->sigma_used = j.level_sum / j.info->h;
    ae_window_release(&j.in);
    ae_free_aligned(j.line);
    ae_free_aligned(j.result);
    free(j.packed);
    free(j.band);
    return rc;
}
