/* act_simd.h - activations of a vector, for any width.
 *
 * Included after an instruction set's simd_ISA.h.  exp is 2^n e^r with
 * |r| <= ln 2 / 2, and e^r its series to r^7, whose remainder is below half an
 * ulp; arguments are clamped to -87..88, where nothing over- or underflows.
 * NaN stays NaN. */
#ifndef AE_KERNEL_ACT_SIMD_H
#define AE_KERNEL_ACT_SIMD_H

static inline V vexp(V x)
{
    V n, r, y;

    x = vmax(splat1(-87.0f), vmin(splat1(88.0f), x));
    n = vround(vmul(x, splat1(1.44269504f)));
    r = fnmadd(n, splat1(0.693145752f), x); /* ln 2 in two parts */
    r = fnmadd(n, splat1(1.42860677e-6f), r);
    y = fmadd(splat1(1.0f / 5040), r, splat1(1.0f / 720));
    y = fmadd(y, r, splat1(1.0f / 120));
    y = fmadd(y, r, splat1(1.0f / 24));
    y = fmadd(y, r, splat1(1.0f / 6));
    y = fmadd(y, r, splat1(0.5f));
    y = fmadd(y, r, splat1(1.0f));
    y = fmadd(y, r, splat1(1.0f));
    return vscale2(y, n);
}

static inline V vrelu(V x)
{
    return vmax(zero(), x); /* in this order NaN stays NaN */
}

static inline V vlrelu(V x)
{
    return vless(x, zero(), vmul(x, splat1(AE_LRELU_SLOPE)), x);
}

static inline V vsigmoid(V x)
{
    const V one = splat1(1.0f);
    return vdiv(one, vadd(one, vexp(vsub(zero(), x))));
}

/* (1 - e) / (1 + e) with e = exp(-2 |x|); near 0, where 1 - e loses digits,
 * the continued fraction x / (1 + z / (3 + z / (5 + z / (7 + z / 9)))). */
static inline V vtanh(V x)
{
    const V one = splat1(1.0f), a = vabs(x), z = vmul(x, x);
    const V e = vexp(vmul(a, splat1(-2.0f)));
    const V far = vcopysign(vdiv(vsub(one, e), vadd(one, e)), x);
    V d = fmadd(z, splat1(1.0f / 9), splat1(7.0f));

    d = vadd(splat1(5.0f), vdiv(z, d));
    d = vadd(splat1(3.0f), vdiv(z, d));
    d = vadd(one, vdiv(z, d));
    return vless(a, splat1(0.625f), vdiv(x, d), far);
}

#endif
