//===- SpirvModule.cpp ----------------------------------------------------===//
#include "compiler/custom/SpirvModule.h"

#include "mlir/Dialect/SPIRV/IR/SPIRVEnums.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

#include <cstring>
#include <spirv-tools/libspirv.h>

using namespace bornc;
using namespace mlir::spirv;
using llvm::ArrayRef;
using llvm::StringRef;
using llvm::Twine;

/// Words of the header of a module, before its instructions.
static constexpr size_t headerWords = 5;
/// OpDecorationGroup, which MLIR has no name for.
static constexpr auto decorationGroup = static_cast<Opcode>(73);

std::string bornc::validateSpirv(ArrayRef<uint32_t> words) {
  spv_context context = spvContextCreate(SPV_ENV_VULKAN_1_1);
  spv_validator_options options = spvValidatorOptionsCreate();
  spv_const_binary_t binary = {words.data(), words.size()};
  spv_diagnostic diagnostic = nullptr;
  spv_result_t result = spvValidateWithOptions(context, options, &binary, &diagnostic);
  std::string message;
  if (result != SPV_SUCCESS)
    message = diagnostic && diagnostic->error ? diagnostic->error : "unknown reason";
  spvDiagnosticDestroy(diagnostic);
  spvValidatorOptionsDestroy(options);
  spvContextDestroy(context);
  return message;
}

namespace {

/// An instruction of a module, without its first word.
struct Instruction {
  Opcode opcode;
  ArrayRef<uint32_t> operands;
  size_t offset; ///< of its first word
};

} // namespace

/// The instructions of a valid module.
static llvm::SmallVector<Instruction, 0> instructionsOf(ArrayRef<uint32_t> words) {
  llvm::SmallVector<Instruction, 0> list;
  for (size_t at = headerWords; at < words.size(); at += words[at] >> 16)
    list.push_back(
        {static_cast<Opcode>(words[at] & 0xffff), words.slice(at + 1, (words[at] >> 16) - 1), at});
  return list;
}

/// The string that starts at a word; valid modules end it.
static StringRef stringAt(const uint32_t *word) { return reinterpret_cast<const char *>(word); }

/// Whether an instruction is the compute shader `name`.
static bool isEntryPoint(const Instruction &instruction, StringRef name) {
  return instruction.opcode == Opcode::OpEntryPoint &&
         static_cast<ExecutionModel>(instruction.operands[0]) == ExecutionModel::GLCompute &&
         stringAt(&instruction.operands[2]) == name;
}

void bornc::renameEntryPoint(SpirvWords &words, StringRef from, StringRef to) {
  for (const Instruction &instruction : instructionsOf(words)) {
    if (!isEntryPoint(instruction, from))
      continue;
    // Opcode, model and function stay; then the name, padded with zeros, and the interface.
    llvm::SmallVector<uint32_t> name(to.size() / 4 + 1);
    std::memcpy(name.data(), to.data(), to.size());
    size_t oldWords = from.size() / 4 + 1;
    size_t count = instruction.operands.size() + 1 - oldWords + name.size();
    auto start = words.begin() + instruction.offset;
    *start = static_cast<uint32_t>(count << 16) | (*start & 0xffff);
    words.erase(start + 3, start + 3 + oldWords);
    words.insert(words.begin() + instruction.offset + 3, name.begin(), name.end());
    return;
  }
}

//===----------------------------------------------------------------------===//
// What a module needs
//===----------------------------------------------------------------------===//

namespace {

/// A capability and the feature of a device that it asks for; "": every one has it.
struct Requirement {
  Capability capability;
  StringRef feature;
};
constexpr Requirement requirements[] = {
    {Capability::Shader, ""},
    {Capability::Matrix, ""},
    {Capability::GroupNonUniform, ""},
    {Capability::Float16, "shader_float16"},
    {Capability::Float64, "shader_float64"},
    {Capability::Int8, "shader_int8"},
    {Capability::Int16, "shader_int16"},
    {Capability::Int64, "shader_int64"},
    {Capability::StorageBuffer8BitAccess, "storage_8bit"},
    {Capability::StorageBuffer16BitAccess, "storage_16bit"},
    {Capability::GroupNonUniformShuffle, "subgroup_shuffle"},
    {Capability::GroupNonUniformArithmetic, "subgroup_arithmetic"},
};

class Inspector {
public:
  Inspector(SpirvWords words, StringRef entry) : entry(entry) { kernel.words = std::move(words); }

  llvm::Expected<SpirvKernel> run() {
    auto instructions = instructionsOf(kernel.words);
    for (const Instruction &instruction : instructions)
      if (isEntryPoint(instruction, entry))
        function = instruction.operands[1];
    if (!function)
      return llvm::createStringError("it has no compute shader named '" + entry + "'");
    for (const Instruction &instruction : instructions)
      if (llvm::Error error = visit(instruction))
        return error;
    for (const auto &[variable, pointer] : variables)
      if (llvm::Error error = visitVariable(variable, pointer.first, pointer.second))
        return error;
    return std::move(kernel);
  }

private:
  /// Declarations come before what uses them, decorations before all.
  llvm::Error visit(const Instruction &instruction) {
    ArrayRef<uint32_t> operands = instruction.operands;
    if (instruction.opcode == decorationGroup)
      return llvm::createStringError("it decorates groups, which SPIR-V has deprecated");
    switch (instruction.opcode) {
    case Opcode::OpCapability:
      return addCapability(static_cast<Capability>(operands[0]));
    case Opcode::OpExecutionMode:
      if (operands[0] == function &&
          static_cast<ExecutionMode>(operands[1]) == ExecutionMode::LocalSize)
        for (unsigned axis = 0; axis < 3; ++axis)
          kernel.workgroupSize[axis] = operands[2 + axis];
      break;
    case Opcode::OpDecorate:
      decorations[{operands[0], operands[1]}] = operands.size() > 2 ? operands[2] : 1;
      break;
    case Opcode::OpMemberDecorate:
      members[{operands[0], operands[2]}][operands[1]] = operands.size() > 3 ? operands[3] : 1;
      break;
    case Opcode::OpConstant:
    case Opcode::OpSpecConstant:
      constants[operands[1]] = operands[2];
      break;
    case Opcode::OpTypePointer:
      pointees[operands[0]] = operands[2];
      break;
    case Opcode::OpVariable:
      variables.push_back({operands[1], {operands[0], static_cast<StorageClass>(operands[2])}});
      break;
    default:
      addType(instruction);
    }
    return llvm::Error::success();
  }

  /// Bytes of a type, 0 for arrays that end with their buffer.
  void addType(const Instruction &instruction) {
    ArrayRef<uint32_t> operands = instruction.operands;
    uint64_t &size = sizes[operands.empty() ? 0 : operands[0]];
    switch (instruction.opcode) {
    case Opcode::OpTypeBool:
      size = 4;
      return;
    case Opcode::OpTypeInt:
    case Opcode::OpTypeFloat:
      size = operands[1] / 8;
      return;
    case Opcode::OpTypeVector:
    case Opcode::OpTypeMatrix:
      size = sizes.lookup(operands[1]) * operands[2];
      return;
    case Opcode::OpTypeArray:
      size = std::max<uint64_t>(sizes.lookup(operands[1]),
                                decorated(operands[0], Decoration::ArrayStride).value_or(0)) *
             constants.lookup(operands[2]);
      return;
    case Opcode::OpTypeStruct: {
      auto offsets = members.find({operands[0], static_cast<uint32_t>(Decoration::Offset)});
      memberCount[operands[0]] = operands.size() - 1;
      size = 0;
      for (auto [index, member] : llvm::enumerate(operands.drop_front())) {
        bool isPlaced = offsets != members.end() && offsets->second.count(index);
        uint64_t offset = isPlaced ? offsets->second[index] : size;
        size = std::max(size, offset + sizes.lookup(member));
      }
      return;
    }
    default:
      return;
    }
  }

  llvm::Error addCapability(Capability capability) {
    for (const Requirement &row : requirements)
      if (row.capability == capability) {
        if (!row.feature.empty())
          kernel.features.push_back(row.feature);
        return llvm::Error::success();
      }
    return llvm::createStringError("it needs the capability " + stringifyCapability(capability) +
                                   ", which models do not ask devices for");
  }

  std::optional<uint32_t> decorated(uint32_t id, Decoration decoration) {
    auto found = decorations.find({id, static_cast<uint32_t>(decoration)});
    return found == decorations.end() ? std::nullopt : std::optional(found->second);
  }

  llvm::Error visitVariable(uint32_t id, uint32_t pointer, StorageClass storage) {
    uint32_t type = pointees.lookup(pointer);
    switch (storage) {
    case StorageClass::Function:
    case StorageClass::Private:
    case StorageClass::Input:
      return llvm::Error::success();
    case StorageClass::Workgroup:
      kernel.workgroupMemory += sizes.lookup(type);
      return llvm::Error::success();
    case StorageClass::PushConstant:
      kernel.pushConstantBytes = sizes.lookup(type);
      return llvm::Error::success();
    case StorageClass::StorageBuffer:
      return visitBuffer(id, type);
    case StorageClass::Uniform:
      if (decorated(type, Decoration::BufferBlock))
        return visitBuffer(id, type);
      break;
    default:
      break;
    }
    return llvm::createStringError("it has a variable of class " + stringifyStorageClass(storage) +
                                   ", expected storage buffers and push constants only");
  }

  llvm::Error visitBuffer(uint32_t id, uint32_t type) {
    uint32_t set = decorated(id, Decoration::DescriptorSet).value_or(0);
    uint32_t binding = decorated(id, Decoration::Binding).value_or(0);
    if (set != 0)
      return llvm::createStringError("its binding " + Twine(binding) + " is in descriptor set " +
                                     Twine(set) + ", expected 0");
    auto readOnly = members.find({type, static_cast<uint32_t>(Decoration::NonWritable)});
    bool isReadOnly =
        decorated(id, Decoration::NonWritable) ||
        (readOnly != members.end() && readOnly->second.size() == memberCount.lookup(type));
    kernel.isWritable[binding] |= !isReadOnly; // views of one binding are one buffer
    return llvm::Error::success();
  }

  StringRef entry;
  SpirvKernel kernel;
  uint32_t function = 0;
  using Key = std::pair<uint32_t, uint32_t>; ///< id, decoration
  llvm::DenseMap<Key, uint32_t> decorations;
  llvm::DenseMap<Key, std::map<uint32_t, uint32_t>> members; ///< by number of the member
  llvm::DenseMap<uint32_t, uint32_t> constants, pointees, memberCount;
  llvm::DenseMap<uint32_t, uint64_t> sizes; ///< by type
  std::vector<std::pair<uint32_t, std::pair<uint32_t, StorageClass>>> variables;
};

} // namespace

llvm::Expected<SpirvKernel> bornc::inspectSpirv(SpirvWords words, StringRef entry) {
  return Inspector(std::move(words), entry).run();
}
