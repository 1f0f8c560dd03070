/* select.h - which rows of the data are wanted, and the classes that a file
 * of labels gives them.
 *
 * A row is what a file counts: a picture, an array's or table's row, a line
 * of text. */
#ifndef AE_DATA_SELECT_H
#define AE_DATA_SELECT_H

#include "base/mem.h"
#include "kernel/ctx.h"

/* The rows of a table of fields that select from data, for a struct of options
 * whose member `select` (or nothing, and it is one itself) is a struct
 * ae_select_options: AE_SELECT_FIELDS(ae_train_options, select.). */
#define AE_SELECT_FIELDS(options, select)                                      \
    AE_FIELD("columns", STR, options, select columns, .arg = "LIST",           \
             .group = "Tables",                                                \
             .help = "names or numbers of a table's columns to use, -NAME "    \
                     "leaves one out (default: those of the model; in "        \
                     "training all that hold numbers)"),                       \
        AE_FIELD("label-column", STR, options, select label_column,            \
                 .arg = "NAME|N",                                              \
                 .help = "column of a table that holds the class"),            \
        AE_FIELD("name-column", STR, options, select name_column,              \
                 .arg = "LIST",                                                \
                 .help = "columns of a table that name its rows (default: "    \
                         "those of times)"),                                   \
        AE_FIELD("header", STR, options, select header, .arg = "auto|yes|no",  \
                 .help = "whether a table's first row names its columns"),     \
        AE_FIELD("separator", STR, options, select separator,                  \
                 .arg = "CHARACTER",                                           \
                 .help = "what parts a table's fields: , ; | tab space..."),   \
        AE_FIELD("decimal", STR, options, select decimal, .arg = "MARK",       \
                 .help = "what marks the decimals of a table's numbers, a "    \
                         "comma or a point"),                                  \
        AE_FIELD("missing", STR, options, select missing,                      \
                 .arg = "skip|refuse|last|mean",                               \
                 .help = "where a table's value is missing: skip the row, "    \
                         "refuse the table, take the value above or the mean " \
                         "in training (default: as the model says; skip)"),    \
        AE_FIELD("labels", STR, options, select labels, .arg = "FILE",         \
                 .group = "Selection", .file = AE_FILE_READ,                   \
                 .help = "classes of all items in their order: idx, or "       \
                         "text, one a line"),                                  \
        AE_FIELD("only", STR, options, select only, .arg = "LABEL",            \
                 .help = "take only items of this class"),                     \
        AE_FIELD("rows", STR, options, select rows, .arg = "A:B",              \
                 .help = "take only rows (pictures, lines) A to B of each "    \
                         "file")

enum { AE_MAX_CLASSES = 4096 };

/* One label a row of all the data, in their order. */
struct ae_labels {
    struct ae_arena arena;
    const char **at;
    size_t count, cap;
};
/* Reads an idx file of bytes (MNIST's labels), or text with a label a line;
 * either may be gzipped. */
int ae_labels_read(struct ae_ctx *ctx, const char *path, struct ae_labels *out,
                   struct ae_err *e);
void ae_labels_release(struct ae_labels *l);
/* AE_EARG unless there are as many labels as rows. */
int ae_labels_check(const struct ae_labels *l, uint64_t rows, struct ae_err *e);
/* What ae_selection_new() makes; it counts the rows that readers ask about,
 * over one file after another. */
struct ae_selection {
    struct ae_labels labels; /* of the rows of all files; count 0: none */
    char *only;              /* NULL: any class */
    /* first and last wanted row of a file, from 1; 0: no bound */
    uint64_t rows[2];
    /* rows so far: of this file, of all files, and the wanted ones among
     * these */
    uint64_t row, all, wanted;
};
/* 1: the row that was counted last, of that class, lies before the first wanted
 * one and in a window that covers it; windows begin at every `stride`-th row of
 * the file. */
int ae_selection_is_context(const struct ae_selection *s, const char *label,
                            uint64_t window, uint64_t stride);
/* Back to the first row of the first file. */
void ae_selection_rewind(struct ae_selection *s);

#endif
