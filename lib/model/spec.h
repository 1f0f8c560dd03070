/* spec.h - a network as text: one node a line.
 *
 *   ae 1
 *   var  c=32 ch=3
 *   x    input c=$ch
 *   s    input c=1 name=sigma
 *   j    cat   < x s
 *   h    conv  c=2*$c k=3 act=relu
 *   repeat n=2
 *     a  conv  c=2*$c k=3 act=relu
 *     b  conv  c=2*$c k=3
 *     r  add   < -1 -3
 *   end
 *   y    conv  c=$ch k=3
 *   output y
 *
 * `name kind key=value... < inputs`; with no `<`, the node above; an input is
 * a name or -k, the k-th node above.  A value with `$` or made of digits and
 * + - * / ( ) is an integer expression, or two with an x between them (rows x
 * columns); any other is taken as it stands.  `var` gives defaults that a
 * user overrides (unet:c=48).  In a repeat, node a becomes a.1, a.2...; a
 * name means the nearest node above that bears it.  `output NODE [name=NAME]`
 * may come up to four times.  man/ae-model.5 tells the whole. */
#ifndef AE_MODEL_SPEC_H
#define AE_MODEL_SPEC_H

#include "nn/graph/graph.h"

/* `vars`: "c=48,b=3" or NULL, unknown names are errors; `soft`: the same but
 * names that the spec doesn't declare are left out (rows, cols, ch of the data)
 * and vars go before.  Errors say the line.  The graph's text is the spec with
 * variables and repeats written out, which parses to the same graph. */
int ae_spec_parse(const char *text, size_t size, const char *vars,
                  const char *soft, struct ae_graph **out, struct ae_err *e);
/* Writes g->text anew, after attributes have been changed. */
int ae_spec_write(struct ae_graph *g, struct ae_err *e);
/* "unet:c=48" (preset) or "./my.ae:c=48" (file) -> text and variables (NULL:
 * none), both to be freed with free().  A miss lists the presets. */
int ae_spec_find(const char *arg, char **text, char **vars, struct ae_err *e);
/* The i-th preset's name, NULL past the end. */
const char *ae_spec_preset(size_t i);

enum { AE_SPEC_BYTES = 1 << 20 }; /* longest text */

#endif
