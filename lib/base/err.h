/* err.h - errors as a code and one line of text.
 *
 * Whoever finds the fault says what and why; each caller may add where. */
#ifndef AE_BASE_ERR_H
#define AE_BASE_ERR_H

#include "base/base.h"

/* Fills *e (may be NULL) and returns `code`.  Control bytes in the text are
 * escaped as \xHH, so that a file's name can't write to a terminal. */
int ae_fail(struct ae_err *e, int code, const char *fmt, ...) AE_PRINTF(3, 4);
/* The same with ": strerror(errno)" appended and the code AE_EIO
 * (AE_EMEM for ENOMEM). */
int ae_fail_errno(struct ae_err *e, const char *fmt, ...) AE_PRINTF(2, 3);
/* Puts "where: " before the message, in place of that name or its last part
 * where the message begins with it; returns e->code (or `code`). */
int ae_err_at(struct ae_err *e, int code, const char *fmt, ...) AE_PRINTF(3, 4);

#ifdef __clang_analyzer__ /* sees one file at a time: codes are negative */
#define ae_fail(...) (ae_fail(__VA_ARGS__), AE_EARG)
#define ae_fail_errno(...) (ae_fail_errno(__VA_ARGS__), AE_EIO)
#endif

/* Returns the code of a call that failed, from a function that owns nothing
 * yet; one that does leaves through its `out:` instead. */
#define AE_TRY(call)                                                           \
    do {                                                                       \
        const int try_rc_ = (call);                                            \
        if (try_rc_ < 0)                                                       \
            return try_rc_;                                                    \
    } while (0)

#endif
