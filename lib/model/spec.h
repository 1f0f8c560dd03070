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
 * A node is `name kind key=value... < inputs`.  Without `<` its input is the
 * node above; an input is a name or -k, which is the k-th node above.  A value
 * with `$`, or made of digits and + - * / ( ), is an integer expression, or
 * two of them with an x between (rows x columns); any other value is taken as
 * it stands.  `var` gives defaults, which a user overrides (unet:c=48).  In a
 * repeat, node a becomes a.1, a.2, ...; a name means the nearest node above
 * that has it.  `output NODE [name=NAME]` may come up to four times.
 * ae-model(5) has the whole language.
 *
 * ae_spec_parse() makes of this a graph of eleven nodes.  Its text, which a
 * model file stores, has variables and repeats written out and attributes at
 * their defaults left out:
 *
 *   ae 1
 *   x input c=3                  node 0
 *   s input name=sigma           1
 *   j cat < x s                  2, with inputs 0 and 1
 *   h conv c=64 act=relu         3, with input 2: the node above
 *   a.1 conv c=64 act=relu       4
 *   b.1 conv c=64                5
 *   r.1 add < b.1 h              6, with inputs 5 (-1) and 3 (-3)
 *   a.2 conv c=64 act=relu       7
 *   b.2 conv c=64                8
 *   r.2 add < b.2 r.1            9, with inputs 8 and 6
 *   y conv c=3                   10
 *   output y
 */
#ifndef AE_MODEL_SPEC_H
#define AE_MODEL_SPEC_H

#include "nn/graph/graph.h"

/* `vars`: the user's values of variables, "c=48,b=3" or NULL; an unknown name
 * is an error.  `defaults`: values that come from the data (rows, cols, ch),
 * which `vars` overrides; names that the spec doesn't declare are ignored.
 * Errors have the number of the line.  The graph's text is the spec with
 * variables and repeats written out, which parses to the same graph. */
int ae_spec_parse(const char *text, size_t size, const char *vars,
                  const char *defaults, struct ae_graph **out,
                  struct ae_err *e);
/* Writes g->text anew after attributes were changed. */
int ae_spec_write(struct ae_graph *g, struct ae_err *e);
/* The text and the variables (or NULL) of "unet:c=48", a preset, or of
 * "./my.ae:c=48", a file; both are to be freed with free().  The error for an
 * unknown name lists the presets. */
int ae_spec_find(const char *arg, char **text, char **vars, struct ae_err *e);
/* The i-th preset's name, NULL past the end. */
const char *ae_spec_preset(size_t i);

enum { AE_SPEC_BYTES = 1 << 20 }; /* longest text */

#endif
