/* format.c - the table of formats: one line each.
 *
 * A stream's format is known from its first bytes, never from a name; names
 * and endings choose what is written.  Formats that are known but not read
 * are refused with the command that converts them. */
#include <string.h>
#include <strings.h>

#include "image/format.h"

static const struct ae_format *const table[] = {
    &ae_fmt_png,
    &ae_fmt_jpeg,
    &ae_fmt_pbm,
    &ae_fmt_pgm,
    &ae_fmt_ppm,
    &ae_fmt_pam,
    &ae_fmt_pnm,
    &ae_fmt_pfm,
    &ae_fmt_npy,
    &ae_fmt_idx,
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
        if (strcasecmp(table[i]->name, name) == 0 ||
            has_ending(table[i], name))
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

const struct ae_format *ae_format_by_content(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < AE_LEN(table); i++)
        if (table[i]->is && table[i]->is(p, n))
            return table[i];
    return NULL;
}

/* Signatures of what is refused: `size` bytes at `offset`.  The command
 * writes PNG, or PPM where the tool knows nothing else, to a pipe. */
static const struct refused {
    const char *what, *command, *bytes;
    unsigned char offset, size;
} refused[] = {
    {"Canon raw (CR2)", "dcraw -c in.cr2", "CR\2", 8, 3},
    {"Canon raw (CR3)", "darktable-cli in.cr3 out.png", "ftypcrx ", 4, 8},
    {"Fujifilm raw (RAF)", "dcraw -c in.raf", "FUJIFILMCCD-RAW", 0, 15},
    {"Olympus raw (ORF)", "dcraw -c in.orf", "IIRO", 0, 4},
    {"Olympus raw (ORF)", "dcraw -c in.orf", "IIRS", 0, 4},
    {"Panasonic raw (RW2)", "dcraw -c in.rw2", "IIU\0", 0, 4},
    {"Sigma raw (X3F)", "dcraw -c in.x3f", "FOVb", 0, 4},
    {"Minolta raw (MRW)", "dcraw -c in.mrw", "\0MRM", 0, 4},
    {"TIFF or camera raw (NEF, ARW, DNG)",
     "convert in.tif png:-` or, raw, `dcraw -c in.nef", "II*\0", 0, 4},
    {"TIFF or camera raw (NEF, ARW, DNG)",
     "convert in.tif png:-` or, raw, `dcraw -c in.nef", "MM\0*", 0, 4},
    {"BigTIFF", "convert in.tif png:-", "II+\0", 0, 4},
    {"BigTIFF", "convert in.tif png:-", "MM\0+", 0, 4},
    {"AVIF", "convert in.avif png:-", "ftypavif", 4, 8},
    {"AVIF", "convert in.avif png:-", "ftypavis", 4, 8},
    {"HEIC", "convert in.heic png:-", "ftyphei", 4, 7},
    {"HEIC", "convert in.heic png:-", "ftyphev", 4, 7},
    {"HEIC", "convert in.heic png:-", "ftypmif1", 4, 8},
    {"HEIC", "convert in.heic png:-", "ftypmsf1", 4, 8},
    {"WebP", "dwebp in.webp -o -", "WEBP", 8, 4},
    {"GIF", "convert 'in.gif[0]' png:-", "GIF8", 0, 4},
    {"JPEG XL", "djxl in.jxl out.png", "\0\0\0\fJXL \r\n", 0, 10},
    {"JPEG XL", "djxl in.jxl out.png", "\377\n", 0, 2},
    {"JPEG 2000", "convert in.jp2 png:-", "\0\0\0\fjP  \r\n", 0, 10},
    {"JPEG 2000", "convert in.jp2 png:-", "\377O\377Q", 0, 4},
    {"BMP", "convert in.bmp png:-", "BM", 0, 2},
};

int ae_format_refuse(const unsigned char *p, size_t n, struct ae_err *e)
{
    for (size_t i = 0; i < AE_LEN(refused); i++) {
        const struct refused *r = &refused[i];
        if (n < (size_t)r->offset + r->size ||
            memcmp(p + r->offset, r->bytes, r->size) != 0)
            continue;
        return ae_fail(e, AE_EUNSUPPORTED,
                       "%s isn't read here: convert it first, e.g. `%s`",
                       r->what, r->command);
    }
    return 0;
}
