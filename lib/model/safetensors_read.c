/* safetensors_read.c - the strict reader: length, header, ranges, data,
 * checksum.
 *
 * Each refusal names what is wrong and where; the first bytes of other
 * programs' files are known, which helps a user who took the wrong file. */
#include "model/safetensors.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/gzip.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/half.h"

enum { ELEMENTS = 32768 }; /* of up to 4 bytes, read at a time */

const struct ae_st_dtype ae_st_dtypes[] = {
    {"F32", 4, AE_ST_F32},       {"F16", 2, AE_ST_F16},
    {"BF16", 2, AE_ST_BF16},     {"U8", 1, AE_ST_U8},
    {"F64", 8, AE_ST_OTHER},     {"I64", 8, AE_ST_OTHER},
    {"U64", 8, AE_ST_OTHER},     {"I32", 4, AE_ST_OTHER},
    {"U32", 4, AE_ST_OTHER},     {"I16", 2, AE_ST_OTHER},
    {"U16", 2, AE_ST_OTHER},     {"I8", 1, AE_ST_OTHER},
    {"BOOL", 1, AE_ST_OTHER},    {"F8_E4M3", 1, AE_ST_OTHER},
    {"F8_E5M2", 1, AE_ST_OTHER}, {NULL, 0, AE_ST_OTHER}};

static uint64_t little_endian(const unsigned char *b)
{
    uint64_t v = 0;

    for (int i = 7; i >= 0; i--)
        v = v << 8 | b[i];
    return v;
}

int ae_st_begins(const void *bytes, size_t n)
{
    const unsigned char *b = bytes;

    return n >= 9 && b[8] == '{' && little_endian(b) <= AE_ST_HEADER;
}

/* ---------------------------------------------------------------- header */

/* Refuses files of other programs by name. */
static int check_known_start(const unsigned char *b, struct ae_err *e)
{
    static const struct {
        const char *start, *what;
    } known[] = {{"GGUF", "a GGUF file"},
                 {"PK\3\4", "a zip archive (PyTorch, Keras)"},
                 {"\x89HDF", "an HDF5 file (Keras)"},
                 {"\x1f\x8b", "gzipped"},
                 {"\x93NUMPY", "an NPY file"},
                 {"\x80\2", "a Python pickle"}};

    for (size_t i = 0; i < AE_LEN(known); i++)
        if (memcmp(b, known[i].start, strlen(known[i].start)) == 0)
            return ae_fail(e, AE_EFORMAT, "is %s, not safetensors",
                           known[i].what);
    return 0;
}

/* Reads the header's length and checks it against the file's size, if that is
 * known. */
static int read_length(struct ae_io *io, struct ae_st *st, uint64_t *length,
                       struct ae_err *e)
{
    unsigned char b[8];
    int64_t left = ae_io_left(io);
    int rc;

    if (left >= 0 && left < 8)
        return ae_fail(e, AE_EFORMAT,
                       "has %" PRId64 " bytes; a safetensors "
                       "file begins with 8 bytes of length",
                       left);
    rc = ae_io_read(io, b, sizeof(b), e);
    if (rc)
        return ae_err_at(e, rc, "header's length");
    AE_TRY(check_known_start(b, e));
    *length = little_endian(b);
    if (*length > 100000000)
        return ae_fail(e, AE_EFORMAT,
                       "header's length of %" PRIu64 " bytes "
                       "is beyond the 100 MB that safetensors allows",
                       *length);
    if (left >= 0 && *length > (uint64_t)left - 8)
        return ae_fail(e, AE_EFORMAT,
                       "header of %" PRIu64 " bytes, but only "
                       "%" PRId64 " follow",
                       *length, left - 8);
    if (*length > AE_ST_HEADER)
        return ae_fail(e, AE_ELIMIT,
                       "header of %" PRIu64 " bytes; at most "
                       "%d are read",
                       *length, AE_ST_HEADER);
    if (*length < 2)
        return ae_fail(e, AE_EFORMAT,
                       "header of %" PRIu64 " bytes; the "
                       "shortest, {}, has 2",
                       *length);
    st->crc = ae_crc32(0, b, sizeof(b));
    return 0;
}

/* Reads the header's text in steps, so that a wrong length in a pipe costs no
 * memory. */
static int read_text(struct ae_io *io, size_t size, void **out,
                     struct ae_err *e)
{
    const int rc = ae_io_read_block(io, size, out, e);

    if (rc)
        return ae_err_at(e, rc, "header");
    const unsigned char first = *(const unsigned char *)*out;
    if (first != '{')
        return ae_fail(e, AE_EFORMAT,
                       "header begins with byte 0x%02x, not with '{'", first);
    return 0;
}

static int parse_number(const json_t *v, uint64_t *out)
{
    if (!json_is_integer(v) || json_integer_value(v) < 0)
        return 0;
    *out = (uint64_t)json_integer_value(v);
    return 1;
}

static int parse_type(const json_t *v, struct ae_st_tensor *t, size_t *size,
                      struct ae_err *e)
{
    if (!json_is_string(v))
        return ae_fail(e, AE_EFORMAT,
                       v ? "dtype is not a string" : "dtype is missing");
    for (const struct ae_st_dtype *d = ae_st_dtypes; d->name; d++) {
        if (strcmp(d->name, json_string_value(v)))
            continue;
        t->type = d->type;
        t->type_name = d->name;
        *size = d->size;
        return 0;
    }
    return ae_fail(e, AE_EFORMAT, "dtype '%.40s' is unknown",
                   json_string_value(v));
}

static int parse_shape(const json_t *v, struct ae_st_tensor *t,
                       struct ae_err *e)
{
    size_t n = json_array_size(v);

    if (!json_is_array(v))
        return ae_fail(e, AE_EFORMAT,
                       v ? "shape is not an array" : "shape is missing");
    if (n > AE_ST_DIMS)
        return ae_fail(e, AE_ELIMIT, "shape has %zu axes; at most %d", n,
                       AE_ST_DIMS);
    t->ndims = (int)n;
    t->count = 1;
    for (size_t i = 0; i < n; i++) {
        if (!parse_number(json_array_get(v, i), &t->dim[i]))
            return ae_fail(e, AE_EFORMAT,
                           "shape: axis %zu is not a whole number of 0 or more",
                           i);
        if (t->dim[i] == 0)
            return ae_fail(e, AE_EFORMAT, "shape: axis %zu has no elements", i);
        if (ae_mul(t->count, (size_t)t->dim[i], &t->count, e))
            return ae_err_at(e, AE_ELIMIT, "shape");
    }
    return 0;
}

static int parse_range(const json_t *v, struct ae_st_tensor *t, size_t size,
                       struct ae_err *e)
{
    size_t bytes;
    int rc;

    if (!json_is_array(v))
        return ae_fail(e, AE_EFORMAT,
                       v ? "data_offsets is not an array"
                         : "data_offsets is missing");
    if (json_array_size(v) != 2)
        return ae_fail(e, AE_EFORMAT, "data_offsets has %zu numbers, not 2",
                       json_array_size(v));
    if (!parse_number(json_array_get(v, 0), &t->begin) ||
        !parse_number(json_array_get(v, 1), &t->end))
        return ae_fail(e, AE_EFORMAT,
                       "data_offsets are no whole numbers of 0 or more");
    if (t->end < t->begin)
        return ae_fail(e, AE_EFORMAT,
                       "data_offsets run backward, from %" PRIu64
                       " to %" PRIu64,
                       t->begin, t->end);
    rc = ae_mul(t->count, size, &bytes, e);
    if (rc)
        return ae_err_at(e, rc, "shape");
    if (t->end - t->begin != bytes)
        return ae_fail(e, AE_EFORMAT,
                       "data_offsets span %" PRIu64 " bytes, "
                       "but shape and dtype %s need %zu",
                       t->end - t->begin, t->type_name, bytes);
    return 0;
}

static int parse_fields(json_t *v, struct ae_st_tensor *t, struct ae_err *e)
{
    const char *key;
    json_t *item;
    size_t size = 0;

    AE_TRY(parse_type(json_object_get(v, "dtype"), t, &size, e));
    AE_TRY(parse_shape(json_object_get(v, "shape"), t, e));
    AE_TRY(parse_range(json_object_get(v, "data_offsets"), t, size, e));
    json_object_foreach(v, key, item)
    {
        if (strcmp(key, "dtype") && strcmp(key, "shape") &&
            strcmp(key, "data_offsets"))
            return ae_fail(e, AE_EFORMAT, "unknown key '%.40s'", key);
    }
    return 0;
}

static int parse_tensor(const char *name, json_t *v, struct ae_st_tensor *t,
                        struct ae_err *e)
{
    if (*name == '\0' || strlen(name) > AE_ST_NAME)
        return ae_fail(e, AE_ELIMIT,
                       "a tensor's name has %zu bytes; 1 to %d are allowed",
                       strlen(name), AE_ST_NAME);
    t->name = name;
    if (!json_is_object(v))
        return ae_fail(e, AE_EFORMAT, "tensor '%s': is not an object", name);
    const int rc = parse_fields(v, t, e);

    return rc ? ae_err_at(e, rc, "tensor '%s'", name) : 0;
}

/* ---------------------------------------------------------------- ranges */

static int by_range(const void *a, const void *b)
{
    const struct ae_st_tensor *x = a, *y = b;

    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* Checks that tensors leave no hole and don't overlap, and end with the file,
 * of which `left` bytes follow the header (-1: unknown). */
static int check_tiling(struct ae_st *st, int64_t left, struct ae_err *e)
{
    uint64_t at = 0;

    if (st->count)
        qsort(st->tensor, (size_t)st->count, sizeof(*st->tensor), by_range);
    for (int i = 0; i < st->count; i++) {
        const struct ae_st_tensor *t = &st->tensor[i];
        if (t->begin < at)
            return ae_fail(e, AE_EFORMAT,
                           "tensor '%s' at offset %" PRIu64
                           " overlaps '%s', which ends at %" PRIu64,
                           t->name, t->begin, st->tensor[i - 1].name, at);
        if (t->begin > at)
            return ae_fail(e, AE_EFORMAT,
                           "a hole of %" PRIu64 " bytes "
                           "before tensor '%s' at offset %" PRIu64,
                           t->begin - at, t->name, t->begin);
        at = t->end;
    }
    if (left >= 0 && at > (uint64_t)left)
        return ae_fail(e, AE_EFORMAT,
                       "tensors of %" PRIu64 " bytes, but the "
                       "file ends after %" PRId64,
                       at, left);
    if (left >= 0 && at < (uint64_t)left)
        return ae_fail(e, AE_EFORMAT,
                       "%" PRIu64 " bytes follow the last "
                       "tensor",
                       (uint64_t)left - at);
    return 0;
}

/* -------------------------------------------------------------- checksum */

static int parse_digits(const char *s, uint32_t *v)
{
    *v = 0;
    for (int i = 0; i < AE_ST_DIGITS; i++) {
        const char *hex = "0123456789abcdef";
        const char *at = s[i] ? strchr(hex, s[i]) : NULL;
        if (!at)
            return 0;
        *v = *v << 4 | (uint32_t)(at - hex);
    }
    return s[AE_ST_DIGITS] == '\0';
}

/* Checks that all values are strings.  A checksum under another key is a sign
 * of damage in the key: the file must not pass as one without a checksum. */
static int check_meta(struct ae_st *st, struct ae_err *e)
{
    const size_t n = strlen(AE_ST_CRC);
    const char *key;
    json_t *v;

    json_object_foreach((json_t *)(uintptr_t)st->meta, key, v)
    {
        const char *text = json_string_value(v);
        if (!text)
            return ae_fail(e, AE_EFORMAT,
                           "__metadata__: '%.40s' is not a string", key);
        if (strcmp(key, "checksum") == 0) {
            if (strncmp(text, AE_ST_CRC, n) ||
                !parse_digits(text + n, &st->promised))
                return ae_fail(e, AE_EFORMAT,
                               "__metadata__: checksum '%.40s' is not of the "
                               "form " AE_ST_CRC "89abcdef",
                               text);
            st->checked = 1;
        } else if (strncmp(text, AE_ST_CRC, n) == 0) {
            return ae_fail(e, AE_EFORMAT,
                           "__metadata__: '%.40s' holds the checksum: damaged",
                           key);
        }
    }
    return 0;
}

/* The header's part of the checksum, its own digits being counted as zeros. */
static int checksum_header(struct ae_st *st, const char *text, size_t size,
                           struct ae_err *e)
{
    const size_t n = strlen(AE_ST_CRC);
    char zeros[AE_ST_DIGITS];

    if (!st->checked)
        return 0;
    memset(zeros, '0', sizeof(zeros));
    for (size_t i = 0; i + n + sizeof(zeros) <= size; i++) {
        if (memcmp(text + i, AE_ST_CRC, n) != 0)
            continue;
        st->crc = ae_crc32(st->crc, text, i + n);
        st->crc = ae_crc32(st->crc, zeros, sizeof(zeros));
        i += n + sizeof(zeros);
        st->crc = ae_crc32(st->crc, text + i, size - i);
        return 0;
    }
    return ae_fail(e, AE_EFORMAT,
                   "__metadata__: the checksum is written with escapes");
}

/* ------------------------------------------------------------- the whole */

static int parse_header(struct ae_st *st, struct ae_err *e)
{
    size_t n = json_object_size(st->header);
    const char *key;
    json_t *v;

    if (n > AE_ST_TENSORS)
        return ae_fail(e, AE_ELIMIT, "%zu tensors; at most %d", n,
                       AE_ST_TENSORS);
    st->tensor = ae_alloc(n, sizeof(*st->tensor), e);
    if (!st->tensor)
        return AE_EMEM;
    json_object_foreach(st->header, key, v)
    {
        if (strcmp(key, "__metadata__") == 0) {
            if (!json_is_object(v))
                return ae_fail(e, AE_EFORMAT, "__metadata__ is not an object");
            st->meta = v;
            continue;
        }
        AE_TRY(parse_tensor(key, v, &st->tensor[st->count], e));
        st->count++;
    }
    return st->meta ? check_meta(st, e) : 0;
}

static int open_header(struct ae_st *st, struct ae_io *io, void **text,
                       struct ae_err *e)
{
    uint64_t length = 0;

    AE_TRY(read_length(io, st, &length, e));
    AE_TRY(read_text(io, (size_t)length, text, e));
    const int rc = ae_json_parse(*text, (size_t)length, &st->header, e);
    if (rc)
        return ae_err_at(e, rc, "header");
    AE_TRY(parse_header(st, e));
    AE_TRY(checksum_header(st, *text, (size_t)length, e));
    return check_tiling(st, ae_io_left(io), e);
}

int ae_st_open(struct ae_io *io, struct ae_st **out, struct ae_err *e)
{
    void *text = NULL;
    int rc;

    *out = ae_alloc(1, sizeof(**out), e);
    if (!*out)
        return AE_EMEM;
    (*out)->raw = ae_alloc(ELEMENTS, 4, e);
    (*out)->part = ae_alloc(ELEMENTS, sizeof(float), e);
    rc = (*out)->raw && (*out)->part ? open_header(*out, io, &text, e)
                                     : AE_EMEM;
    if (rc) {
        ae_st_free(*out);
        *out = NULL;
    }
    free(text);
    return rc;
}

void ae_st_free(struct ae_st *st)
{
    if (!st)
        return;
    json_decref(st->header);
    free(st->tensor);
    free(st->raw);
    free(st->part);
    free(st);
}

/* ------------------------------------------------------------------ data */

static uint16_t two_bytes(const unsigned char *b)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint16_t v;

    memcpy(&v, b, sizeof(v)); /* known as one load where loops are turned */
    return v;
#else
    return (uint16_t)(b[0] | b[1] << 8);
#endif
}

/* A loop for each type, without branches, which the compiler turns into
 * vectors: of a photo model's start these 4 million numbers were a tenth. */
static void decode(enum ae_st_type type, const unsigned char *b, size_t n,
                   float *v)
{
    if (type == AE_ST_F16)
        for (size_t i = 0; i < n; i++)
            v[i] = ae_half_to_float(two_bytes(b + 2 * i));
    else if (type == AE_ST_BF16)
        for (size_t i = 0; i < n; i++)
            v[i] = ae_bf16_to_float(two_bytes(b + 2 * i));
    else
        for (size_t i = 0; i < n; i++)
            v[i] = ae_bits_float((uint32_t)two_bytes(b + 4 * i) |
                                 (uint32_t)two_bytes(b + 4 * i + 2) << 16);
}

/* The first that isn't finite, or n.  All exponent bits set, as a sum: one pass
 * without branches tells whether there is any. */
static size_t find_not_finite(const float *v, size_t n)
{
    uint32_t any = 0;
    size_t i = 0;

    for (size_t k = 0; k < n; k++)
        any |= (ae_float_bits(v[k]) & 0x7fffffff) + 0x00800000;
    if (!(any >> 31))
        return n;
    while (isfinite(v[i]))
        i++;
    return i;
}

static int convert(const struct ae_st_tensor *t, const unsigned char *raw,
                   size_t first, size_t n, float *v, struct ae_err *e)
{
    decode(t->type, raw, n, v);
    const size_t i = find_not_finite(v, n);
    if (i == n)
        return 0;
    return ae_fail(e, AE_ENUMERIC, "tensor '%s': element %zu is %s", t->name,
                   first + i, isnan(v[i]) ? "not a number" : "infinite");
}

/* Elements that are read at a time: whole rows of the first axis, if they
 * fit. */
static size_t elements_at_once(const struct ae_st_tensor *t)
{
    const size_t limit = t->type >= AE_ST_U8 ? ELEMENTS / 2 : ELEMENTS;
    const size_t row = t->ndims ? t->count / (size_t)t->dim[0] : 1;

    return row < limit ? limit / row * row : limit;
}

int ae_st_read(struct ae_st *st, struct ae_io *io, int tensor, ae_st_put *put,
               void *arg, struct ae_err *e)
{
    const struct ae_st_tensor *t = &st->tensor[tensor];
    uint64_t left = t->end - t->begin;
    const size_t size = (size_t)(left / t->count),
                 limit = elements_at_once(t) * size;

    if (put && t->type >= AE_ST_U8)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "tensor '%s': dtype %s can't be weights (F32, F16, BF16 "
                       "can)",
                       t->name, t->type_name);
    for (size_t first = 0; left;) {
        const size_t bytes = left < limit ? (size_t)left : limit;
        int rc = ae_io_read(io, st->raw, bytes, e);
        if (!rc && put)
            rc = convert(t, st->raw, first, bytes / size, st->part, e);
        if (rc)
            return rc == AE_ENUMERIC ? rc
                                     : ae_err_at(e, rc, "tensor '%s'", t->name);
        st->crc = ae_crc32(st->crc, st->raw, bytes);
        if (put)
            put(arg, first, bytes / size, st->part);
        first += bytes / size;
        left -= bytes;
    }
    return 0;
}

int ae_st_finish(struct ae_st *st, struct ae_io *io, struct ae_err *e)
{
    const void *data;
    size_t got;

    AE_TRY(ae_io_peek(io, &data, 1, &got, e));
    if (got)
        return ae_fail(e, AE_EFORMAT,
                       "bytes follow the last tensor, at offset %" PRIu64,
                       ae_io_offset(io));
    if (st->checked && st->crc != st->promised)
        return ae_fail(e, AE_EFORMAT,
                       "damaged: the checksum is %08" PRIx32 ", not %08" PRIx32,
                       st->crc, st->promised);
    return 0;
}
