/* photoshop.c - see photoshop.h.  Adobe Photoshop File Formats Specification,
 * "Image Resources Section": a signature of four letters, a number, a name
 * with its length in a byte, the length of the content, and the content; name
 * and content are padded to an even length. */
#include "image/meta/photoshop.h"

#include <string.h>

enum { THUMBNAIL_4 = 0x0409, THUMBNAIL_5 = 0x040C };

struct resource {
    unsigned id;
    size_t data, size, end; /* offsets; end: of the next one */
};

/* The resource at `at`; 0 where none begins there, or one is cut short. */
static int read_resource(const unsigned char *p, size_t n, size_t at,
                         struct resource *r)
{
    if (n < 12 || at > n - 12 ||
        (memcmp(p + at, "8BIM", 4) != 0 && memcmp(p + at, "MeSa", 4) != 0 &&
         memcmp(p + at, "AgHg", 4) != 0 && memcmp(p + at, "PHUT", 4) != 0))
        return 0;
    r->id = (unsigned)p[at + 4] << 8 | p[at + 5];
    const size_t name = ((size_t)p[at + 6] + 2) / 2 * 2;
    size_t i = at + 6 + name;
    if (i > n || n - i < 4)
        return 0;
    r->size = (size_t)p[i] << 24 | (size_t)p[i + 1] << 16 |
              (size_t)p[i + 2] << 8 | p[i + 3];
    r->data = i + 4;
    if (r->size > n - r->data)
        return 0;
    r->end = r->data + r->size;
    r->end += r->size % 2 && r->end < n;
    return 1;
}

const unsigned char *ae_photoshop_find(const void *resources, size_t n,
                                       unsigned id, size_t *size)
{
    const unsigned char *p = resources;
    struct resource r;

    for (size_t at = 0; read_resource(p, n, at, &r); at = r.end)
        if (r.id == id) {
            *size = r.size;
            return p + r.data;
        }
    return NULL;
}

size_t ae_photoshop_remove_thumbnail(void *resources, size_t n, int *found)
{
    unsigned char *p = resources;
    struct resource r;
    size_t at = 0;

    *found = 0;
    while (read_resource(p, n, at, &r)) {
        if (r.id != THUMBNAIL_4 && r.id != THUMBNAIL_5) {
            at = r.end;
            continue;
        }
        memmove(p + at, p + r.end, n - r.end);
        n -= r.end - at;
        *found = 1;
    }
    return n;
}
