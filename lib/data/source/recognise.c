/* recognise.c - see recognise.h. */
#include "data/source/recognise.h"

#include <string.h>
#include <strings.h>

#include "ae.h"
#include "base/csv.h"
#include "base/text.h"

enum { ROWS = 20 }; /* that are looked at */

int ae_name_ends_in(const char *name, const char *ending)
{
    size_t n = strlen(name);
    const size_t k = strlen(ending);

    if (n > 3 && strcasecmp(name + n - 3, ".gz") == 0)
        n -= 3;
    return n > k && strncasecmp(name + n - k, ending, k) == 0;
}

int ae_recognise_name(const char *name)
{
    static const struct {
        const char *ending;
        int kind;
    } known[] = {{".csv", AE_INPUT_CSV},
                 {".tsv", AE_INPUT_CSV},
                 {".tab", AE_INPUT_CSV},
                 {".log", AE_INPUT_TEXT},
                 {".txt", AE_INPUT_TEXT}};

    for (size_t i = 0; i < AE_LEN(known); i++)
        if (ae_name_ends_in(name, known[i].ending))
            return known[i].kind;
    return AE_INPUT_AUTO;
}

/* What the rows after the first one hold, which may be a header. */
struct look {
    int rows, width, cells, numbers;
    int ragged; /* 1: not all could be cut, or hold no number */
};

/* Bytes that belong to no character of UTF-8. */
static size_t count_strays(const unsigned char *p, size_t n)
{
    size_t strays = 0;

    for (size_t i = 0, k; i < n; i += k ? k : 1) {
        char next[5] = ""; /* ended by a NUL, which the bytes aren't */

        memcpy(next, p + i, n - i < 4 ? n - i : 4);
        k = ae_utf8_length(next);
        strays += k == 0;
    }
    return strays;
}

/* Without control characters.  Another encoding than UTF-8 has letters of its
 * own among those of ASCII; where over a third of the bytes are strays it is
 * none. */
static int is_text(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] == 0 || (p[i] < 32 && !strchr("\t\n\r\f\033", p[i])))
            return 0;
    return n > 0 && 3 * count_strays(p, n) <= n;
}

static void look_at_row(struct look *l, const struct ae_csv *c)
{
    double v;
    int numbers = 0;

    for (int i = 0; i < c->fields; i++)
        numbers += ae_parse_real(c->field[i], -1e300, 1e300, &v, NULL) == 0;
    l->rows++;
    l->cells += c->fields;
    l->numbers += numbers;
    l->ragged |= numbers == 0;
    l->width = c->width;
}

/* Of the complete lines. */
static struct look look_at(const void *bytes, size_t n, int whole)
{
    struct look l = {0};
    struct ae_csv c = {0};
    int rc, row = 0;

    while (!whole && n > 0 && ((const char *)bytes)[n - 1] != '\n')
        n--;
    if (ae_io_open_memory(bytes, n, "lines", &c.lines.io, NULL) < 0)
        return l;
    for (; row < ROWS && (rc = ae_csv_next(&c, NULL)) != AE_END; row++) {
        l.ragged |= rc < 0;
        if (rc < 0 && !c.spoilt)
            break;
        if (rc == 0 && row > 0)
            look_at_row(&l, &c);
    }
    ae_io_close(c.lines.io);
    ae_csv_release(&c);
    return l;
}

int ae_recognise_lines(const void *bytes, size_t n, int whole)
{
    if (!is_text(bytes, n))
        return AE_INPUT_AUTO;
    const struct look l = look_at(bytes, n, whole);
    return l.rows && !l.ragged && l.width > 1 && 2 * l.numbers >= l.cells
               ? AE_INPUT_CSV
               : AE_INPUT_TEXT;
}

int ae_recognise_numbers(const void *bytes, size_t n, int whole)
{
    const struct look l = look_at(bytes, n, whole);

    return l.rows && !l.ragged && l.numbers == l.cells;
}
