/* folder.c - the names in a folder, sorted by their bytes, so that equal trees
 * give equal runs whatever the file system's own order. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_name(char ***name, size_t *count, size_t *cap, const char *text,
                    struct ae_err *e)
{
    if (*count == *cap) {
        *cap = *cap ? 2 * *cap : 64;
        AE_TRY(ae_realloc(name, *cap, sizeof(**name), e));
    }
    (*name)[*count] = strdup(text);
    if (!(*name)[*count])
        return ae_fail(e, AE_EMEM, "out of memory");
    ++*count;
    return 0;
}

int ae_folder_list(const char *path, char ***out, size_t *count,
                   struct ae_err *e)
{
    DIR *dir = opendir(path);
    const struct dirent *d;
    size_t cap = 0;
    int rc = 0;

    *out = NULL;
    *count = 0;
    if (!dir)
        return ae_fail_errno(e, "can't be listed");
    while (!rc && (d = readdir(dir)) != NULL)
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
            rc = add_name(out, count, &cap, d->d_name, e);
    closedir(dir);
    if (rc) {
        ae_folder_free(*out, *count);
        *out = NULL;
        *count = 0;
    } else if (*count) {
        qsort(*out, *count, sizeof(**out), by_name);
    }
    return rc;
}

void ae_folder_free(char **name, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(name[i]);
    free(name);
}
