//===- Artifact.h - executables, objects and libraries ---------------------*- C++ -*-===//
#ifndef BORNC_COMPILER_EMIT_ARTIFACT_H
#define BORNC_COMPILER_EMIT_ARTIFACT_H

#include "compiler/emit/KernelCode.h"
#include "llvm/TargetParser/Triple.h"

namespace bornc {

/// The forms of an artifact. All but the executable have a C header beside
/// them and show nothing but the functions with the model's prefix.
enum class ArtifactKind { Program, Object, StaticLibrary, SharedLibrary };

/// Where an artifact's weights are: inside, in the file `<output>.weights` that
/// it opens by itself, or in that file for the application to supply.
enum class WeightsPlace { Embedded, File, Stripped };

/// What an artifact has code for.
struct Targets {
  bool vulkan = true, cpu = false;
};

struct ArtifactOptions {
  /// Prefix of the C functions; "": made from the model's name.
  std::string name;
  /// The C++ compiler; "": `<triple>-g++` or clang++ where there is a triple,
  /// else the environment's CXX, else c++.
  std::string cxx;
  /// The machine to make code for, "aarch64-linux-gnu"; "": what the compiler does.
  std::string triple;
  /// Headers and libraries of that machine; "": where the compiler looks.
  std::string sysroot;
  /// Where bornc is installed: lib/ has the runtime for this machine,
  /// share/bornc its sources for any other.
  std::string prefix;
  ArtifactKind kind = ArtifactKind::Program;
  /// A program without any shared library, which only CPU code can do without.
  bool isStatic = false;
  /// Code for CPUs checks every access to memory (AddressSanitizer).
  bool isSanitized = false;
  WeightsPlace weights = WeightsPlace::Embedded;
  Targets targets;
};

/// The machine for which artifacts with these options are: what CPU objects have
/// to be made for. An error where they cannot be made for it.
mlir::FailureOr<llvm::Triple> artifactTriple(const ArtifactOptions &options, mlir::Location loc);

/// Compiles and links a module whose executables hold code to `output`.
/// `objects` has the machine code of their CPU variants, one object per class.
/// `sourceDir` is where relative sources of weights are. The output appears
/// at once or not at all.
mlir::LogicalResult writeArtifact(mlir::ModuleOp module, llvm::ArrayRef<CpuObject> objects,
                                  llvm::StringRef output, llvm::StringRef sourceDir,
                                  const ArtifactOptions &options);

} // namespace bornc

#endif // BORNC_COMPILER_EMIT_ARTIFACT_H
