//===- weights.h - where the weights of a model come from ------------------===//
#ifndef BORN_RUNTIME_WEIGHTS_H
#define BORN_RUNTIME_WEIGHTS_H

#include "runtime/context.h"

namespace born {

/// Open weights: bytes in memory, or the caller's callback.
struct WeightSource {
  const uint8_t *bytes; ///< null: they come from `read`
  born_weights_callback read;
  void *user;
  FileView file;  ///< of the bytes, where they are a file's
  bool isChecked; ///< the hash has to be compared
  Hasher hasher;
  char where[1024]; ///< for messages

  /// Whether the bytes stay where they are after born_create, as long as `file`
  /// is mapped.
  bool staysInPlace(const born_model &model) const { return file.data || bytes == model.weights; }
};

/// Finds the weights: in the artifact, in a file, or as the options say.
/// Afterwards, also after a failure, the file has to be unmapped.
born_status openWeights(born_context &context, WeightSource &source);

/// Copies the next bytes, in ascending order of offsets.
born_status copyWeights(born_context &context, WeightSource &source, uint64_t offset,
                        uint8_t *target, size_t size);

/// Compares the hash of all bytes that went through the hasher.
born_status checkWeights(born_context &context, WeightSource &source);

/// Large enough to hide the cost of a submission, small enough not to matter.
constexpr uint64_t weightChunkSize = uint64_t{16} << 20;

} // namespace born

#endif // BORN_RUNTIME_WEIGHTS_H
