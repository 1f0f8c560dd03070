/* Hostile model files: each known defect grafted onto a valid model, which
 * loads before the graft, is refused with its own reason. */
#include <math.h>
#include <stdio.h>

#include "models.h"

/* What a test grabs goes when it ends, so that grafts need no cleaning up. */
struct grabbed {
    struct grabbed *next;
    char bytes[];
};
static struct grabbed *grabbed;

static char *grab(size_t n)
{
    struct grabbed *g = calloc(1, sizeof(*g) + n);

    cr_assert_not_null(g);
    g->next = grabbed;
    grabbed = g;
    return g->bytes;
}

static void drop(void)
{
    while (grabbed) {
        struct grabbed *next = grabbed->next;

        free(grabbed);
        grabbed = next;
    }
}

TestSuite(hostile_model, .fini = drop);

/* The parts of a model's file. */
struct parts {
    char *header;
    char *data;
    size_t size;
};

static struct parts split(const struct bytes *b)
{
    struct parts p;
    size_t n = 0;

    for (int i = 7; i >= 0; i--)
        n = n << 8 | (unsigned char)b->p[i];
    p.header = grab(n + 1);
    memcpy(p.header, b->p + 8, n);
    p.size = b->n - 8 - n;
    p.data = grab(p.size + 64);
    memcpy(p.data, b->p + 8 + n, p.size);
    return p;
}

/* Header bytes may hold zeros, so its length is given. */
static struct bytes join(const char *header, size_t n, const char *data,
                         size_t size)
{
    struct bytes b = {grab(8 + n + size), 8 + n + size};

    for (int i = 0; i < 8; i++)
        b.p[i] = (char)(n >> (8 * i) & 255);
    memcpy(b.p + 8, header, n);
    memcpy(b.p + 8 + n, data, size);
    return b;
}

/* The header with the first `old` replaced. */
static char *edit(const char *header, const char *old, const char *new)
{
    const char *at = strstr(header, old);
    char *out = grab(strlen(header) + strlen(new) + 1);

    cr_assert_not_null(at, "'%s' is not in %s", old, header);
    memcpy(out, header, (size_t)(at - header));
    strcpy(out + (at - header), new);
    strcat(out, at + strlen(old));
    return out;
}

static struct bytes small_model(void)
{
    struct ae_model *m = new_model(SMALL_SPEC);
    struct bytes written = write_model(m, 32);
    struct bytes b = {grab(written.n), written.n};

    memcpy(b.p, written.p, b.n);
    free(written.p);
    ae_model_free(m);
    return b;
}

static void refused(const struct bytes *b, const char *what, const char *want)
{
    struct ae_model *m;
    struct ae_err e;
    int err = read_model(NULL, b->p, b->n, &m, &e);

    cr_expect_lt(err, 0, "%s: was read", what);
    cr_expect_eq(err, e.code, "%s", what);
    cr_expect_not_null(strstr(e.msg, want), "%s: '%s' should hold '%s'", what,
                       e.msg, want);
    for (const char *c = e.msg; *c; c++)
        cr_expect((unsigned char)*c >= 0x20, "%s: a control byte", what);
    if (err == 0)
        ae_model_free(m);
}

#define ENTRY                                                                  \
    "\"e1.bias\":{\"dtype\":\"F32\",\"shape\":[3],"                            \
    "\"data_offsets\":[216,228]}"
#define LAST "[252,260]"
#define TEN "0000000000"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define ONES "1,1,1,1,1,1,1,1,1,1,"

/* One replacement in the header each. */
static const struct {
    const char *old, *new, *want;
} edits[] = {
    /* types */
    {"F32", "F4", "tensor 'e1.weight': dtype 'F4' is unknown"},
    {"\"F32\"", "\"F32\\u0000\"", "header: json: line 1 column"},
    {"\"F32\"", "\"" HUNDRED HUNDRED "\"",
     "dtype '" TEN TEN TEN TEN "' is unknown"},
    {"\"F32\"", "32", "tensor 'e1.weight': dtype is not a string"},
    {"\"dtype\":\"F32\",", "", "tensor 'e1.weight': dtype is missing"},
    {"F32", "I32", "tensor 'e1.weight': dtype I32 can't be weights"},
    {"F32", "F16", "span 216 bytes, but shape and dtype F16 need 108"},
    {"F32", "F64", "span 216 bytes, but shape and dtype F64 need 432"},
    /* shapes */
    {"[3,2,3,3]", "[3,2,3]", "span 216 bytes, but shape and dtype F32 need 72"},
    {"[3,2,3,3]", "[2,3,3,3]",
     "tensor 'e1.weight' has the shape [2,3,3,3]; the spec needs [3,2,3,3]"},
    {"[3,2,3,3]", "[54]", "has the shape [54]; the spec needs [3,2,3,3]"},
    {"[3,2,3,3]", "[-3,-2,3,3]", "shape: axis 0 is not a whole number"},
    {"[3,2,3,3]", "[3,\"2\",3,3]", "shape: axis 1 is not a whole number"},
    {"[3,2,3,3]", "[3,2.0,3,3]", "shape: axis 1 is not a whole number"},
    {"[3,2,3,3]", "[0,2,3,3]", "shape: axis 0 has no elements"},
    {"[3,2,3,3]", "[-0,2,3,3]", "shape: axis 0 has no elements"},
    {"[3,2,3,3]", "[1e999]", "real number overflow"},
    {"[3,2,3,3]", "[18446744073709551616]", "too big integer"},
    {"[3,2,3,3]", "[" HUNDRED HUNDRED "]", "header: json:"},
    {"[3,2,3,3]", "[9223372036854775807,3]", "shape: size"},
    {"[3,2,3,3]", "[4294967296,4294967296]", "shape: size"},
    {"[3,2,3,3]", "[4611686018427387904]", "shape: size"},
    {"[3,2,3,3]", "[4611686018427387904,4]", "shape: size"},
    {"[3,2,3,3]", "[" ONES ONES ONES ONES ONES "1]",
     "shape has 51 axes; at most 8"},
    {"\"shape\":[3,2,3,3],", "", "shape is missing"},
    {"[3,2,3,3]", "{}", "shape is not an array"},
    /* ranges */
    {"[216,228]", "[]", "tensor 'e1.bias': data_offsets has 0 numbers"},
    {"[216,228]", "[216]", "data_offsets has 1 numbers"},
    {"[216,228]", "[216,228,229]", "data_offsets has 3 numbers"},
    {"[216,228]", "[216.0,228.5]", "data_offsets are no whole numbers"},
    {"[216,228]", "[-12,0]", "data_offsets are no whole numbers"},
    {"[216,228]", "[228,216]", "data_offsets run backward, from 228 to 216"},
    {"[216,228]", "[216,232]", "data_offsets span 16 bytes"},
    {"[216,228]", "[216," HUNDRED "1]", "header: json:"},
    {"[216,228]", "[216,1" HUNDRED "]", "too big integer"},
    {"[216,228]", "null", "data_offsets is not an array"},
    {",\"data_offsets\":[216,228]", "", "data_offsets is missing"},
    {"[216,228]", "[0,12]",
     "tensor 'e1.weight' at offset 0 overlaps 'e1.bias', which ends at 12"},
    {"[216,228]", "[204,216]",
     "tensor 'e1.bias' at offset 204 overlaps 'e1.weight', which ends at 216"},
    {LAST, "[4000,4008]",
     "a hole of 3748 bytes before tensor 'y.bias' at offset 4000"},
    {LAST, "[254,262]", "a hole of 2 bytes before tensor 'y.bias'"},
    {LAST, "[9223372036854775799,9223372036854775807]", "a hole of"},
    /* objects */
    {ENTRY, ENTRY "," ENTRY, "duplicate object key"},
    {ENTRY, "\"e1.bias\":1", "tensor 'e1.bias': is not an object"},
    {"\"shape\":[3,2", "\"shape\":[3],\"shape\":[3,2", "duplicate object key"},
    {"\"dtype\"", "\"extra\":1,\"dtype\"", "unknown key 'extra'"},
    {"e1.bias", "", "a tensor's name has 0 bytes"},
    {"e1.bias", HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED,
     "a tensor's name has 600 bytes"},
    {"e1.bias", "/etc/passwd", "tensor '/etc/passwd' is not one of the spec's"},
    {"e1.bias", "%s%s%n", "tensor '%s%s%n' is not one of the spec's"},
    {"e1.bias", "\\u001b[2J", "tensor '\\x1b[2J' is not one of the spec's"},
    {"e1.bias", "\\u12", "header: json:"},
    {"e1.bias", "\xff\xfe\x80", "unable to decode byte 0xff"},
    {"\"e1.bias\"", "e1.bias", "header: json:"},
    {"}}", "}", "header: json:"},
    {"}}", "}}}", "end of file expected"},
    {"}}", "}} x", "end of file expected"},
    {"{", " {", "header begins with byte 0x20, not with '{'"},
    {"{", "\xef\xbb\xbf{", "header begins with byte 0xef"},
    {"{", "\xff\xfe{", "header begins with byte 0xff"},
    {"{", "[", "header begins with byte 0x5b"},
    {"{", "hello world{", "header begins with byte 0x68"},
    {"{\"__metadata__\":", "{\"__metadata__\":1,\"y\":",
     "__metadata__ is not an object"},
    /* metadata */
    {"\"format\":\"ae 1\"", "\"format\":1",
     "__metadata__: 'format' is not a string"},
    {"ae 1\",", "ae 2\",",
     "a model of format ae 2; this program reads up to ae 1"},
    {"ae 1\",", "ae x\",", "format 'ae x' has no version"},
    {"\"spec\"", "\"spek\"",
     "no model of this program: __metadata__ has no 'spec'"},
    {"__metadata__", "__metadate__", "tensor '__metadate__': dtype is missing"},
    {"{\\\"version\\\":1}", "{\\\"version\\\":3}",
     "meta: version 3 is not one of 1 to 2"},
    {"{\\\"version\\\":1}", "{}", "meta: no object with a version"},
    {"{\\\"version\\\":1}", "[1]", "meta: no object with a version"},
    {"{\\\"version\\\":1}", "{", "meta: json: line 1"},
    {"crc32:", "crc33:", "is not of the form crc32:"},
    {"crc32:", "crc32:0", "is not of the form crc32:"},
    {"\"checksum\"", "\"chexksum\"", "'chexksum' holds the checksum: damaged"},
    {"\"checksum\"", "\"\\u0063hecksum\"", "damaged: the checksum is"},
    {"\"crc32:", "\"\\u0063rc32:", "the checksum is written with escapes"},
    {"}}", "}} ", "damaged: the checksum is"},
    /* the spec */
    {"ae 1\\n", "ae 9\\n", "spec: line 1: version 9 of the spec is newer"},
    {"conv c=3", "konv c=3", "spec: line 3: e1: unknown kind of layer 'konv'"},
    {"conv c=3", "conv c=4",
     "tensor 'e1.weight' has the shape [3,2,3,3]; the spec needs [4,2,3,3]"},
    {"conv c=3", "conv c=65536\\ne2 conv c=65536",
     "spec: line 4: e2: has 38654705664 weights; at most 268435456"},
    {"conv c=3", "conv c=999999999", "spec: line 3: e1: c: "},
    {"e1 conv", "repeat n=4096\\na act\\nb act\\nend\\ne1 conv",
     "spec: line 5: more than 4096 nodes"},
    {"y conv c=2 k=1", "y act kind=tanh",
     "tensor 'y.weight' is not one of the spec's"},
    {"output y", "z conv c=1\\noutput y", "tensor 'z.weight' is missing"},
    {"output y", "output z", "spec: line 5: there is no node 'z' above"},
};

Test(hostile_model, the_model_loads_before_any_graft)
{
    struct bytes b = small_model();
    struct parts p = split(&b);
    struct bytes same = join(p.header, strlen(p.header), p.data, p.size);
    struct ae_model *m;
    struct ae_err e;

    cr_assert(same.n == b.n && memcmp(same.p, b.p, b.n) == 0);
    cr_assert_eq(read_model(NULL, same.p, same.n, &m, &e), 0, "%s", e.msg);
    ae_model_free(m);
}

Test(hostile_model, each_edit_of_the_header_is_refused_with_its_reason)
{
    struct bytes b = small_model();
    struct parts p = split(&b);

    for (size_t i = 0; i < AE_LEN(edits); i++) {
        char *header = edit(p.header, edits[i].old, edits[i].new);
        struct bytes bad = join(header, strlen(header), p.data, p.size);
        refused(&bad, edits[i].new, edits[i].want);
    }
}

/* Depth and count are refused before they cost stack or memory. */
Test(hostile_model, deep_and_long_headers)
{
    struct bytes b = small_model();
    struct parts p = split(&b);
    const size_t deep = 100000;
    char *text = grab(deep + 1);

    memset(text, '[', deep);
    text[deep] = '\0';
    char *header = edit(p.header, "[3,2,3,3]", text);
    struct bytes bad = join(header, strlen(header), p.data, p.size);
    refused(&bad, "deep", "nested more than");
    memset(text, '9', deep);
    text[0] = '[';
    text[deep - 1] = ']';
    header = edit(p.header, "[3,2,3,3]", text);
    bad = join(header, strlen(header), p.data, p.size);
    refused(&bad, "digits", "header: json: line 1");

    const size_t many = 70000;
    header = grab(strlen(p.header) + many * 16);
    char *at = header + sprintf(header, "{");
    for (size_t i = 0; i < many; i++)
        at += sprintf(at, "\"t%zu\":1,", i);
    strcpy(at, p.header + 1);
    bad = join(header, strlen(header), p.data, p.size);
    refused(&bad, "many", "70005 tensors; at most 65536");
}

static void set_length(struct bytes *b, uint64_t n)
{
    for (int i = 0; i < 8; i++)
        b->p[i] = (char)(n >> (8 * i) & 255);
}

Test(hostile_model, lengths)
{
    static const struct {
        uint64_t n;
        const char *want;
    } lengths[] = {
        {0, "header of 0 bytes; the shortest"},
        {1, "header of 1 bytes; the shortest"},
        {UINT64_MAX, "header's length of 18446744073709551615 bytes is beyond "
                     "the 100 MB"},
        {100000001, "beyond the 100 MB"},
        {(uint64_t)1 << 63, "beyond the 100 MB"},
        {99999999, "header of 99999999 bytes, but only"},
        {100, "header: json:"},
    };
    struct bytes b = small_model();

    for (size_t i = 0; i < AE_LEN(lengths); i++) {
        set_length(&b, lengths[i].n);
        refused(&b, "length", lengths[i].want);
    }
    for (size_t n = 0; n < 8; n++) {
        struct bytes cut = {b.p, n};
        refused(&cut, "cut", "a safetensors file begins with 8 bytes");
    }
}

Test(hostile_model, data_cut_short_or_too_long)
{
    struct bytes b = small_model();
    struct parts p = split(&b);
    struct bytes bad = {b.p, b.n - 4};

    refused(&bad, "cut", "tensors of 260 bytes, but the file ends after 256");
    memset(p.data + p.size, 0, 4);
    bad = join(p.header, strlen(p.header), p.data, p.size + 4);
    refused(&bad, "long", "4 bytes follow the last tensor");
    char *header = edit(p.header, LAST, "[256,264]");
    bad = join(header, strlen(header), p.data, p.size + 4);
    refused(&bad, "hole",
            "a hole of 4 bytes before tensor 'y.bias' at offset 256");
}

Test(hostile_model, weights_that_are_no_numbers)
{
    static const struct {
        float v;
        const char *want;
    } odd[] = {{NAN, "tensor 'e1.weight': element 5 is not a number"},
               {INFINITY, "tensor 'e1.weight': element 5 is infinite"},
               {-INFINITY, "tensor 'e1.weight': element 5 is infinite"}};
    struct bytes b = small_model();
    struct parts p = split(&b);

    for (size_t i = 0; i < AE_LEN(odd); i++) {
        memcpy(p.data + 20, &odd[i].v, sizeof(float));
        struct bytes bad = join(p.header, strlen(p.header), p.data, p.size);
        refused(&bad, "odd", odd[i].want);
    }
}

Test(hostile_model, other_programs_files)
{
    static const struct {
        const char *start, *want;
    } others[] = {
        {"GGUF\3\0\0\0\0\0\0\0\0\0\0\x10", "is a GGUF file"},
        {"PK\3\4\0\0\0\0\0\0\0\0\0\0\0\0", "is a zip archive (PyTorch"},
        {"\x80\2}q\0\0\0\0\0\0\0\0\0\0\0\0", "is a Python pickle"},
        {"\x89HDF\r\n\x1a\n\0\0\0\0\0\0\0\0", "is an HDF5 file"},
        {"\x08\7\x12\7pytorch\0\0\0\0\0", "beyond the 100 MB"}};

    for (size_t i = 0; i < AE_LEN(others); i++) {
        struct bytes b = {(char *)(uintptr_t)others[i].start, 16};
        refused(&b, "other", others[i].want);
    }
}

/* A file can't make the reader allocate what the file doesn't hold: 2^28
 * weights by the spec, whose tensors are not there. */
Test(hostile_model, promises_cost_no_memory)
{
    struct bytes b = small_model();
    struct parts p = split(&b);
    char *header = edit(p.header, "conv c=3", "conv c=65536 k=32x32 s=64");
    struct bytes bad = join(header, strlen(header), p.data, p.size);

    refused(&bad, "promise", "the spec needs [65536,2,32,32]");
}
