/* ae.h - the public interface of libae, in sections that follow the storeys.
 *
 * Conventions.  A function that can fail returns 0 or a negative AE_E* code
 * and fills the `struct ae_err *` that comes last (it may be NULL); AE_END
 * (+1) is a clean end of a stream.  init/release work on the caller's
 * storage, new/free on the heap; releasing a zeroed struct or freeing NULL
 * does nothing.  Samples are float32, interleaved, 0..1; noise levels are
 * the root mean square of the noise in 8-bit units (0..255) wherever a user
 * sees them.  Nothing in the library prints, exits or reads the locale.
 */
#ifndef AE_H
#define AE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AE_API __attribute__((visibility("default")))
#define AE_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define AE_VERSION "0.1.0"
/* Counts the changes of these headers' structs, enums and calls that a program
 * built before them would misunderstand; it is the number in libae.so.N, too,
 * and ae_ctx_new() passes it on. */
#define AE_ABI 1

/* ---------------------------------------------------------------- errors */

enum {
    AE_OK = 0,
    AE_END = 1,           /* clean end of a stream, not an error */
    AE_EARG = -1,         /* a caller's argument, option or spec is wrong */
    AE_EMEM = -2,         /* memory, or the bound set on it, is used up */
    AE_EIO = -3,          /* the system refused a read, write, rename... */
    AE_EFORMAT = -4,      /* bytes are not what their format promises */
    AE_ELIMIT = -5,       /* well-formed, but past a limit of the context */
    AE_EUNSUPPORTED = -6, /* well-formed, but not for this toolkit */
    AE_ENUMERIC = -7,     /* not a number where one is needed */
    AE_EINTR = -8,        /* stopped because the caller asked for it */
    AE_EUNKNOWN = -9      /* begins as no format that is known here */
};

struct ae_err {
    int code;
    char msg[512]; /* one line, no newline, control bytes escaped */
};

AE_API const char *ae_version(void);

/* ---------------------------------------------------------------- fields */

/* One description serves a command's options, a layer's attributes, the
 * parameters of a noise and the settings of training: parsing, range checks,
 * --help and printing back all come from it. */
enum ae_field_type {
    AE_F_BOOL,   /* int; present = 1; name=0 and name=1 where values are */
    AE_F_INT,    /* int */
    AE_F_COUNT,  /* uint64_t, with k, M, G suffixes (powers of 1000) */
    AE_F_REAL,   /* double */
    AE_F_RANGE,  /* double[2]: "a..b", or "a" for a..a */
    AE_F_PAIR,   /* int[2], rows then columns: "HxW", or "N" for NxN */
    AE_F_STR,    /* const char *, borrowed from the text that was parsed */
    AE_F_ENUM,   /* int: index into `names` */
    AE_F_BYTES,  /* uint64_t, with K, M, G suffixes (powers of 1024) */
    AE_F_SECONDS /* double, with s, m, h, d suffixes */
};

struct ae_field {
    const char *name;
    enum ae_field_type type;
    size_t offset;            /* into the struct being filled */
    const char *def;          /* parsed first; NULL leaves zero */
    double min, max;          /* numbers outside are refused; 0,0: any */
    const char *help;         /* one line, no full stop */
    const char *const *names; /* AE_F_ENUM: NULL-terminated */
    const char *arg;          /* what --help shows for the value */
    int letter;               /* short option, 0: none */
};
/* A table ends with an entry whose name is NULL.  One entry, for C:
 * AE_FIELD("lr", REAL, ae_train_options, lr, .def = "3e-4", .max = 10). */
#define AE_FIELD(name_, type_, struct_, member_, ...)                          \
    {                                                                          \
        .name = name_, .type = AE_F_##type_,                                   \
        .offset = offsetof(struct struct_, member_), __VA_ARGS__               \
    }

AE_API int ae_fields_default(const struct ae_field *table, void *obj,
                             struct ae_err *e);
/* AE_EARG with "`NAME`: why" for the first field of obj, in the table's order,
 * that is outside its range; text (AE_F_STR) isn't looked at. */
AE_API int ae_fields_check(const struct ae_field *table, const void *obj,
                           struct ae_err *e);
AE_API int ae_field_parse(const struct ae_field *f, void *obj, const char *text,
                          struct ae_err *e);
/* The value of one field as text that ae_field_parse() reads back;
 * the length as snprintf gives it. */
AE_API int ae_field_print(const struct ae_field *f, const void *obj, char *buf,
                          size_t size);

/* --------------------------------------------------------------- context */

struct ae_ctx; /* kernels, thread pool, limits, log */

/* FAULT: an input that couldn't be used, while the others are. */
enum ae_log_level { AE_LOG_FAULT, AE_LOG_NOTE, AE_LOG_INFO, AE_LOG_DEBUG };
typedef void ae_log_fn(void *arg, enum ae_log_level level, const char *msg);

/* What layers multiply in; weights, sums and what passes from layer to layer
 * are float32 in any case. */
enum ae_precision {
    AE_PRECISION_F32,
    /* bfloat16 where that is faster; AE_EUNSUPPORTED on a CPU without such
     * instructions */
    AE_PRECISION_BF16,
    AE_PRECISION_AUTO /* bfloat16 on a CPU with them */
};

struct ae_ctx_options {
    int threads; /* 0: all cores */
    enum ae_precision precision;
    uint64_t max_pixels; /* of one image; 0: 1e9 */
    uint64_t memory;     /* bytes a command may plan for; 0: 1 GiB */
    ae_log_fn *log;      /* notes and warnings; NULL: dropped */
    void *log_arg;
};

/* o NULL, or zeroed: the defaults.  AE_EARG where the library's AE_ABI isn't
 * the one of the header that the program was built with. */
AE_API int ae_ctx_new_abi(int abi, const struct ae_ctx_options *o,
                          struct ae_ctx **out, struct ae_err *e);
static inline int ae_ctx_new(const struct ae_ctx_options *o,
                             struct ae_ctx **out, struct ae_err *e)
{
    return ae_ctx_new_abi(AE_ABI, o, out, e);
}
AE_API void ae_ctx_free(struct ae_ctx *ctx);
AE_API const char *ae_ctx_isa(const struct ae_ctx *ctx); /* "avx512", ... */
AE_API int ae_ctx_threads(const struct ae_ctx *ctx);

/* --------------------------------------------------------------- streams */

struct ae_io; /* bytes in or out: a descriptor or memory */

/* Readers peek without consuming, so several images can follow one another
 * on one pipe.  `name` is kept for messages.  The descriptor is closed by
 * ae_io_close() when `own` is set. */
AE_API int ae_io_open_fd(int fd, int own, const char *name, struct ae_io **out,
                         struct ae_err *e);
AE_API int ae_io_open_path(const char *path, struct ae_io **out,
                           struct ae_err *e); /* reading */
AE_API int ae_io_open_memory(const void *data, size_t size, const char *name,
                             struct ae_io **out, struct ae_err *e);
/* Writes aside in path's folder; ae_io_commit() syncs and renames, while
 * ae_io_close() without it removes what was written.  What a killed writer
 * of the same path left aside goes first.  Mode 0666 & ~umask, or the old
 * file's.  A link is followed; a device, a fifo, /dev/stdout and the like
 * are written directly. */
AE_API int ae_io_create(const char *path, struct ae_io **out, struct ae_err *e);
AE_API int ae_io_create_memory(struct ae_io **out, struct ae_err *e);
AE_API const void *ae_io_memory(const struct ae_io *io, size_t *size);
AE_API int ae_io_flush(struct ae_io *io, struct ae_err *e);
AE_API int ae_io_commit(struct ae_io *io, struct ae_err *e);
AE_API void ae_io_close(struct ae_io *io);
AE_API const char *ae_io_name(const struct ae_io *io);

/* ---------------------------------------------------------------- images */

struct ae_meta;   /* EXIF, ICC, density, JPEG tables: image/meta/meta.h */
struct ae_format; /* one row of the table of formats */

struct ae_image_info {
    int w, h;
    int channels;    /* 1..4 samples a pixel, alpha included */
    int alpha;       /* 1: the last channel is alpha */
    unsigned maxval; /* 1..65535: integers 0..maxval; 0: float samples */
    /* Place in an array of images; items 0: none.  To a writer items > 1
     * promises that all of them follow one another on its stream. */
    uint64_t item, items;
    const struct ae_format *format;
};
/* Colour channels of an image: 1 or 3 (an NPY of 2 or 4 channels has
 * channels 2 or 4 and no alpha). */

/* whole, float32, interleaved; 64-byte aligned */
struct ae_image {
    struct ae_image_info info;
    float *data; /* h * w * channels */
};

struct ae_reader;
struct ae_writer;

/* The next image of the stream; AE_END when the stream is used up.  Bytes
 * after a complete image that begin no known format end the input with a
 * note to the context's log.  A stream that begins as no known format is
 * AE_EUNKNOWN. The first call on a stream must set `first`. */
AE_API int ae_reader_open(struct ae_ctx *ctx, struct ae_io *io, int first,
                          struct ae_reader **out, struct ae_err *e);
AE_API const struct ae_image_info *ae_reader_info(const struct ae_reader *r);
AE_API const struct ae_meta *ae_reader_meta(const struct ae_reader *r);
/* Row after row from the top: info.w * info.channels floats. */
AE_API int ae_reader_row(struct ae_reader *r, float *row, struct ae_err *e);
/* Reads what follows the last row (trailers, further pictures that belong
 * to the file), so that the stream stands at the next image. */
AE_API int ae_reader_finish(struct ae_reader *r, struct ae_err *e);
AE_API void ae_reader_free(struct ae_reader *r);

/* Of a JPEG's chroma, as J:a:b has it. */
enum ae_subsampling {
    AE_SUBSAMPLING_SOURCE, /* as a JPEG source has it, else 444 */
    AE_SUBSAMPLING_444,
    AE_SUBSAMPLING_440,
    AE_SUBSAMPLING_422,
    AE_SUBSAMPLING_420,
    AE_SUBSAMPLING_411
};

struct ae_write_options {
    int quality; /* JPEG 1..100; 0: the source's tables, else 95 */
    enum ae_subsampling subsampling;
    /* The picture is turned as its EXIF orientation says, which becomes 1.
     * Then rows wait until all have come, in memory or in a file in TMPDIR,
     * and the writer must be finished after the reader of `meta`. */
    int auto_orient;
};

AE_API int ae_writer_open(struct ae_ctx *ctx, struct ae_io *io,
                          const struct ae_format *format,
                          const struct ae_image_info *info,
                          const struct ae_meta *meta,
                          const struct ae_write_options *o,
                          struct ae_writer **out, struct ae_err *e);
/* Values are clipped to 0..1 and rounded to info.maxval, unless float. */
AE_API int ae_writer_row(struct ae_writer *w, const float *row,
                         struct ae_err *e);
AE_API int ae_writer_finish(struct ae_writer *w, struct ae_err *e);
AE_API void ae_writer_free(struct ae_writer *w);

AE_API const struct ae_format *ae_format_by_name(const char *name);
AE_API const struct ae_format *ae_format_by_ending(const char *path);
AE_API const char *ae_format_name(const struct ae_format *f);

AE_API int ae_image_alloc(struct ae_ctx *ctx, struct ae_image *im,
                          const struct ae_image_info *info, struct ae_err *e);
AE_API void ae_image_release(struct ae_image *im);
AE_API int ae_image_read(struct ae_ctx *ctx, struct ae_io *io, int first,
                         struct ae_image *im, struct ae_meta **meta,
                         struct ae_err *e);
AE_API int ae_image_write(struct ae_ctx *ctx, struct ae_io *io,
                          const struct ae_format *format,
                          const struct ae_image *im, const struct ae_meta *meta,
                          const struct ae_write_options *o, struct ae_err *e);
AE_API void ae_meta_free(struct ae_meta *m);

/* ----------------------------------------------------------------- noise */

/* Chains of noises, "poisson:peak=30+gauss:sigma=5", applied left to right.
 * Several chains, "gauss:sigma=0..55|0.3*jpeg:q=60..95", are alternatives,
 * of which each picture gets one, with a probability in proportion to its
 * weight (1 where none is written).  Ranges are drawn once a picture. */
struct ae_noise;

AE_API int ae_noise_parse(const char *chain, struct ae_noise **out,
                          struct ae_err *e);
AE_API void ae_noise_free(struct ae_noise *n);
/* Adds the chain's noise to `data` (h*w*c floats, colour channels only,
 * pixel stride `stride` >= c); draws depend on (seed, index) alone.  The
 * result is clipped and rounded to 0..maxval (0: left as it is).  *rms, if
 * wanted, becomes the root mean square of noisy minus clean in 0..1 units,
 * taken before the final clipping and rounding: for gaussian noise the sigma
 * that was asked for, whatever is lost at black and white. */
AE_API int ae_noise_apply(struct ae_ctx *ctx, const struct ae_noise *n,
                          float *data, int w, int h, int c, int stride,
                          unsigned maxval, uint64_t seed, uint64_t index,
                          double *rms, struct ae_err *e);

/* --------------------------------------------------------------- metrics */

struct ae_metric {
    const char *name;
    int higher_is_better;
    const char *help;
    /* Both images have equal w, h, channels; alpha is left out. */
    int (*eval)(struct ae_ctx *, const struct ae_image *ref,
                const struct ae_image *img, double *value, struct ae_err *);
};
AE_API const struct ae_metric *ae_metric_by_name(const char *name);
AE_API const struct ae_metric *ae_metric_at(size_t i); /* NULL past end */

/* ---------------------------------------------------------------- models */

struct ae_model; /* spec, weights and metadata; immutable in use */

/* NAME or FILE: a file if it exists or holds a '/', else a name looked up in
 * AE_MODEL_PATH, $XDG_DATA_HOME/ae/models, the installed data folder, then
 * among those compiled in; NULL is the default photo model. A miss lists
 * every place that was tried. An alias gives the model that it stands for. */
AE_API int ae_model_load(struct ae_ctx *ctx, const char *name,
                         struct ae_model **out, struct ae_err *e);
AE_API int ae_model_read(struct ae_ctx *ctx, struct ae_io *io,
                         struct ae_model **out, struct ae_err *e);
AE_API void ae_model_free(struct ae_model *m);
/* A description as one line of JSON, to be freed with free(): spec, tensors,
 * weights, macs_per_pixel, reach, train...; with `layers` one row a node. */
AE_API int ae_model_describe(const struct ae_model *m, int layers, char **json,
                             struct ae_err *e);
/* The same for eyes: indented lines of text. */
AE_API int ae_model_print(const struct ae_model *m, int layers, char **text,
                          struct ae_err *e);

/* ----------------------------------------------------------------- items */

/* What a model is used on, item by item: pictures, rows or windows of a
 * table, lines of text; made as they were in training. */
struct ae_example {
    /* file, its path below the folder, FILE#3; of a row or line its time,
     * else its number; of a window that of its last row */
    const char *name;
    const float *x; /* h * w * c, scaled as the model wants */
    int h, w, c;
    const char *label; /* text of its class, NULL: none */
    uint64_t index;    /* among those of this reading, from 0 */
    /* that an array gives, by its header; 0: nobody knows */
    uint64_t items;
    /* 0: the input has nothing further at hand, so what waits for company
     * shall be done now */
    int more;
};
typedef int ae_example_fn(void *arg, const struct ae_example *x,
                          struct ae_err *e);

/* Which of them are wanted, and what they are called.  A row is what a file
 * counts: a picture of a stream, an idx file or a folder, an array's or
 * table's row, a line of text. */
struct ae_select_options {
    /* of csv, "a,3" or "-a,-3": those that are the model's; NULL: by the
     * model's names */
    const char *columns;
    const char *label_column; /* of csv: name or number, NULL: none */
    /* file with the class of each row of all the data, in their order: an
     * idx file or lines of text, gzipped or not; NULL: none */
    const char *labels;
    /* rows of this class alone; NULL: of any. Windows have no others, then. */
    const char *only;
    const char *rows; /* "A:B" of each file, from 1; NULL: all */
};
AE_API extern const struct ae_field ae_select_fields[];

struct ae_selection;

/* What is done with a picture of another size than the model's. */
enum ae_fit { AE_FIT_REFUSE, AE_FIT_CROP, AE_FIT_PAD, AE_FIT_RESIZE };

struct ae_examples_options {
    /* refuse crop pad resize: pictures of another size than the model's */
    int fit;
    struct ae_select_options select; /* its columns and label_column; */
    /* ... and the rest, made of it, which goes on from file to file; NULL:
     * all rows */
    struct ae_selection *selection;
    int stride;               /* of windows of csv; 0: as in training */
    const volatile int *stop; /* nonzero: AE_EINTR; may be NULL */
};
AE_API extern const struct ae_field ae_examples_fields[];

/* Calls fn for each item of `path`: a file, a folder or "-", the standard
 * input, which is read no further than it must be.  Keeps one item, however
 * many there are.  In a folder a file that can't be used is named in the log
 * and the rest done; then, or when it was named by `path`, it is an error. An
 * error of fn ends the reading. */
AE_API int ae_examples_read(struct ae_ctx *ctx, const struct ae_model *m,
                            const char *path,
                            const struct ae_examples_options *o,
                            ae_example_fn *fn, void *arg, struct ae_err *e);
/* What a model's items are, by what it was trained on, so that decoded ones
 * can be written as such. */
enum ae_item_kind { AE_ITEM_IMAGE, AE_ITEM_ARRAY, AE_ITEM_TABLE, AE_ITEM_TEXT };
struct ae_item_type;
AE_API int ae_item_type_new(const struct ae_model *m, struct ae_item_type **out,
                            struct ae_err *e);
AE_API void ae_item_type_free(struct ae_item_type *i);
AE_API enum ae_item_kind ae_item_type_kind(const struct ae_item_type *i);
/* The name of a table's column, NULL: it has none. */
AE_API const char *ae_item_type_column(const struct ae_item_type *i,
                                       int column);
/* The class of that name, or written as a number, that a conditional model is
 * asked for; 0 where text is NULL and the model asks for none.  AE_EARG where
 * it knows no such class, asks for none, or asks for one and text is NULL. */
AE_API int ae_model_class(const struct ae_model *m, const char *text,
                          int *label, struct ae_err *e);
/* Values as the model has them, h * w * c, become those of the data again.
 * What was scaled window by window stays as it is: 0 is said then, else 1. */
AE_API int ae_item_type_unscale(const struct ae_item_type *i, float *x, int h,
                                int w, int c);

/* ----------------------------------------------------------------- codes */

struct ae_coder; /* the two halves of a model, at one size */

struct ae_coder_info {
    int h, w, c; /* an item, what goes in and comes out... */
    size_t item; /* ...and its values, h * w * c */
    int batch;   /* items that run at once, at most */
    int code;    /* numbers in a code: code_h * code_w * code_c */
    int code_h, code_w, code_c;
    int labels;   /* classes of the input `label`, 0: none */
    int gaussian; /* a code has a log-variance */
};

/* h, w 0: the model's own size.  The code is the node that is one (`latent`,
 * `code`), else the output named code; a model without is AE_EUNSUPPORTED.
 * Weights are copied.  batch: the most items that run at once; 0: as many as
 * have 2^22 values together, 64 at most.  An item's result depends neither on
 * it, nor on its neighbours, nor on threads. */
AE_API int ae_coder_new(struct ae_ctx *ctx, const struct ae_model *m, int h,
                        int w, int batch, struct ae_coder **out,
                        struct ae_err *e);
AE_API void ae_coder_free(struct ae_coder *c);
AE_API const struct ae_coder_info *ae_coder_info(const struct ae_coder *c);
/* n items (h w c floats each) to codes, the means of Gaussian ones; logvar
 * may be NULL.  label: a class an item, NULL where the model has none.  With
 * n 0 both functions only make ready, and fail if they can't ever run. */
AE_API int ae_coder_encode(struct ae_coder *c, const float *x, const int *label,
                           int n, float *mu, float *logvar, struct ae_err *e);
AE_API int ae_coder_decode(struct ae_coder *c, const float *z, const int *label,
                           int n, float *x, struct ae_err *e);

/* --------------------------------------------------------------- samples */

/* Codes out of nothing, for ae_coder_decode().  Sample i is a function of
 * (model, options, i) alone. */
struct ae_latent_sampler;

enum ae_sampler_kind {
    AE_SAMPLER_AUTO,
    AE_SAMPLER_PRIOR,
    AE_SAMPLER_GAUSS,
    AE_SAMPLER_GMM
};

struct ae_sample_options {
    /* auto: the last of these that the model keeps; prior: N(0, I); gauss:
     * the Gaussian fitted to the training codes; gmm: the mixture */
    int sampler;
    double temperature; /* factor of the deviations from a mean */
    uint64_t seed;
    double radius; /* factor of those from `centre` */
    /* a code that takes every mean's place, kept by the caller; NULL: none */
    const float *centre;
};
AE_API extern const struct ae_field ae_sample_fields[];

/* d: numbers in a code.  Lends from the model.  AE_EUNSUPPORTED where the
 * model keeps no such fit, or one of other codes. */
AE_API int ae_latent_sampler_new(const struct ae_model *m,
                                 const struct ae_sample_options *o, int d,
                                 struct ae_latent_sampler **out,
                                 struct ae_err *e);
AE_API void ae_latent_sampler_free(struct ae_latent_sampler *s);
/* What it draws from: "prior", "gauss" or "gmm". */
AE_API const char *ae_latent_sampler_name(const struct ae_latent_sampler *s);
AE_API void ae_latent_sampler_draw(const struct ae_latent_sampler *s,
                                   uint64_t index, float *z);

/* ---------------------------------------------------------------- scores */

/* How odd items are to a model, the higher the odder. */
struct ae_scorer;

struct ae_score_options {
    const char *method; /* reconstruction: mean squared error of a
                                value, as the model sees it; elbo[:K],
                                iw[:K]: minus the evidence bound, or the
                                importance-weighted one, by K draws, in nats
                                summed over an item's values; mahalanobis:
                                distance of the code from the Gaussian of the
                                training codes; knn: mean distance of the
                                code from its nearest reference codes;
                                knn-input: of the item itself, as the model
                                sees it, from the nearest reference items */
    int neighbours;     /* of knn and knn-input */
    /* of draws: functions of it and the item's number among all that this
     * scorer read */
    uint64_t seed;
    /* class of all items, for a model that asks for one; NULL: each item's
     * own label */
    const char *label;
    /* 1: rows of tables instead of windows, each by the mean over the
     * windows that cover it, of its own error where there is one */
    int points;
    int errors; /* 1: x, y and channel below are filled */
};
AE_API extern const struct ae_field ae_score_fields[];

struct ae_score {
    const char *name;  /* the item's, or the row's */
    const char *label; /* text of its class, NULL: none */
    /* why it can't be scored: its class is none of the model's; NULL: it is */
    const struct ae_err *fault;
    double value;
    uint64_t index; /* among those of this reading, from 0 */
    int h, w, c;    /* of an item */
    /* the item and its reconstruction, as the model has them; NULL: not
     * asked for, or a point */
    const float *x, *y;
    /* mean squared error of each channel, or column of a table; NULL: not
     * asked for */
    const double *channel;
    int channels;
    /* 0: the input has nothing further at hand, so what was said should be
     * seen now */
    int more;
};
typedef int ae_score_fn(void *arg, const struct ae_score *s, struct ae_err *e);

AE_API int ae_scorer_new(struct ae_ctx *ctx, const struct ae_model *m,
                         const struct ae_score_options *o,
                         struct ae_scorer **out, struct ae_err *e);
AE_API void ae_scorer_free(struct ae_scorer *s);
/* Of how many classes each item's label must be one, since the model asks for
 * it and all items were given none in common; 0: it needn't. */
AE_API int ae_scorer_classes(const struct ae_scorer *s);
/* Adds all items of `path`, or their codes, to the reference, for knn-input
 * and knn: 2^20 items and 2^28 numbers at most, or AE_ELIMIT. */
AE_API int ae_scorer_refer(struct ae_scorer *s, const char *path,
                           const struct ae_examples_options *o,
                           struct ae_err *e);
/* Calls fn for each item of `path`, in order; an error of fn ends it.  A
 * score depends on its item alone, and where draws are made its number. */
AE_API int ae_scorer_read(struct ae_scorer *s, const char *path,
                          const struct ae_examples_options *o, ae_score_fn *fn,
                          void *arg, struct ae_err *e);
/* The score below which `share` (0..1) of the training data lie, of knn and
 * knn-input of the reference; AE_EUNSUPPORTED where the model doesn't know. */
AE_API int ae_scorer_quantile(const struct ae_scorer *s, double share,
                              double *out, struct ae_err *e);

/* --------------------------------------------------------------- denoise */

/* A window of a picture, in pixels from its top left corner. */
struct ae_rect {
    int x, y, w, h;
};

/* What became of a picture; root mean squares in 8-bit units. */
struct ae_denoise_found {
    /* level of noise: as it was told, or as it follows from what the net
     * removed; 0 at strength 0 */
    double sigma;
    double changed; /* what came out minus what came in */
};
/* One that changed by less was left as it was. */
#define AE_DENOISE_LEFT 0.25

struct ae_denoise_options {
    double strength; /* 0..1, 0: the identity */
    /* 0..1, times strength: the shares of what the net takes away that go
     * in Y and in Cb, Cr, those of BT.601, full range, as in JPEG; pictures
     * that haven't three colours have Y alone */
    double luma, chroma;
    /* level of noise that the net is told, 8-bit units; negative: it finds
     * out */
    double sigma;
    /* samples are in proportion to light: 1 yes, 0 no, negative: as the
     * file says */
    int linear;
    /* file of a picture of the same size, whose brightness 0..1 is a share,
     * too; NULL: none */
    const char *mask;
    struct ae_rect crop; /* what comes out of the result; w 0: all */
    /* of ae_denoise_preview_size(); gets that window before | after; NULL:
     * no one */
    struct ae_writer *preview;
    int tile[2]; /* largest piece, rows x columns; 0: by memory */
    struct ae_denoise_found *found; /* to be filled, or NULL */
    /* called now and then with the share done, 0..1; may be NULL */
    void (*progress)(void *arg, double share);
    void *progress_arg;
};
AE_API extern const struct ae_denoise_options ae_denoise_defaults;

/* A model made ready for one size after another; it must outlive this.
 * ensemble: 1, 2 or 8, the mean over so many turns and mirrors of the net,
 * which take as many times as long; 0: what the model was found with, else 1.
 * AE_EUNSUPPORTED where the net can't be turned. */
struct ae_denoiser;
AE_API int ae_denoiser_new(struct ae_ctx *ctx, const struct ae_model *m,
                           int ensemble, struct ae_denoiser **out,
                           struct ae_err *e);
AE_API void ae_denoiser_free(struct ae_denoiser *d);
/* 0: the net must be told the level of noise, so with sigma negative another,
 * which is compiled in, finds it. */
AE_API int ae_denoiser_is_blind(const struct ae_denoiser *d);
/* What comes out of such a picture, whose size o->crop may change, to open a
 * writer for.  AE_EARG where the window isn't within the picture. */
AE_API int ae_denoise_size(const struct ae_denoise_options *o,
                           const struct ae_image_info *in,
                           struct ae_image_info *out, struct ae_err *e);
/* The same of a preview: the window o->crop, else 512 x 384 pixels in the
 * middle, or all there are, twice, with a thin divider. */
AE_API int ae_denoise_preview_size(const struct ae_denoise_options *o,
                                   const struct ae_image_info *in,
                                   struct ae_image_info *out, struct ae_err *e);
/* Streams one image from r to w by rows; the same bytes for any tile size,
 * memory bound and thread count. */
AE_API int ae_denoise(struct ae_denoiser *d, const struct ae_denoise_options *o,
                      struct ae_reader *r, struct ae_writer *w,
                      struct ae_err *e);

struct ae_noise_level {
    double sigma; /* as ae_denoise_found has it */
    double white; /* 0..1: share of its power that is white */
};
/* The noise of a picture, by what the net removes from it untold.  Reads all
 * rows; memory as for ae_denoise().  AE_EUNSUPPORTED for a net that must be
 * told the level. */
AE_API int ae_noise_estimate(struct ae_denoiser *d, struct ae_reader *r,
                             struct ae_noise_level *out, struct ae_err *e);

/* A table through a model of tables, as csv: the same header, rows, times and
 * units, each value the mean of what the windows over it make of it; columns
 * that the model doesn't take pass.  A row is out as soon as no later window
 * can cover it.  Of o, select and selection count: rows that aren't wanted,
 * and runs of wanted ones that are shorter than a window, don't come out. */
AE_API int ae_denoise_table(struct ae_ctx *ctx, const struct ae_model *m,
                            const char *path,
                            const struct ae_examples_options *o,
                            struct ae_io *out, struct ae_err *e);

/* ----------------------------------------------------------------- train */

/* Values of the int fields below of the same name. */
enum ae_input_kind {
    AE_INPUT_AUTO, /* by content and name */
    AE_INPUT_IMAGE,
    AE_INPUT_IDX,
    AE_INPUT_NPY,
    AE_INPUT_CSV,
    AE_INPUT_TEXT
};
enum ae_scale {
    AE_SCALE_AUTO,   /* global for csv, else none */
    AE_SCALE_NONE,   /* as they are */
    AE_SCALE_UNIT,   /* the training data's range becomes 0..1 */
    AE_SCALE_GLOBAL, /* each channel: mean 0, deviation 1 over all items */
    AE_SCALE_WINDOW  /* each channel of each item: mean 0, deviation 1 */
};
enum ae_schedule {
    AE_SCHEDULE_CONST,
    AE_SCHEDULE_STEP, /* a tenth from 60 % of the steps on, ... */
    AE_SCHEDULE_COSINE,
    AE_SCHEDULE_TRAPEZOID
};
enum ae_optimiser { AE_OPTIM_SGD, AE_OPTIM_ADAM, AE_OPTIM_ADAMW };
enum ae_binarise {
    AE_BINARISE_NONE,
    AE_BINARISE_THRESHOLD, /* 1 from a half on */
    AE_BINARISE_DRAW       /* 1 with the value as its probability */
};
enum ae_augment {
    AE_AUGMENT_AUTO,
    AE_AUGMENT_NONE,
    AE_AUGMENT_TURNS,
    AE_AUGMENT_PHOTO
};
enum ae_save_precision { AE_SAVE_F16, AE_SAVE_F32 };

struct ae_train_progress;

struct ae_train_options {
    const char *model; /* preset[:var=value,...], spec file or model */
    /* OUTPUT is the best so far, OUTPUT.ckpt the last checkpoint */
    const char *output;
    const char *const *data; /* NULL-terminated: folders, images, idx */
    int input;               /* auto image idx npy csv text */
    /* time steps of csv: a number, or "auto", the dominant period; NULL,
     * "0": a row is an item */
    const char *window;
    int stride; /* 0: a quarter of the window */
    /* columns NULL: all that hold values; the label column isn't learned */
    struct ae_select_options select;
    int scale;         /* auto none unit global window */
    const char *noise; /* chain, NULL: none (target = input) */
    /* chance that a net with an input sigma isn't told the level */
    double level_dropout;
    const char *noisy;   /* data: noisy versions of all items */
    const char *clean;   /* data, beside those above; NULL: none */
    const char *val;     /* fraction 0..0.5, or a path */
    const char *metrics; /* csv, or jsonl by its ending; or NULL */
    const char *report;  /* a page of HTML, or NULL */
    /* FILE[:SIZE]: only writes the photographs, as bytes, there; NULL:
     * trains */
    const char *dump_data;
    const char *resume; /* "": OUTPUT.ckpt; a path; NULL: start anew */
    int patch;          /* pixels a side, images only; 0: whole items */
    int batch;
    uint64_t steps; /* 0: from epochs or time_limit */
    double epochs;
    double time_limit; /* seconds, 0: none */
    double lr;
    int schedule;  /* const step cosine trapezoid */
    double warmup; /* share of the steps, 0..0.5 */
    int optim;     /* sgd adam adamw */
    double weight_decay;
    /* largest gradient norm, in running means of it; 0: none */
    double clip;
    double ema; /* decay of the running average, 0: none */
    /* "l1", "charbonnier:eps=1e-3", ...; "auto" or NULL: what suits the net */
    const char *loss;
    double beta;           /* of the divergence, times the nodes' own */
    const char *kl_warmup; /* none, linear[:SHARE], cyclic[:CYCLES] */
    double free_bits;      /* nats a number of the code, 0: none */
    int iw;                /* samples of the importance-weighted bound */
    int binarise;          /* none threshold draw */
    double l1_code;        /* of code nodes; 0: as the spec says */
    double contractive;    /* weight of the code's slopes, 0: none */
    uint64_t early_stop;   /* scores without a gain that end it; 0: never */
    double dropout;        /* at the code; 0: as the spec says */
    int augment;           /* eight turns of image patches */
    uint64_t seed;
    uint64_t checkpoint_every; /* steps */
    int mixture;               /* Gaussians fitted to the codes, 0: none */
    /* enum ae_precision, not auto: a model doesn't depend on the CPU's kind
     * unasked */
    int precision;
    int save_precision; /* f16 f32 */
    /* called about twice a second and at the end; may be NULL */
    void (*progress)(void *arg, const struct ae_train_progress *p);
    void *progress_arg;
    /* becomes nonzero when the run shall save and stop */
    const volatile int *stop;
};
struct ae_train_progress {
    uint64_t step, steps;
    double loss; /* mean since the last call */
    double lr;
    double val;           /* last validation figure, NaN before it */
    const char *val_name; /* "psnr" or the loss's name */
    double steps_per_s, seconds_left, seconds;
    int done;
};
AE_API extern const struct ae_field ae_train_fields[];
AE_API int ae_train(struct ae_ctx *ctx, const struct ae_train_options *o,
                    struct ae_err *e);

#ifdef __cplusplus
}
#endif
#endif
