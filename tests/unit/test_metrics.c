/* The table of a run, as csv and as JSON, begun and gone on with; and the
 * settings that a resumed run is compared by. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "train/loop/settings.h"
#include "train/report/metrics.h"

/* --------------------------------------------------------------- metrics */

static void slurp(const char *path, char *buf, size_t size)
{
    FILE *f = fopen(path, "rb");
    cr_assert_not_null(f);
    buf[fread(buf, 1, size - 1, f)] = 0;
    fclose(f);
}

static void put_row(struct ae_metrics *m, uint64_t step, double val,
                    const struct ae_posterior *p)
{
    const struct ae_train_view view = {.step = step,
                                       .loss = 0.5,
                                       .lr = 1e-3,
                                       .scored = !isnan(val),
                                       .score = val,
                                       .posterior = p,
                                       .seconds = 1.5};
    cr_assert_eq(ae_metrics_row(m, &view, NULL), 0);
}

/* Five rows and a part of one; gone on with from the second. */
static void go_on(const char *path, const char *part,
                  const struct ae_posterior *p, char *text, size_t size)
{
    const char *name = p ? "nats" : "psnr";
    const int code = p ? p->count : 0;
    struct ae_metrics m;

    cr_assert_eq(ae_metrics_open(&m, path, name, code, 0, NULL), 0);
    for (uint64_t s = 100; s <= 500; s += 100)
        put_row(&m, s, s == 200 ? 30.5 : NAN, s == 200 ? p : NULL);
    ae_metrics_close(&m);
    FILE *f = fopen(path, "a");
    fputs(part, f); /* cut by a crash */
    fclose(f);
    cr_assert_eq(ae_metrics_open(&m, path, name, code, 200, NULL), 0);
    put_row(&m, 300, NAN, NULL);
    ae_metrics_close(&m);
    slurp(path, text, size);
    unlink(path);
}

static double nats[2] = {0.25, 2};
static const struct ae_posterior posterior = {.count = 2,
                                              .divergence = nats,
                                              .total = 2.25,
                                              .reconstruction = 28.25,
                                              .active = 1};

Test(metrics, rows_past_the_checkpoint_go)
{
    char path[] = "/tmp/ae-metrics-XXXXXX", text[512];

    close(mkstemp(path));
    go_on(path, "600,0.5", NULL, text, sizeof(text));
    cr_assert_str_eq(text, "step,loss,lr,psnr,seconds\n"
                           "100,0.5,0.001,,1.5\n200,0.5,0.001,30.5,1.5\n"
                           "300,0.5,0.001,,1.5\n");
    close(open(path, O_CREAT | O_WRONLY, 0600));
    go_on(path, "", &posterior, text, sizeof(text));
    cr_assert_str_eq(text, "step,loss,lr,nats,reconstruction,divergence,"
                           "active,seconds,kl1,kl2\n"
                           "100,0.5,0.001,,,,,1.5,,\n"
                           "200,0.5,0.001,30.5,28.25,2.25,1,1.5,0.25,2\n"
                           "300,0.5,0.001,,,,,1.5,,\n");
}

Test(metrics, json_where_the_name_says_so)
{
    char dir[] = "/tmp/ae-metrics-XXXXXX", path[64], text[512];

    cr_assert_not_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/m.jsonl", dir);
    go_on(path, "{\"step\":60", &posterior, text, sizeof(text));
    cr_assert_str_eq(
        text, "{\"step\":100,\"loss\":0.5,\"lr\":0.001,\"seconds\":1.5}\n"
              "{\"step\":200,\"loss\":0.5,\"lr\":0.001,\"nats\":30.5,"
              "\"reconstruction\":28.25,\"divergence\":2.25,\"active\":1,"
              "\"seconds\":1.5,\"kl\":[0.25,2]}\n"
              "{\"step\":300,\"loss\":0.5,\"lr\":0.001,\"seconds\":1.5}\n");
    rmdir(dir);
}

/* -------------------------------------------------------------- settings */

Test(settings, differences_are_named)
{
    struct ae_train_options a, b;
    struct ae_err e = {0};

    memset(&a, 0, sizeof(a));
    cr_assert_eq(ae_fields_default(ae_train_fields, &a, NULL), 0);
    b = a;
    b.steps = 12345;
    b.metrics = "elsewhere.csv";
    json_t *ja = ae_settings_json(&a, NULL), *jb = ae_settings_json(&b, NULL);
    cr_assert_eq(ae_settings_same(ja, jb, &e), 0, "%s", e.msg);
    json_decref(jb);
    b.lr = 0.5;
    jb = ae_settings_json(&b, NULL);
    cr_assert_eq(ae_settings_same(ja, jb, &e), AE_EARG);
    cr_assert_not_null(strstr(e.msg, "`lr`"));
    json_decref(ja);
    json_decref(jb);
}
