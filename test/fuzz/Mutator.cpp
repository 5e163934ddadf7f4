//===- Mutator.cpp --------------------------------------------------------===//
#include "test/fuzz/Mutator.h"

using namespace bornc::test;

static bool readVarint(const std::string &file, size_t &at, size_t end, uint64_t &value) {
  value = 0;
  for (unsigned shift = 0; at < end && shift < 64; shift += 7) {
    uint8_t byte = static_cast<uint8_t>(file[at++]);
    value |= static_cast<uint64_t>(byte & 127) << shift;
    if (!(byte & 128))
      return true;
  }
  return false;
}

static std::string varint(uint64_t value) {
  std::string text;
  for (; value >= 128; value >>= 7)
    text += static_cast<char>(value | 128);
  return text + static_cast<char>(value);
}

/// Appends the fields of a message; false, and nothing appended, where the
/// bytes are none.
static bool parseMessage(const std::string &file, size_t at, size_t end, unsigned depth,
                         std::vector<Field> &fields) {
  size_t before = fields.size();
  while (at < end) {
    Field field = {at, 0, 0, 0};
    uint64_t tag, length = 0;
    bool good = readVarint(file, at, end, tag) && tag >= 8 && tag < (1 << 20);
    field.wireType = tag & 7;
    field.payload = at;
    if (good && field.wireType == 0)
      good = readVarint(file, at, end, length);
    else if (good && (field.wireType == 1 || field.wireType == 5))
      at += field.wireType == 1 ? 8 : 4;
    else if (good && field.wireType == 2) {
      good = readVarint(file, at, end, length) && length <= end - at;
      field.payload = at;
      at += length;
    } else
      good = false;
    if (!good || at > end) {
      fields.resize(before);
      return false;
    }
    field.end = at;
    fields.push_back(field);
    bool isLeaf = field.wireType != 2 || depth == 12 || (depth > 3 && length > 1024);
    if (!isLeaf)
      parseMessage(file, field.payload, field.end, depth + 1, fields);
  }
  return true;
}

std::vector<Field> bornc::test::findFields(const std::string &file) {
  std::vector<Field> fields;
  parseMessage(file, 0, file.size(), 0, fields);
  return fields;
}

/// The bytes of the tag alone.
static std::string tagOf(const std::string &file, const Field &field) {
  size_t at = field.begin;
  uint64_t tag;
  readVarint(file, at, field.end, tag);
  return file.substr(field.begin, at - field.begin);
}

/// A number that is likely to be a special case.
static uint64_t interesting(std::mt19937_64 &rng) {
  static const uint64_t values[] = {
      0,          1,          2,          3,          7,     8,     16,         127,
      128,        255,        256,        1000,       65535, 65536, 0x7fffffff, 0x80000000,
      0xffffffff, 1ull << 32, 1ull << 62, 1ull << 63, ~0ull, ~1ull, ~0ull - 6};
  return values[rng() % (sizeof values / sizeof values[0])];
}

/// The file with `text` in place of [begin, end). With `fixed` lengths the
/// messages around it are valid again, from the innermost to the outermost.
static std::string replace(const std::string &file, const std::vector<Field> &fields, size_t begin,
                           size_t end, std::string text, bool fixed) {
  while (fixed) {
    const Field *around = nullptr;
    for (const Field &field : fields)
      if (field.wireType == 2 && field.payload <= begin && end <= field.end &&
          field.begin < begin && (!around || field.payload > around->payload))
        around = &field;
    if (!around)
      break;
    text = file.substr(around->payload, begin - around->payload) + text +
           file.substr(end, around->end - end);
    text = tagOf(file, *around) + varint(text.size()) + text;
    begin = around->begin;
    end = around->end;
  }
  return file.substr(0, begin) + text + file.substr(end);
}

static std::string changeField(const std::string &file, const std::vector<Field> &fields,
                               const Field &field, std::mt19937_64 &rng) {
  std::string tag = tagOf(file, field);
  std::string payload = file.substr(field.payload, field.end - field.payload);
  std::string whole = file.substr(field.begin, field.end - field.begin), text;
  bool fixed = rng() % 8 != 0;
  switch (rng() % 6) {
  case 0: // gone
    break;
  case 1:
    text = whole + whole;
    break;
  case 2: // another number; another length, which is wrong
    text = tag + varint(interesting(rng)) + (field.wireType == 2 ? payload : "");
    break;
  case 3: // other bytes
    for (char &c : payload)
      if (rng() % 4 == 0)
        c = static_cast<char>(rng());
    text = tag + (field.wireType == 2 ? varint(payload.size()) : "") + payload;
    break;
  case 4: // a bit
    text = whole;
    if (!payload.empty())
      text[whole.size() - 1 - rng() % payload.size()] ^= static_cast<char>(1 << rng() % 8);
    break;
  default: // another tag of the same type
    text = whole;
    text[0] = static_cast<char>(((rng() % 15 + 1) << 3) | field.wireType);
  }
  return replace(file, fields, field.begin, field.end, text, fixed);
}

/// Exchanges two fields, the later one first, so that the earlier stays in place.
static std::string swapFields(const std::string &file, const std::vector<Field> &fields, Field a,
                              Field b, std::mt19937_64 &rng) {
  if (a.begin > b.begin)
    std::swap(a, b);
  if (b.begin < a.end)
    return file;
  bool fixed = rng() % 8 != 0;
  std::string first = file.substr(a.begin, a.end - a.begin);
  std::string second = file.substr(b.begin, b.end - b.begin);
  if (first.size() == second.size()) { // all lengths stay
    std::string copy = file;
    copy.replace(a.begin, first.size(), second);
    return copy.replace(b.begin, second.size(), first);
  }
  // Elsewhere the second takes the place of the first, and stays.
  return replace(file, fields, a.begin, a.end, second, fixed);
}

std::string bornc::test::mutate(const std::string &file, const std::vector<Field> &fields,
                                std::mt19937_64 &rng) {
  std::string copy = file;
  for (unsigned count = 1 + rng() % 2; count > 0; --count) {
    unsigned kind = rng() % 20;
    if (fields.empty() || kind == 0) { // anywhere, weights included
      copy[rng() % copy.size()] ^= static_cast<char>(1 << rng() % 8);
    } else if (kind == 1) {
      copy.resize(rng() % copy.size() + 1);
    } else if (copy.size() != file.size()) {
      return copy; // the fields are elsewhere now
    } else if (kind < 6) {
      const Field &a = fields[rng() % fields.size()];
      size_t near = (&a - fields.data()) + rng() % 8;
      const Field &b = fields[rng() % 2 && near < fields.size() ? near : rng() % fields.size()];
      copy = swapFields(copy, fields, a, b, rng);
    } else {
      copy = changeField(copy, fields, fields[rng() % fields.size()], rng);
    }
  }
  return copy;
}
