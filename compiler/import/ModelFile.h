//===- ModelFile.h - a model and the files its weights are in ---*- C++ -*-===//
#ifndef BORNC_COMPILER_IMPORT_MODELFILE_H
#define BORNC_COMPILER_IMPORT_MODELFILE_H

#include "onnx/onnx_pb.h"

#include "compiler/import/Constant.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MemoryBuffer.h"

namespace bornc::importer {

/// A parsed model over its mapped file. Bytes of constants that `load` returns
/// live as long as this object.
class ModelFile {
public:
  /// Reads .onnx, or ONNX text if the name ends in .onnxtxt. Throws ImportError.
  explicit ModelFile(llvm::StringRef path);

  ::onnx::ModelProto &model() { return proto; }
  llvm::StringRef path() const { return filePath; }
  std::string name() const; ///< file name
  std::string stem() const; ///< file name without its extension

  /// The tensor as a constant: small or decoded elements are copied, large
  /// ones stay in their file. Throws ImportError if the tensor does not have
  /// the elements that its shape asks for, Unsupported for strings.
  ConstantPtr load(const ::onnx::TensorProto &tensor);
  /// A sparse tensor, made dense.
  ConstantPtr load(const ::onnx::SparseTensorProto &tensor);

private:
  void loadExternal(const ::onnx::TensorProto &tensor, ConstantData &constant);
  llvm::StringRef externalFile(const std::string &location);

  std::string filePath;
  std::unique_ptr<llvm::MemoryBuffer> file;
  llvm::StringMap<std::unique_ptr<llvm::MemoryBuffer>> external;
  ::onnx::ModelProto proto;
};

/// The functions of a file: an ONNX model, or ONNX text of a model or of functions one after the
/// other. Throws ImportError.
::onnx::ModelProto readFunctions(llvm::StringRef path);

} // namespace bornc::importer

#endif // BORNC_COMPILER_IMPORT_MODELFILE_H
