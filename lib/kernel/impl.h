/* impl.h - the functions behind the tables, one suffix an ISA.
 *
 * For the files of this folder only; others call through a table. */
#ifndef AE_KERNEL_IMPL_H
#define AE_KERNEL_IMPL_H

#include "kernel/kernel.h"

#define AE_KERNELS_MM(isa)                                                     \
    void ae_mm_##isa(const struct ae_mm *g);                                   \
    void ae_mm_narrow_##isa(const struct ae_mm *g);

#define AE_KERNELS_BF16(isa)                                                   \
    void ae_mm_bf16_##isa(const struct ae_mm *g);                              \
    void ae_halve_##isa(float *out, ptrdiff_t ostep, const float *x,           \
                        ptrdiff_t xstep, int rows, int n);                     \
    void ae_pair_##isa(float *out, ptrdiff_t ostep, const float *x,            \
                       const float *y, ptrdiff_t step, int rows, int n);

#define AE_KERNELS_WINO(isa)                                                   \
    void ae_wino_in_##isa(float *v, ptrdiff_t step, const float *const px[36], \
                          int c);                                              \
    void ae_wino_filter_##isa(float *u, ptrdiff_t step,                        \
                              const float *const tap[9], int c);               \
    void ae_wino_out_##isa(float *const px[16], const float *m,                \
                           ptrdiff_t step, const float *bias, enum ae_act act, \
                           int add, int c);                                    \
    void ae_wino_dout_##isa(float *v, ptrdiff_t step,                          \
                            const float *const px[16], int c);                 \
    void ae_wino_dfilter_##isa(float *const tap[9], const float *u,            \
                               ptrdiff_t step, int c);

#define AE_KERNELS_VEC(isa)                                                    \
    void ae_add_##isa(float *y, const float *x, size_t n);                     \
    void ae_lerp_##isa(float *y, const float *x, float a, size_t n);           \
    void ae_scale_##isa(float *y, float a, size_t n);                          \
    void ae_axpy_##isa(float *y, const float *x, float a, size_t n);           \
    void ae_round_bf16_##isa(float *y, const float *x, size_t n);              \
    void ae_add_bf16_##isa(float *y, const float *x, size_t n);                \
    void ae_pack_bf16_##isa(uint16_t *out, const float *x, size_t n);          \
    void ae_unpack_bf16_##isa(float *out, const uint16_t *x, size_t n);        \
    void ae_act_grad_##isa(enum ae_act act, float *dy, const float *y,         \
                           size_t n);                                          \
    double ae_sumsq_##isa(const float *x, size_t n);                           \
    void ae_adam_##isa(const struct ae_adam *o, float *w, const float *g,      \
                       float *m, float *v, size_t n);

#define AE_KERNELS_PIX(isa)                                                    \
    void ae_from_u8_##isa(float *out, const uint8_t *in, float maxval,         \
                          size_t n);                                           \
    void ae_from_u16_##isa(float *out, const uint16_t *in, float maxval,       \
                           size_t n);                                          \
    void ae_to_u8_##isa(uint8_t *out, const float *in, float maxval,           \
                        size_t n);                                             \
    void ae_to_u16_##isa(uint16_t *out, const float *in, float maxval,         \
                         size_t n);

AE_KERNELS_MM(c)
AE_KERNELS_BF16(c)
AE_KERNELS_WINO(c)
AE_KERNELS_VEC(c)
AE_KERNELS_PIX(c)
#if defined(__x86_64__)
AE_KERNELS_MM(avx2)
AE_KERNELS_WINO(avx2)
AE_KERNELS_VEC(avx2)
AE_KERNELS_MM(avx512)
AE_KERNELS_WINO(avx512)
AE_KERNELS_VEC(avx512)
AE_KERNELS_BF16(avx512bf16)
#elif defined(__aarch64__)
AE_KERNELS_MM(neon)
AE_KERNELS_WINO(neon)
#endif

#endif
