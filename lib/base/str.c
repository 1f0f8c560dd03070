/* str.c - a growing string, and numbers from text. */
#include "base/str.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

/* Room for n more bytes and the NUL. */
static int reserve(struct ae_str *s, size_t n, struct ae_err *e)
{
    if (n > SIZE_MAX / 2 - s->len - 1)
        return ae_fail(e, AE_ELIMIT, "text of %zu bytes is too long", n);
    size_t need = s->len + n + 1, cap = s->cap ? s->cap : 64;
    if (need <= s->cap)
        return 0;
    while (cap < need)
        cap *= 2;
    AE_TRY(ae_realloc(&s->p, cap, 1, e));
    s->cap = cap;
    return 0;
}

int ae_str_addn(struct ae_str *s, const void *bytes, size_t n, struct ae_err *e)
{
    AE_TRY(reserve(s, n, e));
    if (n)
        memcpy(s->p + s->len, bytes, n);
    s->len += n;
    s->p[s->len] = '\0';
    return 0;
}

int ae_str_add(struct ae_str *s, const char *text, struct ae_err *e)
{
    return ae_str_addn(s, text, strlen(text), e);
}

int ae_str_vprintf(struct ae_str *s, struct ae_err *e, const char *fmt,
                   va_list ap)
{
    va_list again;

    va_copy(again, ap);
    int n = ae_vformat(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0)
        return ae_fail(e, AE_EARG, "text can't be formatted");
    AE_TRY(reserve(s, (size_t)n, e));
    ae_vformat(s->p + s->len, (size_t)n + 1, fmt, ap);
    s->len += (size_t)n;
    return 0;
}

int ae_str_printf(struct ae_str *s, struct ae_err *e, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    int rc = ae_str_vprintf(s, e, fmt, ap);
    va_end(ap);
    return rc;
}

void ae_str_release(struct ae_str *s)
{
    free(s->p);
    *s = (struct ae_str){0};
}

int ae_parse_real(const char *text, double lo, double hi, double *out,
                  struct ae_err *e)
{
    char *end = NULL, a[32], b[32];
    double v = 0;

    /* No blanks, hexadecimals, "nan" or "inf": just a decimal. */
    if (*text && strspn(text, "0123456789.eE+-") == strlen(text))
        v = ae_strtod(text, &end);
    if (!end || end == text || *end)
        return ae_fail(e, AE_EARG, "'%s' is not a number", text);
    if (!isfinite(v) || v < lo || v > hi) {
        ae_print_real(a, sizeof(a), lo);
        ae_print_real(b, sizeof(b), hi);
        return ae_fail(e, AE_EARG, "%s is outside %s..%s", text, a, b);
    }
    *out = v;
    return 0;
}

int ae_parse_int(const char *text, int64_t lo, int64_t hi, int64_t *out,
                 struct ae_err *e)
{
    const char *digits = text + (*text == '-' || *text == '+');
    size_t n = strspn(digits, "0123456789");

    if (n == 0 || digits[n])
        return ae_fail(e, AE_EARG, "'%s' is not a whole number", text);
    errno = 0;
    long long v = strtoll(text, NULL, 10);
    if (errno == ERANGE || v < lo || v > hi)
        return ae_fail(e, AE_EARG, "%s is outside %lld..%lld", text,
                       (long long)lo, (long long)hi);
    *out = v;
    return 0;
}

int ae_print_real(char *buf, size_t size, double v)
{
    char text[40];

    for (int digits = 1; digits <= 17; digits++) {
        ae_format(text, sizeof(text), "%.*g", digits, v);
        double back = ae_strtod(text, NULL);
        if (!isfinite(v) || back == v)
            break;
    }
    return snprintf(buf, size, "%s", text);
}
