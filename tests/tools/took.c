/* took - what a command took: `took FILE COMMAND...` writes to FILE a line of
 * wall seconds, processor seconds and peak memory in MB (10^6 bytes).
 *
 * Status: the command's; 127 where it can't be run, 128 + a signal's number. */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

int main(int argc, char **argv)
{
    struct timespec a, b;
    struct rusage u;
    int status;

    if (argc < 3)
        return 2;
    clock_gettime(CLOCK_MONOTONIC, &a);
    const pid_t pid = fork();
    if (pid == 0) {
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return 2;
    clock_gettime(CLOCK_MONOTONIC, &b);
    getrusage(RUSAGE_CHILDREN, &u);
    FILE *f = fopen(argv[1], "w");
    if (!f)
        return 2;
    fprintf(f, "%.4f %.4f %.1f\n",
            (double)(b.tv_sec - a.tv_sec) +
                1e-9 * (double)(b.tv_nsec - a.tv_nsec),
            seconds(u.ru_utime) + seconds(u.ru_stime),
            (double)u.ru_maxrss * 1024e-6);
    return fclose(f)           ? 2
           : WIFEXITED(status) ? WEXITSTATUS(status)
                               : 128 + WTERMSIG(status);
}
