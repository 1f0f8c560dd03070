/* show - a picture in the terminal: `show FILE`.
 *
 * The terminal is asked what it can draw: kitty's graphics protocol takes PNG
 * as it is; sixels (DEC 1987) get a palette of 6 x 7 x 6 colours with ordered
 * dithering.  Status 1 with nothing written where stdout is no terminal or can
 * do neither. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "ae.h"

enum {
    REPLY = 512, /* bytes of a terminal's answer, at most */
    WAIT = 5,    /* tenths of a second for it */
    CHUNK = 4096 /* of base64 at once, as kitty wants it */
};

enum can { NOTHING, SIXEL, KITTY };

/* --------------------------------------------------------------- detection */

/* All that comes up to the answer to the last question, which ends with c. */
static void read_reply(int fd, char *reply)
{
    size_t n = 0;

    while (n + 1 < REPLY && read(fd, reply + n, 1) == 1)
        if (reply[n++] == 'c')
            break;
    reply[n] = '\0';
}

/* Parameter 4 of the device attributes is sixel graphics. */
static int has_sixel(const char *reply)
{
    const char *attributes = strstr(reply, "\033[?");

    for (; attributes && *attributes && *attributes != 'c'; attributes++)
        if (attributes[0] == ';' && attributes[1] == '4' &&
            (attributes[2] == ';' || attributes[2] == 'c'))
            return 1;
    return 0;
}

/* Asks for a pixel in kitty's protocol, which only a terminal that knows it
 * answers, and for the device attributes, which every terminal answers. */
static enum can ask(void)
{
    static const char question[] =
        "\033_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\033\\\033[c";
    struct termios before, raw;
    char reply[REPLY];

    if (!isatty(STDOUT_FILENO) || tcgetattr(STDOUT_FILENO, &before))
        return NOTHING;
    raw = before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = WAIT;
    if (tcsetattr(STDOUT_FILENO, TCSANOW, &raw))
        return NOTHING;
    reply[0] = '\0';
    if (write(STDOUT_FILENO, question, sizeof(question) - 1) > 0)
        read_reply(STDOUT_FILENO, reply);
    tcsetattr(STDOUT_FILENO, TCSANOW, &before);
    return strstr(reply, "_Gi=31;OK") ? KITTY
           : has_sixel(reply)         ? SIXEL
                                      : NOTHING;
}

/* ------------------------------------------------------------------- kitty */

static size_t encode(const unsigned char *p, size_t n, char *out)
{
    static const char digit[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *to = out;

    for (size_t i = 0; i < n; i += 3) {
        const unsigned v = (unsigned)p[i] << 16 |
                           (i + 1 < n ? (unsigned)p[i + 1] << 8 : 0) |
                           (i + 2 < n ? (unsigned)p[i + 2] : 0);
        *to++ = digit[v >> 18];
        *to++ = digit[v >> 12 & 63];
        *to++ = i + 1 < n ? digit[v >> 6 & 63] : '=';
        *to++ = i + 2 < n ? digit[v & 63] : '=';
    }
    return (size_t)(to - out);
}

/* m=1: more chunks follow. */
static int show_kitty(struct ae_ctx *ctx, const struct ae_image *im,
                      struct ae_err *e)
{
    struct ae_io *io = NULL;
    char text[CHUNK];
    size_t size = 0, some = CHUNK / 4 * 3;
    int rc = ae_io_create_memory(&io, e);

    if (!rc)
        rc = ae_image_write(ctx, io, ae_format_by_name("png"), im, NULL, NULL,
                            e);
    const unsigned char *png = rc ? NULL : ae_io_memory(io, &size);
    for (size_t i = 0; i < size; i += some) {
        some = size - i < some ? size - i : some;
        printf("\033_G%sm=%d;%.*s\033\\", i ? "" : "a=T,f=100,",
               i + some < size, (int)encode(png + i, some, text), text);
    }
    putchar('\n');
    ae_io_close(io);
    return rc;
}

/* ------------------------------------------------------------------- sixel */

enum { REDS = 6, GREENS = 7, BLUES = 6, COLOURS = REDS * GREENS * BLUES };

/* Level of v among n, by a 4 x 4 matrix of thresholds (Bayer 1973). */
static int level_of(float v, int n, int x, int y)
{
    static const unsigned char bayer[4][4] = {
        {0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}};
    const double t = (v < 0   ? 0
                      : v > 1 ? 1
                              : (double)v) *
                         (n - 1) +
                     (bayer[y % 4][x % 4] + 0.5) / 16;

    return t < n - 1 ? (int)t : n - 1;
}

static int colour_at(const struct ae_image *im, int x, int y)
{
    const struct ae_image_info *i = &im->info;
    const int colour = i->channels - i->alpha == 3;
    const float *p = im->data + ((size_t)y * (size_t)i->w + (size_t)x) *
                                    (size_t)i->channels;

    return (level_of(p[0], REDS, x, y) * GREENS +
            level_of(p[colour ? 1 : 0], GREENS, x, y)) *
               BLUES +
           level_of(p[colour ? 2 : 0], BLUES, x, y);
}

/* The pixels of one colour in six rows, runs of equal columns as one. */
static void put_colour(const unsigned char *band, int w, int rows, int colour)
{
    int run = 0, last = 0;

    printf("#%d", colour);
    for (int x = 0; x <= w; x++) {
        int bits = 0;
        for (int y = 0; y < rows && x < w; y++)
            bits |= (band[y * w + x] == colour) << y;
        if (x < w && (run == 0 || bits == last)) {
            last = bits;
            run++;
            continue;
        }
        if (run > 3)
            printf("!%d%c", run, 63 + last);
        else
            printf("%.*s", run,
                   (const char[]){(char)(63 + last), (char)(63 + last),
                                  (char)(63 + last), 0});
        last = bits;
        run = 1;
    }
    putchar('$');
}

static void put_palette(void)
{
    for (int i = 0; i < COLOURS; i++)
        printf("#%d;2;%d;%d;%d", i, i / BLUES / GREENS * 100 / (REDS - 1),
               i / BLUES % GREENS * 100 / (GREENS - 1),
               i % BLUES * 100 / (BLUES - 1));
}

static int show_sixel(const struct ae_image *im)
{
    const int w = im->info.w, h = im->info.h;
    unsigned char *band = calloc(6, (size_t)w);

    if (!band)
        return 1;
    printf("\033Pq\"1;1;%d;%d", w, h);
    put_palette();
    for (int y = 0; y < h; y += 6) {
        const int rows = h - y < 6 ? h - y : 6;
        unsigned char used[COLOURS] = {0};
        for (int i = 0; i < rows * w; i++)
            used[band[i] = (unsigned char)colour_at(im, i % w, y + i / w)] = 1;
        for (int c = 0; c < COLOURS; c++)
            if (used[c])
                put_colour(band, w, rows, c);
        putchar('-');
    }
    printf("\033\\\n");
    free(band);
    return 0;
}

/* ------------------------------------------------------------------- main */

static int load(struct ae_ctx *ctx, const char *path, struct ae_image *im,
                struct ae_err *e)
{
    struct ae_io *io = NULL;
    int rc = ae_io_open_path(path, &io, e);

    if (!rc)
        rc = ae_image_read(ctx, io, 1, im, NULL, e);
    ae_io_close(io);
    return rc;
}

int main(int argc, char **argv)
{
    const enum can can = argc == 2 ? ask() : NOTHING;
    struct ae_image im = {0};
    struct ae_ctx *ctx = NULL;
    struct ae_err e = {0};

    if (can == NOTHING)
        return 1;
    int rc = ae_ctx_new(NULL, &ctx, &e);
    if (!rc)
        rc = load(ctx, argv[1], &im, &e);
    if (!rc)
        rc = can == KITTY ? show_kitty(ctx, &im, &e) : show_sixel(&im);
    if (rc)
        fprintf(stderr, "show: %s: %s\n", argv[1], e.msg);
    ae_image_release(&im);
    ae_ctx_free(ctx);
    return rc != 0 || fflush(stdout) != 0;
}
