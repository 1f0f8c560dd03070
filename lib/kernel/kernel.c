/* kernel.c - the tables of kernels and the choice among them.
 *
 * A row is complete but for bfloat16, which not every ISA has: what an ISA
 * doesn't do better than plain C is plain C.
 * Rows stand from the least to the best. */
#include "kernel/kernel.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "kernel/impl.h"

#define VEC(isa)                                                               \
    .add = ae_add_##isa, .lerp = ae_lerp_##isa, .scale = ae_scale_##isa,       \
    .axpy = ae_axpy_##isa, .round_bf16 = ae_round_bf16_##isa,                  \
    .add_bf16 = ae_add_bf16_##isa, .pack_bf16 = ae_pack_bf16_##isa,            \
    .unpack_bf16 = ae_unpack_bf16_##isa, .act_grad = ae_act_grad_##isa,        \
    .sumsq = ae_sumsq_##isa, .adam = ae_adam_##isa
#define MM(isa) .mm = ae_mm_##isa, .mm_narrow = ae_mm_narrow_##isa
#define BF16(isa)                                                              \
    .mm_bf16 = ae_mm_bf16_##isa, .halve = ae_halve_##isa, .pair = ae_pair_##isa
#define WINO(isa)                                                              \
    .wino_in = ae_wino_in_##isa, .wino_filter = ae_wino_filter_##isa,          \
    .wino_out = ae_wino_out_##isa, .wino_dout = ae_wino_dout_##isa,            \
    .wino_dfilter = ae_wino_dfilter_##isa
#define PIX(isa)                                                               \
    .from_u8 = ae_from_u8_##isa, .from_u16 = ae_from_u16_##isa,                \
    .to_u8 = ae_to_u8_##isa, .to_u16 = ae_to_u16_##isa

static const struct ae_kernels tables[] = {
    {.name = "c", .nr = 16, MM(c), BF16(c), WINO(c), VEC(c), PIX(c)},
#if defined(__x86_64__)
    {.name = "avx2", .nr = 16, MM(avx2), WINO(avx2), VEC(avx2), PIX(c)},
    {.name = "avx512", .nr = 32, MM(avx512), WINO(avx512), VEC(avx512), PIX(c)},
    {.name = "avx512bf16",
     .nr = 32,
     MM(avx512),
     BF16(avx512bf16),
     WINO(avx512),
     VEC(avx512),
     PIX(c)},
#elif defined(__aarch64__)
    /* plain loops are compiled to it anyway */
    {.name = "neon", .nr = 8, MM(neon), WINO(neon), VEC(c), PIX(c)},
#endif
};

static int runs_here(const char *name)
{
    if (strcmp(name, "avx2") == 0)
        return (ae_cpu_features() & AE_CPU_AVX2) != 0;
    if (strcmp(name, "avx512") == 0)
        return (ae_cpu_features() & AE_CPU_AVX512) != 0;
    if (strcmp(name, "avx512bf16") == 0)
        return (ae_cpu_features() & AE_CPU_AVX512_BF16) != 0;
    if (strcmp(name, "neon") == 0)
        return (ae_cpu_features() & AE_CPU_NEON) != 0;
    return strcmp(name, "c") == 0;
}

const struct ae_kernels *ae_kernels_by_name(const char *name)
{
    for (size_t i = 0; i < AE_LEN(tables); i++)
        if (strcmp(tables[i].name, name) == 0)
            return runs_here(name) ? &tables[i] : NULL;
    return NULL;
}

/* From the least to the best, of all processors. */
static const char *const words[] = {"c", "neon", "avx2", "avx512",
                                    "avx512bf16"};

int ae_kernels_order(const char *name)
{
    for (size_t i = 0; i < AE_LEN(words); i++)
        if (strcmp(name, words[i]) == 0)
            return (int)i;
    return -1;
}

const char *ae_kernels_word(int order)
{
    return words[order];
}

int ae_kernels_get(const struct ae_kernels **out, struct ae_err *e)
{
    const char *mask = getenv("AE_CPU");
    int best = AE_LEN(words) - 1;

    if (mask && *mask) {
        best = ae_kernels_order(mask);
        if (best < 0)
            return ae_fail(e, AE_EARG,
                           "AE_CPU=%s is not one of c, neon, avx2, avx512, "
                           "avx512bf16",
                           mask);
    }
    for (*out = NULL; !*out; best--) /* ends at "c", which runs anywhere */
        *out = ae_kernels_by_name(words[best]);
    return 0;
}
