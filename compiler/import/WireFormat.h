//===- WireFormat.h - leave large tensors in the mapped file ----*- C++ -*-===//
#ifndef BORNC_COMPILER_IMPORT_WIREFORMAT_H
#define BORNC_COMPILER_IMPORT_WIREFORMAT_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace bornc::importer {

/// The `location` of tensors that stay in the model file; no path has this name.
inline constexpr char kMappedLocation[] = "\x01mapped";

/// Tensors of at least this many bytes stay in their file.
inline constexpr uint64_t kLargeTensor = 4096;

/// Returns the serialized ModelProto in `file` with each large raw_data,
/// float_data or double_data replaced by external_data {location:
/// kMappedLocation, offset, length}. protobuf would copy these bytes, and
/// stops at 2 GiB. Throws ImportError on anything that is no well-formed
/// protobuf: never reads outside `file`, nests at most 100 deep.
std::string stripLargeTensors(llvm::StringRef file, uint64_t threshold = kLargeTensor);

} // namespace bornc::importer

#endif // BORNC_COMPILER_IMPORT_WIREFORMAT_H
