/* ae_ranks.h - one model that several processes train together.
 *
 * They are started by mpirun or srun, of a library that was built with MPI, and
 * each calls ae_train() with the same options; that is what training takes the
 * whole of MPI_COMM_WORLD for.  The conventions of ae.h hold. */
#ifndef AE_RANKS_H
#define AE_RANKS_H

#include "ae.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Joins those that were started together; to be called before a context is
 * made.  Returns 1 for them, be it one, else 0: then this is rank 0 of 1, as in
 * a library that was built without MPI. */
AE_API int ae_ranks_join(int *rank, int *ranks, struct ae_err *e);
/* After the last use of the library; all leave together.  Does nothing where
 * none has joined. */
AE_API void ae_ranks_leave(void);

#ifdef __cplusplus
}
#endif
#endif
