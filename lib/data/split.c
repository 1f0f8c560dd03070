/* split.c - which examples are held out, by a hash of their names.
 *
 * A name's side depends only on the name and the fraction, but that neither
 * side is ever left empty; where all items have one name their places take
 * part in the hash.  Windows that overlap are held out in groups; where
 * such a group meets learned windows, those that share rows with it belong to
 * neither side. */
#include <string.h>

#include "base/err.h"
#include "base/rng.h"
#include "data/dataset.h"

uint64_t ae_item_rank(const struct ae_item *it)
{
    return it->group ? it->group : ae_hash(it->name, strlen(it->name));
}

/* 1 where names don't tell the items apart: rows of one day, say. */
static int have_one_name(const struct ae_dataset *items)
{
    for (size_t i = 0; i < items->count; i++)
        if (items->item[i].group ||
            strcmp(items->item[i].name, items->item[0].name) != 0)
            return 0;
    return items->count > 1;
}

/* by_place: 1 where the items have one name. */
static uint64_t rank_of(const struct ae_dataset *items, size_t i, int by_place)
{
    const uint64_t rank = ae_item_rank(&items->item[i]);

    return by_place ? ae_mix(rank, i) : rank;
}

/* All items of one rank change side together: they share a name. */
static void set_side(struct ae_dataset *items, int by_place, uint64_t which,
                     int held)
{
    for (size_t i = 0; i < items->count; i++)
        if (rank_of(items, i, by_place) == which)
            items->item[i].held_out = held;
}

/* --------------------------------------------------- windows that overlap */

static uint64_t first_row(const struct ae_item *it)
{
    return it->last - (uint64_t)it->w + 1;
}

/* The item is a window of side `drop` and shares rows with one of the other
 * side, *other, the nearest that came before it in this walk. */
static int meets(const struct ae_item *it, const struct ae_item **other,
                 int drop)
{
    if (!it->group || it->held_out < 0)
        return 0;
    if (it->held_out != drop) {
        *other = it;
        return 0;
    }
    return *other && (*other)->file == it->file &&
           first_row(it) <= (*other)->last && first_row(*other) <= it->last;
}

/* Takes the windows of side `drop` that share rows with the other side out of
 * it; returns how many stay. */
static size_t part_windows(struct ae_dataset *items, int drop)
{
    const struct ae_item *other = NULL;
    size_t stay = 0;

    for (size_t i = 0; i < items->count; i++)
        if (meets(&items->item[i], &other, drop))
            items->item[i].held_out = AE_NEITHER_SIDE;
    other = NULL;
    for (size_t i = items->count; i-- > 0;) {
        struct ae_item *it = &items->item[i];
        if (meets(it, &other, drop))
            it->held_out = AE_NEITHER_SIDE;
        stay += it->held_out == drop;
    }
    return stay;
}

static int refuse_split(struct ae_err *e)
{
    return ae_fail(e, AE_EARG,
                   "a single example can't be split into some to learn "
                   "from and some to hold out: give more, or `val` FILE");
}

/* Learned windows give way, or held-out ones where that would leave none to
 * learn from. */
static int part_sides(struct ae_dataset *items, struct ae_err *e)
{
    if (part_windows(items, 0))
        return 0;
    for (size_t i = 0; i < items->count; i++)
        if (items->item[i].held_out == AE_NEITHER_SIDE)
            items->item[i].held_out = 0;
    return part_windows(items, 1) ? 0 : refuse_split(e);
}

/* ---------------------------------------------------------------- the split */

int ae_dataset_split(struct ae_dataset *items, double fraction,
                     struct ae_err *e)
{
    const int by_place = have_one_name(items);
    size_t held = 0;
    uint64_t least = UINT64_MAX, most = 0;

    for (size_t i = 0; i < items->count; i++) {
        const uint64_t r = rank_of(items, i, by_place);
        items->item[i].held_out = (double)(r >> 11) * 0x1p-53 < fraction;
        held += (size_t)items->item[i].held_out;
        least = r < least ? r : least;
        most = r > most ? r : most;
    }
    if (items->count == 0 || least == most)
        return refuse_split(e);
    if (held == 0)
        set_side(items, by_place, least, 1);
    else if (held == items->count)
        set_side(items, by_place, most, 0);
    return part_sides(items, e);
}
