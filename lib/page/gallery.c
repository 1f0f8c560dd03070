/* gallery.c - which pairs of a comparison keep their pictures: the worst so
 * far, so that memory holds no more of them than the page will. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "page/gallery.h"

int ae_gallery_new(struct ae_ctx *ctx, const struct ae_gallery_options *o,
                   struct ae_gallery **out, struct ae_err *e)
{
    *out = NULL;
    if (o->columns < 1 || o->columns > AE_GALLERY_COLUMNS)
        return ae_fail(e, AE_EARG, "a gallery has 1 to %d figures",
                       AE_GALLERY_COLUMNS);
    struct ae_gallery *g = ae_alloc(1, sizeof(*g), e);
    if (!g)
        return AE_EMEM;
    *g = (struct ae_gallery){
        .ctx = ctx,
        .o = *o,
        .kept = {{.most = AE_GALLERY_SMALL}, {.most = (size_t)o->worst}}};
    for (int full = 0; full < 2; full++) {
        struct ae_gallery_kept *k = &g->kept[full];
        if (!(k->pair = ae_alloc(k->most + 1, sizeof(*k->pair), e))) {
            ae_gallery_free(g);
            return AE_EMEM;
        }
    }
    *out = g;
    return 0;
}

static void release_pictures(struct ae_coded two[2])
{
    ae_coded_release(&two[0]);
    ae_coded_release(&two[1]);
}

void ae_gallery_free(struct ae_gallery *g)
{
    if (!g)
        return;
    for (size_t i = 0; i < g->count; i++) {
        free(g->pair[i].name);
        release_pictures(g->pair[i].small);
        release_pictures(g->pair[i].full);
    }
    for (size_t i = 0; i < g->faults; i++) {
        free(g->fault[i].name);
        free(g->fault[i].why);
    }
    free(g->kept[0].pair);
    free(g->kept[1].pair);
    free(g->pair);
    free(g->fault);
    free(g);
}

/* Room for one more of n, by doubling. */
static int grow(void *pp, size_t n, size_t size, struct ae_err *e)
{
    return n & (n - 1) ? 0 : ae_realloc(pp, n ? 2 * n : 1, size, e);
}

static int copy_text(char **out, const char *text, struct ae_err *e)
{
    const size_t size = strlen(text) + 1;

    if (!(*out = ae_alloc(size, 1, e)))
        return AE_EMEM;
    memcpy(*out, text, size);
    return 0;
}

/* Where the pictures of a kind lie in a pair. */
static struct ae_coded *pictures(struct ae_gallery_pair *p, int full)
{
    return full ? p->full : p->small;
}

/* Which of those that have pictures is the best, of equal ones the latest. */
static size_t find_best(const struct ae_gallery *g,
                        const struct ae_gallery_kept *k)
{
    size_t best = 0;

    for (size_t i = 1; i < k->count; i++) {
        const double key = g->pair[k->pair[i]].key;
        const double least = g->pair[k->pair[best]].key;
        if (key > least || (key == least && k->pair[i] > k->pair[best]))
            best = i;
    }
    return best;
}

/* Makes room for the pictures of pair number `at`: the best that has some
 * gives way where there is none.  0: it isn't among the worst. */
static int make_room(struct ae_gallery *g, size_t at, int full)
{
    struct ae_gallery_kept *k = &g->kept[full];

    if (k->count < k->most) {
        k->pair[k->count++] = at;
        return 1;
    }
    if (k->most == 0)
        return 0;
    const size_t best = find_best(g, k);
    struct ae_gallery_pair *p = &g->pair[k->pair[best]];
    if (g->pair[at].key >= p->key)
        return 0;
    release_pictures(pictures(p, full));
    k->pair[best] = at;
    return 1;
}

static int keep_pictures(struct ae_gallery *g, size_t at,
                         const struct ae_image *ref, const struct ae_image *img,
                         struct ae_err *e)
{
    struct ae_gallery_pair *p = &g->pair[at];

    if (make_room(g, at, 0)) {
        AE_TRY(ae_gallery_small(g->ctx, ref, &p->small[0], e));
        AE_TRY(ae_gallery_small(g->ctx, img, &p->small[1], e));
    }
    if (make_room(g, at, 1)) {
        AE_TRY(ae_gallery_window(ref, img, g->o.pixels, &p->window, e));
        AE_TRY(ae_gallery_full(g->ctx, ref, &p->window, &p->full[0], e));
        AE_TRY(ae_gallery_full(g->ctx, img, &p->window, &p->full[1], e));
    }
    return 0;
}

int ae_gallery_add(struct ae_gallery *g, const char *name,
                   const struct ae_image *ref, const struct ae_image *img,
                   const double *value, struct ae_err *e)
{
    const struct ae_image_info *a = &ref->info, *b = &img->info;

    if (a->w != b->w || a->h != b->h ||
        a->channels - a->alpha != b->channels - b->alpha)
        return ae_fail(e, AE_EARG, "size or channels differ");
    AE_TRY(grow(&g->pair, g->count, sizeof(*g->pair), e));
    struct ae_gallery_pair *p = &g->pair[g->count];
    *p = (struct ae_gallery_pair){.w = a->w, .h = a->h};
    AE_TRY(copy_text(&p->name, name, e));
    memcpy(p->value, value, (size_t)g->o.columns * sizeof(*value));
    p->key = isnan(value[0])  ? (double)-INFINITY
             : g->o.higher[0] ? value[0]
                              : -value[0];
    return keep_pictures(g, g->count++, ref, img, e);
}

int ae_gallery_add_fault(struct ae_gallery *g, const char *name,
                         const char *why, struct ae_err *e)
{
    AE_TRY(grow(&g->fault, g->faults, sizeof(*g->fault), e));
    struct ae_gallery_fault *f = &g->fault[g->faults];
    *f = (struct ae_gallery_fault){NULL, NULL};
    g->faults++;
    AE_TRY(copy_text(&f->name, name, e));
    return copy_text(&f->why, why, e);
}
