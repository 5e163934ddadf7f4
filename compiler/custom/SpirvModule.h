//===- SpirvModule.h - kernels that the user gives --------------*- C++ -*-===//
#ifndef BORNC_COMPILER_CUSTOM_SPIRVMODULE_H
#define BORNC_COMPILER_CUSTOM_SPIRVMODULE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <map>
#include <string>

namespace bornc {

using SpirvWords = llvm::SmallVector<uint32_t, 0>;

/// What a compute shader needs of those who run it.
struct SpirvKernel {
  SpirvWords words;
  int32_t workgroupSize[3] = {1, 1, 1};
  uint32_t workgroupMemory = 0;                ///< bytes
  uint32_t pushConstantBytes = 0;              ///< up to the end of the last one
  llvm::SmallVector<llvm::StringRef> features; ///< beyond Vulkan 1.1's minimum
  std::map<uint32_t, bool> isWritable;         ///< by binding
};

/// The message of SPIRV-Tools about an invalid module for Vulkan 1.1; "" for a valid one.
std::string validateSpirv(llvm::ArrayRef<uint32_t> words);

/// Reads a kernel from SPIR-V (.spv), its assembler (.spvasm) or GLSL (all else), which needs
/// glslangValidator, glslang or glslc. `defines` are macros of GLSL.
llvm::Expected<SpirvWords> readKernelSource(llvm::StringRef path,
                                            const std::map<std::string, std::string> &defines);

/// Looks at a valid module: the compute shader `entry`, storage buffers of descriptor set 0 and
/// push constants are all that it may have.
llvm::Expected<SpirvKernel> inspectSpirv(SpirvWords words, llvm::StringRef entry);

/// Gives the entry point `from` of a module another name.
void renameEntryPoint(SpirvWords &words, llvm::StringRef from, llvm::StringRef to);

} // namespace bornc

#endif // BORNC_COMPILER_CUSTOM_SPIRVMODULE_H
