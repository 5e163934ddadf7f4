//===- os.h - everything that the runtime asks of the operating system -----===//
//
// One source file per system implements it: os_posix.cpp, os_windows.cpp.
//
//===----------------------------------------------------------------------===//
#ifndef BORN_RUNTIME_OS_H
#define BORN_RUNTIME_OS_H

#include <stddef.h>
#include <stdint.h>

namespace born {

/// What the Vulkan loader is called here; null-terminated.
extern const char *const osVulkanLoaders[];
/// Opens the first library of a null-terminated list that there is; null when
/// there is none. It stays open for the life of the process.
void *osOpenLibrary(const char *const *names);
void *osFindSymbol(void *library, const char *name);

/// An environment variable; null when unset, and in set-user-id programs.
const char *osEnvironment(const char *name);

/// Monotonic time in nanoseconds.
uint64_t osTime();

/// A thread that calls work(data) once. Stays where it is until it is joined.
struct Thread {
  void (*work)(void *);
  void *data;
  uintptr_t handle;
};
/// False when there can be none.
bool osStartThread(Thread &thread);
void osJoinThread(Thread &thread);
/// Sleeps until osWake, unless the word has another value than `expected`
/// already. It may wake without a reason.
void osWait(uint32_t &word, uint32_t expected);
/// Wakes the thread that sleeps on a word.
void osWake(uint32_t &word);
/// Cores that this process may run on: of the threads of one core only one counts.
unsigned osCoreCount();

/// Zeroed memory that starts at a page; null when there is none.
void *osAllocate(uint64_t size);
void osFree(void *memory, uint64_t size);

/// Whether this machine can have a GPU, as far as that is seen without opening
/// a driver.
bool osMayHaveGpu();

unsigned osProcessorCount();

/// A read-only view of a file.
struct FileView {
  const uint8_t *data = nullptr;
  uint64_t size = 0;
};
/// False when the file cannot be read; errno tells why. An empty file has null
/// data. With `privately`, only a regular file of this user that is no symbolic
/// link and that others cannot write is opened.
bool osMapFile(const char *path, bool privately, FileView &view);
void osUnmapFile(FileView &view);

/// Writes a file of one or two parts, whole or not at all (a temporary file, then a rename).
bool osWriteFile(const char *path, const void *data, size_t size, const void *rest = nullptr,
                 size_t restSize = 0);
/// Makes a folder that only this user can read, and its parents.
bool osMakeFolder(const char *path);

/// The path of the shared library that `address` is part of, else of the
/// executable. Its folders are separated by '/'.
bool osModulePath(const void *address, char *path, size_t size);

} // namespace born

#endif // BORN_RUNTIME_OS_H
