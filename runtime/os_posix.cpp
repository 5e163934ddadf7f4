//===- os_posix.cpp - the operating system is POSIX ------------------------===//

#include "runtime/os.h"
#include "runtime/support.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

using namespace born;

const char *const born::osVulkanLoaders[] = {"libvulkan.so.1", "libvulkan.so", "libvulkan.dylib",
                                             nullptr};

void *born::osOpenLibrary(const char *const *names) {
  // Never closed: drivers start threads and register exit handlers, and more
  // than one has crashed when it was unloaded.
  for (; *names; ++names)
    if (void *library = dlopen(*names, RTLD_NOW | RTLD_LOCAL))
      return library;
  return nullptr;
}

void *born::osFindSymbol(void *library, const char *name) { return dlsym(library, name); }

const char *born::osEnvironment(const char *name) { return secure_getenv(name); }

uint64_t born::osTime() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
}

static void *runThread(void *argument) {
  Thread &thread = *static_cast<Thread *>(argument);
  thread.work(thread.data);
  return nullptr;
}

bool born::osStartThread(Thread &thread) {
  // Kernels keep some hundred KiB on the stack, which some C libraries do not give by default.
  constexpr size_t stackSize = size_t{1} << 20;
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0)
    return false;
  pthread_t handle;
  bool good = pthread_attr_setstacksize(&attributes, stackSize) == 0 &&
              pthread_create(&handle, &attributes, runThread, &thread) == 0;
  pthread_attr_destroy(&attributes);
  if (good)
    thread.handle = static_cast<uintptr_t>(handle);
  return good;
}

void born::osJoinThread(Thread &thread) {
  pthread_join(static_cast<pthread_t>(thread.handle), nullptr);
}

void born::osWait(uint32_t &word, uint32_t expected) {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
}

void born::osWake(uint32_t &word) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

/// Whether a processor is the first of its core among those of `mine`; all are
/// where the system does not tell.
static bool isFirstOfCore(unsigned processor, const cpu_set_t &mine) {
  char path[96], text[256];
  format(path, sizeof path, "/sys/devices/system/cpu/cpu%u/topology/thread_siblings_list",
         processor);
  FILE *file = fopen(path, "re");
  bool isRead = file && fgets(text, sizeof text, file);
  if (file)
    fclose(file);
  // "0,64" or "0-1"
  for (char *next = text; isRead && *next >= '0' && *next <= '9';) {
    unsigned long first = strtoul(next, &next, 10), last = first;
    if (*next == '-')
      last = strtoul(next + 1, &next, 10);
    for (unsigned long i = first; i <= last && i < processor; ++i)
      if (i < CPU_SETSIZE && CPU_ISSET(i, &mine))
        return false;
    next += *next == ',';
  }
  return true;
}

unsigned born::osCoreCount() {
  cpu_set_t mine;
  if (sched_getaffinity(0, sizeof mine, &mine) != 0) // more processors than the set has room for
    return osProcessorCount();
  unsigned count = 0;
  for (unsigned i = 0; i < CPU_SETSIZE; ++i)
    count += CPU_ISSET(i, &mine) && isFirstOfCore(i, mine);
  return max(count, 1u);
}

void *born::osAllocate(uint64_t size) {
  void *memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return nullptr;
  madvise(memory, size, MADV_HUGEPAGE); // fewer misses of the TLB; refusing it is no harm
  return memory;
}

void born::osFree(void *memory, uint64_t size) {
  if (memory)
    munmap(memory, size);
}

bool born::osMayHaveGpu() {
  // Device nodes of the drivers that have a Vulkan one; render nodes are those
  // of Linux's own.
  static const char *const nodes[] = {"/dev/nvidiactl", "/dev/nvgpu",   "/dev/nvhost-gpu",
                                      "/dev/dxg",       "/dev/kfd",     "/dev/kgsl-3d0",
                                      "/dev/mali0",     "/dev/pvr_sync"};
  for (const char *node : nodes)
    if (access(node, F_OK) == 0)
      return true;
  DIR *folder = opendir("/dev/dri");
  bool found = false;
  while (folder && !found) {
    const dirent *entry = readdir(folder);
    if (!entry)
      break;
    found = !strncmp(entry->d_name, "renderD", 7);
  }
  if (folder)
    closedir(folder);
  return found;
}

unsigned born::osProcessorCount() {
  long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count > 0 ? static_cast<unsigned>(count) : 1;
}

bool born::osMapFile(const char *path, bool privately, FileView &view) {
  view = FileView();
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (privately ? O_NOFOLLOW : 0));
  if (file < 0)
    return false;
  struct stat status;
  bool good = fstat(file, &status) == 0;
  if (good && !S_ISREG(status.st_mode)) {
    errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
    good = false;
  }
  if (good && privately && (status.st_uid != geteuid() || (status.st_mode & 022))) {
    errno = EACCES;
    good = false;
  }
  if (good && status.st_size > 0) {
    size_t size = static_cast<size_t>(status.st_size);
    void *data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
    good = data != MAP_FAILED;
    if (good) {
      view.data = static_cast<const uint8_t *>(data);
      view.size = size;
    }
  }
  int error = errno;
  close(file);
  errno = error;
  return good;
}

void born::osUnmapFile(FileView &view) {
  if (view.data)
    munmap(const_cast<uint8_t *>(view.data), view.size);
  view = FileView();
}

static bool writeAll(int file, const void *data, size_t size) {
  const uint8_t *bytes = static_cast<const uint8_t *>(data);
  while (size > 0) {
    ssize_t written = write(file, bytes, min(size, static_cast<size_t>(1) << 30));
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    bytes += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

bool born::osWriteFile(const char *path, const void *data, size_t size, const void *rest,
                       size_t restSize) {
  static unsigned counter; // unique among the threads of this process
  char temporary[PATH_MAX];
  int length =
      snprintf(temporary, sizeof temporary, "%s.%ld-%u.tmp", path, static_cast<long>(getpid()),
               __atomic_fetch_add(&counter, 1, __ATOMIC_RELAXED));
  if (length < 0 || static_cast<size_t>(length) >= sizeof temporary) {
    errno = ENAMETOOLONG;
    return false;
  }
  int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0)
    return false;
  bool good = writeAll(file, data, size) && writeAll(file, rest, restSize);
  good = close(file) == 0 && good;
  good = good && rename(temporary, path) == 0;
  if (!good) {
    int error = errno;
    unlink(temporary);
    errno = error;
  }
  return good;
}

bool born::osMakeFolder(const char *path) {
  char part[PATH_MAX];
  size_t length = strlen(path);
  if (length == 0 || length >= sizeof part) {
    errno = length ? ENAMETOOLONG : ENOENT;
    return false;
  }
  memcpy(part, path, length + 1);
  for (size_t i = 1; i <= length; ++i) {
    if (part[i] != '/' && part[i] != 0)
      continue;
    char end = part[i];
    part[i] = 0;
    if (mkdir(part, i == length ? 0700 : 0777) != 0 && errno != EEXIST)
      return false;
    part[i] = end;
  }
  struct stat status;
  if (stat(path, &status) != 0)
    return false;
  if (!S_ISDIR(status.st_mode)) {
    errno = ENOTDIR;
    return false;
  }
  return true;
}

bool born::osModulePath(const void *address, char *path, size_t size) {
  // For the executable itself dladdr only knows argv[0]: ask the kernel. The
  // program headers lie in the executable, wherever it was loaded.
  Dl_info module, executable;
  bool inLibrary = dladdr(address, &module) != 0 &&
                   dladdr(reinterpret_cast<void *>(getauxval(AT_PHDR)), &executable) != 0 &&
                   module.dli_fbase != executable.dli_fbase;
  if (inLibrary) {
    format(path, size, "%s", module.dli_fname);
    return strlen(module.dli_fname) < size;
  }
  ssize_t length = readlink("/proc/self/exe", path, size - 1);
  if (length <= 0)
    return false;
  path[length] = 0;
  return true;
}
