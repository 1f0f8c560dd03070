/* input.c - what comes in from outside, by name: x, sigma, label... */
#include "base/err.h"
#include "nn/layer/layer.h"
#include "nn/graph/graph.h"

static const struct ae_field fields[] = {
    {"c", AE_F_INT, offsetof(struct ae_input, c), "1", 1, 65536, "channels",
     NULL, "N", 0},
    {"h", AE_F_INT, offsetof(struct ae_input, h), "0", 0, 65536,
     "height; 0: any", NULL, "N", 0},
    {"w", AE_F_INT, offsetof(struct ae_input, w), "0", 0, 65536,
     "width; 0: any", NULL, "N", 0},
    {"name", AE_F_STR, offsetof(struct ae_input, name), NULL, 0, 0,
     "what it is called outside (the node's own name)", NULL, "NAME", 0},
    {.name = NULL}};

static int shape(const struct ae_node *nd, const struct ae_shape *in,
                 struct ae_shape *out, struct ae_err *e)
{
    const struct ae_input *a = nd->attr;

    (void)in;
    if (!a->h != !a->w)
        return ae_fail(e, AE_EARG, "h and w are both given or both left out");
    *out = (struct ae_shape){a->h, a->w, a->c};
    return 0;
}

const struct ae_layer_kind ae_layer_input = {.name = "input",
                                             .help = "a named input",
                                             .fields = fields,
                                             .size = sizeof(struct ae_input),
                                             .flags = AE_IS_INPUT |
                                                      AE_POINTWISE,
                                             .shape = shape};
