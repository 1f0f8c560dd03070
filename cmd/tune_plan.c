/* tune_plan.c - what ae-tune is asked for: which names of the space are options
 * and which are variables, whether all their values can be, and the command
 * line of a trial. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tune.h"

enum { VALUE = 4096, SPACE_BYTES = 1 << 20, PASSED = 128 };

/* ae-tune has these itself, or a search has no use for them. */
static const char *const own[] = {
    "model", "output", "steps",   "epochs", "time-limit", "until",
    "seed",  "resume", "metrics", "report", "dump-data",  "checkpoint-every"};
/* They change no model. */
static const char *const machine[] = {"threads", "memory", "max-pixels"};
/* Neither may a setting be one of these, ... */
static const char *const fixed[] = {"early-stop", "fail-fast", "input",
                                    "header",     "labels",    "noisy",
                                    "clean",      "val",       "freeze"};
/* ... and one of these only where a command measures: they change what the
 * score on held-out data measures. */
static const char *const rulers[] = {
    "loss",     "beta",        "noise",   "level-dropout", "iw",
    "binarise", "scale",       "patch",   "window",        "stride",
    "columns",  "fit",         "size",    "only",          "rows",
    "missing",  "contractive", "l1-code", "self"};

static int is_among(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, list[i]) == 0)
            return 1;
    return 0;
}
#define IS_AMONG(name, list)                                                   \
    is_among(name, list, sizeof(list) / sizeof((list)[0]))

static size_t add_passed(struct ae_field *to, const struct ae_field *from,
                         size_t offset)
{
    size_t n = 0;

    for (; from->name; from++) {
        if (IS_AMONG(from->name, own))
            continue;
        to[n] = *from;
        to[n].help = NULL;
        to[n++].offset += offset;
    }
    return n;
}

const struct ae_field *tune_passed_fields(void)
{
    static struct ae_field passed[PASSED];
    size_t n = 0;

    if (passed[0].name)
        return passed;
    n += add_passed(passed, ae_train_fields, offsetof(struct tune_args, train));
    n += add_passed(passed + n, cmd_data_fields, 0);
    add_passed(passed + n, cmd_choice_fields, 0);
    return passed;
}

/* ------------------------------------------------------------------- words */

void tune_words_add(struct tune_words *w, const char *fmt, ...)
{
    va_list ap, again;

    va_start(ap, fmt);
    va_copy(again, ap);
    const size_t size = (size_t)vsnprintf(NULL, 0, fmt, ap) + 1;
    char *word = cmd_need(malloc(size));
    vsnprintf(word, size, fmt, again);
    va_end(again);
    va_end(ap);
    w->at = cmd_need(realloc(w->at, (w->count + 2) * sizeof(*w->at)));
    w->at[w->count++] = word;
    w->at[w->count] = NULL;
}

void tune_words_release(struct tune_words *w)
{
    for (size_t i = 0; i < w->count; i++)
        free(w->at[i]);
    free(w->at);
    *w = (struct tune_words){NULL, 0};
}

/* Writes a word in quotes where a shell would read something else; its
 * length. */
static size_t quote(char *out, const char *word)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        "%+,-./:=@_";
    char *p = out;

    if (*word && !word[strspn(word, plain)])
        return (size_t)sprintf(out, "%s", word);
    *p++ = '\'';
    for (; *word; word++)
        p += sprintf(p, *word == '\'' ? "'\\''" : "%c", *word);
    p += sprintf(p, "'");
    return (size_t)(p - out);
}

char *tune_words_join(const struct tune_words *w)
{
    size_t size = 1, n = 0;

    for (size_t i = 0; i < w->count; i++)
        size += 4 * strlen(w->at[i]) + 3;
    char *text = cmd_need(calloc(size, 1));
    for (size_t i = 0; i < w->count; i++) {
        n += (size_t)sprintf(text + n, "%s", i ? " " : "");
        n += quote(text + n, w->at[i]);
    }
    return text;
}

/* ------------------------------------------------------------ fixed options */

/* A field as text, NULL where it is a text that isn't there. */
static const char *print(const struct ae_field *f, const void *obj,
                         char text[VALUE])
{
    if (f->type == AE_F_STR)
        return *(const char *const *)(const void *)((const char *)obj +
                                                    f->offset);
    ae_field_print(f, obj, text, VALUE);
    return text;
}

/* One option a line of its text. */
static void add_lines(struct tune_words *w, const char *name, const char *text)
{
    while (*text) {
        const size_t n = strcspn(text, "\n");
        tune_words_add(w, "--%s=%.*s", name, (int)n, text);
        text += n + (text[n] == '\n');
    }
}

/* Adds what differs from the defaults. */
static void add_options(struct tune_plan *p, const void *now, const void *plain)
{
    char a[VALUE], b[VALUE];

    for (const struct ae_field *f = tune_passed_fields(); f->name; f++) {
        const char *value = print(f, now, a), *usual = print(f, plain, b);
        struct tune_words *w = IS_AMONG(f->name, machine) ? &p->machine
                                                          : &p->fixed;
        if (!value || (usual && strcmp(value, usual) == 0))
            continue;
        if (f->type == AE_F_BOOL)
            tune_words_add(w, "--%s", f->name);
        else if (f->repeats)
            add_lines(w, f->name, value);
        else
            tune_words_add(w, "--%s=%s", f->name, value);
    }
}

/* Trials at once share the CPUs, unless it is said how many threads each has.
 */
static void add_threads(struct tune_plan *p)
{
    const int jobs = p->a->common.jobs;
    struct ae_ctx *ctx;
    struct ae_err e;

    if (p->a->common.threads || jobs == 1)
        return;
    if (ae_ctx_new(NULL, &ctx, &e) < 0) /* it counts the CPUs that it may use */
        cmd_die(CMD_FAILED, "%s", e.msg);
    const int cpus = ae_ctx_threads(ctx);
    ae_ctx_free(ctx);
    tune_words_add(&p->machine, "--threads=%d", cpus > jobs ? cpus / jobs : 1);
}

static void find_options(struct tune_plan *p)
{
    struct tune_args plain;
    struct tune_words all = {0};

    memset(&plain, 0, sizeof(plain));
    ae_fields_default(tune_passed_fields(), &plain, NULL);
    add_options(p, p->a, &plain);
    add_threads(p);
    if (p->a->common.no_sandbox)
        tune_words_add(&p->machine, "--no-sandbox");
    for (size_t i = 0; i < p->fixed.count; i++)
        tune_words_add(&all, "%s", p->fixed.at[i]);
    for (int i = 0; i < p->data_count; i++)
        tune_words_add(&all, "%s", p->data[i]);
    p->fixed_text = tune_words_join(&all);
    tune_words_release(&all);
}

/* --------------------------------------------------------------- the space */

/* The text that --space is or names. */
static char *read_space(const char *space)
{
    struct ae_io *io = NULL;
    struct ae_err e = {0};
    size_t n = 0, got = 1;

    if (strchr(space, '='))
        return cmd_copy(space);
    char *text = cmd_need(calloc(SPACE_BYTES + 1, 1));
    int rc = ae_io_open_path(space, &io, &e);
    for (; !rc && got && n < SPACE_BYTES; n += got)
        rc = ae_io_read_some(io, text + n, SPACE_BYTES - n, &got, &e);
    ae_io_close(io);
    if (rc < 0)
        cmd_usage("--space: %s: %s", space, e.msg);
    if (n == SPACE_BYTES || strlen(text) != n)
        cmd_usage("--space: %s: is no text of settings", space);
    return text;
}

static const struct ae_field *find_field(const char *name)
{
    for (const struct ae_field *f = ae_train_fields; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

static void check_option(const struct tune_plan *p, int i)
{
    const struct ae_field *f = p->field[i];
    struct ae_train_options scratch;
    struct ae_err e;
    const char *value;

    if (IS_AMONG(f->name, own) || IS_AMONG(f->name, fixed) || f->file)
        cmd_usage("--space: %s is the same in all trials", f->name);
    if (!p->a->objective && IS_AMONG(f->name, rulers))
        cmd_usage("--space: %s changes what the score on held-out data "
                  "measures, so trials can't be compared by it: give "
                  "--objective",
                  f->name);
    memset(&scratch, 0, sizeof(scratch));
    for (int k = 0; (value = ae_space_probe(p->space, i, k)); k++)
        if (ae_field_parse(f, &scratch, value, &e) < 0)
            cmd_usage("--space: %s: %s", f->name, e.msg);
}

static void check_variable(const struct tune_plan *p, int i)
{
    const char *name = ae_space_name(p->space, i), *value;
    struct ae_err e;
    char *with;

    for (int k = 0; (value = ae_space_probe(p->space, i, k)); k++) {
        if (ae_spec_with(p->a->train.model, name, value, &with, &e) < 0)
            cmd_usage("--space: %s=%s: %s", name, value, e.msg);
        free(with);
    }
}

/* What the name means, and its value where nothing is said. */
static void find_setting(struct tune_plan *p, int i)
{
    const char *name = ae_space_name(p->space, i);
    struct ae_err e;
    char text[VALUE];

    p->field[i] = find_field(name);
    if (p->field[i]) {
        const char *value = print(p->field[i], &p->a->train, text);
        check_option(p, i);
        p->usual[i] = value ? cmd_copy(value) : NULL;
        return;
    }
    const int rc = ae_spec_variable(p->a->train.model, name, &p->usual[i], &e);
    if (rc == AE_EUNKNOWN)
        cmd_usage("--space: %s is neither an option of ae-train nor a variable "
                  "of %s",
                  name, p->a->train.model);
    if (rc < 0)
        cmd_usage("--space: %s: %s", name, e.msg);
    check_variable(p, i);
}

static void find_space(struct tune_plan *p)
{
    struct ae_err e;

    p->space_text = read_space(p->a->space);
    if (ae_space_new(p->space_text, &p->space, &e) < 0)
        cmd_usage("--space: %s", e.msg);
    for (; ae_space_name(p->space, p->settings); p->settings++)
        find_setting(p, p->settings);
}

/* ------------------------------------------------------------------- files */

static char *join(const char *a, const char *b)
{
    char *text = cmd_need(malloc(strlen(a) + strlen(b) + 1));

    return strcat(strcpy(text, a), b);
}

/* The command lies beside this one. */
static char *find_train(void)
{
    char path[VALUE];
    const ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 10);

    if (n <= 0)
        cmd_die(CMD_USAGE, "/proc/self/exe: %s", strerror(errno));
    path[n] = '\0';
    strcpy(strrchr(path, '/') + 1, "ae-train");
    if (access(path, X_OK))
        cmd_die(CMD_USAGE, "%s: %s", path, strerror(errno));
    return cmd_copy(path);
}

static void check_data(char *const *data, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(data[i], "-") == 0)
            cmd_usage("trials can't share the standard input: name a file");
}

/* BEST replaces neither data nor what is no model, as ae-train's output; nor
 * does another file of the run, which cmd_files() sees to. */
static void check_files(const struct tune_plan *p)
{
    struct ae_train_options o = p->a->train;
    struct ae_err e;

    cmd_files(NULL, NULL, p->data_count ? p->data : NULL, p->data_count);
    o.data = (const char *const *)p->data;
    o.report = p->a->report;
    if (ae_train_check_files(&o, NULL, &e) < 0) {
        cmd_error(NULL, &e);
        exit(CMD_USAGE);
    }
}

void tune_plan_make(struct tune_plan *p, struct tune_args *a, char *const *data,
                    int count)
{
    const uint64_t least = a->first ? a->first : a->steps / 27;

    memset(p, 0, sizeof(*p));
    p->a = a;
    p->data = data;
    p->data_count = count;
    check_data(data, count);
    find_space(p);
    find_options(p);
    p->first = least ? least : 1;
    p->every = a->every ? a->every : p->first;
    p->train = find_train();
    p->folder = join(a->train.output, ".trials");
    p->study_path = a->study ? cmd_copy(a->study)
                             : join(a->train.output, ".study");
    a->study = p->study_path;
    check_files(p);
    cmd_make_folder(p->folder);
}

void tune_plan_release(struct tune_plan *p)
{
    for (int i = 0; i < p->settings; i++)
        free(p->usual[i]);
    tune_words_release(&p->fixed);
    tune_words_release(&p->machine);
    ae_space_free(p->space);
    free(p->fixed_text);
    free(p->space_text);
    free(p->study_path);
    free(p->folder);
    free(p->train);
}

int tune_plan_open(const struct tune_plan *p, struct ae_study **out,
                   struct ae_err *e)
{
    const struct ae_study_options o = {.model = p->a->train.model,
                                       .space = p->space_text,
                                       .settings = p->fixed_text,
                                       .objective = p->a->objective,
                                       .maximise = p->a->maximise,
                                       .search = p->a->search,
                                       .pruning = p->a->prune,
                                       .eta = p->a->eta,
                                       .steps = p->a->steps,
                                       .first = p->first,
                                       .every = p->every,
                                       .seed = p->a->seed,
                                       .trials = p->a->trials,
                                       .steps_total = p->a->steps_total,
                                       .usual = (const char *const *)p->usual};

    return ae_study_open(p->study_path, &o, out, e);
}

/* -------------------------------------------------------------- of a trial */

/* The spec with the trial's variables; free() it. */
static char *make_spec(const struct tune_plan *p, const char *const *value)
{
    char *spec = cmd_copy(p->a->train.model), *with;
    struct ae_err e;

    for (int i = 0; i < p->settings; i++) {
        if (p->field[i] || !value[i])
            continue;
        if (ae_spec_with(spec, ae_space_name(p->space, i), value[i], &with,
                         &e) < 0)
            cmd_die(CMD_FAILED, "%s: %s", spec, e.msg);
        free(spec);
        spec = with;
    }
    return spec;
}

void tune_plan_words(const struct tune_plan *p, const char *const *value,
                     const char *output, struct tune_words *w)
{
    char *spec = make_spec(p, value);

    tune_words_add(w, "-m");
    tune_words_add(w, "%s", spec);
    tune_words_add(w, "-o");
    tune_words_add(w, "%s", output);
    tune_words_add(w, "--steps=%llu", (unsigned long long)p->a->steps);
    tune_words_add(w, "--checkpoint-every=%llu", (unsigned long long)p->every);
    if (p->a->seed)
        tune_words_add(w, "--seed=%llu", (unsigned long long)p->a->seed);
    for (size_t i = 0; i < p->fixed.count; i++)
        tune_words_add(w, "%s", p->fixed.at[i]);
    for (int i = 0; i < p->settings; i++)
        if (p->field[i] && value[i])
            tune_words_add(w, "--%s=%s", p->field[i]->name, value[i]);
    free(spec);
}

void tune_words_data(struct tune_words *w, const struct tune_plan *p)
{
    int hyphens = 0;

    for (int i = 0; i < p->data_count; i++)
        hyphens |= p->data[i][0] == '-';
    if (hyphens)
        tune_words_add(w, "--");
    for (int i = 0; i < p->data_count; i++)
        tune_words_add(w, "%s", p->data[i]);
}

char *tune_plan_path(const struct tune_plan *p, uint64_t trial,
                     const char *name)
{
    const size_t size = strlen(p->folder) + strlen(name) + 32;
    char *path = cmd_need(malloc(size));

    snprintf(path, size, "%s/%llu%s%s", p->folder, (unsigned long long)trial,
             *name ? "/" : "", name);
    return path;
}
