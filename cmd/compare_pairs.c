/* compare_pairs.c - what ae-compare's operands are: a reference and images, or
 * a folder of references and one of images, which are pairs by their names.
 *
 * Below their folders both have the same path, or the same without the
 * endings of their formats.  A picture that has no partner is a fault;
 * other files are passed over. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "compare.h"

struct file {
    char *path;
    const char *below; /* the folder: where path goes on */
    size_t stem;       /* bytes of it without a known ending */
};

struct files {
    struct file *file;
    size_t count, cap, folder; /* bytes of the folder's name */
};

/* ------------------------------------------------------------- a folder */

static size_t stem_of(const char *below)
{
    const char *dot = ae_format_by_ending(below) ? strrchr(below, '.') : NULL;

    return dot ? (size_t)(dot - below) : strlen(below);
}

static int add_file(void *arg, const char *path, int found, struct ae_err *e)
{
    struct files *f = arg;

    (void)found;
    (void)e;
    if (f->count == f->cap) {
        f->cap = f->cap ? 2 * f->cap : 64;
        f->file = cmd_need(realloc(f->file, f->cap * sizeof(*f->file)));
    }
    struct file *one = &f->file[f->count++];
    one->path = cmd_copy(path);
    one->below = one->path + f->folder;
    one->below += strspn(one->below, "/");
    one->stem = stem_of(one->below);
    return 0;
}

/* By stem, then by ending. */
static int by_name(const void *a, const void *b)
{
    const struct file *x = a, *y = b;
    const size_t n = x->stem < y->stem ? x->stem : y->stem;
    const int order = memcmp(x->below, y->below, n);

    if (order || x->stem != y->stem)
        return order ? order : x->stem < y->stem ? -1 : 1;
    return strcmp(x->below, y->below);
}

static void list_folder(struct files *f, const char *folder)
{
    struct ae_err e = {0};

    *f = (struct files){.folder = strlen(folder)};
    if (ae_item_files(folder, NULL, add_file, f, &e) < 0)
        cmd_die(CMD_USAGE, "%s: %s", folder, e.msg);
    if (f->count > 1)
        qsort(f->file, f->count, sizeof(*f->file), by_name);
}

/* ---------------------------------------------------------------- pairs */

static void add_pair(struct cmd_pairs *p, struct cmd_pair pair)
{
    if (p->count == p->cap) {
        p->cap = p->cap ? 2 * p->cap : 64;
        p->pair = cmd_need(realloc(p->pair, p->cap * sizeof(*p->pair)));
    }
    p->pair[p->count++] = pair;
}

static int same_stem(const struct file *x, const struct file *y)
{
    return x->stem == y->stem && memcmp(x->below, y->below, x->stem) == 0;
}

/* The files of one stem, from `first` on. */
static size_t group_end(const struct files *f, size_t first)
{
    size_t i = first + 1;

    while (i < f->count && same_stem(&f->file[first], &f->file[i]))
        i++;
    return i;
}

/* Whether that file is named in a group; its place, or `end`. */
static size_t find_twin(const struct files *f, size_t first, size_t end,
                        const char *below)
{
    while (first < end && strcmp(f->file[first].below, below) != 0)
        first++;
    return first;
}

/* A group of one image and one reference is a pair whatever their endings are;
 * of more, those of equal names are. */
static void pair_groups(struct cmd_pairs *p, struct files *ref, size_t r0,
                        size_t r1, struct files *img, size_t i0, size_t i1)
{
    const int single = r1 - r0 == 1 && i1 - i0 == 1;

    for (size_t i = i0; i < i1; i++) {
        struct file *x = &img->file[i];
        const size_t r = single ? r0 : find_twin(ref, r0, r1, x->below);
        if (r == r1)
            continue;
        add_pair(p, (struct cmd_pair){ref->file[r].path, x->path, NULL,
                                      (size_t)(x->below - x->path)});
        ref->file[r].path = x->path = NULL;
    }
}

/* Adds the pictures that are left, with what they lack; frees the list. */
static void add_rest(struct cmd_pairs *p, struct ae_ctx *ctx,
                     const struct cmd_common *c, struct files *f,
                     const char *lack)
{
    for (size_t i = 0; i < f->count; i++) {
        char *path = f->file[i].path;
        const int rc = path ? cmd_try_picture(ctx, c, path, NULL) : 0;
        if (path && !(rc && ae_format_pass_over(path, rc)))
            add_pair(p, (struct cmd_pair){NULL, path, lack, 0});
        else
            free(path);
    }
    free(f->file);
}

static void pair_folders(struct cmd_pairs *p, struct ae_ctx *ctx,
                         const struct cmd_common *c, char *const *operand)
{
    struct files ref, img;
    size_t r = 0, i = 0;

    list_folder(&ref, operand[0]);
    list_folder(&img, operand[1]);
    while (r < ref.count && i < img.count) {
        const size_t r1 = group_end(&ref, r), i1 = group_end(&img, i);
        struct file x = ref.file[r], y = img.file[i];
        const int same = same_stem(&x, &y);
        const int order = same ? 0 : by_name(&x, &y);
        if (same)
            pair_groups(p, &ref, r, r1, &img, i, i1);
        r = order <= 0 ? r1 : r;
        i = order >= 0 ? i1 : i;
    }
    add_rest(p, ctx, c, &ref, "has no image in the other folder");
    add_rest(p, ctx, c, &img, "has no reference in the other folder");
}

/* ------------------------------------------------------------- operands */

static int is_folder(const char *path)
{
    struct stat st;

    return strcmp(path, "-") != 0 && stat(path, &st) == 0 &&
           S_ISDIR(st.st_mode);
}

static void add_folder_files(char *const *operand)
{
    struct ae_err e = {0};

    for (int i = 0; i < 2; i++)
        if (ae_file_set_add_items(cmd_file_set(), NULL, operand[i], 1, NULL,
                                  &e) < 0)
            cmd_usage("%s", e.msg);
}

void cmd_pairs_find(struct cmd_pairs *p, struct ae_ctx *ctx,
                    const struct cmd_common *c, char *const *operand, int count)
{
    int folders = 0;

    *p = (struct cmd_pairs){0};
    for (int i = 0; i < count; i++)
        folders += is_folder(operand[i]);
    if (folders && (folders != 2 || count != 2))
        cmd_usage("a folder of references goes with one folder of images");
    if (folders) {
        add_folder_files(operand);
        pair_folders(p, ctx, c, operand);
    }
    for (int i = 1; i < count && !folders; i++)
        add_pair(p, (struct cmd_pair){cmd_copy(operand[0]),
                                      cmd_copy(operand[i]), NULL, 0});
}

void cmd_pairs_release(struct cmd_pairs *p)
{
    for (size_t i = 0; i < p->count; i++) {
        free(p->pair[i].ref);
        free(p->pair[i].img);
    }
    free(p->pair);
}
