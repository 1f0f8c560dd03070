/* outputs.c - what a run may write: no output replaces an input or another
 * output, what exists is treated as --existing says, and what is made of a
 * private file stays private.
 *
 * Known from a command's options and operands before any work; a name that is
 * found on the way, in a folder, is checked when its turn comes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"

static struct {
    const struct cmd_spec *spec;
    const void *args;          /* its options */
    struct ae_file_set *files; /* NULL: none were told */
    int deny;                  /* permissions that some input hasn't */
    const char *input;         /* the one; NULL: stdin, or several */
    struct timespec changed;   /* when it was, or the last one of several */
    int unknown;               /* 1: that isn't known of all */
} run;

/* ------------------------------------------------------ before the work */

void cmd_outputs_init(const struct cmd_spec *spec, const void *args)
{
    run.spec = spec;
    run.args = args;
}

static void need(int rc, const struct ae_err *e)
{
    if (rc < 0)
        cmd_usage("%s", e->msg);
}

struct ae_file_set *cmd_file_set(void)
{
    struct ae_err e = {0};

    if (!run.files)
        need(ae_file_set_new(&run.files, &e), &e);
    return run.files;
}

static void add_option(const struct ae_field *f, const char *value, int any)
{
    const struct cmd_common *c = run.args;
    struct ae_file_set *s = cmd_file_set();
    struct ae_err e = {0};
    int rc = 0;

    if (f->file == AE_FILE_WRITTEN) /* perhaps in -d, which is made */
        rc = ae_file_set_add(s, c->folder ? AE_USE_MADE : AE_USE_WRITTEN,
                             f->name, value, &e);
    else if (f->file == AE_FILE_ITEMS)
        rc = ae_file_set_add_items(s, f->name, value, any, NULL, &e);
    else if (f->file == AE_FILE_MODEL)
        rc = ae_file_set_add_model(s, f->name, value, &e);
    else
        rc = ae_file_set_add(s, AE_USE_READ, f->name, value, &e);
    need(rc, &e);
}

/* Adds the options that name files: those that are written, or the others. */
static void add_options(int written, int any)
{
    for (const struct cmd_table *t = run.spec->tables; t->fields; t++)
        for (const struct ae_field *f = t->fields; f->name; f++) {
            const char *at = (const char *)run.args + t->offset + f->offset;
            if (!f->file || f->file == AE_FILE_FOLDER ||
                (f->file == AE_FILE_WRITTEN) != written)
                continue;
            const char *value = *(const char *const *)(const void *)at;
            if (value)
                add_option(f, value, any);
        }
}

/* Whether items are rows or lines, so that every file of a folder is read. */
static int takes_any(const struct ae_model *m)
{
    struct ae_item_type *type;
    struct ae_err e = {0};

    if (!m || ae_item_type_new(m, &type, &e))
        return 0;
    const enum ae_item_kind kind = ae_item_type_kind(type);
    ae_item_type_free(type);
    return kind == AE_ITEM_TABLE || kind == AE_ITEM_TEXT;
}

static int is_later(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec > b->tv_sec ||
           (a->tv_sec == b->tv_sec && a->tv_nsec > b->tv_nsec);
}

/* An input's time; what can't be examined is to be read, which says why. */
static void take_time(const char *input)
{
    struct stat st;

    if (stat(input, &st))
        run.unknown = 1;
    else if (is_later(&st.st_mtim, &run.changed))
        run.changed = st.st_mtim;
}

/* The permissions that a file hasn't. */
static int denied_by(const char *input)
{
    struct stat st;
    const int lost = strcmp(input, "-") == 0 ? fstat(STDIN_FILENO, &st)
                                             : stat(input, &st);

    return !lost && S_ISREG(st.st_mode) ? 0777 & ~(int)st.st_mode : 0;
}

void cmd_private_run(char *const *input, int count)
{
    int deny = 0;

    for (int i = 0; i < count; i++)
        deny |= denied_by(input[i]);
    umask(umask(0) | (mode_t)deny);
}

void cmd_private_to(const char *input)
{
    run.deny = denied_by(input);
    run.input = strcmp(input, "-") == 0 ? NULL : input;
    run.changed = (struct timespec){0};
    run.unknown = 0;
    take_time(input);
}

static void add_operand(const struct ae_model *m,
                        const struct ae_file_filter *filter, const char *name,
                        int any)
{
    struct ae_file_set *s = cmd_file_set();
    struct ae_err e = {0};

    need(m ? ae_file_set_add_items(s, NULL, name, any, filter, &e)
           : ae_file_set_add(s, AE_USE_READ, NULL, name, &e),
         &e);
}

void cmd_files(const struct ae_model *m, const struct ae_file_filter *filter,
               char *const *operand, int count)
{
    const struct cmd_common *c = run.args;
    const int any = takes_any(m);
    struct ae_err e = {0};

    add_options(1, any);
    if (!c->output && !c->folder)
        need(ae_file_set_add(cmd_file_set(), AE_USE_WRITTEN, NULL, "-", &e),
             &e);
    add_options(0, any);
    for (int i = 0; operand && i < (count ? count : 1); i++) {
        add_operand(m, filter, count ? operand[i] : "-", any);
        take_time(count ? operand[i] : "-");
        run.deny |= denied_by(count ? operand[i] : "-");
    }
    if (operand && count <= 1)
        cmd_private_to(count ? operand[0] : "-");
}

/* Ends the run where -d can't be, so that this isn't said of each input. */
static void check_dir(const char *path)
{
    struct stat st;

    if (!*path)
        cmd_usage("-d names no folder");
    if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
        cmd_usage("-d: %s: isn't a folder", path);
}

void cmd_check_outputs(const struct cmd_common *c)
{
    const int many = c->folder || c->in_place;

    if (c->folder)
        check_dir(c->folder);
    if (c->in_place && (c->output || c->folder || c->to))
        cmd_usage("--in-place writes where inputs are and as they are, without "
                  "-o, -d and -T");
    if (c->in_place && c->existing == CMD_NEWER)
        cmd_usage("--existing=newer compares an output with its input, which "
                  "are one with --in-place");
    if (c->recursive && !many)
        cmd_usage("-r needs -d or --in-place");
    if ((c->flat || c->name) && !c->folder)
        cmd_usage("--flat and --name need -d");
    if (c->print && !many)
        cmd_usage("--print needs -d or --in-place");
    if (c->print && c->log_json && strcmp(c->log_json, "-") == 0)
        cmd_usage("--print and --log-json both write stdout");
    if (c->preserve && !many && !c->output)
        cmd_usage("--preserve needs -d, -o or --in-place");
}

void cmd_check_folder(const char *what, const char *path)
{
    struct ae_err e = {0};
    struct stat st;

    if (stat(path, &st))
        need(ae_file_set_add(cmd_file_set(), AE_USE_WRITTEN, what, path, &e),
             &e);
    else if (!S_ISDIR(st.st_mode))
        cmd_usage("--%s: %s: isn't a folder", what, path);
}

void cmd_make_folder(const char *path)
{
    struct stat st;

    if (mkdir(path, 0777) && errno != EEXIST)
        cmd_die(CMD_USAGE, "%s: can't be made: %s", path, strerror(errno));
    if (stat(path, &st) || !S_ISDIR(st.st_mode))
        cmd_die(CMD_USAGE, "%s: isn't a folder", path);
}

/* ----------------------------------------------------------- one output */

/* Says what to do. */
static int fail_exists(struct ae_err *e)
{
    snprintf(e->msg, sizeof(e->msg),
             "exists (--existing=skip or overwrite goes on)");
    return e->code = AE_EEXIST;
}

/* Treats a name that was taken meanwhile as --existing says. */
static int treat_taken(const struct cmd_common *c, struct ae_err *e)
{
    return c->existing == CMD_SKIP || c->existing == CMD_NEWER ? AE_END
                                                               : fail_exists(e);
}

/* Whether --existing says to leave such a file as it is. */
static int leaves(const struct cmd_common *c, const struct stat *st)
{
    return c->existing == CMD_SKIP ||
           (c->existing == CMD_NEWER && !run.unknown &&
            !is_later(&run.changed, &st->st_mtim));
}

int cmd_create(const char *name, struct ae_io **out, struct ae_err *e)
{
    return cmd_create_as(name, &(struct ae_create_options){.deny = run.deny},
                         out, e);
}

/* The file whose attributes the output gets, or NULL. */
static const char *like_of(const struct cmd_common *c)
{
    if (c->preserve && !run.input)
        cmd_usage("--preserve needs one input for an output, and a file");
    return c->preserve ? run.input : NULL;
}

/* Ends the run where -o exists and --existing says to leave it. */
static void leave_output(const struct cmd_common *c)
{
    if (c->existing == CMD_ERROR)
        cmd_die(CMD_FAILED, "%s: exists", c->output);
    cmd_note("%s: exists, skipped", c->output);
    exit(cmd_close(CMD_OK));
}

struct ae_io *cmd_create_output(const struct cmd_common *c)
{
    const struct ae_create_options o = {.fresh = c->existing == CMD_ERROR ||
                                                 c->existing == CMD_SKIP,
                                        .deny = run.deny,
                                        .like = like_of(c)};
    struct ae_io *io = NULL;
    struct ae_err e = {0};
    struct stat st;

    if (c->existing == CMD_NEWER && c->output && !stat(c->output, &st) &&
        leaves(c, &st))
        leave_output(c);
    const int rc = cmd_create_as(c->output, &o, &io, &e);

    if (rc == AE_EEXIST)
        leave_output(c);
    if (rc)
        cmd_die(CMD_FAILED, "%s: %s", c->output, e.msg);
    return io;
}

/* A backup that stands there is an older original, which --existing is about;
 * unless a run was killed after it had made it. */
static int inspect_backup(const struct cmd_common *c, const char *path,
                          struct ae_err *e)
{
    char *backup = cmd_backup_name(c->in_place, path);
    struct stat kept, now;
    int rc = 0;

    if (lstat(backup, &kept) == 0 && c->existing != CMD_OVERWRITE &&
        !(stat(path, &now) == 0 && kept.st_dev == now.st_dev &&
          kept.st_ino == now.st_ino))
        rc = c->existing == CMD_SKIP ? AE_END : AE_EEXIST;
    if (rc == AE_EEXIST) {
        e->code = rc;
        snprintf(e->msg, sizeof(e->msg),
                 "its backup %.300s exists (--existing=skip or overwrite goes "
                 "on)",
                 backup);
    }
    free(backup);
    return rc;
}

struct ae_io *cmd_create_page(const struct cmd_common *c, const char *path)
{
    const struct ae_create_options o = {.fresh = c->existing == CMD_ERROR ||
                                                 c->existing == CMD_SKIP,
                                        .deny = run.deny};
    struct ae_io *io = NULL;
    struct ae_err e = {0};
    const int rc = cmd_create_as(path, &o, &io, &e);

    if (rc == AE_EEXIST && c->existing == CMD_SKIP)
        cmd_note("%s: exists, skipped", path);
    else if (rc)
        cmd_die(CMD_FAILED, "%s: %s", path, rc == AE_EEXIST ? "exists" : e.msg);
    return io;
}

int cmd_inspect(const struct cmd_common *c, const char *path, struct ae_err *e)
{
    struct stat st;

    if (c->in_place) {
        if (*c->in_place)
            CMD_TRY(inspect_backup(c, path, e));
        return ae_file_set_check(cmd_file_set(), path, e);
    }
    if (lstat(path, &st))
        return 0;
    if (leaves(c, &st))
        return AE_END;
    if (c->existing != CMD_OVERWRITE && c->existing != CMD_NEWER)
        return fail_exists(e);
    if (!S_ISREG(st.st_mode)) {
        snprintf(e->msg, sizeof(e->msg), "exists and is not a file");
        return e->code = AE_EIO;
    }
    return ae_file_set_check(cmd_file_set(), path, e);
}

int cmd_create_in(const struct cmd_common *c, const char *path,
                  struct ae_io **io, struct ae_err *e)
{
    struct stat st;
    const int replaces = c->in_place || c->existing == CMD_OVERWRITE ||
                         c->existing == CMD_NEWER;
    char *backup = c->in_place && *c->in_place
                       ? cmd_backup_name(c->in_place, path)
                       : NULL;
    const struct ae_create_options o = {.fresh = !replaces ||
                                                 lstat(path, &st) != 0,
                                        .deny = run.deny,
                                        .like = like_of(c),
                                        .backup = backup,
                                        .renew = c->existing == CMD_OVERWRITE};
    const int rc = cmd_create_as(path, &o, io, e);

    free(backup);
    return rc == AE_EEXIST ? treat_taken(c, e) : rc;
}

/* At once, for who waits for it; what can't be written shows at the end. */
static void print_path(const struct cmd_common *c, const char *path)
{
    fputs(path, stdout);
    putchar(c->null ? '\0' : '\n');
    fflush(stdout);
}

int cmd_check_commit(const struct cmd_common *c, const char *path,
                     struct ae_err *e)
{
    if (e->code == AE_EEXIST)
        return treat_taken(c, e);
    if (e->code)
        return e->code;
    /* what can't be added is only not looked for; a watched input's output may
     * be written again */
    if (!c->watch)
        ae_file_set_add(cmd_file_set(), AE_USE_DONE, NULL, path, NULL);
    if (c->print)
        print_path(c, path);
    return 0;
}

int cmd_commit_in(const struct cmd_common *c, const char *path,
                  struct ae_io *io, struct ae_err *e)
{
    cmd_commit(io, e);
    return cmd_check_commit(c, path, e);
}
