//===- Unsupported.h - all that cannot be compiled, as a table --*- C++ -*-===//
#ifndef BORNC_COMPILER_IMPORT_UNSUPPORTED_H
#define BORNC_COMPILER_IMPORT_UNSUPPORTED_H

#include "llvm/ADT/StringRef.h"

#include <map>
#include <string>
#include <tuple>

namespace bornc::importer {

class UnsupportedTable {
public:
  void add(llvm::StringRef op, int64_t opset, llvm::StringRef node, llvm::StringRef why);
  bool empty() const { return rows.empty(); }
  /// A message of several lines, one row per operator and reason.
  std::string message() const;

private:
  struct Row {
    int count = 0;
    std::string firstNode;
  };
  using Key = std::tuple<std::string, int64_t, std::string>; // op, opset, why
  std::map<Key, Row> rows;
};

} // namespace bornc::importer

#endif // BORNC_COMPILER_IMPORT_UNSUPPORTED_H
