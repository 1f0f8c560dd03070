/* teacher.h - a net that learns from another one's results, not from clean
 * items alone (knowledge distillation; Hinton, Vinyals, Dean 2015).
 *
 * What is to come out of a noisy example becomes a mixture of the clean one and
 * of what the teacher makes of the noisy one, told the level of noise.  The
 * clean one differs from what any net can know by detail that the noise hid,
 * and that difference is most of the gradient; the teacher's result doesn't.
 *
 * Where `augment` turns the examples, the teacher's result is the mean over all
 * turns (data distillation; Radosavovic et al. 2018), and the example is used
 * in each of them, in as many steps, so that a step costs one pass of the
 * teacher however many turns there are.  Example: with eight turns, step 803
 * uses the fourth turn of the examples that were drawn as batch
 * 100 + 6 * 4 = 124. */
#ifndef AE_TRAIN_LOOP_TEACHER_H
#define AE_TRAIN_LOOP_TEACHER_H

#include "model/model.h"
#include "train/loop/feed.h"
#include "train/loop/shards.h"

struct ae_teacher {
    struct ae_model *model; /* NULL: there is none */
    double share;           /* of its results in the mixture */
    int turns;              /* of an example: 1, 4 or 8 */
    /* a step's batch; of it each shard has so many examples, and this rank has
     * shards first..end-1 */
    int batch, items, first, end;
    /* batches that are still to be used, those of each shard together */
    struct ae_lesson *lesson;
    int lessons;
    struct ae_exec *exec;
    struct ae_feed feed;
    struct ae_batch turned; /* noisy: what is asked; clean: the answer */
    float *sum;             /* [items] of the answers to all turns */
};

/* AE_EARG where other options don't go together with `teacher`. */
int ae_teacher_check(const struct ae_train_options *o, struct ae_err *e);
/* Loads the model o->teacher, if there is one, for those shards of what `data`
 * draws.  AE_EARG where it takes other items than those.  To be released also
 * after an error. */
int ae_teacher_load(struct ae_teacher *t, const struct ae_train_options *o,
                    const struct ae_sampler *data,
                    const struct ae_shards *shards, struct ae_err *e);
/* What ae_teacher_init() will take. */
int ae_teacher_bytes(const struct ae_teacher *t, const struct ae_sampler *data,
                     uint64_t *bytes, struct ae_err *e);
/* Makes room for its work, where there is a model. */
int ae_teacher_init(struct ae_teacher *t, const struct ae_sampler *data,
                    struct ae_err *e);
void ae_teacher_release(struct ae_teacher *t);
/* Fills a batch with the examples of shard i of that step, a function of the
 * sampler, the step and the shard. */
int ae_teacher_fill(struct ae_teacher *t, struct ae_batch *b,
                    const struct ae_sampler *data, uint64_t step, int shard,
                    struct ae_err *e);

#endif
