/* spec.c - the text of a spec to a graph, and a graph's expanded text.
 *
 * The text is split into lines of words once; repeats run over the same lines
 * again.  Work is bounded whatever the text says: bytes, lines, depth and
 * rounds have limits here, nodes and weights in the graph.  No layer is known
 * here: the graph checks kinds and attributes. */
#include "model/spec.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/field.h"
#include "base/str.h"
#include "model/spec_vars.h"

enum {
    STEPS = 1 << 16, /* lines and rounds that are run */
    WORDS = 64,      /* of a line */
    DEPTH = 4,       /* repeats inside each other */
    ROUNDS = 4096    /* of a repeat */
};

struct line {
    int number, count;
    char **word;
    int end; /* a repeat's: the index of its line `end` */
};

struct parser {
    struct ae_arena arena; /* everything that ends with the parsing */
    struct line *line;
    int nlines, steps; /* steps run so far */
    const char **base; /* of each node: its name in the text */
    int depth;
    char suffix[DEPTH * 8];             /* ".2.7" within repeats */
    struct ae_vars vars;                /* declared so far */
    struct ae_vars overrides, defaults; /* by the caller */
    struct ae_graph *graph;
    struct ae_err *e;
};

/* ------------------------------------------------------- lines and words */

/* Splits a line; `<` is a word by itself, and # begins a comment. */
static int split_words(struct parser *p, char *text, struct line *l)
{
    char *word[WORDS];
    char *s = text;

    l->count = 0;
    for (;;) {
        s += strspn(s, " \t\r");
        if (*s == '\0' || *s == '#')
            break;
        if (l->count == WORDS)
            return ae_fail(p->e, AE_ELIMIT, "line %d: more than %d words",
                           l->number, WORDS);
        size_t n = *s == '<' ? 1 : strcspn(s, " \t\r<#");
        char *copy = ae_arena_alloc(&p->arena, n + 1, 1, p->e);
        if (!copy)
            return AE_EMEM;
        memcpy(copy, s, n);
        word[l->count++] = copy;
        s += n;
    }
    l->word = ae_arena_alloc(&p->arena, (size_t)l->count, sizeof(char *), p->e);
    if (!l->word)
        return AE_EMEM;
    if (l->count)
        memcpy(l->word, word, (size_t)l->count * sizeof(char *));
    return 0;
}

static int check_bytes(const char *text, size_t size, struct ae_err *e)
{
    int line = 1;

    if (size > AE_SPEC_BYTES)
        return ae_fail(e, AE_ELIMIT, "a spec of %zu bytes; at most %d", size,
                       AE_SPEC_BYTES);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        line += c == '\n';
        if ((c < 0x20 && !strchr("\n\r\t", c)) || c == 0 || c == 0x7f)
            return ae_fail(e, AE_EFORMAT, "line %d: byte 0x%02x is not text",
                           line, c);
    }
    return 0;
}

/* Keeps the lines that hold a word, with their numbers in the text. */
static int split_lines(struct parser *p, const char *text, size_t size)
{
    int number = 0, lines = 1;

    AE_TRY(check_bytes(text, size, p->e));
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    char *copy = ae_arena_alloc(&p->arena, size + 1, 1, p->e);
    p->line = ae_arena_alloc(&p->arena, (size_t)lines, sizeof(*p->line), p->e);
    if (!copy || !p->line)
        return AE_EMEM;
    memcpy(copy, text, size);
    for (char *s = copy, *end; s; s = end) {
        struct line *l = &p->line[p->nlines];
        end = strchr(s, '\n');
        if (end)
            *end++ = '\0';
        l->number = ++number;
        AE_TRY(split_words(p, s, l));
        p->nlines += l->count > 0;
    }
    return 0;
}

/* Finds the `end` of each repeat. */
static int match_repeats(const struct parser *p)
{
    int open[DEPTH], depth = 0;

    for (int i = 0; i < p->nlines; i++) {
        const struct line *l = &p->line[i];
        if (strcmp(l->word[0], "repeat") == 0) {
            if (depth == DEPTH)
                return ae_fail(p->e, AE_ELIMIT,
                               "line %d: more than %d repeats inside each "
                               "other",
                               l->number, DEPTH);
            open[depth++] = i;
        } else if (strcmp(l->word[0], "end") == 0) {
            if (depth == 0 || l->count > 1)
                return ae_fail(p->e, AE_EARG,
                               depth ? "line %d: words after end"
                                     : "line %d: end without repeat",
                               l->number);
            p->line[open[--depth]].end = i;
        }
    }
    return depth == 0 ? 0
                      : ae_fail(p->e, AE_EARG, "line %d: repeat without end",
                                p->line[open[depth - 1]].number);
}

/* --------------------------------------------------------------- a node */

/* The nearest node above with a name, be it its own (a.2) or that of the text
 * (a); or the k-th one above for -k. */
static int find_input(const struct parser *p, const struct line *l,
                      const char *word, int *out)
{
    int64_t k;

    if (word[0] == '-') {
        if (ae_parse_int(word, -ROUNDS, -1, &k, NULL) ||
            p->graph->count + k < 0)
            return ae_fail(p->e, AE_EARG,
                           "line %d: input %s: there is no such node above",
                           l->number, word);
        *out = p->graph->count + (int)k;
        return 0;
    }
    for (int i = p->graph->count - 1; i >= 0; i--) {
        if (strcmp(p->base[i], word) == 0 ||
            strcmp(p->graph->node[i].name, word) == 0) {
            *out = i;
            return 0;
        }
    }
    return ae_fail(p->e, AE_EARG, "line %d: there is no node '%s' above",
                   l->number, word);
}

static int parse_inputs(struct parser *p, const struct line *l, int at, int *in,
                        int *nin)
{
    const struct ae_layer_kind *kind = ae_layer_by_name(l->word[1]);
    int rc = 0;

    *nin = 0;
    if (at == l->count) { /* no `<` */
        if (p->graph->count && !(kind && kind->max_in == 0))
            in[(*nin)++] = p->graph->count - 1;
        return 0;
    }
    if (at + 1 == l->count)
        return ae_fail(p->e, AE_EARG, "line %d: nothing follows '<'",
                       l->number);
    for (int i = at + 1; !rc && i < l->count; i++) {
        if (*nin == AE_MAX_INPUTS)
            return ae_fail(p->e, AE_ELIMIT, "line %d: more than %d inputs",
                           l->number, AE_MAX_INPUTS);
        rc = find_input(p, l, l->word[i], &in[*nin]);
        *nin += 1;
    }
    return rc;
}

/* Appends " key=value", the value being computed. */
static int append_attribute(struct parser *p, const struct line *l,
                            const char *word, struct ae_str *out)
{
    const char *value = strchr(word, '=');

    if (!value || value == word)
        return ae_fail(p->e, AE_EARG, "line %d: '%s' is not key=value",
                       l->number, word);
    value++;
    AE_TRY(ae_str_add(out, out->len ? " " : "", p->e));
    AE_TRY(ae_str_addn(out, word, (size_t)(value - word), p->e));
    const int rc = ae_vars_eval(&p->vars, value, out, p->e);
    return rc ? ae_err_at(p->e, rc, "line %d", l->number) : 0;
}

static int add_base_name(struct parser *p, const char *name)
{
    int n = p->graph->count;

    if ((n & (n - 1)) == 0) /* room for the next power of two */
        AE_TRY(ae_realloc(&p->base, n ? 2 * (size_t)n : 1, sizeof(*p->base),
                          p->e));
    p->base[n] = name;
    return 0;
}

static int add_node(struct parser *p, const struct line *l, struct ae_str *name,
                    struct ae_str *attrs)
{
    int in[AE_MAX_INPUTS], nin, at = 2;

    for (; at < l->count && strcmp(l->word[at], "<"); at++)
        AE_TRY(append_attribute(p, l, l->word[at], attrs));
    AE_TRY(parse_inputs(p, l, at, in, &nin));
    AE_TRY(add_base_name(p, l->word[0]));
    AE_TRY(ae_str_printf(name, p->e, "%s%s", l->word[0], p->suffix));
    return ae_graph_add(p->graph, l->word[1], name->p, attrs->p, in, nin,
                        l->number, p->e);
}

static int run_node(struct parser *p, const struct line *l)
{
    struct ae_str name = {0}, attrs = {0};

    if (l->count < 2 || strcmp(l->word[1], "<") == 0)
        return ae_fail(p->e, AE_EARG,
                       "line %d: '%s' is followed by no kind of layer",
                       l->number, l->word[0]);
    const int rc = add_node(p, l, &name, &attrs);
    ae_str_release(&name);
    ae_str_release(&attrs);
    return rc;
}

/* --------------------------------------------------- the other statements */

/* var name=value...: the caller's value overrides the text's. */
static int run_var(struct parser *p, const struct line *l)
{
    int rc = 0;

    if (p->depth)
        return ae_fail(p->e, AE_EARG, "line %d: var inside a repeat",
                       l->number);
    for (int i = 1; !rc && i < l->count; i++) {
        struct ae_str value = {0};
        char *name = l->word[i], *text = strchr(name, '=');
        struct ae_var *given;
        if (!text)
            return ae_fail(p->e, AE_EARG, "line %d: '%s' is not name=value",
                           l->number, name);
        *text++ = '\0';
        given = ae_vars_find(&p->overrides, name);
        if (!given)
            given = ae_vars_find(&p->defaults, name);
        if (given) {
            given->used = 1;
            text = (char *)(uintptr_t)given->value;
        }
        rc = ae_vars_eval(&p->vars, text, &value, p->e);
        text = rc ? NULL : ae_arena_strdup(&p->arena, value.p, p->e);
        if (!rc)
            rc = text ? ae_vars_add(&p->vars, name, text, p->e) : AE_EMEM;
        ae_str_release(&value);
    }
    return rc ? ae_err_at(p->e, rc, "line %d", l->number) : 0;
}

static int run_output(struct parser *p, const struct line *l)
{
    const char *name = NULL;
    int at, rc;

    if (l->count == 3 && strncmp(l->word[2], "name=", 5) == 0)
        name = l->word[2] + 5;
    if (l->count != (name ? 3 : 2) || (name && *name == '\0'))
        return ae_fail(p->e, AE_EARG,
                       "line %d: should be: output NODE [name=NAME]",
                       l->number);
    AE_TRY(find_input(p, l, l->word[1], &at));
    rc = ae_graph_output(p->graph, at, name, p->e);
    return rc ? ae_err_at(p->e, rc, "line %d", l->number) : 0;
}

static int run_lines(struct parser *p, int first, int last);

/* Bounds the work of all repeats, of empty ones, too. */
static int count_step(struct parser *p, const struct line *l)
{
    if (++p->steps > STEPS)
        return ae_fail(p->e, AE_ELIMIT,
                       "line %d: more than %d lines with all repeats",
                       l->number, STEPS);
    return 0;
}

static int run_repeat(struct parser *p, int i, int *end)
{
    const struct line *l = &p->line[i];
    const size_t outer = strlen(p->suffix);
    int n, rc;

    *end = l->end;
    if (l->count != 2 || strncmp(l->word[1], "n=", 2))
        return ae_fail(p->e, AE_EARG, "line %d: should be: repeat n=NUMBER",
                       l->number);
    rc = ae_vars_int(&p->vars, l->word[1] + 2, 0, ROUNDS, &n, p->e);
    if (rc)
        return ae_err_at(p->e, rc, "line %d: n", l->number);
    p->depth++;
    for (int round = 1; round <= n; round++) {
        ae_format(p->suffix + outer, sizeof(p->suffix) - outer, ".%d", round);
        if ((rc = count_step(p, l)) < 0 || (rc = run_lines(p, i + 1, *end)) < 0)
            goto out;
    }
out:
    p->suffix[outer] = '\0';
    p->depth--;
    return rc;
}

static int run_lines(struct parser *p, int first, int last)
{
    for (int i = first; i < last; i++) {
        const struct line *l = &p->line[i];
        AE_TRY(count_step(p, l));
        if (strcmp(l->word[0], "var") == 0)
            AE_TRY(run_var(p, l));
        else if (strcmp(l->word[0], "repeat") == 0)
            AE_TRY(run_repeat(p, i, &i));
        else if (strcmp(l->word[0], "output") == 0)
            AE_TRY(run_output(p, l));
        else
            AE_TRY(run_node(p, l));
    }
    return 0;
}

/* ------------------------------------------------------------- the whole */

static int check_version(const struct parser *p)
{
    const struct line *l = p->line;
    int64_t version;

    if (p->nlines == 0 || strcmp(l->word[0], "ae") || l->count != 2 ||
        ae_parse_int(l->word[1], 1, INT32_MAX, &version, NULL))
        return ae_fail(p->e, AE_EFORMAT,
                       "line %d: a spec begins with the line 'ae 1'",
                       p->nlines ? l->number : 1);
    if (version != 1)
        return ae_fail(p->e, AE_EUNSUPPORTED,
                       "line %d: version %s of the spec is newer than this "
                       "program, which knows 1",
                       l->number, l->word[1]);
    return 0;
}

/* Refuses a user's variable that the text doesn't declare. */
static int check_overrides(const struct parser *p)
{
    struct ae_str known = {0};
    int rc = 0;

    for (int i = 0; i < p->overrides.count; i++) {
        if (p->overrides.at[i].used)
            continue;
        for (int k = 0; k < p->vars.count; k++)
            if ((rc = ae_str_printf(&known, p->e, "%s %s", k ? "," : "",
                                    p->vars.at[k].name)) < 0)
                goto out;
        rc = ae_fail(p->e, AE_EARG, "the spec has no variable %s; it has%s",
                     p->overrides.at[i].name, known.len ? known.p : " none");
        goto out;
    }
out:
    ae_str_release(&known);
    return rc;
}

/* Attributes at their defaults are left out.  So a kind's defaults must never
 * change: saved models rely on them. */
static int write_node(const struct ae_graph *g, const struct ae_node *nd,
                      struct ae_str *out, struct ae_err *e)
{
    struct ae_str attrs = {0};
    int rc = 0;

    if (nd->kind->fields)
        rc = ae_fields_print(nd->kind->fields, nd->attr, ' ', &attrs, e);
    if (!rc)
        rc = ae_str_printf(out, e, "%s %s%s%s", nd->name, nd->kind->name,
                           attrs.len ? " " : "", attrs.len ? attrs.p : "");
    ae_str_release(&attrs);
    AE_TRY(rc);
    if (nd->nin != 1 || nd->in[0] != nd->index - 1)
        for (int i = 0; i < nd->nin; i++)
            AE_TRY(ae_str_printf(out, e, "%s %s", i ? "" : " <",
                                 g->node[nd->in[i]].name));
    return ae_str_add(out, "\n", e);
}

static int print_graph(const struct ae_graph *g, struct ae_str *out,
                       struct ae_err *e)
{
    AE_TRY(ae_str_add(out, "ae 1\n", e));
    for (int i = 0; i < g->count; i++)
        AE_TRY(write_node(g, &g->node[i], out, e));
    for (int i = 0; i < g->noutputs; i++) {
        const char *name = g->output_name[i];
        const int named = strcmp(name, "output") != 0;
        AE_TRY(ae_str_printf(out, e, "output %s%s%s\n",
                             g->node[g->output[i]].name, named ? " name=" : "",
                             named ? name : ""));
    }
    return 0;
}

int ae_spec_write(struct ae_graph *g, struct ae_err *e)
{
    struct ae_str out = {0};
    int rc = print_graph(g, &out, e);

    if (rc < 0)
        goto out;
    g->text = ae_arena_strdup(&g->arena, out.p, e);
    rc = g->text ? 0 : AE_EMEM;
out:
    ae_str_release(&out);
    return rc;
}

static int parse_spec(struct parser *p, const char *text, size_t size,
                      const char *vars, const char *defaults)
{

    AE_TRY(ae_vars_list(&p->overrides, vars, &p->arena, p->e));
    AE_TRY(ae_vars_list(&p->defaults, defaults, &p->arena, p->e));
    AE_TRY(split_lines(p, text, size));
    AE_TRY(check_version(p));
    AE_TRY(match_repeats(p));
    AE_TRY(ae_graph_new(&p->graph, p->e));
    AE_TRY(run_lines(p, 1, p->nlines));
    AE_TRY(check_overrides(p));
    AE_TRY(ae_graph_finish(p->graph, p->e));
    return ae_spec_write(p->graph, p->e);
}

int ae_spec_parse(const char *text, size_t size, const char *vars,
                  const char *defaults, struct ae_graph **out, struct ae_err *e)
{
    struct parser p = {.e = e};
    int rc = parse_spec(&p, text, size, vars, defaults);

    *out = NULL;
    if (rc)
        ae_graph_free(p.graph);
    else
        *out = p.graph;
    free(p.base);
    ae_arena_release(&p.arena);
    return rc;
}
