/* fit.c - fits a denoiser's net to a picture, before its first row is fed. */
#include "run/denoise/denoiser.h"

/* What the net is fitted to, from the rows that wait. */
static int take_sample(struct ae_picture *p, struct ae_fit_sample *s,
                       struct ae_err *e)
{
    const struct ae_image_info *i = p->plan.info;
    struct ae_row_scratch *room = &p->scratch[0];

    for (int y = 0; y < i->h; y++) {
        AE_TRY(ae_net_input_peek(&p->in, y, room->bytes, room->line, e));
        ae_fit_sample_add(s, y, room->line, i->channels, p->colours);
    }
    return 0;
}

int ae_denoiser_fit(struct ae_denoiser *d, struct ae_picture *p,
                    void (*step)(void *arg, double share), void *arg,
                    struct ae_err *e)
{
    const struct ae_image_info *i = p->plan.info;
    struct ae_fit_sample s = {.px = NULL};
    int rc;

    if (p->in.waiting.hi < i->h)
        return 0;
    if ((rc = ae_fit_sample_init(&s, i->h, i->w, e)) < 0 ||
        (rc = take_sample(p, &s, e)) < 0 ||
        (rc = ae_zero_shot_fit(d->fit, &s, step, arg, e)) < 0)
        goto out;
    rc = ae_stream_pack(d->net.stream, e);
out:
    ae_fit_sample_release(&s);
    return rc;
}
