//===- counted_calls.h - what the runtime asks of the C library ------------===//
#ifndef BORN_TEST_RUNTIME_COUNTED_CALLS_H
#define BORN_TEST_RUNTIME_COUNTED_CALLS_H

namespace test {

/// Calls of this process since it started, and what to let fail.
struct CountedCalls {
  long allocations;                ///< malloc, calloc, realloc, mmap
  long live;                       ///< allocations that were not freed
  long threads;                    ///< pthread_create
  long locks;                      ///< pthread_mutex_lock
  long libraries;                  ///< dlopen
  long failAllocation, failThread; ///< counted down; the call that makes it 0 fails
};
extern CountedCalls calls;

} // namespace test

#endif // BORN_TEST_RUNTIME_COUNTED_CALLS_H
