/* feature_hash.c - features of a line, counted by sorting their hashes. */
#include "data/source/feature_hash.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"

enum { SHORTEST = 3, LONGEST = 5 };
/* Kinds of features that must not meet. */
enum { WORD = 1, PAIR, RUN };

static int is_word(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || c == '0' || c == '_' || c >= 0x80;
}

/* Lower case, digits masked, blanks closed up; at most n bytes. */
static size_t normalise(const char *text, size_t n, unsigned char *out)
{
    size_t len = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 'A' && c <= 'Z')
            c = (unsigned char)(c - 'A' + 'a');
        else if (c >= '0' && c <= '9')
            c = '0';
        else if (c <= ' ')
            c = ' ';
        if ((c == '0' || c == ' ') && len && out[len - 1] == c)
            continue;
        out[len++] = c;
    }
    return len;
}

static size_t add_words(const unsigned char *s, size_t n, uint64_t *out)
{
    size_t count = 0;
    uint64_t before = 0;

    for (size_t i = 0; i < n;) {
        size_t k = i;
        while (k < n && is_word(s[k]))
            k++;
        if (k == i) {
            i++;
            continue;
        }
        const uint64_t word = ae_hash(s + i, k - i);
        out[count++] = ae_mix(WORD, word);
        if (before)
            out[count++] = ae_mix(ae_mix(PAIR, before), word);
        before = word;
        i = k;
    }
    return count;
}

static size_t add_runs(const unsigned char *s, size_t n, uint64_t *out)
{
    size_t count = 0;

    for (size_t k = SHORTEST; k <= LONGEST; k++)
        for (size_t i = 0; i + k <= n; i++)
            out[count++] = ae_mix(RUN, ae_hash(s + i, k));
    return count;
}

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static void add_up(const uint64_t *hash, size_t n, int buckets, float *out)
{
    double sum = 0;

    for (size_t i = 0; i < n;) {
        size_t k = i;
        while (k < n && hash[k] == hash[i])
            k++;
        const float v = (float)log(1 + (double)(k - i));
        out[(hash[i] >> 1) % (uint64_t)buckets] += hash[i] & 1 ? v : -v;
        i = k;
    }
    for (int b = 0; b < buckets; b++)
        sum += (double)out[b] * out[b];
    for (int b = 0; b < buckets && sum > 0; b++)
        out[b] = (float)(out[b] / sqrt(sum));
}

int ae_feature_hash(const char *text, size_t n, int buckets, float *out,
                    struct ae_err *e)
{
    unsigned char *s = ae_alloc(n + 1, 1, e);
    /* a word and a pair for each byte, and a run of each length */
    uint64_t *hash = ae_alloc(n + 1, 5 * sizeof(*hash), e);
    const int rc = s && hash ? 0 : AE_EMEM;

    memset(out, 0, (size_t)buckets * sizeof(*out));
    if (!rc) {
        const size_t len = normalise(text, n, s);
        size_t count = add_words(s, len, hash);
        count += add_runs(s, len, hash + count);
        qsort(hash, count, sizeof(*hash), by_value);
        add_up(hash, count, buckets, out);
    }
    free(s);
    free(hash);
    return rc;
}
