/* kinds.c - layers, losses, optimisers and schedules as their tables have
 * them. */
#include "ae_tools.h"
#include "nn/layer/layer.h"
#include "nn/loss/loss.h"
#include "train/loop/lr_schedule.h"
#include "train/loop/optim.h"

static int layer_facts(size_t i, struct ae_kind_facts *out)
{
    const struct ae_layer_kind *k = ae_layer_at(i);

    if (k)
        *out = (struct ae_kind_facts){"layer",   k->name,   k->help,
                                      k->fields, k->min_in, k->max_in};
    return k != NULL;
}

static int loss_facts(size_t i, struct ae_kind_facts *out)
{
    const struct ae_loss_kind *k = ae_loss_at(i);

    if (k)
        *out = (struct ae_kind_facts){"loss",    k->name, k->help,
                                      k->fields, 0,       0};
    return k != NULL;
}

/* Finds a kind in a list of names, which ends with NULL, and one of lines of
 * help. */
static int word_facts(const char *group, const char *const *names,
                      const char *const *help, size_t i,
                      struct ae_kind_facts *out)
{
    for (size_t k = 0; k < i; k++)
        if (!names[k])
            return 0;
    if (names[i])
        *out = (struct ae_kind_facts){group, names[i], help[i], NULL, 0, 0};
    return names[i] != NULL;
}

static int optimiser_facts(size_t i, struct ae_kind_facts *out)
{
    return word_facts("optimiser", ae_optim_names, ae_optim_help, i, out);
}

static int schedule_facts(size_t i, struct ae_kind_facts *out)
{
    return word_facts("schedule", ae_lr_schedule_names, ae_lr_schedule_help, i,
                      out);
}

int ae_kind_facts(size_t i, struct ae_kind_facts *out)
{
    static int (*const groups[])(size_t, struct ae_kind_facts *) = {
        layer_facts, loss_facts, optimiser_facts, schedule_facts};

    for (size_t g = 0; g < AE_LEN(groups); g++) {
        size_t n = 0;

        while (groups[g](n, out))
            if (n++ == i)
                return 1;
        i -= n;
    }
    return 0;
}
