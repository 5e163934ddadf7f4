//===- support.cpp - messages and text -------------------------------------===//

#include "runtime/support.h"
#include "runtime/os.h"
#include "runtime/program.h"

#include <stdarg.h>
#include <stdio.h>

using namespace born;

born_status Message::set(born_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return status;
}

void Message::add(const char *format, ...) {
  size_t used = strnlen(text, sizeof text);
  if (used >= sizeof text)
    return;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text + used, sizeof text - used, format, arguments);
  va_end(arguments);
}

void born::format(char *target, size_t size, const char *format, ...) {
  if (!target || size == 0)
    return;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(target, size, format, arguments);
  va_end(arguments);
}

void born::callInParallel(unsigned threads, void (*work)(void *), void *data) {
  Thread started[16];
  unsigned count = 0;
  for (; count + 1 < min(threads, 17u); ++count) {
    started[count] = {work, data, 0};
    if (!osStartThread(started[count]))
      break;
  }
  work(data);
  for (unsigned i = 0; i < count; ++i)
    osJoinThread(started[i]);
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool born::containsIgnoringCase(const char *text, const char *part) {
  for (;; ++text) {
    size_t i = 0;
    while (part[i] && lower(text[i]) == lower(part[i]))
      ++i;
    if (!part[i])
      return true;
    if (!*text)
      return false;
  }
}

const char *born_status_name(born_status status) {
  switch (status) {
  case BORN_OK:
    return "ok";
  case BORN_ERROR_ARGUMENT:
    return "argument";
  case BORN_ERROR_BUSY:
    return "busy";
  case BORN_ERROR_LOADER:
    return "loader";
  case BORN_ERROR_DEVICE:
    return "device";
  case BORN_ERROR_LIMIT:
    return "limit";
  case BORN_ERROR_HOST_MEMORY:
    return "host memory";
  case BORN_ERROR_DEVICE_MEMORY:
    return "device memory";
  case BORN_ERROR_WEIGHTS:
    return "weights";
  case BORN_ERROR_TABLES:
    return "tables";
  case BORN_ERROR_TIMEOUT:
    return "timeout";
  case BORN_ERROR_LOST:
    return "lost";
  case BORN_ERROR_VULKAN:
    return "vulkan";
  case BORN_ERROR_THREAD:
    return "thread";
  case BORN_ERROR_INDEX:
    return "index";
  }
  return "unknown";
}

const char *born::featureName(uint32_t feature) {
  switch (static_cast<born_feature>(feature)) {
  case BORN_FEATURE_SHADER_FLOAT16:
    return "shaderFloat16";
  case BORN_FEATURE_SHADER_INT8:
    return "shaderInt8";
  case BORN_FEATURE_SHADER_INT16:
    return "shaderInt16";
  case BORN_FEATURE_SHADER_INT64:
    return "shaderInt64";
  case BORN_FEATURE_SHADER_FLOAT64:
    return "shaderFloat64";
  case BORN_FEATURE_STORAGE_8BIT:
    return "storageBuffer8BitAccess";
  case BORN_FEATURE_STORAGE_16BIT:
    return "storageBuffer16BitAccess";
  case BORN_FEATURE_SUBGROUP_SHUFFLE:
    return "VK_SUBGROUP_FEATURE_SHUFFLE_BIT in compute";
  case BORN_FEATURE_SUBGROUP_ARITHMETIC:
    return "VK_SUBGROUP_FEATURE_ARITHMETIC_BIT in compute";
  case BORN_FEATURE_PRESERVE_FLOAT32:
    return "shaderSignedZeroInfNanPreserveFloat32";
  case BORN_FEATURE_PRESERVE_FLOAT16:
    return "shaderSignedZeroInfNanPreserveFloat16";
  case BORN_FEATURE_ROUND_FLOAT16_RTE:
    return "shaderRoundingModeRTEFloat16";
  case BORN_FEATURE_DENORM_FLOAT32:
    return "shaderDenormPreserveFloat32";
  }
  return "a feature that this runtime does not know";
}
