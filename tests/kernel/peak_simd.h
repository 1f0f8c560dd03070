/* peak_simd.h - twelve independent chains: enough for a latency of 4 cycles
 * and two units (or 5 and two), few enough for 16 registers. */
static double peak(long rounds)
{
    volatile float near_one = 0.999f, little = 1e-3f;
    const V x = splat1(near_one), y = splat1(little);
    float out[W];

    /* Read anew each time: equal chains would be computed once. */
#define START splat1(little)
    V a0 = START, a1 = START, a2 = START, a3 = START, a4 = START, a5 = START;
    V a6 = START, a7 = START, a8 = START, a9 = START, a10 = START;
    V a11 = START;

    for (long i = 0; i < rounds; i++) {
        a0 = fmadd(a0, x, y);
        a1 = fmadd(a1, x, y);
        a2 = fmadd(a2, x, y);
        a3 = fmadd(a3, x, y);
        a4 = fmadd(a4, x, y);
        a5 = fmadd(a5, x, y);
        a6 = fmadd(a6, x, y);
        a7 = fmadd(a7, x, y);
        a8 = fmadd(a8, x, y);
        a9 = fmadd(a9, x, y);
        a10 = fmadd(a10, x, y);
        a11 = fmadd(a11, x, y);
    }
    a0 = vadd(vadd(vadd(a0, a1), vadd(a2, a3)), vadd(a4, a5));
    a6 = vadd(vadd(vadd(a6, a7), vadd(a8, a9)), vadd(a10, a11));
    store(out, vadd(a0, a6));
    little = out[0];                     /* so that nothing is dead */
    return 12.0 * 2 * W * (double)rounds;
}
