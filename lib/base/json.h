/* json.h - strict JSON over jansson: duplicate keys refused, depth and size
 * limited, numbers printed so that they read back exactly. */
#ifndef AE_BASE_JSON_H
#define AE_BASE_JSON_H

#include <jansson.h>

#include "base/base.h"

/* `size` bytes of UTF-8; the error says line and column. */
int ae_json_parse(const char *text, size_t size, json_t **out,
                  struct ae_err *e);
/* Text to be freed with free(); compact, keys in insertion order. */
int ae_json_print(const json_t *v, int indent, char **text, struct ae_err *e);

#endif
