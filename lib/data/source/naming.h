/* naming.h - the names that items are printed by: one place for all commands.
 *
 * An item is called by the path of its file as the user typed it, with what
 * tells it from the others of that file: photos/a.png, photos/a.png#1 for the
 * second picture of it, digits.gz#17.  Rows of tables and lines of text are
 * called by their time or number; where there are several files, as in a
 * folder, the path stands before it: logs/app.log:17.  A time that came before
 * in its file gets a number, 02:00#2, so that no two items have one name.
 *
 * The split hashes other names (ae_item.name), which don't depend on the
 * working directory. */
#ifndef AE_DATA_NAMING_H
#define AE_DATA_NAMING_H

#include "base/mem.h"
#include "base/str.h"

/* How often each name came: a table of hashes, a power of two long, at most
 * half full.  Zero is empty. */
struct ae_name_counts {
    uint64_t *hash;  /* 0: free */
    uint32_t *count; /* of each */
    size_t n, size;
};

struct ae_naming {
    struct ae_str shown;         /* the last name that was made */
    struct ae_name_counts times; /* of this file */
    const char *path;            /* of this file; "-": the standard input */
    size_t file; /* length of its own name, which its items' names begin with */
    int rows;    /* 1: its items' names don't contain the file's */
    int several; /* 1: of rows that stands before theirs */
};

/* The items of another file follow.  name: the end of the path by which the
 * split knows it. */
void ae_naming_begin(struct ae_naming *n, const char *path, const char *name,
                     int several);
void ae_naming_release(struct ae_naming *n);
/* Puts the printed name of the item that the split calls `name` into n->shown.
 * repeats: 1 where names of the file may be equal. */
int ae_naming_make(struct ae_naming *n, const char *name, int repeats,
                   struct ae_err *e);

#endif
