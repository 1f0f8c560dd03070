/* net.c - see net.h. */
#include "net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { TEXT = 4096 };

/* One node: "name kind attrs < inputs". */
static int add_line(struct ae_graph *g, char *line, int number,
                    struct ae_err *e)
{
    int in[AE_MAX_INPUTS + 1], nin = 0;
    char *inputs = strchr(line, '<'), *rest = line, *word;

    if (inputs)
        *inputs++ = '\0';
    for (; inputs && (word = strtok_r(inputs, " ", &inputs));)
        if (nin <= AE_MAX_INPUTS)
            in[nin++] = ae_graph_find(g, word);
    const char *name = strtok_r(rest, " ", &rest);
    const char *kind = strtok_r(NULL, " ", &rest);
    if (!name || !kind)
        return ae_fail(e, AE_EARG, "no node in '%s'", line);
    if (nin == 0 && strcmp(kind, "input") != 0)
        in[nin++] = g->count - 1;
    while (rest && *rest == ' ')
        rest++;
    for (size_t n = rest ? strlen(rest) : 0; n && rest[n - 1] == ' ';)
        rest[--n] = '\0';
    return ae_graph_add(g, kind, name, rest, in, nin, number, e);
}

int net_try(const char *text, struct ae_graph **out, struct ae_err *e)
{
    char copy[TEXT], *rest = copy, *line;
    int rc = ae_graph_new(out, e), number = 0;

    snprintf(copy, sizeof(copy), "%s", text);
    while (!rc && (line = strtok_r(rest, ";", &rest)))
        rc = add_line(*out, line, ++number, e);
    if (!rc)
        rc = ae_graph_output(*out, (*out)->count - 1, NULL, e);
    if (!rc)
        rc = ae_graph_finish(*out, e);
    if (rc) {
        ae_graph_free(*out);
        *out = NULL;
    }
    return rc;
}

struct ae_graph *net_build(const char *text)
{
    struct ae_graph *g;
    struct ae_err e = {0, ""};

    if (net_try(text, &g, &e)) {
        fprintf(stderr, "%s: %s\n", text, e.msg);
        exit(1);
    }
    return g;
}

double net_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 33) / 1073741824.0 - 1;
}

void net_fill(float *v, size_t n, double scale, double shift, uint64_t seed)
{
    uint64_t s = seed * 2 + 1;

    for (int i = 0; i < 4; i++)
        net_random(&s);
    for (size_t i = 0; i < n; i++)
        v[i] = (float)(scale * net_random(&s) + shift);
}

void net_fill_view(const struct ae_view *v, double scale, double shift,
                   uint64_t seed)
{
    uint64_t s = seed * 2 + 1;

    for (int i = 0; i < v->n * v->h * v->w * v->c; i++) {
        int c = i % v->c, x = i / v->c % v->w, y = i / v->c / v->w;
        ae_row(v, y / v->h,
               y % v->h)[x * v->pix + c] = (float)(scale * net_random(&s) +
                                                   shift);
    }
}
