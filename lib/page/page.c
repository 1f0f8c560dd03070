/* page.c - see page.h. */
#include "page/page.h"

#include "base/err.h"

/* A browser that keeps to it fetches nothing, whatever a page contains. */
static const char policy[] =
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
    "'none'; img-src data:; style-src 'unsafe-inline'; script-src "
    "'unsafe-inline'\"/>\n";

void ae_page_begin(struct ae_html *h, const char *title, int refresh,
                   const char *more)
{
    ae_html_put(h,
                "<!DOCTYPE html>\n"
                "<html lang=\"en\"><head><meta charset=\"utf-8\"/>\n%s",
                policy);
    if (refresh)
        ae_html_put(h, "<meta http-equiv=\"refresh\" content=\"%d\"/>\n",
                    refresh);
    ae_html_put(h, "<meta name=\"viewport\" content=\"width=device-width\"/>\n"
                   "<title>");
    ae_html_text(h, title);
    ae_html_put(h, "</title>\n<style>\n%s%s</style></head>\n<body>\n<h1>",
                ae_page_css, more ? more : "");
    ae_html_text(h, title);
    ae_html_put(h, "</h1>\n");
}

void ae_page_end(struct ae_html *h)
{
    ae_html_put(h, "</body></html>\n");
}

int ae_page_save(const struct ae_html *h, const char *path, struct ae_err *e)
{
    struct ae_io *io = NULL;
    int rc = h->failed;

    if (rc < 0)
        return rc;
    if ((rc = ae_io_create(path, &io, e)) < 0 ||
        (rc = ae_io_write(io, h->s.p, h->s.len, e)) < 0)
        goto out;
    rc = ae_io_commit(io, e);
out:
    ae_io_close(io);
    return rc < 0 ? ae_err_at(e, rc, "%s", path) : 0;
}
