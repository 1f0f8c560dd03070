/* progress.c - the line on stderr that says how far a run is.
 *
 * It is never wider than the terminal, whose width is asked for at each
 * drawing, so that a resize is followed by the next one.  Names in it come from
 * files and are escaped.  Where stderr is no terminal (--progress=always) each
 * drawing is a line of its own, whole and without a bar.  Colour, one, is used
 * on a terminal only, and not where NO_COLOR says so (no-color.org). */
#define _XOPEN_SOURCE 700 /* wcwidth() */
#include <inttypes.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "cmd.h"

enum { LINE = 4096, COLUMNS = 80 };

static const double PROGRESS_EVERY = 0.5; /* seconds */

static struct {
    int on, terminal, colour;
    int drawn; /* columns of the line that stands there; 0: none */
    double last;
    locale_t utf8; /* 0: there is none */
} line = {.last = -1};

void cmd_progress_init(int mode, int quiet)
{
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");

    line.terminal = isatty(STDERR_FILENO);
    /* names of --progress: auto always never */
    line.on = mode == 1 || (mode == 0 && line.terminal && !quiet);
    line.colour = line.terminal && !(no_color && *no_color) && term &&
                  strcmp(term, "dumb") != 0;
    if (line.on && line.terminal && !line.utf8) /* options may come later */
        line.utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

static int terminal_columns(void)
{
    struct winsize size;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0
               ? size.ws_col
               : COLUMNS;
}

void cmd_progress_erase(void)
{
    if (!line.drawn)
        return;
    /* rows that a narrower window has broken the line into */
    const int above = (line.drawn - 1) / terminal_columns();
    if (above)
        fprintf(stderr, "\033[%dA", above);
    fputs("\r\033[J", stderr);
    line.drawn = 0;
}

/* ------------------------------------------------------------------ width */

/* Columns of the character of n bytes at s; two where nobody knows. */
static int char_columns(const char *s, size_t n)
{
    mbstate_t state = {0};
    wchar_t c;

    if (n == 1)
        return 1;
    if (!line.utf8 || mbrtowc(&c, s, n, &state) != n)
        return 2;
    const int columns = wcwidth(c);
    return columns < 0 ? 2 : columns;
}

/* Ends the text, which is escaped, before the first character past so many
 * columns; returns those that are left of it. */
static int cut(char *text, int most)
{
    const locale_t before = line.utf8 ? uselocale(line.utf8) : (locale_t)0;
    int at = 0, columns;
    size_t n;

    for (; *text; text += n, at += columns) {
        n = ae_utf8_length(text);
        n = n ? n : 1;
        columns = char_columns(text, n);
        if (at + columns > most)
            break;
    }
    *text = '\0';
    if (before)
        uselocale(before);
    return at;
}

/* ---------------------------------------------------------------- drawing */

/* Whether it is time for a drawing. */
static int is_due(int last)
{
    const double now = cmd_now();

    if (!line.on ||
        (!last && line.last >= 0 && now - line.last < PROGRESS_EVERY))
        return 0;
    line.last = now;
    return 1;
}

/* Columns of a line: the last one would make some terminals begin another. */
static int room(void)
{
    const int columns = terminal_columns();

    return columns > 1 ? columns - 1 : 1;
}

void cmd_progress(int last, const char *fmt, ...)
{
    char text[LINE], safe[LINE];
    va_list ap;

    if (!is_due(last))
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    ae_escape(safe, sizeof(safe), text);
    cmd_progress_erase();
    const int columns = line.terminal ? cut(safe, room()) : 0;
    fprintf(stderr, "%s%s", safe, line.terminal && !last ? "" : "\n");
    line.drawn = last ? 0 : columns;
}

/* "12/40", " + 37 %" of a file that isn't done, "3.21 MP/s", "0:12 left"; at
 * the end "40/40", "0:31 in all", "3.21 MP/s": as many of them, from the first
 * on, as fit. */
static void describe(const struct cmd_course *c, int last, int most, char *text,
                     size_t size)
{
    const int speed = last ? 2 : 1, time = last ? 1 : 2;
    char clock[32], part[3][96] = {""};

    snprintf(part[0], sizeof(part[0]), "%" PRIu64, c->done);
    if (c->files)
        snprintf(part[0], sizeof(part[0]), "%" PRIu64 "/%" PRIu64, c->done,
                 c->files);
    if (!last && c->share > 0 && c->share < 1)
        snprintf(part[0] + strlen(part[0]), 16, " + %.0f %%", 100 * c->share);
    snprintf(part[speed], sizeof(part[0]), "  %.2f MP/s", c->speed);
    if (last || c->left >= 0)
        snprintf(part[time], sizeof(part[0]), "  %s %s",
                 cmd_clock(last ? c->seconds : c->left, clock),
                 last ? "in all" : "left");
    text[0] = '\0';
    for (int i = 0; i < 3; i++) {
        const size_t at = strlen(text);
        if (i > 0 && at + strlen(part[i]) > (size_t)most)
            break;
        snprintf(text + at, size - at, "%s", part[i]);
    }
    cut(text, most);
}

/* Adds to a text of LINE bytes, as far as there is room. */
static void add(char *text, const char *fmt, ...)
{
    const size_t at = strlen(text);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text + at, LINE - at, fmt, ap);
    va_end(ap);
}

/* The bar of so many columns with its brackets. */
static void add_bar(char *text, double share, int columns)
{
    const int cells = columns - 2;
    const int full = (int)(share * cells);

    add(text, line.colour ? "[\033[32m" : "[");
    for (int i = 0; i < cells; i++) {
        if (line.colour && i > 0 && i == full)
            add(text, "\033[0m");
        add(text, i < full ? "#" : ".");
    }
    add(text, line.colour ? "\033[0m] " : "] ");
}

/* Bar, figures and name in so many columns; *used gets those that are. */
static void add_parts(char *text, const struct cmd_course *c, int last,
                      int most, int *used)
{
    enum { LEAST_BAR = 8, MOST_BAR = 24, LEAST_NAME = 6 };
    char figures[256], name[LINE] = "";
    double share = last ? 1 : 0;

    if (!last && c->files)
        share = ((double)c->done + c->share) / (double)c->files;
    describe(c, last, most, figures, sizeof(figures));
    const int n = (int)strlen(figures); /* ASCII */
    const int left = most - n - 1;
    int bar = left / 2 < MOST_BAR ? left / 2 : MOST_BAR, shown = 0;
    if (bar < LEAST_BAR || !c->files)
        bar = -1;
    const char *slash = c->name ? strrchr(c->name, '/') : NULL;
    if (!last && c->name && left - bar - 2 >= LEAST_NAME) {
        ae_escape(name, sizeof(name), slash ? slash + 1 : c->name);
        shown = 2 + cut(name, left - bar - 2);
    }
    if (bar > 0)
        add_bar(text, share < 1 ? share : 1, bar);
    add(text, "%s%s%s", figures, shown ? "  " : "", name);
    *used = n + bar + 1 + shown;
}

void cmd_progress_files(int last, const struct cmd_course *c)
{
    char text[LINE] = "";
    int used = 0;

    if (!is_due(last))
        return;
    cmd_progress_erase();
    if (line.terminal)
        add_parts(text, c, last, room(), &used);
    else
        describe(c, last, LINE, text, sizeof(text));
    fprintf(stderr, "%s%s", text, last || !line.terminal ? "\n" : "");
    line.drawn = last ? 0 : used;
}

const char *cmd_clock(double seconds, char *buf)
{
    const long s = seconds > 0 && seconds < 1e9 ? (long)(seconds + 0.5) : 0;

    if (s >= 3600)
        snprintf(buf, 32, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(buf, 32, "%ld:%02ld", s / 60, s % 60);
    return buf;
}
