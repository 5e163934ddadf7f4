//===- Warnings.cpp - what is legal but suspicious ------------------------===//
#include "compiler/import/GraphImporter.h"
#include "dialects/onnx/Onnx.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::importer;
using ::onnx::TensorProto;

namespace {
/// What a tensor has of numbers that are none.
struct NonFinite {
  int64_t nans = 0, infinities = 0;
  bool isMask = true; ///< all that is finite is zero, all that is infinite negative
};
} // namespace

/// Looks at the bits, `exponent` being those that NaN and infinities have all
/// set. Most tensors have none of them: the first loop does little per element.
template <typename Bits>
static NonFinite countNonFinite(StringRef bytes, Bits exponent) {
  size_t count = bytes.size() / sizeof(Bits);
  auto at = [&](size_t i) {
    Bits bits; // the bytes of a mapped file need not be aligned
    std::memcpy(&bits, bytes.data() + i * sizeof(Bits), sizeof(Bits));
    return bits;
  };
  bool any = false;
  for (size_t i = 0; i < count; ++i)
    any |= (at(i) & exponent) == exponent;
  NonFinite found;
  for (size_t i = 0; any && i < count; ++i) {
    constexpr Bits sign = Bits(1) << (8 * sizeof(Bits) - 1);
    Bits bits = at(i), magnitude = bits & Bits(~sign);
    if ((bits & exponent) != exponent) {
      found.isMask &= magnitude == 0;
    } else if (magnitude != exponent) {
      ++found.nans;
    } else {
      ++found.infinities;
      found.isMask &= (bits & sign) != 0;
    }
  }
  return found;
}

static NonFinite countNonFinite(const ConstantData &data) {
  switch (data.elementType) {
  case TensorProto::FLOAT:
    return countNonFinite<uint32_t>(data.bytes(), 0x7f800000);
  case TensorProto::DOUBLE:
    return countNonFinite<uint64_t>(data.bytes(), 0x7ff0000000000000);
  case TensorProto::FLOAT16:
    return countNonFinite<uint16_t>(data.bytes(), 0x7c00);
  case TensorProto::BFLOAT16:
    return countNonFinite<uint16_t>(data.bytes(), 0x7f80);
  default:
    return {};
  }
}

void GraphImporter::noteNonFinite(const ConstantData &data, Operation *op) {
  if (!options.warnings.isEnabled(Code::NonFiniteWeight))
    return; // reading all weights takes time
  NonFinite found = countNonFinite(data);
  // A single infinity is a bound, zeros and negative infinities are a mask.
  bool isExpected = found.isMask || elementCount(data.shape) == 1;
  if (found.nans == 0 && (found.infinities == 0 || isExpected))
    return;
  std::string text;
  if (found.nans != 0)
    text += std::to_string(found.nans) + " NaN";
  if (found.infinities != 0)
    text += (text.empty() ? "" : " and ") + std::to_string(found.infinities) + " infinities";
  nonFinite[op] = "the weight holds " + text + " among its " +
                  std::to_string(*elementCount(data.shape)) + " elements";
}

/// Whether an operator computes, rather than moves elements or converts them.
static bool computes(StringRef op) {
  return !llvm::StringSwitch<bool>(op)
              .Cases({"Cast", "CastLike", "Concat", "Constant", "ConstantOfShape"}, true)
              .Cases({"DepthToSpace", "Expand", "Flatten", "Gather", "GatherElements"}, true)
              .Cases({"GatherND", "Identity", "Loop", "Pad", "Reshape", "Scan"}, true)
              .Cases({"ScatterElements", "ScatterND", "Slice", "SpaceToDepth", "Split"}, true)
              .Cases({"Squeeze", "Tile", "Transpose", "Unsqueeze", "Where"}, true)
              .Default(false);
}

static bool isF64(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getElementType().isF64();
}

LogicalResult GraphImporter::warn() {
  const WarningFlags &flags = options.warnings;
  bool ok = true;
  for (BlockArgument input : main.getArguments())
    if (input.use_empty())
      ok &= succeeded(flags.warn(input.getLoc(), Code::UnusedInput,
                                 "no output depends on the values of this input"));
  for (Location node : runTimeBranches)
    ok &= succeeded(flags.warn(node, Code::BothBranches,
                               "both branches are computed, since the condition is known only at "
                               "run time"));
  Operation *first = nullptr;
  int64_t count = 0;
  main.walk([&](Operation *op) {
    if (auto it = nonFinite.find(op); it != nonFinite.end())
      ok &= succeeded(flags.warn(op->getLoc(), Code::NonFiniteWeight, it->second));
    if (!isa<onnx::OnnxDialect>(op->getDialect()) || !computes(op->getName().stripDialect()) ||
        !(llvm::any_of(op->getOperandTypes(), isF64) || llvm::any_of(op->getResultTypes(), isF64)))
      return;
    ++count;
    first = first ? first : op;
  });
  if (first)
    ok &= succeeded(flags.warn(first->getLoc(), Code::F64,
                               "computes in f64, which is emulated and slow; in all, " +
                                   Twine(count) + (count == 1 ? " node does" : " nodes do")));
  return success(ok);
}
