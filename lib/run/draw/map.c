/* map.c - latents on a plane: their two numbers, or the two directions in
 * which they differ most (Pearson 1901).
 *
 * Memory is bounded however many there are: the axes are computed from all
 * latents, but only every stride-th is kept, to be drawn. */
#include "run/draw/map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/linalg.h"

enum {
    MOST = 1 << 16, /* points at most, and numbers in all of them */
    FLOATS = 1 << 22,
    DIMS = 2048, /* numbers in a latent */
    BLOCK = 64,  /* latents that are summed at once */
    NAME = 255   /* bytes of a name that are kept */
};

int ae_map_new(struct ae_ctx *ctx, const char *labels, struct ae_map **out,
               struct ae_err *e)
{
    struct ae_map *m = ae_alloc(1, sizeof(*m), e);

    *out = NULL;
    if (!m)
        return AE_EMEM;
    if (labels) {
        const int rc = ae_labels_read(ctx, labels, &m->labels, e);
        if (rc < 0) {
            ae_map_free(m);
            return rc;
        }
        m->head = strncmp(m->labels.at[0], "name\t", 5) == 0;
    }
    *out = m;
    return 0;
}

void ae_map_free(struct ae_map *m)
{
    if (!m)
        return;
    ae_labels_release(&m->labels);
    for (size_t i = 0; m->names && i < m->most; i++)
        free(m->names[i]);
    free(m->names);
    free(m->z);
    free(m->class);
    free(m->origin);
    free(m->gram);
    free(m->block);
    free(m);
}

/* Allocates memory for latents of the first one's size. */
static int init_map(struct ae_map *m, const float *z, int d, struct ae_err *e)
{
    const size_t n = (size_t)d;

    if (d < 2 || d > DIMS)
        return ae_fail(e, AE_EUNSUPPORTED,
                       "latents of %d number%s: a map is made of 2 to %d", d,
                       d > 1 ? "s" : "", DIMS);
    if (d > 2)
        AE_TRY(ae_linalg_load(1, e));
    m->d = d;
    m->most = (size_t)ae_min(MOST, FLOATS / d);
    m->stride = 1;
    m->z = ae_alloc(m->most, n * sizeof(*m->z), e);
    m->class = ae_alloc(m->most, sizeof(*m->class), e);
    m->origin = ae_alloc(2 * n, sizeof(double), e);
    m->gram = ae_alloc(n * n, sizeof(double), e);
    m->block = ae_alloc(BLOCK, n * sizeof(double), e);
    if (!m->z || !m->class || !m->origin || !m->gram || !m->block)
        return AE_EMEM;
    m->sum = m->origin + n;
    for (int i = 0; i < d; i++)
        m->origin[i] = z[i];
    return 0;
}

static void sum_block(struct ae_map *m)
{
    ae_gram_double(m->block, m->rows, m->d, m->gram);
    m->rows = 0;
}

static void add_to_sums(struct ae_map *m, const float *z)
{
    double *row = m->block + m->rows * m->d;

    for (int i = 0; i < m->d; i++) {
        row[i] = z[i] - m->origin[i];
        m->sum[i] += row[i];
    }
    if (++m->rows == BLOCK)
        sum_block(m);
}

/* ---------------------------------------------------------------- classes */

/* The text after a line's last tab, or the whole line. */
static const char *class_of(const char *line)
{
    const char *tab = strrchr(line, '\t');

    return tab ? tab + 1 : line;
}

static int class_number(struct ae_map *m, const char *name)
{
    for (int i = 0; i < m->classes; i++)
        if (strcmp(m->name[i], name) == 0)
            return i;
    if (m->classes == AE_MAP_CLASSES) {
        m->others = 1;
        return -1;
    }
    m->name[m->classes] = name;
    return m->classes++;
}

static int too_few(const struct ae_map *m, struct ae_err *e)
{
    return ae_fail(e, AE_EARG,
                   "`labels`: %zu of them, but there are more latents: one "
                   "each is needed, in their order",
                   m->labels.count);
}

/* ----------------------------------------------------------------- points */

/* The name of point `from` becomes that of point `to` before it, whose own was
 * moved already or is dropped. */
static void keep_name(struct ae_map *m, size_t to, size_t from)
{
    if (!m->names || to == from)
        return;
    free(m->names[to]);
    m->names[to] = m->names[from];
    m->names[from] = NULL;
}

/* A name without end costs no more than NAME bytes. */
static int take_name(struct ae_map *m, size_t i, const char *name,
                     struct ae_err *e)
{
    if (!name)
        return 0;
    if (!m->names)
        m->names = ae_alloc(m->most, sizeof(*m->names), e);
    if (!m->names)
        return AE_EMEM;
    free(m->names[i]);
    m->names[i] = strndup(name, NAME);
    return m->names[i] ? 0 : ae_fail(e, AE_EMEM, "no memory for a name");
}

/* Keeps every second point. */
static void thin_out(struct ae_map *m)
{
    const size_t d = (size_t)m->d;

    for (size_t i = 0; 2 * i < m->n; i++) {
        memmove(m->z + i * d, m->z + 2 * i * d, d * sizeof(*m->z));
        m->class[i] = m->class[2 * i];
        keep_name(m, i, 2 * i);
    }
    m->n = (m->n + 1) / 2;
    m->stride *= 2;
}

int ae_map_add(struct ae_map *m, uint64_t row, const char *name, const float *z,
               int d, struct ae_err *e)
{
    int class = -1;

    if (!m->d)
        AE_TRY(init_map(m, z, d, e));
    row += (uint64_t)m->head;
    if (m->labels.count && row >= m->labels.count)
        return too_few(m, e);
    assert(d == m->d);
    if (m->labels.count)
        class = class_number(m, class_of(m->labels.at[row]));
    if (d > 2)
        add_to_sums(m, z);
    if (m->count++ % m->stride)
        return 0;
    if (m->n == m->most) {
        thin_out(m);
        if ((m->count - 1) % m->stride)
            return 0;
    }
    AE_TRY(take_name(m, m->n, name, e));
    memcpy(m->z + m->n * (size_t)d, z, (size_t)d * sizeof(*z));
    m->class[m->n++] = (short)class;
    return 0;
}

/* ------------------------------------------------------------------- axes */

/* Turns an axis so that its number of the largest magnitude is positive. */
static void orient(double *v, int d)
{
    int most = 0;

    for (int i = 1; i < d; i++)
        if (fabs(v[i]) > fabs(v[most]))
            most = i;
    const double sign = v[most] < 0 ? -1 : 1;
    for (int i = 0; i < d; i++)
        v[i] *= sign;
}

/* The last two rows of gram become the axes, origin the mean. */
static int find_axes(struct ae_map *m, double share[2], struct ae_err *e)
{
    const int d = m->d;
    const double n = (double)m->count;
    double all = 0, *value = ae_alloc((size_t)d, sizeof(double), e);

    if (!value)
        return AE_EMEM;
    sum_block(m);
    for (int i = 0; i < d; i++)
        for (int k = 0; k < d; k++) {
            double *v = &m->gram[(size_t)i * (size_t)d + (size_t)k];
            *v = *v / n - m->sum[i] / n * (m->sum[k] / n);
        }
    const int rc = ae_eigen_sym(m->gram, d, value, 1, e);
    for (int i = 0; i < d; i++) {
        m->origin[i] += m->sum[i] / n;
        all += fmax(value[i], 0);
    }
    for (int i = 0; !rc && i < 2; i++) {
        orient(m->gram + (size_t)(d - 1 - i) * (size_t)d, d);
        share[i] = all > 0 ? fmax(value[d - 1 - i], 0) / all : 0;
    }
    free(value);
    return rc;
}

int ae_map_project(struct ae_map *m, double **at, double share[2],
                   struct ae_err *e)
{
    const size_t d = (size_t)m->d;
    double *p = *at = ae_alloc(m->n, 2 * sizeof(double), e);

    share[0] = share[1] = -1;
    if (!p)
        return AE_EMEM;
    if (d > 2) {
        const int rc = find_axes(m, share, e);
        if (rc < 0) {
            free(p);
            *at = NULL;
            return rc;
        }
    }
    for (size_t i = 0; i < m->n; i++)
        for (size_t a = 0; a < 2; a++) {
            const float *z = m->z + i * d;
            double sum = d > 2 ? 0 : z[a];
            for (size_t k = 0; d > 2 && k < d; k++)
                sum += (z[k] - m->origin[k]) * m->gram[(d - 1 - a) * d + k];
            p[2 * i + a] = sum;
        }
    return 0;
}
