/* layers.c - the table of layer kinds: one line each. */
#include "nn/layer/layer.h"

#include <string.h>

#define KINDS(K)                                                               \
    K(input)                                                                   \
    K(conv)                                                                    \
    K(tconv)                                                                   \
    K(dwconv)                                                                  \
    K(dense)                                                                   \
    K(pool)                                                                    \
    K(up)                                                                      \
    K(unshuffle)                                                               \
    K(shuffle)                                                                 \
    K(bnorm)                                                                   \
    K(lnorm)                                                                   \
    K(act)                                                                     \
    K(dropout)                                                                 \
    K(add)                                                                     \
    K(sub)                                                                     \
    K(mul)                                                                     \
    K(where)                                                                   \
    K(cat)                                                                     \
    K(reshape)                                                                 \
    K(latent)                                                                  \
    K(code)

#define DECLARE(name) extern const struct ae_layer_kind ae_layer_##name;
#define LIST(name) &ae_layer_##name,
KINDS(DECLARE)
static const struct ae_layer_kind *const kinds[] = {KINDS(LIST)};

const struct ae_layer_kind *ae_layer_at(size_t i)
{
    return i < AE_LEN(kinds) ? kinds[i] : NULL;
}

const struct ae_layer_kind *ae_layer_by_name(const char *name)
{
    for (size_t i = 0; i < AE_LEN(kinds); i++)
        if (strcmp(kinds[i]->name, name) == 0)
            return kinds[i];
    return NULL;
}
