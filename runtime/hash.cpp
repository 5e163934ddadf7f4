//===- hash.cpp - XXH3-64 --------------------------------------------------===//
//
// The hash function of Yann Collet's xxHash 0.8 specification, seed 0, default
// secret, scalar. The compiler has it in LLVM (llvm::xxh3_64bits).
//
//===----------------------------------------------------------------------===//

#include "runtime/support.h"

using namespace born;

namespace {

constexpr uint64_t prime32a = 0x9E3779B1u, prime32b = 0x85EBCA77u, prime32c = 0xC2B2AE3Du;
constexpr uint64_t prime64a = 0x9E3779B185EBCA87u, prime64b = 0xC2B2AE3D27D4EB4Fu,
                   prime64c = 0x165667B19E3779F9u, prime64d = 0x85EBCA77C2B2AE63u,
                   prime64e = 0x27D4EB2F165667C5u;
constexpr uint64_t primeMixA = 0x165667919E3779F9u, primeMixB = 0x9FB21C651E98DF25u;

constexpr size_t stripeSize = 64, secretSize = 192, secretStep = 8;
constexpr size_t stripesPerBlock = (secretSize - stripeSize) / secretStep;

const uint8_t secret[secretSize] = {
    0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c,
    0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f,
    0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
    0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c,
    0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3,
    0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
    0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d,
    0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64,
    0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
    0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e,
    0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc, 0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce,
    0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
};

uint32_t read32(const uint8_t *p) {
  uint32_t v;
  memcpy(&v, p, 4);
  return v;
}
uint64_t read64(const uint8_t *p) {
  uint64_t v;
  memcpy(&v, p, 8);
  return v;
}
uint64_t rotate(uint64_t v, int n) { return (v << n) | (v >> (64 - n)); }
uint64_t fold(uint64_t a, uint64_t b) {
  unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}
uint64_t avalanche(uint64_t h) {
  h = (h ^ (h >> 37)) * primeMixA;
  return h ^ (h >> 32);
}
uint64_t avalanche64(uint64_t h) {
  h = (h ^ (h >> 33)) * prime64b;
  h = (h ^ (h >> 29)) * prime64c;
  return h ^ (h >> 32);
}
uint64_t mix16(const uint8_t *p, const uint8_t *key) {
  return fold(read64(p) ^ read64(key), read64(p + 8) ^ read64(key + 8));
}

uint64_t hashUpTo16(const uint8_t *p, size_t size) {
  if (size > 8) {
    uint64_t low = read64(p) ^ (read64(secret + 24) ^ read64(secret + 32));
    uint64_t high = read64(p + size - 8) ^ (read64(secret + 40) ^ read64(secret + 48));
    return avalanche(size + __builtin_bswap64(low) + high + fold(low, high));
  }
  if (size >= 4) {
    uint64_t key = read64(secret + 8) ^ read64(secret + 16);
    uint64_t h = (read32(p + size - 4) + (static_cast<uint64_t>(read32(p)) << 32)) ^ key;
    h ^= rotate(h, 49) ^ rotate(h, 24);
    h *= primeMixB;
    h ^= (h >> 35) + size;
    h *= primeMixB;
    return h ^ (h >> 28);
  }
  if (size > 0) {
    uint32_t v = (static_cast<uint32_t>(p[0]) << 16) | (static_cast<uint32_t>(p[size >> 1]) << 24) |
                 p[size - 1] | (static_cast<uint32_t>(size) << 8);
    return avalanche64(v ^ static_cast<uint64_t>(read32(secret) ^ read32(secret + 4)));
  }
  return avalanche64(read64(secret + 56) ^ read64(secret + 64));
}

uint64_t hashUpTo240(const uint8_t *p, size_t size) {
  uint64_t h = size * prime64a;
  if (size <= 128) {
    for (size_t i = (size - 1) / 32 + 1; i-- > 0;)
      h +=
          mix16(p + 16 * i, secret + 32 * i) + mix16(p + size - 16 * (i + 1), secret + 32 * i + 16);
    return avalanche(h);
  }
  for (size_t i = 0; i < 8; ++i)
    h += mix16(p + 16 * i, secret + 16 * i);
  h = avalanche(h);
  for (size_t i = 8; i < size / 16; ++i)
    h += mix16(p + 16 * i, secret + 16 * (i - 8) + 3);
  return avalanche(h + mix16(p + size - 16, secret + 136 - 17));
}

void accumulate(uint64_t *lanes, const uint8_t *p, const uint8_t *key) {
  for (int i = 0; i < 8; ++i) {
    uint64_t value = read64(p + 8 * i);
    uint64_t keyed = value ^ read64(key + 8 * i);
    lanes[i ^ 1] += value;
    lanes[i] += (keyed & 0xffffffffu) * (keyed >> 32);
  }
}

void scramble(uint64_t *lanes) {
  const uint8_t *key = secret + secretSize - stripeSize;
  for (int i = 0; i < 8; ++i)
    lanes[i] = ((lanes[i] ^ (lanes[i] >> 47)) ^ read64(key + 8 * i)) * prime32a;
}

} // namespace

void Hasher::begin() {
  const uint64_t start[8] = {prime32c, prime64a, prime64b, prime64c,
                             prime64d, prime32b, prime64e, prime32a};
  memcpy(lanes, start, sizeof start);
  buffered = 0;
  stripesInBlock = 0;
  total = 0;
}

void Hasher::update(const void *data, size_t size) {
  const uint8_t *p = static_cast<const uint8_t *>(data);
  total += size;
  while (size > 0) {
    // A full buffer is consumed only when more follows: the last stripe is
    // treated differently, and up to 240 bytes take another function.
    if (buffered == sizeof buffer) {
      for (size_t i = 0; i < sizeof buffer; i += stripeSize) {
        accumulate(lanes, buffer + i, secret + secretStep * stripesInBlock);
        if (++stripesInBlock == stripesPerBlock) {
          scramble(lanes);
          stripesInBlock = 0;
        }
      }
      memcpy(lastStripe, buffer + sizeof buffer - stripeSize, stripeSize);
      buffered = 0;
    }
    size_t part = min(size, sizeof buffer - buffered);
    memcpy(buffer + buffered, p, part);
    buffered += part;
    p += part;
    size -= part;
  }
}

uint64_t Hasher::finish() {
  if (total <= 16)
    return hashUpTo16(buffer, total);
  if (total <= 240)
    return hashUpTo240(buffer, total);
  for (size_t i = 0; i < (buffered - 1) / stripeSize; ++i) {
    accumulate(lanes, buffer + stripeSize * i, secret + secretStep * stripesInBlock);
    if (++stripesInBlock == stripesPerBlock) {
      scramble(lanes);
      stripesInBlock = 0;
    }
  }
  uint8_t last[stripeSize];
  size_t fromBefore = buffered < stripeSize ? stripeSize - buffered : 0;
  memcpy(last, lastStripe + stripeSize - fromBefore, fromBefore);
  memcpy(last + fromBefore, buffer + buffered - (stripeSize - fromBefore), stripeSize - fromBefore);
  accumulate(lanes, last, secret + secretSize - stripeSize - 7);

  uint64_t h = total * prime64a;
  for (int i = 0; i < 4; ++i)
    h += fold(lanes[2 * i] ^ read64(secret + 11 + 16 * i),
              lanes[2 * i + 1] ^ read64(secret + 11 + 16 * i + 8));
  return avalanche(h);
}

uint64_t born::hashBytes(const void *data, size_t size) {
  Hasher hasher;
  hasher.begin();
  hasher.update(data, size);
  return hasher.finish();
}
