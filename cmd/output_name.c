/* output_name.c - the names of outputs that options make: --name's below -d,
 * and of the originals that --in-place=SUFFIX keeps.
 *
 * Names are bytes.  No template leads out of -d, whatever it is filled with. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

/* ---------------------------------------------------------------- --name */

/* The name that an output would have without --name, in parts. */
struct parts {
    const char *dir, *name, *ext; /* ext without its dot; "" */
    int dir_size, stem_size;
    uint64_t number, page;
};

static struct parts split(const char *plain, uint64_t number, uint64_t page)
{
    const char *slash = strrchr(plain, '/');
    const char *name = slash ? slash + 1 : plain;
    const char *dot = strrchr(name, '.');
    const int has_ext = dot && dot != name;

    return (struct parts){.dir = slash ? plain : ".",
                          .dir_size = slash ? (int)(slash - plain) : 1,
                          .name = name,
                          .stem_size = has_ext ? (int)(dot - name)
                                               : (int)strlen(name),
                          .ext = has_ext ? dot + 1 : "",
                          .number = number,
                          .page = page};
}

static int is_field(const char *at, size_t n, const char *name)
{
    return n == strlen(name) && memcmp(at, name, n) == 0;
}

/* Writes what the field stands for, as snprintf() does. */
static int put_field(const struct parts *p, const char *at, size_t n, char *to,
                     size_t size)
{
    if (is_field(at, n, "dir"))
        return snprintf(to, size, "%.*s", p->dir_size, p->dir);
    if (is_field(at, n, "name"))
        return snprintf(to, size, "%s", p->name);
    if (is_field(at, n, "stem"))
        return snprintf(to, size, "%.*s", p->stem_size, p->name);
    if (is_field(at, n, "ext"))
        return snprintf(to, size, "%s", p->ext);
    if (is_field(at, n, "page"))
        return snprintf(to, size, "%" PRIu64, p->page);
    if (is_field(at, n, "n"))
        return snprintf(to, size, "%06" PRIu64, p->number);
    cmd_usage("option '--name': '{%.*s}' is not one of {dir}, {name}, {stem}, "
              "{ext}, {page}, {n}",
              (int)n, at);
}

/* Fills the template in; to NULL: only counts.  An ending that there isn't
 * takes its dot along. */
static size_t fill(const char *template, const struct parts *p, char *to,
                   size_t size)
{
    size_t n = 0;

    for (const char *at = template; *at; at++) {
        const char *end = *at == '{' ? strchr(at, '}') : NULL;
        if (*at == '{' && !end)
            cmd_usage("option '--name': '%s' lacks a }", at);
        if (*at == '.' && !*p->ext && strncmp(at + 1, "{ext}", 5) == 0)
            continue;
        if (!end) {
            if (to)
                to[n] = *at;
            n++;
            continue;
        }
        n += (size_t)put_field(p, at + 1, (size_t)(end - at - 1),
                               to ? to + n : NULL, to ? size - n : 0);
        at = end;
    }
    if (to)
        to[n] = '\0';
    return n;
}

static int leads_out(const char *path)
{
    int out = path[0] == '/';

    for (const char *at = path; *at;) {
        const size_t n = strcspn(at, "/");
        out |= n == 2 && memcmp(at, "..", 2) == 0;
        at += n + (at[n] == '/');
    }
    return out;
}

/* Takes out what says nothing: "." and doubled slashes. */
static void tidy(char *path)
{
    char *to = path;

    for (const char *at = path; *at;) {
        const size_t n = strcspn(at, "/");
        const char *next = at + n + (at[n] == '/');
        if (n && !(n == 1 && *at == '.')) {
            if (to != path)
                *to++ = '/';
            memmove(to, at, n);
            to += n;
        }
        at = next;
    }
    *to = '\0';
}

static int fail_name(const char *path, const char *why, struct ae_err *e)
{
    snprintf(e->msg, sizeof(e->msg), "--name: '%.400s' %s", path, why);
    return e->code = AE_EARG;
}

int cmd_output_name(const char *template, const char *plain, uint64_t number,
                    uint64_t page, char **out, struct ae_err *e)
{
    const struct parts p = split(plain, number, page);
    const size_t size = fill(template, &p, NULL, 0) + 1;

    *out = cmd_need(malloc(size));
    fill(template, &p, *out, size);
    int rc = leads_out(*out) ? fail_name(*out, "lies outside -d", e) : 0;
    if (!rc)
        tidy(*out);
    if (!rc && !**out)
        rc = fail_name(template, "names no file", e);
    if (rc) {
        free(*out);
        *out = NULL;
    }
    return rc;
}

int cmd_names_pages(const char *template)
{
    return template && strstr(template, "{page}");
}

/* ------------------------------------------------------------ --in-place */

char *cmd_backup_name(const char *suffix, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *last = slash ? slash + 1 : path;
    const size_t size = strlen(path) + strlen(suffix) * (strlen(last) + 1) + 1;
    char *name = cmd_need(malloc(size));
    size_t n = (size_t)snprintf(name, size, "%.*s", (int)(last - path), path);

    if (!strchr(suffix, '*'))
        n += (size_t)snprintf(name + n, size - n, "%s", last);
    for (const char *at = suffix; *at; at++)
        if (*at == '*')
            n += (size_t)snprintf(name + n, size - n, "%s", last);
        else
            name[n++] = *at;
    name[n] = '\0';
    return name;
}
