/* cpu.c - which instruction sets the processor has and the system supports.
 *
 * A feature counts only when the system keeps its registers over a switch of
 * threads (XCR0), which a virtual machine may not. */
#include "kernel/kernel.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <stdint.h>

/* XCR0: 2 SSE, 4 AVX, 0xe0 the three parts of AVX-512 */
static uint64_t saved_state(void)
{
    uint32_t lo, hi;

    __asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
    return (uint64_t)hi << 32 | lo;
}

static int is_amd(void)
{
    unsigned a, b, c, d;

    return __get_cpuid(0, &a, &b, &c, &d) && b == signature_AMD_ebx &&
           c == signature_AMD_ecx && d == signature_AMD_edx;
}

unsigned ae_cpu_features(void)
{
    unsigned a, b, c, d, found = 0;
    const unsigned fma = 1u << 12, osxsave = 1u << 27, avx = 1u << 28,
                   f16c = 1u << 29, need = fma | osxsave | avx | f16c;

    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & need) != need)
        return 0;
    uint64_t saved = saved_state();
    if ((saved & 6) != 6 || !__get_cpuid_count(7, 0, &a, &b, &c, &d))
        return 0;
    const unsigned avx2 = 1u << 5;
    const unsigned f_dq_bw_vl = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31;
    if (b & avx2)
        found |= AE_CPU_AVX2;
    if (found && (b & f_dq_bw_vl) == f_dq_bw_vl && (saved & 0xe0) == 0xe0)
        found |= AE_CPU_AVX512;
    const unsigned bf16 = 1u << 5;
    if (found & AE_CPU_AVX512 && __get_cpuid_count(7, 1, &a, &b, &c, &d) &&
        a & bf16)
        found |= AE_CPU_AVX512_BF16 | (is_amd() ? AE_CPU_FAST_BF16 : 0);
    return found;
}

#elif defined(__aarch64__)

/* Part of the base: where it lacks, floats can't be passed to a function. */
unsigned ae_cpu_features(void)
{
    return AE_CPU_NEON;
}

#else

unsigned ae_cpu_features(void)
{
    return 0;
}

#endif
