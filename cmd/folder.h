/* folder.h - an input of -d on its way to its output: what opened.c does with
 * one, and folder.c with all of them. */
#ifndef AE_CMD_FOLDER_H
#define AE_CMD_FOLDER_H

#include "filter.h"
#include "side.h"

enum outcome { READY, FAILED, SKIPPED, IGNORED, UNWANTED };

/* How inputs are read and outputs written beside the rest. */
struct side {
    struct ae_ctx *ctx;   /* of what is read; NULL: nothing is done beside */
    struct ae_ctx *main;  /* to which that goes over */
    int in_place;         /* outputs replace inputs */
    uint64_t memory;      /* of all pictures that wait */
    uint64_t each;        /* bytes of one of them */
    int reading, writing; /* inputs read ahead; groups that are written */
};

/* A job whose input is open, or being opened. */
struct opened {
    const struct filter_job *job;
    const struct side *side;
    enum outcome outcome;
    struct ae_io *in, *out;
    dev_t dev; /* of the file that stands at the output's name; ... */
    ino_t ino; /* ... 0: none */
    struct ae_reader *reader; /* of the first image, until it is read */
    struct ae_writer *writer;
    struct ae_image_info info;     /* of it */
    int alone;                     /* not done together with others */
    int splits;                    /* its pages get an output each */
    int later;                     /* its writer is still to be finished */
    struct ae_denoise_found found; /* in the first image, as one of many */
    uint64_t images, left;         /* done, and as they were in that */
    double seconds;                /* that they took */
    char *first_page;              /* the first page's file; owned */
    const char *where;             /* the file at fault, for e */
    char *fault_name;              /* that file, where it is a page's; owned */
    struct ae_err e;
    struct cmd_said said; /* what waits for its turn to be said */
    struct cmd_task task; /* that reads it ahead */
};

/* Reads the input ahead, as a task; opened_take() knows what came of it. */
struct opened *opened_begin(struct filter *run, const struct side *side,
                            const struct filter_job *job);
/* Opens what isn't open yet, and the output. */
void opened_take(struct filter *run, struct opened *g);
/* The same from the beginning, of one that didn't fit the memory. */
void opened_again(struct filter *run, struct opened *g);
/* The first image of a file by itself, whose writer may be left to be finished
 * later; AE_EMEM where it doesn't fit beside what waits. */
int opened_do_first(struct filter *run, struct opened *g);
/* Images that follow, or all of a file that isn't done with others. */
void opened_do_rest(struct filter *run, const struct filter_jobs *all,
                    struct opened *g);
/* Names the output where that is broken, else the input. */
void opened_check(struct opened *g, int rc);
/* What the commit, which gave *e, makes of it. */
void opened_check_commit(struct filter *run, struct opened *g,
                         const struct ae_err *e);
/* Says and counts what became of it. */
void opened_report(struct filter *run, struct opened *g);
/* Frees reader and writer, and closes the input. */
void opened_close(struct opened *g);
/* Frees it; its output is committed or dropped. */
void opened_free(struct opened *g);

#endif
