/* jpeg.c - the error that a JPEG file leaves: the picture goes through the
 * codec of image/ in memory and comes back.
 *
 * A crop of a photograph seldom begins where the encoder's blocks began, so
 * `shift` starts the grid up to 15 pixels above and left of the picture. */
#include "noise/noise.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/meta/meta.h"

enum sampling { ANY, S444, S420 };

struct attr {
    double q[2];
    int sampling, shift;
};

static const char *const samplings[] = {"any", "444", "420", NULL};

static const struct ae_field fields[] = {
    AE_NOISE_RANGE("q", attr, q, "75", 1, 100, "quality"),
    AE_FIELD("sampling", ENUM, attr, sampling, .def = "any",
             .help = "of chroma: 444, 420 or any of the two",
             .names = samplings, .arg = "S"),
    AE_FIELD("shift", BOOL, attr, shift, .def = "0",
             .help = "1: the grid of blocks begins anywhere, as in a crop",
             .arg = "0|1"),
    {0},
};

struct picture {
    float *data, *row; /* row: dx + w pixels of c samples */
    int w, h, c, stride, dx, dy;
};

/* The picture with its first row and column repeated dy and dx times. */
static int encode(struct ae_ctx *ctx, const struct picture *p, int quality,
                  enum sampling sampling, struct ae_io *io, struct ae_err *e)
{
    const struct ae_write_options o = {.quality = quality};
    const size_t c = (size_t)p->c, dx = (size_t)p->dx, w = (size_t)p->w;
    struct ae_image_info info = {
        .w = p->w + p->dx, .h = p->h + p->dy, .channels = p->c, .maxval = 255};
    struct ae_meta *meta = NULL;
    struct ae_writer *wr = NULL;
    int rc = ae_meta_new(&meta, e);

    if (rc < 0)
        goto out;
    meta->is_jpeg = 1;
    meta->components = p->c;
    for (int k = 0; k < 3; k++)
        meta->sampling_h[k] = meta->sampling_v[k] = k == 0 && p->c == 3 &&
                                                            sampling == S420
                                                        ? 2
                                                        : 1;
    rc = ae_writer_open(ctx, io, ae_format_by_name("jpeg"), &info, meta, &o,
                        &wr, e);
    if (rc < 0)
        goto out;
    for (int y = -p->dy; y < p->h; y++) {
        const float *src = p->data +
                           (size_t)ae_max(y, 0) * w * (size_t)p->stride;

        for (size_t x = 0; x < dx + w; x++)
            memcpy(p->row + x * c,
                   src + (x < dx ? 0 : x - dx) * (size_t)p->stride,
                   c * sizeof(float));
        if ((rc = ae_writer_row(wr, p->row, e)) < 0)
            goto out;
    }
    rc = ae_writer_finish(wr, e);
out:
    ae_writer_free(wr);
    ae_meta_free(meta);
    return rc;
}

static int decode(struct ae_ctx *ctx, const struct picture *p,
                  const struct ae_io *coded, struct ae_err *e)
{
    const size_t c = (size_t)p->c;
    struct ae_reader *r = NULL;
    struct ae_io *io = NULL;
    const void *bytes;
    size_t size;
    int rc;

    bytes = ae_io_memory(coded, &size);
    rc = ae_io_open_memory(bytes, size, "jpeg in memory", &io, e);
    if (!rc)
        rc = ae_reader_open(ctx, io, 1, &r, e);
    for (int y = -p->dy; !rc && y < p->h; y++) {
        float *dst = p->data +
                     (size_t)ae_max(y, 0) * (size_t)p->w * (size_t)p->stride;

        rc = ae_reader_row(r, p->row, e);
        for (size_t x = 0; y >= 0 && !rc && x < (size_t)p->w; x++)
            memcpy(dst + x * (size_t)p->stride,
                   p->row + (x + (size_t)p->dx) * c, c * sizeof(float));
    }
    ae_reader_free(r);
    ae_io_close(io);
    return rc;
}

static int apply(struct ae_ctx *ctx, const void *attr, float *data, int w,
                 int h, int c, int stride, struct ae_rng *rng, struct ae_err *e)
{
    const struct attr *a = attr;
    const int quality = (int)lrint(ae_noise_draw(a->q, rng));
    const uint32_t coin = ae_rng_below(rng, 2);
    const uint32_t dx = ae_rng_below(rng, 16), dy = ae_rng_below(rng, 16);
    struct picture p = {data,
                        NULL,
                        w,
                        h,
                        c,
                        stride,
                        a->shift ? (int)dx : 0,
                        a->shift ? (int)dy : 0};
    enum sampling sampling = (enum sampling)a->sampling;
    struct ae_io *io = NULL;
    int rc;

    if (c != 1 && c != 3)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "needs 1 or 3 colour channels, not %d", c);
    if (sampling == ANY)
        sampling = coin ? S420 : S444;
    p.row = ae_alloc((size_t)w + 16, (size_t)c * sizeof(*p.row), e);
    rc = p.row ? ae_io_create_memory(&io, e) : AE_EMEM;
    if (rc || (rc = encode(ctx, &p, quality, sampling, io, e)))
        goto out;
    rc = decode(ctx, &p, io, e);
out:
    ae_io_close(io);
    free(p.row);
    return rc;
}

const struct ae_noise_kind ae_noise_jpeg = {
    "jpeg", "the error of a JPEG file", fields, sizeof(struct attr), apply,
    NULL,
};
