/* photoshop.c - see photoshop.h.  Adobe Photoshop File Formats Specification,
 * "Image Resources Section": a resource is a signature of four letters, a
 * number, a name with its length in a byte, the length of the content, and the
 * content; name and content are padded to an even length. */
#include "image/meta/photoshop.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

enum { THUMBNAIL_4 = 0x0409, THUMBNAIL_5 = 0x040C };

struct resource {
    unsigned id;
    size_t data, size; /* offset and length of the content */
    size_t end;        /* offset of the next resource */
};

/* The resource at `at`; 0 where none begins there, or it is cut short. */
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
    r->size = ae_be32(p + i);
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

int ae_photoshop_add_iptc(const void *resources, size_t n, const void *iim,
                          size_t size, void **out, size_t *out_size,
                          struct ae_err *e)
{
    static const unsigned char head[8] = "8BIM\4\4\0\0"; /* no name */
    unsigned char *p = *out = ae_alloc(n + 12 + size + 1, 1, e);

    if (!p)
        return AE_EMEM;
    if (n)
        memcpy(p, resources, n);
    memcpy(p + n, head, 8);
    ae_put_be32(p + n + 8, (uint32_t)size);
    if (size)
        memcpy(p + n + 12, iim, size);
    *out_size = n + 12 + size + size % 2;
    return 0;
}
