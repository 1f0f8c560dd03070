/* latent_bin.c - latents as bare numbers: npy, f32, fvecs.
 *
 * f32 is raw little-endian singles; fvecs puts the count of each record, a
 * 32-bit integer, before it (Jegou, Amsaleg: corpus-texmex, 2010).  Arrays of
 * an npy stream may follow one another. */
#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "data/latent/latent.h"
#include "image/format.h"
#include "image/array/npy.h"

static const struct ae_npy singles = {.kind = 'f', .size = 4};

/* Takes n buffered numbers of that type to r->z. */
static int take_numbers(struct ae_latents *r, int n, const struct ae_npy *type,
                        struct ae_err *e)
{
    float part[256];

    for (int i = 0; i < n; i += (int)AE_LEN(part)) {
        const int k = ae_min(n - i, (int)AE_LEN(part));
        ae_npy_numbers(type, r->buf + r->pos, (size_t)k, part);
        r->pos += (size_t)k * (size_t)type->size;
        for (int j = 0; j < k; j++)
            AE_TRY(ae_float_list_add(&r->z, part[j], e));
    }
    return 0;
}

/* Buffers `bytes` more, or ends the reader with the reason. */
static int demand(struct ae_latents *r, size_t bytes, struct ae_err *e)
{
    AE_TRY(ae_latents_need(r, bytes, e));
    if (ae_latents_have(r) >= bytes)
        return 0;
    r->ended = 1;
    return ae_fail(e, AE_EFORMAT, "ends %zu bytes early, at offset %" PRIu64,
                   bytes - ae_latents_have(r), ae_io_offset(r->io));
}

/* 1 at a clean end. */
static int at_end(struct ae_latents *r, int *rc, struct ae_err *e)
{
    *rc = ae_latents_need(r, 1, e);
    return !*rc && ae_latents_have(r) == 0;
}

/* ------------------------------------------------------------------- npy */

/* What an array promises against what the stream can hold. */
static int check_array(struct ae_latents *r, const struct ae_npy *h,
                       struct ae_err *e)
{
    if (h->axes != 2)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "the array has %d %s; latents have two, (N, D)", h->axes,
                       h->axes == 1 ? "axis" : "axes");
    if (h->shape[1] == 0)
        return ae_fail(e, AE_EFORMAT, "latents without numbers");
    if (h->shape[1] > AE_LATENT_MOST)
        return ae_fail(e, AE_ELIMIT, "latents of %" PRIu64 " numbers",
                       h->shape[1]);
    if (h->fortran && h->shape[0] > 1 && h->shape[1] > 1)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "the array is in Fortran order; save "
                       "numpy.ascontiguousarray() of it");
    const int64_t left = ae_io_left(r->io);
    const double want = (double)h->shape[0] * (double)h->shape[1] * h->size;
    const double have = (double)left + (double)ae_latents_have(r);
    if (left >= 0 && want > have)
        return ae_fail(e, AE_EFORMAT,
                       "the array of %" PRIu64 " x %" PRIu64
                       " needs %.0f bytes, but %.0f are left",
                       h->shape[0], h->shape[1], want, have);
    return ae_latents_count(r, (int)h->shape[1], e);
}

static int parse_header(struct ae_latents *r, struct ae_npy *h,
                        struct ae_err *e)
{
    size_t at, n;

    AE_TRY(demand(r, 12, e));
    AE_TRY(ae_npy_locate_header((const unsigned char *)r->buf + r->pos, &at, &n,
                                e));
    AE_TRY(demand(r, at + n, e));
    AE_TRY(ae_npy_parse(r->buf + r->pos + at, n, h, e));
    r->pos += at + n;
    return check_array(r, h, e);
}

static int read_header(struct ae_latents *r, struct ae_err *e)
{
    const int rc = parse_header(r, &r->array, e);

    if (rc) {
        r->ended = 1;
        return rc;
    }
    r->rows = r->array.shape[0];
    return 0;
}

static int read_npy(struct ae_latents *r, struct ae_latent *out,
                    struct ae_err *e)
{
    int rc = 0;

    out->name = NULL;
    while (r->rows == 0) { /* an array may be empty */
        if (at_end(r, &rc, e))
            return AE_END;
        AE_TRY(rc);
        AE_TRY(read_header(r, e));
    }
    AE_TRY(demand(r, (size_t)r->d * (size_t)r->array.size, e));
    r->rows--;
    return take_numbers(r, r->d, &r->array, e);
}

static int whole_npy(struct ae_latents *r)
{
    return r->rows &&
           ae_latents_have(r) >= (size_t)r->d * (size_t)r->array.size;
}

static int begin_npy(struct ae_latent_writer *w, struct ae_err *e)
{
    return ae_array_open(w->io, &w->d, 1, 0, &w->array, e);
}

static int put_npy(struct ae_latent_writer *w, const struct ae_latent *z,
                   struct ae_err *e)
{
    return ae_array_put(w->array, z->z, e);
}

static int finish_npy(struct ae_latent_writer *w, struct ae_err *e)
{
    return ae_array_finish(w->array, e);
}

const struct ae_latent_format ae_latent_npy = {.name = "npy",
                                               .read = read_npy,
                                               .whole = whole_npy,
                                               .begin = begin_npy,
                                               .put = put_npy,
                                               .finish = finish_npy};

/* ----------------------------------------------------------- f32, fvecs */

static int put_floats(struct ae_latent_writer *w, const struct ae_latent *z,
                      struct ae_err *e)
{
    const size_t at = w->text.len, n = (size_t)z->d;

    AE_TRY(ae_str_addn(&w->text, z->z, n * sizeof(*z->z), e));
    ae_little_endian(w->text.p + at, sizeof(*z->z), n);
    return 0;
}

static int read_f32(struct ae_latents *r, struct ae_latent *out,
                    struct ae_err *e)
{
    int rc;

    out->name = NULL;
    if (at_end(r, &rc, e))
        return AE_END;
    AE_TRY(rc);
    AE_TRY(demand(r, (size_t)r->d * 4, e));
    return take_numbers(r, r->d, &singles, e);
}

static int whole_f32(struct ae_latents *r)
{
    return ae_latents_have(r) >= (size_t)r->d * 4;
}

const struct ae_latent_format ae_latent_f32 = {
    .name = "f32", .read = read_f32, .whole = whole_f32, .put = put_floats};

/* The count that comes next. */
static uint32_t count_at(const struct ae_latents *r)
{
    uint32_t n;

    memcpy(&n, r->buf + r->pos, sizeof(n));
    ae_little_endian(&n, sizeof(n), 1);
    return n;
}

static int read_fvecs(struct ae_latents *r, struct ae_latent *out,
                      struct ae_err *e)
{
    int rc;

    out->name = NULL;
    if (at_end(r, &rc, e))
        return AE_END;
    AE_TRY(rc);
    AE_TRY(demand(r, 4, e));
    const uint32_t n = count_at(r);
    if (n < 1 || n > AE_LATENT_MOST) {
        r->ended = 1;
        return ae_fail(e, AE_EFORMAT,
                       "a count of %" PRIu32 " before the "
                       "numbers",
                       n);
    }
    r->pos += 4;
    AE_TRY(demand(r, (size_t)n * 4, e));
    return take_numbers(r, (int)n, &singles, e);
}

static int whole_fvecs(struct ae_latents *r)
{
    return ae_latents_have(r) >= 4 &&
           ae_latents_have(r) >= 4 + 4 * (size_t)count_at(r);
}

static int put_fvecs(struct ae_latent_writer *w, const struct ae_latent *z,
                     struct ae_err *e)
{
    uint32_t n = (uint32_t)z->d;

    ae_little_endian(&n, sizeof(n), 1);
    const int rc = ae_str_addn(&w->text, &n, sizeof(n), e);
    return rc ? rc : put_floats(w, z, e);
}

const struct ae_latent_format ae_latent_fvecs = {.name = "fvecs",
                                                 .read = read_fvecs,
                                                 .whole = whole_fvecs,
                                                 .put = put_fvecs};
