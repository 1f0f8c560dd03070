/* peak_simd.h - independent chains of fused multiply-adds, CHAINS of them: at
 * least a unit's latency times the units, at most what the registers hold. */
static double peak(long rounds)
{
    volatile float near_one = 0.999f, little = 1e-3f;
    const V x = splat1(near_one), y = splat1(little);
    V a[CHAINS], sum = zero();
    float out[W];

    for (int c = 0; c < CHAINS; c++)
        /* read anew: equal chains would be computed once */
        a[c] = splat1(little);
    for (long i = 0; i < rounds; i++) {
#pragma GCC unroll 32
        for (int c = 0; c < CHAINS; c++)
            a[c] = fmadd(a[c], x, y);
    }
    for (int c = 0; c < CHAINS; c++)
        sum = vadd(sum, a[c]);
    store(out, sum);
    little = out[0]; /* so that nothing is dead */
    return 2.0 * CHAINS * W * (double)rounds;
}
