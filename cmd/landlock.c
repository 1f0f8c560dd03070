/* landlock.c - Linux's Landlock (since 5.13): file access by path.
 *
 * The C libraries have no functions for it yet, nor do older headers have its
 * numbers, so both are here.  Versions differ in which rights there are; what
 * a version doesn't know is left out.  From version 4 on TCP is refused, too.
 * What it doesn't guard (modes, owners, times) is seccomp.c's matter. */
#define _GNU_SOURCE /* O_PATH, syscall() */
#include "sandbox.h"

#include <errno.h>

#ifdef __linux__
#include <fcntl.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Numbers that are the same on every architecture. */
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 };
enum { ASK_VERSION = 1, PATH_BENEATH = 1 };

enum {
    EXECUTE = 1 << 0,
    WRITE_FILE = 1 << 1,
    READ_FILE = 1 << 2,
    READ_DIR = 1 << 3,
    REMOVE_DIR = 1 << 4,
    REMOVE_FILE = 1 << 5,
    MAKE_DIR = 1 << 7,
    MAKE_FILE = 1 << 8,
    FIRST_RIGHTS = (1 << 13) - 1, /* of version 1 */
    REFER = 1 << 13,              /* version 2: into another folder */
    TRUNCATE = 1 << 14,           /* version 3 */
    OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
};

struct ruleset {
    uint64_t files, net; /* rights that are refused unless a rule gives them */
};
struct rule {
    uint64_t rights;
    int32_t folder;
} __attribute__((packed));

static uint64_t known_rights(int abi)
{
    return (uint64_t)(FIRST_RIGHTS | (abi >= 2 ? REFER : 0) |
                      (abi >= 3 ? TRUNCATE : 0));
}

static int version;

int landlock_begin(int *abi)
{
    enum { BIND_AND_CONNECT = 3 };

    *abi = version = (int)syscall(CREATE_RULESET, NULL, 0, ASK_VERSION);
    if (version < 0)
        return -1;
    const struct ruleset r = {known_rights(version),
                              version >= 4 ? BIND_AND_CONNECT : 0};
    return (int)syscall(CREATE_RULESET, &r,
                        version >= 4 ? sizeof(r) : sizeof(r.files), 0);
}

static uint64_t rights_of(enum sandbox_use use)
{
    static const int rights[] = {
        [SANDBOX_READ] = READ_FILE | READ_DIR,
        [SANDBOX_OUTPUT] = READ_FILE | READ_DIR | WRITE_FILE | TRUNCATE |
                           MAKE_FILE | MAKE_DIR | REMOVE_FILE | REFER,
        [SANDBOX_INTO] = WRITE_FILE | TRUNCATE,
        [SANDBOX_EMPTIED] = REMOVE_DIR};

    return (uint64_t)rights[use] & known_rights(version);
}

int landlock_allow(int rules, const char *path, enum sandbox_use use)
{
    const int fd = open(path, O_PATH | O_CLOEXEC);
    struct rule r = {rights_of(use), fd};
    struct stat st;

    if (fd < 0)
        return 0;
    if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
        r.rights &= OF_FILES;
    int rc = r.rights ? (int)syscall(ADD_RULE, rules, PATH_BENEATH, &r, 0) : 0;
    if (rc && errno == EBADFD) /* a pipe has no place, and needs no rule */
        rc = 0;
    const int why = errno;
    close(fd);
    errno = why;
    return rc;
}

int landlock_enter(int rules)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return -1;
    return (int)syscall(RESTRICT_SELF, rules, 0);
}

#else

int landlock_begin(int *abi)
{
    *abi = 0;
    errno = ENOSYS;
    return -1;
}

int landlock_allow(int rules, const char *path, enum sandbox_use use)
{
    (void)rules, (void)path, (void)use;
    return 0;
}

int landlock_enter(int rules)
{
    (void)rules;
    return 0;
}

#endif
