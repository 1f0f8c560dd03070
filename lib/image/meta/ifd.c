/* ifd.c - see ifd.h. */
#include "image/meta/ifd.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/io.h"
#include "base/mem.h"
#include "image/format.h"

enum {
    MAX_ENTRIES = 65535,    /* entries of a table */
    MAX_SUB_ENTRIES = 4096, /* ... of one below another */
    EXIF_MEMORY = 64 << 20
};

/* Bytes that are swapped together: a rational is two numbers of four. */
static size_t unit_size(unsigned type)
{
    switch (type) {
    case AE_IFD_SHORT:
    case AE_IFD_SSHORT:
        return 2;
    case AE_IFD_LONG:
    case AE_IFD_SLONG:
    case AE_IFD_RATIONAL:
    case AE_IFD_SRATIONAL:
    case AE_IFD_FLOAT:
    case AE_IFD_IFD:
        return 4;
    case AE_IFD_DOUBLE:
    case AE_IFD_LONG8:
    case AE_IFD_SLONG8:
    case AE_IFD_IFD8:
        return 8;
    case AE_IFD_BYTE:
    case AE_IFD_ASCII:
    case AE_IFD_SBYTE:
    case AE_IFD_UNDEFINED:
        return 1;
    default:
        return 0;
    }
}

size_t ae_ifd_type_size(unsigned type)
{
    const int pair = type == AE_IFD_RATIONAL || type == AE_IFD_SRATIONAL;

    return unit_size(type) << pair;
}

/* Swaps n numbers from the file's byte order to the machine's, or back. */
static void swap_value(const struct ae_ifd_form *form, void *p, size_t unit,
                       size_t n)
{
    if (unit < 2)
        return;
    if (form->big_endian)
        ae_big_endian(p, unit, n);
    else
        ae_little_endian(p, unit, n);
}

static uint64_t get_number(const struct ae_ifd_form *form,
                           const unsigned char *p, int n)
{
    uint64_t v = 0;

    for (int i = 0; i < n; i++)
        v = v << 8 | p[form->big_endian ? i : n - 1 - i];
    return v;
}

static void put_number(const struct ae_ifd_form *form, unsigned char *p, int n,
                       uint64_t v)
{
    for (int i = 0; i < n; i++)
        p[form->big_endian ? n - 1 - i : i] = (unsigned char)(v >> 8 * i);
}

int ae_ifd_read_header(struct ae_spool *s, struct ae_ifd_form *form,
                       uint64_t *first, struct ae_err *e)
{
    unsigned char b[16];

    AE_TRY(ae_spool_read(s, 0, b, 8, e));
    form->big_endian = b[0] == 'M';
    form->bigtiff = get_number(form, b + 2, 2) == 43;
    *first = get_number(form, b + 4, 4);
    if (!form->bigtiff)
        return 0;
    int rc = ae_spool_read(s, 0, b, 16, e);
    *first = get_number(form, b + 8, 8);
    if (!rc && get_number(form, b + 4, 4) != (form->big_endian ? 8u << 16 : 8u))
        rc = ae_fail(e, AE_EFORMAT,
                     "BigTIFF with places of other than 8 bytes");
    return rc;
}

struct ae_ifd_entry *ae_ifd_find(const struct ae_ifd *d, unsigned tag)
{
    for (int i = 0; i < d->count; i++)
        if (d->entry[i].tag == tag)
            return &d->entry[i];
    return NULL;
}

/* Parses an entry of the table, at offset `at` in the file. */
static void parse_entry(struct ae_spool *s, const struct ae_ifd_form *form,
                        const unsigned char *p, uint64_t at,
                        struct ae_ifd_entry *en)
{
    const int word = form->bigtiff ? 8 : 4;
    const uint64_t all = ae_spool_size(s);
    const size_t each = ae_ifd_type_size((unsigned)get_number(form, p + 2, 2));

    memset(en, 0, sizeof(*en));
    en->tag = (uint16_t)get_number(form, p, 2);
    en->type = (uint16_t)get_number(form, p + 2, 2);
    en->count = get_number(form, p + 4, word);
    if (!each || en->count == 0 || en->count > all / each)
        return;
    const uint64_t size = en->count * each;
    en->at = size <= (uint64_t)word ? at + 4 + (uint64_t)word
                                    : get_number(form, p + 4 + word, word);
    if (en->at <= all && size <= all - en->at)
        en->size = (size_t)size;
}

/* The standard demands sorted tables, but some writers don't sort. */
static int by_tag(const void *a, const void *b)
{
    const struct ae_ifd_entry *x = a, *y = b;

    if (x->tag != y->tag)
        return x->tag < y->tag ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static void sort_entries(struct ae_ifd *d)
{
    int n = 0;

    if (d->count > 1)
        qsort(d->entry, (size_t)d->count, sizeof(*d->entry), by_tag);
    for (int i = 0; i < d->count; i++)
        if (n == 0 || d->entry[n - 1].tag != d->entry[i].tag)
            d->entry[n++] = d->entry[i];
    d->count = n;
}

int ae_ifd_read(struct ae_spool *s, const struct ae_ifd_form *form, uint64_t at,
                struct ae_ifd *out, uint64_t *next, struct ae_err *e)
{
    const size_t head = form->bigtiff ? 8 : 2, each = form->bigtiff ? 20 : 12;
    const size_t word = form->bigtiff ? 8 : 4;
    unsigned char b[8];

    memset(out, 0, sizeof(*out));
    int rc = ae_spool_read(s, at, b, head, e);
    if (rc)
        return ae_err_at(e, rc, "a directory");
    const uint64_t n = get_number(form, b, (int)head);
    if (n == 0 || n > MAX_ENTRIES)
        return ae_fail(e, AE_EFORMAT,
                       "a directory of %" PRIu64 " entries at "
                       "offset %" PRIu64,
                       n, at);
    const size_t size = (size_t)n * each + word;
    unsigned char *table = ae_alloc(size, 1, e);
    out->entry = ae_alloc((size_t)n, sizeof(*out->entry), e);
    rc = table && out->entry ? ae_spool_read(s, at + head, table, size, e)
                             : AE_EMEM;
    for (size_t i = 0; !rc && i < n; i++)
        parse_entry(s, form, table + i * each, at + head + i * each,
                    &out->entry[i]);
    if (!rc) {
        out->count = (int)n;
        *next = get_number(form, table + n * each, (int)word);
        sort_entries(out);
    } else {
        ae_ifd_release(out);
        rc = ae_err_at(e, rc, "a directory");
    }
    free(table);
    return rc;
}

int ae_ifd_load(struct ae_spool *s, const struct ae_ifd_form *form,
                struct ae_ifd_entry *en, size_t limit, struct ae_err *e)
{
    if (en->data)
        return 0;
    if (en->size == 0)
        return ae_fail(e, AE_EFORMAT, "tag %u has no value", en->tag);
    if (en->size > limit)
        return ae_fail(e, AE_ELIMIT, "tag %u has %zu bytes", en->tag, en->size);
    en->data = ae_alloc(en->size, 1, e);
    if (!en->data)
        return AE_EMEM;
    const size_t unit = unit_size(en->type);

    AE_TRY(ae_spool_read(s, en->at, en->data, en->size, e));
    swap_value(form, en->data, unit, en->size / unit);
    return 0;
}

static void release_entry(struct ae_ifd_entry *en)
{
    if (en->sub)
        ae_ifd_release(en->sub);
    free(en->sub);
    free(en->data);
    memset(en, 0, sizeof(*en));
}

void ae_ifd_release(struct ae_ifd *d)
{
    for (int i = 0; i < d->count; i++)
        release_entry(&d->entry[i]);
    free(d->entry);
    memset(d, 0, sizeof(*d));
}

uint64_t ae_ifd_number(const struct ae_ifd_entry *en, uint64_t i, uint64_t none)
{
    uint16_t two;
    uint32_t four;
    uint64_t eight;

    if (!en || !en->data || i >= en->count)
        return none;
    switch (en->type) {
    case AE_IFD_BYTE:
        return en->data[i];
    case AE_IFD_SHORT:
        memcpy(&two, en->data + 2 * i, 2);
        return two;
    case AE_IFD_LONG:
    case AE_IFD_IFD:
        memcpy(&four, en->data + 4 * i, 4);
        return four;
    case AE_IFD_LONG8:
    case AE_IFD_IFD8:
        memcpy(&eight, en->data + 8 * i, 8);
        return eight;
    default:
        return none;
    }
}

/* ---------------------------------------------------------------- adding */

struct ae_ifd_entry *ae_ifd_insert(struct ae_ifd *d, unsigned tag, int *rc,
                                   struct ae_err *e)
{
    int i = d->count;

    *rc = 0;
    if (ae_ifd_find(d, tag))
        return NULL;
    *rc = ae_realloc(&d->entry, (size_t)d->count + 1, sizeof(*d->entry), e);
    if (*rc)
        return NULL;
    for (; i > 0 && d->entry[i - 1].tag > tag; i--)
        d->entry[i] = d->entry[i - 1];
    memset(&d->entry[i], 0, sizeof(*d->entry));
    d->entry[i].tag = (uint16_t)tag;
    d->count++;
    return &d->entry[i];
}

int ae_ifd_add(struct ae_ifd *d, unsigned tag, enum ae_ifd_type type,
               uint64_t count, const void *data, struct ae_err *e)
{
    int rc;
    const size_t size = (size_t)count * ae_ifd_type_size(type);
    unsigned char *copy = ae_alloc(size, 1, e);

    if (!copy)
        return AE_EMEM;
    struct ae_ifd_entry *en = ae_ifd_insert(d, tag, &rc, e);
    if (!en) {
        free(copy);
        return rc;
    }
    if (size)
        memcpy(copy, data, size);
    en->type = (uint16_t)type;
    en->count = count;
    en->size = size;
    en->data = copy;
    return 0;
}

int ae_ifd_move(struct ae_ifd *to, struct ae_ifd_entry *en, struct ae_err *e)
{
    int rc;
    struct ae_ifd_entry *place = ae_ifd_insert(to, en->tag, &rc, e);

    if (place) {
        *place = *en;
        memset(en, 0, sizeof(*en));
    }
    return rc;
}

/* --------------------------------------------------------------- writing */

int ae_ifd_put_offset(struct ae_spool *s, const struct ae_ifd_form *form,
                      uint64_t at, uint64_t offset, struct ae_err *e)
{
    unsigned char b[8];
    const int word = form->bigtiff ? 8 : 4;

    if (!form->bigtiff && offset > UINT32_MAX)
        return ae_fail(e, AE_ELIMIT,
                       "the file is past the 4 GiB of TIFF that isn't BigTIFF");
    put_number(form, b, word, offset);
    return ae_spool_write(s, at, b, (size_t)word, e);
}

/* Appends at an even offset. */
static int append_bytes(struct ae_spool *s, const void *p, size_t n,
                        uint64_t *at, struct ae_err *e)
{
    *at = (ae_spool_size(s) + 1) & ~(uint64_t)1;
    return ae_spool_write(s, *at, p, n, e);
}

/* Fills the value field of a table's entry: with the value where that fits,
 * else with its offset.  `b` has room for 8 bytes and is zero. */
static int write_value(struct ae_spool *s, const struct ae_ifd_form *form,
                       const struct ae_ifd_entry *en, unsigned char *b,
                       struct ae_err *e)
{
    const int word = form->bigtiff ? 8 : 4;
    const size_t unit = unit_size(en->type);
    uint64_t at = en->at, link;
    int rc = 0;

    if (!en->sub && !en->data && en->size <= (size_t)word)
        return ae_spool_read(s, en->at, b, en->size, e);
    if (en->sub) {
        rc = ae_ifd_write(s, form, en->sub, &at, &link, e);
    } else if (en->data) {
        swap_value(form, en->data, unit, en->size / unit);
        if (en->size <= (size_t)word)
            memcpy(b, en->data, en->size);
        else
            rc = append_bytes(s, en->data, en->size, &at, e);
        swap_value(form, en->data, unit, en->size / unit);
        if (en->size <= (size_t)word)
            return 0;
    }
    if (!rc && !form->bigtiff && at > UINT32_MAX)
        rc = ae_fail(e, AE_ELIMIT,
                     "the file is past the 4 GiB of TIFF that isn't BigTIFF");
    put_number(form, b, word, at);
    return rc;
}

int ae_ifd_write(struct ae_spool *s, const struct ae_ifd_form *form,
                 const struct ae_ifd *d, uint64_t *at, uint64_t *link,
                 struct ae_err *e)
{
    const int head = form->bigtiff ? 8 : 2, word = form->bigtiff ? 8 : 4;
    const size_t each = form->bigtiff ? 20 : 12;
    const size_t size = (size_t)head + (size_t)d->count * each + (size_t)word;
    unsigned char *table = ae_alloc(size, 1, e);
    int rc = table ? 0 : AE_EMEM;

    for (int i = 0; !rc && i < d->count; i++) {
        const struct ae_ifd_entry *en = &d->entry[i];
        unsigned char *p = table + head + (size_t)i * each;
        const int leads = en->sub != NULL;
        put_number(form, p, 2, en->tag);
        put_number(form, p + 2, 2,
                   !leads          ? en->type
                   : form->bigtiff ? AE_IFD_LONG8
                                   : AE_IFD_LONG);
        put_number(form, p + 4, word, leads ? 1 : en->count);
        rc = write_value(s, form, en, p + 4 + word, e);
    }
    if (!rc) {
        put_number(form, table, head, (uint64_t)d->count);
        rc = append_bytes(s, table, size, at, e);
        *link = *at + size - (uint64_t)word;
    }
    free(table);
    return rc;
}

/* ------------------------------------------------------------------ EXIF */

static int load_table(struct ae_spool *s, const struct ae_ifd_form *form,
                      uint64_t at, struct ae_ifd *out, size_t limit, int depth,
                      struct ae_err *e);

static int is_sub_directory(const struct ae_ifd_entry *en)
{
    return (en->tag == AE_IFD_EXIF || en->tag == AE_IFD_GPS ||
            en->tag == AE_IFD_INTEROP) &&
           en->count == 1;
}

/* Loads the sub-directory that an entry points to, which is unusable if it
 * can't be read. */
static int load_sub(struct ae_spool *s, const struct ae_ifd_form *form,
                    struct ae_ifd_entry *en, size_t limit, int depth,
                    int *usable, struct ae_err *e)
{
    struct ae_ifd sub = {0};
    struct ae_err why = {0};
    int rc = ae_ifd_load(s, form, en, 16, &why);

    *usable = 0;
    if (!rc)
        rc = load_table(s, form, ae_ifd_number(en, 0, 0), &sub, limit,
                        depth + 1, &why);
    if (rc == AE_EMEM || rc == AE_EIO)
        return ae_fail(e, rc, "%s", why.msg);
    if (rc || sub.count == 0) {
        ae_ifd_release(&sub);
        return 0;
    }
    en->sub = ae_alloc(1, sizeof(sub), e);
    if (!en->sub) {
        ae_ifd_release(&sub);
        return AE_EMEM;
    }
    *en->sub = sub;
    *usable = 1;
    return 0;
}

static void remove_at(struct ae_ifd *d, int i)
{
    release_entry(&d->entry[i]);
    memmove(&d->entry[i], &d->entry[i + 1],
            (size_t)(d->count - i - 1) * sizeof(*d->entry));
    d->count--;
}

/* Loads a value or a sub-directory; an unusable entry is to be left out. */
static int load_entry(struct ae_spool *s, const struct ae_ifd_form *form,
                      struct ae_ifd_entry *en, size_t limit, int depth,
                      int *usable, struct ae_err *e)
{
    const int sub = is_sub_directory(en);

    *usable = sub ? depth < 2 : en->size > 0 && en->size <= limit;
    if (!*usable)
        return 0;
    return sub ? load_sub(s, form, en, limit, depth, usable, e)
               : ae_ifd_load(s, form, en, limit, e);
}

static int load_table(struct ae_spool *s, const struct ae_ifd_form *form,
                      uint64_t at, struct ae_ifd *out, size_t limit, int depth,
                      struct ae_err *e)
{
    uint64_t next;
    int usable, rc = at ? ae_ifd_read(s, form, at, out, &next, e)
                        : ae_fail(e, AE_EFORMAT, "no directory");

    if (rc < 0)
        goto out;
    if (out->count > MAX_SUB_ENTRIES) {
        rc = ae_fail(e, AE_ELIMIT, "too many entries");
        goto out;
    }
    for (int i = 0; i < out->count;) {
        rc = load_entry(s, form, &out->entry[i], limit, depth, &usable, e);
        if (rc < 0)
            goto out;
        limit -= out->entry[i].size < limit ? out->entry[i].size : limit;
        if (usable)
            i++;
        else
            remove_at(out, i);
    }
    return 0;
out:
    ae_ifd_release(out);
    return rc;
}

int ae_ifd_load_below(struct ae_spool *s, const struct ae_ifd_form *form,
                      struct ae_ifd *d, size_t limit, struct ae_err *e)
{
    int usable;

    for (int i = 0; i < d->count; i++) {
        struct ae_ifd_entry *en = &d->entry[i];
        if (!is_sub_directory(en) || en->sub)
            continue;
        AE_TRY(load_sub(s, form, en, limit, 0, &usable, e));
        if (!usable)
            remove_at(d, i--);
    }
    return 0;
}

int ae_ifd_from_exif(const void *exif, size_t size, struct ae_ifd *out,
                     struct ae_ifd_form *form, struct ae_err *e)
{
    struct ae_spool *s = NULL;
    struct ae_io *io = NULL;
    uint64_t first;

    memset(out, 0, sizeof(*out));
    int rc = ae_io_open_memory(exif, size, "EXIF", &io, e);
    if (rc || (rc = ae_spool_take(io, 0, &s, e)) ||
        (rc = ae_ifd_read_header(s, form, &first, e)))
        goto out;
    rc = load_table(s, form, first, out, size, 0, e);
out:
    ae_spool_free(s);
    ae_io_close(io);
    return rc;
}

int ae_ifd_to_exif(const struct ae_ifd *d, const struct ae_ifd_form *form,
                   void **exif, size_t *size, struct ae_err *e)
{
    const struct ae_ifd_form classic = {form->big_endian, 0};
    unsigned char head[8] = {'I', 'I'};
    struct ae_spool *s;
    uint64_t at, link;

    *exif = NULL;
    if (form->big_endian)
        head[0] = head[1] = 'M';
    put_number(&classic, head + 2, 2, 42);
    AE_TRY(ae_spool_new(EXIF_MEMORY, &s, e));
    int rc = ae_spool_write(s, 0, head, 8, e);
    if (rc < 0 || (rc = ae_ifd_write(s, &classic, d, &at, &link, e)) < 0 ||
        (rc = ae_ifd_put_offset(s, &classic, 4, at, e)) < 0)
        goto out;
    *size = (size_t)ae_spool_size(s);
    *exif = ae_alloc(*size, 1, e);
    rc = *exif ? ae_spool_read(s, 0, *exif, *size, e) : AE_EMEM;
out:
    if (rc < 0) {
        free(*exif);
        *exif = NULL;
    }
    ae_spool_free(s);
    return rc;
}
