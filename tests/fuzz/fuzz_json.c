/* fuzz_json.c - JSON: refused with a word, or printed and read again the same;
 * then as what a model says of its input, and as a text that is quoted. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ae_tools.h"
#include "base/json.h"
#include "data/preprocessing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_input(json_t *v)
{
    struct ae_preprocessing prep = {0};
    struct ae_err e = {0};
    json_t *meta = json_pack("{s:O}", "input", v), *made;

    const int rc = meta ? ae_preprocessing_get(meta, &prep, &e) : 0;
    if (rc < 0 && (!e.msg[0] || e.code != rc))
        abort(); /* an error without a word */
    if (rc == 0 && meta && prep.kind != AE_INPUT_AUTO) {
        made = ae_preprocessing_json(&prep, &e);
        if (!made)
            abort();
        json_decref(made);
    }
    ae_preprocessing_release(&prep);
    json_decref(meta);
}

static void check_text(const uint8_t *data, size_t size)
{
    char *text = calloc(1, size + 1), *quoted;
    json_t *v;

    if (!text)
        abort();
    if (size)
        memcpy(text, data, size);
    if (ae_json_quote(text, &quoted, NULL))
        abort();
    /* bytes that are no UTF-8 became what only Python reads again */
    v = json_loads(quoted, JSON_DECODE_ANY, NULL);
    if (v && strcmp(json_string_value(v), text) != 0)
        abort();
    json_decref(v);
    free(quoted);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *v = NULL, *again = NULL;
    struct ae_err e = {0};
    char *text;

    const int rc = ae_json_parse((const char *)data, size, &v, &e);
    if (rc < 0 && (!e.msg[0] || e.code != rc))
        abort(); /* an error without a word */
    if (rc == 0) {
        if (ae_json_print(v, 0, &text, &e) ||
            ae_json_parse(text, strlen(text), &again, &e) ||
            !json_equal(v, again))
            abort();
        check_input(v);
        free(text);
    }
    json_decref(v);
    json_decref(again);
    check_text(data, size);
    return 0;
}
