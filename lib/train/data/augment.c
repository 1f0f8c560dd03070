/* augment.c - crops, the eight turns, detail and gray for photographs.
 *
 * Skies and blurred backgrounds teach a net little, so `photo` takes the most
 * detailed of three random patches four times in five.  A quarter of the
 * patches is made gray, so that one net learns both. */
#include <math.h>
#include <string.h>

#include "image/transfer.h"
#include "kernel/kernel.h"
#include "train/data/augment.h"

#define GRAY_SHARE 0.25
#define DETAIL_SHARE 0.8
enum { TRIES = 3 };

const char *const ae_augment_names[] = {"auto", "none", "turns", "photo", NULL};

struct place {
    int y, x;
};

/* Copies h x w pixels from a place as floats, with the item's channels. */
static void fetch_patch(const struct ae_ctx *ctx, const struct ae_item *it,
                        struct place at, int h, int w, float *out)
{
    const size_t run = (size_t)w * (size_t)it->c;

    for (int i = 0; i < h; i++, out += run) {
        const size_t from = ((size_t)(at.y + i) * (size_t)it->w +
                             (size_t)at.x) *
                            (size_t)it->c;
        if (it->bytes == 1)
            ctx->k->from_u8(out, (const uint8_t *)it->px + from, 255, run);
        else if (it->bytes == 2)
            ctx->k->from_u16(out, (const uint16_t *)it->px + from, 65535, run);
        else
            memcpy(out, (const float *)it->px + from, run * sizeof(float));
    }
}

/* The sum of absolute differences to the right and below. */
static float measure_detail(const float *p, int h, int w, int c)
{
    const int run = w * c;
    float sum = 0;

    for (int y = 0; y + 1 < h; y++, p += run)
        for (int i = 0; i + c < run; i++)
            sum += fabsf(p[i + c] - p[i]) + fabsf(p[i + run] - p[i]);
    return sum;
}

/* A random place, with `photo` mostly the most detailed of several. */
static struct place choose_place(const struct ae_ctx *ctx,
                                 const struct ae_item *it, enum ae_augment how,
                                 int h, int w, struct ae_rng *rng,
                                 float *scratch)
{
    const int tries = how == AE_AUGMENT_PHOTO &&
                              ae_rng_uniform(rng) < DETAIL_SHARE
                          ? TRIES
                          : 1;
    struct place best = {0, 0};
    float most = -1;

    for (int i = 0; i < tries; i++) {
        const struct place at = {
            (int)ae_rng_below(rng, (uint32_t)(it->h - h + 1)),
            (int)ae_rng_below(rng, (uint32_t)(it->w - w + 1))};
        float d = 0;
        if (tries > 1) {
            fetch_patch(ctx, it, at, h, w, scratch);
            d = measure_detail(scratch, h, w, it->c);
        }
        if (d > most) {
            most = d;
            best = at;
        }
    }
    return best;
}

void ae_augment_turn(float *out, const float *in, int h, int w, int c, int turn)
{
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const int v = turn & 2 ? h - 1 - y : y;
            const int u = turn & 1 ? w - 1 - x : x;
            const int from = turn & 4 ? u * w + v : v * w + u;
            memcpy(out + (y * w + x) * c, in + from * c,
                   (size_t)c * sizeof(float));
        }
}

/* Luma of ITU-R BT.601, rounded to 8 bits as in a gray file. */
static void make_gray(float *p, int pixels)
{
    for (int i = 0; i < pixels; i++, p += 3) {
        const float y = ae_luma(p);
        p[0] = p[1] = p[2] = rintf(y * 255) / 255;
    }
}

/* Copies one channel to c equal ones; in place, hence from the end. */
static void repeat_channel(float *p, int pixels, int c)
{
    for (int i = pixels - 1; i >= 0; i--)
        for (int k = c - 1; k >= 0; k--)
            p[i * c + k] = p[i];
}

int ae_augment_turns(enum ae_augment how, int h, int w)
{
    return how < AE_AUGMENT_TURNS ? 1 : h == w ? 8 : 4;
}

int ae_augment_patch(const struct ae_ctx *ctx, const struct ae_item *it,
                     enum ae_augment how, int h, int w, int c,
                     struct ae_rng *rng, float *out, float *scratch)
{
    const struct place at = choose_place(ctx, it, how, h, w, rng, scratch);
    const int turn = (int)ae_rng_below(rng,
                                       (uint32_t)ae_augment_turns(how, h, w));
    const int gray = how == AE_AUGMENT_PHOTO && c == 3 &&
                     ae_rng_uniform(rng) < GRAY_SHARE;

    fetch_patch(ctx, it, at, h, w, scratch);
    ae_augment_turn(out, scratch, h, w, it->c, turn);
    if (it->c < c)
        repeat_channel(out, h * w, c);
    else if (gray)
        make_gray(out, h * w);
    return it->c < c || gray;
}
