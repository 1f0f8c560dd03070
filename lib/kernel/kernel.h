/* kernel.h - the contract of every inner loop.
 *
 * There is a table of functions for each instruction set (ISA): plain C, which
 * is the reference, and what the ISA does better.  Tables are const; a context
 * points to one.  Unless said otherwise, pointers need no alignment, nothing is
 * read or written outside what is named, and arguments don't overlap. */
#ifndef AE_KERNEL_KERNEL_H
#define AE_KERNEL_KERNEL_H

#include <math.h>

#include "base/base.h"

/* Fused activations: those whose derivative is a function of the output. */
enum ae_act {
    AE_ACT_NONE,
    AE_ACT_RELU,
    AE_ACT_LRELU,
    AE_ACT_SIGMOID,
    AE_ACT_TANH
};
#define AE_LRELU_SLOPE 0.01f

/* Their values; those of the vector kernels differ by a few ulp at most.  NaN
 * stays NaN. */
static inline float ae_activate(enum ae_act act, float x)
{
    switch (act) {
    case AE_ACT_NONE:
        break;
    case AE_ACT_RELU:
        return x < 0 ? 0 : x;
    case AE_ACT_LRELU:
        return x < 0 ? x * AE_LRELU_SLOPE : x;
    case AE_ACT_SIGMOID:
        return 1 / (1 + expf(-x));
    case AE_ACT_TANH:
        return tanhf(x);
    }
    return x;
}

/* The one product.  For i in 0..m-1, j in 0..n-1:
 *   c[i*ldc + j] = act(start + sum_s sum_k a[s][i*ars + k*aks] * b[s][k][j])
 * s over `segments` in order, then k in order, one fused multiply-add each,
 * so that an element depends on its own row and column only.  `start`
 * is bias[j] (bias NULL: 0), or with `add` the old c[i*ldc + j].
 *
 * Forward convolution: segments = filter rows, ars = pixel stride times
 * stride, aks = 1, b = packed panels.  Weight gradient: segments = image
 * rows, ars = 1, aks = pixel stride, b = rows of dy as they lie (bpanel = nr,
 * ldb = dy's pixel stride).  In general column j = p * nr + q of row k
 * is b[s][p * bpanel + k * ldb + q]. */
struct ae_mm {
    int m, n, k, segments;
    const float *const *a; /* [segments] */
    ptrdiff_t ars, aks;
    const float *const *b; /* [segments] */
    ptrdiff_t bpanel, ldb;
    float *c;
    ptrdiff_t ldc;
    const float *bias;
    enum ae_act act;
    int add;
};

enum { AE_NARROW = 4 };

/* One step of Adam over flat blocks. */
struct ae_adam {
    float lr, beta1, beta2, eps, decay, scale; /* scale: of the gradient */
    float c1, c2;                              /* 1 / (1 - beta^t) */
};

struct ae_kernels {
    const char *name; /* "c", "neon", "avx2", "avx512"... */
    int nr;           /* columns of a packed panel */
    void (*mm)(const struct ae_mm *);
    /* The product with few columns, n in 1..AE_NARROW.  Lanes go along k, a
     * multiple of 16, and are summed last, in an order that depends on the
     * ISA.  aks is 1; bpanel and ldb are ignored: column j of row k is
     * b[s][(k / 16 * n + j) * 16 + k % 16]. */
    void (*mm_narrow)(const struct ae_mm *);
    /* The product with operands in bfloat16 and sums in float.  An element of
     * a and b is a pair that takes the room of a float, with the even k in its
     * low half; k, ars, aks, bpanel and ldb count pairs.  The high halves'
     * product is added first, then the low ones'; each is exact, and each sum
     * is rounded (as VDPBF16PS does; subnormals may count as zero).  This and
     * the two functions below are NULL where the ISA has no such instruction;
     * plain C has all three. */
    void (*mm_bf16)(const struct ae_mm *);
    /* Rows of n pairs, rounded to nearest even, subnormals to zero:
     *   halve   out[i] = x[2 i], x[2 i + 1]
     *   pair    out[i] = x[i], y[i] */
    void (*halve)(float *out, ptrdiff_t ostep, const float *x, ptrdiff_t xstep,
                  int rows, int n);
    void (*pair)(float *out, ptrdiff_t ostep, const float *x, const float *y,
                 ptrdiff_t step, int rows, int n);
    /* The transforms of Winograd's minimal filtering F(4x4, 3x3) (Winograd
     * 1980; Lavin and Gray 2016): a 6 x 6 patch and a filter of 9 taps become
     * 36 values each, whose products, summed over channels, become 4 x 4
     * outputs.  c channels, a multiple of 16; pixels and taps by pointer, row
     * by row; transformed values lie `step` floats apart. */
    void (*wino_in)(float *v, ptrdiff_t step, const float *const px[36], int c);
    void (*wino_filter)(float *u, ptrdiff_t step, const float *const tap[9],
                        int c);
    /* px[i] = act(start + ...), with start as in mm and act none, relu or
     * lrelu; px[i] NULL: not wanted. */
    void (*wino_out)(float *const px[16], const float *m, ptrdiff_t step,
                     const float *bias, enum ae_act act, int add, int c);
    /* The adjoints of wino_out and of wino_filter; the second adds. */
    void (*wino_dout)(float *v, ptrdiff_t step, const float *const px[16],
                      int c);
    void (*wino_dfilter)(float *const tap[9], const float *u, ptrdiff_t step,
                         int c);
    /* y += x; y = (1-a) y + a x; y *= a; y += a x */
    void (*add)(float *y, const float *x, size_t n);
    void (*lerp)(float *y, const float *x, float a, size_t n);
    void (*scale)(float *y, float a, size_t n);
    void (*axpy)(float *y, const float *x, float a, size_t n);
    /* Rounded to bfloat16, as by halve: y = x; y = y + x, with x rounded
     * before.  Of numbers that are bfloat16 pack keeps the two bytes that say
     * all, and unpack brings them back. */
    void (*round_bf16)(float *y, const float *x, size_t n);
    void (*add_bf16)(float *y, const float *x, size_t n);
    void (*pack_bf16)(uint16_t *out, const float *x, size_t n);
    void (*unpack_bf16)(float *out, const uint16_t *x, size_t n);
    /* dy *= derivative of act at output y */
    void (*act_grad)(enum ae_act act, float *dy, const float *y, size_t n);
    /* sum of squares in double, lanes fixed: the same for every ISA to
     * rounding, the same for every run of one ISA */
    double (*sumsq)(const float *x, size_t n);
    /* w, m, v from gradient g; decay is decoupled (AdamW). */
    void (*adam)(const struct ae_adam *, float *w, const float *g, float *m,
                 float *v, size_t n);
    /* u8/u16 <-> float: out = in / maxval; out = round(clip(in) * maxval) */
    void (*from_u8)(float *out, const uint8_t *in, float maxval, size_t n);
    void (*from_u16)(float *out, const uint16_t *in, float maxval, size_t n);
    void (*to_u8)(uint8_t *out, const float *in, float maxval, size_t n);
    void (*to_u16)(uint16_t *out, const float *in, float maxval, size_t n);
};

/* The best table that this CPU runs, or with AE_CPU=c|neon|avx2|avx512|
 * avx512bf16 none better than that one; another word is AE_EARG. */
int ae_kernels_get(const struct ae_kernels **out, struct ae_err *e);
/* Where a table of that name stands from the least to the best, and the name;
 * -1: there is none. */
int ae_kernels_order(const char *name);
const char *ae_kernels_word(int order);
/* One table by name, NULL when this CPU can't run it (tests, bench). */
const struct ae_kernels *ae_kernels_by_name(const char *name);

/* cpu.c: what this processor can run, a set of these.  Registers that the
 * system doesn't save over a switch of threads don't count. */
enum {
    AE_CPU_AVX2 = 1,        /* with FMA and F16C */
    AE_CPU_AVX512 = 2,      /* F, DQ, BW and VL; AE_CPU_AVX2 is set too */
    AE_CPU_NEON = 4,        /* Advanced SIMD of AArch64 */
    AE_CPU_AVX512_BF16 = 8, /* AE_CPU_AVX512 is set too */
    /* AE_CPU_AVX512_BF16 is set too, and its products are faster than those of
     * floats: twice on AMD's Zen 5; on an Intel Xeon (Emerald Rapids) they take
     * 2.2 times as long. */
    AE_CPU_FAST_BF16 = 16
};
unsigned ae_cpu_features(void);

#endif
