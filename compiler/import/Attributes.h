//===- Attributes.h - the attributes of a node ------------------*- C++ -*-===//
#ifndef BORNC_COMPILER_IMPORT_ATTRIBUTES_H
#define BORNC_COMPILER_IMPORT_ATTRIBUTES_H

#include "onnx/onnx_pb.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <vector>

namespace bornc::importer {

/// The attributes of a node, in the model's order. The getters throw
/// ImportError when an attribute has another type than they give.
class Attributes {
public:
  Attributes() = default;
  explicit Attributes(const ::onnx::NodeProto &node);

  const ::onnx::AttributeProto *find(llvm::StringRef name) const;
  bool has(llvm::StringRef name) const { return find(name) != nullptr; }
  int64_t getInt(llvm::StringRef name, int64_t otherwise) const;
  float getFloat(llvm::StringRef name, float otherwise) const;
  std::string getString(llvm::StringRef name, llvm::StringRef otherwise) const;
  llvm::SmallVector<int64_t> getInts(llvm::StringRef name) const; ///< empty if absent

  void remove(llvm::StringRef name);
  Attributes &set(const ::onnx::AttributeProto &attribute);
  Attributes &set(llvm::StringRef name, int64_t value);
  Attributes &set(llvm::StringRef name, float value);
  Attributes &set(llvm::StringRef name, llvm::StringRef value);
  Attributes &set(llvm::StringRef name, llvm::ArrayRef<int64_t> values);

  auto begin() const { return list.begin(); }
  auto end() const { return list.end(); }

private:
  ::onnx::AttributeProto &add(llvm::StringRef name, ::onnx::AttributeProto::AttributeType type);
  const ::onnx::AttributeProto *findTyped(llvm::StringRef name,
                                          ::onnx::AttributeProto::AttributeType type) const;
  std::vector<::onnx::AttributeProto> list;
};

} // namespace bornc::importer

#endif // BORNC_COMPILER_IMPORT_ATTRIBUTES_H
