/* settings.c - the field table of training, and settings as JSON. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/field.h"
#include "data/recipe.h"
#include "train/data/batch.h"
#include "train/loop/optim.h"
#include "train/loop/sched.h"
#include "train/loop/settings.h"

static const char *const save_precisions[] = {"f16", "f32", NULL};
static const char *const precisions[] = {"f32", "bf16", NULL};

#define AT(member) offsetof(struct ae_train_options, member)

const struct ae_field ae_train_fields[] = {
    {.name = "model", .type = AE_F_STR, .offset = AT(model), .letter = 'm',
     .arg = "SPEC", .help = "preset[:var=value,...], spec file, or a trained "
                            "model to go on from"},
    {.name = "output", .type = AE_F_STR, .offset = AT(output), .letter = 'o',
     .arg = "MODEL", .help = "the best model so far; MODEL.ckpt is the last "
                             "checkpoint"},
    {.name = "input", .type = AE_F_ENUM, .offset = AT(input), .def = "auto",
     .names = ae_input_names, .arg = "auto|image|idx|npy|csv|text",
     .help = "what the data are, where content and name don't tell"},
    {.name = "window", .type = AE_F_STR, .offset = AT(window), .def = "0",
     .arg = "N|auto", .help = "rows of a table are time steps, and N of them "
     "an item (0: a row is one; auto: as many as the dominant period has)"},
    {.name = "stride", .type = AE_F_INT, .offset = AT(stride),
     .max = AE_MAX_WINDOW, .arg = "K", .help = "steps from one window to the "
     "next (0: a quarter of a window)"},
    {.name = "columns", .type = AE_F_STR, .offset = AT(columns),
     .arg = "LIST", .help = "names or numbers of the columns to learn, -NAME "
     "leaves one out"},
    {.name = "label-column", .type = AE_F_STR, .offset = AT(label_column),
     .arg = "NAME|N", .help = "column of a table that holds the class"},
    {.name = "labels", .type = AE_F_STR, .offset = AT(labels), .arg = "FILE",
     .help = "classes of all items in their order: idx, or text, one a line"},
    {.name = "only", .type = AE_F_STR, .offset = AT(only), .arg = "LABEL",
     .help = "learn from items of this class alone"},
    {.name = "rows", .type = AE_F_STR, .offset = AT(rows), .arg = "A:B",
     .help = "learn from rows (pictures, lines) A to B of each file alone"},
    {.name = "scale", .type = AE_F_ENUM, .offset = AT(scale), .def = "auto",
     .names = ae_scale_names, .arg = "auto|none|unit|global|window",
     .help = "how values are scaled (auto: global for csv, else none)"},
    {.name = "noise", .type = AE_F_STR, .offset = AT(noise), .letter = 'n',
     .arg = "CHAIN", .help = "noise to learn to remove, as ae-noise takes it"},
    {.name = "level-dropout", .type = AE_F_REAL, .offset = AT(level_dropout),
     .def = "0.5", .max = 1, .arg = "P", .help = "chance that a net with an "
     "input 'sigma' isn't told the level of noise, so that it learns to do "
     "without"},
    {.name = "noisy", .type = AE_F_STR, .offset = AT(noisy), .arg = "DATA",
     .help = "noisy versions of all items, in their order: real pairs"},
    {.name = "clean", .type = AE_F_STR, .offset = AT(clean), .arg = "DATA",
     .help = "the clean ones; the same as an operand"},
    {.name = "val", .type = AE_F_STR, .offset = AT(val), .def = "0.05",
     .arg = "DATA|SHARE", .help = "held-out data: a path, or a share of the "
                                  "data by hash of the name"},
    {.name = "patch", .type = AE_F_INT, .offset = AT(patch),
     .max = 4096, .arg = "N", .help = "side of the patches in pixels (0: 64 "
     "for nets of any size on images, else whole items)"},
    {.name = "batch", .type = AE_F_INT, .offset = AT(batch), .def = "16",
     .min = 1, .max = 65536, .arg = "N", .help = "examples in a step"},
    {.name = "steps", .type = AE_F_COUNT, .offset = AT(steps),
     .max = 1e12, .arg = "N", .help = "length of the run in steps"},
    {.name = "epochs", .type = AE_F_REAL, .offset = AT(epochs),
     .max = 1e9, .arg = "X", .help = "length of the run in passes over the "
                                     "data"},
    {.name = "time-limit", .type = AE_F_SECONDS, .offset = AT(time_limit),
     .max = 1e9, .arg = "TIME", .help = "alone: as many steps as "
     "fit; with --steps or --epochs: stop then, to be resumed"},
    {.name = "lr", .type = AE_F_REAL, .offset = AT(lr), .def = "0.001",
     .min = 1e-12, .max = 1e12, .arg = "X", .help = "learning rate"},
    {.name = "schedule", .type = AE_F_ENUM, .offset = AT(schedule),
     .def = "cosine", .names = ae_sched_names,
     .arg = "const|step|cosine|trapezoid",
     .help = "course of the learning rate"},
    {.name = "warmup", .type = AE_F_REAL, .offset = AT(warmup),
     .def = "0.01", .max = 0.5, .arg = "SHARE",
     .help = "share of the steps in which the rate rises from zero"},
    {.name = "optim", .type = AE_F_ENUM, .offset = AT(optim), .def = "adam",
     .names = ae_optim_names, .arg = "sgd|adam|adamw", .help = "optimiser"},
    {.name = "weight-decay", .type = AE_F_REAL, .offset = AT(weight_decay),
     .max = 1, .arg = "X", .help = "pull of weights towards zero"},
    {.name = "clip", .type = AE_F_REAL, .offset = AT(clip), .def = "2",
     .max = 1e12, .arg = "X", .help = "largest norm of a gradient, in running "
                                      "means of it (0: none)"},
    {.name = "ema", .type = AE_F_REAL, .offset = AT(ema), .def = "0.999",
     .max = 0.999999, .arg = "DECAY", .help = "running average of the weights, "
     "which is what is saved (0: none)"},
    {.name = "loss", .type = AE_F_STR, .offset = AT(loss), .def = "auto",
     .arg = "LOSS", .help = "l1, l2, psnr, charbonnier, huber, ce, kl, "
                            "ssim; likelihoods: bernoulli (bce), gauss, "
                            "laplace; auto: a variational net's is "
                            "bernoulli or gauss, l1 is for photos, l2 for "
                            "others"},
    {.name = "beta", .type = AE_F_REAL, .offset = AT(beta), .def = "1",
     .max = 1e6, .arg = "X", .help = "weight of a latent's divergence"},
    {.name = "kl-warmup", .type = AE_F_STR, .offset = AT(kl_warmup),
     .def = "none", .arg = "none|linear[:SHARE]|cyclic[:N]",
     .help = "rise of beta from 0: over a share of the steps (0.2), or in "
             "the first half of each of N cycles (4)"},
    {.name = "free-bits", .type = AE_F_REAL, .offset = AT(free_bits),
     .max = 1e3, .arg = "X", .help = "nats of divergence that each number of "
                                     "the code has for nothing"},
    {.name = "iw", .type = AE_F_INT, .offset = AT(iw), .def = "1", .min = 1,
     .max = 4096, .arg = "K", .help = "samples of an importance-weighted "
                                      "bound"},
    {.name = "binarise", .type = AE_F_ENUM, .offset = AT(binarise),
     .def = "none", .names = ae_binarise_names, .arg = "none|threshold|draw",
     .help = "data to 0 and 1: at a half, or drawn anew each time with the "
             "value as the chance"},
    {.name = "l1-code", .type = AE_F_REAL, .offset = AT(l1_code),
     .max = 1e6, .arg = "X", .help = "l1= of the spec's code nodes (0: as "
                                     "the spec says)"},
    {.name = "contractive", .type = AE_F_REAL, .offset = AT(contractive),
     .max = 1e6, .arg = "X", .help = "weight of the squared slopes of the "
                                     "code by the input"},
    {.name = "early-stop", .type = AE_F_COUNT, .offset = AT(early_stop),
     .max = 1e9, .arg = "N", .help = "end after N scores without a gain (0: "
                                     "never)"},
    {.name = "dropout", .type = AE_F_REAL, .offset = AT(dropout),
     .max = 0.99, .arg = "P", .help = "chance to drop a value in the spec's "
                                      "dropout nodes (0: as the spec says)"},
    {.name = "augment", .type = AE_F_ENUM, .offset = AT(augment),
     .def = "auto", .names = ae_augment_names,
     .arg = "auto|none|turns|photo",
     .help = "turns: the eight turns of a patch; photo: also smaller scales, "
             "detailed patches, gray"},
    {.name = "seed", .type = AE_F_COUNT, .offset = AT(seed),
     .max = 9e15, .arg = "N", .help = "of weights, patches and noise"},
    {.name = "checkpoint-every", .type = AE_F_COUNT,
     .offset = AT(checkpoint_every), .def = "1000", .min = 1, .max = 1e12,
     .arg = "N", .help = "steps between checkpoints, each of them scored on "
                         "the held-out data"},
    {.name = "resume", .type = AE_F_STR, .offset = AT(resume),
     .arg = "[FILE]", .help = "go on from a checkpoint (default MODEL.ckpt; "
                              "none there: start anew)"},
    {.name = "metrics", .type = AE_F_STR, .offset = AT(metrics),
     .arg = "FILE", .help = "csv, or jsonl by its ending, of step, loss, rate, "
                            "score..."},
    {.name = "report", .type = AE_F_STR, .offset = AT(report),
     .arg = "FILE", .help = "a page of curves, examples and settings, new at "
                            "every score"},
    {.name = "dump-data", .type = AE_F_STR, .offset = AT(dump_data),
     .arg = "FILE[:SIZE]", .help = "train nothing, but pack the photographs "
     "into FILE, for training elsewhere; of SIZE bytes at most (K, M, G): of "
     "each then a detailed part"},
    {.name = "mixture", .type = AE_F_INT, .offset = AT(mixture), .def = "10",
     .max = 64, .arg = "K", .help = "Gaussians of the mixture fitted to the "
     "codes at the end, which ae-sample draws from (0: none)"},
    {.name = "precision", .type = AE_F_ENUM, .offset = AT(precision),
     .def = "f32", .names = precisions, .arg = "f32|bf16",
     .help = "what layers multiply in: bf16 needs a CPU with AVX512_BF16"},
    {.name = "save-precision", .type = AE_F_ENUM,
     .offset = AT(save_precision), .def = "f32", .names = save_precisions,
     .arg = "f16|f32",
     .help = "of the weights in MODEL"},
    {.name = NULL},
};

/* What may be told anew when a run goes on, or is compared by its contents
 * (the data by their digest, the model by its spec). */
static const char *const free_names[] = {
    "model", "output", "noisy", "clean", "labels", "val", "steps", "epochs",
    "time-limit", "resume", "metrics", "report", "dump-data",
};

static int is_free(const char *name)
{
    for (size_t i = 0; i < AE_LEN(free_names); i++)
        if (strcmp(free_names[i], name) == 0)
            return 1;
    return 0;
}

json_t *ae_settings_json(const struct ae_train_options *o, struct ae_err *e)
{
    json_t *all = json_object();

    for (const struct ae_field *f = ae_train_fields; all && f->name; f++) {
        char text[1024];
        if (is_free(f->name) ||
            (f->type == AE_F_STR &&
             !*(const char *const *)((const char *)o + f->offset)))
            continue;
        if (ae_field_print(f, o, text, sizeof(text)) >= (int)sizeof(text)) {
            ae_fail(e, AE_EARG, "--%s: too long", f->name);
            json_decref(all);
            return NULL;
        }
        if (json_object_set_new(all, f->name, json_string(text)) != 0) {
            json_decref(all);
            all = NULL;
        }
    }
    if (!all)
        ae_fail(e, AE_EMEM, "no memory for the settings");
    return all;
}

/* A setting that wasn't there yet was what its default is. */
static const char *then_value(const json_t *then, const struct ae_field *f)
{
    const char *text = json_string_value(json_object_get(then, f->name));

    return text ? text : f->def;
}

int ae_settings_same(const json_t *now, const json_t *then, struct ae_err *e)
{
    for (const struct ae_field *f = ae_train_fields; f->name; f++) {
        const json_t *a = json_object_get(now, f->name);
        const char *x = json_string_value(a), *y = then_value(then, f);
        if (is_free(f->name) || (!x && !y) || (x && y && strcmp(x, y) == 0))
            continue;
        return ae_fail(e, AE_EARG,
                       "--%s is %s now and was %s when the run began; only "
                       "--steps, --epochs, --time-limit, --metrics and "
                       "--report may change", f->name, x ? x : "absent",
                       y ? y : "absent");
    }
    return 0;
}

int ae_settings_check(const struct ae_train_options *o, struct ae_err *e)
{
    if (o->dump_data && (o->model || o->output))
        return ae_fail(e, AE_EARG, "--dump-data trains nothing: leave -m and "
                       "-o out");
    if (!o->dump_data && !o->model)
        return ae_fail(e, AE_EARG, "which model? -m PRESET, for example "
                       "-m unet");
    if (!o->dump_data && !o->output)
        return ae_fail(e, AE_EARG, "where to? -o MODEL.safetensors");
    if (!o->clean && (!o->data || !o->data[0]))
        return ae_fail(e, AE_EARG, "learn from what? Name folders, images, "
                       "idx, npy, csv or text files");
    if (o->steps && o->epochs > 0)
        return ae_fail(e, AE_EARG, "--steps and --epochs exclude each other");
    if (o->stride && (!o->window || strcmp(o->window, "0") == 0))
        return ae_fail(e, AE_EARG, "--stride needs --window");
    return 0;
}
