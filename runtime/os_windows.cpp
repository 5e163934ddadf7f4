//===- os_windows.cpp - the operating system is Windows --------------------===//
//
// Takes the place of os_posix.cpp. Compiled and linked by mingw-w64. Paths are
// in the program's code page, as the C library gives them to main.
//
//===----------------------------------------------------------------------===//

#include "runtime/os.h"
#include "runtime/support.h"

#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <windows.h>

#include <errno.h>

using namespace born;

/// errno tells why, as on other systems.
static void setError(DWORD error) {
  switch (error) {
  case ERROR_FILE_NOT_FOUND:
  case ERROR_PATH_NOT_FOUND:
  case ERROR_INVALID_NAME:
    errno = ENOENT;
    break;
  case ERROR_ACCESS_DENIED:
  case ERROR_SHARING_VIOLATION:
    errno = EACCES;
    break;
  case ERROR_DISK_FULL:
  case ERROR_HANDLE_DISK_FULL:
    errno = ENOSPC;
    break;
  case ERROR_NOT_ENOUGH_MEMORY:
    errno = ENOMEM;
    break;
  default:
    errno = EIO;
  }
}

const char *const born::osVulkanLoaders[] = {"vulkan-1.dll", nullptr};

void *born::osOpenLibrary(const char *const *names) {
  for (; *names; ++names)
    if (HMODULE library = LoadLibraryA(*names))
      return reinterpret_cast<void *>(library);
  return nullptr;
}

void *born::osFindSymbol(void *library, const char *name) {
  return reinterpret_cast<void *>(GetProcAddress(reinterpret_cast<HMODULE>(library), name));
}

const char *born::osEnvironment(const char *name) { return getenv(name); }

uint64_t born::osTime() {
  LARGE_INTEGER ticks, frequency;
  QueryPerformanceCounter(&ticks);
  QueryPerformanceFrequency(&frequency);
  uint64_t count = static_cast<uint64_t>(ticks.QuadPart);
  uint64_t rate = static_cast<uint64_t>(frequency.QuadPart);
  return count / rate * 1000000000u + count % rate * 1000000000u / rate;
}

static DWORD WINAPI runThread(void *argument) {
  Thread &thread = *static_cast<Thread *>(argument);
  thread.work(thread.data);
  return 0;
}

bool born::osStartThread(Thread &thread) {
  HANDLE handle = CreateThread(nullptr, 0, runThread, &thread, 0, nullptr);
  thread.handle = reinterpret_cast<uintptr_t>(handle);
  return handle != nullptr;
}

void born::osJoinThread(Thread &thread) {
  HANDLE handle = reinterpret_cast<HANDLE>(thread.handle);
  WaitForSingleObject(handle, INFINITE);
  CloseHandle(handle);
}

// WaitOnAddress would need another import library; this is the same with one
// queue for all words.
static SRWLOCK waitLock = SRWLOCK_INIT;
static CONDITION_VARIABLE waitQueue = CONDITION_VARIABLE_INIT;

void born::osWait(uint32_t &word, uint32_t expected) {
  AcquireSRWLockExclusive(&waitLock);
  if (__atomic_load_n(&word, __ATOMIC_SEQ_CST) == expected)
    SleepConditionVariableSRW(&waitQueue, &waitLock, INFINITE, 0);
  ReleaseSRWLockExclusive(&waitLock);
}

void born::osWake(uint32_t &) {
  AcquireSRWLockExclusive(&waitLock); // not between a sleeper's look at the word and its sleep
  ReleaseSRWLockExclusive(&waitLock);
  WakeAllConditionVariable(&waitQueue);
}

unsigned born::osCoreCount() {
  SYSTEM_LOGICAL_PROCESSOR_INFORMATION cores[512];
  DWORD size = sizeof cores;
  DWORD_PTR mine = 0, all = 0;
  if (!GetLogicalProcessorInformation(cores, &size) ||
      !GetProcessAffinityMask(GetCurrentProcess(), &mine, &all))
    return osProcessorCount();
  unsigned count = 0;
  for (DWORD i = 0; i < size / sizeof cores[0]; ++i)
    count += cores[i].Relationship == RelationProcessorCore && (cores[i].ProcessorMask & mine);
  return max(count, 1u);
}

void *born::osAllocate(uint64_t size) {
  return VirtualAlloc(nullptr, size, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
}

void born::osFree(void *memory, uint64_t) {
  if (memory)
    VirtualFree(memory, 0, MEM_RELEASE);
}

bool born::osMayHaveGpu() { return true; }

unsigned born::osProcessorCount() {
  SYSTEM_INFO info;
  GetSystemInfo(&info);
  return info.dwNumberOfProcessors > 0 ? info.dwNumberOfProcessors : 1;
}

bool born::osMapFile(const char *path, bool, FileView &view) {
  view = FileView();
  HANDLE file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, nullptr, OPEN_EXISTING,
                            FILE_ATTRIBUTE_NORMAL, nullptr);
  if (file == INVALID_HANDLE_VALUE) {
    setError(GetLastError());
    return false;
  }
  LARGE_INTEGER size;
  bool good = GetFileType(file) == FILE_TYPE_DISK && GetFileSizeEx(file, &size);
  if (good && size.QuadPart > 0) {
    HANDLE mapping = CreateFileMappingA(file, nullptr, PAGE_READONLY, 0, 0, nullptr);
    void *data = mapping ? MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0) : nullptr;
    good = data != nullptr;
    if (good) {
      view.data = static_cast<const uint8_t *>(data);
      view.size = static_cast<uint64_t>(size.QuadPart);
    }
    DWORD error = GetLastError();
    if (mapping)
      CloseHandle(mapping);
    SetLastError(error);
  }
  if (!good)
    setError(GetLastError());
  CloseHandle(file);
  return good;
}

void born::osUnmapFile(FileView &view) {
  if (view.data)
    UnmapViewOfFile(view.data);
  view = FileView();
}

static bool writeAll(HANDLE file, const uint8_t *bytes, size_t size) {
  while (size > 0) {
    DWORD part = static_cast<DWORD>(min(size, static_cast<size_t>(1) << 30)), written = 0;
    if (!WriteFile(file, bytes, part, &written, nullptr) || written == 0)
      return false;
    bytes += written;
    size -= written;
  }
  return true;
}

bool born::osWriteFile(const char *path, const void *data, size_t size, const void *rest,
                       size_t restSize) {
  static unsigned counter; // unique among the threads of this process
  char temporary[MAX_PATH];
  if (strlen(path) + 40 > sizeof temporary) {
    errno = ENAMETOOLONG;
    return false;
  }
  format(temporary, sizeof temporary, "%s.%lu-%u.tmp", path, GetCurrentProcessId(),
         __atomic_fetch_add(&counter, 1, __ATOMIC_RELAXED));
  HANDLE file =
      CreateFileA(temporary, GENERIC_WRITE, 0, nullptr, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, nullptr);
  if (file == INVALID_HANDLE_VALUE) {
    setError(GetLastError());
    return false;
  }
  bool good = writeAll(file, static_cast<const uint8_t *>(data), size) &&
              writeAll(file, static_cast<const uint8_t *>(rest), restSize);
  DWORD error = GetLastError();
  CloseHandle(file);
  if (good) {
    good = MoveFileExA(temporary, path, MOVEFILE_REPLACE_EXISTING);
    error = GetLastError();
  }
  if (!good) {
    DeleteFileA(temporary);
    setError(error);
  }
  return good;
}

bool born::osMakeFolder(const char *path) {
  char part[MAX_PATH];
  size_t length = strlen(path);
  if (length == 0 || length >= sizeof part) {
    errno = length ? ENAMETOOLONG : ENOENT;
    return false;
  }
  memcpy(part, path, length + 1);
  for (size_t i = 1; i <= length; ++i) {
    char end = part[i];
    if ((end != '/' && end != '\\' && end != 0) || part[i - 1] == ':')
      continue;
    part[i] = 0;
    if (!CreateDirectoryA(part, nullptr) && GetLastError() != ERROR_ALREADY_EXISTS) {
      setError(GetLastError());
      return false;
    }
    part[i] = end;
  }
  DWORD attributes = GetFileAttributesA(path);
  if (attributes == INVALID_FILE_ATTRIBUTES || !(attributes & FILE_ATTRIBUTE_DIRECTORY)) {
    errno = ENOTDIR;
    return false;
  }
  return true;
}

bool born::osModulePath(const void *address, char *path, size_t size) {
  HMODULE module = nullptr;
  const DWORD flags =
      GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
  if (!GetModuleHandleExA(flags, static_cast<const char *>(address), &module))
    return false;
  DWORD length = GetModuleFileNameA(module, path, static_cast<DWORD>(size));
  if (length == 0 || length >= size)
    return false;
  for (char *c = path; *c; ++c)
    if (*c == '\\')
      *c = '/';
  return true;
}
