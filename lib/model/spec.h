/* spec.h - a network as text: one node a line.
 *
 *   ae 1
 *   var  c=32 ch=3
 *   x    input c=$ch
 *   s    input c=1 name=sigma
 *   j    cat   < x s
 *   repeat n=2
 *     a  conv  c=2*$c k=3 act=relu
 *     b  conv  c=2*$c k=3
 *     r  add   < -1 -3
 *   end
 *   output r
 *
 * `name kind key=value... < inputs`; with no `<`, the line above; an input
 * is a name or -k, the k-th node line above.  `$v` and integer expressions
 * with + - * / and parentheses in values; `var` gives defaults that a user
 * overrides (unet:c=48).  In a repeat, node a becomes a.1, a.2...; a name used inside means the
 * same round's, else the last round's. */
#ifndef AE_MODEL_SPEC_H
#define AE_MODEL_SPEC_H

#include "nn/graph.h"

/* `vars`: "c=48,b=3" or NULL, unknown names are errors; `soft`: the same but
 * names that the spec doesn't declare are left out (h, w, ch of the data).
 * Errors say the line. */
int ae_spec_parse(const char *text, size_t size, const char *vars,
                  const char *soft, struct ae_graph **out, struct ae_err *e);
/* "unet:c=48" (preset) or "my.ae:c=48" (file) -> text and variables, both
 * to be freed with free(). AE_EARG lists the presets. */
int ae_spec_find(const char *arg, char **text, char **vars, struct ae_err *e);

#endif
