/* activations.c - NaN stays NaN through every activation: of act layers, and of
 * those that conv (direct, narrow, Winograd's), dwconv and dense fuse. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "nn/conv/act_grad.h"
#include "../ref/net.h"

enum { HEIGHT = 4, WIDTH = 6 };

/* A net on NaN everywhere: 1 unless all of its output is NaN. */
static int loses_nan(const char *text)
{
    struct ae_graph *g = net_build(text);
    float *w = ae_alloc_aligned(g->weights, sizeof(*w), NULL);
    struct ae_ctx *ctx;
    struct ae_exec *x;
    int lost = 0;

    ae_graph_init(g, w, 1);
    if (ae_ctx_new(NULL, &ctx, NULL) ||
        ae_exec_new(ctx, g, w, 1, HEIGHT, WIDTH, 0, &x, NULL))
        exit(1);
    const struct ae_view in = ae_exec_input(x, NULL);
    for (int i = 0; i < in.h * in.w * in.c; i++)
        in.data[i] = NAN;
    ae_exec_forward(x, 0, 0);
    const struct ae_view out = ae_exec_output(x, NULL);
    for (int i = 0; i < out.h * out.w * out.c; i++)
        lost |= !isnan(out.data[i]);
    if (lost)
        printf("%s\n  loses NaN\n", text);
    ae_exec_free(x);
    ae_ctx_free(ctx);
    ae_free_aligned(w);
    ae_graph_free(g);
    return lost;
}

static int check_words(const char *format, const char *const *words, int *total)
{
    char text[200];
    int failed = 0;

    for (; *words; words++, (*total)++) {
        snprintf(text, sizeof(text), format, *words);
        failed += loses_nan(text);
    }
    return failed;
}

int main(void)
{
    static const char *const fused[] = {
        "x input c=3; y conv c=20 k=3 act=%s",
        "x input c=16; y conv c=3 k=1 act=%s",
        "x input c=16; y conv c=32 k=3 act=%s",
        "x input c=3; y tconv c=5 act=%s",
        "x input c=3; y dwconv k=3 act=%s",
        "x input c=3 h=4 w=6; y dense c=37 act=%s"};
    const struct ae_layer_kind *act = ae_layer_by_name("act");
    int total = 0;
    int failed = check_words("x input c=5; y act kind=%s", act->fields[0].names,
                             &total);

    for (size_t i = 0; i < AE_LEN(fused); i++)
        failed += check_words(fused[i], ae_act_names, &total);
    printf("%d passed, %d failed\n", total - failed, failed);
    return failed > 0;
}
