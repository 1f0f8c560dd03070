/* ae-tune - good settings: options, and the order of the whole.  The work is
 * done by ae-train's processes, so this one reads nothing but what they and it
 * wrote. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tune.h"

static const char *const search_names[] = {"random", "sobol", "tpe", NULL};
static const char *const prune_names[] = {"none", "median", "asha", NULL};

static const struct ae_field fields[] = {
    AE_FIELD("model", STR, tune_args, train.model, .file = AE_FILE_MODEL,
             .letter = 'm', .arg = "SPEC",
             .help = "preset[:var=value,...], spec file, or a trained model to "
                     "go on from"),
    AE_FIELD("output", STR, tune_args, train.output, .file = AE_FILE_WRITTEN,
             .letter = 'o', .arg = "BEST", .help = "the best model"),
    AE_FIELD("space", STR, tune_args, space, .arg = "FILE|SETTINGS",
             .help = "what is varied: 'lr=log:1e-4..1e-2 z=2|8|32', or a file "
                     "of that"),
    AE_FIELD("steps", COUNT, tune_args, steps, .group = "Search", .max = 1e15,
             .arg = "N", .help = "length of a whole trial in steps"),
    AE_FIELD("search", ENUM, tune_args, search, .def = "tpe",
             .names = search_names, .arg = "tpe|sobol|random",
             .help = "how the next settings are chosen"),
    AE_FIELD("prune", ENUM, tune_args, prune, .def = "asha",
             .names = prune_names, .arg = "asha|median|none",
             .help = "how trials that promise little are halted"),
    AE_FIELD("eta", INT, tune_args, eta, .def = "3", .min = 2, .max = 100,
             .arg = "N", .help = "of asha: one trial of N goes on"),
    AE_FIELD("min-steps", COUNT, tune_args, first, .max = 1e15, .arg = "N",
             .help = "of asha: no trial is halted before (0: a 27th of "
                     "`steps`)"),
    AE_FIELD("checkpoint-every", COUNT, tune_args, every, .max = 1e12,
             .arg = "N",
             .help = "steps between checkpoints, each of them scored on the "
                     "held-out data (0: as `min-steps`)"),
    AE_FIELD("seed", COUNT, tune_args, seed, .max = 9e15, .arg = "N",
             .help = "of the choice of settings, and of all trials"),
    AE_FIELD("trials", COUNT, tune_args, trials, .group = "Length",
             .max = 1000000, .arg = "N",
             .help = "begin no more than N (default: 40 without another "
                     "limit)"),
    AE_FIELD("steps-total", COUNT, tune_args, steps_total, .max = 1e15,
             .arg = "N", .help = "take no more steps in all (0: any)"),
    AE_FIELD("time-limit", SECONDS, tune_args, time_limit, .max = 1e9,
             .arg = "TIME",
             .help = "stop then; the same command goes on (0: never)"),
    AE_FIELD("objective", STR, tune_args, objective, .group = "Objective",
             .arg = "COMMAND",
             .help = "the value of a trial is the number that a shell's "
                     "command prints, which finds the model at $MODEL "
                     "(default: its score on held-out data)"),
    AE_FIELD("minimise", BOOL, tune_args, minimise,
             .help = "low numbers of the command are good"),
    AE_FIELD("maximise", BOOL, tune_args, maximise,
             .help = "high numbers of the command are good"),
    AE_FIELD("jobs", INT, tune_args, common.jobs, .group = "Run", .def = "1",
             .min = 1, .max = TUNE_JOBS, .arg = "N", .letter = 'j',
             .help = "trials at once"),
    AE_FIELD("study", STR, tune_args, study, .arg = "FILE",
             .file = AE_FILE_WRITTEN,
             .help = "the journal, which a later run goes on from and others "
                     "may share (default: BEST.study)"),
    AE_FIELD("report", STR, tune_args, report, .arg = "FILE",
             .file = AE_FILE_WRITTEN,
             .help = "a page of curves, settings and what each matters"),
    {0}};

static void show_passed(void)
{
    printf("\nOptions of ae-train that say what the data are and how it "
           "trains are\npassed on to all trials; --threads and --memory are of "
           "a trial.\n");
}

static void check(struct tune_args *a, int operands)
{
    if (!a->train.model)
        cmd_usage("which model? --model PRESET, for example --model dense");
    if (!a->train.output)
        cmd_usage("where to? --output BEST.safetensors");
    if (!a->space)
        cmd_usage("what is to be varied? --space 'lr=log:1e-4..1e-2'");
    if (!a->steps)
        cmd_usage("how long is a whole trial? --steps N");
    if (!operands && !a->train.clean)
        cmd_usage("learn from what? Name folders, images, idx, npy, csv or "
                  "text files");
    if (a->minimise && a->maximise)
        cmd_usage("--minimise and --maximise exclude each other");
    if (!a->objective && (a->minimise || a->maximise))
        cmd_usage("--minimise and --maximise need --objective");
    if (a->objective && !a->minimise && !a->maximise)
        cmd_usage("is the number of --objective to be low or high? --minimise "
                  "or --maximise");
    if (!a->trials && !a->steps_total && !(a->time_limit > 0))
        a->trials = 40;
}

/* As cmd_private_run(), but folders, which trials have, can be entered by whom
 * the user lets in: a file of data says nothing of that. */
static void make_private(char *const *data, int count)
{
    const mode_t before = umask(0);

    umask(before);
    cmd_private_run(data, count);
    umask(umask(0) & (0666 | before));
}

/* The run, and its results: the status. */
static int tune(const struct tune_plan *plan)
{
    struct tune_run r = {.plan = plan};
    struct ae_err e = {0};

    tune_catch(); /* also while it opens, which leaves files when it is ended */
    if (tune_plan_open(plan, &r.study, &e) < 0) {
        cmd_error(plan->study_path, &e);
        return CMD_USAGE;
    }
    tune_run(&r);
    const int status = tune_finish(&r);
    ae_study_free(r.study);
    return status;
}

int main(int argc, char **argv)
{
    const struct cmd_table tables[] = {{fields, 0},
                                       {cmd_talk_fields, 0},
                                       {tune_passed_fields(), 0},
                                       {NULL, 0}};
    const struct cmd_spec spec = {
        "ae-tune",
        "-m SPEC --space SETTINGS --steps N -o BEST [OPTION...] "
        "DATA...",
        "Searches for good settings by training many models", tables,
        show_passed};
    struct tune_args a;
    struct tune_plan plan;

    memset(&a, 0, sizeof(a));
    const int first = cmd_parse(&spec, &a, argc, argv);
    check(&a, argc - first);
    make_private(argv + first, argc - first);
    tune_plan_make(&plan, &a, argv + first, argc - first);
    const int status = tune(&plan);
    tune_plan_release(&plan);
    if (tune_stopped()) {
        signal(tune_stopped(), SIG_DFL);
        raise(tune_stopped());
    }
    return cmd_close(status);
}
