/* tape.h - reverse-mode differentiation of scalars in double precision: the
 * oracle's only gradient rule.  A value is an index on the tape. */
#ifndef TEST_TAPE_H
#define TEST_TAPE_H

typedef int val;

void tape_reset(void);
val t_const(double v);
double t_value(val a);
/* d(last)/da after tape_back(last). */
double t_grad(val a);
void tape_back(val last);
val t_add(val a, val b);
val t_sub(val a, val b);
val t_mul(val a, val b);
val t_div(val a, val b);
val t_scale(val a, double by);
/* f(a) with its slope. */
val t_fn(val a, double value, double slope);
val t_exp(val a);
val t_log(val a);
val t_sqrt(val a);

#endif
