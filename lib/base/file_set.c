/* file_set.c - the files that a run reads and writes, in a hash table.
 *
 * A file that is there is known by its device and inode, whatever its names;
 * one that isn't by its folder's and by its own name in there.  Knows nothing
 * of what the files hold, nor of the options that name them. */
#include "base/file_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "base/tempfile.h"

enum { SLOTS = 16 }; /* at first; always a power of two */

struct file {
    dev_t dev;
    ino_t ino;
    /* path from the folder that dev and ino are; NULL: they are the file */
    char *name;
    char *path; /* as it was given; NULL: a free slot */
    const char *what;
    enum ae_file_use use;
};

struct ae_file_set {
    struct file *slot;
    size_t slots, count;
};

int ae_file_set_new(struct ae_file_set **out, struct ae_err *e)
{
    struct ae_file_set *s = ae_alloc(1, sizeof(*s), e);

    *out = s;
    if (!s)
        return AE_EMEM;
    s->slot = ae_alloc(SLOTS, sizeof(*s->slot), e);
    s->slots = SLOTS;
    if (s->slot)
        return 0;
    free(s);
    *out = NULL;
    return AE_EMEM;
}

static void release_file(struct file *f)
{
    free(f->name);
    free(f->path);
}

void ae_file_set_free(struct ae_file_set *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->slots; i++)
        release_file(&s->slot[i]);
    free(s->slot);
    free(s);
}

/* ------------------------------------------------------------------ table */

static int is_same(const struct file *a, const struct file *b)
{
    return a->dev == b->dev && a->ino == b->ino && !a->name == !b->name &&
           (!a->name || strcmp(a->name, b->name) == 0);
}

/* The slot of that file, or the free one where it belongs. */
static struct file *find_slot(const struct ae_file_set *s, const struct file *f)
{
    const uint64_t name = f->name ? ae_hash(f->name, strlen(f->name)) : 0;
    size_t i = ae_mix(ae_mix((uint64_t)f->dev, (uint64_t)f->ino), name);

    for (i &= s->slots - 1; s->slot[i].path && !is_same(&s->slot[i], f);)
        i = (i + 1) & (s->slots - 1);
    return &s->slot[i];
}

/* Keeps half of the slots free. */
static int grow(struct ae_file_set *s, struct ae_err *e)
{
    struct ae_file_set twice = {.slots = 2 * s->slots, .count = s->count};

    if (s->count < s->slots / 2)
        return 0;
    twice.slot = ae_alloc(twice.slots, sizeof(*twice.slot), e);
    if (!twice.slot)
        return AE_EMEM;
    for (size_t i = 0; i < s->slots; i++)
        if (s->slot[i].path)
            *find_slot(&twice, &s->slot[i]) = s->slot[i];
    free(s->slot);
    *s = twice;
    return 0;
}

static char *copy(const char *text, struct ae_err *e)
{
    const size_t size = strlen(text) + 1;
    char *to = ae_alloc(size, 1, e);

    return to ? memcpy(to, text, size) : NULL;
}

/* --------------------------------------------------------------- one file */

static int is_output(enum ae_file_use use)
{
    return use != AE_USE_READ;
}

/* "-" and a path; 0, or the system's reason. */
static int get_state(const char *path, enum ae_file_use use, struct stat *st)
{
    const int fd = is_output(use) ? STDOUT_FILENO : STDIN_FILENO;

    return strcmp(path, "-") == 0 ? fstat(fd, st) : stat(path, st);
}

static int fail_folder(const char *path, int why, struct ae_err *e)
{
    if (why == ENOENT)
        return ae_fail(e, AE_EARG, "%s: its folder isn't there", path);
    errno = why;
    return ae_fail_errno(e, "%s: can't be created", path);
}

/* The length of the folder's name in front of the last one that ends at n,
 * slash included; empty names and "." are passed over. */
static size_t folder_of(const char *path, size_t n)
{
    for (;;) {
        while (n && path[n - 1] == '/')
            n--;
        const size_t end = n;
        while (n && path[n - 1] != '/')
            n--;
        if (end - n != 1 || path[n] != '.')
            return n;
    }
}

/* The nearest folder of `path` that is there; returns the length of its name,
 * slash included. */
static size_t find_folder(char *path, struct stat *st, int *lost)
{
    size_t n = folder_of(path, strlen(path));

    *lost = 0;
    for (;; n = folder_of(path, n)) {
        const char after = path[n];
        path[n] = '\0';
        const int rc = stat(n ? path : ".", st);
        path[n] = after;
        if (!rc || !n)
            return n;
        *lost = *lost ? *lost : errno;
    }
}

/* Drops slashes that follow others, and names that are ".". */
static void tidy(char *path)
{
    char *to = path;

    for (const char *p = path; *p;) {
        const size_t n = strcspn(p, "/");
        if (n && (n != 1 || *p != '.')) {
            if (to != path)
                *to++ = '/';
            memmove(to, p, n);
            to += n;
        }
        p += n + (p[n] == '/');
    }
    *to = '\0';
}

/* Identifies a file that isn't there by the inode of the nearest folder that
 * is, and its path from there. */
static int identify_new(const char *path, enum ae_file_use use, struct file *f,
                        struct ae_err *e)
{
    struct stat st = {0};
    char *target;
    int lost;

    AE_TRY(ae_tempfile_target(path, &target, e));
    f->name = copy(target + find_folder(target, &st, &lost), e);
    free(target);
    if (!f->name)
        return AE_EMEM;
    if (lost && use == AE_USE_WRITTEN)
        return fail_folder(path, lost, e);
    tidy(f->name);
    f->dev = st.st_dev;
    f->ino = st.st_ino;
    return 0;
}

/* AE_END where there is nothing to compare: no file, or none yet to read. */
static int identify(const char *path, enum ae_file_use use, struct file *f,
                    struct ae_err *e)
{
    struct stat st;
    const int lost = get_state(path, use, &st) ? errno : 0;

    if (lost == ENOENT && is_output(use))
        return identify_new(path, use, f, e);
    if (lost)
        return use == AE_USE_WRITTEN && strcmp(path, "-") != 0
                   ? fail_folder(path, lost, e)
                   : AE_END;
    if (S_ISDIR(st.st_mode) && is_output(use))
        return ae_fail(e, AE_EARG, "%s: is a folder", path);
    f->dev = st.st_dev;
    f->ino = st.st_ino;
    return S_ISREG(st.st_mode) ? 0 : AE_END;
}

static const char *shown(const struct file *f)
{
    return strcmp(f->path, "-") != 0 ? f->path
           : is_output(f->use)       ? "stdout"
                                     : "stdin";
}

/* Names both, and the options that named them. */
static int fail_same(const struct file *a, const struct file *b,
                     struct ae_err *e)
{
    const int both = is_output(a->use) && is_output(b->use);
    const char *one = a->what ? a->what : b->what;
    const char *two = a->what && b->what ? b->what : NULL;
    const char *x = shown(a), *y = shown(b);
    const int differ = strcmp(x, y) != 0;

    return ae_fail(e, AE_EARG, "%s%s%s %s one file, %s%s%s%s%s%s%s", x,
                   differ ? " and " : "", differ ? y : "",
                   differ ? "are" : "is",
                   both ? "two outputs" : "both input and output",
                   one ? " (`" : "", one ? one : "", two ? "`, `" : "",
                   two ? two : "", one ? "`" : "", one ? ")" : "");
}

/* Two names of one batch that the file system takes for one file: that is left
 * to the last step, by which the second one fails and is named. */
static int is_twin(const struct file *a, const struct file *b)
{
    const int same_what = a->what && b->what ? strcmp(a->what, b->what) == 0
                                             : !a->what && !b->what;

    return a->use == AE_USE_MADE && b->use == AE_USE_MADE && same_what &&
           strcmp(a->path, b->path) != 0;
}

/* Puts the file into the table, which takes its texts where it returns 0 and
 * *taken is 1. */
static int insert(struct ae_file_set *s, const struct file *f, int *taken,
                  struct ae_err *e)
{
    struct file *at = find_slot(s, f);

    *taken = !at->path;
    if (at->path && (is_output(at->use) || is_output(f->use)) &&
        !is_twin(at, f))
        return fail_same(at, f, e);
    if (at->path)
        return 0;
    *at = *f;
    s->count++;
    return 0;
}

int ae_file_set_add(struct ae_file_set *s, enum ae_file_use use,
                    const char *what, const char *path, struct ae_err *e)
{
    struct file f = {.what = what, .use = use};
    int taken = 0, rc = grow(s, e);

    if (rc < 0)
        return rc;
    rc = identify(path, use, &f, e);
    if (rc < 0 && what)
        ae_err_at(e, rc, "`%s`", what);
    if (rc)
        goto out;
    f.path = copy(path, e);
    rc = f.path ? insert(s, &f, &taken, e) : AE_EMEM;
out:
    if (!taken)
        release_file(&f);
    return rc < 0 ? rc : 0;
}

int ae_file_set_writes(const struct ae_file_set *s, const struct stat *st)
{
    const struct file f = {.dev = st->st_dev, .ino = st->st_ino};
    const struct file *at = find_slot(s, &f);

    return at->path && is_output(at->use);
}

int ae_file_set_check(const struct ae_file_set *s, const char *path,
                      struct ae_err *e)
{
    struct file f = {0};

    if (identify(path, AE_USE_MADE, &f, NULL))
        return 0;
    const struct file *at = find_slot(s, &f);
    release_file(&f);
    if (!at->path)
        return 0;
    if (!is_output(at->use))
        return ae_fail(e, AE_EARG, "is an input");
    return at->use == AE_USE_DONE || strcmp(at->path, path) != 0
               ? ae_fail(e, AE_EARG, "is another output")
               : 0;
}
