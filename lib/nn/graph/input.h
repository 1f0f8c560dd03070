/* input.h - attributes of an input node. */
#ifndef AE_NN_GRAPH_INPUT_H
#define AE_NN_GRAPH_INPUT_H

struct ae_input {
    int c, h, w;
    const char *name;
}; /* name may be NULL */

#endif
