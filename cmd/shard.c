/* shard.c - which part of a batch a run is: --shard=I/N, or what the tasks of a
 * job were told by who started them.  Knows nothing of items. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

void cmd_shard(const char *shard, uint64_t n, uint64_t *first, uint64_t *count)
{
    unsigned long long i = 1, of = 1;
    char rest;

    /* sscanf() takes blanks and signs before a number, too */
    if (shard && (shard[strspn(shard, "0123456789/")] ||
                  sscanf(shard, "%9llu/%9llu%c", &i, &of, &rest) != 2 ||
                  i < 1 || i > of))
        cmd_usage("option '--shard': '%s' is not I/N with I from 1 to N, as "
                  "3/16",
                  shard);
    const uint64_t each = n / of, longer = n % of, before = i - 1;
    *first = each * before + (before < longer ? before : longer);
    *count = each + (before < longer);
}

int cmd_is_first_shard(const char *shard)
{
    return !shard || strtoull(shard, NULL, 10) == 1;
}

/* ------------------------------------------------------------------ auto */

/* A number of the environment, below 10^9. */
static long number_of(const char *name)
{
    const char *text = getenv(name);
    const size_t n = text ? strspn(text, "0123456789") : 0;

    if (!text)
        cmd_usage("--shard auto: %s isn't set", name);
    if (n == 0 || n > 9 || text[n])
        cmd_usage("--shard auto: %s is '%s', which is no number", name, text);
    return strtol(text, NULL, 10);
}

/* A task among `count` of them, from 0: so both variables say. */
static const char *task(const char *rank, long i, const char *count, long n)
{
    static char text[48];

    if (i < 0 || i >= n)
        cmd_usage("--shard auto: by %s this is part %ld, but by %s there are "
                  "%ld",
                  rank, i + 1, count, n);
    snprintf(text, sizeof(text), "%ld/%ld", i + 1, n);
    cmd_detail("--shard %s, by %s and %s", text, rank, count);
    return text;
}

static const char *array_task(void)
{
    static const char id[] = "SLURM_ARRAY_TASK_ID";
    static const char count[] = "SLURM_ARRAY_TASK_COUNT";
    static const char last[] = "SLURM_ARRAY_TASK_MAX";
    const long min = number_of("SLURM_ARRAY_TASK_MIN");
    const long step = number_of("SLURM_ARRAY_TASK_STEP");

    if (step < 1)
        cmd_usage("--shard auto: SLURM_ARRAY_TASK_STEP is 0");
    const long at = number_of(id) - min;
    if (at % step)
        cmd_usage("--shard auto: %s isn't SLURM_ARRAY_TASK_MIN and some times "
                  "SLURM_ARRAY_TASK_STEP",
                  id);
    return getenv(count)
               ? task(id, at / step, count, number_of(count))
               : task(id, at / step, last, (number_of(last) - min) / step + 1);
}

/* The script of a job of Slurm has the variables of the job's first task, but
 * is the only one of its kind. */
static const char *slurm_task(void)
{
    static const char rank[] = "SLURM_PROCID", count[] = "SLURM_NTASKS";
    const long n = number_of(count);

    if (n > 1 && getenv("SLURM_JOB_ID") && !getenv("SLURM_STEP_ID"))
        cmd_usage("--shard auto: this is the script of a job of %ld tasks, "
                  "none of them: begin it with srun or mpirun",
                  n);
    return task(rank, number_of(rank), count, n);
}

/* A task of mpirun in a job of Slurm has the job's variables, too, which are
 * not its own. */
const char *cmd_shard_auto(void)
{
    static const char *const ranks[][2] = {
        {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
        {"PMI_RANK", "PMI_SIZE"}};

    if (getenv("SLURM_ARRAY_TASK_ID"))
        return array_task();
    for (size_t i = 0; i < sizeof(ranks) / sizeof(*ranks); i++)
        if (getenv(ranks[i][0]))
            return task(ranks[i][0], number_of(ranks[i][0]), ranks[i][1],
                        number_of(ranks[i][1]));
    if (getenv("SLURM_PROCID"))
        return slurm_task();
    cmd_usage("--shard auto: this is no task of a job: none of "
              "SLURM_ARRAY_TASK_ID, SLURM_PROCID, OMPI_COMM_WORLD_RANK and "
              "PMI_RANK is set");
}
