/* ref.h - an independent network trainer in double precision.
 *
 * It shares no code with the library: text is parsed here, layers are plain
 * loops over scalars on a tape, gradients come from the tape alone.  The
 * text is net.h's; tensors are n h w c, weights as layer.h says they lie. */
#ifndef TEST_REF_H
#define TEST_REF_H

struct ref;
struct ref *ref_new(const char *text, int n, int h, int w);
void ref_free(struct ref *r);
double *ref_input(struct ref *r, int *count);
/* The weights "node.suffix"; they are made by the first forward. */
double *ref_weights(struct ref *r, const char *node, const char *suffix,
                    int *count);
/* Inference or training; the output's values (borrowed). */
const double *ref_forward(struct ref *r, int train, int *count);
/* Loss name and its parameter (0: none); optimiser 0 sgd, 1 adam, 2 adamw.
 * Forward, loss, backward, one update: the loss before the update. */
struct ref_how {
    const char *loss;
    double par;
    int optim;
    double lr, decay;
};
double ref_step(struct ref *r, const double *target, const struct ref_how *how);

#endif
