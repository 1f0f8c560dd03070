/* format.c - the table of formats: one line each.
 *
 * A stream's format is known from its first bytes, never from a name; names
 * and endings choose what is written.  Formats that are known but not read
 * are refused.c's. */
#include <string.h>
#include <strings.h>

#include "image/format.h"

static const struct ae_format *const table[] = {
    &ae_fmt_png,  &ae_fmt_jpeg, &ae_fmt_pbm, &ae_fmt_pgm, &ae_fmt_ppm,
    &ae_fmt_pam,  &ae_fmt_pnm,  &ae_fmt_pfm, &ae_fmt_npy, &ae_fmt_idx,
#if AE_WITH_WEBP
    &ae_fmt_webp,
#endif
#if AE_WITH_TIFF /* last: nothing follows one */
    &ae_fmt_tiff,
#endif
};

const struct ae_format *ae_format_at(size_t i)
{
    return i < AE_LEN(table) ? table[i] : NULL;
}

static int has_ending(const struct ae_format *f, const char *s)
{
    for (size_t i = 0; i < AE_LEN(f->endings) && f->endings[i]; i++)
        if (strcasecmp(f->endings[i], s) == 0)
            return 1;
    return 0;
}

/* A name is also any of the format's endings: "jpg" is "jpeg". */
const struct ae_format *ae_format_by_name(const char *name)
{
    for (size_t i = 0; i < AE_LEN(table); i++)
        if (strcasecmp(table[i]->name, name) == 0 || has_ending(table[i], name))
            return table[i];
    return NULL;
}

const struct ae_format *ae_format_by_ending(const char *path)
{
    const char *base = strrchr(path, '/');
    const char *dot = strrchr(base ? base : path, '.');
    for (size_t i = 0; dot && i < AE_LEN(table); i++)
        if (has_ending(table[i], dot + 1))
            return table[i];
    return NULL;
}

const char *ae_format_name(const struct ae_format *f)
{
    return f->name;
}

const char *ae_format_ending(const struct ae_format *f)
{
    return f->endings[0];
}

enum ae_many ae_format_many(const struct ae_format *f)
{
    return f->many;
}

const struct ae_format *ae_format_by_content(const unsigned char *p, size_t n)
{
    if (ae_format_refuse(p, n, NULL))
        return NULL;
    for (size_t i = 0; i < AE_LEN(table); i++)
        if (table[i]->is && table[i]->is(p, n))
            return table[i];
    return NULL;
}

int ae_format_facts(size_t i, struct ae_format_facts *out)
{
    if (i >= AE_LEN(table))
        return ae_format_lacking(i - AE_LEN(table), out);
    const struct ae_format *f = table[i];
    *out = (struct ae_format_facts){
        .name = f->name,
        .library = f->library ? f->library : "",
        .endings = f->endings,
        .reads = f->is != NULL,
        .writes = f->create != NULL,
    };
    return 1;
}
