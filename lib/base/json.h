/* json.h - strict JSON over jansson: duplicate keys refused, depth and size
 * limited, numbers printed so that they read back exactly; and the text of
 * JSON that is streamed without a tree. */
#ifndef AE_BASE_JSON_H
#define AE_BASE_JSON_H

#include <jansson.h>

#include "base/str.h"

/* `size` bytes of UTF-8; the error says line and column. */
int ae_json_parse(const char *text, size_t size, json_t **out,
                  struct ae_err *e);
/* Text to be freed with free(); compact, keys in insertion order. */
int ae_json_print(const json_t *v, int indent, char **text, struct ae_err *e);

/* Adds a string of JSON.  A byte that is no UTF-8 becomes a lone surrogate, 80
 * DC80, as Python writes it (PEP 383). */
int ae_json_add_string(struct ae_str *s, const char *text, struct ae_err *e);
/* Adds a list of finite numbers, of nine digits, which single precision needs
 * to be read back as it was. */
int ae_json_add_floats(struct ae_str *s, const float *v, int n,
                       struct ae_err *e);

#endif
