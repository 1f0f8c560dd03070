/* dump.c - packs photographs for training elsewhere (models/torch).
 *
 * The file is safetensors, with a checksum as a model has.  Each picture is a
 * tensor of bytes named SIDE/NUMBER/HxWxC, where SIDE is train or held.  Its
 * bytes are a zlib stream of samples of 8 bits, row by row.  A gray picture
 * has one sample a pixel; of colour they are green, red less green and blue
 * less green.  From each sample that of the pixel to its left is subtracted,
 * all modulo 256.
 *
 * Where the file has a size to keep, each picture is cut to its most detailed
 * square, whose side is the same for all and is searched for: smooth skies
 * teach little, and parts of many pictures teach more than a few whole ones. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/field.h"
#include "base/gzip.h"
#include "base/str.h"
#include "model/safetensors.h"
#include "train/data/train_data.h"

enum {
    LEAST = 64,    /* default of the shortest side */
    BLOCK = 8,     /* pixels; detail is summed by blocks */
    ROUNDS = 12,   /* of the search for the side */
    OVERHEAD = 128 /* bytes of the header a picture takes */
};

struct cut {
    int y, x, h, w;
};

/* A picture on its way into the file. */
struct packed {
    const struct ae_item *item;
    int held_out;
    struct cut cut;
    void *bytes;
    size_t size;
    struct ae_err err;
};

struct dump {
    struct ae_ctx *ctx;
    struct ae_train_options o;
    struct ae_train_data data;
    struct packed *picture;
    size_t count;
    char *path;
    uint64_t most; /* bytes of the file; 0: any */
    int side;      /* of the squares; 0: whole pictures */
};

/* ------------------------------------------------------------- one picture */

static int sample_at(const struct ae_item *it, int y, int x, int c)
{
    const size_t at = ((size_t)y * (size_t)it->w + (size_t)x) * (size_t)it->c +
                      (size_t)c;

    return it->bytes == 1 ? ((const uint8_t *)it->px)[at]
                          : (((const uint16_t *)it->px)[at] + 128) / 257;
}

/* Adds up the absolute differences to the right and below, block by block. */
static void measure_blocks(const struct ae_item *it, int rows, int columns,
                           double *sum)
{
    for (int y = 0; y < rows * BLOCK && y + 1 < it->h; y++)
        for (int x = 0; x < columns * BLOCK && x + 1 < it->w; x++) {
            double *to = &sum[(size_t)(y / BLOCK) * (size_t)columns +
                              (size_t)(x / BLOCK)];
            for (int c = 0; c < it->c; c++) {
                const int v = sample_at(it, y, x, c);
                *to += abs(sample_at(it, y, x + 1, c) - v) +
                       abs(sample_at(it, y + 1, x, c) - v);
            }
        }
}

/* Makes each sum that of all blocks above and to the left, including its own
 * block (a summed-area table; Crow 1984). */
static void accumulate(double *sum, int rows, int columns)
{
    for (int y = 0; y < rows; y++)
        for (int x = 0; x < columns; x++) {
            double *at = sum + (size_t)y * (size_t)columns + (size_t)x;
            *at += (x ? at[-1] : 0) + (y ? at[-columns] : 0) -
                   (x && y ? at[-columns - 1] : 0);
        }
}

/* Chooses the most detailed square of the side, at multiples of BLOCK; the
 * whole picture in a direction in which it is smaller. */
static int choose_square(struct packed *p, int side, struct ae_err *e)
{
    const struct ae_item *it = p->item;
    const int rows = it->h / BLOCK, columns = it->w / BLOCK;
    const int m = ae_min(side / BLOCK, rows), n = ae_min(side / BLOCK, columns);
    double most = -1;

    p->cut = (struct cut){0, 0, it->h, it->w};
    if (side == 0 || (side >= it->h && side >= it->w) || !m || !n)
        return 0;
    double *sum = ae_alloc((size_t)rows * (size_t)columns, sizeof(*sum), e);
    if (!sum)
        return AE_EMEM;
    measure_blocks(it, rows, columns, sum);
    accumulate(sum, rows, columns);
    for (int y = 0; y + m <= rows; y++)
        for (int x = 0; x + n <= columns; x++) {
            const double *end = sum + (size_t)(y + m - 1) * (size_t)columns +
                                (size_t)(x + n - 1);
            const double *top = end - (size_t)m * (size_t)columns;
            const double d = *end - (y ? *top : 0) - (x ? end[-n] : 0) +
                             (x && y ? top[-n] : 0);
            if (d > most) {
                most = d;
                p->cut.y = y * BLOCK;
                p->cut.x = x * BLOCK;
            }
        }
    p->cut.h = ae_min(side, it->h - p->cut.y);
    p->cut.w = ae_min(side, it->w - p->cut.x);
    free(sum);
    return 0;
}

/* Green, red less green, blue less green, each less its left neighbour. */
static void filter_row(const struct packed *p, int y, uint8_t *out)
{
    int left[3] = {0};

    for (int x = 0; x < p->cut.w; x++) {
        int v[3];
        for (int c = 0; c < p->item->c; c++)
            v[c] = sample_at(p->item, p->cut.y + y, p->cut.x + x, c);
        if (p->item->c == 3) {
            const int red = v[0];
            v[0] = v[1];
            v[1] = red - v[0];
            v[2] -= v[0];
        }
        for (int c = 0; c < p->item->c; c++) {
            *out++ = (uint8_t)(v[c] - left[c]);
            left[c] = v[c];
        }
    }
}

static int pack_picture(struct packed *p, int side, struct ae_err *e)
{
    int rc = choose_square(p, side, e);

    free(p->bytes);
    p->bytes = NULL;
    if (rc < 0)
        return rc;
    const size_t row = (size_t)p->cut.w * (size_t)p->item->c;
    uint8_t *raw = ae_alloc((size_t)p->cut.h, row, e);
    if (!raw)
        return AE_EMEM;
    for (int y = 0; y < p->cut.h; y++)
        filter_row(p, y, raw + (size_t)y * row);
    rc = ae_deflate(raw, row * (size_t)p->cut.h, &p->bytes, &p->size, e);
    free(raw);
    return rc;
}

static void pack_task(void *arg, int task, int thread)
{
    struct dump *d = arg;
    struct packed *p = &d->picture[task];

    (void)thread;
    p->err.code = 0;
    pack_picture(p, d->side, &p->err);
}

/* ------------------------------------------------------------ all pictures */

/* Packs all pictures with squares of d->side; *size: of the file. */
static int pack_all(struct dump *d, uint64_t *size, struct ae_err *e)
{
    ae_par_for(d->ctx->pool, (int)d->count, pack_task, d);
    *size = 256; /* length, metadata, padding */
    for (size_t i = 0; i < d->count; i++) {
        const struct packed *p = &d->picture[i];
        if (p->err.code < 0) {
            *e = p->err;
            return p->err.code;
        }
        *size += p->size + OVERHEAD;
    }
    if (*size + ae_train_data_bytes(&d->data) > d->ctx->memory)
        return ae_fail(
            e, AE_ELIMIT,
            "`dump-data`: data and file take %.0f MB: allow more with `memory`",
            (double)(*size + ae_train_data_bytes(&d->data)) / 1e6);
    return 0;
}

static int longest(const struct dump *d)
{
    int side = 0;

    for (size_t i = 0; i < d->count; i++)
        side = ae_max(side,
                      ae_max(d->picture[i].item->h, d->picture[i].item->w));
    return (int)ae_round_up((size_t)side, BLOCK);
}

/* Finds the largest side whose file fits, to a block or a few.  The next guess
 * takes bytes to grow as the side's square, and lies between sides that are
 * known to fit and known not to. */
static int find_side(struct dump *d, struct ae_err *e)
{
    const int least = ae_max(d->o.patch, BLOCK);
    int fits = 0, over = longest(d) + BLOCK;
    uint64_t size;

    d->side = ae_min(longest(d), 2 * LEAST);
    for (int round = 0; round < ROUNDS; round++) {
        AE_TRY(pack_all(d, &size, e));
        if (size <= d->most)
            fits = ae_max(fits, d->side);
        else
            over = ae_min(over, d->side);
        const int guess = (int)(d->side * 0.998 *
                                sqrt((double)d->most / (double)size)) /
                          BLOCK * BLOCK;
        if (over - fits <= BLOCK || (fits == d->side && guess <= fits))
            break;
        d->side = ae_clamp(guess, fits + BLOCK, over - BLOCK);
    }
    if (fits < least)
        return ae_fail(e, AE_EARG,
                       "`dump-data`: squares of %d pixels of all %zu pictures "
                       "don't fit into %.2f MB",
                       least, d->count, (double)d->most / 1e6);
    d->side = fits;
    return pack_all(d, &size, e);
}

static void get_bytes(void *arg, int tensor, size_t first, size_t n, float *v)
{
    const struct dump *d = arg;
    const uint8_t *from = (const uint8_t *)d->picture[tensor].bytes + first;

    for (size_t i = 0; i < n; i++)
        v[i] = from[i];
}

static int list_tensors(const struct dump *d, struct ae_arena *arena,
                        struct ae_st_tensor *tensor, struct ae_err *e)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct packed *p = &d->picture[i];
        tensor[i] = (struct ae_st_tensor){
            .type = AE_ST_U8,
            .ndims = 1,
            .dim = {p->size},
            .name = ae_arena_printf(arena, e, "%s/%06zu/%dx%dx%d",
                                    p->held_out ? "held" : "train", i, p->cut.h,
                                    p->cut.w, p->item->c)};
        if (!tensor[i].name)
            return AE_EMEM;
    }
    return 0;
}

static int write_file(struct dump *d, struct ae_err *e)
{
    const char *const meta[] = {"format", "photographs 1", NULL};
    struct ae_arena arena = {NULL};
    struct ae_st_tensor *tensor = ae_arena_alloc(&arena, d->count,
                                                 sizeof(*tensor), e);
    struct ae_io *io = NULL;
    int rc = tensor ? list_tensors(d, &arena, tensor, e) : AE_EMEM;

    if (rc < 0 || (rc = ae_io_create(d->path, &io, e)) < 0)
        goto out;
    rc = ae_st_write(io, meta, tensor, (int)d->count, get_bytes, d, e);
    if (rc < 0)
        goto out;
    rc = ae_io_commit(io, e);
out:
    ae_io_close(io);
    ae_arena_release(&arena);
    return rc < 0 ? ae_err_at(e, rc, "%s", d->path) : 0;
}

static int add_item(struct dump *d, const struct ae_item *it, int held_out,
                    struct ae_err *e)
{
    if ((it->c != 1 && it->c != 3) || it->bytes > 2)
        return ae_fail(e, AE_EARG,
                       "%s: `dump-data` packs photographs of 8 or 16 bits, "
                       "gray or colour",
                       it->shown);
    d->picture[d->count++] = (struct packed){.item = it, .held_out = held_out};
    return 0;
}

static int add_items(struct dump *d, struct ae_err *e)
{
    const struct ae_dataset *items = &d->data.items, *val = &d->data.val_items;

    if (items->count + val->count > INT32_MAX)
        return ae_fail(e, AE_ELIMIT, "`dump-data`: too many pictures");
    d->picture = ae_alloc(items->count + val->count, sizeof(*d->picture), e);
    if (!d->picture)
        return AE_EMEM;
    for (size_t i = 0; i < items->count; i++)
        AE_TRY(add_item(d, &items->item[i],
                        !val->count && items->item[i].held_out, e));
    for (size_t i = 0; i < val->count; i++)
        AE_TRY(add_item(d, &val->item[i], 1, e));
    return 0;
}

int ae_dump_target(const char *text, char **path, uint64_t *size,
                   struct ae_err *e)
{
    static const struct ae_field field = {
        .name = "size", .type = AE_F_BYTES, .min = 1, .max = 1e15};
    const size_t bytes = strlen(text) + 1;
    char *colon;

    if (!(*path = ae_alloc(bytes, 1, e)))
        return AE_EMEM;
    memcpy(*path, text, bytes);
    colon = strrchr(*path, ':');
    if (colon && ae_field_parse(&field, size, colon + 1, NULL) == 0)
        *colon = '\0';
    else
        *size = 0;
    return **path ? 0 : ae_fail(e, AE_EARG, "`dump-data`: to which file?");
}

static int dump(struct dump *d, struct ae_err *e)
{
    uint64_t size;

    AE_TRY(ae_dump_target(d->o.dump_data, &d->path, &d->most, e));
    AE_TRY(ae_train_data_read(&d->data, d->ctx, &d->o, e));
    AE_TRY(add_items(d, e));
    AE_TRY(d->most ? find_side(d, e) : pack_all(d, &size, e));
    AE_TRY(write_file(d, e));
    AE_TRY(ae_train_data_check_faults(&d->data, e));
    if (d->side)
        ae_log(d->ctx, AE_LOG_INFO,
               "%zu pictures, each of %d pixels a side at most", d->count,
               d->side);
    return 0;
}

int ae_dump_data(struct ae_ctx *ctx, const struct ae_train_options *o,
                 struct ae_err *e)
{
    struct dump d = {.ctx = ctx, .o = *o};

    if (!o->patch)
        d.o.patch = LEAST;
    if (o->augment == AE_AUGMENT_AUTO)
        d.o.augment = AE_AUGMENT_PHOTO;
    const int rc = dump(&d, e);
    for (size_t i = 0; i < d.count; i++)
        free(d.picture[i].bytes);
    free(d.picture);
    free(d.path);
    ae_train_data_release(&d.data);
    return rc;
}
