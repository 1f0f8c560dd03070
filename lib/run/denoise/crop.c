/* crop.c - see crop.h.  Knows geometry only. */
#include "run/denoise/crop.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"

/* Reads the number at *at and the `mark` after it; 0: there is none. */
static int take_number(const char **at, char mark, int64_t lo, int *out)
{
    char digits[16];
    const size_t n = strspn(*at, "0123456789");
    int64_t v;

    if (n == 0 || n >= sizeof(digits) || (*at)[n] != mark)
        return 0;
    memcpy(digits, *at, n);
    digits[n] = '\0';
    if (ae_parse_int(digits, lo, INT32_MAX, &v, NULL))
        return 0;
    *out = (int)v;
    *at += n + (mark != '\0');
    return 1;
}

int ae_rect_parse(const char *text, struct ae_rect *out, struct ae_err *e)
{
    struct ae_rect r;
    const char *at = text;

    if (!take_number(&at, 'x', 1, &r.w) || !take_number(&at, '+', 1, &r.h) ||
        !take_number(&at, '+', 0, &r.x) || !take_number(&at, '\0', 0, &r.y))
        return ae_fail(e, AE_EARG, "'%s' is not a window WxH+X+Y", text);
    *out = r;
    return 0;
}

struct ae_rect ae_crop_window(const struct ae_denoise_options *o,
                              const struct ae_image_info *info)
{
    const struct ae_rect all = {0, 0, info->w, info->h};

    return o && o->crop.w ? o->crop : all;
}

int ae_denoise_size(const struct ae_denoise_options *o,
                    const struct ae_image_info *in, struct ae_image_info *out,
                    struct ae_err *e)
{
    const struct ae_rect r = ae_crop_window(o, in);

    if (r.x < 0 || r.y < 0 || r.w < 1 || r.h < 1 || r.x > in->w - r.w ||
        r.y > in->h - r.h)
        return ae_fail(e, AE_EARG,
                       "the window %dx%d+%d+%d isn't within its %d x %d pixels",
                       r.w, r.h, r.x, r.y, in->w, in->h);
    *out = *in;
    out->w = r.w;
    out->h = r.h;
    return 0;
}

static int64_t round_up(int64_t n, int align)
{
    return (n + align - 1) / align * align;
}

/* One axis of a region. */
static void find_span(int at, int n, int size, int overlap, int align,
                      int *from, int *length)
{
    const int64_t wide = round_up(ae_max(overlap, align - 1), align);
    const int64_t total = round_up(size, align);
    const int64_t lo = (at - wide) / align * align;
    const int64_t hi = round_up(at + n + wide, align);

    *from = lo > 0 ? (int)lo : 0;
    *length = (int)(hi < total ? hi : total) - *from;
}

struct ae_rect ae_crop_region(struct ae_rect window, int h, int w,
                              const int overlap[2], const int align[2])
{
    struct ae_rect r;

    find_span(window.y, window.h, h, overlap[0], align[0], &r.y, &r.h);
    find_span(window.x, window.w, w, overlap[1], align[1], &r.x, &r.w);
    return r;
}

/* --------------------------------------------------------------- preview */

struct ae_rect ae_preview_window(const struct ae_denoise_options *o,
                                 const struct ae_image_info *info)
{
    enum { W = 512, H = 384 };
    struct ae_rect r = ae_crop_window(o, info);

    if (o->crop.w)
        return r;
    r.w = ae_min(info->w, W);
    r.h = ae_min(info->h, H);
    r.x = (info->w - r.w) / 2;
    r.y = (info->h - r.h) / 2;
    return r;
}

int ae_denoise_preview_size(const struct ae_denoise_options *o,
                            const struct ae_image_info *in,
                            struct ae_image_info *out, struct ae_err *e)
{
    const struct ae_rect r = ae_preview_window(o, in);
    const int64_t w = 2 * (int64_t)r.w + AE_PREVIEW_DIVIDER;

    if (w > INT32_MAX)
        return ae_fail(e, AE_ELIMIT, "the window is too wide for a preview");
    *out = *in;
    out->w = (int)w;
    out->h = r.h;
    out->item = out->items = 0;
    return 0;
}
