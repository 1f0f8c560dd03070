/* input.c - the inputs of a net, known outside by name: x, sigma, label... */
#include "base/err.h"
#include "nn/layer/layer.h"
#include "nn/graph/graph.h"

static const struct ae_field fields[] = {
    AE_FIELD("c", INT, ae_input, c, .def = "1", .min = 1, .max = 1048576,
             .help = "channels"),
    AE_FIELD("h", INT, ae_input, h, .def = "0", .max = 1048576,
             .help = "height; 0: any"),
    AE_FIELD("w", INT, ae_input, w, .def = "0", .max = 1048576,
             .help = "width; 0: any"),
    AE_FIELD("name", STR, ae_input, name,
             .help = "name outside the net, else the node's own"),
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

const struct ae_layer_kind ae_layer_input = {
    .name = "input",
    .help = "what comes in from outside, by name",
    .fields = fields,
    .size = sizeof(struct ae_input),
    .flags = AE_IS_INPUT | AE_POINTWISE,
    .shape = shape};
