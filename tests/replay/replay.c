/* replay.c - runs a fuzz target over files without a fuzzer: `replay [FILE or
 * FOLDER...]`, by default the seeds, samples and specs of this project.
 *
 * Each file is given whole, cut at its half, and without its last byte.  A
 * target that finds a fault aborts, and the file's name is the last word. */
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 64 << 10 }; /* bytes; larger files are models and photographs */

static char at[4096]; /* the file in work */
static int passed;

static void tell(int signal_number)
{
    const ssize_t n = write(STDERR_FILENO, at, strlen(at));

    signal(signal_number, SIG_DFL);
    raise(n < 0 ? SIGABRT : signal_number);
}

/* A block of just that size, so that a sanitizer sees a byte too many. */
static void give(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);

    if (!copy)
        abort();
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void replay_file(const char *path)
{
    static uint8_t data[MOST];
    FILE *f = fopen(path, "rb");

    if (!f) {
        perror(path);
        exit(1);
    }
    snprintf(at, sizeof(at), "fault at %.4000s\n", path);
    const size_t size = fread(data, 1, sizeof(data), f);
    fclose(f);
    give(data, size);
    give(data, size / 2);
    give(data, size ? size - 1 : 0);
    passed++;
}

static void replay(const char *path)
{
    struct stat st;
    struct dirent **entry;
    char name[4096];

    if (stat(path, &st)) {
        perror(path);
        exit(1);
    }
    if (!S_ISDIR(st.st_mode)) {
        if (st.st_size <= MOST)
            replay_file(path);
        return;
    }
    const int n = scandir(path, &entry, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        snprintf(name, sizeof(name), "%s/%s", path, entry[i]->d_name);
        if (entry[i]->d_name[0] != '.')
            replay(name);
        free(entry[i]);
    }
    if (n >= 0)
        free(entry);
}

int main(int argc, char **argv)
{
    static const char *const folders[] = {"tests/fuzz/seeds", "samples",
                                          "models"};
    const char *root = getenv("AE_ROOT");
    char path[4096];

    signal(SIGABRT, tell);
    signal(SIGSEGV, tell);
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    for (int i = 0; argc == 1 && i < 3; i++) {
        snprintf(path, sizeof(path), "%s/%s", root ? root : ".", folders[i]);
        replay(path);
    }
    printf("%d files\n", passed);
    return passed == 0;
}
