/* side.h - side.c: tasks for other threads, done in the order in which they are
 * put. */
#ifndef AE_CMD_SIDE_H
#define AE_CMD_SIDE_H

enum { CMD_SIDE_THREADS = 32 };
enum cmd_task_state {
    CMD_TASK_NONE,
    CMD_TASK_WAITS,
    CMD_TASK_BEGUN,
    CMD_TASK_DONE
};
struct cmd_task { /* all zeros: never put */
    void (*fn)(void *arg);
    void *arg;
    enum cmd_task_state state;
    struct cmd_task *next;
};
/* How many threads there are, which is fewer where a limit allows no more. */
int cmd_side_start(int threads);
/* After all tasks. */
void cmd_side_stop(void);
void cmd_side_put(struct cmd_task *t, void (*fn)(void *arg), void *arg);
/* Returns when it is done; at once where it was never put. */
void cmd_side_wait(struct cmd_task *t);

#endif
