/* denoise.c - one picture after another through a net, by rows.
 *
 * Rows come in from a reader, roll through the net, and leave for a writer, so
 * that memory is bounded by the picture's width, never by its height.  Where
 * a row of it is too wide for the memory bound the picture is cut into pieces
 * that overlap and lie on the net's grid, so that the result is the same bit
 * for bit for any piece size.  Knows no format, no command, no layer. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/format.h"
#include "model/model.h"
#include "nn/input.h"
#include "nn/rings.h"
#include "nn/roll.h"
#include "run/tile.h"
#include "run/window.h"

struct ae_denoiser {
    struct ae_ctx *ctx;
    struct ae_graph *graph;      /* norms folded */
    float *weights;
    int channels;                /* of the input x: 1 or 3 */
    int sigma;                   /* has an input for the level of noise */
    int free, overlap[2], align[2];
    struct ae_roll *roll;
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
    if (!rc)
        rc = ae_roll_new(ctx, d->graph, d->weights, &d->roll, e);
    if (rc) {
        ae_denoiser_free(d);
        return rc;
    }
    d->free = ae_graph_is_free(d->graph);
    if (d->free)
        ae_graph_overlap(d->graph, d->overlap, d->align);
    else
        d->align[0] = d->align[1] = 1;
    *out = d;
    return 0;
}

void ae_denoiser_free(struct ae_denoiser *d)
{
    if (!d)
        return;
    ae_roll_free(d->roll);
    ae_graph_free(d->graph);
    ae_free_aligned(d->weights);
    free(d);
}

/* Pieces of h x w are what the net takes, and come out as large. */
static int check_sizes(const struct ae_denoiser *d, int h, int w,
                       struct ae_err *e)
{
    const struct ae_view x = ae_roll_input(d->roll, "x");
    const struct ae_view y = ae_roll_output(d->roll);

    if (x.h != h || x.w != w)
        return ae_fail(e, AE_EUNSUPPORTED, "the model takes pictures of %d x "
                       "%d alone", x.w, x.h);
    if (y.h != h || y.w != w || y.c != x.c)
        return ae_fail(e, AE_EUNSUPPORTED, "the model is no denoiser: from %d "
                       "x %d x %d it makes %d x %d x %d", w, h, x.c, y.w, y.h,
                       y.c);
    return 0;
}

/* ---------------------------------------------------------- one picture */

struct job {
    struct ae_denoiser *d;
    const struct ae_denoise_options *o;
    const struct ae_image_info *info;
    struct ae_writer *writer;
    struct ae_window in;
    struct ae_cut cut[2];
    int colours, planes;         /* alpha left out; items that the net sees:
                                    1, or each colour as one */
    size_t sample;               /* bytes */
    unsigned char *band;         /* finished rows, colours only */
    int band_top;                /* the first one's row in the picture */
    float *line, *result;        /* a row of the picture; of the net */
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

/* Pieces as wide as the picture need no more of its rows than are on their
 * way; others hold theirs until the last in a row of pieces is done. */
static int is_wide(const struct job *j, int w)
{
    return w >= j->info->w;
}

static int piece_bytes(void *arg, int h, int w, uint64_t *bytes,
                       struct ae_err *e)
{
    const struct job *j = arg;
    const size_t row = (size_t)j->info->w * (size_t)j->colours * j->sample;
    int lag = 0, in = h, out = h;
    const int rc = ae_roll_bytes(j->d->roll, j->planes, h, w, bytes, &lag, e);

    if (is_wide(j, w)) {
        in = h < j->info->h ? h : ae_min(h, lag + j->d->align[0]);
        out = AE_ROLL_ROWS;
    }
    *bytes += ae_window_bytes(j->info, in, estimates(j)) +
              (uint64_t)out * row;
    return rc;
}

static int choose_grid(struct job *j, struct ae_err *e)
{
    const struct ae_denoiser *d = j->d;
    const int size[2] = {j->info->h, j->info->w};
    const uint64_t memory = d->ctx->memory;
    const uint64_t taken = BASE_BYTES + ae_roll_weight_bytes(d->roll);
    const uint64_t rest = memory > 2 * taken ? memory - taken : memory / 2;
    if (d->free)
        return ae_grid_choose(j->cut, size, d->overlap, d->align, j->o->tile,
                              rest, piece_bytes, j, e);
    /* A net of one size: the picture is one piece. */
    ae_cut_make(&j->cut[0], size[0], 0, 1, 1);
    ae_cut_make(&j->cut[1], size[1], 0, 1, 1);
    return 0;
}

/* Row py of the piece at (top, left) into the net's inputs. */
static void fill_row(const struct job *j, int top, int left, int py)
{
    const struct ae_view x = ae_roll_input(j->d->roll, "x");
    const struct ae_view s = ae_roll_input(j->d->roll, "sigma");
    const int y = ae_mirror(top + py, j->info->h);
    const int n = ae_min(x.w, j->info->w - left);
    const int channels = j->info->channels, gray = j->colours == 1;
    const double level = s.data ? level_of(j, y) : 0;

    ae_window_get(&j->in, y, left, n, j->line);
    for (int plane = 0; plane < j->planes; plane++) {
        float *to = ae_row(&x, plane, py);
        for (int px = 0; px < x.w; px++, to += x.pix) {
            const int at = px < n ? px
                                  : ae_mirror(left + px, j->info->w) - left;
            const float *from = j->line + (ptrdiff_t)at * channels + plane;
            for (int c = 0; c < x.c; c++)
                to[c] = from[gray ? 0 : c];
        }
        to = s.data ? ae_row(&s, plane, py) : NULL;
        for (int px = 0; s.data && px < s.w; px++, to += s.pix)
            *to = (float)(level / 255);
    }
}

/* The net's row py, columns x0..x0+n-1 of the piece, as colours of the
 * picture: as they are, or the mean of three where gray went in three times. */
static void net_row(const struct job *j, int py, int x0, int n, float *out)
{
    const struct ae_view v = ae_roll_output(j->d->roll);
    const int gray = j->colours == 1 && v.c == 3;

    for (int plane = 0; plane < j->planes; plane++) {
        const float *from = ae_row(&v, plane, py) + x0 * v.pix;
        for (int px = 0; px < n; px++, from += v.pix) {
            float *to = out + (ptrdiff_t)px * j->colours + plane;
            if (gray)
                *to = (from[0] + from[1] + from[2]) / 3;
            else
                memcpy(to, from, (size_t)v.c * sizeof *to);
        }
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
static void blend(const struct job *j, int y, int x0, int n, float *net)
{
    const float s = (float)j->o->strength;
    const float most = farthest(j, y);
    const int channels = j->info->channels, k = j->colours;

    if (s >= 1 && isinf(most))
        return;
    ae_window_get(&j->in, y, x0, n, j->line);
    for (int x = 0; x < n; x++)
        for (int c = 0; c < k; c++) {
            const float in = j->line[(ptrdiff_t)x * channels + c];
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

static unsigned char *band_row(const struct job *j, int y)
{
    return j->band + (size_t)(y - j->band_top) * (size_t)j->info->w *
                         (size_t)j->colours * j->sample;
}

/* Finished rows y0..y1-1 with the alpha that came in. */
static int write_band(struct job *j, int y0, int y1, struct ae_err *e)
{
    const struct ae_image_info *i = j->info;
    const size_t n = (size_t)i->w * (size_t)j->colours;
    int rc = 0;

    for (int y = y0; !rc && y < y1; y++) {
        ae_row_unpack(j->d->ctx, i->alpha ? j->result : j->line,
                      band_row(j, y), i->maxval, n);
        if (i->alpha) {
            ae_window_get(&j->in, y, 0, i->w, j->line);
            for (int x = 0; x < i->w; x++)
                memcpy(j->line + (ptrdiff_t)x * i->channels,
                       j->result + (ptrdiff_t)x * j->colours,
                       (size_t)j->colours * sizeof(float));
        }
        j->level_sum += level_of(j, y);
        rc = ae_writer_row(j->writer, j->line, e);
    }
    return rc;
}

/* ----------------------------------------------------------- its pieces */

/* One piece: its place, and its own pixels in the picture. */
struct piece {
    int row, column, top, left;
    int y0, y1, x0, x1;
};

static struct piece piece_of(const struct job *j, int row, int column)
{
    const struct ae_cut *r = &j->cut[0], *c = &j->cut[1];

    return (struct piece){
        row, column, ae_cut_start(r, row), ae_cut_start(c, column),
        ae_cut_from(r, row), ae_min(ae_cut_to(r, row), j->info->h),
        ae_cut_from(c, column), ae_min(ae_cut_to(c, column), j->info->w)
    };
}

/* Rows from..to-1 of the piece as the net wants them.  Where rows stream,
 * those stay in the window that are still to be blended, that begin the next
 * piece, or that will be mirrored at the bottom. */
static int feed(struct job *j, const struct piece *p, int from, int to,
                int done, struct ae_err *e)
{
    const int h = j->info->h, last = p->row + 1 == j->cut[0].count;
    int keep = ae_min(p->top + done, h - j->d->align[0]), rc = 0;

    if (!last)
        keep = ae_min(keep, ae_cut_start(&j->cut[0], p->row + 1));
    if (is_wide(j, j->cut[1].piece))
        rc = ae_window_move(&j->in, ae_max(keep, 0), ae_min(p->top + to, h),
                            e);
    for (int py = from; !rc && py < to; py++)
        fill_row(j, p->top, p->left, py);
    return rc;
}

/* Those of the net's rows from..to-1 that are the piece's own. */
static int take(struct job *j, const struct piece *p, int from, int to,
                struct ae_err *e)
{
    const int y0 = ae_max(p->top + from, p->y0);
    const int y1 = ae_min(p->top + to, p->y1), n = p->x1 - p->x0;
    const int wide = is_wide(j, j->cut[1].piece);
    const size_t pixel = (size_t)j->colours * j->sample;
    int rc = 0;

    j->band_top = wide ? y0 : p->y0;
    for (int y = y0; !rc && y < y1; y++) {
        net_row(j, y - p->top, p->x0 - p->left, n, j->result);
        rc = check_finite(j->result, n, j->colours, y, p->x0, e);
        blend(j, y, p->x0, n, j->result);
        ae_row_pack(j->d->ctx, band_row(j, y) + (size_t)p->x0 * pixel,
                    j->result, j->info->maxval,
                    (size_t)n * (size_t)j->colours);
    }
    return rc || !wide ? rc : write_band(j, y0, y1, e);
}

static void tell(const struct job *j, const struct piece *p, int done)
{
    enum { ROWS = 64 };
    const int columns = j->cut[1].count, h = j->cut[0].piece;
    const double pieces = (double)j->cut[0].count * columns;

    if (j->o->progress && (done % ROWS == 0 || done == h))
        j->o->progress(j->o->progress_arg,
                       (p->row * columns + p->column + (double)done / h) /
                           pieces);
}

static int run_piece(struct job *j, const struct piece *p, struct ae_err *e)
{
    int from, to, rc = 0;

    ae_roll_rewind(j->d->roll);
    for (int done = 0; !rc && done < j->cut[0].piece;) {
        if (ae_roll_go(j->d->roll, &from, &to)) {
            rc = take(j, p, from, to, e);
            done = to;
            tell(j, p, done);
        } else {
            rc = feed(j, p, from, to, done, e);
        }
    }
    return rc;
}

static int run_pieces(struct job *j, struct ae_err *e)
{
    const int wide = is_wide(j, j->cut[1].piece);
    int rc = 0;

    for (int r = 0; !rc && r < j->cut[0].count; r++) {
        struct piece p = piece_of(j, r, 0);
        if (!wide)
            rc = ae_window_move(&j->in, p.top,
                                ae_min(p.top + j->cut[0].piece, j->info->h),
                                e);
        for (int c = 0; !rc && c < j->cut[1].count; c++) {
            p = piece_of(j, r, c);
            rc = run_piece(j, &p, e);
        }
        if (!rc && !wide)
            rc = write_band(j, p.y0, p.y1, e);
    }
    return rc;
}

static int allocate(struct job *j, struct ae_err *e)
{
    const size_t w = (size_t)ae_max(j->info->w, j->cut[1].piece);
    const size_t channels = (size_t)ae_max(j->info->channels, 3);
    const int rows = is_wide(j, j->cut[1].piece) ? AE_ROLL_ROWS
                                                 : j->cut[0].piece;

    j->line = ae_alloc_aligned(w, channels * sizeof(float), e);
    j->result = ae_alloc_aligned(w, channels * sizeof(float), e);
    j->band = ae_alloc((size_t)rows * (size_t)j->info->w,
                       (size_t)j->colours * j->sample, e);
    return j->line && j->result && j->band ? 0 : AE_EMEM;
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
    j.planes = j.colours == d->channels ? 1 : j.colours;
    j.sample = ae_sample_size(j.info->maxval);
    rc = choose_grid(&j, e);
    if (!rc)
        rc = ae_roll_start(d->roll, j.planes, j.cut[0].piece, j.cut[1].piece,
                           e);
    if (!rc)
        rc = check_sizes(d, j.cut[0].piece, j.cut[1].piece, e);
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
    free(j.band);
    return rc;
}
