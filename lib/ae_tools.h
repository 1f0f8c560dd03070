/* ae_tools.h - what the ae-* commands need of libae beyond ae.h.
 *
 * Bytes of streams, temporary files, facts about formats, the selection of
 * rows, codes on streams, maps of codes, batches of small pictures, the places
 * of models.  Programs may use them too; ae.h states the conventions.
 */
#ifndef AE_TOOLS_H
#define AE_TOOLS_H

#include "ae.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ text */

/* Copies text with what could steer a terminal as \xHH (control bytes, the
 * C1 controls, bytes that aren't UTF-8); what doesn't fit is cut. */
AE_API void ae_escape(char *out, size_t size, const char *text);
/* A field of a table, in quotes where it needs them (RFC 4180), and a string
 * of JSON with its quotes; *out is to be freed with free(). */
AE_API int ae_csv_quote(const char *field, char separator, char **out,
                        struct ae_err *e);
AE_API int ae_json_quote(const char *text, char **out, struct ae_err *e);

/* --------------------------------------------------------------- streams */

/* Only removes what killed writers of path left aside. */
AE_API void ae_io_remove_temps(const char *path);
/* At most `want` bytes without consuming them; fewer only at the end of the
 * input; want <= 64 KiB. */
AE_API int ae_io_peek(struct ae_io *io, const void **data, size_t want,
                      size_t *got, struct ae_err *e);
/* Exactly `size` bytes or AE_EFORMAT ("ends after N bytes at offset ..."). */
AE_API int ae_io_read(struct ae_io *io, void *buf, size_t size,
                      struct ae_err *e);
/* At most `size` bytes, at least 1 unless at the end. */
AE_API int ae_io_read_some(struct ae_io *io, void *buf, size_t size,
                           size_t *got, struct ae_err *e);
/* Where it begins as gzip, *io becomes a stream of what it holds, which is
 * unpacked into memory; AE_ELIMIT past `limit` bytes. */
AE_API int ae_io_unzip(struct ae_io **io, uint64_t limit, struct ae_err *e);
AE_API int ae_io_write(struct ae_io *io, const void *buf, size_t size,
                       struct ae_err *e);
/* The same for n of them, which wait for the disk together; e[i].code is 0
 * where that went well. */
AE_API void ae_io_commit_all(struct ae_io *const *io, int n, struct ae_err *e);
AE_API uint64_t ae_io_offset(const struct ae_io *io);
/* 1 after a write failed: what was lost is the output's fault. */
AE_API int ae_io_broken(const struct ae_io *io);
/* The name written aside that ae_io_commit() renames, or NULL: a signal
 * handler may unlink it. */
AE_API const char *ae_io_temp_name(const struct ae_io *io);

/* --------------------------------------------------------------- folders */

/* All names in a folder but . and .., sorted by their bytes; the folder is
 * closed again, so that a walk's depth costs no descriptors. */
AE_API int ae_folder_list(const char *path, char ***name, size_t *count,
                          struct ae_err *e);
/* The names and the list; NULL is allowed. */
AE_API void ae_folder_free(char **name, size_t count);

/* ---------------------------------------------------------------- images */

AE_API const char *ae_format_ending(const struct ae_format *f);
/* Whether a file of it holds several pictures: equal ones, an array's, or
 * pages, each of which is a picture of its own. */
enum ae_multi { AE_MULTI_NONE, AE_MULTI_ARRAY, AE_MULTI_PAGES };
AE_API enum ae_multi ae_format_multi(const struct ae_format *f);
/* The i-th name of the table, NULL past the end. */
AE_API const struct ae_format *ae_format_at(size_t i);
/* 0, or AE_EUNSUPPORTED and why, where the ending of `name`, or all of a name
 * without a dot, is that of a format that is known but not written here. */
AE_API int ae_format_refuse_name(const char *name, struct ae_err *e);

struct ae_format_facts {
    const char *name;
    const char *library;        /* that does the work, "": this one */
    const char *const *endings; /* at most four, NULL behind fewer */
    int reads, writes;          /* neither: built without the library */
};
/* Of the i-th, and then of those that this build lacks; 0 past the end. */
AE_API int ae_format_facts(size_t i, struct ae_format_facts *out);

/* -------------------------------------------------------- kinds of a net */

/* A layer kind, loss, optimiser or learning-rate schedule. */
struct ae_kind_facts {
    const char *group; /* "layer", "loss", "optimiser", "schedule" */
    const char *name, *help;
    const struct ae_field *fields; /* its attributes; NULL: none */
    int min_in, max_in;            /* inputs of a layer */
};
/* Of the i-th of all, group by group; 0 past the end.  What it points to stays
 * as long as the program. */
AE_API int ae_kind_facts(size_t i, struct ae_kind_facts *out);

/* ----------------------------------------------------------------- noise */

/* One line of help for each noise and its parameters. */
AE_API int ae_noise_help(char *buf, size_t size);

/* Radial power spectrum of the image's luminance: `bins` mean powers from
 * frequency 0 to 0.5 cycles a pixel (FFTW). */
AE_API int ae_noise_psd(struct ae_ctx *ctx, const struct ae_image *im,
                        double *power, int bins, struct ae_err *e);

/* --------------------------------------------------------------- metrics */

/* How well scores, the higher the likelier positive, agree with labels. */
struct ae_ranking {
    size_t positives, negatives;
    /* chance that a positive is above a negative, ties counting half */
    double auroc;
    /* mean over the positives of the precision down to their score */
    double average_precision;
    /* over all thresholds, positive being score >= best_threshold */
    double best_f1;
    double best_threshold;
};
/* AE_EARG where all labels are equal, AE_ENUMERIC where a score is NaN. */
AE_API int ae_rank(const double *score, const unsigned char *positive, size_t n,
                   struct ae_ranking *out, struct ae_err *e);
/* F1 where scores above the threshold count as positive. */
AE_API double ae_rank_f1(const double *score, const unsigned char *positive,
                         size_t n, double threshold);

/* ---------------------------------------------------------------- models */

/* Where the name of a model leads. */
struct ae_model_place {
    const char *name;
    const char *path; /* NULL: it is compiled in */
    /* what it stands for, "photo ensemble=8"; NULL: itself */
    const char *alias;
};
typedef int ae_model_place_fn(void *arg, const struct ae_model_place *p,
                              struct ae_err *e);
/* Calls fn with the place of a name, which isn't looked at as a file; or of
 * each name there is, by folder, then by name, of which an error is told when
 * all are done. */
AE_API int ae_model_find(const char *name, ae_model_place_fn *fn, void *arg,
                         struct ae_err *e);
AE_API int ae_model_list(ae_model_place_fn *fn, void *arg, struct ae_err *e);

/* ----------------------------------------------------------------- items */

/* *out stays NULL where all rows are wanted and no file says their classes,
 * which all functions below but ae_selection_row() and _count() take. */
AE_API int ae_selection_new(struct ae_ctx *ctx,
                            const struct ae_select_options *o,
                            struct ae_selection **out, struct ae_err *e);
AE_API void ae_selection_free(struct ae_selection *s);
/* For what reads: another file begins. */
AE_API void ae_selection_file(struct ae_selection *s);
/* All rows of what is read from here on, whatever --rows says. */
AE_API void ae_selection_whole(struct ae_selection *s);
/* The next row: *label becomes that of the file of labels, else stays.
 * AE_EARG where that file has too few. */
AE_API int ae_selection_row(struct ae_selection *s, const char **label,
                            int *wanted, struct ae_err *e);
/* How many of this file's next n rows are wanted. */
AE_API uint64_t ae_selection_count(const struct ae_selection *s, uint64_t n);
/* When all is read: AE_EARG unless there were as many rows as labels, and
 * some were wanted. */
AE_API int ae_selection_end(const struct ae_selection *s, struct ae_err *e);
/* 1 where both are one text, or one number: 0.0 is 0. */
AE_API int ae_label_is(const char *label, const char *other);

/* ----------------------------------------------------------------- codes */

/* One NPY array of float32 items, each of `shape` (1 to 3 axes).  `items` is
 * their number; 0: they are counted, and the header is completed at the end,
 * for which io must be a file (or memory). */
struct ae_array;
AE_API int ae_array_open(struct ae_io *io, const int *shape, int axes,
                         uint64_t items, struct ae_array **out,
                         struct ae_err *e);
AE_API int ae_array_put(struct ae_array *a, const float *item,
                        struct ae_err *e);
AE_API int ae_array_finish(struct ae_array *a, struct ae_err *e);
AE_API void ae_array_free(struct ae_array *a);

/* --------------------------------------------------------------- latents */

/* A code on a stream: npy, jsonl, tsv, csv, f32 or fvecs.  Names are bytes;
 * in JSON those that are not UTF-8 are the lone surrogates DC80 to DCFF, as in
 * Python. */
struct ae_latent {
    const char *name; /* NULL: the format has none */
    const float *z;
    const float *logvar; /* NULL: none */
    int d;               /* numbers in z, and in logvar */
};

struct ae_latent_format; /* one row of the table */
AE_API const struct ae_latent_format *ae_latent_format_by_name(
    const char *name);
AE_API const struct ae_latent_format *ae_latent_format_by_ending(
    const char *path);
/* The i-th name of the table, NULL past the end. */
AE_API const char *ae_latent_format_name(size_t i);

struct ae_latents; /* being read */
/* format NULL: by content, AE_EUNKNOWN where none fits.  d: numbers in a
 * latent, 0: as the first has; f32 must be told. */
AE_API int ae_latents_open(struct ae_io *io,
                           const struct ae_latent_format *format, int d,
                           struct ae_latents **out, struct ae_err *e);
/* The next, valid until the next call; AE_END behind the last.  The error of
 * a bad one says where it stands; the call after that gives the one behind
 * it, where that can be found, or AE_END. */
AE_API int ae_latents_read(struct ae_latents *r, struct ae_latent *out,
                           struct ae_err *e);
/* 0 when the next would have to be waited for: what was held back for
 * company should be done and flushed now. */
AE_API int ae_latents_ready(struct ae_latents *r);
/* Numbers in a latent; 0: none was read. */
AE_API int ae_latents_size(const struct ae_latents *r);
AE_API void ae_latents_free(struct ae_latents *r);

struct ae_latent_writer;
/* logvar: variances are written, too, which jsonl, tsv and csv can. */
AE_API int ae_latent_writer_open(struct ae_io *io,
                                 const struct ae_latent_format *format, int d,
                                 int logvar, struct ae_latent_writer **out,
                                 struct ae_err *e);
/* A number that is none is AE_ENUMERIC, and nothing is written. */
AE_API int ae_latent_writer_put(struct ae_latent_writer *w,
                                const struct ae_latent *z, struct ae_err *e);
AE_API int ae_latent_writer_finish(struct ae_latent_writer *w,
                                   struct ae_err *e);
AE_API void ae_latent_writer_free(struct ae_latent_writer *w);

/* Items to codes, in batches. */
struct ae_encoder;
struct ae_encode_options {
    int stats; /* 1: codes come with their log-variances... */
    int draw;  /* ...1: as draws from their Gaussians, not as the means; both
                 * are for models whose code is Gaussian */
    uint64_t seed; /* of draws: functions of it and the item's number among
                    * all that this encoder read */
    /* class of all items, for a model that asks for one; NULL: each item's
     * own label */
    const char *label;
    int reconstruct; /* 1: y below is filled */
};
struct ae_encoded {
    const struct ae_example *item;
    /* why it has no code: its class isn't the model's; NULL: it has one */
    const struct ae_err *fault;
    struct ae_latent code;
    float *y; /* [h][w][c] of the item, from the code, as the model has it; the
               * callee may change it.  NULL: not asked for */
};
typedef int ae_encoded_fn(void *arg, const struct ae_encoded *x,
                          struct ae_err *e);

/* Lends from the model. */
AE_API int ae_encoder_new(struct ae_ctx *ctx, const struct ae_model *m,
                          const struct ae_encode_options *o,
                          struct ae_encoder **out, struct ae_err *e);
AE_API void ae_encoder_free(struct ae_encoder *c);
/* NULL for a model of any size before its first item came. */
AE_API const struct ae_coder_info *ae_encoder_info(const struct ae_encoder *c);
/* As ae_scorer_classes(). */
AE_API int ae_encoder_classes(const struct ae_encoder *c);
/* Calls fn for each item of `path`, in order; an error of fn ends it. */
AE_API int ae_encoder_read(struct ae_encoder *c, const char *path,
                           const struct ae_examples_options *o,
                           ae_encoded_fn *fn, void *arg, struct ae_err *e);

/* Codes to items, in batches. */
struct ae_decoder;
/* x: [h][w][c], as the model has it, which the callee may change; name NULL:
 * it has none; more 0: no other item follows at once. */
typedef int ae_decoded_fn(void *arg, const char *name, float *x, int more,
                          struct ae_err *e);
struct ae_decode_options {
    int h, w; /* of the items; 0: the model's own size */
    ae_decoded_fn *fn;
    void *arg;
};
AE_API int ae_decoder_new(struct ae_ctx *ctx, const struct ae_model *m,
                          const struct ae_decode_options *o,
                          struct ae_decoder **out, struct ae_err *e);
AE_API void ae_decoder_free(struct ae_decoder *d);
AE_API const struct ae_coder_info *ae_decoder_info(const struct ae_decoder *d);
/* Calls fn for the codes so far when a batch is full or `more` is 0.  The
 * class is unused for a model that asks for none. */
AE_API int ae_decoder_put(struct ae_decoder *d, const struct ae_latent *z,
                          int label, int more, struct ae_err *e);
/* Calls fn for the codes that are left. */
AE_API int ae_decoder_finish(struct ae_decoder *d, struct ae_err *e);

/* z, a mean, becomes a draw from N(z, exp(logvar)): a function of (seed,
 * index) alone. */
AE_API void ae_latent_draw(float *z, const float *logvar, int d, uint64_t seed,
                           uint64_t index);
/* out = a + t (b - a). */
AE_API void ae_latent_lerp(const float *a, const float *b, double t, int d,
                           float *out);
/* The same along the arc between their directions, lengths in proportion
 * (Shoemake 1985); a straight line where they have no angle. */
AE_API void ae_latent_slerp(const float *a, const float *b, double t, int d,
                            float *out);

/* A map: latents as points of a picture, by their two numbers or along the
 * first two principal axes, coloured by class.  Memory is bounded: the axes
 * are those of all latents, the points drawn 65536 at most, every 2nd, 4th...
 * where there are more. */
struct ae_map;
/* labels: a file of a class each, in their order: idx, or lines of text, of
 * which what stands behind the last tab counts, a first line that begins with
 * "name" and a tab being a header; NULL: none. */
AE_API int ae_map_new(struct ae_ctx *ctx, const char *labels,
                      struct ae_map **out, struct ae_err *e);
AE_API void ae_map_free(struct ae_map *m);
/* row: the latent's number, which those that are left out have, too.  d, at
 * least 2, is that of the first. */
AE_API int ae_map_add(struct ae_map *m, uint64_t row, const float *z, int d,
                      struct ae_err *e);
/* rows: how many there were, as many as labels.  w >= 320, h >= 240.  Once;
 * *out is to be released. */
AE_API int ae_map_draw(struct ae_ctx *ctx, struct ae_map *m, uint64_t rows,
                       int w, int h, struct ae_image *out, struct ae_err *e);

/* --------------------------------------------------------------- denoise */

/* "WxH+X+Y". */
AE_API int ae_rect_parse(const char *text, struct ae_rect *out,
                         struct ae_err *e);

/* One picture of several: its reader and its writer, which are the caller's,
 * and what became of it: 0, or the code of e. */
struct ae_denoise_item {
    struct ae_reader *reader;
    struct ae_writer *writer;
    struct ae_denoise_found found;
    int rc; /* 0 at first */
    struct ae_err e;
};
/* n pictures of any sizes, in order, to the bytes of ae_denoise(), but readers
 * and writers are finished too.  Small ones of one size that follow each
 * other are run several at once, which is faster.  A fault of one leaves the
 * others alone.  found and progress of o are not used. */
AE_API void ae_denoise_many(struct ae_denoiser *d,
                            const struct ae_denoise_options *o,
                            struct ae_denoise_item *item, int n);
/* How many pictures like this one are best given to ae_denoise_many() at once:
 * 1 where it is large, or the options need its rows in order. */
AE_API int ae_denoiser_batch_hint(const struct ae_denoiser *d,
                                  const struct ae_denoise_options *o,
                                  const struct ae_image_info *info);

#ifdef __cplusplus
}
#endif
#endif
