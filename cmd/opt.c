/* opt.c - argv against tables of fields (help.c prints them).
 *
 * GNU style by getopt_long: bundled letters, --name=value, prefixes that are
 * unambiguous, "--".  Knows nothing of what an option means. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

enum { FIRST = 256, HELP = 0, VERSION = 1, OWN = 2 };

static const char *const progress_names[] = {"auto", "always", "never", NULL};
static const char *const existing_names[] = {"error", "skip", "overwrite",
                                             NULL};
static const char *const filter_existing_names[] = {"error", "skip",
                                                    "overwrite", "newer", NULL};

static const char *const sampling_names[] = {
    "source", "444", "440", "422", "420", "411", NULL}; /* ae_subsampling */

const struct ae_field cmd_talk_fields[] = {
    AE_FIELD("quiet", BOOL, cmd_common, quiet, .group = "Messages",
             .help = "say nothing but errors", .letter = 'q'),
    AE_FIELD("verbose", BOOL, cmd_common, verbose, .help = "say more",
             .letter = 'v'),
    AE_FIELD("progress", ENUM, cmd_common, progress, .def = "auto",
             .help = "a progress line: on a terminal, always or never",
             .names = progress_names, .arg = "auto|always|never"),
    AE_FIELD("no-sandbox", BOOL, cmd_common, no_sandbox,
             .help = "leave this process all its rights, for debuggers"),
    {0}};
#define THREADS                                                                \
    AE_FIELD("threads", INT, cmd_common, threads, .def = "0", .max = 1024,     \
             .group = "Machine",                                               \
             .help = "threads to use, 0 for all CPUs; the result is the "      \
                     "same",                                                   \
             .arg = "N", .letter = 't')
#define MEMORY(planned, what)                                                  \
    AE_FIELD("memory", BYTES, cmd_common, memory, .def = planned,              \
             .min = 0x1p20, .max = 0x1p50, .help = what, .arg = "SIZE")
#define MAX_PIXELS                                                             \
    AE_FIELD("max-pixels", COUNT, cmd_common, max_pixels, .def = "1G",         \
             .min = 1, .max = 1e15, .help = "refuse larger images (k, M, G)",  \
             .arg = "N")
#define PLANNED "memory to plan for (K, M, G); the result is the same"
const struct ae_field cmd_machine_fields[] = {
    THREADS, MEMORY("1G", PLANNED), MAX_PIXELS, {0}};
const struct ae_field cmd_stream_fields[] = {
    THREADS, MEMORY("512M", PLANNED), MAX_PIXELS, {0}};
/* default 4G: decoded photographs take more than one picture */
const struct ae_field cmd_data_fields[] = {
    THREADS,
    MEMORY("4G", "memory for the data and a step (K, M, G)"),
    MAX_PIXELS,
    {0}};
#undef THREADS
#undef MEMORY
#undef MAX_PIXELS
#undef PLANNED
#define OUTPUT                                                                 \
    AE_FIELD("output", STR, cmd_common, output, .group = "Output",             \
             .help = "write to FILE, - for stdout", .arg = "FILE",             \
             .letter = 'o', .file = AE_FILE_WRITTEN)
#define FORCE                                                                  \
    AE_FIELD("force", BOOL, cmd_common, force,                                 \
             .help = "write binary to a terminal", .letter = 'f')
const struct ae_field cmd_file_fields[] = {OUTPUT, FORCE, {0}};
/* What a format, a quality of 0 and the sampling `source` stand for. */
#define PICTURE(format, zero, source)                                          \
    AE_FIELD("to", STR, cmd_common, to, .help = format, .arg = "FORMAT",       \
             .letter = 'T'),                                                   \
        AE_FIELD("quality", INT, cmd_common, quality, .def = "0", .max = 100,  \
                 .help = "of JPEG and lossy WebP, 1 to 100; 0: " zero,         \
                 .arg = "N"),                                                  \
        AE_FIELD("subsampling", ENUM, cmd_common, subsampling,                 \
                 .def = "source", .help = "of JPEG's chroma; source: " source, \
                 .names = sampling_names, .arg = "source|444|440|422|420|411")
const struct ae_field cmd_output_fields[] = {
    OUTPUT,
    PICTURE("format of the output: %s; else by its name's ending, else the "
            "input's",
            "the source's, else 95 and 90", "the source's, else 444"),
    FORCE,
    {0}};
const struct ae_field cmd_made_fields[] = {
    OUTPUT,
    PICTURE("format of the pictures: %s; else by the ending of -o, else png, "
            "of arrays npy",
            "95 and 90", "444"),
    FORCE,
    {0}};
#undef PICTURE
#undef OUTPUT
#undef FORCE
#define EXISTING(heading, what)                                                \
    AE_FIELD("existing", ENUM, cmd_common, existing, .group = heading,         \
             .help = what, .names = existing_names,                            \
             .arg = "error|skip|overwrite")
#define BOTH                                                                   \
    "what to do where an output exists (default: error with -d, overwrite "    \
    "with -o)"
const struct ae_field cmd_folder_fields[] = {
    AE_FIELD("dir", STR, cmd_common, folder, .group = "Output",
             .help = "write each item into a file of DIR, which is made",
             .arg = "DIR", .letter = 'd', .file = AE_FILE_FOLDER),
    EXISTING(NULL, BOTH),
    {0}};
const struct ae_field cmd_existing_fields[] = {
    EXISTING("Output",
             "what to do where a file of DIR exists (default: error)"),
    {0}};
#define LOG_JSON(heading)                                                      \
    AE_FIELD("log-json", STR, cmd_common, log_json, .group = heading,          \
             .help = "write a line of JSON for each file; - is stdout, where " \
                     "that carries no data",                                   \
             .arg = "FILE", .file = AE_FILE_WRITTEN)
const struct ae_field cmd_log_fields[] = {LOG_JSON("Output"), {0}};
#define WATCH(heading)                                                         \
    AE_FIELD("watch", BOOL, cmd_common, watch, .group = heading,               \
             .help = "wait for further files in the folders that are named, "  \
                     "until a signal")
const struct ae_field cmd_watch_fields[] = {WATCH("Input"), {0}};
const struct ae_field cmd_filter_fields[] = {
    AE_FIELD("dir", STR, cmd_common, folder, .group = "Batch",
             .help = "write each input's output into DIR, which is made",
             .arg = "DIR", .letter = 'd', .file = AE_FILE_FOLDER),
    AE_FIELD("recursive", BOOL, cmd_common, recursive,
             .help = "take folders with all that is in them, mirrored under -d",
             .letter = 'r'),
    AE_FIELD("flat", BOOL, cmd_common, flat,
             .help = "put all outputs straight into -d"),
    AE_FIELD("existing", ENUM, cmd_common, existing,
             .help = BOTH "; newer: write it anew where its input is newer",
             .names = filter_existing_names,
             .arg = "error|skip|overwrite|newer"),
    AE_FIELD("in-place", STR, cmd_common, in_place,
             .help = "write each output in its input's place; with SUFFIX keep "
                     "the original under the name that this makes",
             .arg = "[SUFFIX]"),
    AE_FIELD("preserve", BOOL, cmd_common, preserve,
             .help = "give outputs their inputs' modes, times and extended "
                     "attributes"),
    AE_FIELD("fail-fast", BOOL, cmd_common, fail_fast,
             .help = "stop at the first input that fails"),
    WATCH(NULL),
    AE_FIELD("jobs", INT, cmd_common, jobs, .def = "0", .max = 32,
             .help = "files at once: while one is worked on others are read "
                     "and written; 0: as is good; the result is the same",
             .arg = "N", .letter = 'j'),
    LOG_JSON(NULL),
    AE_FIELD(
        "salvage", BOOL, cmd_common, salvage,
        .help = "of an image that is cut short or damaged take what can be "
                "read, with a note, instead of failing"),
    {0}};
#undef BOTH
#undef EXISTING
#undef LOG_JSON
#undef WATCH
const struct ae_field cmd_list_fields[] = {
    AE_FIELD("files-from", STR, cmd_common, files_from, .group = "Input",
             .help = "also read the inputs that FILE names, one a line; - is "
                     "stdin",
             .arg = "FILE|-", .file = AE_FILE_READ),
    {0}};
const struct ae_field cmd_null_fields[] = {
    AE_FIELD("null", BOOL, cmd_common, null,
             .help = "names that are read or printed end with a byte of 0, not "
                     "with a line's end",
             .letter = '0'),
    {0}};
const struct ae_field cmd_choice_fields[] = {
    AE_FIELD("include", STR, cmd_common, include, .group = "Input",
             .repeats = 1,
             .help = "take only files that match GLOB: by their last name, or "
                     "with a slash in GLOB by their path; may be repeated",
             .arg = "GLOB"),
    AE_FIELD("exclude", STR, cmd_common, exclude, .repeats = 1,
             .help = "leave out files and folders that match GLOB, even where "
                     "--include takes them; may be repeated",
             .arg = "GLOB"),
    AE_FIELD("depth", INT, cmd_common, depth, .def = "0", .max = 1 << 20,
             .help = "go N folders deep, 1: no folder in a folder; 0: any",
             .arg = "N"),
    {0}};
const struct ae_field cmd_name_fields[] = {
    AE_FIELD("name", STR, cmd_common, name,
             .help = "names of outputs in -d, of {dir}, {name}, {stem}, {ext}, "
                     "{page} and {n}",
             .arg = "TEMPLATE"),
    AE_FIELD("print", BOOL, cmd_common, print,
             .help = "print each output's path when it is complete"),
    {0}};
const struct ae_field cmd_shard_fields[] = {
    AE_FIELD("shard", STR, cmd_common, shard, .group = "Input",
             .help = "make part I, from 1, of N that together make the whole, "
                     "in order; a file is in one part; auto: that of this task "
                     "of a job",
             .arg = "I/N|auto"),
    {0}};

/* All options of a command, help and version first. */
struct options {
    const struct cmd_spec *spec;
    int count;
    struct slot {
        const struct ae_field *field; /* from OWN on */
        size_t offset;                /* of its table */
    } * slot;
    struct option *longs; /* for getopt_long(), as are the letters */
    char *letters;
};

static int takes(const struct ae_field *f)
{
    if (f->arg && f->arg[0] == '[')
        return optional_argument;
    return f->type == AE_F_BOOL ? no_argument : required_argument;
}

static void add_option(struct options *o, const char *name, int letter,
                       int takes_arg, struct slot slot)
{
    const int i = o->count++;
    char *end = o->letters + strlen(o->letters);

    o->slot[i] = slot;
    o->longs[i] = (struct option){name, takes_arg, NULL, FIRST + i};
    if (letter)
        snprintf(end, 4, "%c%s", letter,
                 takes_arg == required_argument   ? ":"
                 : takes_arg == optional_argument ? "::"
                                                  : "");
}

static size_t count_fields(const struct cmd_table *tables)
{
    size_t n = 0;

    for (const struct cmd_table *t = tables; t->fields; t++)
        for (const struct ae_field *f = t->fields; f->name; f++)
            n++;
    return n;
}

static void collect_options(struct options *o, const struct cmd_spec *spec)
{
    const size_t n = OWN + count_fields(spec->tables);

    memset(o, 0, sizeof(*o));
    o->spec = spec;
    o->slot = cmd_need(calloc(n, sizeof(*o->slot)));
    o->longs = cmd_need(calloc(n + 1, sizeof(*o->longs)));
    o->letters = cmd_need(calloc(3 * n + 2, 1));
    o->letters[0] = ':';
    add_option(o, "help", 'h', no_argument, (struct slot){0});
    add_option(o, "version", 'V', no_argument, (struct slot){0});
    for (const struct cmd_table *t = spec->tables; t->fields; t++)
        for (const struct ae_field *f = t->fields; f->name; f++)
            add_option(o, f->name, f->letter, takes(f),
                       (struct slot){f, t->offset});
}

static void release_options(struct options *o)
{
    free(o->slot);
    free(o->longs);
    free(o->letters);
}

/* "--name" or "-x" of option i, as the user gave it. */
static const char *shown_name(const struct options *o, int got, char *buf,
                              size_t size)
{
    if (got >= FIRST)
        snprintf(buf, size, "--%s", o->longs[got - FIRST].name);
    else
        snprintf(buf, size, "-%c", got);
    return buf;
}

static _Noreturn void unknown_long(const struct options *o, const char *text)
{
    const char *name = text + 2;
    const size_t n = strcspn(name, "=");
    char list[512] = "";
    size_t len = 0;
    int matches = 0;

    for (int i = 0; i < o->count; i++) {
        if (strncmp(o->longs[i].name, name, n) != 0 || len >= sizeof(list))
            continue;
        len += (size_t)snprintf(list + len, sizeof(list) - len, "%s--%s",
                                matches++ ? ", " : "", o->longs[i].name);
    }
    if (matches > 1)
        cmd_usage("option '--%.*s' may be any of %s", (int)n, name, list);
    cmd_usage("unknown option '--%.*s'", (int)n, name);
}

static _Noreturn void refuse(const struct options *o, int got, char **argv)
{
    char name[128];

    if (got == ':')
        cmd_usage("option '%s' needs a value",
                  shown_name(o, optopt, name, sizeof(name)));
    if (optopt >= FIRST)
        cmd_usage("option '%s' takes no value",
                  shown_name(o, optopt, name, sizeof(name)));
    if (optopt == 0)
        unknown_long(o, argv[optind - 1]);
    cmd_usage("unknown option '-%c'", optopt);
}

static int find_letter(const struct options *o, int letter)
{
    if (letter == 'h' || letter == 'V')
        return letter == 'h' ? HELP : VERSION;
    for (int i = OWN; i < o->count; i++)
        if (o->slot[i].field->letter == letter)
            return i;
    return -1;
}

/* Texts that were put together, which live as long as the process. */
struct joined {
    struct joined *before;
    char text[];
};
static struct joined *joined;

/* What the option has got so far and the new text, one a line. */
static const char *join_text(const struct options *o, int i, const void *obj)
{
    const size_t at = o->slot[i].offset + o->slot[i].field->offset;
    const char *old = *(const char *const *)(const void *)((const char *)obj +
                                                           at);
    const size_t size = (old ? strlen(old) : 0) + strlen(optarg) + 2;
    struct joined *new = cmd_need(malloc(sizeof(*new) + size));

    *new = (struct joined){.before = joined};
    joined = new;
    snprintf(new->text, size, "%s%s%s", old ? old : "", old ? "\n" : "",
             optarg);
    return new->text;
}

static void take_option(const struct options *o, int got, void *obj)
{
    const int i = got >= FIRST ? got - FIRST : find_letter(o, got);
    const struct ae_field *f = o->slot[i].field;
    struct ae_err e;
    char name[128];

    if (i == HELP)
        cmd_print_help(o->spec);
    if (i == VERSION)
        printf("%s (ae) %s\n", o->spec->name, ae_version());
    if (i < OWN)
        exit(cmd_close(CMD_OK));
    const char *text = f->repeats ? join_text(o, i, obj) : optarg;
    if (!text && f->type == AE_F_ENUM)
        text = f->names[1]; /* the first one that isn't "none" */
    else if (!text && f->type != AE_F_BOOL)
        text = "";
    if (ae_field_parse(f, (char *)obj + o->slot[i].offset, text, &e))
        cmd_usage("option '%s': %s", shown_name(o, got, name, sizeof(name)),
                  e.msg);
}

int cmd_parse(const struct cmd_spec *spec, void *obj, int argc, char **argv)
{
    struct cmd_common *c = obj;
    struct options o;
    struct ae_err e;
    int got;

    cmd_streams();
    c->existing = CMD_EXISTING_UNSET;
    cmd_init(spec, c);
    collect_options(&o, spec);
    for (const struct cmd_table *t = spec->tables; t->fields; t++)
        if (ae_fields_default(t->fields, (char *)obj + t->offset, &e))
            cmd_die(CMD_USAGE, "%s", e.msg);
    opterr = 0;
    while ((got = getopt_long(argc, argv, o.letters, o.longs, NULL)) != -1) {
        if (got == '?' || got == ':')
            refuse(&o, got, argv);
        take_option(&o, got, obj);
    }
    release_options(&o);
    cmd_init(spec, c);
    if (c->shard && strcmp(c->shard, "auto") == 0)
        c->shard = cmd_shard_auto();
    cmd_outputs_init(spec, obj);
    cmd_sandbox_init(spec, obj, argv + optind, argc - optind);
    return optind;
}
