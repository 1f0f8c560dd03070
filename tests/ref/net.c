/* net.c - see net.h. */
#include "net.h"

#include <math.h>
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

static const struct net_case cases[] = {
    {"input", 3, 11, 1, 0, "x input c=3; y conv c=4 k=1"},
    {"conv", 2, 37, 1, 0,
     "x input c=3; a conv c=5 k=5x3 s=3x2 act=tanh; y conv c=4 k=4"},
    {"tconv", 2, 13, 1, 0, "x input c=2; a conv c=3 k=1; y tconv c=4 k=3 s=2"},
    {"dwconv", 2, 31, 1, 0, "x input c=2; a conv c=9 k=1; y dwconv k=7 s=2"},
    {"dense", 33, 5, 1, 7,
     "x input c=2 h=7 w=5; a conv c=3; d dense c=41 act=relu; y dense c=41"},
    {"pool", 2, 29, 1, 0,
     "x input c=2; a conv c=5 k=1; p pool k=3 s=2; y pool kind=mean k=2"},
    {"up", 2, 9, 1, 0,
     "x input c=2; a conv c=5 k=1; u up kind=bilinear k=3x2; y up k=2"},
    {"unshuffle", 2, 18, 2, 0, "x input c=2; a conv c=3 k=1; y unshuffle"},
    {"shuffle", 2, 9, 1, 0, "x input c=2; a conv c=12 k=1; y shuffle k=3x2"},
    {"bnorm", 3, 19, 1, 0, "x input c=2; a conv c=7 k=1; y bnorm"},
    {"lnorm", 3, 19, 1, 0, "x input c=2; a conv c=7 k=1; y lnorm"},
    {"act", 3, 19, 1, 0,
     "x input c=2; a conv c=7 k=1; b act kind=gelu; y act kind=softmax"},
    {"dropout", 3, 19, 1, 0, "x input c=2; a conv c=7 k=1; y dropout p=0.3"},
    {"add", 2, 19, 1, 0, "x input c=2; a conv c=2 k=3; y add < a x a"},
    {"sub", 2, 19, 1, 0, "x input c=2; a conv c=2 k=3; y sub < a x"},
    {"mul", 2, 19, 1, 0, "x input c=2; a conv c=2 k=3; y mul < a x"},
    {"where", 2, 19, 1, 0, "x input c=2; a conv c=2 k=3; y where < a x"},
    {"cat", 2, 19, 1, 0, "x input c=2; a conv c=3 k=3; y cat < a x a"},
    {"reshape", 3, 5, 1, 7,
     "x input c=2 h=7 w=5; a conv c=3; y reshape h=5 w=21"},
    {"latent", 3, 19, 1, 0,
     "x input c=2; m conv c=4 k=1; v conv c=4 k=3 < x; y latent < m v"},
    {"code", 3, 19, 1, 0,
     "x input c=2; a conv c=7 k=1 act=sigmoid; y code l1=0.1 kl=2"},
};

const struct net_case *net_case_of(const struct ae_layer_kind *kind)
{
    for (size_t i = 0; i < AE_LEN(cases); i++) {
        if (strcmp(cases[i].kind, kind->name) != 0)
            continue;
        struct ae_graph *g = net_build(cases[i].text);
        int found = 0;

        for (int k = 0; k < g->count; k++)
            found |= g->node[k].kind == kind;
        ae_graph_free(g);
        if (found)
            return &cases[i];
    }
    printf("no case for the layer kind %s\n", kind->name);
    return NULL;
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

float *net_weights(const struct ae_graph *g)
{
    float *w = ae_alloc_aligned(g->weights, sizeof(*w), NULL);

    for (int i = 0; i < g->count; i++)
        for (int k = 0; k < g->node[i].nparam; k++) {
            const struct ae_param *p = &g->node[i].param[k];
            net_fill(w + p->offset, p->count,
                     p->fan_in ? 1.2 / sqrt(p->fan_in) : 0.3,
                     p->init == AE_INIT_ONE ? 1
                     : p->fan_in            ? 0
                                            : 0.05,
                     (uint64_t)(i * 10 + k));
        }
    return w;
}
