/* embedded.h - the files of models/ that are compiled in.
 *
 * lib/model/embed.sh makes the tables: a row for each spec (*.ae), each model
 * (*.safetensors) and each alias of a model (*.alias). */
#ifndef AE_MODEL_EMBEDDED_H
#define AE_MODEL_EMBEDDED_H

#include <stddef.h>

struct ae_embedded {
    const char *name;          /* the file's, without folder and ending */
    const unsigned char *data; /* 64-byte aligned; a NUL follows */
    size_t size;               /* without that NUL */
};

/* Each table ends with a row whose name is NULL. */
extern const struct ae_embedded ae_embedded_specs[];
extern const struct ae_embedded ae_embedded_models[];
extern const struct ae_embedded ae_embedded_aliases[];

#endif
