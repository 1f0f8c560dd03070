/* pnm.c - reads and writes netpbm's family: PBM, PGM and PPM, plain and raw,
 * and PAM.
 *
 * Reads by rows and keeps the file's maxval; writes raw.  A header is checked
 * against the bytes that are left before anything is allocated; samples past
 * maxval are errors.  "pnm" can only be written: it is PBM, PGM or PPM,
 * whichever fits the picture. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/format.h"
#include "image/netpbm/tokens.h"

enum raster { PLAIN_BITS, PLAIN, BITS, SAMPLES };

struct pnm {
    enum raster raster;
    struct ae_tokens tokens; /* of the header and of plain rasters */
    unsigned char *bytes;    /* a row as in the file */
    size_t stride;
    void *samples; /* BITS: a row, one byte a sample */
    int unsure;    /* see ae_tokens_end_header() */
};

static int is_kind(const unsigned char *p, size_t n, int plain, int raw)
{
    return n >= 3 && p[0] == 'P' && (p[1] == plain || p[1] == raw) &&
           (ae_is_blank(p[2]) || p[2] == '#');
}

static int is_pbm(const unsigned char *p, size_t n)
{
    return is_kind(p, n, '1', '4');
}

static int is_pgm(const unsigned char *p, size_t n)
{
    return is_kind(p, n, '2', '5');
}

static int is_ppm(const unsigned char *p, size_t n)
{
    return is_kind(p, n, '3', '6');
}

static int is_pam(const unsigned char *p, size_t n)
{
    return n >= 4 && (memcmp(p, "P7\n", 3) == 0 || memcmp(p, "P7\r\n", 4) == 0);
}

/* Width, height and, except for bitmaps, maxval; `kind` is the digit after
 * P. */
static int read_pnm_header(struct ae_tokens *t, int kind,
                           struct ae_image_info *i, struct ae_err *e)
{
    unsigned w, h, maxval = 1;

    AE_TRY(ae_tokens_number(t, "width", 1, INT_MAX, &w, e));
    AE_TRY(ae_tokens_number(t, "height", 1, INT_MAX, &h, e));
    if (kind != '1' && kind != '4')
        AE_TRY(ae_tokens_number(t, "maxval", 1, 65535, &maxval, e));
    i->w = (int)w;
    i->h = (int)h;
    i->maxval = maxval;
    i->channels = kind == '3' || kind == '6' ? 3 : 1;
    return 0;
}

/* The rest of a line, without the blanks at its ends. */
static int read_line(struct ae_tokens *t, char *buf, size_t size,
                     struct ae_err *e)
{
    size_t n = 0;
    int c = ae_tokens_next(t, e);

    for (; c >= 0 && c != '\n'; c = ae_tokens_next(t, e)) {
        if (n + 1 >= size)
            return ae_fail(e, AE_EFORMAT, "a line of the header is too long");
        if (n || !ae_is_blank(c))
            buf[n++] = (char)c;
    }
    if (c < 0)
        return t->error ? t->error
                        : ae_fail(e, AE_EFORMAT, "ends within the header");
    while (n && ae_is_blank((unsigned char)buf[n - 1]))
        n--;
    buf[n] = 0;
    return 0;
}

struct pam_header {
    unsigned w, h, depth, maxval;
    char type[256];
};

static int parse_pam_value(const char *key, const char *text, unsigned hi,
                           unsigned *out, struct ae_err *e)
{
    uint64_t v = 0;
    const char *p = text;

    if (*out)
        return ae_fail(e, AE_EFORMAT, "%s is given twice", key);
    for (; *p >= '0' && *p <= '9' && v <= hi; p++)
        v = v * 10 + (unsigned)(*p - '0');
    if (*p || v < 1 || v > hi)
        return ae_fail(e, AE_EFORMAT,
                       "%s is \"%.40s\", which is not a number of 1 to %u", key,
                       text, hi);
    *out = (unsigned)v;
    return 0;
}

static int parse_pam_line(struct pam_header *h, const char *key,
                          const char *value, struct ae_err *e)
{
    if (strcmp(key, "WIDTH") == 0)
        return parse_pam_value(key, value, INT_MAX, &h->w, e);
    if (strcmp(key, "HEIGHT") == 0)
        return parse_pam_value(key, value, INT_MAX, &h->h, e);
    if (strcmp(key, "DEPTH") == 0)
        return parse_pam_value(key, value, INT_MAX, &h->depth, e);
    if (strcmp(key, "MAXVAL") == 0)
        return parse_pam_value(key, value, 65535, &h->maxval, e);
    if (strcmp(key, "TUPLTYPE") != 0)
        return ae_fail(e, AE_EFORMAT, "\"%.40s\" is not a field of the header",
                       key);
    const size_t n = strlen(h->type), room = sizeof(h->type) - n;
    if (strlen(value) + 2 > room)
        return ae_fail(e, AE_EFORMAT, "TUPLTYPE is too long");
    if (n)
        strcat(h->type, " ");
    strcat(h->type, value);
    return 0;
}

static int read_pam_lines(struct ae_tokens *t, struct pam_header *h,
                          struct ae_err *e)
{
    char line[300];

    for (;;) {
        AE_TRY(read_line(t, line, sizeof(line), e));
        if (strcmp(line, "ENDHDR") == 0)
            return 0;
        if (line[0] == 0 || line[0] == '#')
            continue;
        char *value = line + strcspn(line, " \t");
        if (*value)
            *value++ = 0;
        value += strspn(value, " \t");
        AE_TRY(parse_pam_line(h, line, value, e));
    }
}

static const struct pam_type {
    const char *name;
    unsigned depth;
} pam_types[] = {
    {"BLACKANDWHITE", 1},
    {"GRAYSCALE", 1},
    {"RGB", 3},
    {"BLACKANDWHITE_ALPHA", 2},
    {"GRAYSCALE_ALPHA", 2},
    {"RGB_ALPHA", 4},
    {"", 1},
    {"", 2},
    {"", 3},
    {"", 4},
};

static int read_pam_header(struct ae_tokens *t, struct ae_image_info *i,
                           struct ae_err *e)
{
    struct pam_header h = {0};
    int known = 0;

    AE_TRY(read_pam_lines(t, &h, e));
    if (!h.w || !h.h || !h.depth || !h.maxval)
        return ae_fail(e, AE_EFORMAT, "the header has no %s",
                       !h.w       ? "WIDTH"
                       : !h.h     ? "HEIGHT"
                       : !h.depth ? "DEPTH"
                                  : "MAXVAL");
    for (size_t k = 0; k < AE_LEN(pam_types); k++) {
        if (strcmp(pam_types[k].name, h.type) != 0)
            continue;
        known = 1;
        if (pam_types[k].depth != h.depth)
            continue;
        i->w = (int)h.w;
        i->h = (int)h.h;
        i->channels = (int)h.depth;
        i->alpha = h.depth == 2 || h.depth == 4;
        i->maxval = h.maxval;
        return 0;
    }
    return known && h.type[0]
               ? ae_fail(e, AE_EFORMAT, "DEPTH %u doesn't fit TUPLTYPE %s",
                         h.depth, h.type)
               : ae_fail(e, AE_EUNSUPPORTED,
                         "%u planes of type \"%s\" are no picture here",
                         h.depth, h.type);
}

/* Refuses a file that holds fewer bytes than its header promises. */
static int check_left(const struct ae_reader *r, const struct pnm *s,
                      struct ae_err *e)
{
    const int64_t left = ae_io_left(r->io);
    const uint64_t rows = (uint64_t)r->info.h;
    uint64_t row = s->stride; /* below 2^31 * 4 * 2, so the product fits */

    if (s->raster == PLAIN) /* each sample: a digit and a blank */
        row = (uint64_t)r->info.w * (uint64_t)r->info.channels * 2;
    const uint64_t need = row * rows - (s->raster == PLAIN);
    if (left < 0 || r->ctx->salvage || need <= (uint64_t)left)
        return 0;
    return ae_fail(e, AE_EFORMAT,
                   "%s: %d x %d pixels need %llu bytes, but only %lld are left",
                   ae_format_name(r->info.format), r->info.w, r->info.h,
                   (unsigned long long)need, (long long)left);
}

static void set_stride(const struct ae_reader *r, struct pnm *s)
{
    const size_t n = (size_t)r->info.w * (size_t)r->info.channels;

    s->stride = s->raster == BITS         ? (n + 7) / 8
                : s->raster == PLAIN_BITS ? n
                                          : n * ae_sample_size(r->info.maxval);
}

static int alloc_buffers(struct ae_reader *r, struct pnm *s, struct ae_err *e)
{
    const size_t n = (size_t)r->info.w * (size_t)r->info.channels;

    if (s->raster == BITS || s->raster == SAMPLES)
        r->end = ae_io_offset(r->io) + s->stride * (uint64_t)r->info.h;
    AE_TRY(
        ae_ctx_check_size(r->ctx, (uint64_t)r->info.w, (uint64_t)r->info.h, e));
    AE_TRY(check_left(r, s, e));
    s->bytes = ae_alloc(s->stride, 1, e);
    if (s->raster == BITS && s->bytes)
        s->samples = ae_alloc(n, 1, e);
    return s->bytes && (s->raster != BITS || s->samples) ? 0 : AE_EMEM;
}

static int open_pnm_reader(struct ae_reader *r, struct ae_err *e)
{
    static const enum raster rasters[] = {
        PLAIN_BITS, PLAIN, PLAIN, BITS, SAMPLES, SAMPLES, SAMPLES,
    };
    struct pnm *s = r->state = ae_alloc(1, sizeof(*s), e);
    char magic[3];

    if (!s)
        return AE_EMEM;
    AE_TRY(ae_io_read(r->io, magic, 3, e));
    s->tokens.io = r->io;
    s->tokens.last = (unsigned char)magic[2];
    s->raster = rasters[magic[1] - '1'];
    if (magic[2] == '#') /* a comment right after the magic */
        for (int c = 0; c >= 0 && c != '\n' && c != '\r';)
            c = ae_tokens_next(&s->tokens, e);
    int rc = magic[1] == '7'
                 ? read_pam_header(&s->tokens, &r->info, e)
                 : read_pnm_header(&s->tokens, magic[1], &r->info, e);
    if (rc)
        return ae_err_at(e, rc, "%s", ae_format_name(r->info.format));
    set_stride(r, s);
    rc = s->raster == BITS || s->raster == SAMPLES
             ? ae_tokens_end_header(&s->tokens, s->stride * (uint64_t)r->info.h,
                                    &s->unsure, e)
             : ae_tokens_finish(&s->tokens, e);
    return rc ? rc : alloc_buffers(r, s, e);
}

/* Digits 0 and 1, with or without blanks between them; 1 is black. */
static int read_plain_bits(struct pnm *s, const struct ae_image_info *i,
                           struct ae_err *e)
{
    for (int x = 0; x < i->w; x++) {
        int c;
        do {
            c = ae_tokens_next(&s->tokens, e);
            while (c == '#') /* a comment ends with its line */
                do
                    c = ae_tokens_next(&s->tokens, e);
                while (c >= 0 && c != '\n');
        } while (ae_is_blank(c));
        if (c != '0' && c != '1')
            return s->tokens.error ? s->tokens.error
                   : c < 0 ? ae_fail(e, AE_EFORMAT, "ends within the picture")
                           : ae_fail(e, AE_EFORMAT,
                                     "column %d: neither 0 nor 1", x);
        s->bytes[x] = c == '0';
    }
    return 0;
}

static int read_plain_samples(struct pnm *s, const struct ae_image_info *i,
                              struct ae_err *e)
{
    for (int x = 0; x < i->w * i->channels; x++) {
        unsigned v = 0;
        AE_TRY(ae_tokens_number(&s->tokens, "sample", 0, i->maxval, &v, e));
        if (i->maxval > 255)
            ((uint16_t *)(void *)s->bytes)[x] = (uint16_t)v;
        else
            s->bytes[x] = (unsigned char)v;
    }
    return 0;
}

static int check_samples(const void *p, unsigned maxval, size_t n,
                         struct ae_err *e)
{
    const unsigned char *b = p;
    const uint16_t *u = p;
    unsigned top = 0;

    if (maxval == 255 || maxval == 65535)
        return 0;
    for (size_t i = 0; i < n; i++) {
        const unsigned v = maxval > 255 ? u[i] : b[i];
        top = v > top ? v : top;
    }
    return top <= maxval ? 0
                         : ae_fail(e, AE_EFORMAT,
                                   "a sample of %u is past the maxval of %u",
                                   top, maxval);
}

/* Reads a row into s->bytes, and from there into s->samples where a byte holds
 * eight of them. */
static int read_samples(struct ae_reader *r, struct pnm *s, struct ae_err *e)
{
    const struct ae_image_info *i = &r->info;
    const size_t n = (size_t)i->w * (size_t)i->channels;

    if (s->raster == PLAIN_BITS || s->raster == PLAIN) {
        AE_TRY(s->raster == PLAIN ? read_plain_samples(s, i, e)
                                  : read_plain_bits(s, i, e));
        return ae_tokens_finish(&s->tokens, e);
    }
    AE_TRY(ae_io_read(r->io, s->bytes, s->stride, e));
    if (s->raster == BITS) {
        unsigned char *out = s->samples;
        for (size_t x = 0; x < n; x++)
            out[x] = !(s->bytes[x / 8] >> (7 - x % 8) & 1);
        return 0;
    }
    if (i->maxval > 255)
        ae_big_endian(s->bytes, 2, n);
    return check_samples(s->bytes, i->maxval, n, e);
}

static int read_pnm_row(struct ae_reader *r, float *row, struct ae_err *e)
{
    struct pnm *s = r->state;
    const int rc = read_samples(r, s, e);

    if (rc)
        return ae_err_at(e, rc, "%s: row %d", ae_format_name(r->info.format),
                         r->y);
    ae_samples_to_float(r->ctx, row, s->samples ? s->samples : s->bytes,
                        r->info.maxval,
                        (size_t)r->info.w * (size_t)r->info.channels);
    return 0;
}

static int finish_pnm_reader(struct ae_reader *r, struct ae_err *e)
{
    const struct pnm *s = r->state;

    return s->unsure ? ae_tokens_check_end(r->io, e) : 0;
}

static void free_pnm(struct pnm *s)
{
    free(s->bytes);
    free(s->samples);
    free(s);
}

static void close_pnm_reader(struct ae_reader *r)
{
    free_pnm(r->state);
}

/* The digit of the format that is written, '4' to '7'; 0: none fits. */
static int choose_kind(const struct ae_writer *w)
{
    const char *name = w->format->name;
    const int gray = w->info.channels - w->info.alpha == 1;

    if (strcmp(name, "pam") == 0)
        return '7';
    if (!gray && w->info.channels - w->info.alpha != 3)
        return 0;
    if (strcmp(name, "ppm") == 0)
        return '6';
    if (strcmp(name, "pgm") == 0)
        return gray ? '5' : 0;
    if (strcmp(name, "pbm") == 0)
        return gray && w->info.maxval == 1 ? '4' : 0;
    return !gray ? '6' : w->info.maxval == 1 ? '4' : '5';
}

static int write_header(struct ae_writer *w, int kind, struct ae_err *e)
{
    char text[200];
    const struct ae_image_info *i = &w->info;
    int n;

    if (kind == '7') {
        const char *type = w->channels == 1
                               ? w->maxval == 1 ? "BLACKANDWHITE" : "GRAYSCALE"
                           : w->channels == 2 ? "GRAYSCALE_ALPHA"
                           : w->channels == 3 ? "RGB"
                                              : "RGB_ALPHA";
        n = snprintf(text, sizeof(text),
                     "P7\nWIDTH %d\nHEIGHT %d\nDEPTH %d\n"
                     "MAXVAL %u\nTUPLTYPE %s\nENDHDR\n",
                     i->w, i->h, w->channels, w->maxval, type);
    } else if (kind == '4') {
        n = snprintf(text, sizeof(text), "P4\n%d %d\n", i->w, i->h);
    } else {
        n = snprintf(text, sizeof(text), "P%c\n%d %d\n%u\n", kind, i->w, i->h,
                     w->maxval);
    }
    return ae_io_write(w->io, text, (size_t)n, e);
}

static int open_pnm_writer(struct ae_writer *w, struct ae_err *e)
{
    const int kind = choose_kind(w);

    if (!kind)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "%s can't hold %d channels of 0..%u: write png or pam",
                       w->format->name, w->info.channels, w->info.maxval);
    struct pnm *s = w->state = ae_alloc(1, sizeof(*s), e);
    if (!s)
        return AE_EMEM;
    w->maxval = w->info.maxval ? w->info.maxval : 65535;
    if (kind != '7') {
        w->channels = kind == '6' ? 3 : 1;
        if (w->info.alpha)
            ae_log(w->ctx, AE_LOG_NOTE, "%s: %s holds no alpha: it is left out",
                   ae_io_name(w->io), w->format->name);
    }
    const size_t n = (size_t)w->info.w * (size_t)w->channels;
    s->raster = kind == '4' ? BITS : SAMPLES;
    s->stride = kind == '4' ? (n + 7) / 8 : n * ae_sample_size(w->maxval);
    s->bytes = ae_alloc(s->stride, 1, e);
    s->samples = kind == '4' ? ae_alloc(n, 1, e) : NULL;
    if (!s->bytes || (kind == '4' && !s->samples))
        return AE_EMEM;
    return write_header(w, kind, e);
}

static int write_pnm_row(struct ae_writer *w, const float *row,
                         struct ae_err *e)
{
    struct pnm *s = w->state;
    const size_t n = (size_t)w->info.w * (size_t)w->channels;

    if (s->raster == BITS) {
        const unsigned char *in = s->samples;
        ae_samples_from_float(w->ctx, s->samples, row, 1, n);
        memset(s->bytes, 0, s->stride);
        for (size_t x = 0; x < n; x++)
            if (!in[x])
                s->bytes[x / 8] |= (unsigned char)(128 >> x % 8);
    } else {
        ae_samples_from_float(w->ctx, s->bytes, row, w->maxval, n);
        if (w->maxval > 255)
            ae_big_endian(s->bytes, 2, n);
    }
    return ae_io_write(w->io, s->bytes, s->stride, e);
}

static int finish_pnm_writer(struct ae_writer *w, struct ae_err *e)
{
    (void)w;
    (void)e;
    return 0;
}

static void close_pnm_writer(struct ae_writer *w)
{
    free_pnm(w->state);
}

#define PNM(NAME, MATCHES)                                                     \
    {                                                                          \
        .name = #NAME, .endings = {#NAME}, .matches = MATCHES,                 \
        .open_reader = open_pnm_reader, .read_row = read_pnm_row,              \
        .finish_reader = finish_pnm_reader, .close_reader = close_pnm_reader,  \
        .open_writer = open_pnm_writer, .write_row = write_pnm_row,            \
        .finish_writer = finish_pnm_writer, .close_writer = close_pnm_writer,  \
    }

const struct ae_format ae_fmt_pbm = PNM(pbm, is_pbm);
const struct ae_format ae_fmt_pgm = PNM(pgm, is_pgm);
const struct ae_format ae_fmt_ppm = PNM(ppm, is_ppm);
const struct ae_format ae_fmt_pam = PNM(pam, is_pam);
const struct ae_format ae_fmt_pnm = PNM(pnm, NULL);
