/* latent_reader.c - the latents of a command's operands, one by one, and the
 * format of those that it writes. */
#include <stdio.h>
#include <string.h>

#include "cmd.h"

static _Noreturn void refuse_format(const char *name)
{
    char known[256];

    cmd_list_formats(1, known, sizeof(known));
    cmd_usage("option '--format': '%s' is not one of %s", name, known);
}

const struct ae_latent_format *cmd_latent_format(const struct cmd_common *c,
                                                 const char *name)
{
    static const char *const text[] = {"jsonl", "tsv", "csv"};
    const struct ae_latent_format *f = NULL;
    int binary = 1;

    if (name && !(f = ae_latent_format_by_name(name)))
        refuse_format(name);
    if (!f && c->output)
        f = ae_latent_format_by_ending(c->output);
    if (!f && c->output && cmd_ending_known(c->output))
        cmd_usage("%s: by its ending no latents: --format or another ending "
                  "names a format that is",
                  c->output);
    if (!f)
        f = ae_latent_format_by_name("jsonl");
    for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
        binary &= f != ae_latent_format_by_name(text[i]);
    if (binary)
        cmd_check_terminal(c);
    return f;
}

static uint64_t left_out;

uint64_t cmd_latents_left_out(void)
{
    return left_out;
}

/* Reads one input; returns nonzero when fn wants to stop.  *bad counts the
 * latents that were left out. */
static int one_input(struct ae_io *io, const char *name, int *d, int *bad,
                     cmd_latent_fn *fn, void *arg)
{
    static uint64_t count;
    struct ae_latents *r = NULL;
    struct ae_latent z;
    struct ae_err e = {0};
    int stop = 0, rc = ae_latents_open(io, NULL, *d, &r, &e);

    while (!stop && !rc) {
        rc = ae_latents_read(r, &z, &e);
        if (rc < 0) {
            cmd_error(name, &e);
            ++*bad;
            left_out++;
            rc = 0;
        } else if (!rc) {
            cmd_progress(0, "%llu latents", (unsigned long long)++count);
            stop = fn(arg, &z, ae_latents_ready(r), &e);
        }
    }
    if (stop || rc < 0) {
        cmd_error(stop ? NULL : name, &e);
        ++*bad;
    }
    cmd_progress(1, "%llu latents", (unsigned long long)count);
    if (r && ae_latents_size(r))
        *d = ae_latents_size(r);
    ae_latents_free(r);
    return stop;
}

int cmd_latents(char *const *operand, int count, int d, cmd_latent_fn *fn,
                void *arg)
{
    int bad = 0, stop = 0;

    for (int i = 0; operand && i < (count ? count : 1) && !stop; i++) {
        const char *name = count ? operand[i] : "-";
        struct ae_io *io = NULL;
        struct ae_err e = {0};
        if (cmd_open(name, &io, &e)) {
            cmd_error(name, &e);
            bad++;
            continue;
        }
        stop = one_input(io, ae_io_name(io), &d, &bad, fn, arg);
        ae_io_close(io);
    }
    return bad ? CMD_FAILED : CMD_OK;
}
