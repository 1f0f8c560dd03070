/* refused.c - picture formats that are known, but neither read nor written
 * here: a line each, with a command that converts such a file.
 *
 * The error names that command when an input begins as one of them, and only
 * the format when an output's name ends as one.  This table is asked before
 * that of format.c, since most camera raws are TIFF by their first bytes. */
#include <string.h>
#include <strings.h>

#include "image/format.h"

/* A file is known by `size` bytes at `offset`; or, with size 0, it is a TIFF
 * whose Make begins with `make`.  Each ending stands between blanks.  The
 * command writes to a pipe where its tool can. */
static const struct refused {
    const char *what, *command, *endings, *make, *bytes;
    unsigned char offset, size;
} refused[] = {
    {"Canon raw (CR2)", "dcraw -c -w in.cr2", " cr2 ", "Canon", "CR\2", 8, 3},
    {"Canon raw (CR3)", "darktable-cli in.cr3 out.png", " cr3 ", NULL,
     "ftypcrx ", 4, 8},
    {"Canon raw (CRW)", "dcraw -c -w in.crw", " crw ", NULL, "HEAPCCDR", 6, 8},
    {"Fujifilm raw (RAF)", "dcraw -c -w in.raf", " raf ", NULL,
     "FUJIFILMCCD-RAW", 0, 15},
    {"Olympus raw (ORF)", "dcraw -c -w in.orf", " orf ", "OLYMPUS", "IIRO", 0,
     4},
    {"Olympus raw (ORF)", "dcraw -c -w in.orf", "", "OM Digital", "IIRS", 0, 4},
    {"Olympus raw (ORF)", "dcraw -c -w in.orf", "", NULL, "MMOR", 0, 4},
    {"Panasonic raw (RW2)", "dcraw -c -w in.rw2", " rw2 rwl ", "Panasonic",
     "IIU\0", 0, 4},
    {"Sigma raw (X3F)", "dcraw -c -w in.x3f", " x3f ", NULL, "FOVb", 0, 4},
    {"Minolta raw (MRW)", "dcraw -c -w in.mrw", " mrw ", NULL, "\0MRM", 0, 4},
    {"Adobe's digital negative (DNG)", "dcraw -c -w in.dng", " dng ", NULL,
     NULL, 0, 0},
    {"Nikon raw (NEF)", "dcraw -c -w in.nef", " nef nrw ", "NIKON", NULL, 0, 0},
    {"Sony raw (ARW)", "dcraw -c -w in.arw", " arw sr2 srf ", "SONY", NULL, 0,
     0},
    {"Pentax raw (PEF)", "dcraw -c -w in.pef", " pef ", "PENTAX", NULL, 0, 0},
    {"Samsung raw (SRW)", "dcraw -c -w in.srw", " srw ", "SAMSUNG", NULL, 0, 0},
    {"Hasselblad raw (3FR)", "dcraw -c -w in.3fr", " 3fr fff ", "Hasselblad",
     NULL, 0, 0},
    {"Kodak raw (DCR)", "dcraw -c -w in.dcr", " dcr kdc ", "Kodak", NULL, 0, 0},
    {"camera raw", "dcraw -c -w in.raw", "", "", NULL, 0, 0},
    {"AVIF", "avifdec in.avif out.png", " avif avifs ", NULL, "ftypavif", 4, 8},
    {"AVIF", "avifdec in.avif out.png", "", NULL, "ftypavis", 4, 8},
    {"HEIC", "heif-convert in.heic out.png", " heic heif hif heics ", NULL,
     "ftyphei", 4, 7},
    {"HEIC", "heif-convert in.heic out.png", "", NULL, "ftyphev", 4, 7},
    {"HEIC (HEIF)", "heif-convert in.heif out.png", "", NULL, "ftypmif1", 4, 8},
    {"HEIC (HEIF)", "heif-convert in.heif out.png", "", NULL, "ftypmsf1", 4, 8},
    {"GIF", "convert 'in.gif[0]' png:-", " gif ", NULL, "GIF8", 0, 4},
    {"JPEG XL", "djxl in.jxl out.png", " jxl ", NULL, "\0\0\0\fJXL \r\n", 0,
     10},
    {"JPEG XL", "djxl in.jxl out.png", "", NULL, "\377\n", 0, 2},
    {"JPEG 2000", "convert in.jp2 png:-", " jp2 j2k j2c jpf jpx jpc ", NULL,
     "\0\0\0\fjP  \r\n", 0, 10},
    {"JPEG 2000", "convert in.j2k png:-", "", NULL, "\377O\377Q", 0, 4},
    {"Photoshop (PSD)", "convert 'in.psd[0]' png:-", " psd psb ", NULL, "8BPS",
     0, 4},
    {"OpenEXR", "convert in.exr pfm:-", " exr ", NULL, "v/1\1", 0, 4},
    {"BMP", "convert in.bmp png:-", " bmp dib ", NULL, "BM", 0, 2},
};

/* The formats that this build was made without; the first line of each has its
 * name. */
static const struct missing {
    const char *name, *what, *library, *command, *endings, *bytes;
    unsigned char offset, size;
} missing[] = {
#if !AE_WITH_TIFF
    {"tiff", "TIFF", "libtiff", "convert in.tif png:-", " tif tiff ", "II*\0",
     0, 4},
    {NULL, "TIFF", "libtiff", "convert in.tif png:-", "", "MM\0*", 0, 4},
    {NULL, "BigTIFF", "libtiff", "convert in.tif png:-", "", "II+\0", 0, 4},
    {NULL, "BigTIFF", "libtiff", "convert in.tif png:-", "", "MM\0+", 0, 4},
#endif
#if !AE_WITH_WEBP
    {"webp", "WebP", "libwebp", "dwebp in.webp -o -", " webp ", "WEBP", 8, 4},
#endif
    {0}};

static int begins_with(const unsigned char *p, size_t n, const char *bytes,
                       size_t offset, size_t size)
{
    return size && n >= offset + size && memcmp(p + offset, bytes, size) == 0;
}

static int fail_refused(const struct refused *r, struct ae_err *e)
{
    return ae_fail(e, AE_EUNREAD,
                   "%s isn't read here: convert it first, e.g. `%s`", r->what,
                   r->command);
}

int ae_format_refuse(const unsigned char *p, size_t n, struct ae_err *e)
{
    for (size_t i = 0; i < AE_LEN(refused); i++) {
        const struct refused *r = &refused[i];
        if (begins_with(p, n, r->bytes, r->offset, r->size))
            return fail_refused(r, e);
    }
    for (const struct missing *l = missing; l->what; l++)
        if (begins_with(p, n, l->bytes, l->offset, l->size))
            return ae_fail(e, AE_EUNREAD,
                           "%s isn't read by this build, which was made "
                           "without %s: convert it first, e.g. `%s`",
                           l->what, l->library, l->command);
    return 0;
}

int ae_format_refuse_raw(const char *make, int dng, struct ae_err *e)
{
    const struct refused *r = refused;

    /* The line with the make "" ends the search in any case. */
    while (dng ? strcmp(r->endings, " dng ") != 0
               : !r->make || strncasecmp(make, r->make, strlen(r->make)) != 0)
        r++;
    return fail_refused(r, e);
}

/* Whether `ending` is one of those in the list. */
static int has_ending(const char *list, const char *ending)
{
    const size_t n = strlen(ending);

    for (const char *p = list; n && (p = strchr(p, ' ')) != NULL; p++)
        if (strncasecmp(p + 1, ending, n) == 0 && p[n + 1] == ' ')
            return 1;
    return 0;
}

int ae_format_refuse_name(const char *name, struct ae_err *e)
{
    const char *base = strrchr(name, '/');
    const char *dot = strrchr(base ? base : name, '.');
    const char *ending = dot ? dot + 1 : name;

    for (size_t i = 0; i < AE_LEN(refused); i++)
        if (has_ending(refused[i].endings, ending))
            return ae_fail(e, AE_EUNSUPPORTED,
                           "%s isn't written here: -T or another ending names "
                           "a format that is",
                           refused[i].what);
    for (const struct missing *l = missing; l->what; l++)
        if (has_ending(l->endings, ending))
            return ae_fail(e, AE_EUNSUPPORTED,
                           "%s isn't written by this build, which was made "
                           "without %s",
                           l->what, l->library);
    return 0;
}

int ae_format_missing(size_t i, struct ae_format_facts *out)
{
    static const char *const none[4];
    size_t k = 0;

    for (const struct missing *l = missing; l->what; l++)
        if (l->name && k++ == i) {
            *out = (struct ae_format_facts){
                .name = l->name, .library = l->library, .endings = none};
            return 1;
        }
    return 0;
}
