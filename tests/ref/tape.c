/* tape.c - see tape.h. */
#include "tape.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct op {
    double v, g, da, db;
    int a, b;
};

static struct op *ops;
static int count, room;

void tape_reset(void)
{
    count = 0;
}

static val push(double v, int a, double da, int b, double db)
{
    if (count == room) {
        room = room ? 2 * room : 1 << 16;
        ops = realloc(ops, (size_t)room * sizeof(*ops));
        if (!ops) {
            fprintf(stderr, "tape: out of memory\n");
            exit(1);
        }
    }
    ops[count] = (struct op){v, 0, da, db, a, b};
    return count++;
}

val t_const(double v)
{
    return push(v, -1, 0, -1, 0);
}
double t_value(val a)
{
    return ops[a].v;
}
double t_grad(val a)
{
    return ops[a].g;
}

void tape_back(val last)
{
    for (int i = 0; i < count; i++)
        ops[i].g = 0;
    ops[last].g = 1;
    for (int i = last; i >= 0; i--) {
        if (ops[i].a >= 0)
            ops[ops[i].a].g += ops[i].g * ops[i].da;
        if (ops[i].b >= 0)
            ops[ops[i].b].g += ops[i].g * ops[i].db;
    }
}

val t_add(val a, val b)
{
    return push(ops[a].v + ops[b].v, a, 1, b, 1);
}
val t_sub(val a, val b)
{
    return push(ops[a].v - ops[b].v, a, 1, b, -1);
}
val t_mul(val a, val b)
{
    return push(ops[a].v * ops[b].v, a, ops[b].v, b, ops[a].v);
}
val t_div(val a, val b)
{
    double q = ops[a].v / ops[b].v;

    return push(q, a, 1 / ops[b].v, b, -q / ops[b].v);
}
val t_scale(val a, double by)
{
    return push(ops[a].v * by, a, by, -1, 0);
}
val t_fn(val a, double value, double slope)
{
    return push(value, a, slope, -1, 0);
}
val t_exp(val a)
{
    return t_fn(a, exp(ops[a].v), exp(ops[a].v));
}
val t_log(val a)
{
    return t_fn(a, log(ops[a].v), 1 / ops[a].v);
}
val t_sqrt(val a)
{
    return t_fn(a, sqrt(ops[a].v), 0.5 / sqrt(ops[a].v));
}
