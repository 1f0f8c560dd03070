/* teacher.c - see teacher.h. */
#include "train/loop/teacher.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "train/loop/model_source.h"

enum { LAG = 6 }; /* batches are drawn between two uses of one */

/* A batch of a shard with its answers. */
struct ae_lesson {
    struct ae_batch b; /* clean: the mixture */
    uint64_t number;   /* of the batch; UINT64_MAX: none yet */
};

/* --------------------------------------------------------------- building */

int ae_teacher_check(const struct ae_train_options *o, struct ae_err *e)
{
    if (!o->teacher)
        return 0;
    if (o->self || o->dump_data)
        return ae_fail(e, AE_EARG, "`teacher` goes without `%s`",
                       o->self ? "self" : "dump-data");
    return 0;
}

static int load_model(struct ae_teacher *t, const char *name,
                      const struct ae_sampler *data, struct ae_err *e)
{
    const struct ae_shape shape = {data->h, data->w, data->c};

    AE_TRY(ae_model_load(data->ctx, name, &t->model, e));
    if (json_object_get(json_object_get(t->model->meta, "input"), "scale"))
        return ae_fail(e, AE_EARG,
                       "`teacher` %s scales its data: a teacher takes them as "
                       "they are (`scale` none)",
                       name);
    if (ae_graph_input(t->model->graph, "label") >= 0)
        return ae_fail(e, AE_EARG, "`teacher` %s asks for classes", name);
    if (ae_model_source_check(t->model->graph, shape, 0, e) < 0)
        return ae_err_at(e, AE_EARG, "`teacher`");
    return 0;
}

/* Batches of each shard that are still to be used. */
static int held_batches(const struct ae_teacher *t)
{
    return LAG * (t->turns - 1) + 1;
}

int ae_teacher_load(struct ae_teacher *t, const struct ae_train_options *o,
                    const struct ae_sampler *data,
                    const struct ae_shards *shards, struct ae_err *e)
{
    *t = (struct ae_teacher){
        .share = o->teacher_share,
        .turns = ae_augment_turns(data->augment, data->h, data->w),
        .batch = o->batch,
        .items = shards->items,
        .first = shards->first,
        .end = shards->end};
    return o->teacher ? load_model(t, o->teacher, data, e) : 0;
}

int ae_teacher_bytes(const struct ae_teacher *t, const struct ae_sampler *data,
                     uint64_t *bytes, struct ae_err *e)
{
    const uint64_t item = sizeof(float) * (uint64_t)data->h *
                          (uint64_t)data->w * (uint64_t)data->c;
    const uint64_t lessons = (uint64_t)(t->end - t->first) *
                             (uint64_t)held_batches(t);

    *bytes = 0;
    if (!t->model)
        return 0;
    AE_TRY(ae_exec_bytes(data->ctx, t->model->graph, t->items, data->h, data->w,
                         0, bytes, e));
    *bytes += t->model->graph->weights * sizeof(float) +
              (2 * lessons + 3) * (uint64_t)t->items * item;
    return 0;
}

static int init_lessons(struct ae_teacher *t, const struct ae_sampler *data,
                        struct ae_err *e)
{
    const int lessons = (t->end - t->first) * held_batches(t);

    t->lesson = ae_alloc((size_t)lessons, sizeof(*t->lesson), e);
    if (!t->lesson)
        return AE_EMEM;
    for (; t->lessons < lessons; t->lessons++) {
        struct ae_lesson *l = &t->lesson[t->lessons];
        l->number = UINT64_MAX;
        const int rc = ae_batch_init(&l->b, data, t->items, e);
        if (rc < 0) {
            ae_batch_release(&l->b);
            return rc;
        }
    }
    return 0;
}

int ae_teacher_init(struct ae_teacher *t, const struct ae_sampler *data,
                    struct ae_err *e)
{
    if (!t->model)
        return 0;
    AE_TRY(init_lessons(t, data, e));
    AE_TRY(ae_batch_init(&t->turned, data, t->items, e));
    t->sum = ae_alloc_aligned((size_t)t->items * t->turned.item, sizeof(float),
                              e);
    if (!t->sum)
        return AE_EMEM;
    AE_TRY(ae_exec_new(data->ctx, t->model->graph, t->model->weights, t->items,
                       data->h, data->w, 0, &t->exec, e));
    ae_feed_init(&t->feed, t->exec);
    return 0;
}

void ae_teacher_release(struct ae_teacher *t)
{
    for (int i = 0; i < t->lessons; i++)
        ae_batch_release(&t->lesson[i].b);
    free(t->lesson);
    ae_batch_release(&t->turned);
    ae_free_aligned(t->sum);
    ae_exec_free(t->exec);
    ae_model_free(t->model);
    memset(t, 0, sizeof(*t));
}

/* ---------------------------------------------------------------- lessons */

static void turn_item(const struct ae_batch *b, int i, float *out,
                      const float *in, int turn)
{
    const size_t at = (size_t)i * b->item;

    ae_augment_turn(out + at, in + at, b->shape.h, b->shape.w, b->shape.c,
                    turn);
}

/* Turns 5 and 6 are quarter turns, one to the left and one to the right. */
static int turn_back(int turn)
{
    return turn == 5 ? 6 : turn == 6 ? 5 : turn;
}

/* Adds the answers to that turn of all examples, turned back, to the sum. */
static void add_answers(struct ae_teacher *t, const struct ae_batch *b,
                        int turn)
{
    const struct ae_view out = ae_exec_output(t->exec, NULL);
    const size_t values = (size_t)t->items * b->item;
    float *answer = t->turned.clean;

    for (int i = 0; i < t->items; i++) {
        turn_item(b, i, t->turned.noisy, b->noisy, turn);
        t->turned.sigma[i] = b->sigma[i];
    }
    ae_feed_put(&t->feed, &t->turned, 0, t->items, 0, 1);
    ae_exec_forward(t->exec, 0, 0);
    ae_view_get(&out, 0, t->items, t->turned.noisy);
    for (int i = 0; i < t->items; i++)
        turn_item(b, i, answer, t->turned.noisy, turn_back(turn));
    for (size_t i = 0; i < values; i++)
        t->sum[i] += answer[i];
}

/* Draws batch `number`, of which the shard has the examples from `first` on,
 * and mixes the answers into it. */
static int prepare(struct ae_teacher *t, struct ae_lesson *l,
                   const struct ae_sampler *data, uint64_t number,
                   uint64_t first, struct ae_err *e)
{
    const size_t values = (size_t)t->items * l->b.item;
    const float of_sum = (float)(t->share / t->turns);
    const float of_clean = (float)(1 - t->share);
    struct ae_sampler told = *data;

    told.level_dropout = 0;
    l->number = UINT64_MAX;
    AE_TRY(ae_batch_fill(&l->b, &told, number * (uint64_t)t->batch + first, e));
    memset(t->sum, 0, values * sizeof(*t->sum));
    for (int turn = 0; turn < t->turns; turn++)
        add_answers(t, &l->b, turn);
    for (size_t i = 0; i < values; i++)
        l->b.clean[i] = of_sum * t->sum[i] + of_clean * l->b.clean[i];
    l->number = number;
    return 0;
}

static struct ae_lesson *find_lesson(const struct ae_teacher *t,
                                     uint64_t number, int shard)
{
    const uint64_t held = (uint64_t)held_batches(t);

    return &t->lesson[(uint64_t)(shard - t->first) * held + number % held];
}

int ae_teacher_fill(struct ae_teacher *t, struct ae_batch *b,
                    const struct ae_sampler *data, uint64_t step, int shard,
                    struct ae_err *e)
{
    const uint64_t turns = (uint64_t)t->turns, use = step % turns;
    const uint64_t number = step / turns + LAG * (turns - 1 - use);
    const uint64_t first = (uint64_t)shard * (uint64_t)t->items;
    struct ae_lesson *l = find_lesson(t, number, shard);

    if (l->number != number)
        AE_TRY(prepare(t, l, data, number, first, e));
    for (int i = 0; i < t->items; i++) {
        const uint64_t of_batch = first + (uint64_t)i;
        const int turn = (int)((use + ae_mix(number, of_batch)) % turns);
        turn_item(b, i, b->clean, l->b.clean, turn);
        turn_item(b, i, b->noisy, l->b.noisy, turn);
        b->sigma[i] = ae_sampler_level(
            data, step * (uint64_t)t->batch + of_batch, l->b.sigma[i]);
        b->class[i] = l->b.class[i];
    }
    return 0;
}
