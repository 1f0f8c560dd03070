/* ifd.h - directories of TIFF (IFDs), which EXIF uses too: tables of tags with
 * values, read from bytes that may lie and written anew.
 *
 * Classic TIFF (Adobe, TIFF Revision 6.0, 1992) and BigTIFF, of either byte
 * order.  A table is read first, values only when they are asked for. */
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

/* How the numbers of a file lie. */
struct ae_ifd_form {
    int big_endian, bigtiff;
};

struct ae_ifd;

struct ae_ifd_entry {
    uint16_t tag, type;
    uint64_t count;
    uint64_t at;         /* of the value in the file; 0: not there */
    size_t size;         /* of the value; 0: unusable */
    unsigned char *data; /* machine order; NULL: not loaded */
    struct ae_ifd *sub;  /* the directory it leads to, or NULL */
};

struct ae_ifd {
    struct ae_ifd_entry *entry; /* by tag, each once */
    int count;
};

/* The 8 or 16 bytes a file begins with; *first: its first directory. */
int ae_ifd_read_header(struct ae_spool *s, struct ae_ifd_form *form,
                       uint64_t *first, struct ae_err *e);
/* The table at `at`, with no value loaded; *next: the next one's place, 0 at
 * the end.  Entries of unknown types, or whose values lie past the end, have
 * size 0. */
int ae_ifd_read(struct ae_spool *s, const struct ae_ifd_form *form, uint64_t at,
                struct ae_ifd *out, uint64_t *next, struct ae_err *e);
/* The value of an entry of that file, of at most `limit` bytes. */
int ae_ifd_load(struct ae_spool *s, const struct ae_ifd_form *form,
                struct ae_ifd_entry *en, size_t limit, struct ae_err *e);
void ae_ifd_release(struct ae_ifd *d);
struct ae_ifd_entry *ae_ifd_find(const struct ae_ifd *d, unsigned tag);
/* Element i of a loaded entry of whole numbers, or `none`. */
uint64_t ae_ifd_number(const struct ae_ifd_entry *en, uint64_t i,
                       uint64_t none);
/* A copy of `data` in machine order; an entry that is there already stays. */
int ae_ifd_add(struct ae_ifd *d, unsigned tag, enum ae_ifd_type type,
               uint64_t count, const void *data, struct ae_err *e);
/* A place for entry `tag`, or NULL when it is there already or memory is
 * used up, which *rc says. */
struct ae_ifd_entry *ae_ifd_insert(struct ae_ifd *d, unsigned tag, int *rc,
                                   struct ae_err *e);
/* Moves the entry to `to`, unless one is there already; *en is emptied. */
int ae_ifd_move(struct ae_ifd *to, struct ae_ifd_entry *en, struct ae_err *e);
size_t ae_ifd_type_size(unsigned type);
/* Appends the directory and those below it; entries that aren't loaded keep
 * their place in the file.  *at: where the table is, *link: where the place
 * of the next directory is to be written. */
int ae_ifd_write(struct ae_spool *s, const struct ae_ifd_form *form,
                 const struct ae_ifd *d, uint64_t *at, uint64_t *link,
                 struct ae_err *e);
/* Writes a place in the file, as tables do. */
int ae_ifd_put_offset(struct ae_spool *s, const struct ae_ifd_form *form,
                      uint64_t at, uint64_t offset, struct ae_err *e);

/* EXIF data, which are a TIFF file without pictures, to their directory with
 * those below it and back.  Directories that lie are left out. */
int ae_ifd_from_exif(const void *exif, size_t size, struct ae_ifd *out,
                     struct ae_ifd_form *form, struct ae_err *e);
int ae_ifd_to_exif(const struct ae_ifd *d, const struct ae_ifd_form *form,
                   void **exif, size_t *size, struct ae_err *e);
/* Loads the EXIF, GPS and interoperability directories below `d`; values
 * larger than `limit`, and what can't be read, are left out. */
int ae_ifd_load_below(struct ae_spool *s, const struct ae_ifd_form *form,
                      struct ae_ifd *d, size_t limit, struct ae_err *e);

#endif
