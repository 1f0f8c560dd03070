/* safetensors.h - named tensors in one file: 8 bytes of length (little
 * endian), that many bytes of JSON, then the tensors' bytes.
 *
 * The reader trusts nothing: names, types, shapes and ranges are checked
 * before anything of their size is allocated, and the ranges must tile the
 * data without hole or overlap.  Reading and writing go once along the stream,
 * so a pipe serves.  __metadata__ in the header has a "checksum": CRC-32 over
 * the whole file, the checksum's own eight digits being counted as zeros.
 * Nothing here knows of networks. */
#ifndef AE_MODEL_SAFETENSORS_H
#define AE_MODEL_SAFETENSORS_H

#include "base/json.h"

/* Types from U8 on can't be weights; a reader only skips such tensors. */
enum ae_st_type { AE_ST_F32, AE_ST_F16, AE_ST_BF16, AE_ST_U8, AE_ST_OTHER };
enum {
    AE_ST_DIMS = 8, /* axes of a tensor */
    AE_ST_TENSORS = 1 << 16,
    AE_ST_NAME = 512,       /* bytes of a name */
    AE_ST_HEADER = 16 << 20 /* bytes of a header that is parsed */
};

struct ae_st_tensor {
    const char *name;
    enum ae_st_type type;
    const char *type_name;
    int ndims;
    uint64_t dim[AE_ST_DIMS];
    size_t count;        /* elements */
    uint64_t begin, end; /* bytes of the data */
};

/* An open file. */
struct ae_st {
    json_t *header;
    const json_t *meta;          /* __metadata__: strings only; or NULL */
    struct ae_st_tensor *tensor; /* in the order of their bytes */
    int count;
    int checked;            /* 1: the file has a checksum */
    uint32_t promised, crc; /* that checksum; that of the bytes so far */
    unsigned char *raw;     /* bytes of a part of a tensor, ... */
    float *part;            /* ... and its elements */
};

/* True when the bytes may begin a safetensors file (9 are enough). */
int ae_st_begins(const void *bytes, size_t n);
int ae_st_open(struct ae_io *io, struct ae_st **out, struct ae_err *e);
void ae_st_free(struct ae_st *st);
/* Reads the next tensor: they must be read in order, each once.  `put` gets
 * elements first..first+n-1, which are finite: whole rows of the first axis,
 * unless those are very long.  put NULL: the tensor is skipped. */
typedef void ae_st_put(void *arg, size_t first, size_t n, const float *v);
int ae_st_read(struct ae_st *st, struct ae_io *io, int tensor, ae_st_put *put,
               void *arg, struct ae_err *e);
/* After the last tensor: checks that the file ends here, and its checksum. */
int ae_st_finish(struct ae_st *st, struct ae_io *io, struct ae_err *e);

/* Writes a file.  The caller fills in name, type, ndims and dim of each tensor;
 * `meta` is key, value, ..., NULL.  `get` fills in elements first..first+n-1
 * of a tensor, and is called twice for each of them. */
typedef void ae_st_get(void *arg, int tensor, size_t first, size_t n, float *v);
int ae_st_write(struct ae_io *io, const char *const *meta,
                struct ae_st_tensor *tensor, int count, ae_st_get *get,
                void *arg, struct ae_err *e);

/* What only safetensors_read.c and safetensors_write.c use: the text before
 * the checksum's digits in the value of "checksum", and the types of tensors,
 * ending with a NULL name. */
#define AE_ST_CRC "crc32:"
enum { AE_ST_DIGITS = 8 };

struct ae_st_dtype {
    const char *name;
    size_t size;
    enum ae_st_type type;
};
extern const struct ae_st_dtype ae_st_dtypes[];

#endif
