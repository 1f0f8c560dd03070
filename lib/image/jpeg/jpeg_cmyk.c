/* jpeg_cmyk.c - rows of CMYK to sRGB; the only file that includes Little CMS.
 *
 * Where the file has a profile that fits, the conversion is relative
 * colorimetric with black point compensation, as in editors.  Without one it
 * is plain: red is (1 - C)(1 - K), and so on.  Adobe's files are inverted:
 * they hold 1 - C, and are known by their Adobe marker. */
#include "image/jpeg/jpeg.h"

#include <stdlib.h>

#include <lcms2.h>

struct jpeg_cmyk {
    cmsHTRANSFORM transform; /* NULL: the plain conversion */
    int inverted;
    size_t w;
    unsigned char *row; /* four bytes a pixel */
};

static cmsHTRANSFORM make_transform(const struct ae_blob *icc, int inverted)
{
    cmsHPROFILE from = cmsOpenProfileFromMem(icc->data,
                                             (cmsUInt32Number)icc->size);
    cmsHPROFILE to = cmsCreate_sRGBProfile();
    cmsHTRANSFORM t = NULL;

    if (from && to && cmsGetColorSpace(from) == cmsSigCmykData &&
        cmsGetDeviceClass(from) != cmsSigLinkClass)
        t = cmsCreateTransform(from, inverted ? TYPE_CMYK_8_REV : TYPE_CMYK_8,
                               to, TYPE_RGB_8, INTENT_RELATIVE_COLORIMETRIC,
                               cmsFLAGS_BLACKPOINTCOMPENSATION);
    if (from)
        cmsCloseProfile(from);
    if (to)
        cmsCloseProfile(to);
    return t;
}

/* Takes the profile out of the metadata in any case: one of CMYK doesn't
 * describe the RGB picture that comes out. */
static void use_profile(struct jpeg_decoder *s, struct ae_meta *m)
{
    const struct ae_blob *icc = ae_meta_get(m, AE_BLOB_ICC);
    const char *how = "has no profile, so it is converted to sRGB plainly";

    if (icc && icc->size <= UINT32_MAX)
        s->cmyk->transform = make_transform(icc, s->cmyk->inverted);
    if (s->cmyk->transform)
        how = "is converted to sRGB by its profile, which is left out";
    else if (icc)
        how = "has a profile that is damaged or not of CMYK and is left out: "
              "it is converted to sRGB plainly";
    ae_log(s->error.ctx, AE_LOG_NOTE, "%s: jpeg: CMYK %s",
           ae_io_name(s->error.io), how);
    if (icc)
        ae_meta_remove(m, (int)(icc - m->blobs));
}

int ae_jpeg_cmyk_open(struct jpeg_decoder *s, struct ae_meta *m,
                      struct ae_err *e)
{
    s->cmyk = ae_alloc(1, sizeof(*s->cmyk), e);
    if (!s->cmyk)
        return AE_EMEM;
    s->cmyk->w = s->d.image_width;
    s->cmyk->inverted = s->d.saw_Adobe_marker;
    s->cmyk->row = ae_alloc(s->cmyk->w, 4, e);
    if (!s->cmyk->row)
        return AE_EMEM;
    use_profile(s, m);
    /* A JPEG that is written holds YCbCr.  The source's tables of the first
     * three components fit that if it was YCCK, and don't if it was CMYK. */
    if (m->is_jpeg && s->d.jpeg_color_space == JCS_YCCK)
        m->components = 3;
    return 0;
}

unsigned char *ae_jpeg_cmyk_row(const struct jpeg_decoder *s)
{
    return s->cmyk->row;
}

void ae_jpeg_cmyk_convert(const struct jpeg_decoder *s, unsigned char *rgb)
{
    const struct jpeg_cmyk *t = s->cmyk;

    if (t->transform) {
        cmsDoTransform(t->transform, t->row, rgb, (cmsUInt32Number)t->w);
        return;
    }
    const unsigned flip = t->inverted ? 0 : 255;
    for (size_t x = 0; x < t->w; x++) {
        const unsigned char *p = t->row + 4 * x;
        for (int c = 0; c < 3; c++)
            rgb[3 * x + (size_t)c] =
                (unsigned char)(((p[c] ^ flip) * (p[3] ^ flip) + 127) / 255);
    }
}

void ae_jpeg_cmyk_close(struct jpeg_decoder *s)
{
    if (!s->cmyk)
        return;
    if (s->cmyk->transform)
        cmsDeleteTransform(s->cmyk->transform);
    free(s->cmyk->row);
    free(s->cmyk);
}
