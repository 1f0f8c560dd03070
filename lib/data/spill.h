/* spill.h - samples of items that the bound on memory leaves no room for: in a
 * file without a name, parts of which are mapped.
 *
 * What is mapped is the system's to keep or to drop; the process says when it
 * has no need of it, so that little of it counts as its own.  Decoding a
 * picture anew for each patch of it would cost more than the step. */
#ifndef AE_DATA_SPILL_H
#define AE_DATA_SPILL_H

#include "base/base.h"

struct ae_spill {
    int open; /* 1: there is a file */
    int fd, maps;
    struct ae_spill_map {
        char *at;
        size_t size, used;
    } * map;
    uint64_t size; /* of the file */
};

/* Copies n bytes into the file; *at: where they are to be read. */
int ae_spill_put(struct ae_spill *s, const void *bytes, size_t n, void **at,
                 struct ae_err *e);
void ae_spill_release(struct ae_spill *s);
/* Those bytes aren't needed for a while; they stay readable. */
void ae_spill_rest(const void *at, size_t n);

#endif
