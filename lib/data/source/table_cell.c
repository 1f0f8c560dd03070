/* table_cell.c - see table_cell.h. */
#include "data/source/table_cell.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int ae_cell_is_time(const struct ae_csv *c, const char *s)
{
    const size_t n = strspn(s, "0123456789");

    return n >= 1 && n <= 4 && s[n] && strchr("-/.:", s[n]) &&
           isdigit((unsigned char)s[n + 1]) && !ae_csv_is_number(c, s, NULL);
}

int ae_cells_are_words(const struct ae_csv *c)
{
    int words = 0;

    for (int i = 0; i < c->fields; i++) {
        if (ae_csv_is_number(c, c->field[i], NULL) ||
            ae_cell_is_time(c, c->field[i]))
            return 0;
        words |= !ae_csv_is_missing(c->field[i]);
    }
    return words;
}

int ae_line_is_title(const char *line, const char *marks)
{
    size_t n = strlen(line);
    int letters = 0;

    while (n > 0 && (strchr(marks, line[n - 1]) || strchr(" \t", line[n - 1])))
        n--;
    if (n > 1 && line[0] == '"' && memchr(line + 1, '"', n - 1) == line + n - 1)
        marks = "";
    for (size_t i = 0; i < n; i++) {
        if (strchr(marks, line[i]))
            return 0;
        letters |= isalpha((unsigned char)line[i]) ||
                   (unsigned char)line[i] > 127;
    }
    return letters;
}

int ae_cell_is_count(const char *s)
{
    const size_t n = strspn(s, "0123456789");

    return n > 0 && n < 10 && s[n] == 0;
}

/* Whole numbers between marks, "2020-03-09": their values, and the mark behind
 * each in marks; how many there are. */
static int cut_numbers(const char **text, const char *between, long *value,
                       char *marks, int most)
{
    const char *s = *text;
    int n = 0;

    while (n < most && isdigit((unsigned char)*s)) {
        char *end;
        value[n] = strtol(s, &end, 10);
        if (end - s > 9)
            return 0;
        s = end;
        marks[n++] = *s;
        if (n == most || !*s || !strchr(between, *s) ||
            !isdigit((unsigned char)s[1]))
            break;
        s++;
    }
    *text = s;
    return n;
}

static char *skip_blanks(const char *s)
{
    return (char *)s + strspn(s, " \t");
}

int ae_cell_is_date(const char *s)
{
    long v[3];
    char mark[3];

    return cut_numbers(&s, "-/.", v, mark, 3) == 3 && mark[0] == mark[1] &&
           !isdigit((unsigned char)*s) && !strpbrk(s, ":");
}

int ae_cell_is_clock(const char *s)
{
    long v[3];
    char mark[3];
    const int n = cut_numbers(&s, ":.", v, mark, 3);

    return n >= 2 && v[0] < 25 && v[1] < 60 && (mark[0] == ':' || n == 3) &&
           !strpbrk(s, "-/:");
}

static int is_among(const char *s, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcasecmp(s, words[i]) == 0)
            return 1;
    return 0;
}

int ae_name_is_time(const char *name)
{
    static const char *const words[] = {"time", "timestamp", "date", "datetime",
                                        "ts"};

    return is_among(name, words, AE_LEN(words));
}

int ae_name_has_time(const char *name)
{
    static const char *const words[] = {"time", "date", "epoch", "unix",
                                        "stamp"};

    for (size_t i = 0; i < AE_LEN(words); i++)
        for (const char *p = name; *p; p++)
            if (strncasecmp(p, words[i], strlen(words[i])) == 0)
                return 1;
    return strcasecmp(name, "ts") == 0;
}

/* ---------------------------------------------------------------- seconds */

/* Days from 1970-01-01 on of the Gregorian calendar; the year is taken to
 * begin in March, so that the leap day is its last. */
static double days_of(long y, long m, long d)
{
    y -= m <= 2;
    const long era = (y >= 0 ? y : y - 399) / 400, year = y - era * 400;
    const long day = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
    const long leap = year / 4 - year / 100;

    return (double)(era * 146097 + year * 365 + leap + day - 719468);
}

/* The date at the text's begin: 1 and *s behind it, else 0. */
static int read_date(const char **s, int dmy, double *days)
{
    const char *end = *s;
    long v[3];
    char mark[3];

    if (cut_numbers(&end, "-/.", v, mark, 3) != 3 || mark[0] != mark[1])
        return 0;
    const int ymd = v[0] > 31, months = dmy || mark[0] == '.';
    const long y = ymd ? v[0] : v[2], d = ymd ? v[2] : v[months ? 0 : 1];
    const long m = ymd ? v[1] : v[months ? 1 : 0];
    if (m < 1 || m > 12 || d < 1 || d > 31)
        return 0;
    *days = days_of(y, m, d);
    *s = end;
    return 1;
}

/* "+01:00", "-0330", "Z" or nothing, in seconds. */
static double read_zone(const char *s)
{
    const double sign = *s == '-' ? -1 : 1;
    long v[2] = {0};
    char mark[2];

    if (*s != '+' && *s != '-')
        return 0;
    s++;
    if (cut_numbers(&s, ":", v, mark, 2) == 1 && v[0] >= 100) {
        v[1] = v[0] % 100;
        v[0] /= 100;
    }
    return sign * (double)(v[0] * 3600 + v[1] * 60);
}

/* The time of day at the text's begin, with what follows it. */
static int read_clock(const char *s, double *seconds)
{
    long v[3] = {0};
    char mark[3];
    double part = 0, unit = 1;
    const int n = cut_numbers(&s, ":.", v, mark, 3);

    if (n < 2)
        return 0;
    if (n == 3 && (*s == '.' || *s == ','))
        for (s++; isdigit((unsigned char)*s); s++)
            part += (unit /= 10) * (*s - '0');
    s = skip_blanks(s);
    if (strncasecmp(s, "pm", 2) == 0 && v[0] < 12)
        v[0] += 12;
    else if (strncasecmp(s, "am", 2) == 0 && v[0] == 12)
        v[0] = 0;
    *seconds = (double)(v[0] * 3600 + v[1] * 60 + v[2]) + part - read_zone(s);
    return 1;
}

int ae_cell_seconds(const char *s, int dmy, double *seconds)
{
    double days = 0, clock = 0;

    if (ae_parse_real(s, -1e300, 1e300, seconds, NULL) == 0)
        return 1;
    const int date = read_date(&s, dmy, &days);
    if (date && (*s == 'T' || *s == 't' || *s == ' ' || *s == ','))
        s = skip_blanks(s + 1);
    const int time = read_clock(s, &clock);
    *seconds = days * 86400 + clock;
    return date || time;
}
