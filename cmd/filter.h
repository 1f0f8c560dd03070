/* filter.h - what the parts of cmd_filter() share; its door is in cmd.h.
 *
 *     filter.c        all images into stdout or -o, or what follows
 *     folder.c        an output for each input, several of them at once
 *     opened.c        one of those inputs
 *     pages.c         a file for each page of an input
 *     filter_image.c  one image, and those after it in its stream
 *     jobs.c          which input becomes which output, with -d or in place
 *     watch.c         files that arrive later
 *     walk.c          the files that are named, and those of folders
 *     item_inputs.c   --watch of commands that read items
 *
 * Each knows those below it only.
 */
#ifndef AE_CMD_FILTER_H
#define AE_CMD_FILTER_H

#include <sys/stat.h>

#include "cmd.h"

/* A run over images. */
struct filter {
    struct ae_ctx *ctx;
    const struct cmd_common *c;
    struct ae_selection *selection; /* NULL: all images */
    uint64_t item, items; /* of an array: the wanted ones so far and in all */
    const struct cmd_work *work;
    uint64_t index;   /* images begun */
    uint64_t place;   /* of the present input among all, from 0, */
    uint64_t places;  /* how many these are, those of other shards, too, */
    uint64_t image;   /* and its images that were begun */
    uint64_t written; /* into the one stream that takes all */
    uint64_t inputs;  /* 0: unknown */
    uint64_t done, skipped, ignored, failed;
    uint64_t unfit, faults; /* images past --memory; other faults */
    uint64_t left;          /* images that came out as they went in ... */
    char left_name[256];    /* ... the last one's name, and what was found */
    struct ae_denoise_found left_found;
    double pixels, start;
    double share;        /* of the present image */
    double share_pixels; /* its size */
    const char *name;    /* of the present input, NULL: none */
    /* of the present input of a stream, for the log */
    int w, h;                  /* of its first image, 0: unknown */
    struct ae_err input_fault; /* the first one */
};

/* Says why an image or an input failed. */
void filter_fault(struct filter *run, const char *name, const struct ae_err *e);
/* The images that follow are those of the input at that place. */
void filter_begin_input(struct filter *run, uint64_t place);
/* The progress line. */
void filter_show(const struct filter *run, int last);
/* A writer of what comes out of the image that an input is read as. */
int filter_open_writer(struct filter *run, struct ae_reader *r,
                       const struct ae_image_info *info, struct ae_io *out,
                       const char *out_name, struct ae_writer **w,
                       struct ae_err *e);
/* Whether the reader's image is wanted; of an array's image, *info gets its
 * place among the wanted ones. */
int filter_select(struct filter *run, struct ae_image_info *info, int *wanted,
                  struct ae_err *e);
/* Reads an image that isn't wanted to its end. */
int filter_skip_image(struct ae_reader *r, struct ae_err *e);
/* 1 where such an image is a page of several, each of which needs a file. */
int filter_splits(const struct filter *run, const struct ae_image_info *info,
                  const char *out_name);
/* One wanted image from its reader to the end of `out`. */
int filter_image(struct filter *run, struct ae_reader *r,
                 const struct ae_image_info *info, struct ae_io *out,
                 const char *out_name, const char *name, struct ae_err *e);
/* The same without the end: the writer, which waits for all rows where so many
 * bytes hold them, is the caller's to finish. */
struct filter_later {
    struct ae_writer **writer;
    struct ae_denoise_found *found;
    uint64_t memory;
};
int filter_image_later(struct filter *run, struct ae_reader *r,
                       const struct ae_image_info *info, struct ae_io *out,
                       const char *out_name, const char *name,
                       const struct filter_later *l, struct ae_err *e);
/* Fills an image's place in an array: not a number where samples are floats,
 * else 0. */
int filter_fill(struct filter *run, struct ae_reader *r, struct ae_io *out,
                const char *out_name, struct ae_err *e);
/* An image is done, and took so many seconds. */
void filter_count_image(struct filter *run, const char *name,
                        const struct ae_image_info *info,
                        const struct ae_denoise_found *found, double seconds);
/* Passes the reader's image on, where it is wanted; out NULL: it is only
 * counted. */
int filter_next(struct filter *run, struct ae_io *in, struct ae_reader *r,
                struct ae_io *out, const char *out_name, struct ae_err *e);
/* The reader's image and all that follow it in the stream; takes the
 * reader.  out NULL: they are only counted. */
int filter_images(struct filter *run, struct ae_io *in, struct ae_reader *r,
                  struct ae_io *out, const char *out_name, struct ae_err *e);

/* ---------------------------------------- jobs.c, walk.c: files of a batch */

struct filter_job {
    char *in, *out;
    char *plain;     /* the output's path below -d without --name, or NULL */
    uint64_t number; /* among all inputs, from 1 */
    int found;       /* in a folder, not named by the user */
    int begins;      /* the first of its operand */
};

struct filter_watch;
struct filter_jobs {
    struct filter_job *job; /* those that are to be done */
    size_t count, cap;
    struct filter_job *all; /* of all shards */
    size_t total;
    size_t ignored, failed; /* entries of folders that are no job */
    const struct cmd_common *c;
    const struct ae_format *to; /* -T, or NULL */
    struct filter_job **by_out; /* sorted by their outputs */
    /* Called for each folder before it is listed; NULL: nothing is. */
    void (*enter)(void *arg, const struct filter_jobs *j, const char *in,
                  const char *below, int depth);
    void *enter_arg;
    size_t root;      /* of the folder that is walked: the length of its name */
    int folder_known; /* -d exists already: never walked into */
    dev_t folder_dev;
    ino_t folder_ino;
};

/* "folder/name" with one slash between; to be freed. */
char *filter_join(const char *folder, const char *name);
/* Adds a file, or with -r all of a folder, with the path below -d that mirrors
 * its name as the output's.  listed: --files-from names it. */
void filter_add_input(struct filter_jobs *j, const char *name, int listed);
/* Adds an entry of a folder whose path below -d is `below`, as a walk does. */
void filter_add_entry(struct filter_jobs *j, const char *in, const char *below,
                      const char *name, int depth);
/* Ends with status 2 where two inputs have one output name, or an output is
 * another file of the run. */
void filter_jobs_find(struct filter_jobs *j, struct ae_ctx *ctx,
                      const struct cmd_common *c, struct filter_watch *watch,
                      const struct cmd_inputs *in);
/* The same by hand, for what comes later: begin, filter_add_...(), settle,
 * which leaves those for which wants(arg, job), asked without the output and,
 * with -d, again with it, isn't 0; `before` is the number of inputs so far. */
typedef int filter_wants_fn(void *arg, const struct filter_job *job,
                            int has_output);
void filter_jobs_begin(struct filter_jobs *j, const struct cmd_common *c);
void filter_jobs_settle(struct filter_jobs *j, uint64_t before,
                        filter_wants_fn *wants, void *arg);
/* The job whose output that is, of those of all shards; NULL: none. */
const struct filter_job *filter_find_output(const struct filter_jobs *j,
                                            const char *out);
void filter_jobs_release(struct filter_jobs *j);

/* Says that a file is compressed, which no output is, so that none takes its
 * place. */
int filter_refuse_packed(struct ae_err *e);
/* Makes the folders of `path`, which lies in `folder`; those below it may not
 * be links, which could lead out of it.  folder NULL: they are there. */
int filter_make_folders(const char *folder, char *path, struct ae_err *e);

/* ----------------------------------------------- folder.c, pages.c: outputs */

/* watch.c: --watch.  Ends with status 2 where these can't be watched. */
void filter_watch_check(const struct cmd_inputs *roots);
/* Ends with status 2 where nothing can be watched; from here
 * on SIGINT and SIGTERM let the run end when the present file is done. */
struct filter_watch *filter_watch_open(struct filter *run,
                                       const struct cmd_inputs *roots);
/* The folders that these jobs are found in are watched. */
void filter_watch_begin(struct filter_watch *w, struct filter_jobs *j);
/* These are being done. */
void filter_watch_take(struct filter_watch *w, const struct filter_jobs *j);
/* The files that are there, for a run without outputs of their own. */
void filter_watch_first(struct filter_watch *w, struct filter_jobs *j);
/* Waits until files have arrived; 0: it is to end. */
int filter_watch_next(struct filter_watch *w, struct filter_jobs *j);
void filter_watch_close(struct filter_watch *w);
/* An output for each input. */
void filter_to_folder(struct filter *run, const struct cmd_inputs *in);
/* The pages of an input, each into a file of its own. */
struct filter_split {
    const struct filter_jobs *all;
    struct ae_io *in;
    struct ae_reader *reader; /* of the first page; taken */
    const struct filter_job *job;
    char *first;  /* of the files; to be freed, or NULL */
    char *failed; /* the file at fault, to be freed, or NULL */
    uint64_t done, skipped;
};
int filter_pages(struct filter *run, struct filter_split *s, struct ae_err *e);

#endif
