/* cpu.h - what this processor, and the system on it, can run. */
#ifndef AE_KERNEL_CPU_H
#define AE_KERNEL_CPU_H

enum {
    AE_CPU_AVX2 = 1,       /* with FMA and F16C */
    AE_CPU_AVX512 = 2,     /* F, DQ, BW and VL; AE_CPU_AVX2 is set too */
    AE_CPU_NEON = 4,       /* Advanced SIMD of AArch64 */
    AE_CPU_AVX512_BF16 = 8 /* AE_CPU_AVX512 is set too */
};

/* A set of AE_CPU_*; registers that the system doesn't save don't count. */
unsigned ae_cpu_features(void);

#endif
