/* ae-info - what is in images and model files, and which models there are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"

struct args {
    struct cmd_common common;
    int json, layers, kinds, list;
};

static const struct ae_field fields[] = {
    AE_FIELD("json", BOOL, args, json, .help = "print JSON, an object a line"),
    AE_FIELD("layers", BOOL, args, layers,
             .help = "of models, also print each layer: shape, weights, work, "
                     "receptive field"),
    AE_FIELD("kinds", BOOL, args, kinds,
             .help = "say which formats this build reads and writes, and which "
                     "layers, losses, optimisers and schedules there are, with "
                     "their attributes"),
    AE_FIELD("list", BOOL, args, list,
             .help = "list the models that are found by name: name, place, and "
                     "what an alias stands for"),
    {0}};

static const struct cmd_table tables[] = {
    {fields, 0},          {cmd_list_fields, 0},
    {cmd_null_fields, 0}, {cmd_machine_fields, 0},
    {cmd_talk_fields, 0}, {NULL, 0}};

static const struct cmd_spec spec = {
    "ae-info", "[OPTION...] [FILE|NAME...]",
    "Says what is in images, models, latents and data", tables, NULL};

static const char *place_of(const struct ae_model_place *p)
{
    return p->path ? p->path : "compiled in";
}

static void print_place(const struct ae_model_place *p)
{
    fputs(",\"place\":", stdout);
    cmd_quoted(place_of(p));
    if (p->alias) {
        fputs(",\"alias\":", stdout);
        cmd_quoted(p->alias);
    }
}

static void print_escaped(const char *before, const char *text)
{
    char safe[4096];

    ae_escape(safe, sizeof(safe), text);
    printf("%s%s", before, safe);
}

/* place: where its name led to; NULL: it is a file. */
static int print_model(const struct args *a, const struct ae_model *m,
                       const char *name, const struct ae_model_place *place,
                       struct ae_err *e)
{
    char *text = NULL;
    int rc = a->json ? ae_model_describe(m, a->layers, &text, e)
                     : ae_model_print(m, a->layers, &text, e);

    if (rc)
        return rc;
    if (a->json) {
        fputs("{\"name\":", stdout);
        cmd_quoted(name);
        if (place)
            print_place(place);
        printf(",%s\n", text + 1); /* text is an object */
    } else {
        print_escaped("", name);
        fputs(": model", stdout);
        if (place)
            print_escaped(", ", place_of(place));
        if (place && place->alias)
            print_escaped(", alias of ", place->alias);
        printf("\n%s", text);
    }
    free(text);
    return 0;
}

/* Bits that hold 0..maxval; 32 for float samples. */
static int depth(unsigned maxval)
{
    int bits = 0;

    for (; maxval; maxval >>= 1)
        bits++;
    return bits ? bits : 32;
}

/* rows: 1 where the picture is an array of two axes, whose rows may as well be
 * items or latents. */
static void print_image(const struct args *a, const struct ae_image_info *i,
                        const char *name, int rows)
{
    char safe[4096];

    if (a->json) {
        fputs("{\"name\":", stdout);
        cmd_quoted(name);
        printf(",\"type\":\"image\",\"format\":\"%s\",\"width\":%d,"
               "\"height\":%d,\"channels\":%d,\"alpha\":%s,\"depth\":%d,"
               "\"maxval\":%u",
               ae_format_name(i->format), i->w, i->h, i->channels,
               i->alpha ? "true" : "false", depth(i->maxval), i->maxval);
        if (rows)
            printf(",\"axes\":[%d,%d]", i->h, i->w);
        puts("}");
        return;
    }
    ae_escape(safe, sizeof(safe), name);
    printf("%s: %s image, %d x %d, %d channel%s%s, %d bit%s", safe,
           ae_format_name(i->format), i->w, i->h, i->channels,
           i->channels == 1 ? "" : "s", i->alpha ? " with alpha" : "",
           depth(i->maxval), i->maxval ? "" : " float");
    if (rows)
        printf("; or items or latents, %d of %d number%s", i->h, i->w,
               i->w == 1 ? "" : "s");
    putchar('\n');
}

/* Reads to the end of the picture, so that damage is found and the stream
 * stands at the next picture. */
static int read_rows(struct ae_reader *r, struct ae_err *e)
{
    const struct ae_image_info *i = ae_reader_info(r);
    float *row = calloc((size_t)i->w * (size_t)i->channels, sizeof(*row));
    int rc = row ? 0 : AE_EMEM;

    if (rc)
        snprintf(e->msg, sizeof(e->msg), "out of memory (a row)");
    for (int y = 0; !rc && y < i->h; y++)
        rc = ae_reader_row(r, row, e);
    free(row);
    return rc ? rc : ae_reader_finish(r, e);
}

/* The first n bytes; NULL: there are fewer. */
static const unsigned char *peek(struct ae_io *io, size_t n)
{
    const void *p;
    size_t got;

    return ae_io_peek(io, &p, n, &got, NULL) || got < n ? NULL : p;
}

static int is_array(struct ae_io *io)
{
    const unsigned char *p = peek(io, 6);

    return p && memcmp(p, "\223NUMPY", 6) == 0;
}

/* The axes of an array, 3 for more, by the text of its header; 0: none. */
static int axes(struct ae_io *io)
{
    enum { BEFORE = 10 }; /* bytes before the header's text */
    const void *head;
    size_t got;
    char text[256] = "";

    if (!is_array(io) || ae_io_peek(io, &head, sizeof(text), &got, NULL) ||
        got < BEFORE)
        return 0;
    memcpy(text, (const char *)head + BEFORE, got - BEFORE);
    const char *p = strstr(text, "'shape': (");
    unsigned size[3];
    const int n = p ? sscanf(p, "'shape': (%9u ,%9u ,%9u", size, size + 1,
                             size + 2)
                    : 0;
    return n > 0 ? n : 0;
}

/* All images of the stream; one that can't be read is named, and the next ones
 * are tried.  *failed: how many those are.  AE_EUNKNOWN: there is no image. */
static int images(struct ae_ctx *ctx, const struct args *a, struct ae_io *io,
                  int *failed, struct ae_err *e)
{
    const int rows = axes(io) == 2;

    for (int n = 1;; n++) {
        struct ae_reader *r = NULL;
        char name[CMD_NAME];
        int rc = ae_reader_open(ctx, io, n == 1, &r, e);

        if (rc == AE_END)
            return 0;
        if (rc == AE_EUNKNOWN && n == 1)
            return rc;
        cmd_image_name(io, n, name);
        if (!rc) {
            print_image(a, ae_reader_info(r), name, rows && n == 1);
            fflush(stdout);
            rc = read_rows(r, e);
        }
        ae_reader_free(r);
        if (rc)
            cmd_error(name, e);
        *failed += rc != 0;
    }
}

static int model(struct ae_ctx *ctx, const struct args *a, struct ae_io *io,
                 struct ae_err *e)
{
    struct ae_model *m = NULL;
    int rc = ae_model_read(ctx, io, &m, e);

    if (!rc)
        rc = print_model(a, m, ae_io_name(io), NULL, e);
    ae_model_free(m);
    return rc;
}

/* "idx, 2000 items of 28 x 28 x 1", "table, 40 rows of 3 columns". */
static void print_count(const struct ae_file_facts *f)
{
    const unsigned long long n = f->count;
    const char *s = n == 1 ? "" : "s";
    const char *t = f->type;

    if (strcmp(t, "latents") == 0)
        printf("latents, %s, %llu of %d numbers", f->format, n, f->w);
    else if (strcmp(t, "table") == 0)
        printf("table, %llu row%s of %d column%s", n, s, f->w,
               f->w == 1 ? "" : "s");
    else if (strcmp(t, "text") == 0)
        printf("text, %llu line%s", n, s);
    else if (strcmp(t, "floats") == 0)
        printf("float%s without a header, %llu; latents, if a model says of "
               "how many numbers each",
               s, n);
    else if (strcmp(t, "spec") == 0)
        printf("spec of a network, %llu node%s", n, s);
    else if (strcmp(t, "alias") == 0)
        printf("alias of a model");
    else if (strcmp(t, "labels") == 0)
        printf("idx labels, %llu", n);
    else
        printf("%s, %llu item%s of %d x %d x %d", t, n, s, f->h, f->w, f->c);
}

static void print_facts(const struct args *a, const struct ae_file_facts *f,
                        const char *name)
{
    if (!a->json) {
        print_escaped("", name);
        printf(": ");
        print_count(f);
        if (f->columns)
            print_escaped(": ", f->columns);
        putchar('\n');
        return;
    }
    fputs("{\"name\":", stdout);
    cmd_quoted(name);
    printf(",\"type\":\"%s\",\"format\":\"%s\",\"count\":%llu", f->type,
           f->format, (unsigned long long)f->count);
    printf(",\"shape\":[%d,%d,%d],\"columns\":", f->h, f->w, f->c);
    cmd_quoted(f->columns ? f->columns : "");
    puts("}");
}

/* Items and latents; what could be read of a damaged file is printed, too. */
static int items(struct ae_ctx *ctx, const struct args *a, struct ae_io *io,
                 struct ae_err *e)
{
    struct ae_file_facts f;
    const int rc = ae_file_inspect(ctx, io, ae_io_name(io), &f, e);

    if (rc != AE_EUNKNOWN && (!rc || f.count))
        print_facts(a, &f, ae_io_name(io));
    free(f.columns);
    return rc;
}

/* ------------------------------------------------------------ by name */

struct named {
    struct ae_ctx *ctx;
    const struct args *a;
};

static int print_named(void *arg, const struct ae_model_place *p,
                       struct ae_err *e)
{
    const struct named *n = arg;
    struct ae_model *m;
    int rc = ae_model_load(n->ctx, p->name, &m, e);

    if (!rc)
        rc = print_model(n->a, m, p->name, p, e);
    ae_model_free(m);
    return rc;
}

/* A line of the list, of two fields, or three. */
static int print_line(void *arg, const struct ae_model_place *p,
                      struct ae_err *e)
{
    const struct args *a = arg;

    (void)e;
    if (a->json) {
        fputs("{\"type\":\"model\",\"name\":", stdout);
        cmd_quoted(p->name);
        print_place(p);
        puts("}");
        return 0;
    }
    print_escaped("", p->name);
    print_escaped("\t", place_of(p));
    if (p->alias)
        print_escaped("\t", p->alias);
    putchar('\n');
    return 0;
}

static int list(struct args *a)
{
    struct ae_err e = {0};

    if (!ae_model_list(print_line, a, &e))
        return CMD_OK;
    cmd_error(NULL, &e);
    return CMD_FAILED;
}

/* A model's name, unless it can be a file or stdin. */
static int is_name(const char *name)
{
    struct stat st;

    return strcmp(name, "-") != 0 && !strchr(name, '/') && stat(name, &st) < 0;
}

static int is_idx(struct ae_io *io)
{
    const unsigned char *p = peek(io, 4);

    return p && !p[0] && !p[1] && p[2] >= 8 && p[2] <= 14 && p[3] >= 1 &&
           p[3] <= 4;
}

/* A header of JSON behind its length in eight bytes, not all of them text. */
static int is_model(struct ae_io *io)
{
    const unsigned char *p = peek(io, 9);

    return p && p[8] == '{' && memchr(p, 0, 8);
}

/* Whether a file that isn't known by its content is to be read as a model, so
 * that its fault is said and a cut one is no line of text. */
static int is_named_model(struct ae_io *io)
{
    const char *dot = strrchr(ae_io_name(io), '.');

    return dot && strcmp(dot, ".safetensors") == 0;
}

static int contents(struct ae_ctx *ctx, const struct args *a, struct ae_io *io,
                    int *failed, struct ae_err *e)
{
    struct ae_err why = {0};

    if (is_idx(io) || axes(io) == 1)
        return items(ctx, a, io, e);
    if (is_model(io))
        return model(ctx, a, io, e);
    const int rc = images(ctx, a, io, failed, e);
    if (rc != AE_EUNKNOWN || ae_io_offset(io) > 0)
        return rc;
    if (is_named_model(io))
        return model(ctx, a, io, e);
    const int found = items(ctx, a, io, &why);
    if (found != AE_EUNKNOWN)
        *e = why;
    return found;
}

/* As the spec's file, with --layers the spec itself. */
static int preset(struct ae_ctx *ctx, const struct args *a, const char *name,
                  struct ae_err *e)
{
    const char *text = ae_preset_text(name);
    struct ae_io *io = NULL;
    int rc = ae_io_open_memory(text, strlen(text), name, &io, e);

    if (!rc)
        rc = items(ctx, a, io, e);
    ae_io_close(io);
    if (!rc && a->layers && !a->json)
        fputs(text, stdout);
    return rc;
}

static int inspect(struct ae_ctx *ctx, const struct args *a, const char *name,
                   int *failed, struct ae_err *e)
{
    struct named named = {ctx, a};
    struct ae_io *io = NULL;

    if (is_name(name) && ae_preset_text(name))
        return preset(ctx, a, name, e);
    if (is_name(name))
        return ae_model_find(name, print_named, &named, e);
    int rc = cmd_open(name, &io, e);

    if (!rc)
        rc = ae_io_unzip(&io, a->common.memory, e);
    if (!rc)
        rc = contents(ctx, a, io, failed, e);
    ae_io_close(io);
    return rc;
}

/* ------------------------------------------------------------- formats */

/* Prints "png, jpg", or a list of JSON. */
static void print_endings(const struct ae_format_facts *f, int json)
{
    for (int i = 0; i < 4 && f->endings[i]; i++)
        printf(json ? "%s\"%s\"" : "%s%s",
               i == 0 ? ""
               : json ? ","
                      : ", ",
               f->endings[i]);
}

static void print_format(const struct ae_format_facts *f, int json)
{
    if (json) {
        printf("{\"type\":\"format\",\"name\":\"%s\",\"read\":%s,"
               "\"write\":%s,\"library\":\"%s\",\"endings\":[",
               f->name, f->reads ? "true" : "false",
               f->writes ? "true" : "false", f->library);
        print_endings(f, json);
        printf("]}\n");
        return;
    }
    const char *by = f->library[0] ? f->library : "ae";
    if (!f->reads && !f->writes) {
        printf("  %-5s left out: built without %s\n", f->name, by);
        return;
    }
    printf("  %-5s %-4s %-5s by %-8s ", f->name, f->reads ? "read" : "",
           f->writes ? "write" : "", by);
    print_endings(f, json);
    putchar('\n');
}

/* -------------------------------------------- layers, losses and others */

static void print_words(const struct ae_field *f, const char *between, int json)
{
    for (size_t i = 0; f->names[i]; i++) {
        printf("%s", i ? between : "");
        if (json)
            cmd_quoted(f->names[i]);
        else
            printf("%s", f->names[i]);
    }
}

/* Prints the range of its numbers or its words; texts and flags have none. */
static void print_range(const struct ae_field *f)
{
    if (f->type == AE_F_ENUM) {
        printf(" (");
        print_words(f, ", ", 0);
        printf(")");
    } else if (f->type == AE_F_BOOL) {
        printf(" (0, 1)");
    } else if (f->min < f->max) {
        printf(" (%.9g to %.9g)", f->min, f->max);
    }
}

static void print_attribute(const struct ae_field *f)
{
    char set[64];

    snprintf(set, sizeof(set), "%s=%s", f->name, f->def ? f->def : "");
    printf("    %-14s %s", set, f->help);
    print_range(f);
    putchar('\n');
}

static void print_attribute_json(const struct ae_field *f)
{
    printf("{\"name\":\"%s\",\"default\":", f->name);
    cmd_quoted(f->def ? f->def : "");
    if (f->type == AE_F_ENUM) {
        printf(",\"words\":[");
        print_words(f, ",", 1);
        printf("]");
    } else if (f->min < f->max) {
        printf(",\"min\":%.9g,\"max\":%.9g", f->min, f->max);
    }
    printf(",\"help\":");
    cmd_quoted(f->help);
    putchar('}');
}

static void print_kind_json(const struct ae_kind_facts *k)
{
    printf("{\"type\":\"%s\",\"name\":\"%s\",\"help\":", k->group, k->name);
    cmd_quoted(k->help);
    if (strcmp(k->group, "layer") == 0)
        printf(",\"inputs\":[%d,%d]", k->min_in, k->max_in);
    printf(",\"attributes\":[");
    for (const struct ae_field *f = k->fields; f && f->name; f++) {
        printf("%s", f == k->fields ? "" : ",");
        print_attribute_json(f);
    }
    printf("]}\n");
}

static void print_kind(const struct ae_kind_facts *k)
{
    printf("  %-12s %s\n", k->name, k->help);
    for (const struct ae_field *f = k->fields; f && f->name; f++)
        print_attribute(f);
}

static void print_kinds(int json)
{
    struct ae_format_facts f;
    struct ae_kind_facts k;
    const char *group = "";

    if (!json)
        printf("formats\n");
    for (size_t i = 0; ae_format_facts(i, &f); i++)
        print_format(&f, json);
    for (size_t i = 0; ae_kind_facts(i, &k); i++) {
        if (!json && strcmp(group, k.group) != 0)
            printf("%s%s\n", k.group, strcmp(k.group, "loss") ? "s" : "es");
        group = k.group;
        if (json)
            print_kind_json(&k);
        else
            print_kind(&k);
    }
}

int main(int argc, char **argv)
{
    struct args a = {0};
    const int first = cmd_parse(&spec, &a, argc, argv);
    struct cmd_inputs in;

    if ((a.kinds || a.list) && (first < argc || a.common.files_from))
        cmd_usage("--%s takes no files", a.kinds ? "kinds" : "list");
    if (a.kinds) {
        print_kinds(a.json);
        return cmd_close(CMD_OK);
    }
    if (a.list)
        return cmd_close(list(&a));
    cmd_inputs_find(&in, &a.common, NULL, argv + first, argc - first);
    cmd_files(NULL, NULL, in.name, in.count);
    struct ae_ctx *ctx = cmd_context(&a.common);
    int failed = 0;

    for (int i = 0; i < in.count; i++) {
        const char *name = in.name[i];
        struct ae_err e = {0};

        if (inspect(ctx, &a, name, &failed, &e)) {
            cmd_error(is_name(name)       ? NULL
                      : strcmp(name, "-") ? name
                                          : "stdin",
                      &e);
            failed++;
        }
    }
    cmd_inputs_release(&in);
    ae_ctx_free(ctx);
    return cmd_close(failed ? CMD_FAILED : CMD_OK);
}
