//===- support.cpp - messages and text -------------------------------------===//

#include "runtime/support.h"

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
  }
  return "unknown";
}
