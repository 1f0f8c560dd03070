/* Specs: what they mean, what their expanded text is, and what errors say. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/spec.h"
#include "nn/graph/graph.h"

static struct ae_graph *parse(const char *text, const char *vars,
                              const char *soft, struct ae_err *e)
{
    struct ae_graph *g;

    memset(e, 0, sizeof(*e));
    int err = ae_spec_parse(text, strlen(text), vars, soft, &g, e);
    cr_assert_eq(err == 0, g != NULL);
    return g;
}

/* Parses, holds the expanded text against `want`, and parses that again. */
static void expands(const char *text, const char *vars, const char *want)
{
    struct ae_err e;
    struct ae_graph *g = parse(text, vars, NULL, &e);

    cr_assert_not_null(g, "%s", e.msg);
    cr_assert_str_eq(g->text, want);
    struct ae_graph *again = parse(g->text, NULL, NULL, &e);
    cr_assert_not_null(again, "%s", e.msg);
    cr_assert_str_eq(again->text, want);
    cr_assert_eq(again->weights, g->weights);
    cr_assert_eq(again->count, g->count);
    ae_graph_free(g);
    ae_graph_free(again);
}

#define X "ae 1\nx input c=2\n"

Test(spec, attributes_and_inputs)
{
    expands("# a comment\n\nae 1\nvar c=4\n  x\tinput c=2 # here too\r\n"
            "a conv c=2*$c k=1x5\nb conv c=($c+4)/2*2 k=(3)x(5-4) act=relu<x\n"
            "s add < a b\n"
            "output s\noutput a name=code\n",
            NULL,
            "ae 1\nx input c=2\na conv c=8 k=1x5\n"
            "b conv c=8 k=3x1 act=relu < x\ns add < a b\n"
            "output s\noutput a name=code\n");
}

Test(spec, expressions_follow_the_usual_rules)
{
    expands("ae 1\nvar a=7 b=$a/2 w=relu\nx input c=1+2*3\n"
            "a conv c=-(2-$a)-$b k=3 act=$w\noutput a\n",
            NULL, "ae 1\nx input c=7\na conv c=2 act=relu\noutput a\n");
}

Test(spec, given_variables_go_before_the_text)
{
    const char *t = "ae 1\nvar h=3 c=$h\nx input c=$c\noutput x\n";
    struct ae_err e;

    expands(t, NULL, "ae 1\nx input c=3\noutput x\n");
    expands(t, "h=5", "ae 1\nx input c=5\noutput x\n");
    expands(t, "c=9,h=5", "ae 1\nx input c=9\noutput x\n");
    struct ae_graph *g = parse(t, "c=9", "c=8,z=1", &e);
    cr_assert_eq(g->node[0].shape.c, 9);
    ae_graph_free(g);
    g = parse(t, NULL, "c=8,z=1", &e);
    cr_assert_eq(g->node[0].shape.c, 8);
    ae_graph_free(g);
}

Test(spec, repeats_number_their_nodes)
{
    expands(X "repeat n=2\n a conv c=2\n r add < -1 -2\nend\n"
              "s add < a r\noutput s\n",
            NULL,
            X "a.1 conv c=2\nr.1 add < a.1 x\na.2 conv c=2\n"
              "r.2 add < a.2 r.1\ns add < a.2 r.2\noutput s\n");
    expands(X "a conv c=2\nrepeat n=2\nrepeat n=1\n b add < a x\n"
              "a act kind=tanh\nend\nend\n"
              "c add < a.1.1 b\noutput c\n",
            NULL,
            X "a conv c=2\nb.1.1 add < a x\na.1.1 act kind=tanh\n"
              "b.2.1 add < a.1.1 x\na.2.1 act kind=tanh\n"
              "c add < a.1.1 b.2.1\noutput c\n");
    expands(X "repeat n=0\n a conv c=2\nend\noutput x\n", NULL, X "output x\n");
}

/* Every error names the line, and what is wrong with it. */
static const struct {
    const char *text, *vars, *want;
} wrong[] = {
    {"", NULL, "line 1: a spec begins with the line 'ae 1'"},
    {"\n\nx input\n", NULL, "line 3: a spec begins with the line 'ae 1'"},
    {"ae 2\n", NULL, "line 1: version 2 of the spec is newer"},
    {"ae 1\n", NULL, "the first node must be an input"},
    {X "x conv c=1\noutput x\n", NULL, "line 3: x: the name 'x' is taken"},
    {X "a nosuch\n", NULL, "line 3: a: unknown kind of layer 'nosuch'"},
    {X "a\n", NULL, "line 3: 'a' is followed by no kind"},
    {X "a conv c=1 < b\n", NULL, "line 3: there is no node 'b' above"},
    {X "a conv c=1 < -2\n", NULL, "line 3: input -2: there is no such node"},
    {X "a conv c=1 < -0\n", NULL, "line 3: input -0: there is no such node"},
    {X "a conv c=1 <\n", NULL, "line 3: nothing follows '<'"},
    {X "a add < x x x x x x x x x\n", NULL, "line 3: more than 8 inputs"},
    {X "a conv c=1 < x x\n", NULL, "line 3: a: conv takes 1 inputs, not 2"},
    {X "a conv foo\n", NULL, "line 3: 'foo' is not key=value"},
    {X "a conv foo=1\n", NULL, "line 3: a: "},
    {X "a conv c=1 c=2\n", NULL, "line 3: a: "},
    {X "a conv c=$d\n", NULL, "line 3: $d: there is no variable $d"},
    {X "a conv c=1/0\n", NULL, "line 3: 1/0: division by zero"},
    {X "a conv c=65536*65536\n", NULL, "a result is beyond 2^31"},
    {X "a conv c=99999999999999999999999\n", NULL, "beyond 2^31"},
    {X "a conv c=(1\n", NULL, "line 3: (1: a ')' is missing"},
    {X "a conv c=1+\n", NULL, "line 3: 1+: a number is missing at the end"},
    {X "a conv c=1)\n", NULL, "line 3: 1): ')' was not expected"},
    {X "a conv c=((((((((((((((((((((((((((((((((((1\n", NULL, "nested more"},
    {X "a conv c=0\n", NULL, "line 3: a: "},
    {X "a dense c=4\n", NULL, "line 3: a: a dense layer needs"},
    {X "repeat n=2\na conv c=1\n", NULL, "line 3: repeat without end"},
    {X "end\n", NULL, "line 3: end without repeat"},
    {X "repeat 2\nend\n", NULL, "line 3: should be: repeat n=NUMBER"},
    {X "repeat n=4097\nend\n", NULL, "line 3: n: "},
    {X "repeat n=2\nvar a=1\nend\n", NULL, "line 4: var inside a repeat"},
    {X "repeat n=2\noutput x\nend\n", NULL, "line 4: two outputs are named"},
    {X "repeat n=1\nrepeat n=1\nrepeat n=1\nrepeat n=1\nrepeat n=1\n", NULL,
     "line 7: more than 4 repeats"},
    {X, NULL, "no output is named"},
    {X "output y\n", NULL, "line 3: there is no node 'y' above"},
    {X "output x x\n", NULL, "line 3: should be: output NODE"},
    {X "output x\noutput x\n", NULL, "line 4: two outputs are named"},
    {"ae 1\nvar 1c=3\n", NULL, "line 2: '1c' is not a name for a variable"},
    {"ae 1\nvar c=3 c=4\n", NULL, "line 2: variable c is given twice"},
    {"ae 1\nvar c\n", NULL, "line 2: 'c' is not name=value"},
    {"ae 1\nvar c=\n", NULL, "line 2: variable c has no value"},
    {"ae 1\nvar c=3 b=1\nx input\noutput x\n", "d=4",
     "the spec has no variable d; it has c, b"},
    {X "output x\n", "d=4", "the spec has no variable d; it has none"},
    {X "output x\n", "d", "'d' is not name=value"},
    {"ae 1\nvar c=3\nx input c=$c\n", "c=lots", "lots"},
    {"ae 1\nx\x01 input\n", NULL, "line 2: byte 0x01 is not text"},
};

Test(spec, errors_say_the_line)
{
    for (size_t i = 0; i < AE_LEN(wrong); i++) {
        struct ae_err e;
        struct ae_graph *g = parse(wrong[i].text, wrong[i].vars, NULL, &e);
        cr_expect_null(g, "%s", wrong[i].text);
        cr_expect_not_null(strstr(e.msg, wrong[i].want),
                           "case %zu: '%s' should hold '%s'", i, e.msg,
                           wrong[i].want);
        ae_graph_free(g);
    }
}

Test(spec, zero_byte_is_no_text)
{
    static const char text[] = "ae 1\nx input\0 c=2\noutput x\n";
    struct ae_graph *g;
    struct ae_err e;

    cr_assert_eq(ae_spec_parse(text, sizeof(text) - 1, NULL, NULL, &g, &e),
                 AE_EFORMAT);
    cr_assert_str_eq(e.msg, "line 2: byte 0x00 is not text");
}

/* Repeats can't ask for unbounded work or memory. */
Test(spec, bombs_are_refused)
{
    static const char *const bombs[] = {
        X "repeat n=4096\nrepeat n=4096\nrepeat n=4096\nrepeat n=4096\n"
          "repeat n=0\nend\nend\nend\nend\nend\noutput x\n",
        X "repeat n=4096\nrepeat n=4096\nrepeat n=4096\nrepeat n=4096\n"
          "end\nend\nend\nend\noutput x\n",
        X "repeat n=4096\na act\nend\noutput a\n",
        X "a conv c=65536 k=1\nb conv c=65536 k=1\nc conv c=65536 k=255\n"
          "output c\n",
    };

    for (size_t i = 0; i < AE_LEN(bombs); i++) {
        struct ae_err e;
        struct ae_graph *g = parse(bombs[i], NULL, NULL, &e);
        cr_expect_null(g, "bomb %zu", i);
        ae_graph_free(g);
    }
}

Test(spec, presets_adapt_to_the_data)
{
    static const char *const sizes[] = {
        "rows=28,cols=28,ch=1", "rows=1,cols=140,ch=1", "rows=7,cols=5,ch=3",
        "rows=16,cols=16,ch=2", "rows=1,cols=1,ch=1"};
    size_t presets = 0;

    for (; ae_spec_preset(presets); presets++) {
        for (size_t s = 0; s < AE_LEN(sizes); s++) {
            struct ae_err e = {0};
            struct ae_graph *g;
            char *text, *vars;
            cr_assert_eq(
                ae_spec_find(ae_spec_preset(presets), &text, &vars, &e), 0,
                "%s", e.msg);
            cr_assert_eq(
                ae_spec_parse(text, strlen(text), vars, sizes[s], &g, &e), 0,
                "%s: %s", ae_spec_preset(presets), e.msg);
            const struct ae_shape *in = &g->node[0].shape;
            const struct ae_shape *out = &g->node[g->output[0]].shape;
            cr_assert(in->h == out->h && in->w == out->w && in->c == out->c,
                      "%s at %s", ae_spec_preset(presets), sizes[s]);
            ae_graph_free(g);
            free(text);
            free(vars);
        }
    }
    cr_assert_geq(presets, 7);
}

Test(spec, find_takes_presets_and_files)
{
    char *text, *vars;
    struct ae_err e;

    cr_assert_eq(ae_spec_find("unet:c=8,b=1", &text, &vars, &e), 0);
    cr_assert_str_eq(vars, "c=8,b=1");
    free(text);
    free(vars);
    FILE *f = fopen("/tmp/ae-test-spec:1.ae", "w");
    fputs(X "output x\n", f);
    fclose(f);
    cr_assert_eq(ae_spec_find("/tmp/ae-test-spec:1.ae", &text, &vars, &e), 0);
    cr_assert_str_eq(text, X "output x\n");
    cr_assert_null(vars);
    free(text);
    cr_assert_eq(ae_spec_find("/tmp/ae-test-spec:1.ae:c=1", &text, &vars, &e),
                 0);
    cr_assert_str_eq(vars, "c=1");
    free(text);
    free(vars);
    remove("/tmp/ae-test-spec:1.ae");
    cr_assert_lt(ae_spec_find("nosuch:c=1", &text, &vars, &e), 0);
    cr_assert_not_null(strstr(e.msg, "presets are conv-vae conv"), "%s", e.msg);
}
