/* ae-train - data to model: options, signals and the progress line around
 * ae_train(), which does the work. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ae_ranks.h"
#include "cmd.h"

struct args {
    struct cmd_common common;
    struct ae_train_options train;
};

static volatile int caught; /* the signal that asks for a stop */
static int is_first = 1;    /* of the processes that train together */

static void show_noises(void)
{
    static char text[8192];

    ae_noise_help(text, sizeof(text));
    printf("\nNoises, joined by + or alternated by |:\n%s", text);
}

static const struct cmd_table tables[] = {
    {ae_train_fields, offsetof(struct args, train)},
    {cmd_list_fields, 0},
    {cmd_null_fields, 0},
    {cmd_choice_fields, 0},
    {cmd_data_fields, 0},
    {cmd_talk_fields, 0},
    {NULL, 0}};
static const struct cmd_spec spec = {
    "ae-train", "-m SPEC -o MODEL [OPTION...] DATA...",
    "Makes a model from images, arrays, tables or text", tables, show_noises};

/* The first signal lets the step end and the checkpoint be written; the
 * second ends the process at once. */
static void on_signal(int sig)
{
    if (caught)
        cmd_stop(sig);
    caught = sig;
}

static void show_progress(void *arg, const struct ae_train_progress *p)
{
    double *last = arg;
    char text[256], left[32], gone[32];
    int n;

    n = snprintf(text, sizeof(text), "step %llu", (unsigned long long)p->step);
    if (p->steps)
        n += snprintf(text + n, sizeof(text) - (size_t)n, "/%llu",
                      (unsigned long long)p->steps);
    if (!isnan(p->loss))
        n += snprintf(text + n, sizeof(text) - (size_t)n, "  loss %.5f",
                      p->loss);
    if (!isnan(p->val))
        n += snprintf(text + n, sizeof(text) - (size_t)n, "  %s %.*f",
                      p->val_name, strcmp(p->val_name, "psnr") ? 5 : 2, p->val);
    n += snprintf(text + n, sizeof(text) - (size_t)n,
                  "  lr %.2g  %.3g steps/s  %s", p->lr, p->steps_per_s,
                  cmd_clock(p->seconds, gone));
    if (!isnan(p->seconds_left) && !p->done)
        snprintf(text + n, sizeof(text) - (size_t)n, "  left %s",
                 cmd_clock(p->seconds_left, left));
    if (!isnan(p->val) && (isnan(*last) || p->val < *last || p->val > *last))
        cmd_detail("%s", text);
    *last = p->val;
    cmd_progress(p->done, "%s", text);
}

/* Says, once, that processes which were started together don't train so: the
 * library has no MPI or another one than mpirun, or srun wasn't told to give
 * them one. */
static void note_alone(void)
{
    static const char *const names[][2] = {
        {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"},
        {"PMI_SIZE", "PMI_RANK"},
        {"SLURM_STEP_NUM_TASKS", "SLURM_PROCID"}};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *count = getenv(names[i][0]), *rank = getenv(names[i][1]);
        if (!count || !rank || strtol(count, NULL, 10) < 2)
            continue;
        if (strcmp(rank, "0") == 0)
            cmd_note("%ld processes were started together, but don't share an "
                     "MPI: each trains a model of its own, see ae-cluster(7)",
                     strtol(count, NULL, 10));
        return;
    }
}

/* Processes that train together reach each other by sockets, shared memory and
 * whatever else MPI takes, so there is no sandbox then; one of them talks. */
static void join_ranks(struct cmd_common *c)
{
    struct ae_err e;
    int rank, ranks;
    const int launched = ae_ranks_join(&rank, &ranks, &e);

    if (launched < 0) {
        cmd_error(NULL, &e);
        exit(CMD_USAGE);
    }
    c->no_sandbox |= launched;
    c->quiet |= rank > 0;
    is_first = rank == 0;
    cmd_init(&spec, c);
    if (ranks == 1)
        note_alone();
}

static void find_data(struct args *a, struct cmd_inputs *in, char **name,
                      int count)
{
    cmd_inputs_find(in, &a->common, NULL, count ? name : NULL, count);
    a->train.data = (const char *const *)in->name;
    a->train.filter = &in->filter;
    for (int i = 0; i < in->count; i++)
        cmd_input(in->name[i]);
    cmd_private_run(in->name, in->count);
}

static void catch_signals(void)
{
    signal(SIGINT, SIG_DFL); /* which a script's background job ignores */
    cmd_catch(SIGINT, on_signal);
    cmd_catch(SIGTERM, on_signal);
    cmd_catch(SIGHUP, on_signal);
}

/* The signal that stopped the run ends the process, now that all is saved. */
static void end_by_signal(void)
{
    const int sig = caught;

    if (!sig)
        return;
    signal(sig, SIG_DFL);
    raise(sig);
}

int main(int argc, char **argv)
{
    struct args a;
    struct cmd_inputs in;
    struct ae_err e = {0};
    double last = NAN;

    memset(&a, 0, sizeof(a));
    const int first = cmd_parse(&spec, &a, argc, argv);
    join_ranks(&a.common);
    cmd_sandbox_beside(a.train.output); /* MODEL.ckpt */
    ae_libraries_load();
    struct ae_ctx *ctx = cmd_context(&a.common);
    find_data(&a, &in, argv + first, argc - first);
    a.train.progress = show_progress;
    a.train.progress_arg = &last;
    a.train.stop = &caught;
    catch_signals();
    const int rc = ae_train(ctx, &a.train, &e);
    ae_ctx_free(ctx);
    cmd_inputs_release(&in);
    if (rc < 0 && is_first)
        cmd_error(NULL, &e);
    ae_ranks_leave();
    end_by_signal();
    if (!rc && a.train.output && is_first)
        cmd_detail("wrote %s", a.train.output);
    return cmd_close(rc >= 0 ? CMD_OK
                     : rc == AE_EARG || rc == AE_ELIMIT || rc == AE_EUNKNOWN
                         ? CMD_USAGE
                         : CMD_FAILED);
}
