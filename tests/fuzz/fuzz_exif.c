/* fuzz_exif.c - EXIF data, Photoshop's resources and XMP as bytes: what is
 * changed stays in place, a thumbnail is found once, sides swap back, and what
 * is joined or split is what it was; then all of it through JPEG and PNG. */
#include "image/meta/exif.h"
#include "image/format.h"
#include "image/meta/photoshop.h"
#include "image/meta/xmp.h"
#include "picture.h"

static void check(int holds)
{
    if (!holds)
        abort();
}

static void *copy_of(const void *p, size_t n)
{
    void *copy = malloc(n ? n : 1);

    check(copy != NULL);
    if (n)
        memcpy(copy, p, n);
    return copy;
}

static void fuzz_exif(const uint8_t *data, size_t n)
{
    uint8_t *p = copy_of(data, n);
    int found, o = ae_exif_orientation(p, n);

    check(o >= 0 && o <= 8);
    if (ae_exif_set_orientation(p, n, 5))
        check(ae_exif_orientation(p, n) == 5 || n < 26);
    memcpy(p, data, n);
    const size_t left = ae_exif_remove_thumbnail(p, n, &found);
    check(left <= n && (found || left == n));
    check(ae_exif_remove_thumbnail(p, left, &found) == left && !found);
    ae_exif_swap_sides(p, left);
    free(p);
}

static void fuzz_photoshop(const uint8_t *data, size_t n)
{
    uint8_t *p = copy_of(data, n);
    size_t size = 0;
    int found;
    const unsigned char *iptc = ae_photoshop_find(p, n, AE_PHOTOSHOP_IPTC,
                                                  &size);

    check(!iptc || (iptc >= p && size <= n - (size_t)(iptc - p)));
    n = ae_photoshop_remove_thumbnail(p, n, &found);
    check(ae_photoshop_remove_thumbnail(p, n, &found) == n && !found);
    free(p);
}

static void fuzz_xmp(const uint8_t *data, size_t n)
{
    void *p = copy_of(data, n), *out = NULL;
    const void *more;
    char guid[AE_XMP_GUID + 1];
    size_t size, m;
    struct ae_err e = {0};

    ae_xmp_set_orientation(p, n, 3);
    check(ae_xmp_swap_sides(&p, n, &e) == 0);
    ae_xmp_extension_guid(p, n, guid);
    if (!ae_xmp_join(p, n / 2, (char *)p + n / 2, n - n / 2, &out, &size, &e)) {
        check(size <= n);
        free(out);
    }
    check(ae_xmp_split(p, n, &out, &size, &more, &m, &e) == 0);
    check(size <= AE_XMP_MAX && (!more || m <= n));
    free(out);
    free(p);
}

/* As blobs of a small picture, turned, into a format and back. */
static void fuzz_files(const uint8_t *data, size_t n, const char *format)
{
    static float pixels[4 * 3 * 3];
    struct ae_ctx *ctx = picture_context();
    const struct ae_write_options opt = {.auto_orient = n & 1};
    struct ae_image im = {{.w = 4, .h = 3, .channels = 3, .maxval = 255},
                          pixels},
                    back;
    struct ae_meta *m, *got;
    struct ae_io *out, *in;
    struct ae_err e = {0};
    size_t size;

    if (ae_meta_new(&m, &e) || ae_io_create_memory(&out, &e))
        abort();
    for (int kind = AE_BLOB_ICC; kind <= AE_BLOB_COMMENT; kind++)
        if (kind != AE_BLOB_XMP_EXTENSION && n)
            check(ae_meta_add(m, (enum ae_blob_kind)kind, data, n, &e) == 0);
    ae_meta_remove_stale(m, ctx, "fuzz", &im.info);
    check(ae_image_write(ctx, out, ae_format_by_name(format), &im, m, &opt,
                         &e) == 0);
    const void *p = ae_io_memory(out, &size);
    check(ae_io_open_memory(p, size, "fuzz", &in, &e) == 0);
    check(ae_image_read(ctx, in, 1, &back, &got, &e) == 0);
    ae_image_release(&back);
    ae_meta_free(got);
    ae_meta_free(m);
    ae_io_close(in);
    ae_io_close(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_exif(data, size);
    fuzz_photoshop(data, size);
    fuzz_xmp(data, size);
    fuzz_files(data, size, "png");
    fuzz_files(data, size, "jpeg");
    return 0;
}
