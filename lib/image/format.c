/* format.c - the table of formats: one line each.
 *
 * A stream's format is known from its first bytes, never from a name; names
 * and endings choose what is written.  Formats that are known but not read
 * are in refused.c. */
#include "image/format.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#if AE_WITH_WEBP
#define WEBP(F) F(webp)
#else
#define WEBP(F)
#endif
#if AE_WITH_TIFF
#define TIFF(F) F(tiff)
#else
#define TIFF(F)
#endif

/* TIFF comes last, since nothing may follow it on a stream. */
#define FORMATS(F)                                                             \
    F(png)                                                                     \
    F(jpeg)                                                                    \
    F(pbm)                                                                     \
    F(pgm)                                                                     \
    F(ppm)                                                                     \
    F(pam)                                                                     \
    F(pnm)                                                                     \
    F(pfm)                                                                     \
    F(npy)                                                                     \
    F(idx)                                                                     \
    WEBP(F)                                                                    \
    TIFF(F)

#define DECLARE(name) extern const struct ae_format ae_fmt_##name;
#define LIST(name) &ae_fmt_##name,
FORMATS(DECLARE)
static const struct ae_format *const table[] = {FORMATS(LIST)};

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

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

const struct ae_format *ae_format_by_ending(const char *path)
{
    const char *dot = strrchr(last_name(path), '.');

    for (size_t i = 0; dot && i < AE_LEN(table); i++)
        if (has_ending(table[i], dot + 1))
            return table[i];
    return NULL;
}

/* By the ending before ".gz", too. */
static const struct ae_format *by_packed_ending(const char *path)
{
    const size_t n = strlen(path);
    char plain[256];

    if (n < 3 || n >= sizeof(plain) || strcasecmp(path + n - 3, ".gz") != 0)
        return ae_format_by_ending(path);
    memcpy(plain, path, n - 3);
    plain[n - 3] = '\0';
    return ae_format_by_ending(plain);
}

int ae_format_pass_over(const char *path, int code)
{
    const char *name = last_name(path);

    if (code == AE_EIO || code == AE_EMEM)
        return 0;
    if (ae_format_refuse_name(name, NULL)) /* damaged or not */
        return 1;
    if (code != AE_EUNKNOWN && code != AE_EUNREAD)
        return 0;
    const struct ae_format *f = by_packed_ending(name);
    return !f || !f->matches || strncmp(name, "._", 2) == 0;
}

const char *ae_format_name(const struct ae_format *f)
{
    return f->name;
}

const char *ae_format_ending(const struct ae_format *f)
{
    return f->endings[0];
}

enum ae_multi ae_format_multi(const struct ae_format *f)
{
    return f->multi;
}

const struct ae_format *ae_format_by_content(const unsigned char *p, size_t n)
{
    if (ae_format_refuse(p, n, NULL))
        return NULL;
    for (size_t i = 0; i < AE_LEN(table); i++)
        if (table[i]->matches && table[i]->matches(p, n))
            return table[i];
    return NULL;
}

void ae_format_list_readable(char *buf, size_t size)
{
    size_t n = 0;

    buf[0] = 0;
    for (size_t i = 0; i < AE_LEN(table) && n < size; i++)
        if (table[i]->matches)
            n += (size_t)snprintf(buf + n, size - n, "%s%s", n ? ", " : "",
                                  table[i]->name);
}

int ae_format_facts(size_t i, struct ae_format_facts *out)
{
    if (i >= AE_LEN(table))
        return ae_format_missing(i - AE_LEN(table), out);

    const struct ae_format *f = table[i];

    *out = (struct ae_format_facts){
        .name = f->name,
        .library = f->library ? f->library : "",
        .endings = f->endings,
        .reads = f->matches != NULL,
        .writes = f->open_writer != NULL,
    };
    return 1;
}
