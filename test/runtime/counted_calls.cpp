//===- counted_calls.cpp - what the runtime asks of the C library ----------===//
//
// Functions that the linker takes before those of the C library. Sanitizers do
// the same, so this is for tests without them.
//
//===----------------------------------------------------------------------===//

#include "test/runtime/counted_calls.h"

#include <cerrno>
#include <cstddef>
#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace test;

CountedCalls test::calls = {};

/// Counts; true when the call has to fail.
static bool count(long &calls, long &fail) {
  __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
  return __atomic_load_n(&fail, __ATOMIC_RELAXED) > 0 &&
         __atomic_sub_fetch(&fail, 1, __ATOMIC_RELAXED) == 0;
}

static void *allocated(void *memory) {
  if (memory)
    __atomic_add_fetch(&calls.live, 1, __ATOMIC_RELAXED);
  return memory;
}

static void *refuse() {
  errno = ENOMEM;
  return nullptr;
}

extern "C" {

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void __libc_free(void *);

void *malloc(size_t size) {
  return count(calls.allocations, calls.failAllocation) ? refuse() : allocated(__libc_malloc(size));
}

void *calloc(size_t n, size_t size) {
  return count(calls.allocations, calls.failAllocation) ? refuse()
                                                        : allocated(__libc_calloc(n, size));
}

void *realloc(void *old, size_t size) {
  if (count(calls.allocations, calls.failAllocation))
    return refuse();
  return old ? __libc_realloc(old, size) : allocated(__libc_realloc(old, size));
}

void free(void *memory) {
  if (memory)
    __atomic_sub_fetch(&calls.live, 1, __ATOMIC_RELAXED);
  __libc_free(memory);
}

void *mmap(void *address, size_t size, int protection, int flags, int file, off_t offset) {
  if (count(calls.allocations, calls.failAllocation)) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  long result = syscall(SYS_mmap, address, size, protection, flags, file, offset);
  if (result != -1)
    __atomic_add_fetch(&calls.live, 1, __ATOMIC_RELAXED);
  return reinterpret_cast<void *>(result);
}

int munmap(void *address, size_t size) {
  __atomic_sub_fetch(&calls.live, 1, __ATOMIC_RELAXED);
  return static_cast<int>(syscall(SYS_munmap, address, size));
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *argument) {
  if (count(calls.threads, calls.failThread))
    return EAGAIN;
  using Function = int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  static auto next = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "pthread_create"));
  return next(thread, attributes, start, argument);
}

int pthread_mutex_lock(pthread_mutex_t *mutex) {
  __atomic_add_fetch(&calls.locks, 1, __ATOMIC_RELAXED);
  using Function = int (*)(pthread_mutex_t *);
  static auto next = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  return next(mutex);
}

void *dlopen(const char *name, int flags) {
  __atomic_add_fetch(&calls.libraries, 1, __ATOMIC_RELAXED);
  using Function = void *(*)(const char *, int);
  static auto next = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "dlopen"));
  return next(name, flags);
}
}
