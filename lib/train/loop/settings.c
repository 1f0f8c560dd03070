/* settings.c - the field table of training, and settings as JSON. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/field.h"
#include "data/preprocessing.h"
#include "data/select.h"
#include "train/data/self.h"
#include "train/loop/lr_schedule.h"
#include "train/loop/optim.h"
#include "train/loop/course.h"
#include "train/loop/settings.h"
#include "train/loop/shards.h"
#include "train/loop/teacher.h"

static const char *const save_precisions[] = {"f16", "f32", NULL};
static const char *const precisions[] = {"f32", "bf16", NULL};

const struct ae_field ae_train_fields[] = {
    AE_FIELD("model", STR, ae_train_options, model, .file = AE_FILE_MODEL,
             .letter = 'm', .arg = "SPEC",
             .help = "preset[:var=value,...], spec file, or a trained model to "
                     "go on from"),
    AE_FIELD("output", STR, ae_train_options, output, .file = AE_FILE_WRITTEN,
             .letter = 'o', .arg = "MODEL",
             .help = "the best model so far; MODEL.ckpt is the last "
                     "checkpoint"),
    AE_FIELD("input", ENUM, ae_train_options, input, .group = "Data",
             .def = "auto", .names = ae_input_names,
             .arg = "auto|image|idx|npy|csv|text",
             .help = "what the data are, where content and name don't show it"),
    AE_FIELD(
        "window", STR, ae_train_options, window, .group = "Tables", .def = "0",
        .arg = "N|auto",
        .help =
            "rows of a table are time steps, and N of them an item (0: a row "
            "is one; auto: as many as the dominant period has)"),
    AE_FIELD("stride", INT, ae_train_options, stride, .max = AE_MAX_WINDOW,
             .arg = "K",
             .help = "steps from one window to the next (0: a quarter of a "
                     "window)"),
    AE_SELECT_FIELDS(ae_train_options, select.),
    AE_FIELD("scale", ENUM, ae_train_options, scale, .group = "Data",
             .def = "auto", .names = ae_scale_names,
             .arg = "auto|none|unit|global|window",
             .help = "how values are scaled (auto: global for csv, else none)"),
    AE_FIELD("noise", STR, ae_train_options, noise, .group = "Noise",
             .letter = 'n', .arg = "CHAIN",
             .help = "noise to learn to remove, as ae-noise takes it"),
    AE_FIELD("level-dropout", REAL, ae_train_options, level_dropout,
             .def = "0.5", .max = 1, .arg = "P",
             .help = "chance that a net with an input 'sigma' isn't given the "
                     "level of noise, so that it learns to do without it"),
    AE_FIELD("self", ENUM, ae_train_options, self, .def = "none",
             .names = ae_self_names, .arg = "[neighbours|blind|pairs]",
             .help = "learn to clean from noisy pictures alone"),
    AE_FIELD("noisy", STR, ae_train_options, noisy, .file = AE_FILE_ITEMS,
             .arg = "DATA",
             .help = "noisy versions of all items, in their order: real pairs"),
    AE_FIELD("clean", STR, ae_train_options, clean, .file = AE_FILE_ITEMS,
             .arg = "DATA", .help = "the clean ones; the same as an operand"),
    AE_FIELD("val", STR, ae_train_options, val, .group = "Data", .def = "0.05",
             .arg = "DATA|SHARE",
             .help = "held-out data: a path, or a share of the data by hash of "
                     "the name"),
    AE_FIELD("fail-fast", BOOL, ae_train_options, fail_fast,
             .help = "stop at the first file or item that can't be used"),
    AE_FIELD("fit", ENUM, ae_train_options, fit, .def = "refuse",
             .names = ae_fit_names, .arg = "refuse|crop|pad|resize",
             .help = "pictures of mixed sizes, for a net of fixed size"),
    AE_FIELD("size", PAIR, ae_train_options, size, .max = 65536, .arg = "WxH",
             .help = "width and height that --fit gives them (default: the "
                     "smallest among them; to be padded, the largest)"),
    AE_FIELD("patch", INT, ae_train_options, patch, .group = "Batches",
             .max = 4096, .arg = "N",
             .help = "side of the patches in pixels (0: 64 for nets of any "
                     "size on images, else whole items)"),
    AE_FIELD("batch", INT, ae_train_options, batch, .def = "16", .min = 1,
             .max = 65536, .arg = "N", .help = "examples in a step"),
    AE_FIELD("accumulate", STR, ae_train_options, accumulate, .arg = "N|auto",
             .help = "cut the batch into N equal shards whose gradients are "
                     "added: less memory (auto: 1; among several processes "
                     "the largest divisor up to 16)"),
    AE_FIELD("wire", ENUM, ae_train_options, wire, .def = "f32",
             .names = precisions, .arg = "f32|bf16",
             .help = "what the shards' gradients, and their sums, are rounded "
                     "to: with bf16 processes send half of the bytes"),
    AE_FIELD("steps", STR, ae_train_options, course, .group = "Length",
             .arg = "N", .help = "length of the run in steps"),
    AE_FIELD("epochs", REAL, ae_train_options, epochs, .max = 1e9, .arg = "X",
             .help = "length of the run in passes over the data"),
    AE_FIELD("time-limit", SECONDS, ae_train_options, time_limit, .max = 1e9,
             .arg = "TIME",
             .help = "by itself: as many steps as fit into it; with `steps` or "
                     "`epochs`: stop then, to be resumed"),
    AE_FIELD("until", COUNT, ae_train_options, until, .max = 1e15, .arg = "N",
             .help = "stop at that step, to be resumed (0: at the end)"),
    AE_FIELD("lr", REAL, ae_train_options, lr, .group = "Optimiser",
             .def = "0.001", .min = 1e-12, .max = 1e12, .arg = "X",
             .help = "learning rate"),
    AE_FIELD("schedule", ENUM, ae_train_options, schedule, .def = "cosine",
             .names = ae_lr_schedule_names,
             .arg = "const|step|cosine|trapezoid",
             .help = "course of the learning rate"),
    AE_FIELD("warmup", REAL, ae_train_options, warmup, .def = "0.01",
             .max = 0.5, .arg = "SHARE",
             .help = "share of the steps in which the rate rises from zero"),
    AE_FIELD("optim", ENUM, ae_train_options, optim, .def = "adam",
             .names = ae_optim_names, .arg = "sgd|adam|adamw|muon",
             .help = "optimiser"),
    AE_FIELD("weight-decay", REAL, ae_train_options, weight_decay, .max = 1,
             .arg = "X", .help = "decay of the weights, not of biases"),
    AE_FIELD("clip", REAL, ae_train_options, clip, .def = "2", .max = 1e12,
             .arg = "X",
             .help = "largest norm of a gradient, in multiples of its running "
                     "mean (0: none)"),
    AE_FIELD("ema", REAL, ae_train_options, ema, .def = "0.999",
             .max = 0.999999, .arg = "DECAY",
             .help = "running average of the weights, which is what is saved "
                     "(0: none)"),
    AE_FIELD("loss", STR, ae_train_options, loss, .group = "Objective",
             .def = "auto", .arg = "LOSS",
             .help = "l1, l2, psnr, charbonnier, huber, ce, kl, ssim; "
                     "likelihoods: bernoulli (bce), gauss, laplace; auto: a "
                     "variational net's is bernoulli or gauss, l1 is for "
                     "photos, l2 for others"),
    AE_FIELD("teacher", STR, ae_train_options, teacher, .file = AE_FILE_MODEL,
             .arg = "MODEL",
             .help = "trained model whose results the net learns, beside the "
                     "clean items"),
    AE_FIELD("teacher-share", REAL, ae_train_options, teacher_share,
             .def = "0.75", .max = 1, .arg = "P",
             .help = "share of those results in what is to come out"),
    AE_FIELD("beta", REAL, ae_train_options, beta, .def = "1", .max = 1e6,
             .arg = "X", .help = "weight of a latent's divergence"),
    AE_FIELD(
        "kl-warmup", STR, ae_train_options, kl_warmup, .def = "none",
        .arg = "none|linear[:SHARE]|cyclic[:N]",
        .help = "rise of beta from 0: over a share of the steps (0.2), or in "
                "the first half of each of N cycles (4)"),
    AE_FIELD("free-bits", REAL, ae_train_options, free_bits, .max = 1e3,
             .arg = "X",
             .help = "nats of divergence that each number of the code may have "
                     "at no cost"),
    AE_FIELD("iw", INT, ae_train_options, iw, .def = "1", .min = 1, .max = 4096,
             .arg = "K", .help = "samples of an importance-weighted bound"),
    AE_FIELD("binarise", ENUM, ae_train_options, binarise, .def = "none",
             .names = ae_binarise_names, .arg = "none|threshold|draw",
             .help = "turn data into 0 and 1: at a half, or by a draw each "
                     "time with the value as the chance"),
    AE_FIELD("l1-code", REAL, ae_train_options, l1_code, .max = 1e6, .arg = "X",
             .help = "l1= of the spec's code nodes (0: as the spec says)"),
    AE_FIELD("contractive", REAL, ae_train_options, contractive, .max = 1e6,
             .arg = "X",
             .help = "weight of the squared derivatives of the code by the "
                     "input"),
    AE_FIELD("early-stop", COUNT, ae_train_options, early_stop,
             .group = "Length", .max = 1e9, .arg = "N",
             .help = "end after N scores without a gain (0: never)"),
    AE_FIELD("keep-newest", BOOL, ae_train_options, keep_newest,
             .help = "MODEL is the newest one, not the one that scored best"),
    AE_FIELD("dropout", REAL, ae_train_options, dropout, .group = "Objective",
             .max = 0.99, .arg = "P",
             .help = "chance to drop a value in the spec's dropout nodes (0: "
                     "as the spec says)"),
    AE_FIELD("freeze", STR, ae_train_options, freeze, .arg = "NODE",
             .help = "keep the weights of this node, and of all that it is "
                     "computed from, as the model has them"),
    AE_FIELD(
        "augment", ENUM, ae_train_options, augment, .group = "Batches",
        .def = "auto", .names = ae_augment_names,
        .arg = "auto|none|turns|photo",
        .help =
            "turns: the eight turns of a patch; photo: also smaller scales, "
            "detailed patches, gray"),
    AE_FIELD("seed", COUNT, ae_train_options, seed, .group = "Run", .max = 9e15,
             .arg = "N", .help = "of weights, patches and noise"),
    AE_FIELD("checkpoint-every", COUNT, ae_train_options, checkpoint_every,
             .def = "1000", .min = 1, .max = 1e12, .arg = "N",
             .help = "steps between checkpoints, each of them scored on the "
                     "held-out data"),
    AE_FIELD("resume", STR, ae_train_options, resume, .arg = "[FILE]",
             .help = "go on from a checkpoint (default MODEL.ckpt; none there: "
                     "start anew)"),
    AE_FIELD("metrics", STR, ae_train_options, metrics, .file = AE_FILE_WRITTEN,
             .arg = "FILE",
             .help = "csv, or jsonl by its ending, of step, loss, rate, "
                     "score..."),
    AE_FIELD("report", STR, ae_train_options, report, .file = AE_FILE_WRITTEN,
             .arg = "FILE",
             .help = "a page of curves, examples and settings, new at every "
                     "score"),
    AE_FIELD("dump-data", STR, ae_train_options, dump_data,
             .file = AE_FILE_WRITTEN, .arg = "FILE[:SIZE]",
             .help = "train nothing, but pack the photographs into FILE, for "
                     "training elsewhere; with SIZE (K, M, G) only a detailed "
                     "part of each, so that FILE keeps to it"),
    AE_FIELD("mixture", INT, ae_train_options, mixture, .group = "Model file",
             .def = "10", .max = 64, .arg = "K",
             .help = "Gaussians of the mixture fitted to the codes at the end, "
                     "which ae-sample draws from (0: none)"),
    AE_FIELD(
        "precision", ENUM, ae_train_options, precision, .group = "Machine",
        .def = "f32", .names = precisions, .arg = "f32|bf16",
        .help = "what layers multiply in: bf16 needs a CPU with AVX512_BF16, "
                "and is faster on AMD's"),
    AE_FIELD("save-precision", ENUM, ae_train_options, save_precision,
             .group = "Model file", .def = "f32", .names = save_precisions,
             .arg = "f16|f32", .help = "of the weights in MODEL"),
    {.name = NULL},
};

/* Settings that may change when a run goes on, or are compared by their
 * contents (the data by their digest, the model by its spec). */
static const char *const may_change[] = {
    "model",  "output",  "noisy",  "clean",      "labels",
    "val",    "steps",   "epochs", "time-limit", "until",
    "resume", "metrics", "report", "dump-data",  "fail-fast",
};

static int is_compared(const char *name)
{
    for (size_t i = 0; i < AE_LEN(may_change); i++)
        if (strcmp(may_change[i], name) == 0)
            return 0;
    return 1;
}

static int is_null_text(const struct ae_field *f, const void *o)
{
    return f->type == AE_F_STR &&
           !*(const char *const *)((const char *)o + f->offset);
}

/* What a run without `fit`, `self`, `wire`, `keep-newest` or `teacher` says
 * nothing of, as runs before there were these. */
static int is_unused(const struct ae_field *f, const struct ae_train_options *o)
{
    if (strcmp(f->name, "self") == 0)
        return !o->self;
    if (strcmp(f->name, "wire") == 0)
        return !o->wire;
    if (strcmp(f->name, "keep-newest") == 0)
        return !o->keep_newest;
    if (strcmp(f->name, "teacher-share") == 0)
        return !o->teacher;
    return !o->fit &&
           (strcmp(f->name, "fit") == 0 || strcmp(f->name, "size") == 0);
}

static int add_setting(json_t *all, const struct ae_field *f,
                       const struct ae_train_options *o, struct ae_err *e)
{
    char text[1024];

    if (!is_compared(f->name) || is_null_text(f, o) || is_unused(f, o))
        return 0;
    if (ae_field_print(f, o, text, sizeof(text)) >= (int)sizeof(text))
        return ae_fail(e, AE_EARG, "`%s`: too long", f->name);
    if (json_object_set_new(all, f->name, json_string(text)) != 0)
        return ae_fail(e, AE_EMEM, "no memory for the settings");
    return 0;
}

json_t *ae_settings_json(const struct ae_train_options *o, struct ae_err *e)
{
    json_t *all = json_object();

    if (!all)
        ae_fail(e, AE_EMEM, "no memory for the settings");
    for (const struct ae_field *f = ae_train_fields; all && f->name; f++)
        if (add_setting(all, f, o, e) < 0) {
            json_decref(all);
            return NULL;
        }
    return all;
}

/* Of settings in a checkpoint: one that isn't there was its default, which is
 * one shard where nothing is said of `accumulate`. */
static const char *earlier_value(const json_t *then, const struct ae_field *f)
{
    const char *text = json_string_value(json_object_get(then, f->name));

    return text ? text : strcmp(f->name, "accumulate") == 0 ? "1" : f->def;
}

int ae_settings_same(const json_t *now, const json_t *then, struct ae_err *e)
{
    for (const struct ae_field *f = ae_train_fields; f->name; f++) {
        const char *x = earlier_value(now, f), *y = earlier_value(then, f);
        if (!is_compared(f->name) || (!x && !y) || (x && y && !strcmp(x, y)))
            continue;
        return ae_fail(
            e, AE_EARG,
            "`%s` is %s now and was %s when the run began; only "
            "`steps`, `epochs`, `time-limit`, `until`, `metrics` and "
            "`report` may change",
            f->name, x ? x : "absent", y ? y : "absent");
    }
    return 0;
}

int ae_settings_check(const struct ae_train_options *o, struct ae_err *e)
{
    struct ae_course course = {0};
    int shards;

    if (o->dump_data && (o->model || o->output))
        return ae_fail(e, AE_EARG,
                       "`dump-data` trains nothing: leave -m and -o out");
    if (!o->dump_data && !o->model)
        return ae_fail(e, AE_EARG,
                       "which model? `model` PRESET, for example `model` unet");
    if (!o->dump_data && !o->output)
        return ae_fail(e, AE_EARG, "where to? `output` MODEL.safetensors");
    if (!o->clean && (!o->data || !o->data[0]))
        return ae_fail(e, AE_EARG,
                       "learn from what? Name folders, images, idx, npy, csv "
                       "or text files");
    if (o->course && ae_course_parse(o->course, &course, e) < 0)
        return ae_err_at(e, AE_EARG, "`steps`");
    if ((o->steps || course.parts) && o->epochs > 0)
        return ae_fail(e, AE_EARG, "`steps` and `epochs` exclude each other");
    if (o->early_stop && o->keep_newest)
        return ae_fail(e, AE_EARG,
                       "`early-stop` ends a run that scored better before: it "
                       "goes without `keep-newest`");
    AE_TRY(ae_self_check(o, e));
    AE_TRY(ae_teacher_check(o, e));
    AE_TRY(ae_shards_parse(o, &shards, e));
    if (o->stride && (!o->window || strcmp(o->window, "0") == 0))
        return ae_fail(e, AE_EARG, "`stride` needs `window`");
    return 0;
}
