/* cmd.h - what the commands share: options, streams, messages, batches.
 *
 * What a run says stands in messages.h, which comes with this one; the parts of
 * ae-compare alone in compare.h.
 *
 * A command is a table of options, a struct they fill, and a run function;
 * everything a user meets in every command (help, version, stdin and stdout,
 * exit codes, messages) is here, once.  A main reads:
 *
 *     int first = cmd_parse(&spec, &args, argc, argv);
 *     struct ae_ctx *ctx = cmd_context(&args.common);
 *     int status = cmd_filter(ctx, &args.common, argv + first, argc - first,
 *                             one_image, &args);
 *     ae_ctx_free(ctx);
 *     return cmd_close(status);
 */
#ifndef AE_CMD_H
#define AE_CMD_H

#include "ae.h"
#include "ae_tools.h"
#include "messages.h"

/* The exit codes of every command; a signal gives 128 + its number. */
enum { CMD_OK = 0, CMD_FAILED = 1, CMD_USAGE = 2 };

/* ------------------------------------------------------------- options */

/* A command's struct of options begins with this; the command takes those of
 * the tables below that its users need. */
struct cmd_common {
    int quiet, verbose, progress; /* cmd_talk_fields */
    int no_sandbox;
    int threads;   /* cmd_machine_fields */
    int precision; /* enum ae_precision */
    uint64_t memory, max_pixels;
    const char *output, *to; /* cmd_output_fields */
    int quality, force;
    int subsampling;    /* enum ae_subsampling */
    int auto_orient;    /* ae-denoise's own */
    unsigned strip;     /* likewise: enum ae_strip_kind */
    const char *folder; /* cmd_filter_fields */
    const char *log_json;
    int watch;
    int jobs; /* 0: as many as are good */
    int recursive, flat, fail_fast, salvage;
    int existing;           /* enum cmd_existing */
    const char *files_from; /* cmd_list_fields */
    int null;
    const char *include, *exclude; /* cmd_choice_fields: globs, one a line */
    int depth;                     /* 0: any */
    const char *shard;             /* cmd_shard_fields */
    const char *name;              /* cmd_name_fields */
    int print;
    const char *in_place; /* cmd_filter_fields: NULL: no; "": no backups */
    int preserve;
};
enum cmd_existing {
    CMD_EXISTING_UNSET = -1,
    CMD_ERROR,
    CMD_SKIP,
    CMD_OVERWRITE,
    CMD_NEWER /* of commands whose outputs are of an input each */
};

extern const struct ae_field cmd_talk_fields[];     /* -q -v ... */
extern const struct ae_field cmd_machine_fields[];  /* -t --memory ... */
extern const struct ae_field cmd_stream_fields[];   /* with half the memory */
extern const struct ae_field cmd_data_fields[];     /* with four times it */
extern const struct ae_field cmd_file_fields[];     /* only -o -f */
extern const struct ae_field cmd_output_fields[];   /* -o -T --quality ... */
extern const struct ae_field cmd_made_fields[];     /* without an input's */
extern const struct ae_field cmd_folder_fields[];   /* -d --existing */
extern const struct ae_field cmd_existing_fields[]; /* of another folder */
extern const struct ae_field cmd_filter_fields[];   /* -d -r --flat ... */
extern const struct ae_field cmd_log_fields[];      /* --log-json */

extern const struct ae_field cmd_list_fields[];   /* --files-from */
extern const struct ae_field cmd_null_fields[];   /* -0 */
extern const struct ae_field cmd_choice_fields[]; /* --include ... --depth */
extern const struct ae_field cmd_shard_fields[];  /* --shard */
extern const struct ae_field cmd_watch_fields[];  /* --watch */

extern const struct ae_field cmd_name_fields[]; /* --name --print */

/* Options whose fields lie `offset` bytes into the command's struct: 0 for its
 * own and the tables above, the place of a library's struct for its table. */
struct cmd_table {
    const struct ae_field *fields;
    size_t offset;
};

struct cmd_spec {
    const char *name;               /* "ae-denoise" */
    const char *synopsis;           /* "[-m MODEL] [INPUT...]" */
    const char *summary;            /* one line */
    const struct cmd_table *tables; /* ends with an entry without fields */
    void (*more)(void);             /* prints what --help ends with, or NULL */
};

/* opt.c: the first call of a main.  Makes descriptors 0 to 2 safe, fills obj
 * (which begins with a struct cmd_common) with the tables' defaults and then
 * with argv, GNU style; --help and --version end the process with status 0,
 * wrong usage with status 2.  Returns the index of the first operand.
 *
 * A switch (AE_F_BOOL) takes no value.  A field whose `arg` begins with '['
 * ("[FILE]", "[0|1]") may have one: --resume gives "", a switch 1. */
int cmd_parse(const struct cmd_spec *spec, void *obj, int argc, char **argv);

/* help.c: what --help prints. */
void cmd_print_help(const struct cmd_spec *spec);
/* The text of a row: "%s" in it stands for the formats, of latents where the
 * option is --format; the default is added. */
void cmd_describe(const struct ae_field *f, char *text, size_t size);
/* The heading of a row, from that of the row before it; NULL: it is the
 * first. */
const char *cmd_group(const struct ae_field *f, const char *above);

/* The names of all formats of pictures, or of latents: "png, jpeg, ...". */
void cmd_list_formats(int latents, char *buf, size_t size);

/* -------------------------------------------------------------- streams */

/* streams.c: reopens closed descriptors so that no file lands on 0 to 2;
 * what is read from or written to them still fails. */
void cmd_streams(void);
/* A context by -t, --memory and --max-pixels; ends with status 2 when there
 * is none. */
struct ae_ctx *cmd_context(const struct cmd_common *c);
/* The same of one thread and so much memory, for what is done beside. */
struct ae_ctx *cmd_side_context(const struct cmd_common *c, uint64_t memory);
/* name; says once that stdin is read, where that is a terminal. */
const char *cmd_input(const char *name);
/* "-" is stdin. */
int cmd_open(const char *name, struct ae_io **out, struct ae_err *e);
/* Why the picture in a file, which may be compressed, can't be opened; 0: it
 * can. */
int cmd_try_picture(struct ae_ctx *ctx, const struct cmd_common *c,
                    const char *path, struct ae_err *e);
/* A signal's handlers: one that ends the process, with no temporary file left,
 * and any in place of that, unless the signal is ignored (nohup).  All others
 * wait while it runs. */
void cmd_stop(int number);
void cmd_catch(int number, void (*handler)(int));
/* NULL or "-" is stdout.  CMD_OUTPUTS may be open at a time. */
enum { CMD_OUTPUTS = 32 };
int cmd_create_as(const char *name, const struct ae_create_options *o,
                  struct ae_io **out, struct ae_err *e);
/* From here on the first SIGINT or SIGTERM only asks for the end. */
void cmd_stop_softly(void);
/* Whether one has; and what isn't 0 then. */
int cmd_is_stopped(void);
const volatile int *cmd_stop_flag(void);
/* Waits until something can be read from a descriptor, or one has: 0. */
int cmd_wait_for(int fd);
/* The next three take the streams. */
int cmd_commit(struct ae_io *io, struct ae_err *e);
/* See ae_io_commit_all(). */
void cmd_commit_all(struct ae_io *const *io, int n, struct ae_err *e);
void cmd_drop(struct ae_io *io);
/* Puts the stream's name before an error that it is broken by; NULL: none. */
void cmd_name_output(const struct ae_io *io, struct ae_err *e);
/* Ends with status 2 where binary would go to a terminal unasked. */
void cmd_check_terminal(const struct cmd_common *c);
/* Whether a name ends as a format of pictures, latents or tables does, here or
 * elsewhere: nothing else is written under it unless -T says so. */
int cmd_ending_known(const char *path);
/* Ends with status 2 where -o has the ending of what isn't csv, or npy. */
void cmd_check_table_name(const struct cmd_common *c, int npy);
/* The format that -T asks for, NULL without -T; ends with status 2 for an
 * unknown one. */
const struct ae_format *cmd_format_asked(const struct cmd_common *c);
/* -T, else the output name's ending, else the input's. */
const struct ae_format *cmd_format(const struct cmd_common *c,
                                   const char *output,
                                   const struct ae_format *input);
/* What a plot is written as: NULL for svg, else a picture's format, png where
 * neither `to' nor the ending of `output' names one. */
const struct ae_format *cmd_plot_format(const char *to, const char *output);
/* Flushes and closes stdout; the status, or CMD_FAILED where output was
 * lost.  The last call of a main. */
int cmd_close(int status);

/* -------------------------------------------------------------- sandbox */

/* sandbox.c: cmd_parse() says what the options and operands are. */
void cmd_sandbox_init(const struct cmd_spec *spec, const void *args,
                      char *const *operand, int count);
/* Before that: files are written beside this path, too, which may be a link. */
void cmd_sandbox_beside(const char *path);
/* From here on the run reads only what they name, writes only where their
 * outputs go, and asks the system for little else: see ae(1).  cmd_context()
 * calls it before it starts threads; a run that may need linear algebra has
 * called ae_libraries_load() before, since OpenBLAS may lie anywhere. */
void cmd_sandbox_enter(const struct cmd_common *c);
/* --------------------------------------------------------------- inputs */

/* inputs.c: the names of inputs, as they were typed. */
struct cmd_inputs {
    char **name;
    int count, cap;
    int operands; /* those before the names of --files-from */
    const struct cmd_common *c;
    struct ae_file_filter filter; /* of the files of folders */
    char **file; /* with --shard: all files that cmd_inputs_list() found, */
    size_t files, files_cap, at; /* and which of them is read next */
    size_t *begin;               /* each input's first one */
    uint64_t first, end;         /* those of the shard */
};
/* The operands (none: stdin; NULL: none and not that) and, behind them, the
 * names of --files-from, which is read to its end, as far as --include and
 * --exclude take them: perhaps none.  Folders are named as such.  Ends with
 * status 2 where the list can't be read, or with a selection of rows beside
 * --shard. */
void cmd_inputs_find(struct cmd_inputs *in, const struct cmd_common *c,
                     const struct ae_selection *selection, char *const *operand,
                     int count);
/* With --shard: finds the files of all inputs, as items are read of them. */
void cmd_inputs_list(struct cmd_inputs *in);
/* Whether any of the i-th input's files is to be read; the filter takes those
 * of a folder from then on. */
int cmd_inputs_begin(struct cmd_inputs *in, int i);
void cmd_inputs_release(struct cmd_inputs *in);
/* Whether --include and --exclude take a file, or a folder, by its path from
 * the operand in which it lies. */
int cmd_wants(const struct cmd_common *c, const char *path, int is_folder);
/* shard.c: the run of n items, from `first` on, that shard I/N is: the first
 * shards are longer by one where n can't be divided evenly.  NULL: all.  Ends
 * with status 2 where it isn't I/N. */
void cmd_shard(const char *shard, uint64_t n, uint64_t *first, uint64_t *count);
/* Whether a table's header is printed here. */
int cmd_is_first_shard(const char *shard);
/* What `auto` stands for, by the variables that Slurm, Open MPI and others set
 * in the tasks of a job.  Ends with status 2 where they are missing or
 * wrong. */
const char *cmd_shard_auto(void);

/* -------------------------------------------------------------- outputs */

/* outputs.c: cmd_parse() says what the options are. */
void cmd_outputs_init(const struct cmd_spec *spec, const void *args);
/* Says which files the run reads and writes, before any work: those
 * of the options, by their fields, the operands (none: stdin; NULL: they are
 * no files) and stdout.  Ends with status 2 where an output is an input or
 * another output, or where its folder isn't there.  m: the model whose items
 * the operands hold, in folders, too; NULL: each is one file. */
void cmd_files(const struct ae_model *m, const struct ae_file_filter *filter,
               char *const *operand, int count);
/* Those files, for more. */
struct ae_file_set *cmd_file_set(void);
/* The outputs from here on are of this one input, whose name is lent: their
 * modes are never wider than its own, --preserve copies its attributes, and
 * --existing=newer looks at its time. */
void cmd_private_to(const char *input);
/* The same for all that the process writes from here on, by its umask. */
void cmd_private_run(char *const *input, int count);
/* Ends with status 2 where the options of outputs don't go together. */
void cmd_check_outputs(const struct cmd_common *c);
/* As cmd_create_as() with that mode; an old file is replaced. */
int cmd_create(const char *name, struct ae_io **out, struct ae_err *e);
/* -o or stdout, by --existing; ends the run where that can't be. */
struct ae_io *cmd_create_output(const struct cmd_common *c);
/* A file that an option names beside the run's own output, by --existing; NULL
 * where it is to be skipped, which is said.  Ends the run where that can't
 * be. */
struct ae_io *cmd_create_page(const struct cmd_common *c, const char *path);
/* A file of -d or the like.  What stands at its name: 0 nothing in the way,
 * AE_END it is to be skipped, else an error. */
int cmd_inspect(const struct cmd_common *c, const char *path, struct ae_err *e);
/* These return AE_END where it is to be skipped after all, since the name was
 * taken meanwhile. */
int cmd_create_in(const struct cmd_common *c, const char *path,
                  struct ae_io **io, struct ae_err *e);
int cmd_commit_in(const struct cmd_common *c, const char *path,
                  struct ae_io *io, struct ae_err *e);
/* The same of a commit that was tried already, and gave *e. */
int cmd_check_commit(const struct cmd_common *c, const char *path,
                     struct ae_err *e);
/* The folder itself: whether it may be made later, by an option's name; and
 * making it.  End with status 2 where that can't be. */
void cmd_check_folder(const char *what, const char *path);
void cmd_make_folder(const char *path);

/* output_name.c: the path below -d that --name's template gives an output which
 * would be at `plain` without it: the number-th of all, from 1, and the page-th
 * of its input.  free() it.  AE_EARG where it lies outside; ends with status 2
 * for a template that is wrong. */
int cmd_output_name(const char *template, const char *plain, uint64_t number,
                    uint64_t page, char **out, struct ae_err *e);
/* Whether pages have names of their own by it; template may be NULL. */
int cmd_names_pages(const char *template);
/* The name that --in-place=SUFFIX keeps the original under.  free() it. */
char *cmd_backup_name(const char *suffix, const char *path);

/* --------------------------------------------------------------- tables */

/* table.c: results on stdout, one row an input: for eyes, tabs, or a JSON
 * object a line.  Who makes a reader wait for the next one flushes. */
enum cmd_style { CMD_TEXT, CMD_TSV, CMD_JSON };
struct cmd_cell {
    const char *key;
    double value;
    const char *text; /* in its place; NULL: none */
};
/* Names the columns; nothing for JSON. */
void cmd_table_head(enum cmd_style style, const struct cmd_cell *cell,
                    int count);
void cmd_table_row(enum cmd_style style, const char *name,
                   const struct cmd_cell *cell, int count);
/* The n-th image of a stream, from 1: "NAME", "NAME#2" and on; buf of
 * CMD_NAME bytes, which is returned. */
enum { CMD_NAME = 4096 };
const char *cmd_image_name(const struct ae_io *in, int n, char *buf);
/* Text as a JSON string, on stdout. */
void cmd_quoted(const char *text);

/* -------------------------------------------------------------- latents */

/* latent_reader.c: the format that --format names (NULL: none), else the ending
 * of -o, else jsonl; ends with status 2 for an unknown one, and where binary
 * would go to a terminal. */
const struct ae_latent_format *cmd_latent_format(const struct cmd_common *c,
                                                 const char *name);
/* Calls fn with each latent of the operands (NULL: none; stdin where count is
 * 0) and
 * whether others are ready; d: numbers in each, 0: as the first has.  A bad one
 * is named and left out.  An error of fn ends it all; the exit status. */
typedef int cmd_latent_fn(void *arg, const struct ae_latent *z, int more,
                          struct ae_err *e);
int cmd_latents(char *const *operand, int count, int d, cmd_latent_fn *fn,
                void *arg);
/* Latents so far that were bad. */
uint64_t cmd_latents_left_out(void);

/* ---------------------------------------------------------------- items */

/* item_writer.c: ends with status 2 for a model of text, which makes no
 * items. */
void cmd_refuse_text(const struct ae_model *m);
/* What a model makes. */
struct cmd_items {
    int h, w, c;       /* of one item */
    int columns, rows; /* of one picture of all items; 0: each is its own */
    /* of the items, which an array on a pipe must know; 0: unknown */
    uint64_t count;
};
/* Item by item to stdout, -o or -d: pictures, one array with -T npy, one
 * picture of all, rows of csv for tables.  Ends with status 2 where that can't
 * be. */
struct cmd_item_writer;
struct cmd_item_writer *cmd_item_writer_open(struct ae_ctx *ctx,
                                             const struct ae_model *m,
                                             const struct cmd_common *c,
                                             const struct cmd_items *items);
/* name NULL: its number.  x is used up.  Nonzero: the output can't go on. */
int cmd_item_writer_put(struct cmd_item_writer *w, const char *name, float *x,
                        int more, struct ae_err *e);
/* Returns the exit status for an input that ended with `status`. */
int cmd_item_writer_finish(struct cmd_item_writer *w, int status);

struct cmd_decoder_options {
    const char *model; /* its name, for messages */
    const int *grid;   /* columns, rows; 0: none */
    const int *size;   /* width, height of an item; 0: the model's */
    uint64_t count;    /* as in struct cmd_items */
};
/* item_inputs.c: how the items of an input are read. */
struct cmd_item_source {
    /* a negative error ends the input, and is said there */
    int (*read)(void *arg, const char *path, struct ae_err *e);
    void *arg;
    const int *over;                     /* not 0: all is over; NULL: never */
    struct ae_examples_options *options; /* that `read` reads with */
};
/* Of a command that has --watch.  Ends with status 2 where that can't be. */
void cmd_items_check_watch(struct cmd_common *c, const struct cmd_inputs *in,
                           const struct ae_selection *selection);
/* Reads all inputs, and with --watch what arrives in them; how many failed. */
uint64_t cmd_items_read(struct cmd_inputs *in, const struct cmd_item_source *s);

/* decode.c: codes to items in batches, and out by item_writer.c.  Ends with
 * status 2 where the model can't decode. */
struct cmd_decoder;
struct cmd_decoder *cmd_decoder_open(struct ae_ctx *ctx,
                                     const struct ae_model *m,
                                     const struct cmd_common *c,
                                     const struct cmd_decoder_options *o);
const struct ae_coder_info *cmd_decoder_info(const struct cmd_decoder *d);
/* As ae_decoder_put(). */
int cmd_decoder_put(struct cmd_decoder *d, const struct ae_latent *z, int label,
                    int more, struct ae_err *e);
int cmd_decoder_finish(struct cmd_decoder *d, int status);

/* denoise_items.c: 1 where the model isn't one of pictures, and its tables or
 * arrays were denoised.  Models of text end with status 2, as does an option
 * that is for pictures (`only`; NULL: none was given). */
int cmd_denoise_items(struct ae_ctx *ctx, const struct ae_model *m,
                      const struct cmd_common *c,
                      const struct ae_examples_options *o, const char *only,
                      char *const *operand, int count, int *status);

/* --------------------------------------------------------------- images */

/* One image of one input, on its way to its output. */
struct cmd_image {
    struct ae_ctx *ctx;
    struct ae_reader *reader; /* no row is read yet */
    struct ae_writer *writer; /* of the reader's info; no row written */
    const char *name;         /* of the input, for messages */
    uint64_t index;           /* its number, unlike all others of the run */
    /* For the progress line: how much of this image is done, 0..1. */
    void (*progress)(void *arg, double share);
    void *progress_arg;
    struct ae_denoise_found *found; /* to be filled by who denoises */
};
/* Reads all rows and writes all rows; the caller finishes both. */
typedef int cmd_image_fn(void *arg, const struct cmd_image *im,
                         struct ae_err *e);
/* What that does to them. */
enum cmd_effect {
    CMD_ALTERS,
    CMD_DENOISES, /* may leave them as they are, and fills in what it found */
    CMD_KEEPS     /* leaves them as they are, as was asked for */
};
/* What is done to images: one by one, and, where `batch_hint` isn't NULL,
 * several at once that are the first images of their inputs. */
struct cmd_work {
    cmd_image_fn *one;
    /* See ae_denoiser_batch_hint() and ae_denoise_many(). */
    int (*batch_hint)(void *arg, const struct ae_image_info *i);
    void (*many)(void *arg, struct ae_denoise_item *item, int n);
    enum cmd_effect effect;
    void *arg;
    /* What comes out of such an image; NULL: one like it. */
    int (*size)(void *arg, const struct ae_image_info *in,
                struct ae_image_info *out, struct ae_err *e);
    /* After `one`, when all of the image is read, or rc, which is returned
     * unless another one comes; NULL: nothing is to be done. */
    int (*end)(void *arg, int rc, struct ae_err *e);
};
/* filter.c: image -> image over stdin, files and folders, to stdout, -o or
 * -d.  Returns the exit status; wrong combinations end with status 2 before
 * any work.  selection: of the images that come out, NULL: all. */
int cmd_filter(struct ae_ctx *ctx, const struct cmd_common *c,
               struct ae_selection *selection, char *const *operand, int count,
               const struct cmd_work *work);

/* -------------------------------------------------------------- spectra */

enum { CMD_BINS = 32 }; /* of a spectrum, up to half a cycle a pixel */
struct cmd_spectra;
/* spectrum.c: finder: of what it removes from pictures, or NULL; clean: of what
 * distinguishes them from that file, or NULL; plot: a file, or NULL.  Ends the
 * run where one of the files can't be opened. */
struct cmd_spectra *cmd_spectra_open(struct ae_ctx *ctx,
                                     struct ae_denoiser *finder,
                                     const char *clean, const char *plot);
/* Prints the spectrum of the next image; AE_END where there is none. */
int cmd_spectra_add(struct cmd_spectra *s, struct ae_io *io, int first,
                    const char *name, enum cmd_style style, struct ae_err *e);
/* Writes the plot; returns the status, or CMD_FAILED where that failed. */
int cmd_spectra_close(struct cmd_spectra *s, int status);

/* ---------------------------------------------------------------- heat */

/* mirror.c: the path below a folder that a typed name gives: without "." and
 * doubled slashes; only the last part of an absolute name, or one with "..".
 * free() it. */
char *cmd_mirrored(const char *name);
/* The file below a folder that an item of that name is written to,
 * with a format's ending; free() it.  Its folders may be missing. */
char *cmd_mirror_path(const char *folder, const char *name, const char *ending);
/* Writes the picture of that item, the number-th of all from 1, into its file,
 * as --name says.  Says what goes wrong, too, and that it was skipped, which is
 * AE_END. */
int cmd_mirror_put(struct ae_ctx *ctx, const struct cmd_common *c,
                   const char *folder, const char *name, uint64_t number,
                   const struct ae_format *f, const struct ae_image *im,
                   const struct ae_write_options *o);

/* heat.c: pictures of errors in a folder, which is made; models of tables or
 * text end with status 2. */
void cmd_heat_open(const char *folder, const struct ae_item_type *items);
/* FOLDER/NAME.png; what goes wrong is said, too. */
int cmd_heat_put(struct ae_ctx *ctx, const struct cmd_common *c,
                 const char *folder, const struct ae_score *s);
/* Before any work: ends with status 2 where the picture of an operand's item
 * would be a file of the run. */
void cmd_heat_plan(struct ae_ctx *ctx, const struct cmd_common *c,
                   const char *folder, const struct cmd_inputs *in);

/* Returns the code of a call that failed, or AE_END, from a function that owns
 * nothing. */
#define CMD_TRY(call)                                                          \
    do {                                                                       \
        const int try_rc_ = (call);                                            \
        if (try_rc_)                                                           \
            return try_rc_;                                                    \
    } while (0)
/* p, or the end of the process where memory is used up. */
void *cmd_need(void *p) __attribute__((returns_nonnull));
/* A copy of a string, to be freed. */
char *cmd_copy(const char *s) __attribute__((returns_nonnull));

#endif
