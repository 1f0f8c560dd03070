/* ae_tools.h - what the ae-* commands need of libae beyond ae.h.
 *
 * Bytes of streams, temporary files, facts about formats, the selection of
 * rows, codes on streams, batches of small pictures, the places of models; what
 * it draws is in ae_pages.h.  Programs may use them, too.  The conventions of
 * ae.h on errors, NULL, lifetime and threads hold here; every object below is
 * for one thread at a time.
 */
#ifndef AE_TOOLS_H
#define AE_TOOLS_H

#include "ae.h"
#include "ae_pages.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------- fit */

/* A denoiser without a model: a small net is fitted to each picture (Mansour
 * and Heckel 2023, Zero-Shot Noise2Noise), to at most 1 megapixel of it. */
struct ae_fit_options {
    double seconds; /* that the fit may take on the machine that ae-denoise(1)
                     * names: so many steps, whatever the clock says */
    uint64_t seed;
};
/* ensemble 0: 8 turns. */
AE_API int ae_denoiser_new_fit(struct ae_ctx *ctx,
                               const struct ae_fit_options *o, int ensemble,
                               struct ae_denoiser **out, struct ae_err *e);

/* ------------------------------------------------------------------ text */

/* Copies text to out, with each byte that could steer a terminal (control
 * bytes, the C1 controls, bytes that aren't UTF-8) as \xHH.  What doesn't fit
 * `size` bytes is cut. */
AE_API void ae_escape(char *out, size_t size, const char *text);
/* Bytes of the UTF-8 character (RFC 3629) at the beginning of a text that ends
 * with a NUL; 0 where there is none, also for what is overlong and for halves
 * of surrogate pairs. */
AE_API size_t ae_utf8_length(const char *text);
/* A field of csv, in quotes where it needs them (RFC 4180), and a string of
 * JSON with its quotes; *out is to be freed with free(). */
AE_API int ae_csv_quote(const char *field, char separator, char **out,
                        struct ae_err *e);
AE_API int ae_json_quote(const char *text, char **out, struct ae_err *e);

/* --------------------------------------------------------------- streams */

/* ae_io_create() with more to say. */
struct ae_create_options {
    /* 1: nothing is replaced; a name that is taken now, or when the file is
     * complete, is AE_EEXIST */
    int fresh;
    /* permissions that the file never has, whatever the umask and an old file
     * allow */
    int deny;
    /* a file whose permissions, times and extended attributes, as they are now,
     * the complete one gets, except attributes that its file system or the
     * user's rights don't allow; NULL: none */
    const char *like;
    /* the name, in the same folder or another of its file system, under which
     * the old file is kept; NULL: it goes */
    const char *backup;
    int renew; /* 1: an older backup may be replaced; 0: it is an error */
};
AE_API int ae_io_create_as(const char *path, const struct ae_create_options *o,
                           struct ae_io **out, struct ae_err *e);
/* The path that ae_io_create() makes a file at, all links followed, to be freed
 * with free(). */
AE_API int ae_io_target(const char *path, char **out, struct ae_err *e);
/* Removes temporary files that killed writers of path left behind; does nothing
 * else. */
AE_API void ae_io_remove_temps(const char *path);
/* 1 while another process, or another stream, is writing path by
 * ae_io_create(); `wait`: when it has ended. */
AE_API int ae_io_has_writer(const char *path, int wait);
/* Shows the next `want` bytes, 64 KiB at most, without consuming them; *got is
 * less only at the end of the input.  *data is valid until the next call. */
AE_API int ae_io_peek(struct ae_io *io, const void **data, size_t want,
                      size_t *got, struct ae_err *e);
/* Reads exactly `size` bytes; AE_EFORMAT where the input ends earlier. */
AE_API int ae_io_read(struct ae_io *io, void *buf, size_t size,
                      struct ae_err *e);
/* Reads at most `size` bytes, as many as are there, and at least 1; *got is 0
 * only at the end of the input. */
AE_API int ae_io_read_some(struct ae_io *io, void *buf, size_t size,
                           size_t *got, struct ae_err *e);
/* Where *io begins as gzip, replaces it by a stream of what it holds, unpacked
 * into memory; AE_ELIMIT past `limit` bytes. */
AE_API int ae_io_unzip(struct ae_io **io, uint64_t limit, struct ae_err *e);
AE_API int ae_io_write(struct ae_io *io, const void *buf, size_t size,
                       struct ae_err *e);
/* Does ae_io_commit() for n streams, which wait for the disk together.
 * e[i].code is 0 where that succeeded. */
AE_API void ae_io_commit_all(struct ae_io *const *io, int n, struct ae_err *e);
/* The part of it that takes time and knows no names, which another thread may
 * do before: flushes the streams and waits until files are on the disk. */
AE_API void ae_io_sync_all(struct ae_io *const *io, int n, struct ae_err *e);
/* What is written from here on can be taken back, until it is let go, which
 * also flushes it.  Where the output isn't a regular file it waits till then,
 * `memory` bytes of it in memory, the rest in a file without a name in TMPDIR.
 * Not twice at a time. */
AE_API int ae_io_hold(struct ae_io *io, uint64_t memory, struct ae_err *e);
AE_API int ae_io_let_go(struct ae_io *io, struct ae_err *e);
AE_API int ae_io_take_back(struct ae_io *io, struct ae_err *e);
/* Bytes that were read, or written, so far. */
AE_API uint64_t ae_io_offset(const struct ae_io *io);
/* 1 after a write failed, by which a caller tells an error of the output from
 * one of the input. */
AE_API int ae_io_broken(const struct ae_io *io);
/* Removes the temporary files of all outputs that this process writes, after
 * which none can be made or completed: for the handler of a signal by which the
 * process ends, with all other signals blocked. */
AE_API void ae_io_remove_all_temps(void);

/* -------------------------------------------------------- files of a run */

/* The files that a run reads and writes, so that no output replaces an input
 * or another output: they are known by device and inode, one that isn't there
 * yet by its folder's and its name.  What is no regular file is left out.
 *
 * Outputs are added first, then what is read, all before any work. */
struct ae_file_set;
enum ae_file_use {
    AE_USE_READ,
    AE_USE_WRITTEN, /* its folder must be there */
    AE_USE_MADE,    /* its folder may yet be made */
    AE_USE_DONE     /* it is complete, and no other output may have its name */
};
AE_API int ae_file_set_new(struct ae_file_set **out, struct ae_err *e);
AE_API void ae_file_set_free(struct ae_file_set *s);
/* path: "-" is stdin or stdout.  what: the option that names it, lent as long
 * as the set lives; NULL: none.  AE_EARG with both names where a file that is
 * written is in the set already, or is to be added to it; but two names of
 * AE_USE_MADE that only the disk takes for one are the last step's matter. */
AE_API int ae_file_set_add(struct ae_file_set *s, enum ae_file_use use,
                           const char *what, const char *path,
                           struct ae_err *e);
/* Calls fn with each file that ae_examples_read() and ae_train() read of a
 * path with that filter, and whether it was found in a folder.  What fn returns
 * below 0 ends that and is returned. */
typedef int ae_item_file_fn(void *arg, const char *path, int found,
                            struct ae_err *e);
AE_API int ae_item_files(const char *path, const struct ae_file_filter *filter,
                         ae_item_file_fn *fn, void *arg, struct ae_err *e);
/* Adds what ae_examples_read() and ae_train() read of a path: a folder's files,
 * too.  any: all of them; else those that hold pictures or arrays, as tables
 * and text are known by what the run expects. */
AE_API int ae_file_set_add_items(struct ae_file_set *s, const char *what,
                                 const char *path, int any,
                                 const struct ae_file_filter *filter,
                                 struct ae_err *e);
/* Adds the file of a model by ae_model_load()'s rules, and that of its
 * alias. */
AE_API int ae_file_set_add_model(struct ae_file_set *s, const char *what,
                                 const char *name, struct ae_err *e);
/* AE_EARG where a training would write a file that it also reads, or write one
 * twice; where OUTPUT or its checkpoint would replace what is no model; where a
 * folder isn't there.  from: the model that training goes on from, or NULL. */
AE_API int ae_train_check_files(const struct ae_train_options *o,
                                const struct ae_model *from, struct ae_err *e);
/* AE_EARG where a file that stands at `path` is read, or another output. */
AE_API int ae_file_set_check(const struct ae_file_set *s, const char *path,
                             struct ae_err *e);

/* --------------------------------------------------------------- folders */

/* All names in a folder except . and .., sorted by their bytes.  The folder is
 * closed again, so that a deep walk needs no descriptors. */
AE_API int ae_folder_list(const char *path, char ***name, size_t *count,
                          struct ae_err *e);
/* Frees the names and the list; name may be NULL. */
AE_API void ae_folder_free(char **name, size_t count);

/* ---------------------------------------------------------------- images */

/* Ends the images of an output, of which fewer may have come than were promised
 * by ae_image_info.items: an array's header gets their number.  AE_EFORMAT
 * where the output can't be patched, and then the array is cut short. */
AE_API int ae_writer_end(struct ae_io *io, struct ae_err *e);
/* The usual ending of its files, without the dot. */
AE_API const char *ae_format_ending(const struct ae_format *f);
/* Whether a file of a format can hold several pictures: an array of pictures
 * of one size, or pages, each of a size of its own. */
enum ae_multi { AE_MULTI_NONE, AE_MULTI_ARRAY, AE_MULTI_PAGES };
AE_API enum ae_multi ae_format_multi(const struct ae_format *f);
/* The i-th of the table, from 0; NULL past the end. */
AE_API const struct ae_format *ae_format_at(size_t i);
/* AE_EUNSUPPORTED with the reason where the ending of `name`, or, without a
 * dot, the name itself, is that of a format that is known but not written
 * here; else 0. */
AE_API int ae_format_refuse_name(const char *name, struct ae_err *e);
/* 1 where a file that was found in a folder, and couldn't be opened for that
 * code, is one that nobody means: by its ending of a format that isn't read
 * here, or by its bytes of none that is and without the ending of one, or
 * macOS's companion of a file ("._x.jpg").  0: its failure is one. */
AE_API int ae_format_pass_over(const char *path, int code);

struct ae_format_facts {
    const char *name;
    const char *library;        /* that codes and decodes it; "": this one */
    const char *const *endings; /* four at most, then NULL */
    int reads, writes;          /* both 0: built without the library */
};
/* The i-th of the formats of this build, then of those that it was built
 * without.  Returns 0 past the end, else 1. */
AE_API int ae_format_facts(size_t i, struct ae_format_facts *out);

/* -------------------------------------------------------- kinds of a net */

/* A layer kind, loss, optimiser or learning-rate schedule. */
struct ae_kind_facts {
    const char *group; /* "layer", "loss", "optimiser", "schedule" */
    const char *name, *help;
    const struct ae_field *fields; /* its attributes; NULL: none */
    int min_in, max_in;            /* inputs of a layer */
};
/* The i-th of all, group by group.  Returns 0 past the end, else 1.  What it
 * points to lives for ever. */
AE_API int ae_kind_facts(size_t i, struct ae_kind_facts *out);

/* ----------------------------------------------------------------- noise */

/* Writes a line of help for each noise and each of its parameters; the length
 * as snprintf() gives it. */
AE_API int ae_noise_help(char *buf, size_t size);

/* Radial power spectrum of the image's luminance: power[k] becomes the mean
 * power at frequencies of about (k + 0.5) / (2 bins) cycles a pixel. */
AE_API int ae_noise_psd(struct ae_ctx *ctx, const struct ae_image *im,
                        double *power, int bins, struct ae_err *e);

/* What a blind net removes from a picture: *out, to be released, has its
 * colours and no alpha, and lies around 0.  Reads all rows; errors are those of
 * ae_noise_estimate(). */
AE_API int ae_noise_removed(struct ae_denoiser *d, struct ae_reader *r,
                            struct ae_image *out, struct ae_err *e);

/* --------------------------------------------------------------- metrics */

/* How well scores, of which higher ones mean positive, agree with labels. */
struct ae_ranking {
    size_t positives, negatives;
    /* area under the ROC curve: the chance that a positive's score is above a
     * negative's, ties counting half (Mann, Whitney 1947) */
    double auroc;
    /* mean over the positives of the precision at their score */
    double average_precision;
    /* largest F1 over all thresholds, with score >= threshold as positive, and
     * the threshold that gives it */
    double best_f1;
    double best_threshold;
};
/* score, positive: [n].  AE_EARG where all labels are equal, AE_ENUMERIC where
 * a score is NaN. */
AE_API int ae_rank(const double *score, const unsigned char *positive, size_t n,
                   struct ae_ranking *out, struct ae_err *e);
/* F1 with scores above the threshold as positive. */
AE_API double ae_rank_f1(const double *score, const unsigned char *positive,
                         size_t n, double threshold);

/* ---------------------------------------------------------------- models */

/* Where a model of that name is; valid during the callback only. */
struct ae_model_place {
    const char *name;
    const char *path; /* NULL: it is compiled in */
    /* what it is an alias of, "photo ensemble=8"; NULL: it isn't one */
    const char *alias;
};
typedef int ae_model_place_fn(void *arg, const struct ae_model_place *p,
                              struct ae_err *e);
/* ae_model_find() calls fn with the place of one name, never of a file of that
 * name; ae_model_list() with those of all names, by folder, then by name.  An
 * unreadable folder is an error after all others are listed. */
AE_API int ae_model_find(const char *name, ae_model_place_fn *fn, void *arg,
                         struct ae_err *e);
AE_API int ae_model_list(ae_model_place_fn *fn, void *arg, struct ae_err *e);
/* The spec of the preset of that name, which lives as long as the program;
 * NULL: there is none. */
AE_API const char *ae_preset_text(const char *name);
/* Calls fn with each folder in which names of models are looked up, whether it
 * is there or not, until fn returns less than 0. */
typedef int ae_model_folder_fn(void *arg, const char *folder, struct ae_err *e);
AE_API int ae_model_folders(ae_model_folder_fn *fn, void *arg,
                            struct ae_err *e);

/* ------------------------------------------------------------- libraries */

/* Loads now what libae loads late, OpenBLAS, for a program that will not be
 * able to: it gives up its rights, or changes its root.  Where there is none,
 * whatever needs it fails as it would have. */
AE_API void ae_libraries_load(void);

/* ----------------------------------------------------------------- items */

/* Columns of a table that the model takes; 0: it takes none. */
AE_API int ae_item_type_columns(const struct ae_item_type *i);
/* Rows of a window, and from one window to the next; 0 where the model's items
 * are no windows. */
AE_API void ae_item_type_window(const struct ae_item_type *i, int *rows,
                                int *stride);

/* Which rows of the data are wanted, by `rows`, `only` and `labels`.  *out is
 * NULL where all rows are wanted and no file has their classes; then there is
 * no need to call the functions below, of which ae_selection_row() and
 * ae_selection_count() don't take NULL.  o's texts are borrowed. */
AE_API int ae_selection_new(struct ae_ctx *ctx,
                            const struct ae_select_options *o,
                            struct ae_selection **out, struct ae_err *e);
AE_API void ae_selection_free(struct ae_selection *s);
/* A reader says that another file begins, so that `rows` count from 1. */
AE_API void ae_selection_file(struct ae_selection *s);
/* From now on all rows are wanted, whatever `rows` says. */
AE_API void ae_selection_whole(struct ae_selection *s);
/* The next row: *wanted becomes 1 or 0, and *label its class where there is a
 * file of labels.  AE_EARG where that file has too few. */
AE_API int ae_selection_row(struct ae_selection *s, const char **label,
                            int *wanted, struct ae_err *e);
/* How many of this file's next n rows are wanted. */
AE_API uint64_t ae_selection_count(const struct ae_selection *s, uint64_t n);
/* After all data are read: AE_EARG unless there were as many rows as labels,
 * and at least one row was wanted. */
AE_API int ae_selection_end(const struct ae_selection *s, struct ae_err *e);
/* 1 where both are the same text, or the same number (0.0 and 0), else 0. */
AE_API int ae_label_is(const char *label, const char *other);

/* A file of which all is read. */
struct ae_file_done {
    const char *path; /* as the user typed it, or below a folder; "-" */
    uint64_t items;   /* of it, of which some may not have come out yet */
    int w, h;         /* of its first picture; 0: it has none */
    int passed;       /* 1: passed over, as of no format that is read */
    /* the first fault, of it or of one of its rows; NULL: there is none */
    const struct ae_err *fault;
};

/* ----------------------------------------------------------------- codes */

/* Writes one NPY array of float32 items, each of `shape` (1 to 3 axes).  items:
 * their number; 0: unknown, so the header is completed at the end, and io must
 * be a file or memory. */
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
    const char *name; /* NULL: the format has no names */
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
/* format NULL: found by content; AE_EUNKNOWN where none fits.  d: numbers in a
 * latent; 0: as many as the first has, but f32 needs the number. */
AE_API int ae_latents_open(struct ae_io *io,
                           const struct ae_latent_format *format, int d,
                           struct ae_latents **out, struct ae_err *e);
/* The next latent, valid until the next call; AE_END after the last.  A bad
 * latent is an error that says where it is; the next call goes on with the
 * latent after it, or gives AE_END where that can't be found. */
AE_API int ae_latents_read(struct ae_latents *r, struct ae_latent *out,
                           struct ae_err *e);
/* 0 when the next latent isn't there yet, so that latents which wait for a
 * batch to fill should be processed, and output flushed, now. */
AE_API int ae_latents_ready(struct ae_latents *r);
/* Numbers in a latent; 0 before the first is read. */
AE_API int ae_latents_size(const struct ae_latents *r);
AE_API void ae_latents_free(struct ae_latents *r);

struct ae_latent_writer;
/* parts: AE_LATENT_LOGVAR: log-variances are written, too, which jsonl, tsv and
 * csv can hold; AE_LATENT_GOES_ON: without a header of tsv or csv, since this
 * goes on what another writer began. */
enum { AE_LATENT_LOGVAR = 1, AE_LATENT_GOES_ON = 2 };
AE_API int ae_latent_writer_open(struct ae_io *io,
                                 const struct ae_latent_format *format, int d,
                                 int parts, struct ae_latent_writer **out,
                                 struct ae_err *e);
/* AE_ENUMERIC, with nothing written, where a number is NaN or infinite. */
AE_API int ae_latent_writer_put(struct ae_latent_writer *w,
                                const struct ae_latent *z, struct ae_err *e);
AE_API int ae_latent_writer_finish(struct ae_latent_writer *w,
                                   struct ae_err *e);
AE_API void ae_latent_writer_free(struct ae_latent_writer *w);

/* The format's name, lent for ever. */
AE_API const char *ae_latents_format(const struct ae_latents *r);

/* What a file of items or latents holds, which is neither a picture nor a
 * model. */
struct ae_file_facts {
    /* "latents"; of items "idx", "array", "table", "text"; "labels" in idx;
     * "floats", latents whose size only their model knows; "spec", "alias" */
    const char *type;
    const char *format; /* of latents, "jsonl"; else "" */
    /* latents, items, labels, floats; nodes of a spec */
    uint64_t count;
    /* of the first item; 1 x numbers x 1 of a latent, 1 x columns x 1 of a row;
     * else 0 */
    int h, w, c;
    /* the header of a table, "time, temp"; a spec's variables; what an alias
     * stands for; NULL: none.  To be freed. */
    char *columns;
};
/* Finds out by content, and where that doesn't show it by the ending of the
 * name, and reads to the end.  AE_EUNKNOWN where it is none of these.  After
 * another error out->count is what could be read, out->type says of what, and
 * out->columns is to be freed, too. */
AE_API int ae_file_inspect(struct ae_ctx *ctx, struct ae_io *io,
                           const char *name, struct ae_file_facts *out,
                           struct ae_err *e);

/* Makes codes of items, in batches; borrows the model. */
struct ae_encoder;
struct ae_encode_options {
    /* for models whose code is Gaussian; 1: codes come with their
     * log-variances... */
    int stats;
    int draw;      /* ...1: as draws from their Gaussians, not as the means */
    uint64_t seed; /* draws depend on it and the item's number, counted over
                    * all calls of ae_encoder_read() */
    /* the class of all items, for a conditional model; NULL: each item's own
     * label */
    const char *label;
    int reconstruct; /* 1: y below is filled */
};
struct ae_encoded {
    const struct ae_example *item;
    /* why it has no code (the model doesn't know its class); NULL: it has
     * one */
    const struct ae_err *fault;
    struct ae_latent code;
    /* [h][w][c] of the item: the code decoded, in the model's units; fn may
     * change it; NULL: not asked for */
    float *y;
};
typedef int ae_encoded_fn(void *arg, const struct ae_encoded *x,
                          struct ae_err *e);

AE_API int ae_encoder_new(struct ae_ctx *ctx, const struct ae_model *m,
                          const struct ae_encode_options *o,
                          struct ae_encoder **out, struct ae_err *e);
AE_API void ae_encoder_free(struct ae_encoder *c);
/* NULL for a model of any size before its first item has come. */
AE_API const struct ae_coder_info *ae_encoder_info(const struct ae_encoder *c);
/* As ae_scorer_classes(). */
AE_API int ae_encoder_classes(const struct ae_encoder *c);
/* Calls fn with the code of each item of `path`, in order; `path` and errors as
 * for ae_examples_read(). */
AE_API int ae_encoder_read(struct ae_encoder *c, const char *path,
                           const struct ae_examples_options *o,
                           ae_encoded_fn *fn, void *arg, struct ae_err *e);

/* Makes items of codes, in batches; borrows the model. */
struct ae_decoder;
/* x: [h][w][c], in the model's units; the function may change it.  name NULL:
 * the code had none.  more: as in ae_example. */
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
/* Takes a code, and calls fn for those so far when a batch is full or `more` is
 * 0.  label: the class of a conditional model, else unused. */
AE_API int ae_decoder_put(struct ae_decoder *d, const struct ae_latent *z,
                          int label, int more, struct ae_err *e);
/* Calls fn for the codes that are left. */
AE_API int ae_decoder_finish(struct ae_decoder *d, struct ae_err *e);

/* z, [d] means, becomes a draw from N(z, exp(logvar)) that depends on (seed,
 * index) only. */
AE_API void ae_latent_draw(float *z, const float *logvar, int d, uint64_t seed,
                           uint64_t index);
/* out = a + t (b - a). */
AE_API void ae_latent_lerp(const float *a, const float *b, double t, int d,
                           float *out);
/* The same along the arc between their directions, with the length in
 * proportion (Shoemake 1985); along a straight line where they have no
 * angle. */
AE_API void ae_latent_slerp(const float *a, const float *b, double t, int d,
                            float *out);

/* --------------------------------------------------------------- denoise */

/* From "WxH+X+Y". */
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
 * and writers are finished too.  Small ones of one size that follow each other
 * are run several at once, which is faster.  A fault of one doesn't touch the
 * others.  found and progress of o are not used. */
AE_API void ae_denoise_many(struct ae_denoiser *d,
                            const struct ae_denoise_options *o,
                            struct ae_denoise_item *item, int n);
/* Bytes of the context's memory that denoisers leave to the caller. */
AE_API void ae_ctx_reserve(struct ae_ctx *ctx, uint64_t bytes);
/* Reads all rows of an image, of which none was read, into memory, unless they
 * would take more than so many bytes; ae_reader_row() gives them later.  The
 * reader goes over to ctx.  After an error it can only be freed. */
AE_API int ae_reader_ahead(struct ae_reader *r, struct ae_ctx *ctx,
                           uint64_t memory, struct ae_err *e);
/* Rows wait in memory until ae_writer_finish(), unless they would take more
 * than so many bytes; none was written yet. */
AE_API int ae_writer_later(struct ae_writer *w, uint64_t memory,
                           struct ae_err *e);
/* How many pictures like this one are best given to ae_denoise_many() at once:
 * 1 where it is large, or the options need its rows in order. */
AE_API int ae_denoiser_batch_hint(const struct ae_denoiser *d,
                                  const struct ae_denoise_options *o,
                                  const struct ae_image_info *info);

#ifdef __cplusplus
}
#endif
#endif
