//===- failing_vulkan.cpp - a Vulkan loader that fails on request ----------===//
//
// Passes everything on to libvulkan.so.1, but lets the n-th call that can fail
// do so, and keeps count of the objects that exist. Tests open it in the place
// of the loader (BORN_VULKAN_LIBRARY) and steer it by the functions below.
//
//===----------------------------------------------------------------------===//

#include "runtime/vulkan.h"

#include <atomic>
#include <cstring>
#include <dlfcn.h>
#include <type_traits>

namespace {

std::atomic<int> callsUntilFailure{0}; // 0: never
std::atomic<int> live{0};
std::atomic<VkResult> failure{VK_ERROR_OUT_OF_DEVICE_MEMORY};
const char *failedCall = nullptr;

bool startsWith(const char *text, const char *start) {
  return strncmp(text, start, strlen(start)) == 0;
}

/// How a successful call changes the number of objects. Sets and command
/// buffers go with their pools.
int objectsOf(const char *name) {
  if (startsWith(name, "vkAllocateMemory") ||
      (startsWith(name, "vkCreate") && !startsWith(name, "vkCreateComputePipelines")))
    return 1;
  if (startsWith(name, "vkCreateComputePipelines"))
    return 1; // the runtime creates them one by one
  if (startsWith(name, "vkDestroy") || startsWith(name, "vkFreeMemory"))
    return -1;
  return 0;
}

/// The functions of the table by number, and what they wrap.
enum Number {
#define NUMBER(name) number##name,
  BORN_GLOBAL_FUNCTIONS(NUMBER) BORN_INSTANCE_FUNCTIONS(NUMBER) BORN_DEVICE_FUNCTIONS(NUMBER)
      numbers
#undef NUMBER
};
PFN_vkVoidFunction next[numbers];
const char *const names[] = {
#define NAME(name) "vk" #name,
    BORN_GLOBAL_FUNCTIONS(NAME) BORN_INSTANCE_FUNCTIONS(NAME) BORN_DEVICE_FUNCTIONS(NAME)
#undef NAME
};

template <Number number, typename Function>
struct Wrapper;

template <Number number, typename Result, typename... Arguments>
struct Wrapper<number, Result(VKAPI_PTR *)(Arguments...)> {
  static VKAPI_ATTR Result VKAPI_CALL call(Arguments... arguments) {
    auto function = reinterpret_cast<Result(VKAPI_PTR *)(Arguments...)>(next[number]);
    if constexpr (std::is_same_v<Result, VkResult>) {
      if (callsUntilFailure > 0 && --callsUntilFailure == 0) {
        failedCall = names[number];
        return failure;
      }
      VkResult result = function(arguments...);
      if (result >= 0)
        live += objectsOf(names[number]);
      return result;
    } else {
      live += objectsOf(names[number]);
      return function(arguments...);
    }
  }
};

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL getDeviceProcAddr(VkDevice device, const char *name);

/// The wrapper of a function that exists below.
PFN_vkVoidFunction wrap(const char *name, PFN_vkVoidFunction function) {
  if (!function)
    return nullptr;
  if (!strcmp(name, "vkGetDeviceProcAddr")) {
    next[numberGetDeviceProcAddr] = function;
    return reinterpret_cast<PFN_vkVoidFunction>(getDeviceProcAddr);
  }
#define WRAP(function_)                                                                            \
  if (!strcmp(name, "vk" #function_)) {                                                            \
    next[number##function_] = function;                                                            \
    return reinterpret_cast<PFN_vkVoidFunction>(                                                   \
        Wrapper<number##function_, PFN_vk##function_>::call);                                      \
  }
  BORN_GLOBAL_FUNCTIONS(WRAP)
  BORN_INSTANCE_FUNCTIONS(WRAP)
  BORN_DEVICE_FUNCTIONS(WRAP)
#undef WRAP
  return function;
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL getDeviceProcAddr(VkDevice device, const char *name) {
  auto get = reinterpret_cast<PFN_vkGetDeviceProcAddr>(next[numberGetDeviceProcAddr]);
  return wrap(name, get(device, name));
}

} // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vkGetInstanceProcAddr(VkInstance instance,
                                                                      const char *name) {
  static auto get = reinterpret_cast<PFN_vkGetInstanceProcAddr>(
      dlsym(dlopen("libvulkan.so.1", RTLD_NOW), "vkGetInstanceProcAddr"));
  return wrap(name, get(instance, name));
}

/// From now on the n-th call that can fail gives `result`; 0: none does.
EXPORT void failing_set(int n, int result) {
  failure = static_cast<VkResult>(result);
  failedCall = nullptr;
  callsUntilFailure = n;
}
/// The call that failed; null when there was none.
EXPORT const char *failing_call() { return failedCall; }
/// How many Vulkan objects exist.
EXPORT int failing_live() { return live; }
