/* src_idx.c - idx files, the format of MNIST: many pictures of one size.
 *
 * 00 00 08 D, then D big-endian 32-bit sizes (count, height, width and, with
 * D = 4, channels), then one byte a sample (LeCun, Cortes, Burges: "The MNIST
 * database", 1998). */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/io.h"
#include "base/str.h"
#include "data/source.h"

struct idx { uint32_t count, h, w, c; };

static int match(const unsigned char *head, size_t n)
{
    return n >= 4 && head[0] == 0 && head[1] == 0 && head[2] >= 8 &&
           head[2] <= 14 && head[3] >= 1 && head[3] <= 4;
}

static int read_header(const struct ae_source *s, struct ae_io *io,
                       struct idx *x, struct ae_err *e)
{
    unsigned char head[4], size[16];
    uint32_t dim[4] = {0, 0, 0, 1};

    int r = ae_io_read(io, head, 4, e);
    if (r >= 0)
        r = ae_io_read(io, size, 4u * head[3], e);
    if (r < 0)
        return r;
    if (head[2] != 8)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "idx: samples of type 0x%02x; bytes (0x08) are read",
                       head[2]);
    if (head[3] < 3)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "idx: %d dimension(s): labels, not pictures", head[3]);
    for (int i = 0; i < head[3]; i++)
        dim[i] = (uint32_t)size[4 * i] << 24 | (uint32_t)size[4 * i + 1] << 16 |
                 (uint32_t)size[4 * i + 2] << 8 | size[4 * i + 3];
    *x = (struct idx){dim[0], dim[1], dim[2], dim[3]};
    if (x->c < 1 || x->c > 4)
        return ae_fail(e, AE_EFORMAT, "idx: %u channels, 1 to 4 are read",
                       x->c);
    if ((r = ae_ctx_check_size(s->ctx, x->w, x->h, e)) < 0)
        return ae_err_at(e, r, "idx");
    /* below 2^32 * 1e9 * 4 < 2^64: checked above */
    const uint64_t item = (uint64_t)x->h * x->w * x->c;
    const int64_t left = ae_io_left(io);
    if (item > s->ctx->memory)
        return ae_fail(e, AE_ELIMIT, "idx: a picture of %ux%ux%u bytes is "
                       "more than --memory allows", x->h, x->w, x->c);
    if (left >= 0 && (uint64_t)left != x->count * item)
        return ae_fail(e, AE_EFORMAT, "idx: %u pictures of %ux%ux%u need %llu "
                       "bytes, %lld follow the header", x->count, x->h, x->w,
                       x->c, (unsigned long long)(x->count * item),
                       (long long)left);
    return 0;
}

static int read_item(struct ae_source *s, struct ae_io *io,
                     const struct idx *x, const char *name, uint32_t k,
                     struct ae_err *e)
{
    const size_t n = (size_t)x->h * x->w * x->c;
    struct ae_item it = {.h = (int)x->h, .w = (int)x->w, .c = (int)x->c,
                         .bytes = 1};
    struct ae_str label = {0};

    if (!(it.px = ae_alloc(n, 1, e)))
        return AE_EMEM;
    int r = ae_source_wait(s, io, e);
    if (r >= 0)
        r = ae_io_read(io, it.px, n, e);
    if (r >= 0)
        r = ae_str_printf(&label, e, "%s#%u", name, k);
    if (r >= 0) {
        it.name = label.p;
        r = ae_source_take(s, &it, e);
    } else {
        free(it.px);
    }
    ae_str_release(&label);
    return r;
}

static int read_all(struct ae_source *s, struct ae_io *io, const char *name,
                    struct ae_err *e)
{
    struct idx x = {0};

    int r = read_header(s, io, &x, e);
    for (uint32_t k = 0; r >= 0 && k < x.count; k++)
        r = read_item(s, io, &x, name, k, e);
    return r;
}

const struct ae_source_kind ae_source_idx = {"idx", match, read_all};
