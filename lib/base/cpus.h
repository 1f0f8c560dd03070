/* cpus.h - how many CPUs this process may use. */
#ifndef AE_BASE_CPUS_H
#define AE_BASE_CPUS_H

#include "base/base.h"

/* Those that are online and in its affinity mask (taskset), and not more than
 * its control groups give it time of (containers, batch systems); 1..1024. */
int ae_cpus(void);
/* CPUs by the quotas of the control groups, of versions 1 and 2, in a system
 * whose /proc and /sys lie under `root` (""); rounded up.  0: no quota. */
int ae_cpus_quota(const char *root);

#endif
