/* onpty.c - a command whose stderr is a terminal of so many columns.
 *
 *     onpty COLUMNS[,COLUMNS...] COMMAND [ARGUMENT...]
 *
 * What it writes there goes to stdout as it is.  With several widths the
 * terminal gets the next one whenever the command has written something, and
 * the last one stays.  Prints the most columns that a line had on stderr, and
 * ends as the command does, with 9 where a line was wider than the terminal. */
#define _XOPEN_SOURCE 700 /* posix_openpt(), wcwidth() */
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>

static struct {
    int columns, allowed, at, widest, too_wide;
    int escape; /* 1: behind ESC, 2: in a sequence of it */
    mbstate_t state;
} screen;

static void show_char(wchar_t c)
{
    if (screen.escape == 1) {
        screen.escape = c == '[' ? 2 : 0;
    } else if (screen.escape == 2) {
        screen.escape = c < '@';
    } else if (c == '\033') {
        screen.escape = 1;
    } else if (c == '\r' || c == '\n') {
        screen.at = 0;
    } else {
        screen.at += wcwidth(c) > 0 ? wcwidth(c) : 0;
        if (screen.at > screen.widest)
            screen.widest = screen.at;
        screen.too_wide |= screen.at > screen.allowed;
    }
}

static void show(const char *p, size_t n)
{
    while (n > 0) {
        wchar_t c = 0;
        const size_t used = mbrtowc(&c, p, n, &screen.state);
        if (used == (size_t)-2)
            return;
        if (used == (size_t)-1)
            exit(9); /* half a character */
        show_char(c);
        p += used ? used : 1;
        n -= used ? used : 1;
    }
}

/* The next width of the list; the last one again at its end.  What comes next
 * may still be meant for the one before. */
static void resize(int terminal, char **list)
{
    char *end;
    const long columns = strtol(*list, &end, 10);
    const struct winsize size = {.ws_row = 24,
                                 .ws_col = (unsigned short)columns};

    if (*end == ',')
        *list = end + 1;
    screen.allowed = columns > screen.columns ? (int)columns : screen.columns;
    screen.columns = (int)columns;
    ioctl(terminal, TIOCSWINSZ, &size);
}

int main(int argc, char **argv)
{
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    char buf[4096];
    ssize_t n;
    int status;

    if (argc < 3 || terminal < 0 || grantpt(terminal) || unlockpt(terminal) ||
        !setlocale(LC_CTYPE, "C.UTF-8"))
        return 8;
    resize(terminal, &argv[1]);
    /* open while the command runs, so that reads end only after it */
    const int slave = open(ptsname(terminal), O_RDWR | O_NOCTTY);
    const pid_t child = fork();
    if (child == 0) {
        dup2(slave, STDERR_FILENO);
        close(slave);
        close(terminal);
        execvp(argv[2], argv + 2);
        _exit(8);
    }
    close(slave);
    while ((n = read(terminal, buf, sizeof(buf))) > 0) {
        show(buf, (size_t)n);
        fwrite(buf, 1, (size_t)n, stdout);
        resize(terminal, &argv[1]);
    }
    if (waitpid(child, &status, 0) < 0)
        return 8;
    fprintf(stderr, "%d\n", screen.widest);
    return screen.too_wide ? 9 : WIFEXITED(status) ? WEXITSTATUS(status) : 8;
}
