//===- Mutator.h - changes protobuf files at random -------------*- C++ -*-===//
#ifndef BORNC_TEST_FUZZ_MUTATOR_H
#define BORNC_TEST_FUZZ_MUTATOR_H

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace bornc::test {

/// One field of a message, at any depth: tag, length and payload lie in
/// [begin, end); the payload starts at `payload`.
struct Field {
  size_t begin, payload, end;
  unsigned wireType;
};

/// Finds the fields of a file; what looks like a message inside of a field is
/// one. Payloads of more than 1 KiB, weights that is, are not looked into.
std::vector<Field> findFields(const std::string &file);

/// A changed copy of a file: bits, numbers, lengths, fields that are swapped,
/// doubled or gone, a cut. Mostly in the structure, seldom in the weights.
std::string mutate(const std::string &file, const std::vector<Field> &fields, std::mt19937_64 &rng);

} // namespace bornc::test

#endif // BORNC_TEST_FUZZ_MUTATOR_H
