/* levels.c - IN OUT FOLDER CHAIN...: a model that needn't be told the level
 * of noise, with the curve that a level follows by from what it removes.
 *
 * A CHAIN is one of ae-noise(7) with '@' for its level, gauss:sigma=@, or '^'
 * for a sensitivity that gives about that level, 100 times its square,
 * camera:iso=^.  All pictures of the folder get it at one level after the
 * other; what the net removes of them in the median, and how strong the noise
 * was in the median, are points of the chain, and the curve is the mean of all
 * chains'.  Weights are written in half precision.  A model that an older
 * ae-train taught to do without the level, and didn't say so, says so then. */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "kernel/ctx.h"
#include "model/level.h"
#include "run/denoise/denoiser.h"

enum { MOST = 4096, CHAINS = 16 }; /* pictures; chains */

static const double levels[] = {0,  0.7, 1.4, 2,  3,  4,  5,  6.5, 8, 10,
                                13, 16,  20,  25, 32, 40, 50, 63,  80};

struct job {
    struct ae_ctx *ctx;
    struct ae_denoiser *d;
    struct ae_image *im; /* clean */
    int images;
    char **chain;
    int chains;
};

static void die(const char *what, const struct ae_err *e)
{
    fprintf(stderr, "levels: %s: %s\n", what, e->msg);
    exit(1);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *v, int n)
{
    qsort(v, (size_t)n, sizeof(*v), by_value);
    return 0.5 * (v[n / 2] + v[(n - 1) / 2]);
}

/* A chain with `level`, or a sensitivity, in its places. */
static struct ae_noise *parse(const char *chain, double level)
{
    struct ae_noise *noise;
    struct ae_err e = {0};
    char text[1024];
    size_t n = 0;

    for (; *chain && n + 16 < sizeof(text); chain++)
        if (*chain == '@' || *chain == '^')
            n += (size_t)snprintf(text + n, 16, "%.4f",
                                  *chain == '@' ? level : 100 * level * level);
        else
            text[n++] = *chain;
    text[n] = '\0';
    if (ae_noise_parse(text, &noise, &e))
        die(text, &e);
    return noise;
}

static int drop_row(void *arg, const float *row, struct ae_err *e)
{
    (void)arg, (void)row, (void)e;
    return 0;
}

/* What the net removes of a picture, as a file has it. */
static double removed(const struct job *j, const struct ae_image *im)
{
    const struct ae_sink nowhere = {drop_row, NULL};
    struct ae_reader *r = NULL;
    struct ae_io *out, *in = NULL;
    struct ae_err e = {0};
    double level = 0;
    size_t size;
    int rc = ae_io_create_memory(&out, &e);

    if (!rc)
        rc = ae_image_write(j->ctx, out, ae_format_by_name("ppm"), im, NULL,
                            NULL, &e);
    const void *bytes = ae_io_memory(out, &size);
    if (!rc)
        rc = ae_io_open_memory(bytes, size, "picture", &in, &e);
    if (!rc)
        rc = ae_reader_open(j->ctx, in, 1, &r, &e);
    if (!rc)
        rc = ae_denoise_residual(j->d, r, nowhere, &level, &e);
    if (rc)
        die("a picture", &e);
    ae_reader_free(r);
    ae_io_close(in);
    ae_io_close(out);
    return level;
}

/* Picture i with noise: what was added, and what of it goes. */
static void measure(const struct job *j, int i, const struct ae_noise *noise,
                    double *added, double *gone)
{
    const struct ae_image *im = &j->im[i];
    const struct ae_image_info *f = &im->info;
    struct ae_image noisy = {0};
    struct ae_err e = {0};

    if (ae_image_alloc(j->ctx, &noisy, f, &e))
        die("a picture", &e);
    memcpy(noisy.data, im->data,
           sizeof(float) * (size_t)f->w * (size_t)f->h * (size_t)f->channels);
    if (ae_noise_apply(j->ctx, noise, noisy.data, f->w, f->h,
                       f->channels - f->alpha, f->channels, f->maxval, 1,
                       (uint64_t)i, added, &e))
        die("noise", &e);
    *added *= 255;
    *gone = removed(j, &noisy);
    ae_image_release(&noisy);
}

/* Of one chain, at each of the levels. */
struct points {
    double removed[AE_LEN(levels)], added[AE_LEN(levels)];
};

static void measure_chain(const struct job *j, const char *chain,
                          struct points *p)
{
    static double added[MOST], gone[MOST];
    const int n = ae_min(j->images, MOST);

    printf("%s\n", chain);
    for (size_t k = 0; k < AE_LEN(levels); k++) {
        struct ae_noise *noise = parse(chain, levels[k]);
        for (int i = 0; i < n; i++)
            measure(j, i, noise, &added[i], &gone[i]);
        ae_noise_free(noise);
        p->removed[k] = median(gone, n);
        p->added[k] = levels[k] > 0 ? median(added, n) : 0;
        printf("%6.2f is removed of %6.2f, from %.2f to %.2f in 90 of 100\n",
               p->removed[k], p->added[k], gone[n / 20], gone[n - 1 - n / 20]);
        fflush(stdout);
    }
}

/* What is removed at that level: straight between the points, beyond them in
 * proportion. */
static double removed_at(const struct points *p, double level)
{
    const size_t last = AE_LEN(levels) - 1;
    size_t k = 1;

    while (k < last && p->added[k] < level)
        k++;
    if (level >= p->added[last])
        return p->removed[last] * level / fmax(p->added[last], 1e-3);
    return p->removed[k - 1] + (p->removed[k] - p->removed[k - 1]) *
                                   (level - p->added[k - 1]) /
                                   fmax(p->added[k] - p->added[k - 1], 1e-3);
}

static void fit(const struct job *j, struct ae_level_curve *c)
{
    static struct points p[CHAINS];

    for (int i = 0; i < j->chains; i++)
        measure_chain(j, j->chain[i], &p[i]);
    for (size_t k = 0; k < AE_LEN(levels); k++) {
        double x = 0;
        for (int i = 0; i < j->chains; i++)
            x += removed_at(&p[i], levels[k]) / j->chains;
        if (c->count && x <= c->removed[c->count - 1])
            continue; /* a curve rises */
        c->removed[c->count] = x;
        c->level[c->count++] = levels[k];
    }
}

static void load_pictures(struct job *j, const char *folder)
{
    struct dirent **name = NULL;
    const int n = scandir(folder, &name, NULL, alphasort);
    struct ae_err e = {0};

    j->im = calloc((size_t)ae_max(n, 1), sizeof(*j->im));
    for (int i = 0; j->im && i < n; i++) {
        char path[4096];
        struct ae_io *io = NULL;
        snprintf(path, sizeof(path), "%s/%s", folder, name[i]->d_name);
        if (name[i]->d_name[0] != '.' && !ae_io_open_path(path, &io, &e) &&
            !ae_image_read(j->ctx, io, 1, &j->im[j->images], NULL, &e))
            j->images++;
        ae_io_close(io);
        free(name[i]);
    }
    free(name);
    if (!j->images)
        die(folder, &e);
}

static void save(const struct job *j, const struct ae_model *m,
                 const char *path)
{
    struct ae_io *io = NULL;
    struct ae_err e = {0};

    if (ae_io_create(path, &io, &e) ||
        ae_model_write(j->ctx, m, 16, NULL, 0, io, &e) || ae_io_commit(io, &e))
        die(path, &e);
    ae_io_close(io);
}

int main(int argc, char **argv)
{
    const struct ae_ctx_options o = {0};
    const struct ae_level_curve itself = {2, {0, 1}, {0, 1}};
    struct ae_level_curve curve = {0};
    struct ae_model *m = NULL;
    struct ae_err e = {0};
    struct job j = {.chain = argv + 4, .chains = argc - 4};

    if (argc < 5 || argc - 4 > CHAINS) {
        fprintf(stderr, "usage: levels IN OUT FOLDER CHAIN...\n");
        return 2;
    }
    if (ae_ctx_new(&o, &j.ctx, &e) || ae_model_load(j.ctx, argv[1], &m, &e))
        die(argv[1], &e);
    const char *dropout = ae_model_setting(m, "level-dropout");
    if (dropout && atof(dropout) > 0 && ae_level_set_optional(m->meta, &e))
        die(argv[1], &e);
    /* until the curve is known, what is removed itself */
    if (ae_level_curve_set(m->meta, &itself, &e) ||
        ae_denoiser_new(j.ctx, m, 1, &j.d, &e))
        die(argv[1], &e);
    load_pictures(&j, argv[3]);
    fit(&j, &curve);
    if (ae_level_curve_set(m->meta, &curve, &e))
        die(argv[1], &e);
    save(&j, m, argv[2]);
    for (int i = 0; i < j.images; i++)
        ae_image_release(&j.im[i]);
    free(j.im);
    ae_denoiser_free(j.d);
    ae_model_free(m);
    ae_ctx_free(j.ctx);
    return 0;
}
