/* ae.h - the public interface of libae: denoise pictures, and train, use and
 * question autoencoders.  libae(3) shows how to begin.
 *
 * Conventions, where a comment doesn't say otherwise:
 *
 * - Errors.  A call that can fail returns 0 or a negative AE_E* code and fills
 *   the struct ae_err that is its last argument.  Readers of streams also
 *   return AE_END, which is 1, after the last thing on the stream.
 * - Pointers aren't NULL, except e, the struct ae_err; the options, where NULL
 *   means the defaults; and what is given to a free or release function.  An
 *   output `out` is NULL after an error.
 * - Lifetime.  new, open and load make an object on the heap, and the function
 *   of the same name that ends in free (for a stream: ae_io_close()) ends it;
 *   alloc and release do the same for a struct of the caller's.  An object
 *   must outlive what was made with it.  What is returned as const belongs to
 *   the object that was asked.  Text in options is borrowed, not copied.
 * - Threads.  Several threads may use one ae_ctx, ae_model, ae_noise or
 *   ae_latent_sampler at the same time.  Every other object is for one thread
 *   at a time.  Callbacks run in the thread that made the call, except for
 *   the log (see the section on contexts).
 * - Units.  Samples are float32, interleaved, 0..1, rows from the top.  A level
 *   of noise is its root mean square in 8-bit units (0..255).  Shapes are
 *   written [height][width][channels].
 *
 * The library never prints, never exits, installs no signal handler and
 * doesn't depend on the locale.  What only the ae-* commands need is in
 * ae_tools.h.
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
#define AE_VERSION "0.2.0"
/* Counts the changes of these headers' structs, enums and calls that a program
 * built before them would misunderstand; it is the number in libae.so.N, too,
 * and ae_ctx_new() passes it on. */
#define AE_ABI 1

/* ---------------------------------------------------------------- errors */

enum {
    AE_OK = 0,
    AE_END = 1,           /* the clean end of a stream, not an error */
    AE_EARG = -1,         /* a caller's argument, option or spec is wrong */
    AE_EMEM = -2,         /* memory, or the bound set on it, is used up */
    AE_EIO = -3,          /* the system refused a read, write, rename... */
    AE_EFORMAT = -4,      /* bytes are not what their format promises */
    AE_ELIMIT = -5,       /* well-formed, but past a limit of the context */
    AE_EUNSUPPORTED = -6, /* well-formed, but not for this toolkit */
    AE_ENUMERIC = -7,     /* not a number where one is needed */
    AE_EINTR = -8,        /* stopped because the caller asked for it */
    AE_EUNKNOWN = -9,     /* begins as no format that is known here */
    AE_EUNREAD = -10,     /* is of a format that is known, but not read here */
    AE_EEXIST = -11       /* a file that was to be new is there already */
};

/* Why a call failed.  It needs no initial value and is written only when a
 * call fails.  The text says what is wrong and, before a colon each, where; a
 * field of options stands between backquotes.  It is safe to print. */
struct ae_err {
    int code;      /* what the call returned */
    char msg[512]; /* one line, no newline, control bytes escaped */
};

/* AE_VERSION of the library that runs, which may be newer than the header. */
AE_API const char *ae_version(void);

/* ---------------------------------------------------------------- fields */

/* A table of fields describes a struct: the options of a command, the
 * attributes of a layer, the parameters of a noise, the settings of training.
 * Parsing, range checks, --help and printing all come from it.
 *
 * A struct of options that has a table is set up so:
 *
 *     struct ae_train_options o = {0};
 *     ae_fields_default(ae_train_fields, &o, &e);
 *     o.lr = 1e-4;
 *
 * The call that takes the struct checks it by ae_fields_check().
 *
 * Types: the member, and the text that ae_field_parse() takes. */
enum ae_field_type {
    AE_F_BOOL,   /* int; "0", "1", or NULL for 1 */
    AE_F_INT,    /* int */
    AE_F_COUNT,  /* uint64_t; suffixes k, M, G are powers of 1000 */
    AE_F_REAL,   /* double */
    AE_F_RANGE,  /* double[2]; "a..b", or "a" for a..a */
    AE_F_PAIR,   /* int[2], rows then columns; "HxW", or "N" for NxN */
    AE_F_STR,    /* const char *, borrowed from the text that was parsed */
    AE_F_ENUM,   /* int, an index into `names`; one of the names */
    AE_F_BYTES,  /* uint64_t; suffixes K, M, G are powers of 1024 */
    AE_F_SECONDS /* double; suffixes s, m, h, d */
};

/* What a text (AE_F_STR) names: no file, one that is read or written, a path
 * of items (a file, folder or stream), a model's file or name, a folder that
 * outputs are written into. */
enum ae_field_file {
    AE_FILE_NONE,
    AE_FILE_READ,
    AE_FILE_WRITTEN,
    AE_FILE_ITEMS,
    AE_FILE_MODEL,
    AE_FILE_FOLDER
};

struct ae_field {
    const char *name;
    enum ae_field_type type;
    size_t offset;            /* into the struct that is described */
    const char *def;          /* the default as text; NULL: zero */
    double min, max;          /* of numbers, both allowed; 0, 0: any */
    const char *help;         /* one line, no full stop */
    const char *const *names; /* of AE_F_ENUM, NULL-terminated */
    const char *arg;          /* what --help shows for the value */
    int letter;               /* the short option; 0: none */
    enum ae_field_file file;
    const char *group; /* --help's heading; NULL: that of the row before */
    int repeats; /* AE_F_STR: an option that may be repeated, a text a line */
};
/* One entry of a table, in C: AE_FIELD(name, type without AE_F_, struct,
 * member, other members of ae_field...), for example
 * AE_FIELD("lr", REAL, my_options, lr, .def = "3e-4", .max = 10).
 * A table ends with an entry whose name is NULL. */
#define AE_FIELD(name_, type_, struct_, member_, ...)                          \
    {                                                                          \
        .name = name_, .type = AE_F_##type_,                                   \
        .offset = offsetof(struct struct_, member_), __VA_ARGS__               \
    }

/* Gives each field of obj that has a default that value.  The others are left
 * alone, so obj must be zeroed before. */
AE_API int ae_fields_default(const struct ae_field *table, void *obj,
                             struct ae_err *e);
/* AE_EARG with "`NAME`: why" for the first field of obj, in the table's order,
 * that is outside its range; text (AE_F_STR) isn't looked at. */
AE_API int ae_fields_check(const struct ae_field *table, const void *obj,
                           struct ae_err *e);
/* Sets one field of obj from text.  AE_EARG where the text isn't a value of
 * the field's type and range. */
AE_API int ae_field_parse(const struct ae_field *f, void *obj, const char *text,
                          struct ae_err *e);
/* Writes one field of obj to buf as text that ae_field_parse() reads back to
 * the same value.  Returns its length as snprintf() does: where that is `size`
 * or more, the text was cut. */
AE_API int ae_field_print(const struct ae_field *f, const void *obj, char *buf,
                          size_t size);

/* --------------------------------------------------------------- context */

/* The kernels for this CPU, a pool of threads, limits, and the log.  All else
 * is made with a context and must be freed before it.
 *
 * Threads that share a context wait for each other in its parallel parts,
 * unless it has one thread only.  A child after fork() may go on with a
 * context; it does all work in the calling thread. */
struct ae_ctx;

enum ae_log_level {
    AE_LOG_FAULT, /* an input can't be used and was left out */
    AE_LOG_NOTE,  /* worth knowing, such as metadata that were left out */
    AE_LOG_INFO,  /* details of what is done */
    AE_LOG_DEBUG
};
/* msg: one line without newline, safe to print.  The function may be called
 * from any thread of the context, and from several at the same time. */
typedef void ae_log_fn(void *arg, enum ae_log_level level, const char *msg);

/* What layers multiply in.  Weights, sums, and what passes from layer to layer
 * are float32 in any case. */
enum ae_precision {
    AE_PRECISION_F32,
    AE_PRECISION_BF16, /* bfloat16; AE_EUNSUPPORTED on a CPU without it */
    AE_PRECISION_AUTO  /* bfloat16 on a CPU that it makes faster, else f32 */
};

/* Zeroed, it is valid and means the defaults. */
struct ae_ctx_options {
    /* 1..4096, the caller's included; fewer are started where a limit allows no
     * more.  0: one for each CPU that the process may use, by its affinity mask
     * and its control groups' quotas. */
    int threads;
    enum ae_precision precision;
    uint64_t max_pixels; /* of one image; 0: 1e9 */
    uint64_t memory;     /* bytes that a call may plan for; 0: 1 GiB */
    ae_log_fn *log;      /* NULL: nobody listens */
    void *log_arg;
    /* 1: of an image that is cut short or damaged what can be read is read,
     * with a note; see ae_reader_row(). */
    int salvage;
};

/* ae_ctx_new(o, out, e) makes a context.  AE_EARG where the header that the
 * program was built with has another AE_ABI than the library, AE_EUNSUPPORTED
 * where the CPU lacks the precision.  Bindings for other languages call
 * ae_ctx_new_abi() with the AE_ABI that they follow. */
AE_API int ae_ctx_new_abi(int abi, const struct ae_ctx_options *o,
                          struct ae_ctx **out, struct ae_err *e);
static inline int ae_ctx_new(const struct ae_ctx_options *o,
                             struct ae_ctx **out, struct ae_err *e)
{
    return ae_ctx_new_abi(AE_ABI, o, out, e);
}
AE_API void ae_ctx_free(struct ae_ctx *ctx);
/* The instruction set in use: "c", "avx2", "avx512", "avx512bf16", "neon". */
AE_API const char *ae_ctx_isa(const struct ae_ctx *ctx);
AE_API int ae_ctx_threads(const struct ae_ctx *ctx);

/* --------------------------------------------------------------- streams */

/* Bytes in or out, of a descriptor or of memory.  A stream must outlive its
 * readers and writers.  Several images may follow one another on one stream:
 * a reader leaves the stream at the next one. */
struct ae_io;

/* own: ae_io_close() closes fd; so does this call when it fails.  name: for
 * messages, copied. */
AE_API int ae_io_open_fd(int fd, int own, const char *name, struct ae_io **out,
                         struct ae_err *e);
/* A file to read.  A folder is AE_EIO. */
AE_API int ae_io_open_path(const char *path, struct ae_io **out,
                           struct ae_err *e);
/* `size` bytes to read, which aren't copied. */
AE_API int ae_io_open_memory(const void *data, size_t size, const char *name,
                             struct ae_io **out, struct ae_err *e);
/* A file to write.  The bytes go to a temporary file in the same folder, which
 * ae_io_commit() gives the name `path`; ae_io_close() without it removes the
 * temporary file, so that nobody ever sees half an output.  The mode is the
 * old file's, else 0666 & ~umask.  A link is followed; a device, a fifo,
 * /dev/stdout and the like are written directly.  Temporary files that killed
 * writers of the same path have left are removed first. */
AE_API int ae_io_create(const char *path, struct ae_io **out, struct ae_err *e);
/* Memory to write, which grows. */
AE_API int ae_io_create_memory(struct ae_io **out, struct ae_err *e);
/* What was written to memory; valid until it is written again or closed. */
AE_API const void *ae_io_memory(const struct ae_io *io, size_t *size);
/* Writes what is still in the stream's buffer of 64 KiB. */
AE_API int ae_io_flush(struct ae_io *io, struct ae_err *e);
/* Completes an output: flushes, and for a file of ae_io_create() also waits
 * until the disk has it, and renames it.  The stream is still to be closed. */
AE_API int ae_io_commit(struct ae_io *io, struct ae_err *e);
/* Buffered bytes that were not flushed are lost. */
AE_API void ae_io_close(struct ae_io *io);
AE_API const char *ae_io_name(const struct ae_io *io);

/* ---------------------------------------------------------------- images */

struct ae_meta;   /* EXIF, ICC profile, XMP, density, JPEG tables... */
struct ae_format; /* a row of the table of formats; lives for ever */

struct ae_image_info {
    int w, h;        /* pixels, at least 1 */
    int channels;    /* samples a pixel, 1..4, alpha included */
    int alpha;       /* 1: the last channel is alpha */
    unsigned maxval; /* 1..65535: integers 0..maxval; 0: floats */
    /* The image's place in an array of images; items 0: it is in none.  A
     * writer that is given items > 1 expects all of them on its stream. */
    uint64_t item, items;
    const struct ae_format *format; /* that it was read from */
};

/* A whole image in memory. */
struct ae_image {
    struct ae_image_info info;
    float *data; /* [h][w][channels], 64-byte aligned */
};

struct ae_reader; /* one image on its way in */
struct ae_writer; /* one image on its way out */

/* Reads the header of the next image on the stream.  first: 1 for the first
 * image of a stream, else 0.  After the last image it returns AE_END, also
 * where bytes follow that begin no format known here, which the log notes.
 * After an image that couldn't be read, or wasn't read to its end, it goes on
 * with the next one: behind the size that the header gave (PNM, PFM, NPY, idx,
 * WebP), behind the end mark (PNG, JPEG), with the next page (TIFF), or where
 * the next file begins unmistakably.  AE_END where there is none.
 * Errors: AE_EUNKNOWN for a stream that begins as no known format,
 * AE_EUNSUPPORTED for one that is known but not read here, AE_ELIMIT past the
 * context's max_pixels or memory. */
AE_API int ae_reader_open(struct ae_ctx *ctx, struct ae_io *io, int first,
                          struct ae_reader **out, struct ae_err *e);
AE_API const struct ae_image_info *ae_reader_info(const struct ae_reader *r);
/* Complete after ae_reader_finish(): PNG may have some behind the picture. */
AE_API const struct ae_meta *ae_reader_meta(const struct ae_reader *r);
/* The next row, [w][channels], from the top; h calls.  After an error further
 * calls return the same code.  A context that salvages gives rows of 0 from
 * there on instead (JPEG: what libjpeg makes of the rest). */
AE_API int ae_reader_row(struct ae_reader *r, float *row, struct ae_err *e);
/* Reads what follows the last row (trailers, other pictures that belong to the
 * file), so that the stream stands at the next image.  AE_EARG before the
 * last row was read. */
AE_API int ae_reader_finish(struct ae_reader *r, struct ae_err *e);
AE_API void ae_reader_free(struct ae_reader *r);

/* Chroma subsampling of a JPEG, as J:a:b. */
enum ae_subsampling {
    AE_SUBSAMPLING_SOURCE, /* as a JPEG source has it, else 4:4:4 */
    AE_SUBSAMPLING_444,
    AE_SUBSAMPLING_440,
    AE_SUBSAMPLING_422,
    AE_SUBSAMPLING_420,
    AE_SUBSAMPLING_411
};

/* Zeroed, it is valid and means the defaults. */
/* Kinds of metadata, as bits.  Text: comments, PNG's text and time, IPTC and
 * Photoshop's resources, and what programs put into segments, chunks and tags
 * of their own. */
enum ae_strip_kind {
    AE_STRIP_EXIF = 1,
    AE_STRIP_XMP = 2,
    AE_STRIP_ICC = 4,
    AE_STRIP_TEXT = 8
};
struct ae_write_options {
    int quality; /* of JPEG, 1..100; 0: the source's tables, else 95 */
    enum ae_subsampling subsampling;
    /* 1: the picture is turned as its EXIF orientation says, which becomes 1.
     * Its rows then wait, in memory or in a file in TMPDIR, until all have
     * come, and the reader of `meta` must be finished before the writer. */
    int auto_orient;
    /* enum ae_strip_kind: left out.  The orientation is kept, in an EXIF of its
     * own. */
    unsigned strip;
};

/* Begins an image of info's size and depth.  format NULL: info->format.  meta,
 * for example of ae_reader_meta(), is borrowed until the writer is freed;
 * NULL: none.  AE_EUNSUPPORTED where the format can't hold such an image. */
AE_API int ae_writer_open(struct ae_ctx *ctx, struct ae_io *io,
                          const struct ae_format *format,
                          const struct ae_image_info *info,
                          const struct ae_meta *meta,
                          const struct ae_write_options *o,
                          struct ae_writer **out, struct ae_err *e);
/* The next row, [w][channels] of info, from the top; h calls.  Integer formats
 * clip values to 0..1 and round them to 0..maxval; gray becomes colour, and
 * alpha is dropped with a note, where the format asks for it. */
AE_API int ae_writer_row(struct ae_writer *w, const float *row,
                         struct ae_err *e);
/* Writes what follows the rows; the stream is not flushed. */
AE_API int ae_writer_finish(struct ae_writer *w, struct ae_err *e);
AE_API void ae_writer_free(struct ae_writer *w);

/* "png", "jpeg"...; NULL where there is no such format. */
AE_API const struct ae_format *ae_format_by_name(const char *name);
/* By ".png" and the like, in any case; NULL where the ending is unknown. */
AE_API const struct ae_format *ae_format_by_ending(const char *path);
AE_API const char *ae_format_name(const struct ae_format *f);

/* Fills *im, whatever it held: info copied, samples zero. */
AE_API int ae_image_alloc(struct ae_ctx *ctx, struct ae_image *im,
                          const struct ae_image_info *info, struct ae_err *e);
AE_API void ae_image_release(struct ae_image *im);
/* A reader from open to free.  meta, unless NULL, is for ae_meta_free(). */
AE_API int ae_image_read(struct ae_ctx *ctx, struct ae_io *io, int first,
                         struct ae_image *im, struct ae_meta **meta,
                         struct ae_err *e);
/* A writer from open to free; NULL as for ae_writer_open(). */
AE_API int ae_image_write(struct ae_ctx *ctx, struct ae_io *io,
                          const struct ae_format *format,
                          const struct ae_image *im, const struct ae_meta *meta,
                          const struct ae_write_options *o, struct ae_err *e);
AE_API void ae_meta_free(struct ae_meta *m);

/* ----------------------------------------------------------------- noise */

/* Noises in a chain, "poisson:peak=30+gauss:sigma=5", are applied from left to
 * right.  Several chains, "gauss:sigma=0..55|0.3*jpeg:q=60..95", are
 * alternatives: each picture gets one of them, with a probability in
 * proportion to its weight (1 where none is written).  A parameter that is a
 * range is drawn once a picture.  ae-noise(7) lists the kinds. */
struct ae_noise;

/* AE_EARG says what in the text is wrong. */
AE_API int ae_noise_parse(const char *chain, struct ae_noise **out,
                          struct ae_err *e);
AE_API void ae_noise_free(struct ae_noise *n);
/* Adds noise to `data` in place: h * w pixels of c colour channels each, which
 * lie `stride` >= c floats apart (an alpha channel is thus skipped).  What is
 * drawn depends on (seed, index) only.  The result is clipped and rounded to
 * integers 0..maxval, scaled to 0..1; maxval 0: neither.  *rms, unless rms is
 * NULL, becomes the root mean square of noisy minus clean, in 0..1 units,
 * before that clipping and rounding: for gauss it is the sigma asked for,
 * whatever is lost at black and white. */
AE_API int ae_noise_apply(struct ae_ctx *ctx, const struct ae_noise *n,
                          float *data, int w, int h, int c, int stride,
                          unsigned maxval, uint64_t seed, uint64_t index,
                          double *rms, struct ae_err *e);

/* --------------------------------------------------------------- metrics */

/* psnr (dB), ssim (Wang, Bovik, Sheikh, Simoncelli 2004), ms-ssim (Wang,
 * Simoncelli, Bovik 2003), mse, mae, max (8-bit units).  Tables live for
 * ever. */
struct ae_metric {
    const char *name;
    int higher_is_better;
    const char *help;
    /* AE_EARG unless w, h and colour channels are equal; without alpha. */
    int (*eval)(struct ae_ctx *, const struct ae_image *ref,
                const struct ae_image *img, double *value, struct ae_err *);
    const char *unit; /* as it stands behind a value; NULL: a mere number */
};
/* NULL where there is none of that name. */
AE_API const struct ae_metric *ae_metric_by_name(const char *name);
/* The i-th from 0; NULL past the end. */
AE_API const struct ae_metric *ae_metric_at(size_t i);

/* ---------------------------------------------------------------- models */

/* A network's spec, its weights and its metadata.  It never changes after
 * loading.  It must outlive the denoisers, scorers and samplers made of it. */
struct ae_model;

/* name: a file, if one of that name exists or the name holds a '/'; else a
 * name that is looked up in AE_MODEL_PATH, $XDG_DATA_HOME/ae/models, the
 * installed data folder, and the models that are compiled in.  NULL: "photo",
 * the default denoiser.  An alias gives the model that it stands for.  An
 * error lists every place that was tried. */
AE_API int ae_model_load(struct ae_ctx *ctx, const char *name,
                         struct ae_model **out, struct ae_err *e);
/* A model file (ae-model(5)) from a stream.  AE_EFORMAT: place and reason. */
AE_API int ae_model_read(struct ae_ctx *ctx, struct ae_io *io,
                         struct ae_model **out, struct ae_err *e);
AE_API void ae_model_free(struct ae_model *m);
/* A description as one line of JSON: spec, tensors, weights, macs_per_pixel,
 * reach, train...  layers: 1 adds an entry for each node.  *json is to be
 * freed with free(). */
AE_API int ae_model_describe(const struct ae_model *m, int layers, char **json,
                             struct ae_err *e);
/* The same as indented lines of text; *text is to be freed with free(). */
AE_API int ae_model_print(const struct ae_model *m, int layers, char **text,
                          struct ae_err *e);

/* ----------------------------------------------------------------- items */

/* An item is one thing that a model takes: a picture, a row or a window of
 * rows of a table, a line of text.  It is made from a file as it was made in
 * training.  All pointers are valid during the callback only. */
struct ae_example {
    /* the file's path as given, or FILE#3; for a row or line its time, else its
     * number, after FILE: in a folder or of `several`; for a window its last
     * row's.  One that came before in its file becomes NAME#2 */
    const char *name;
    const float *x; /* [h][w][c], scaled as the model takes it */
    int h, w, c;
    const char *label; /* the text of its class; NULL: none is known */
    const char *line;  /* the line of text itself; NULL: it isn't one */
    uint64_t index;    /* among the items of this call, from 0 */
    uint64_t items;    /* in the array that it comes from; 0: unknown */
    /* 0: the input has no further item ready, so that results which wait for
     * a batch to fill should be computed and written now */
    int more;
};
/* A negative return value ends the reading and is returned by the reader. */
typedef int ae_example_fn(void *arg, const struct ae_example *x,
                          struct ae_err *e);

/* Which items are wanted, and where their classes are.  A row is what a file
 * counts: a picture of a stream, an idx file or a folder; a row of an array or
 * a table; a line of text. */
struct ae_select_options {
    /* columns of a table that the model's values are in, "a,3", or that they
     * are not in, "-a,-3"; NULL: found by the model's names */
    const char *columns;
    /* column of a table that holds the class, by name or number; NULL: none */
    const char *label_column;
    /* How a table's text is meant; NULL: as the model says, or as it is found.
     * What parts fields: a character, "tab" or "space", which is any run of
     * blanks. */
    const char *separator;
    const char *decimal; /* what marks decimals: "," or "." */
    const char *header; /* is the first row one of names: "yes", "no", "auto" */
    /* columns whose texts, joined by blanks, name a row, like columns; NULL:
     * its times, else its line does */
    const char *name_column;
    /* what becomes of a missing value: "skip" leaves its row out, "refuse" the
     * table, "last" takes the one before, "mean" the mean in training */
    const char *missing;
    /* file with the class of each row of all the data, in their order: idx, or
     * lines of text, gzipped or not; NULL: none */
    const char *labels;
    /* only rows, and windows of rows, of this class; NULL: of any */
    const char *only;
    const char *rows; /* "A:B" of each file, from 1, both included; NULL: all */
};
AE_API extern const struct ae_field ae_select_fields[];

struct ae_selection; /* of ae_tools.h */

/* Which files of folders are read; files that are named are in any case. */
struct ae_file_filter {
    int depth; /* levels of folders that are entered; 0: all */
    /* Whether a file, or a folder with all that is in it, is taken.  root:
     * bytes of `path` before its part below the folder that was named. */
    int (*wants)(void *arg, const char *path, size_t root, int is_folder);
    void *arg;
};

struct ae_file_done; /* of ae_tools.h */
typedef void ae_file_done_fn(void *arg, const struct ae_file_done *f);
typedef void ae_left_out_fn(void *arg, const char *file,
                            const struct ae_err *why);

/* What is done with a picture of another size than the model's. */
enum ae_fit { AE_FIT_REFUSE, AE_FIT_CROP, AE_FIT_PAD, AE_FIT_RESIZE };

/* Filled by ae_fields_default(ae_examples_fields, ...). */
struct ae_examples_options {
    int fit; /* enum ae_fit */
    /* Only columns and label_column are read here; labels, only and rows take
     * effect through `selection`, made by ae_selection_new() of them, which
     * counts on from call to call.  selection NULL: all rows. */
    struct ae_select_options select;
    struct ae_selection *selection;
    int several; /* 1: other paths are read too, so that names say the file */
    int found;   /* 1: so was this one in a folder, and may be passed over */
    int stride;  /* of windows, in rows; 0: as in training */
    const volatile int *stop; /* AE_EINTR once it isn't 0; may be NULL */
    const struct ae_file_filter *filter; /* NULL: all files of folders */
    ae_file_done_fn *done; /* is told of each file, in order; NULL: nobody is */
    void *done_arg;
    ae_left_out_fn *left_out; /* of each file, and row, that is left out */
    void *left_out_arg;
};
AE_API extern const struct ae_field ae_examples_fields[];

/* Calls fn for each item of `path` in order: a file, a folder, or "-", the
 * standard input, which is read no further than it must be.  One item is in
 * memory at a time.  A file in a folder that can't be used is AE_LOG_FAULT,
 * the others are read, and the call returns an error at the end. */
AE_API int ae_examples_read(struct ae_ctx *ctx, const struct ae_model *m,
                            const char *path,
                            const struct ae_examples_options *o,
                            ae_example_fn *fn, void *arg, struct ae_err *e);

/* What a model's items are, as its training data were. */
enum ae_item_kind { AE_ITEM_IMAGE, AE_ITEM_ARRAY, AE_ITEM_TABLE, AE_ITEM_TEXT };
struct ae_item_type; /* doesn't need the model any more */
AE_API int ae_item_type_new(const struct ae_model *m, struct ae_item_type **out,
                            struct ae_err *e);
AE_API void ae_item_type_free(struct ae_item_type *i);
AE_API enum ae_item_kind ae_item_type_kind(const struct ae_item_type *i);
/* The name of a table's column, from 0; NULL: it has none. */
AE_API const char *ae_item_type_column(const struct ae_item_type *i,
                                       int column);
/* *label becomes the class of a conditional model that has that name, or that
 * number as text; 0 where text is NULL and the model isn't conditional.
 * AE_EARG where the model knows no such class, isn't conditional, or needs a
 * class and text is NULL. */
AE_API int ae_model_class(const struct ae_model *m, const char *text,
                          int *label, struct ae_err *e);
/* Undoes the model's scaling in place, x being [h][w][c].  Returns 1; or 0
 * where items were scaled window by window, which can't be undone. */
AE_API int ae_item_type_unscale(const struct ae_item_type *i, float *x, int h,
                                int w, int c);

/* ----------------------------------------------------------------- codes */

/* The encoder and the decoder of a model, at one size.  It copies the weights
 * and doesn't need the model any more. */
struct ae_coder;

struct ae_coder_info {
    int h, w, c; /* an item, what goes in and comes out... */
    size_t item; /* ...and its values, h * w * c */
    int batch;   /* items that run at once, at most */
    int code;    /* numbers in a code, code_h * code_w * code_c */
    int code_h, code_w, code_c;
    int labels;   /* classes of the input `label`; 0: it has no such input */
    int gaussian; /* 1: the encoder gives a mean and a log-variance */
};

/* h, w: the size of items; 0: the model's own.  batch: the most items that
 * run at once; 0: as many as have 2^22 values together, 64 at most.  An item's
 * result depends on neither the batch nor its neighbours nor threads.  The
 * code is that of the model's `latent` or `code` node, else the output named
 * code; AE_EUNSUPPORTED for a model that has none. */
AE_API int ae_coder_new(struct ae_ctx *ctx, const struct ae_model *m, int h,
                        int w, int batch, struct ae_coder **out,
                        struct ae_err *e);
AE_API void ae_coder_free(struct ae_coder *c);
AE_API const struct ae_coder_info *ae_coder_info(const struct ae_coder *c);
/* x: [n][h][w][c], scaled as ae_examples_read() gives it.  mu: [n][code], the
 * codes, which are the means of Gaussian ones.  logvar: [n][code], natural
 * logarithms of their variances; NULL: not wanted.  label: [n] classes; NULL
 * where labels is 0.  n 0: only allocates, and fails where no later call can
 * succeed. */
AE_API int ae_coder_encode(struct ae_coder *c, const float *x, const int *label,
                           int n, float *mu, float *logvar, struct ae_err *e);
/* z: [n][code]; x becomes [n][h][w][c]; the rest as for ae_coder_encode(). */
AE_API int ae_coder_decode(struct ae_coder *c, const float *z, const int *label,
                           int n, float *x, struct ae_err *e);

/* --------------------------------------------------------------- samples */

/* Random codes, for ae_coder_decode().  Sample i depends on the model, the
 * options and i only.  A sampler borrows from the model. */
struct ae_latent_sampler;

enum ae_sampler_kind {
    AE_SAMPLER_AUTO,  /* the last of those below that the model has */
    AE_SAMPLER_PRIOR, /* N(0, I) */
    AE_SAMPLER_GAUSS, /* the Gaussian fitted to the training codes */
    /* the mixture of Gaussians fitted to them by expectation maximisation
     * (Dempster, Laird, Rubin 1977) */
    AE_SAMPLER_GMM
};

/* Filled by ae_fields_default(ae_sample_fields, ...). */
struct ae_sample_options {
    int sampler;        /* enum ae_sampler_kind */
    double temperature; /* factor of the deviations from a mean, 0..100 */
    uint64_t seed;
    double radius; /* with `centre`, one more such factor, 0..100 */
    /* a code of d numbers that replaces all means; the sampler borrows it.
     * NULL: none */
    const float *centre;
};
AE_API extern const struct ae_field ae_sample_fields[];

/* d: numbers in a code, as ae_coder_info() says.  AE_EUNSUPPORTED where the
 * model has no such fit, or one of codes of another length. */
AE_API int ae_latent_sampler_new(const struct ae_model *m,
                                 const struct ae_sample_options *o, int d,
                                 struct ae_latent_sampler **out,
                                 struct ae_err *e);
AE_API void ae_latent_sampler_free(struct ae_latent_sampler *s);
/* What it draws from: "prior", "gauss" or "gmm". */
AE_API const char *ae_latent_sampler_name(const struct ae_latent_sampler *s);
/* z: [d], sample number `index`. */
AE_API void ae_latent_sampler_draw(const struct ae_latent_sampler *s,
                                   uint64_t index, float *z);

/* ---------------------------------------------------------------- scores */

/* Scores how unlike its training data a model finds an item; the higher, the
 * more unlike.  A scorer borrows the model and the texts of its options. */
struct ae_scorer;

/* What is scored of windows of a table: they themselves, or the rows, by the
 * least score of the windows over it or the mean of its error in each. */
enum ae_point_score { AE_POINTS_NONE, AE_POINTS_LEAST, AE_POINTS_MEAN };

/* Filled by ae_fields_default(ae_score_fields, ...). */
struct ae_score_options {
    /* reconstruction: mean squared error of a value, as the model has it
     * elbo[:K]: minus the evidence bound by K draws of the code, in nats summed
     *   over an item's values (Kingma, Welling 2014)
     * iw[:K]: minus the importance-weighted bound, as well in nats (Burda,
     *   Grosse, Salakhutdinov 2016)
     * mahalanobis: distance of the code from the Gaussian fitted to the
     *   training codes (Mahalanobis 1936)
     * knn: mean distance of the code from its nearest reference codes
     *   (Angiulli, Pizzuti 2002)
     * knn-input: the same of the item itself, as the model has it */
    const char *method;
    int neighbours; /* of knn and knn-input, at least 1 */
    uint64_t seed;  /* draws depend on it and the item's number, counted over
                     * all calls of ae_scorer_read() */
    /* the class of all items, for a conditional model; NULL: each item's own
     * label */
    const char *label;
    int points; /* enum ae_point_score; LEAST: rows before the first that a
                     * selection wants are in windows, too, but get no score */
    int errors; /* 1: x, y and channel of ae_score are filled */
};
AE_API extern const struct ae_field ae_score_fields[];

/* All pointers are valid during the callback only. */
struct ae_score {
    const char *name;  /* of the item, or of the row */
    const char *label; /* the text of its class; NULL: none is known */
    const char *line;  /* as in ae_example */
    /* why it has no score: the model doesn't know its class; NULL: it has */
    const struct ae_err *fault;
    double value;
    uint64_t index; /* among the items, or rows, of this call, from 0 */
    int h, w, c;    /* of the item */
    /* the item and its reconstruction, [h][w][c], as the model has them; NULL:
     * not asked for.  Of a row's score x is the row, and y NULL */
    const float *x, *y;
    /* [channels]: mean squared error of each channel, or column of a table;
     * NULL: not asked for */
    const double *channel;
    int channels;
    int more; /* as in ae_example */
};
/* A negative return value ends the reading and is returned by the reader. */
typedef int ae_score_fn(void *arg, const struct ae_score *s, struct ae_err *e);

/* AE_EARG for a method that doesn't exist, AE_EUNSUPPORTED for one that the
 * model lacks something for: a Gaussian code, a fit to its training codes. */
AE_API int ae_scorer_new(struct ae_ctx *ctx, const struct ae_model *m,
                         const struct ae_score_options *o,
                         struct ae_scorer **out, struct ae_err *e);
AE_API void ae_scorer_free(struct ae_scorer *s);
/* The number of classes of a conditional model, of which each item's own label
 * must be one; 0: no labels are needed, or the options gave one for all. */
AE_API int ae_scorer_classes(const struct ae_scorer *s);
/* Adds all items of `path`, or their codes, to the reference of knn-input or
 * knn.  AE_ELIMIT past 2^20 items or 2^28 numbers. */
AE_API int ae_scorer_refer(struct ae_scorer *s, const char *path,
                           const struct ae_examples_options *o,
                           struct ae_err *e);
/* Calls fn with the score of each item of `path`, in order; `path` and errors
 * as for ae_examples_read(). */
AE_API int ae_scorer_read(struct ae_scorer *s, const char *path,
                          const struct ae_examples_options *o, ae_score_fn *fn,
                          void *arg, struct ae_err *e);
/* The score that `share`, 0..1, of the items that training held out stay
 * below, or of those that it learned, where it held out fewer than a hundred;
 * for knn and knn-input, of the reference.  With points it is a score of rows.
 * AE_EUNSUPPORTED where the model has no such statistics. */
AE_API int ae_scorer_quantile(const struct ae_scorer *s, double share,
                              double *out, struct ae_err *e);

/* --------------------------------------------------------------- denoise */

/* A window of a picture, in pixels from its top left corner. */
struct ae_rect {
    int x, y, w, h;
};

/* What denoising found; root mean squares in 8-bit units. */
struct ae_denoise_found {
    double sigma;   /* the level of noise: as given, or as estimated from what
                   * the net removed; 0 at strength 0 */
    double changed; /* output minus input */
    /* where the picture is drawn, such as text or a QR code, and no level was
     * given, so that it comes out as it was: words that say so; else NULL */
    const char *drawn;
};
/* The least change that is worth mentioning, in the same units. */
#define AE_DENOISE_LEFT 0.25

/* Filled by copying ae_denoise_defaults. */
struct ae_denoise_options {
    double strength; /* 0..1, share of the net's change; 0: the identity */
    /* 0..1, times strength: shares of the change of Y and of Cb and Cr (BT.601,
     * full range, as in JPEG); pictures without three colours have only Y */
    double luma, chroma;
    /* 0..255: the level of noise that the net is given; -1: it is estimated,
     * by the net or by another one.  255 is the range of whole numbers, and of
     * floats 1, or their own range where that reaches below -1 or above 2 */
    double sigma;
    /* 1: samples are in proportion to light; 0: they are not; -1: as the file
     * says */
    int linear;
    /* file of a picture of the same size, whose brightness, 0..1, is one more
     * such share for each pixel; NULL: none */
    const char *mask;
    struct ae_rect crop; /* only this window comes out; w 0: all */
    /* gets a window of the picture before and after, side by side; opened for
     * the size that ae_denoise_preview_size() gives.  NULL: none */
    struct ae_writer *preview;
    int tile[2]; /* the largest piece that is computed at once, in rows and
                  * columns; 0: as memory allows.  Results are the same */
    struct ae_denoise_found *found; /* is filled; may be NULL */
    /* called now and then with the share that is done, 0..1; may be NULL */
    void (*progress)(void *arg, double share);
    void *progress_arg;
};
AE_API extern const struct ae_denoise_options ae_denoise_defaults;

/* A model made ready to denoise; it borrows the model. */
struct ae_denoiser;
/* ensemble: 1, 2 or 8, the number of turns and mirrors of the net whose mean
 * is taken (self-ensemble; Timofte, Rothe, Van Gool 2016), which multiplies
 * the time; 0: as the model's alias says, else 1.  AE_EUNSUPPORTED for a model
 * that is not a denoiser, or a net that can't be turned. */
AE_API int ae_denoiser_new(struct ae_ctx *ctx, const struct ae_model *m,
                           int ensemble, struct ae_denoiser **out,
                           struct ae_err *e);
AE_API void ae_denoiser_free(struct ae_denoiser *d);
/* 1: the net needs no level of noise.  0: it needs one, so that with sigma -1
 * a compiled-in net estimates it first. */
AE_API int ae_denoiser_is_blind(const struct ae_denoiser *d);
/* The size of what comes out of such a picture, to open a writer for: crop's,
 * else the picture's own.  AE_EARG where crop isn't within the picture. */
AE_API int ae_denoise_size(const struct ae_denoise_options *o,
                           const struct ae_image_info *in,
                           struct ae_image_info *out, struct ae_err *e);
/* The size of its preview: twice the window (crop, else 512 x 384 pixels in
 * the middle, or what there is), with a thin divider. */
AE_API int ae_denoise_preview_size(const struct ae_denoise_options *o,
                                   const struct ae_image_info *in,
                                   struct ae_image_info *out, struct ae_err *e);
/* Reads all rows of r, writes all rows of w, and finishes neither.  The output
 * is the same for any tile, memory bound and number of threads.  AE_ELIMIT or
 * AE_EMEM where the context's memory is too small, AE_EUNSUPPORTED where the
 * net takes pictures of another size only. */
AE_API int ae_denoise(struct ae_denoiser *d, const struct ae_denoise_options *o,
                      struct ae_reader *r, struct ae_writer *w,
                      struct ae_err *e);

struct ae_noise_level {
    double sigma; /* 8-bit units */
    double white; /* 0..1: share of the noise's power that is white */
};
/* Estimates the noise of a picture by what a blind net removes from it: within
 * a tenth where it is white, else often a quarter off.  Reads all rows.
 * AE_EUNSUPPORTED where ae_denoiser_is_blind() is 0. */
AE_API int ae_noise_estimate(struct ae_denoiser *d, struct ae_reader *r,
                             struct ae_noise_level *out, struct ae_err *e);

/* Denoises a table with a model of tables, from csv to csv: header, rows,
 * times, units and columns that the model doesn't use stay; each other value
 * becomes the mean of its reconstructions in the windows that cover it.  A row
 * is written as soon as no later window can cover it.  Of o, select and
 * selection are used: rows that aren't selected, and runs of selected rows
 * that are shorter than a window, don't come out.  Nor do rows that can't be
 * used: they are AE_LOG_FAULT, and *left_out (may be NULL) their number. */
AE_API int ae_denoise_table(struct ae_ctx *ctx, const struct ae_model *m,
                            const char *path,
                            const struct ae_examples_options *o,
                            struct ae_io *out, uint64_t *left_out,
                            struct ae_err *e);

/* ----------------------------------------------------------------- train */

/* Values of int fields of ae_train_options. */
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
    AE_SCALE_NONE,   /* values as they are */
    AE_SCALE_UNIT,   /* the training data's range becomes 0..1 */
    AE_SCALE_GLOBAL, /* each channel: mean 0, deviation 1 over all items */
    AE_SCALE_WINDOW  /* each channel of each item: mean 0, deviation 1 */
};
enum ae_schedule {
    AE_SCHEDULE_CONST,
    AE_SCHEDULE_STEP,     /* a tenth after 60 %, a hundredth after 85 % */
    AE_SCHEDULE_COSINE,   /* to 0 (Loshchilov, Hutter 2017) */
    AE_SCHEDULE_TRAPEZOID /* constant, the last 15 % linearly to 0 */
};
enum ae_optimiser {
    AE_OPTIM_SGD,   /* with momentum */
    AE_OPTIM_ADAM,  /* Kingma, Ba 2015 */
    AE_OPTIM_ADAMW, /* Loshchilov, Hutter 2019 */
    AE_OPTIM_MUON   /* Jordan et al. 2024 */
};
enum ae_binarise {
    AE_BINARISE_NONE,
    AE_BINARISE_THRESHOLD, /* 1 above a half, else 0 */
    AE_BINARISE_DRAW       /* 1 with the value as its probability */
};
enum ae_augment {
    AE_AUGMENT_AUTO, /* photo with noise, else turns; none without patches */
    AE_AUGMENT_NONE,
    AE_AUGMENT_TURNS, /* the eight turns and mirrors of a patch */
    AE_AUGMENT_PHOTO  /* also smaller scales, detailed patches, gray */
};
/* How a net learns to clean where there is no clean picture. */
enum ae_self {
    AE_SELF_NONE,
    /* a pixel from its neighbour (Huang et al. 2021, Neighbor2Neighbor) */
    AE_SELF_NEIGHBOURS,
    /* hidden pixels from those around (Krull et al. 2019, Noise2Void) */
    AE_SELF_BLIND,
    /* one shot of a scene from another (Lehtinen et al. 2018, Noise2Noise) */
    AE_SELF_PAIRS
};
enum ae_save_precision { AE_SAVE_F16, AE_SAVE_F32 };

struct ae_train_progress;

/* Filled by ae_fields_default(ae_train_fields, ...); then model, output and
 * data must be set, and one of steps, epochs and time_limit should be.  Ranges
 * and defaults are in the table, methods in ae-train(1).  Everything that is
 * pointed to must stay until ae_train() returns. */
struct ae_train_options {
    const char *model;  /* preset[:var=value,...], spec file, or a model */
    const char *output; /* gets the best so far, OUTPUT.ckpt the last state */
    const char *const *data; /* NULL-terminated: folders, images, idx... */
    const struct ae_file_filter *filter; /* of all folders; NULL: all files */
    int input;                           /* enum ae_input_kind */
    /* rows of csv in a window: a number, or "auto", the dominant period; NULL
     * or "0": a row is an item */
    const char *window;
    int stride; /* rows; 0: a quarter of the window */
    /* columns NULL: all that hold values, without that of the label */
    struct ae_select_options select;
    int scale; /* enum ae_scale */
    /* what is added to the net's input (Vincent et al. 2008), as for
     * ae_noise_parse(); NULL: nothing, the target is the input */
    const char *noise;
    const char *freeze;   /* node whose weights, and those of all that it is
                           * computed from, aren't trained; NULL: none */
    double level_dropout; /* chance that an input `sigma` isn't told */
    int self;             /* enum ae_self: learns from noisy pictures alone */
    const char *noisy;    /* noisy versions of all items, in order; or NULL */
    const char *clean;    /* more data, beside `data`; NULL: none */
    const char *val;      /* held out: a share, 0..0.5, or a path */
    int fail_fast;        /* 1: what can't be used is an error */
    int fit;              /* enum ae_fit, of pictures of mixed sizes */
    int size[2];          /* width, height that they get; 0: found in them */
    const char *metrics;  /* file of csv, or jsonl by its ending; or NULL */
    const char *report;   /* file of HTML; or NULL */
    /* FILE[:SIZE]: nothing is trained, but the photographs are packed into
     * that file, as bytes; NULL: trains */
    const char *dump_data;
    const char *resume; /* a checkpoint; "": OUTPUT.ckpt; NULL: start anew */
    int patch;          /* side in pixels, of images; 0: whole items, or 64 */
    int batch;          /* items in a step */
    const char *accumulate; /* equal shards of it; NULL, "auto": 1 */
    int wire;               /* enum ae_precision, to which the shards' gradients
                             * and their sums are rounded; not auto */
    uint64_t steps;         /* 0: by epochs or time_limit */
    /* the same as text, in place of steps: "4000", or "4000,3450@3300", the
     * course that a run with a time limit took; NULL: none */
    const char *course;
    double epochs;     /* 0: by steps or time_limit */
    double time_limit; /* seconds; 0: none */
    uint64_t until;    /* the run halts at that step, to be resumed; 0: never */
    double lr;         /* largest learning rate */
    int schedule;      /* enum ae_schedule */
    double warmup;     /* share of the steps in which the rate rises */
    int optim;         /* enum ae_optimiser */
    double weight_decay;
    double clip; /* largest gradient norm, as a multiple of its running mean
                  * (Seetharaman et al. 2020); 0: none */
    double ema;  /* decay of the weights' running average, which is what is
                  * saved (Polyak, Juditsky 1992); 0: none */
    const char *loss; /* "l1", "charbonnier:eps=1e-3"...; NULL or "auto": what
                       * suits the net and the data */
    const char *teacher;  /* model whose results are learned, too; or NULL */
    double teacher_share; /* of them in what is to come out, 0..1 */
    double beta;          /* factor of the divergence (Higgins et al. 2017) */
    /* rise of beta: none, linear[:SHARE] (Bowman et al. 2016) or cyclic[:N]
     * (Fu et al. 2019) */
    const char *kl_warmup;
    double free_bits;    /* nats a number of the code (Kingma et al. 2016) */
    int iw;              /* samples of the importance-weighted bound; 1: elbo */
    int binarise;        /* enum ae_binarise */
    double l1_code;      /* of code nodes; 0: as the spec says */
    double contractive;  /* weight of the encoder's squared Jacobian; 0: none */
    uint64_t early_stop; /* validations without a gain that end it; 0: never */
    int keep_newest; /* 1: OUTPUT is the newest model, not the best so far */
    double dropout;  /* of dropout nodes; 0: as the spec says */
    int augment;     /* enum ae_augment */
    uint64_t seed;
    uint64_t checkpoint_every; /* steps between validations */
    int mixture;               /* Gaussians fitted to the codes; 0: none */
    int precision;             /* enum ae_precision, but auto, as CPUs differ */
    int save_precision;        /* enum ae_save_precision, of the output */
    /* called about twice a second and at the end; may be NULL */
    void (*progress)(void *arg, const struct ae_train_progress *p);
    void *progress_arg;
    /* once it isn't 0 (a signal handler may set it), the run saves a checkpoint
     * and ends with AE_EINTR; may be NULL */
    const volatile int *stop;
};

struct ae_train_progress {
    uint64_t step, steps; /* done, and in all; steps 0: not known yet */
    double loss;          /* mean since the last call; NaN: no step since */
    double lr;
    double val;           /* of the last validation; NaN before it */
    const char *val_name; /* "psnr", or the loss's name */
    double steps_per_s, seconds_left, seconds;
    int done; /* 1: the last call */
};

AE_API extern const struct ae_field ae_train_fields[];
/* Trains a model and writes it to o->output.  The result depends on the spec,
 * the data, the settings and the seed only, also when a run is stopped and
 * resumed; AE_END where a run to be resumed is complete, and nothing was done.
 * It sets the context's precision to o->precision, so no other thread may use
 * the context meanwhile.  o may not be NULL.
 *
 * Errors: AE_EARG for options that are wrong or contradict each other,
 * AE_ELIMIT where a step and the data don't fit the context's memory,
 * AE_ENUMERIC where the loss became infinite or no number, AE_EINTR after
 * o->stop, AE_EFORMAT also where all is done, but over a tenth was faulty. */
AE_API int ae_train(struct ae_ctx *ctx, const struct ae_train_options *o,
                    struct ae_err *e);

#ifdef __cplusplus
}
#endif
#endif
