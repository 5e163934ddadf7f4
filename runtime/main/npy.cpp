//===- npy.cpp - numpy's file format ---------------------------------------===//
//
// Versions 1 to 3 as numpy.save writes them. Strict: what is not exactly the
// tensor that is wanted is refused, nothing is converted.
//
//===----------------------------------------------------------------------===//

#include "runtime/main/main.h"

#include <errno.h>

using namespace born;

namespace {

constexpr uint32_t maxRank = 32;

/// The dict of a header: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
struct Header {
  char descr[16];
  bool fortranOrder;
  int64_t shape[maxRank];
  uint32_t rank;
};

struct HeaderParser {
  const char *next, *end;

  void space() {
    while (next < end && (*next == ' ' || *next == '\n' || *next == '\t'))
      ++next;
  }
  bool take(char c) {
    space();
    if (next >= end || *next != c)
      return false;
    ++next;
    return true;
  }
  bool word(const char *text) {
    space();
    size_t length = strlen(text);
    if (static_cast<size_t>(end - next) < length || memcmp(next, text, length) != 0)
      return false;
    next += length;
    return true;
  }
  bool string(char *text, size_t size) {
    space();
    if (next >= end || (*next != '\'' && *next != '"'))
      return false;
    char quote = *next++;
    size_t length = 0;
    while (next < end && *next != quote) {
      if (length + 1 >= size)
        return false;
      text[length++] = *next++;
    }
    text[length] = 0;
    return take(quote);
  }
  bool number(int64_t &value) {
    space();
    if (next >= end || *next < '0' || *next > '9')
      return false;
    for (value = 0; next < end && *next >= '0' && *next <= '9'; ++next)
      if (__builtin_mul_overflow(value, int64_t{10}, &value) ||
          __builtin_add_overflow(value, int64_t{*next - '0'}, &value))
        return false;
    return true;
  }
  bool shape(Header &header) {
    if (!take('('))
      return false;
    while (!take(')')) {
      if (header.rank == maxRank || !number(header.shape[header.rank++]))
        return false;
      if (!take(',') && !(next < end && *next == ')'))
        return false;
    }
    return true;
  }
  bool all(Header &header);
};

} // namespace

bool HeaderParser::all(Header &header) {
  unsigned seen = 0;
  if (!take('{'))
    return false;
  while (!take('}')) {
    char key[16];
    if (!string(key, sizeof key) || !take(':'))
      return false;
    unsigned bit = 0;
    bool good = false;
    if (!strcmp(key, "descr")) {
      bit = 1;
      good = string(header.descr, sizeof header.descr);
    } else if (!strcmp(key, "fortran_order")) {
      bit = 2;
      header.fortranOrder = word("True");
      good = header.fortranOrder || word("False");
    } else if (!strcmp(key, "shape")) {
      bit = 4;
      good = shape(header);
    }
    if (!good || (seen & bit))
      return false;
    seen |= bit;
    space();
    if (!take(',') && !(next < end && *next == '}'))
      return false;
  }
  space();
  return seen == 7 && next == end;
}

/// Finds the header and where the data starts; false with a reason.
static bool parse(const FileView &file, Header &header, uint64_t &start, const char *&why) {
  const uint8_t *bytes = file.data;
  why = "it is no .npy file";
  if (file.size < 10 || memcmp(bytes, "\x93NUMPY", 6) != 0)
    return false;
  why = "its .npy version is not 1, 2 or 3";
  if (bytes[6] < 1 || bytes[6] > 3)
    return false;
  why = "its .npy header is damaged";
  uint64_t length = bytes[8] | bytes[9] << 8;
  start = 10;
  if (bytes[6] > 1) {
    if (file.size < 12)
      return false;
    length |= static_cast<uint64_t>(bytes[10]) << 16 | static_cast<uint64_t>(bytes[11]) << 24;
    start = 12;
  }
  if (!inside(start, length, file.size))
    return false;
  const char *text = reinterpret_cast<const char *>(bytes + start);
  HeaderParser parser = {text, text + length};
  start += length;
  return parser.all(header);
}

/// Types of less than a byte are stored packed, as one row of bytes.
static bool isPacked(const ElementType &type) { return type.bits < 8; }

static void describeFound(const Header &header, char *text, size_t size) {
  format(text, size, "'%s' (", header.descr);
  for (uint32_t i = 0; i < header.rank; ++i) {
    size_t used = strlen(text);
    format(text + used, size - used, i ? ", %lld" : "%lld",
           static_cast<long long>(header.shape[i]));
  }
  size_t used = strlen(text);
  format(text + used, size - used, header.rank == 1 ? ",)" : ")");
}

/// What numpy would say of the tensor.
static void expectedHeader(const born_tensor_desc &tensor, Header &header) {
  const ElementType &type = elementType(tensor.type);
  format(header.descr, sizeof header.descr, "%c%s", type.bits <= 8 ? '|' : '<', type.descr);
  header.fortranOrder = false;
  header.rank = min(tensor.rank, maxRank);
  for (uint32_t i = 0; i < header.rank; ++i)
    header.shape[i] = tensor.shape[i];
  if (isPacked(type)) {
    header.rank = 1;
    header.shape[0] = static_cast<int64_t>(tensor.size);
  }
}

bool born::readNpy(const char *path, const born_tensor_desc &tensor, TensorData &data,
                   Message &message) {
  if (!osMapFile(path, false, data.file)) {
    message.set(BORN_ERROR_ARGUMENT, "input '%s': cannot read '%s': %s", tensor.name, path,
                strerror(errno));
    return false;
  }
  Header found = {}, expected = {};
  uint64_t start = 0;
  const char *why = nullptr;
  if (!parse(data.file, found, start, why)) {
    message.set(BORN_ERROR_ARGUMENT, "input '%s': cannot read '%s': %s", tensor.name, path, why);
    return false;
  }
  expectedHeader(tensor, expected);
  // A byte has no order, so every mark of it is the same.
  bool sameType = !strcmp(found.descr + 1, expected.descr + 1) &&
                  (found.descr[0] == expected.descr[0] || found.descr[0] == '=' ||
                   (expected.descr[0] == '|' && strchr("<>", found.descr[0])));
  bool sameShape = found.rank == expected.rank &&
                   !memcmp(found.shape, expected.shape, found.rank * sizeof found.shape[0]);
  char foundText[256], expectedText[256];
  describeFound(found, foundText, sizeof foundText);
  describeFound(expected, expectedText, sizeof expectedText);
  if (!sameType || !sameShape) {
    message.set(BORN_ERROR_ARGUMENT, "input '%s': expected %s %s, found %s in '%s'", tensor.name,
                elementType(tensor.type).name, expectedText, foundText, path);
    return false;
  }
  if (found.fortranOrder) {
    message.set(BORN_ERROR_ARGUMENT,
                "input '%s': '%s' is in Fortran order, expected C order "
                "(numpy.ascontiguousarray)",
                tensor.name, path);
    return false;
  }
  if (data.file.size - start != tensor.size) {
    message.set(BORN_ERROR_ARGUMENT, "input '%s': expected %llu bytes of data, found %llu in '%s'",
                tensor.name, static_cast<unsigned long long>(tensor.size),
                static_cast<unsigned long long>(data.file.size - start), path);
    return false;
  }
  data.data = data.file.data + start;
  return true;
}

bool born::npyFits(const char *path, const born_tensor_desc &tensor) {
  FileView file;
  if (!osMapFile(path, false, file))
    return false;
  Header found = {}, expected = {};
  uint64_t start = 0;
  const char *why = nullptr;
  expectedHeader(tensor, expected);
  bool good = parse(file, found, start, why) && found.rank == expected.rank &&
              !memcmp(found.shape, expected.shape, found.rank * sizeof found.shape[0]);
  osUnmapFile(file);
  return good;
}

bool born::writeNpy(const char *path, const born_tensor_desc &tensor, const void *data,
                    Message &message) {
  Header header = {};
  expectedHeader(tensor, header);
  TextBuffer file;
  file.append("\x93NUMPY\x01\x00\x00\x00", 10);
  file.print("{'descr': '%s', 'fortran_order': False, 'shape': (", header.descr);
  for (uint32_t i = 0; i < header.rank; ++i)
    file.print(i + 1 < header.rank ? "%lld, "
               : header.rank == 1  ? "%lld,"
                                   : "%lld",
               static_cast<long long>(header.shape[i]));
  file.print("), }");
  while (file.size % 64 != 63)
    file.append(" ", 1);
  file.append("\n", 1);
  if (file.good) {
    file.data[8] = static_cast<char>((file.size - 10) & 255);
    file.data[9] = static_cast<char>((file.size - 10) >> 8);
  }
  if (!file.good) {
    message.set(BORN_ERROR_HOST_MEMORY, "out of host memory");
    return false;
  }
  if (!osWriteFile(path, file.data, file.size, data, tensor.size)) {
    message.set(BORN_ERROR_ARGUMENT, "cannot write '%s': %s", path, strerror(errno));
    return false;
  }
  return true;
}
