/* Streams: peeking over short reads, interrupts and full disks; files that
 * are whole or absent, and what killed writers leave. */
#define _GNU_SOURCE /* renameat2(), F_SETPIPE_SZ */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../fail/syscall.h"
#include "base/io.h"
#include "base/threads.h"

static char dir[64];

static void enter_dir(void)
{
    strcpy(dir, "/tmp/ae-io-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
    cr_assert_eq(chdir(dir), 0);
}

static void leave_dir(void)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -rf %s", dir);
    cr_assert_eq(chdir("/"), 0);
    cr_assert_eq(system(command), 0);
}

TestSuite(io, .init = enter_dir, .fini = leave_dir);

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    fputs(text, f);
    fclose(f);
}

static int holds(const char *path, const char *text)
{
    char got[256] = "";
    FILE *f = fopen(path, "r");

    if (!f)
        return 0;
    got[fread(got, 1, sizeof(got) - 1, f)] = '\0';
    fclose(f);
    return strcmp(got, text) == 0;
}

/* Entries of the folder, hidden ones too. */
static int entries(void)
{
    int n = 0;
    FILE *f = popen("ls -A | wc -l", "r");

    cr_assert_eq(fscanf(f, "%d", &n), 1);
    pclose(f);
    return n;
}

static void *trickle(void *arg)
{
    int fd = *(int *)arg;

    for (int i = 0; i < 1000; i++) {
        unsigned char b[3] = {(unsigned char)i, (unsigned char)(i >> 8), 7};
        if (write(fd, b, i % 3 ? 2 : 3) < 0)
            break;
        if (i % 100 == 0)
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    close(fd);
    return NULL;
}

static void alarms(suseconds_t every)
{
    struct itimerval t = {{0, every}, {0, every}};

    setitimer(ITIMER_REAL, &t, NULL);
}

static void on_alarm(int sig)
{
    (void)sig;
}

/* A slow pipe that doesn't block, with signals arriving all the while. */
Test(io, short_reads_and_interrupts)
{
    int fd[2];
    unsigned char all[4000];
    struct ae_io *io;
    struct ae_err e;
    pthread_t writer;
    const void *data;
    size_t got, n = 0;
    struct sigaction act = {.sa_handler = on_alarm};

    sigaction(SIGALRM, &act, NULL);
    cr_assert_eq(pipe(fd), 0);
    cr_assert_eq(fcntl(fd[0], F_SETFL, O_NONBLOCK), 0);
    cr_assert_eq(ae_io_open_fd(fd[0], 1, "pipe", &io, &e), 0);
    cr_assert_eq(ae_io_left(io), -1);
    cr_assert_eq(pthread_create(&writer, NULL, trickle, &fd[1]), 0);
    alarms(500);
    cr_assert_eq(ae_io_peek(io, &data, 100, &got, &e), 0);
    cr_assert_eq(got, 100);
    cr_assert_eq(ae_io_offset(io), 0);
    cr_assert_eq(ae_io_read(io, all, 90, &e), 0);
    cr_assert_eq(ae_io_peek(io, &data, 2000, &got, &e), 0);
    cr_assert_eq(got, 2000);
    cr_assert_eq(ae_io_read(io, all + 90, 1910, &e), 0);
    n = 2000;
    do {
        cr_assert_eq(ae_io_read_some(io, all + n, sizeof(all) - n, &got, &e),
                     0);
        n += got;
    } while (got);
    alarms(0);
    pthread_join(writer, NULL);
    cr_assert_eq(n, 2334);
    cr_assert_eq(ae_io_offset(io), 2334);
    for (size_t i = 0, at = 0; i < 1000; i++) {
        cr_assert_eq(all[at], (unsigned char)i);
        at += i % 3 ? 2 : 3;
    }
    cr_assert_eq(ae_io_read(io, all, 1, &e), AE_EFORMAT);
    cr_assert_str_eq(e.msg, "ends at offset 2334, 1 bytes early");
    ae_io_close(io);
}

Test(io, memory_reads_and_writes)
{
    struct ae_io *io;
    struct ae_err e;
    const void *data;
    void *all;
    size_t got;

    cr_assert_eq(ae_io_open_memory("abcdef", 6, "m", &io, &e), 0);
    cr_assert_eq(ae_io_peek(io, &data, 100, &got, &e), 0);
    cr_assert_eq(got, 6);
    cr_assert_eq(ae_io_skip(io, 2, &e), 0);
    cr_assert_eq(ae_io_left(io), 4);
    cr_assert_eq(ae_io_write(io, "x", 1, &e), AE_EARG);
    cr_assert_eq(ae_io_read_all(io, 4, &all, &got, &e), 0);
    cr_assert_eq(got, 4);
    cr_assert_arr_eq(all, "cdef", 4);
    free(all);
    ae_io_close(io);
    cr_assert_eq(ae_io_open_memory("abcdef", 6, "m", &io, &e), 0);
    cr_assert_eq(ae_io_read_all(io, 5, &all, &got, &e), AE_ELIMIT);
    cr_assert_null(all);
    ae_io_close(io);

    cr_assert_eq(ae_io_create_memory(&io, &e), 0);
    for (int i = 0; i < 50000; i++)
        cr_assert_eq(ae_io_write(io, "0123456", 7, &e), 0);
    data = ae_io_memory(io, &got);
    cr_assert_eq(got, 350000);
    cr_assert_eq(((const char *)data)[349999], '6');
    ae_io_close(io);
}

Test(io, files_are_measured)
{
    struct ae_io *io;
    struct ae_err e;
    char c[2];

    put("f", "12345");
    cr_assert_eq(ae_io_open_path("f", &io, &e), 0);
    cr_assert_eq(ae_io_left(io), 5);
    cr_assert_eq(ae_io_read(io, c, 2, &e), 0);
    cr_assert_eq(ae_io_left(io), 3);
    ae_io_close(io);
    cr_assert_eq(ae_io_open_path("none", &io, &e), AE_EIO);
    cr_assert_str_eq(e.msg, "can't be opened: No such file or directory");
    cr_assert_eq(ae_io_open_path(".", &io, &e), AE_EIO);
    cr_assert_str_eq(e.msg, "is a folder");
}

static int write_file(const char *path, const char *text, int commit,
                      struct ae_err *e)
{
    struct ae_io *io;
    int err = ae_io_create(path, &io, e);

    if (err)
        return err;
    err = ae_io_write(io, text, strlen(text), e);
    if (!err && commit)
        err = ae_io_commit(io, e);
    ae_io_close(io);
    return err;
}

Test(io, whole_or_absent)
{
    struct ae_err e;
    struct stat st;

    cr_assert_eq(write_file("a", "new", 0, &e), 0);
    cr_assert_eq(entries(), 0);
    put("a", "old");
    chmod("a", 0640);
    cr_assert_eq(write_file("a", "new", 0, &e), 0);
    cr_assert(holds("a", "old"));
    cr_assert_eq(write_file("a", "new", 1, &e), 0);
    cr_assert(holds("a", "new"));
    cr_assert_eq(stat("a", &st), 0);
    cr_assert_eq(st.st_mode & 07777, 0640);
    umask(027);
    cr_assert_eq(write_file("b", "x", 1, &e), 0);
    cr_assert_eq(stat("b", &st), 0);
    cr_assert_eq(st.st_mode & 07777, 0640);
    cr_assert_eq(entries(), 2);
    cr_assert_eq(write_file("none/a", "x", 1, &e), AE_EIO);
    cr_assert_eq(write_file(".", "x", 1, &e), AE_EIO);
}

Test(io, links_are_followed)
{
    struct ae_err e;
    struct stat st;

    mkdir("d", 0777);
    cr_assert_eq(symlink("d/target", "link"), 0);
    cr_assert_eq(symlink("link", "link2"), 0);
    for (int i = 0; i < 2; i++) { /* dangling, then not */
        cr_assert_eq(write_file("link2", i ? "2" : "1", 1, &e), 0);
        cr_assert(holds("d/target", i ? "2" : "1"));
        cr_assert_eq(lstat("link2", &st), 0);
        cr_assert(S_ISLNK(st.st_mode));
    }
    cr_assert_eq(symlink("loop", "loop"), 0);
    cr_assert_eq(write_file("loop", "x", 1, &e), AE_EIO);
}

Test(io, devices_are_written_directly)
{
    struct ae_err e;
    struct stat st;

    cr_assert_eq(write_file("/dev/null", "x", 1, &e), 0);
    cr_assert_eq(stat("/dev/null", &st), 0);
    cr_assert(S_ISCHR(st.st_mode));
    cr_assert_eq(write_file("/dev/full", "x", 1, &e), AE_EIO);
    cr_assert_str_eq(e.msg, "can't be written: No space left on device");
    /* A descriptor keeps its place, also in a regular file. */
    int fd = open("log", O_WRONLY | O_CREAT, 0666);
    char name[32];
    cr_assert_eq(write(fd, "one ", 4), 4);
    snprintf(name, sizeof(name), "/dev/fd/%d", fd);
    cr_assert_eq(write_file(name, "two", 1, &e), 0);
    close(fd);
    cr_assert(holds("log", "one two"));
}

Test(io, names_of_255_bytes)
{
    char name[256];
    struct ae_err e;

    memset(name, 'n', 255);
    name[255] = '\0';
    cr_assert_eq(write_file(name, "x", 1, &e), 0, "%s", e.msg);
    cr_assert(holds(name, "x"));
    name[254] = 'm';
    cr_assert_eq(write_file(name, "y", 1, &e), 0);
    cr_assert_eq(entries(), 2);
}

/* A child that dies in the middle; `hold` keeps it alive until told. */
static pid_t writer(const char *path, int *told)
{
    int ready[2];
    char c;

    cr_assert_eq(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct ae_io *io;
        if (ae_io_create(path, &io, NULL) == 0 &&
            ae_io_write(io, "half", 4, NULL) == 0 && ae_io_flush(io, NULL) == 0)
            (void)!write(ready[1], "r", 1);
        pause();
        _exit(0);
    }
    close(ready[1]);
    cr_assert_eq(read(ready[0], &c, 1), 1);
    close(ready[0]);
    *told = 1;
    return child;
}

static void kill_writer(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

Test(io, leftovers_of_killed_writers_go)
{
    struct ae_err e;
    int ok;

    pid_t a = writer("out", &ok), b = writer("out", &ok);
    cr_assert_eq(entries(), 2);
    ae_io_remove_temps("out"); /* both live: nothing is touched */
    cr_assert_eq(entries(), 2);
    kill_writer(a);
    ae_io_remove_temps("out");
    cr_assert_eq(entries(), 1);
    cr_assert_eq(write_file("out", "whole", 1, &e), 0);
    cr_assert_eq(entries(), 2);
    kill_writer(b);
    cr_assert_eq(write_file("out", "again", 1, &e), 0);
    cr_assert_eq(entries(), 1);
    cr_assert(holds("out", "again"));
}

Test(io, two_writers_of_one_name)
{
    struct ae_io *a, *b;
    struct ae_err e;

    cr_assert_eq(ae_io_create("out", &a, &e), 0);
    cr_assert_eq(ae_io_create("out", &b, &e), 0);
    cr_assert_eq(ae_io_write(a, "first", 5, &e), 0);
    cr_assert_eq(ae_io_write(b, "second", 6, &e), 0);
    cr_assert_eq(ae_io_commit(b, &e), 0);
    cr_assert_eq(ae_io_commit(a, &e), 0);
    ae_io_close(a);
    ae_io_close(b);
    cr_assert(holds("out", "first"));
    cr_assert_eq(entries(), 1);
}

/* What the file system lacks: 1: a rename that replaces nothing, 2: links as
 * well. */
static int lacks;

static int answers(long number, const long a[6], long *result)
{
    (void)a;
    if (!lacks || number != SYS_renameat2)
        return 0;
    errno = EINVAL;
    *result = -1;
    return 1;
}

int link(const char *from, const char *to)
{
    if (lacks < 2)
        return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
    errno = EPERM;
    return -1;
}

static const struct ae_create_options fresh = {.fresh = 1};

/* Of two writers of one name the second replaces nothing, whatever the file
 * system can do. */
Test(io, a_fresh_file_replaces_nothing)
{
    for (lacks = 0; lacks < 3; lacks++) {
        struct ae_io *a, *b;
        struct ae_err e;

        cr_assert_eq(ae_io_create_as("new", &fresh, &a, &e), 0);
        cr_assert_eq(ae_io_create_as("new", &fresh, &b, &e), 0);
        cr_assert_eq(ae_io_write(a, "first", 5, &e), 0);
        cr_assert_eq(ae_io_write(b, "second", 6, &e), 0);
        cr_assert_eq(ae_io_commit(b, &e), 0);
        cr_assert_eq(ae_io_commit(a, &e), AE_EEXIST);
        cr_assert_str_eq(e.msg, "exists");
        ae_io_close(a);
        ae_io_close(b);
        cr_assert(holds("new", "second"));
        cr_assert_eq(entries(), 1);
        cr_assert_eq(ae_io_create_as("new", &fresh, &a, &e), AE_EEXIST);
        cr_assert_eq(unlink("new"), 0);
    }
}

static int mode_of(const char *path)
{
    struct stat st;

    cr_assert_eq(stat(path, &st), 0);
    return st.st_mode & 0777;
}

/* Denied permissions are the temporary file's, too, from its start: none is
 * ever given and taken back. */
Test(io, permissions)
{
    static const struct ae_create_options private = {.deny = 0177};
    struct ae_io *io;
    struct ae_err e;

    umask(022);
    cr_assert_eq(ae_io_create_as("new", &private, &io, &e), 0);
    cr_assert_eq(mode_of(".new.ae-0.tmp"), 0600);
    cr_assert_eq(ae_io_commit(io, &e), 0);
    ae_io_close(io);
    cr_assert_eq(mode_of("new"), 0600);
    cr_assert_eq(chmod("new", 0666), 0);
    cr_assert_eq(ae_io_create_as("new", &private, &io, &e), 0);
    cr_assert_eq(mode_of(".new.ae-0.tmp"), 0600);
    ae_io_close(io);
    cr_assert_eq(ae_io_create("new", &io, &e), 0);
    cr_assert_eq(mode_of(".new.ae-0.tmp"), 0666); /* the old file's */
    ae_io_close(io);
}

Test(io, another_writer)
{
    int ok;

    cr_assert_not(ae_io_has_writer("out", 0));
    pid_t child = writer("out", &ok);
    cr_assert(ae_io_has_writer("out", 0));
    kill_writer(child);
    cr_assert_not(ae_io_has_writer("out", 1)); /* it left a file */
    cr_assert_eq(entries(), 1);
}

/* One that can't be renamed keeps none of the others back. */
Test(io, several_are_committed_together)
{
    static const char *const name[] = {"a", "in/b", "in/c", "d"};
    struct ae_io *io[4];
    struct ae_err e[4];

    cr_assert_eq(mkdir("in", 0777), 0);
    for (int i = 0; i < 4; i++) {
        cr_assert_eq(ae_io_create(name[i], &io[i], &e[i]), 0);
        cr_assert_eq(ae_io_write(io[i], "new", 3, &e[i]), 0);
    }
    cr_assert_eq(mkdir("in/c", 0777), 0);
    ae_io_commit_all(io, 4, e);
    for (int i = 0; i < 4; i++) {
        cr_assert_eq(e[i].code, i == 2 ? AE_EIO : 0);
        ae_io_close(io[i]);
    }
    cr_assert_str_eq(e[2].msg, "can't be renamed into place: Is a directory");
    cr_assert(holds("a", "new") && holds("in/b", "new") && holds("d", "new"));
    cr_assert_eq(entries(), 3);
}

Test(io, what_is_not_ours_stays)
{
    struct ae_err e;

    put(".out.ae-x.tmp", "");
    put(".other.ae-0.tmp", "");
    mkdir(".out.ae-0.tmp", 0777);
    cr_assert_eq(symlink("/etc/passwd", ".out.ae-1.tmp"), 0);
    cr_assert_eq(write_file("out", "x", 1, &e), 0, "%s", e.msg);
    cr_assert_eq(entries(), 5);
}

/* The disk fills at every point: the old file stays, nothing else does. */
Test(io, full_disk_keeps_the_old_file)
{
    static char big[200000];

    signal(SIGXFSZ, SIG_IGN);
    for (size_t i = 0; i < sizeof(big) - 1; i++)
        big[i] = 'b';
    put("out", "old");
    for (rlim_t limit = 0; limit < 199999; limit += 39999) {
        pid_t child = fork();
        int status;
        if (child == 0) {
            struct ae_err e;
            struct rlimit r = {limit, limit};
            setrlimit(RLIMIT_FSIZE, &r);
            int err = write_file("out", big, 1, &e);
            _exit(err == AE_EIO && strstr(e.msg, "File too large") ? 0 : 1);
        }
        waitpid(child, &status, 0);
        cr_assert_eq(status, 0);
        cr_assert(holds("out", "old"));
        cr_assert_eq(entries(), 1);
    }
}

Test(io, a_reader_that_left_is_an_error)
{
    int fd[2];
    struct ae_io *io;
    struct ae_err e;

    signal(SIGPIPE, SIG_IGN);
    cr_assert_eq(pipe(fd), 0);
    close(fd[0]);
    cr_assert_eq(ae_io_open_fd(fd[1], 1, "pipe", &io, &e), 0);
    cr_assert_eq(ae_io_write(io, "x", 1, &e), 0);
    cr_assert_eq(ae_io_flush(io, &e), AE_EIO);
    cr_assert(strstr(e.msg, "Broken pipe"));
    cr_assert_eq(ae_io_read(io, dir, 1, &e), AE_EARG);
    ae_io_close(io);
    ae_io_close(NULL);
}

/* What comes out of an output that is held, once let go and once taken back,
 * whatever it is; the parts fit the buffer or don't. */
static void check_hold(int fd, const char *read_back, size_t part)
{
    enum { MOST = 400000 };
    char *in = malloc(MOST), *out = malloc(MOST);
    struct ae_io *io;
    struct ae_err e;
    int from = -1;

    for (int i = 0; i < MOST; i++)
        in[i] = (char)(i * 7 + i / 253);
    cr_assert_eq(ae_io_open_fd(fd, 1, "out", &io, &e), 0);
    cr_assert_eq(ae_io_write(io, in, 10, &e), 0);
    cr_assert_eq(ae_io_hold(io, 100000, &e), 0);
    cr_assert_eq(ae_io_write(io, in + 10, part, &e), 0);
    cr_assert_eq(ae_io_let_go(io, &e), 0, "%s", e.msg);
    cr_assert_eq(ae_io_offset(io), 10 + part);
    cr_assert_eq(ae_io_hold(io, 100000, &e), 0);
    cr_assert_eq(ae_io_write(io, "lost", 4, &e), 0);
    cr_assert_eq(ae_io_write(io, in, part, &e), 0);
    cr_assert_eq(ae_io_take_back(io, &e), 0, "%s", e.msg);
    cr_assert_eq(ae_io_offset(io), 10 + part);
    cr_assert_eq(ae_io_write(io, in + 10 + part, 10, &e), 0);
    cr_assert_eq(ae_io_flush(io, &e), 0);
    from = open(read_back, O_RDONLY | O_NONBLOCK);
    ae_io_close(io);
    size_t n = 0;
    for (ssize_t k; (k = read(from, out + n, MOST - n)) > 0;)
        n += (size_t)k;
    close(from);
    cr_expect_eq(n, 20 + part, "%zu of %zu bytes", n, 20 + part);
    cr_expect_eq(memcmp(in, out, n), 0);
    free(in);
    free(out);
}

Test(io, an_output_is_taken_back)
{
    static const size_t parts[] = {5, 70000, 300000};

    for (size_t i = 0; i < 3; i++) {
        check_hold(open("file", O_WRONLY | O_CREAT | O_TRUNC, 0666), "file",
                   parts[i]);
        unlink("file");
        check_hold(open("file", O_WRONLY | O_CREAT | O_APPEND, 0666), "file",
                   parts[i]);
        cr_assert_eq(mkfifo("fifo", 0666), 0);
        const int keep = open("fifo", O_RDONLY | O_NONBLOCK);
        const int fd = open("fifo", O_WRONLY);
        cr_assert_geq(fcntl(fd, F_SETPIPE_SZ, 1 << 20), 1 << 20);
        check_hold(fd, "fifo", parts[i]);
        close(keep);
        unlink("fifo");
    }
}
