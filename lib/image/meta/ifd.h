/* ifd.h - image file directories (IFDs) of TIFF and EXIF: tables of tags with
 * values, read from bytes that can't be trusted, and written anew.
 *
 * Classic TIFF (Adobe, TIFF Revision 6.0, 1992) and BigTIFF, in either byte
 * order.  A table is read first, and values only when they are asked for. */
#ifndef AE_IMAGE_IFD_H
#define AE_IMAGE_IFD_H

#include "base/base.h"
#include "base/spool.h"

enum ae_ifd_type {
    AE_IFD_BYTE = 1,
    AE_IFD_ASCII,
    AE_IFD_SHORT,
    AE_IFD_LONG,
    AE_IFD_RATIONAL,
    AE_IFD_SBYTE,
    AE_IFD_UNDEFINED,
    AE_IFD_SSHORT,
    AE_IFD_SLONG,
    AE_IFD_SRATIONAL,
    AE_IFD_FLOAT,
    AE_IFD_DOUBLE,
    AE_IFD_IFD,
    AE_IFD_LONG8 = 16,
    AE_IFD_SLONG8,
    AE_IFD_IFD8
};

/* Tags that lead to other directories. */
enum { AE_IFD_EXIF = 34665, AE_IFD_GPS = 34853, AE_IFD_INTEROP = 40965 };

/* How a file stores numbers. */
struct ae_ifd_form {
    int big_endian, bigtiff;
};

struct ae_ifd;

struct ae_ifd_entry {
    uint16_t tag, type;
    uint64_t count;
    uint64_t at;         /* offset of the value in the file, or 0 */
    size_t size;         /* bytes of the value; 0: it can't be used */
    unsigned char *data; /* in the machine's order; NULL: not loaded */
    struct ae_ifd *sub;  /* the directory that it points to, or NULL */
};

struct ae_ifd {
    struct ae_ifd_entry *entry; /* sorted by tag, each tag once */
    int count;
};

/* Reads the 8 or 16 bytes at the start of a file; *first is the offset of its
 * first directory. */
int ae_ifd_read_header(struct ae_spool *s, struct ae_ifd_form *form,
                       uint64_t *first, struct ae_err *e);
/* Reads the table at `at` without its values; *next is the offset of the next
 * one, 0 at the end.  Entries of unknown types, and those whose values lie
 * outside the file, have size 0. */
int ae_ifd_read(struct ae_spool *s, const struct ae_ifd_form *form, uint64_t at,
                struct ae_ifd *out, uint64_t *next, struct ae_err *e);
/* Loads the value of an entry, of at most `limit` bytes. */
int ae_ifd_load(struct ae_spool *s, const struct ae_ifd_form *form,
                struct ae_ifd_entry *en, size_t limit, struct ae_err *e);
void ae_ifd_release(struct ae_ifd *d);
struct ae_ifd_entry *ae_ifd_find(const struct ae_ifd *d, unsigned tag);
/* Element i of a loaded entry of whole numbers; `none` where there is none. */
uint64_t ae_ifd_number(const struct ae_ifd_entry *en, uint64_t i,
                       uint64_t none);
/* Adds an entry with a copy of `data` (in the machine's order), unless the
 * directory has the tag. */
int ae_ifd_add(struct ae_ifd *d, unsigned tag, enum ae_ifd_type type,
               uint64_t count, const void *data, struct ae_err *e);
/* A new, empty entry; NULL when the directory has the tag (*rc is 0) or on an
 * error. */
struct ae_ifd_entry *ae_ifd_insert(struct ae_ifd *d, unsigned tag, int *rc,
                                   struct ae_err *e);
/* Moves the entry to `to`, which empties *en, unless `to` has the tag. */
int ae_ifd_move(struct ae_ifd *to, struct ae_ifd_entry *en, struct ae_err *e);
size_t ae_ifd_type_size(unsigned type);
/* Appends the directory and its sub-directories; the values of entries that
 * aren't loaded stay where they are in the file.  *at is the offset of the
 * table, *link the offset at which that of the next directory belongs. */
int ae_ifd_write(struct ae_spool *s, const struct ae_ifd_form *form,
                 const struct ae_ifd *d, uint64_t *at, uint64_t *link,
                 struct ae_err *e);
/* Writes `offset` at `at`, as tables store it. */
int ae_ifd_put_offset(struct ae_spool *s, const struct ae_ifd_form *form,
                      uint64_t at, uint64_t offset, struct ae_err *e);

/* EXIF data, which are a TIFF file without pictures, to a directory with its
 * sub-directories, and back.  Sub-directories that can't be read are left
 * out. */
int ae_ifd_from_exif(const void *exif, size_t size, struct ae_ifd *out,
                     struct ae_ifd_form *form, struct ae_err *e);
int ae_ifd_to_exif(const struct ae_ifd *d, const struct ae_ifd_form *form,
                   void **exif, size_t *size, struct ae_err *e);
/* Loads the EXIF, GPS and interoperability sub-directories of `d`; values that
 * are larger than `limit` or can't be read are left out. */
int ae_ifd_load_below(struct ae_spool *s, const struct ae_ifd_form *form,
                      struct ae_ifd *d, size_t limit, struct ae_err *e);

#endif
