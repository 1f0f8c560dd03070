/* mask.c - see mask.h. */
#include "run/denoise/mask.h"

#include <string.h>

#include "base/mem.h"
#include "image/format.h"
#include "image/transfer.h"

static int open_file(struct ae_mask *m, struct ae_ctx *ctx, struct ae_err *e)
{
    AE_TRY(ae_io_open_path(m->name, &m->io, e));
    AE_TRY(ae_io_unzip(&m->io, ctx->memory, e));
    return ae_reader_open(ctx, m->io, 1, &m->reader, e);
}

static int check_size(const struct ae_mask *m, const struct ae_image_info *of,
                      struct ae_err *e)
{
    const struct ae_image_info *i = ae_reader_info(m->reader);

    if (i->w == of->w && i->h == of->h)
        return 0;
    return ae_fail(e, AE_EARG, "%d x %d pixels, not the picture's %d x %d",
                   i->w, i->h, of->w, of->h);
}

static int open_mask(struct ae_mask *m, struct ae_ctx *ctx,
                     const struct ae_image_info *of, int rows, int whole,
                     struct ae_err *e)
{
    AE_TRY(open_file(m, ctx, e));
    AE_TRY(check_size(m, of, e));
    const struct ae_image_info *i = ae_reader_info(m->reader);
    const size_t w = (size_t)i->w;
    m->line = ae_alloc_aligned(w, sizeof(float) * (size_t)i->channels, e);
    m->share = ae_alloc_aligned(w, sizeof(float), e);
    if (!m->line || !m->share)
        return AE_EMEM;
    return ae_row_store_init(&m->store, w * sizeof(float), ae_min(rows, of->h),
                             whole, e);
}

int ae_mask_open(struct ae_mask *m, struct ae_ctx *ctx, const char *name,
                 const struct ae_image_info *of, int rows, int whole,
                 struct ae_err *e)
{
    memset(m, 0, sizeof(*m));
    if (!name)
        return 0;
    m->name = name;
    const int rc = open_mask(m, ctx, of, rows, whole, e);
    return rc ? ae_err_at(e, rc, "mask %s", name) : 0;
}

void ae_mask_release(struct ae_mask *m)
{
    ae_reader_free(m->reader);
    ae_io_close(m->io);
    ae_row_store_release(&m->store);
    ae_free_aligned(m->line);
    ae_free_aligned(m->share);
    memset(m, 0, sizeof(*m));
}

uint64_t ae_mask_bytes(const struct ae_image_info *of, int rows, int whole)
{
    enum { CHANNELS = 4 }; /* at most */
    const uint64_t kept = whole ? 0 : (uint64_t)ae_min(rows, of->h);

    return sizeof(float) * (uint64_t)of->w * (CHANNELS + 1 + kept);
}

/* Shares are the gray, or the brightness of three colours; alpha is ignored. */
static void make_shares(const struct ae_mask *m)
{
    const struct ae_image_info *i = ae_reader_info(m->reader);
    const int colour = i->channels - i->alpha == 3;
    const float *from = m->line;

    for (int x = 0; x < i->w; x++, from += i->channels) {
        const float v = colour ? ae_luma(from) : from[0];
        m->share[x] = v > 0 ? v < 1 ? v : 1 : 0;
    }
}

static int read_to(struct ae_mask *m, int to, struct ae_err *e)
{
    const int h = ae_reader_info(m->reader)->h, from = m->read;

    for (; m->read < to; m->read++) {
        AE_TRY(ae_reader_row(m->reader, m->line, e));
        make_shares(m);
        ae_row_store_put(&m->store, m->read, 0, m->share, m->store.row_bytes);
    }
    if (from < h && m->read == h)
        AE_TRY(ae_reader_finish(m->reader, e));
    return ae_row_store_check(&m->store, e);
}

int ae_mask_move(struct ae_mask *m, int to, struct ae_err *e)
{
    const int rc = m->name ? read_to(m, to, e) : 0;

    return rc ? ae_err_at(e, rc, "mask %s", m->name) : 0;
}

void ae_mask_get(struct ae_mask *m, int y, int x0, int n, float *share)
{
    assert(y < m->read);
    ae_row_store_get(&m->store, y, (size_t)x0 * sizeof(float), share,
                     (size_t)n * sizeof(float));
}
