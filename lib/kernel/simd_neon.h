/* simd_neon.h - vectors of 4 floats, and functions of them.
 *
 * There are no masks: a part of a vector is loaded and stored float by float,
 * so that nothing after it is touched. */
#ifndef AE_KERNEL_SIMD_NEON_H
#define AE_KERNEL_SIMD_NEON_H

#include <arm_neon.h>

#define V float32x4_t
#define MASK int /* how many of the lanes, 1..4 */
#define W 4
#define zero() vdupq_n_f32(0)
#define splat1(x) vdupq_n_f32(x)
#define load(p) vld1q_f32(p)
#define store(p, v) vst1q_f32(p, v)
#define mask_of(n) (n)
/* A float stays a scalar: the multiplication takes it from its lane. */
#define SPLAT float
#define splat(p) (*(p))
#define fmadd_splat(x, b, c) vfmaq_n_f32(c, b, x)
#define fmadd(a, b, c) vfmaq_f32(c, a, b)
#define fnmadd(a, b, c) vfmsq_f32(c, a, b)
#define vadd vaddq_f32
#define vsub vsubq_f32
#define vmul vmulq_f32
#define vdiv vdivq_f32
#define vmin vminq_f32
#define vmax vmaxq_f32
#define vabs vabsq_f32
#define vround vrndnq_f32
/* a < b ? y : n, lane by lane; the sign of s put on x */
#define vless(a, b, y, n) vbslq_f32(vcltq_f32(a, b), y, n)
#define vcopysign(x, s) vbslq_f32(vdupq_n_u32(0x80000000u), s, x)

/* Lane i is the sum of v[i]'s lanes. */
static inline V vsums(const V v[W], int n)
{
    (void)n;
    return vpaddq_f32(vpaddq_f32(v[0], v[1]), vpaddq_f32(v[2], v[3]));
}

static inline V masked_load(const float *p, MASK n)
{
    V v = zero();

    if (n == 4)
        return load(p);
    v = vsetq_lane_f32(p[0], v, 0);
    if (n > 1)
        v = vsetq_lane_f32(p[1], v, 1);
    if (n > 2)
        v = vsetq_lane_f32(p[2], v, 2);
    return v;
}

static inline void masked_store(float *p, MASK n, V v)
{
    if (n == 4) {
        store(p, v);
        return;
    }
    p[0] = vgetq_lane_f32(v, 0);
    if (n > 1)
        p[1] = vgetq_lane_f32(v, 1);
    if (n > 2)
        p[2] = vgetq_lane_f32(v, 2);
}

/* x * 2^n for whole n in -126..127 */
static inline V vscale2(V x, V n)
{
    const int32x4_t bits = vshlq_n_s32(
        vaddq_s32(vcvtq_s32_f32(n), vdupq_n_s32(127)), 23);
    return vmul(x, vreinterpretq_f32_s32(bits));
}

#endif
