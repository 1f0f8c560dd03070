/* html.c - text of a page.  What is written is XML, too: every tag is closed,
 * and `<', `&' and `"' in texts are entities. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "page/html.h"

void ae_html_put(struct ae_html *h, const char *fmt, ...)
{
    va_list ap;

    if (h->failed)
        return;
    va_start(ap, fmt);
    h->failed = ae_str_vprintf(&h->s, h->e, fmt, ap);
    va_end(ap);
}

/* The text as ae_escape() has it, to be freed; NULL after a failure. */
static char *escape(struct ae_html *h, const char *text)
{
    const size_t size = 4 * strlen(text) + 1;
    char *safe = h->failed ? NULL : ae_alloc(size, 1, h->e);

    if (safe)
        ae_escape(safe, size, text);
    else if (!h->failed)
        h->failed = AE_EMEM;
    return safe;
}

void ae_html_text(struct ae_html *h, const char *text)
{
    char *safe = escape(h, text);

    for (const char *p = safe; p && *p; p++)
        switch (*p) {
        case '<':
            ae_html_put(h, "&lt;");
            break;
        case '&':
            ae_html_put(h, "&amp;");
            break;
        case '"':
            ae_html_put(h, "&quot;");
            break;
        default:
            ae_html_put(h, "%c", *p);
        }
    free(safe);
}

void ae_html_data(struct ae_html *h, const char *type, const void *bytes,
                  size_t n)
{
    static const char digit[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = bytes;

    ae_html_put(h, "data:%s;base64,", type);
    for (size_t i = 0; i < n; i += 3) {
        const unsigned left = n - i > 2 ? 3 : (unsigned)(n - i);
        const unsigned v = (unsigned)p[i] << 16 |
                           (left > 1 ? (unsigned)p[i + 1] << 8 : 0) |
                           (left > 2 ? (unsigned)p[i + 2] : 0);
        char four[5] = {digit[v >> 18], digit[v >> 12 & 63],
                        left > 1 ? digit[v >> 6 & 63] : '=',
                        left > 2 ? digit[v & 63] : '=', 0};
        if (!h->failed)
            h->failed = ae_str_addn(&h->s, four, 4, h->e);
    }
}

void ae_html_json(struct ae_html *h, const char *text)
{
    char *safe = escape(h, text);
    struct ae_str s = {0};

    if (safe)
        h->failed = ae_json_add_string(&s, safe, h->e);
    for (const char *p = s.p; !h->failed && p && *p; p++)
        if (*p == '<')
            ae_html_put(h, "\\u003c");
        else
            ae_html_put(h, "%c", *p);
    ae_str_release(&s);
    free(safe);
}

int ae_html_flush(struct ae_html *h, struct ae_io *io, struct ae_err *e)
{
    if (h->failed)
        return h->failed;
    AE_TRY(ae_io_write(io, h->s.p, h->s.len, e));
    h->s.len = 0;
    return 0;
}

void ae_html_release(struct ae_html *h)
{
    ae_str_release(&h->s);
}
