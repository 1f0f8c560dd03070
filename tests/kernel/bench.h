/* bench.h - prints the rates of one table at one number of threads. */
#ifndef AE_TESTS_BENCH_H
#define AE_TESTS_BENCH_H

void bench(const char *isa, int threads);

#endif
