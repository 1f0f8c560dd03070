/* cpus.c - the affinity mask, and the quotas of control groups.
 *
 * A process's groups stand in /proc/self/cgroup, a line each: "0::/a/b" for
 * version 2, "3:cpu,cpuacct:/a/b" for version 1.  A group's quota holds for all
 * below it, so each group up to the root is asked.  In a container the names
 * may be those outside of it, where nothing is seen but the root. */
#define _GNU_SOURCE /* sched_getaffinity() */
#include "base/cpus.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH = 4096, MOST = 1024 };

/* The first numbers of a file; those that it doesn't have stay as they are. */
static void read_numbers(const char *path, double v[2])
{
    FILE *f = fopen(path, "re");

    if (!f)
        return;
    if (fscanf(f, "%lf %lf", &v[0], &v[1]) < 1) /* "max": no quota */
        v[0] = -1;
    fclose(f);
}

/* The CPUs that a group has in microseconds a period; 0: no quota.  Version 2
 * has both numbers in one file. */
static double group_cpus(const char *group)
{
    char path[PATH + 32];
    double v[2] = {-1, 1e5}, period[2] = {0, 0};

    snprintf(path, sizeof(path), "%s/cpu.max", group);
    read_numbers(path, v);
    snprintf(path, sizeof(path), "%s/cpu.cfs_quota_us", group);
    read_numbers(path, v);
    snprintf(path, sizeof(path), "%s/cpu.cfs_period_us", group);
    read_numbers(path, period);
    if (period[0] > 0)
        v[1] = period[0];
    return v[0] > 0 && v[1] > 0 ? v[0] / v[1] : 0;
}

/* The least of a group's and of those around it up to `mount`. */
static double least_of_groups(const char *mount, const char *name, double least)
{
    char group[PATH];
    const int n = snprintf(group, sizeof(group), "%s%s", mount, name);

    for (size_t len = n < (int)sizeof(group) ? (size_t)n : strlen(mount);;) {
        group[len] = '\0';
        const double cpus = group_cpus(group);
        least = cpus > 0 && (least <= 0 || cpus < least) ? cpus : least;
        if (len <= strlen(mount))
            return least;
        while (group[--len] != '/')
            ;
    }
}

/* Whether a list such as "cpu,cpuacct" has "cpu". */
static int has_cpu(const char *list)
{
    for (; *list; list += strcspn(list, ","), list += *list == ',')
        if (strncmp(list, "cpu", 3) == 0 && (list[3] == ',' || !list[3]))
            return 1;
    return 0;
}

/* One line of /proc/self/cgroup, NUMBER:CONTROLLERS:NAME. */
static double line_cpus(const char *root, char *line, double least)
{
    char mount[PATH];
    char *list = strchr(line, ':');
    char *name = list ? strchr(list + 1, ':') : NULL;

    if (!name)
        return least;
    *list++ = *name++ = '\0';
    name[strcspn(name, "\n")] = '\0';
    if (*list && !has_cpu(list))
        return least;
    snprintf(mount, sizeof(mount), "%s/sys/fs/cgroup%s%s", root,
             *list ? "/" : "", list);
    return least_of_groups(mount, name, least);
}

int ae_cpus_quota(const char *root)
{
    char line[PATH];
    double least = 0;

    snprintf(line, sizeof(line), "%s/proc/self/cgroup", root);
    FILE *f = fopen(line, "re");
    while (f && fgets(line, sizeof(line), f))
        least = line_cpus(root, line, least);
    if (f)
        fclose(f);
    return least > 0 && least < MOST ? (int)least + (least > (int)least) : 0;
}

#ifdef __linux__
/* 0: unknown. */
static int in_mask(void)
{
    int n = 0;

    for (size_t cpus = MOST; !n && cpus <= 64 * MOST; cpus *= 2) {
        cpu_set_t *set = CPU_ALLOC(cpus);
        const size_t size = CPU_ALLOC_SIZE(cpus);
        if (set && sched_getaffinity(0, size, set) == 0)
            n = CPU_COUNT_S(size, set);
        CPU_FREE(set);
    }
    return n;
}
#else
static int in_mask(void)
{
    return 0;
}
#endif

int ae_cpus(void)
{
    const int mask = in_mask(), quota = ae_cpus_quota("");
    const int n = mask ? mask : (int)sysconf(_SC_NPROCESSORS_ONLN);

    return ae_clamp(quota && quota < n ? quota : n, 1, MOST);
}
