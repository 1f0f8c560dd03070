/* safetensors_write.c - the writer: equal tensors and metadata give equal
 * bytes.
 *
 * The data begin at a multiple of 64 bytes, the header being padded with
 * blanks; tensors follow one another in the order given.  The caller is asked
 * for each of them twice: for the checksum, which stands before them, and to
 * write them. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/gzip.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/half.h"
#include "model/safetensors.h"

enum { ALIGN = 64, ELEMENTS = 4096 }; /* PART: elements at a time */

/* Ranges of the tensors, one after another. */
static int assign_ranges(struct ae_st_tensor *tensor, int count,
                         struct ae_err *e)
{
    uint64_t at = 0;

    for (int i = 0; i < count; i++) {
        struct ae_st_tensor *t = &tensor[i];
        t->type_name = ae_st_dtypes[t->type].name;
        t->count = 1;
        for (int d = 0; d < t->ndims; d++)
            if (ae_mul(t->count, (size_t)t->dim[d], &t->count, e))
                return ae_err_at(e, AE_ELIMIT, "tensor '%s'", t->name);
        t->begin = at;
        at += (uint64_t)t->count * ae_st_dtypes[t->type].size;
        t->end = at;
    }
    return 0;
}

static int add_meta(json_t *header, const char *const *meta)
{
    json_t *m = json_object();
    int bad = json_object_set_new(m, "checksum",
                                  json_string(AE_ST_CRC "00000000"));

    for (; *meta; meta += 2)
        bad |= json_object_set_new(m, meta[0], json_string(meta[1]));
    return bad | json_object_set_new(header, "__metadata__", m);
}

static int add_tensor(json_t *header, const struct ae_st_tensor *t)
{
    json_t *shape = json_array();
    int bad = 0;

    for (int d = 0; d < t->ndims; d++)
        bad |= json_array_append_new(shape,
                                     json_integer((json_int_t)t->dim[d]));
    return bad | json_object_set_new(
                     header, t->name,
                     json_pack("{s:s, s:o, s:[I, I]}", "dtype", t->type_name,
                               "shape", shape, "data_offsets",
                               (json_int_t)t->begin, (json_int_t)t->end));
}

/* The header with zeros for the checksum's digits, padded with blanks. */
static int print_header(const char *const *meta,
                        const struct ae_st_tensor *tensor, int count,
                        struct ae_str *out, struct ae_err *e)
{
    json_t *header = json_object();
    char *text = NULL;
    int bad = add_meta(header, meta), rc;

    for (int i = 0; !bad && i < count; i++) {
        if (json_object_get(header, tensor[i].name)) {
            rc = ae_fail(e, AE_EARG, "two tensors are named '%s'",
                         tensor[i].name);
            goto out;
        }
        bad = add_tensor(header, &tensor[i]);
    }
    if (bad) {
        rc = ae_fail(e, AE_EMEM, "metadata: out of memory or no UTF-8");
        goto out;
    }
    if ((rc = ae_json_print(header, 0, &text, e)) < 0 ||
        (rc = ae_str_add(out, text, e)) < 0)
        goto out;
    while ((out->len + 8) % ALIGN)
        if ((rc = ae_str_add(out, " ", e)) < 0)
            goto out;
    if (out->len > AE_ST_HEADER)
        rc = ae_fail(e, AE_ELIMIT, "header of %zu bytes; at most %d", out->len,
                     AE_ST_HEADER);
out:
    free(text);
    json_decref(header);
    return rc;
}

static int encode(const struct ae_st_tensor *t, const float *v, size_t n,
                  size_t first, unsigned char *raw, struct ae_err *e)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t u = ae_float_bits(v[i]);
        if (t->type == AE_ST_U8) {
            *raw++ = (unsigned char)v[i];
            continue;
        }
        uint16_t h = t->type == AE_ST_F16 ? ae_float_to_half(v[i]) : 0;
        if (!isfinite(v[i]))
            return ae_fail(e, AE_ENUMERIC,
                           "tensor '%s': element %zu is not finite", t->name,
                           first + i);
        if ((h & 0x7fff) == 0x7c00)
            return ae_fail(e, AE_ENUMERIC,
                           "tensor '%s': element %zu is beyond half precision: "
                           "save in f32",
                           t->name, first + i);
        if (t->type == AE_ST_F16) {
            *raw++ = (unsigned char)(h & 255);
            *raw++ = (unsigned char)(h >> 8);
            continue;
        }
        for (int b = 0; b < 4; b++)
            *raw++ = (unsigned char)(u >> (8 * b) & 255);
    }
    return 0;
}

/* All tensors' bytes, to the checksum or, if io isn't NULL, to the stream. */
static int write_tensors(struct ae_io *io, const struct ae_st_tensor *tensor,
                         int count, ae_st_get *get, void *arg, uint32_t *crc,
                         struct ae_err *e)
{
    unsigned char raw[4 * ELEMENTS];
    float v[ELEMENTS];

    for (int i = 0; i < count; i++) {
        const struct ae_st_tensor *t = &tensor[i];
        const size_t size = ae_st_dtypes[t->type].size;
        for (size_t first = 0; first < t->count; first += ELEMENTS) {
            const size_t left = t->count - first;
            const size_t n = left < ELEMENTS ? left : ELEMENTS;
            get(arg, i, first, n, v);
            AE_TRY(encode(t, v, n, first, raw, e));
            if (io)
                AE_TRY(ae_io_write(io, raw, n * size, e));
            else
                *crc = ae_crc32(*crc, raw, n * size);
        }
    }
    return 0;
}

static int write_file(struct ae_io *io, struct ae_str *text,
                      const struct ae_st_tensor *tensor, int count,
                      ae_st_get *get, void *arg, struct ae_err *e)
{
    unsigned char length[8];
    char digits[AE_ST_DIGITS + 1];

    for (int b = 0; b < 8; b++)
        length[b] = (unsigned char)((uint64_t)text->len >> (8 * b) & 255);
    uint32_t crc = ae_crc32(ae_crc32(0, length, sizeof(length)), text->p,
                            text->len);
    AE_TRY(write_tensors(NULL, tensor, count, get, arg, &crc, e));
    ae_format(digits, sizeof(digits), "%08" PRIx32, crc);
    memcpy(strstr(text->p, AE_ST_CRC) + strlen(AE_ST_CRC), digits,
           AE_ST_DIGITS);
    AE_TRY(ae_io_write(io, length, sizeof(length), e));
    AE_TRY(ae_io_write(io, text->p, text->len, e));
    return write_tensors(io, tensor, count, get, arg, &crc, e);
}

int ae_st_write(struct ae_io *io, const char *const *meta,
                struct ae_st_tensor *tensor, int count, ae_st_get *get,
                void *arg, struct ae_err *e)
{
    struct ae_str text = {0};

    AE_TRY(assign_ranges(tensor, count, e));
    int rc = print_header(meta, tensor, count, &text, e);
    if (!rc)
        rc = write_file(io, &text, tensor, count, get, arg, e);
    ae_str_release(&text);
    return rc;
}
