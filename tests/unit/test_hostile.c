/* test_hostile.c - bytes that begin as no format, headers of text that promise
 * what isn't there, and promises on a pipe.  Defects of PNG and JPEG files are
 * in tests of their own. */
#include <unistd.h>

#include "pictures.h"

Test(hostile, what_is_nothing_known)
{
    static const struct {
        const char *bytes;
        size_t n;
    } none[] = {
        {"", 0},
        {"P", 1},
        {"P6", 2},
        {"P8\n", 3},
        {"P7 332\n", 7},
        {"\377\330", 2},
        {"\377\377\377\377", 4},
        {"\211PNG\n\n\32\n", 8},
        {"%PDF-1.4", 8},
        {"PK\3\4", 4},
        {"\0\0\0\0\0\0\0\0", 8},
        {"version https://git-lfs", 23},
        {"\223NUMP", 5},
    };
    struct ae_ctx *ctx = pic_context(0, 0);

    for (size_t k = 0; k < sizeof(none) / sizeof(*none); k++) {
        struct ae_image im;
        struct ae_err e = {0};
        cr_assert_eq(pic_read(ctx, none[k].bytes, none[k].n, &im, NULL, &e),
                     AE_EUNKNOWN, "%zu: %s", k, e.msg);
        cr_assert(e.msg[0]);
    }
    ae_ctx_free(ctx);
}

/* Headers of text: netpbm's family and PFM. */
Test(hostile, headers_of_text)
{
    static const struct {
        const char *text;
        int code;
        const char *reason;
    } heads[] = {
        {"P5\n", AE_EFORMAT, "width"},
        {"P5\n4", AE_EFORMAT, "height"},
        {"P5\n0 4\n255\n", AE_EFORMAT, "width is 0"},
        {"P5\n4 -4\n255\n", AE_EFORMAT, "not a number"},
        {"P5\n4x 4\n255\n", AE_EFORMAT, "not a number"},
        {"P5\n+4 4\n255\n", AE_EFORMAT, "not a number"},
        {"P5\n4.0 4\n255\n", AE_EFORMAT, "not a number"},
        {"P5\n99999999999999999999 4\n255\n", AE_EFORMAT, "width"},
        {"P5\n4294967297 4\n255\n", AE_EFORMAT, "width"},
        {"P5\n111111111111111111111111111 4\n255\n", AE_EFORMAT, "too long"},
        {"P5\n2147483647 2147483647\n255\n", AE_ELIMIT, "limit"},
        {"P5\n30000 30000\n255\n....", AE_EFORMAT, "only 4 are left"},
        {"P5\n2 2\n0\n....", AE_EFORMAT, "maxval"},
        {"P5\n2 2\n65536\n....", AE_EFORMAT, "maxval"},
        {"P5\n2 2\n9\n\1\2\12\3", AE_EFORMAT, "row 1"},
        {"P6\n2 2\n255\n...........", AE_EFORMAT, "left"},
        {"P1\n2 2\n0 1 2 0", AE_EFORMAT, "neither 0 nor 1"},
        {"P1\n2 2\n0 1 0", AE_EFORMAT, "ends within"},
        {"P2\n2 2\n9\n1 2 3 10", AE_EFORMAT, "sample"},
        {"P2\n2 2\n9\n1 2 3     ", AE_EFORMAT, "sample"},
        {"P3\n1 1\n9\n1 -2 3", AE_EFORMAT, "not a number"},
        {"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 1\nENDHDR\n.", AE_EFORMAT, "MAXVAL"},
        {"P7\nWIDTH 1\nHEIGHT 1\nMAXVAL 9\nENDHDR\n.", AE_EFORMAT, "DEPTH"},
        {"P7\nWIDTH 1\nWIDTH 1\n", AE_EFORMAT, "twice"},
        {"P7\nWIDTH -1\n", AE_EFORMAT, "WIDTH"},
        {"P7\nCOLOUR 1\n", AE_EFORMAT, "COLOUR"},
        {"P7\nWIDTH 1\nHEIGHT 1\n", AE_EFORMAT, "ends within the header"},
        {"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 3\nMAXVAL 9\nTUPLTYPE GRAYSCALE\n"
         "ENDHDR\n...",
         AE_EFORMAT, "TUPLTYPE"},
        {"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 9\nTUPLTYPE CMYK\n"
         "ENDHDR\n....",
         AE_EUNSUPPORTED, "CMYK"},
        {"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 5\nMAXVAL 9\nENDHDR\n.....",
         AE_EUNSUPPORTED, "5 planes"},
        {"PF\n1 1\n0\n............", AE_EFORMAT, "scale"},
        {"PF\n1 1\nnan\n............", AE_EFORMAT, "scale"},
        {"PF\n1 1\nlittle\n............", AE_EFORMAT, "scale"},
        {"PF\n65536 65536\n1\n....", AE_ELIMIT, "limit"},
        {"PF\n30000 20000\n1\n....", AE_EFORMAT, "left"},
        {"Pf\n1 1\n1\n...", AE_EFORMAT, "left"},
        {"Pf\n1 1\n1\n\177\300\1\1", AE_ENUMERIC, "row 0"},
    };
    struct ae_ctx *ctx = pic_context(0, 0);

    for (size_t k = 0; k < sizeof(heads) / sizeof(*heads); k++) {
        struct ae_image im;
        struct ae_err e = {0};
        const int rc = pic_read(ctx, heads[k].text, strlen(heads[k].text), &im,
                                NULL, &e);
        cr_expect_eq(rc, heads[k].code, "%s: %d, %s", heads[k].text, rc, e.msg);
        cr_expect(strstr(e.msg, heads[k].reason), "%s: %s", heads[k].text,
                  e.msg);
    }
    ae_ctx_free(ctx);
}

/* On a pipe nobody knows what is left: the reader finds out by reading, with
 * no more memory than a row, or than has come. */
Test(hostile, promises_on_a_pipe)
{
    static const char *const heads[] = {
        "P5\n30000 30000\n65535\n",
        "PF\n8000 8000\n-1\n",
        "P2\n30000 30000\n65535\n1 2 3",
    };

    for (size_t k = 0; k < 3; k++) {
        struct ae_ctx *ctx = pic_context(0, 0);
        struct ae_reader *r = NULL;
        struct ae_io *io;
        struct ae_err e = {0};
        float *row = malloc(30000 * 3 * sizeof(*row));
        int fd[2];
        cr_assert_eq(pipe(fd), 0);
        cr_assert_gt(write(fd[1], heads[k], strlen(heads[k])), 0);
        close(fd[1]);
        cr_assert_eq(ae_io_open_fd(fd[0], 1, "pipe", &io, &e), 0);
        int rc = ae_reader_open(ctx, io, 1, &r, &e);
        if (!rc)
            rc = ae_reader_row(r, row, &e);
        cr_assert_eq(rc, AE_EFORMAT, "%s: %s", heads[k], e.msg);
        ae_reader_free(r);
        ae_io_close(io);
        free(row);
        ae_ctx_free(ctx);
    }
}
