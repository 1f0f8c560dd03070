/* split.c - which examples are held out, by a hash of their names.
 *
 * A name's side depends only on the name and the fraction, but that neither
 * side is ever left empty. */
#include <string.h>

#include "base/err.h"
#include "base/rng.h"
#include "data/dataset.h"

static uint64_t rank(const struct ae_item *it)
{
    return it->group ? it->group : ae_hash(it->name, strlen(it->name));
}

/* All items of one rank change side together: they share a name. */
static void set_side(struct ae_dataset *items, uint64_t which, int held)
{
    for (size_t i = 0; i < items->count; i++)
        if (rank(&items->item[i]) == which)
            items->item[i].held_out = held;
}

int ae_dataset_split(struct ae_dataset *items, double fraction,
                     struct ae_err *e)
{
    size_t held = 0;
    uint64_t least = UINT64_MAX, most = 0;

    for (size_t i = 0; i < items->count; i++) {
        const uint64_t r = rank(&items->item[i]);
        items->item[i].held_out = (double)(r >> 11) * 0x1p-53 < fraction;
        held += (size_t)items->item[i].held_out;
        least = r < least ? r : least;
        most = r > most ? r : most;
    }
    if (items->count == 0 || least == most)
        return ae_fail(e, AE_EARG,
                       "a single example can't be split into some to learn "
                       "from and some to hold out: give more, or `val` FILE");
    if (held == 0)
        set_side(items, least, 1);
    else if (held == items->count)
        set_side(items, most, 0);
    return 0;
}
