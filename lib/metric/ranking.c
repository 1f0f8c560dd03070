/* ranking.c - how well scores tell positives from negatives.
 *
 * Everything is counted at the distinct scores only, so that the order of
 * equal ones never matters. */
#include <math.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"

struct scored {
    double score;
    int positive;
};

static int descending(const void *a, const void *b)
{
    const struct scored *x = a, *y = b;

    return (x->score < y->score) - (x->score > y->score);
}

static double f1_of(size_t hits, size_t flagged, size_t positives)
{
    return 2 * (double)hits / (double)(flagged + positives);
}

/* From the highest score down, a group of equal ones at a time. */
static void walk(const struct scored *s, size_t n, struct ae_ranking *r)
{
    size_t hits = 0, end;
    double pairs = 0; /* negatives below positives, ties half */

    for (size_t i = 0; i < n; i = end) {
        size_t now = 0;
        for (end = i; end < n && !(s[end].score < s[i].score); end++)
            now += (size_t)s[end].positive;
        const size_t below = r->negatives - (end - hits - now);
        const size_t equal = end - i - now;
        pairs += (double)now * ((double)below + (double)equal / 2);
        hits += now;
        r->average_precision += (double)now / (double)r->positives *
                                (double)hits / (double)end;
        const double f1 = f1_of(hits, end, r->positives);
        if (f1 > r->best_f1) {
            r->best_f1 = f1;
            r->best_threshold = s[i].score;
        }
    }
    r->auroc = pairs / ((double)r->positives * (double)r->negatives);
}

int ae_rank(const double *score, const unsigned char *positive, size_t n,
            struct ae_ranking *out, struct ae_err *e)
{
    struct scored *s = ae_alloc(n, sizeof(*s), e);

    *out = (struct ae_ranking){0};
    if (!s)
        return AE_EMEM;
    for (size_t i = 0; i < n; i++) {
        s[i] = (struct scored){score[i], positive[i] != 0};
        if (isnan(score[i])) {
            free(s);
            return ae_fail(e, AE_ENUMERIC, "score %zu is not a number", i);
        }
        out->positives += positive[i] != 0;
    }
    out->negatives = n - out->positives;
    qsort(s, n, sizeof(*s), descending);
    if (out->positives && out->negatives)
        walk(s, n, out);
    free(s);
    return out->positives && out->negatives
               ? 0
               : ae_fail(e, AE_EARG,
                         "of %zu labels none is %s: there is nothing to tell "
                         "apart",
                         n, out->positives ? "normal" : "an outlier");
}

double ae_rank_f1(const double *score, const unsigned char *positive, size_t n,
                  double threshold)
{
    size_t hits = 0, flagged = 0, positives = 0;

    for (size_t i = 0; i < n; i++) {
        flagged += score[i] > threshold;
        hits += score[i] > threshold && positive[i];
        positives += positive[i] != 0;
    }
    return flagged + positives ? f1_of(hits, flagged, positives) : 0;
}
