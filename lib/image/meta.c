/* meta.c - blobs of metadata, kept and handed on unread. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/meta.h"

int ae_meta_new(struct ae_meta **out, struct ae_err *e)
{
    *out = ae_alloc(1, sizeof(**out), e);
    return *out ? 0 : AE_EMEM;
}

void ae_meta_free(struct ae_meta *m)
{
    if (!m)
        return;
    for (int i = 0; i < m->count; i++)
        free(m->blobs[i].data);
    free(m->blobs);
    free(m);
}

int ae_meta_add(struct ae_meta *m, enum ae_blob_kind kind, const void *data,
                size_t size, struct ae_err *e)
{
    void *copy = ae_alloc(size ? size : 1, 1, e);
    if (!copy)
        return AE_EMEM;
    const int rc = ae_realloc(&m->blobs, (size_t)m->count + 1,
                              sizeof(*m->blobs), e);
    if (rc) {
        free(copy);
        return rc;
    }
    if (size)
        memcpy(copy, data, size);
    m->blobs[m->count++] = (struct ae_blob){kind, copy, size};
    return 0;
}

const struct ae_blob *ae_meta_get(const struct ae_meta *m,
                                  enum ae_blob_kind kind)
{
    for (int i = 0; m && i < m->count; i++)
        if (m->blobs[i].kind == kind)
            return &m->blobs[i];
    return NULL;
}
