/* Any text is refused or parsed, and its expanded text parses again. */
#include <stdlib.h>
#include <string.h>

#include "model/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ae_graph *g, *again;
    struct ae_err e;

    if (ae_spec_parse((const char *)data, size, NULL, "h=9,w=7,ch=2", &g, &e))
        return 0;
    if (ae_spec_parse(g->text, strlen(g->text), NULL, NULL, &again, &e) ||
        strcmp(g->text, again->text))
        abort();
    ae_graph_free(g);
    ae_graph_free(again);
    return 0;
}
