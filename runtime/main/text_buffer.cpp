//===- text_buffer.cpp - a growing text ------------------------------------===//

#include "runtime/main/main.h"

#include <stdarg.h>
#include <stdio.h>

using namespace born;

void TextBuffer::append(const void *bytes, size_t count) {
  if (!good || count == 0)
    return;
  if (capacity - size < count) {
    size_t wanted = max(size + count, 2 * capacity);
    char *grown = wanted > size ? static_cast<char *>(realloc(data, wanted)) : nullptr;
    if (!grown) {
      good = false;
      return;
    }
    data = grown;
    capacity = wanted;
  }
  memcpy(data + size, bytes, count);
  size += count;
}

void TextBuffer::print(const char *format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (length < 0 || static_cast<size_t>(length) >= sizeof line)
    good = false;
  else
    append(line, static_cast<size_t>(length));
}

void TextBuffer::quote(const char *text) {
  append("\"", 1);
  for (; *text; ++text) {
    unsigned char c = static_cast<unsigned char>(*text);
    if (c == '"' || c == '\\')
      append("\\", 1);
    if (c < 0x20)
      print("\\u%04x", c);
    else
      append(text, 1);
  }
  append("\"", 1);
}
