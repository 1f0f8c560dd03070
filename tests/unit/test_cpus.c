/* CPUs by the quotas of control groups, in a tree as /proc and /sys have it,
 * and by the affinity mask. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cpus.h"
#include "base/threads.h"

static char root[] = "/tmp/ae-cpus-XXXXXX";

/* Writes a file and its folders. */
static void put(const char *name, const char *text)
{
    char path[512], command[1024];

    snprintf(path, sizeof(path), "%s/%s", root, name);
    snprintf(command, sizeof(command), "mkdir -p \"$(dirname %s)\"", path);
    cr_assert_eq(system(command), 0);
    FILE *f = fopen(path, "w");
    cr_assert(f);
    fputs(text, f);
    fclose(f);
}

static void make_root(void)
{
    cr_assert(mkdtemp(root));
}

static void remove_root(void)
{
    char command[256];

    snprintf(command, sizeof(command), "rm -rf %s", root);
    cr_assert_eq(system(command), 0);
}

TestSuite(cpus, .init = make_root, .fini = remove_root);

Test(cpus, without_groups_there_is_no_quota)
{
    cr_assert_eq(ae_cpus_quota(root), 0);
    put("proc/self/cgroup", "0::/\n");
    cr_assert_eq(ae_cpus_quota(root), 0);
}

Test(cpus, version_2_rounds_up)
{
    put("proc/self/cgroup", "0::/user/job\n");
    put("sys/fs/cgroup/user/job/cpu.max", "150000 100000\n");
    cr_assert_eq(ae_cpus_quota(root), 2);
    put("sys/fs/cgroup/user/job/cpu.max", "20000 100000\n");
    cr_assert_eq(ae_cpus_quota(root), 1);
    put("sys/fs/cgroup/user/job/cpu.max", "max 100000\n");
    cr_assert_eq(ae_cpus_quota(root), 0);
}

Test(cpus, a_group_further_up_holds_too)
{
    put("proc/self/cgroup", "0::/user/job\n");
    put("sys/fs/cgroup/user/job/cpu.max", "800000 100000\n");
    put("sys/fs/cgroup/user/cpu.max", "300000 100000\n");
    cr_assert_eq(ae_cpus_quota(root), 3);
}

/* Its /sys shows its own group as the root, under no name. */
Test(cpus, a_container_sees_the_root_only)
{
    put("proc/self/cgroup", "0::/../../docker/1f\n");
    put("sys/fs/cgroup/cpu.max", "400000 100000\n");
    cr_assert_eq(ae_cpus_quota(root), 4);
}

Test(cpus, version_1)
{
    put("proc/self/cgroup", "5:cpuset:/a\n4:cpu,cpuacct:/a/b\n0::/\n");
    put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
    put("sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us", "250000\n");
    put("sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us", "50000\n");
    put("sys/fs/cgroup/cpuset/a/cpu.cfs_quota_us", "50000\n");
    cr_assert_eq(ae_cpus_quota(root), 5);
}

Test(cpus, nonsense_is_no_quota)
{
    put("proc/self/cgroup", "\n:\n::\n0::\n0::x\n7:cpu\nxyz");
    put("sys/fs/cgroup/cpu.max", "? ?\n");
    cr_assert_eq(ae_cpus_quota(root), 0);
}

#ifdef __linux__
Test(cpus, the_mask_decides)
{
    struct ae_pool *p;
    cpu_set_t all, one;
    size_t first = 0;

    cr_assert_eq(sched_getaffinity(0, sizeof(all), &all), 0);
    while (!CPU_ISSET(first, &all))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    cr_assert_eq(sched_setaffinity(0, sizeof(one), &one), 0);
    cr_assert_eq(ae_cpus(), 1);
    cr_assert_eq(ae_pool_new(0, &p, NULL), 0);
    cr_assert_eq(ae_pool_threads(p), 1);
    ae_pool_free(p);
}
#endif
