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

/// Calls work(data) on up to `threads` threads, this one included, and returns
/// when all calls have. Fewer threads are not an error.
void osParallel(unsigned threads, void (*work)(void *), void *data);
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

/// Writes a file whole or not at all (a temporary file, then a rename).
bool osWriteFile(const char *path, const void *data, size_t size);
/// Makes a folder that only this user can read, and its parents.
bool osMakeFolder(const char *path);

/// The path of the shared library that `address` is part of, else of the
/// executable. Its folders are separated by '/'.
bool osModulePath(const void *address, char *path, size_t size);

} // namespace born

#endif // BORN_RUNTIME_OS_H
