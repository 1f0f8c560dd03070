/* source.c - the table of sources and the walk through folders.
 *
 * Promises the same items in the same order for the same files, whatever the
 * file system's own order.  Must not know what a kind's bytes mean, nor what
 * becomes of the items. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/io.h"
#include "base/str.h"
#include "data/source/recognise.h"
#include "data/source/source.h"
#include "image/format.h"

/* By content; the last kind takes what no other recognises. */
static const struct ae_source_kind *const kinds[] = {
    &ae_source_idx,
    &ae_source_npy,
    &ae_source_image,
};

int ae_source_select_row(struct ae_source *s, const char **label, int *wanted,
                         struct ae_err *e)
{
    int rc = 0;

    *wanted = 1;
    if (s->o->selection)
        rc = ae_selection_row(s->o->selection, label, wanted, e);
    s->stopped |= rc != 0;
    return rc;
}

/* The rows of another file follow. */
static void begin_rows(struct ae_source *s)
{
    s->has_rows = 1;
    ae_selection_file(s->o->selection);
}

static void tell_fault(const struct ae_source *s, const char *path,
                       const struct ae_err *why)
{
    if (s->o->left_out)
        s->o->left_out(s->o->left_out_arg, path, why);
}

int ae_source_leave_out(struct ae_source *s, uint64_t rows,
                        const struct ae_err *why, struct ae_err *e)
{
    if (s->stopped || s->o->fail_fast || why->code == AE_EMEM) {
        if (e)
            *e = *why;
        return why->code;
    }
    if (!s->fault.code)
        s->fault = *why;
    tell_fault(s, s->path, why);
    if (s->has_rows) {
        s->stats.rows += rows;
        ae_left_out_rows(&s->left_out, s->ctx, s->path, rows, why);
    } else {
        s->stats.unreadable++;
        ae_left_out_file(&s->left_out, s->ctx, s->path, why);
    }
    return 0;
}

int ae_source_push(struct ae_source *s, struct ae_item *it, struct ae_err *e)
{
    struct ae_err why;

    it->file = s->stats.files;
    if (!s->has_rows && !s->w) {
        s->w = it->w;
        s->h = it->h;
    }
    if (!it->shown) {
        const int rc = ae_naming_make(&s->naming, it->name, 0, e);
        if (rc) {
            free(it->px);
            return rc;
        }
        it->shown = s->naming.shown.p;
    }
    if (s->sink->take(s->sink->arg, it, &why) < 0)
        return ae_source_leave_out(s, 1, &why, e);
    s->taken++;
    return 0;
}

int ae_source_push_row(struct ae_source *s, struct ae_item *it,
                       struct ae_err *e)
{
    int wanted = 0, rc = ae_source_select_row(s, &it->label, &wanted, e);

    if (rc == 0 && wanted)
        return ae_source_push(s, it, e);
    free(it->px);
    return rc;
}

static void tell(struct ae_source *s)
{
    ae_left_out_tell(&s->left_out, s->ctx);
    ae_left_out_tell(&s->small, s->ctx);
}

/* Results and faults that are there come out before the input is waited for. */
static int wait_for_more(void *arg, struct ae_err *e)
{
    struct ae_source *s = arg;
    const int rc = s->sink->idle ? s->sink->idle(s->sink->arg, e) : 0;

    tell(s);
    s->stopped |= rc < 0;
    return rc;
}

/* ------------------------------------------------------------------- kinds */

int ae_source_is_known(const void *head, size_t n)
{
    return ae_source_idx.match(head, n) || ae_format_by_content(head, n);
}

/* Tables and lines of text have no first bytes of their own: a model says that
 * its items are some, or the ending of a file that was named does; or they look
 * so. */
static void guess_kind(struct ae_preprocessing *r, const char *name)
{
    if (r->kind == AE_INPUT_AUTO)
        r->kind = ae_recognise_name(name);
}

/* The first bytes of a file of lines; whole: they are all of it. */
struct lines {
    const void *p;
    size_t n;
    int whole;
};

/* Of a stream, what is there without waiting, and the rest of a line: nothing
 * can be said of a line before its end.  At most what is looked at. */
static int peek_lines(struct ae_io *io, struct lines *l, struct ae_err *e)
{
    const int seekable = ae_io_left(io) >= 0;
    size_t least = seekable ? AE_RECOGNISE_BYTES : 1;

    do {
        AE_TRY(ae_io_peek_some(io, least, &l->p, &l->n, e));
        l->whole = l->n < least;
        least = l->n + 1;
    } while (!l->whole && l->n < AE_RECOGNISE_BYTES &&
             ((const char *)l->p)[l->n - 1] != '\n');
    if (l->n > AE_RECOGNISE_BYTES) {
        l->n = AE_RECOGNISE_BYTES;
        l->whole = 0;
    }
    return 0;
}

/* By content, where a file that was named begins as nothing else. */
static int recognise_lines(const struct ae_source *s, struct ae_io *io,
                           struct ae_err *e)
{
    struct lines l;

    AE_TRY(peek_lines(io, &l, e));
    s->prep->kind = ae_recognise_lines(l.p, l.n, l.whole);
    if (s->prep->kind != AE_INPUT_AUTO && !s->o->silent)
        ae_log(s->ctx, AE_LOG_NOTE, "%s: read as %s; `input` says otherwise",
               s->path,
               s->prep->kind == AE_INPUT_CSV ? "a table" : "lines of text");
    return 0;
}

/* A word where the ending .txt means words and the file holds numbers. */
static int note_numbers(const struct ae_source *s, struct ae_io *io,
                        struct ae_err *e)
{
    struct lines l;

    AE_TRY(peek_lines(io, &l, e));
    if (ae_recognise_numbers(l.p, l.n, l.whole))
        ae_log(s->ctx, AE_LOG_NOTE,
               "%s: its lines are numbers, but are read as words: `input` csv "
               "reads them as a table",
               s->path);
    return 0;
}

/* 1 where the first bytes of a file are those of pictures or arrays, and no
 * text's. */
static int is_binary(const unsigned char *head, size_t n)
{
    int controls = 0;

    for (size_t i = 0; i < n; i++)
        controls |= head[i] < 9 || head[i] > 126;
    return controls && ae_source_is_known(head, n);
}

static int is_lines(const struct ae_source *s)
{
    return s->prep->kind == AE_INPUT_CSV || s->prep->kind == AE_INPUT_TEXT;
}

/* Tables and text.  Pictures that lie in their folder aren't learned as
 * words. */
static int read_lines(struct ae_source *s, struct ae_io *io, const char *name,
                      const unsigned char *head, size_t n, struct ae_err *e)
{
    if (s->in_folder && is_binary(head, n))
        return ae_fail(e, AE_EUNKNOWN, "is neither a table nor text");
    begin_rows(s);
    s->naming.rows = 1;
    if (s->prep->kind == AE_INPUT_TEXT && !s->prep->buckets)
        s->prep->buckets = AE_BUCKETS;
    if (s->prep->kind == AE_INPUT_CSV)
        return ae_source_csv.read(s, io, name, e);
    if (s->o->learn && !s->o->silent)
        AE_TRY(note_numbers(s, io, e));
    return ae_source_text.read(s, io, name, e);
}

/* A file that was named is some kind of data to whoever names it. */
static int read_kind(const struct ae_source_kind *kind, struct ae_source *s,
                     struct ae_io *io, const char *name, struct ae_err *e)
{
    struct ae_err why = {0};
    const int rc = kind->read(s, io, name, &why);

    if (rc == AE_EUNKNOWN && s->o->learn && !s->in_folder)
        return ae_fail(e, rc, "%s; `input` csv or text reads lines", why.msg);
    if (rc < 0 && e)
        *e = why;
    return rc;
}

static int read_stream(struct ae_source *s, struct ae_io *io, const char *name,
                       struct ae_err *e)
{
    const void *head;
    size_t n;

    AE_TRY(ae_io_peek(io, &head, is_lines(s) ? 1 : 16, &n, e));
    if (n == 0)
        return ae_fail(e, is_lines(s) ? AE_EFORMAT : AE_EUNKNOWN, "is empty");
    if (s->prep->kind == AE_INPUT_AUTO && s->o->learn && !s->in_folder &&
        !ae_source_is_known(head, n)) {
        AE_TRY(recognise_lines(s, io, e));
        AE_TRY(ae_io_peek(io, &head, 16, &n, e));
    }
    if (is_lines(s)) {
        if (s->in_folder)
            AE_TRY(ae_io_peek(io, &head, 16, &n, e));
        return read_lines(s, io, name, head, n, e);
    }
    for (size_t i = 0; i < AE_LEN(kinds); i++)
        if (kinds[i]->match(head, n)) {
            if (kinds[i] != &ae_source_image) /* rows of its folder */
                begin_rows(s);
            return read_kind(kinds[i], s, io, name, e);
        }
    return ae_fail(e, AE_EUNKNOWN, "begins as no format that is known here");
}

/* ------------------------------------------------------------------- files */

static void begin_path(struct ae_source *s, const char *path)
{
    s->path = path;
    s->taken = 0;
    s->w = s->h = s->fault.code = 0;
    s->has_rows = 0;
}

/* The path is done with; fault NULL: that of its rows, if there is one. */
static void end_path(const struct ae_source *s, int passed,
                     const struct ae_err *fault)
{
    const struct ae_file_done done = {.path = s->path,
                                      .items = s->taken,
                                      .w = s->w,
                                      .h = s->h,
                                      .passed = passed,
                                      .fault = fault           ? fault
                                               : s->fault.code ? &s->fault
                                                               : NULL};

    if (s->o->done)
        s->o->done(s->o->done_arg, &done);
}

static void begin_file(struct ae_source *s, const char *path, const char *name,
                       int listed)
{
    if (!listed)
        guess_kind(s->prep, name);
    begin_path(s, path);
    s->in_folder = listed;
    s->stats.files++;
    ae_naming_begin(&s->naming, path, name, s->o->several || listed);
}

int ae_source_read_io(struct ae_source *s, struct ae_io *io, const char *name,
                      struct ae_err *e)
{
    begin_file(s, name, name, 0);
    return read_stream(s, io, name, e);
}

static int read_file(struct ae_source *s, const char *path, const char *name,
                     struct ae_err *e)
{
    struct ae_io *io = NULL;

    int rc = strcmp(path, "-") == 0 ? ae_io_open_fd(0, 0, "stdin", &io, e)
                                    : ae_io_open_path(path, &io, e);

    if (rc)
        return rc;
    ae_io_on_wait(io, wait_for_more, s);
    rc = ae_io_unzip(&io, s->ctx->memory, e);
    if (!rc)
        rc = read_stream(s, io, name, e);
    ae_io_close(io);
    return rc;
}

/* What was read of a file that is faulty as a whole.  A picture stands for
 * itself, a row belongs to the others. */
static void undo_file(const struct ae_source *s)
{
    if (s->has_rows && s->sink->undo)
        s->sink->undo(s->sink->arg, s->taken);
}

static void pass_over(struct ae_source *s, const char *path, const char *why)
{
    ae_log(s->ctx, AE_LOG_INFO, "%s: passed over: %s", path, why);
    s->stats.unknown++;
}

/* One file's fault is no reason to stop; what would be true of all the rest
 * is. */
static int take_file(struct ae_source *s, const char *path, const char *name,
                     int listed, struct ae_err *e)
{
    struct ae_err why = {0};

    if (s->o->stop && *s->o->stop)
        return ae_fail(e, AE_EINTR, "stopped while reading the data");
    begin_file(s, path, name, listed);
    int rc = read_file(s, path, name, &why);
    const int passed = rc && listed &&
                       (ae_format_pass_over(path, rc) ||
                        (rc == AE_EUNKNOWN && is_lines(s)));
    end_path(s, passed, rc && !passed ? &why : NULL);
    if (passed)
        pass_over(s, path, why.msg);
    if (!rc || passed)
        return 0;
    if (s->stopped || s->o->fail_fast || rc == AE_EMEM ||
        (s->o->strict && !listed)) {
        if (e)
            *e = why;
        return ae_err_at(e, rc, "%s", path);
    }
    undo_file(s);
    s->stats.unreadable++;
    tell_fault(s, path, &why);
    ae_left_out_file(&s->left_out, s->ctx, path, &why);
    return 0;
}

static int walk_folder(struct ae_source *s, const char *path, size_t root,
                       int depth, struct ae_err *e);

/* Leaves out an entry of a folder. */
static int leave_out_entry(struct ae_source *s, const char *path,
                           const struct ae_err *why, struct ae_err *e)
{
    begin_path(s, path);
    const int rc = ae_source_leave_out(s, 1, why, e);
    end_path(s, 0, why);

    return rc < 0 ? ae_err_at(e, rc, "%s", path) : 0;
}

static int take_folder(struct ae_source *s, const char *path, size_t root,
                       int depth, struct ae_err *e)
{
    struct ae_err why = {0};

    if (depth == AE_SOURCE_DEPTH) {
        ae_fail(&why, AE_ELIMIT, "lies more than %d folders deep",
                AE_SOURCE_DEPTH);
        return leave_out_entry(s, path, &why, e);
    }
    return walk_folder(s, path, root, depth + 1, e);
}

/* Symbolic links to folders could loop and aren't followed. */
static int take_entry(struct ae_source *s, const char *path, size_t root,
                      int depth, struct ae_err *e)
{
    struct ae_err why = {0};
    struct stat st;
    int known = lstat(path, &st) == 0;
    const int is_folder = known && S_ISDIR(st.st_mode);

    if (!ae_filter_wants(s->o->filter, path, root, depth, is_folder))
        return 0;
    if (is_folder)
        return take_folder(s, path, root, depth, e);
    if (known && S_ISLNK(st.st_mode)) {
        known = stat(path, &st) == 0;
        if (!known && (errno == ENOENT || errno == ELOOP))
            return 0; /* leads nowhere */
    }
    if (!known) {
        ae_fail_errno(&why, "can't be examined");
        return leave_out_entry(s, path, &why, e);
    }
    return S_ISREG(st.st_mode) ? take_file(s, path, path + root, 1, e) : 0;
}

/* Hidden files aren't meant. */
static int walk_folder(struct ae_source *s, const char *path, size_t root,
                       int depth, struct ae_err *e)
{
    const char *slash = path[strlen(path) - 1] == '/' ? "" : "/";
    char **name = NULL;
    size_t n = 0;
    struct ae_err why = {0};
    int rc = ae_folder_list(path, &name, &n, &why);

    if (rc && depth)
        return leave_out_entry(s, path, &why, e);
    if (rc) {
        begin_path(s, path);
        end_path(s, 0, &why);
        return ae_fail(e, rc, "%s: %s", path, why.msg);
    }
    for (size_t i = 0; !rc && i < n; i++) {
        struct ae_str full = {0};
        if (name[i][0] == '.')
            continue;
        rc = ae_str_printf(&full, e, "%s%s%s", path, slash, name[i]);
        if (!rc)
            rc = take_entry(s, full.p, root, depth, e);
        ae_str_release(&full);
    }
    ae_folder_free(name, n);
    return rc;
}

/* What was named can't be examined. */
static int fail_path(struct ae_source *s, const char *path, struct ae_err *e)
{
    const int number = errno;
    struct ae_err why = {0};

    ae_fail_errno(&why, "can't be examined");
    begin_path(s, path);
    end_path(s, 0, &why);
    errno = number;
    return ae_fail_errno(e, "%s", path);
}

static int read_path(struct ae_source *s, const char *path, struct ae_err *e)
{
    struct stat st;
    const char *slash = strrchr(path, '/');

    ae_selection_file(s->o->selection);
    if (strcmp(path, "-") == 0)
        return take_file(s, path, "stdin", 0, e);
    if (stat(path, &st) != 0)
        return fail_path(s, path, e);
    if (S_ISDIR(st.st_mode))
        return walk_folder(s, path, strlen(path) + (slash == NULL || slash[1]),
                           0, e);
    return take_file(s, path, slash ? slash + 1 : path, s->o->found, e);
}

int ae_source_read(struct ae_source *s, const char *path, struct ae_err *e)
{
    const size_t before = s->stats.unknown;

    const int rc = read_path(s, path, e);
    const size_t n = s->stats.unknown - before;
    if (n)
        ae_log(s->ctx, AE_LOG_NOTE,
               "%s: %zu file%s passed over, of no format that is read here "
               "(`verbose` lists them)",
               path, n, n == 1 ? "" : "s");
    if (rc < 0)
        tell(s);
    ae_naming_release(&s->naming);
    return rc;
}
