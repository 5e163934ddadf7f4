//===- Kernel.cpp ---------------------------------------------------------===//
#include "dialects/kernel/Kernel.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/SmallSet.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::kernel;

#include "dialects/kernel/KernelDialect.cpp.inc"
#include "dialects/kernel/KernelEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/kernel/KernelAttrs.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/kernel/KernelOps.cpp.inc"

void KernelDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/kernel/KernelAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/kernel/KernelOps.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// What a dispatch and an executable have in common
//===----------------------------------------------------------------------===//

static Type logical(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? born::dropLayout(tensor) : type;
}

/// Checks a body against a signature with layouts (dispatch-c1 to -c4).
static LogicalResult verifyBody(Operation *op, Region &body, TypeRange inputs, TypeRange results,
                                std::optional<ArrayRef<int64_t>> tied) {
  for (Type type : llvm::concat<Type>(llvm::to_vector(inputs), llvm::to_vector(results)))
    if (auto tensor = dyn_cast<RankedTensorType>(type); tensor && !tensor.hasStaticShape())
      return op->emitOpError("expected static shapes, found ") << type; // dispatch-c4

  Block &block = body.front();
  if (block.getNumArguments() != inputs.size())
    return op->emitOpError("expected ")
           << inputs.size() << " block arguments, found " << block.getNumArguments(); // dispatch-c1
  for (auto [index, arg, type] : llvm::enumerate(block.getArguments(), inputs))
    if (arg.getType() != logical(type))
      return op->emitOpError("expected block argument ")
             << index << " of type " << logical(type) << ", found " << arg.getType(); // dispatch-c1

  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  if (!yield || yield.getNumOperands() != results.size())
    return op->emitOpError("expected a yield of ") << results.size() << " values"; // dispatch-c2
  for (auto [index, value, type] : llvm::enumerate(yield.getValues(), results))
    if (value.getType() != logical(type))
      return op->emitOpError("expected yielded value ")
             << index << " of type " << logical(type) << ", found "
             << value.getType(); // dispatch-c2

  if (!tied)
    return success();
  if (tied->size() != results.size())
    return op->emitOpError("expected ")
           << results.size() << " entries in 'tied', found " << tied->size(); // dispatch-c3
  llvm::SmallSet<int64_t, 4> seen;
  for (auto [index, input] : llvm::enumerate(*tied)) {
    if (input < 0)
      continue;
    if (input >= static_cast<int64_t>(inputs.size()) || inputs[input] != results[index] ||
        !seen.insert(input).second)
      return op->emitOpError("result ")
             << index << " cannot be tied to input " << input; // dispatch-c3
  }
  return success();
}

LogicalResult DispatchOp::verify() {
  return verifyBody(*this, getBody(), getOperandTypes(), getResultTypes(), getTied());
}

//===----------------------------------------------------------------------===//
// ExecutableOp
//===----------------------------------------------------------------------===//

/// Whether `entry` may be what is known of the elements of `tensor`.
static bool isQuantizationOf(Attribute entry, RankedTensorType tensor) {
  Type type = cast<TypeAttr>(entry).getValue();
  auto quantized = dyn_cast<quant::UniformQuantizedType>(type);
  return isa<NoneType>(type) || (quantized && quantized.getStorageType().isInteger(8) &&
                                 quantized.getExpressedType() == tensor.getElementType());
}

LogicalResult ExecutableOp::verify() {
  FunctionType type = getType();
  if (failed(verifyBody(*this, getBody(), type.getInputs(), type.getResults(), getTied())))
    return failure(); // executable-c1
  if (ArrayAttr quantized = getQuantizedAttr()) {
    SmallVector<RankedTensorType> inputs = inputTypes();
    if (quantized.size() != inputs.size())
      return emitOpError("expected ") << inputs.size() << " entries in 'quantized', found "
                                      << quantized.size(); // executable-c3
    for (auto [entry, tensor] : llvm::zip_equal(quantized, inputs))
      if (!isQuantizationOf(entry, tensor))
        return emitOpError("input of type ")
               << tensor << " cannot be quantised as " << entry; // executable-c3
  }
  if (getVariants().empty())
    return success();
  llvm::SmallSet<DeviceClass, 4> seen;
  for (auto variant : getVariants().getOps<VariantOp>())
    if (!seen.insert(variant.getDeviceClass()).second)
      return variant.emitOpError("second variant for device class ")
             << stringifyDeviceClass(variant.getDeviceClass()); // executable-c2
  return success();
}

SmallVector<RankedTensorType> ExecutableOp::inputTypes() {
  SmallVector<RankedTensorType> types;
  for (Type type : getType().getInputs())
    if (auto tensor = dyn_cast<RankedTensorType>(type))
      types.push_back(tensor);
  return types;
}

SmallVector<Type> ExecutableOp::quantizedInputs() {
  ArrayAttr quantized = getQuantizedAttr();
  return quantized ? llvm::to_vector(quantized.getAsValueRange<TypeAttr>()) : SmallVector<Type>();
}

SmallVector<RankedTensorType> ExecutableOp::resultTypes() {
  return llvm::map_to_vector(getType().getResults(),
                             [](Type type) { return cast<RankedTensorType>(type); });
}

CustomOp kernel::customOp(Block &body) {
  auto found = body.getOps<CustomOp>();
  return found.empty() ? CustomOp() : *found.begin();
}

unsigned ExecutableOp::numImmediates() { return getType().getNumInputs() - inputTypes().size(); }

unsigned ExecutableOp::resultBinding(unsigned i) {
  if (int64_t input = tiedInput(i); input >= 0)
    return input;
  unsigned binding = inputTypes().size();
  for (unsigned before = 0; before < i; ++before)
    binding += tiedInput(before) < 0;
  return binding;
}

unsigned ExecutableOp::numBindings() {
  unsigned count = inputTypes().size();
  for (unsigned i = 0, e = getType().getNumResults(); i < e; ++i)
    count += tiedInput(i) < 0;
  return count;
}

//===----------------------------------------------------------------------===//
// CustomOp
//===----------------------------------------------------------------------===//

LogicalResult CustomOp::verify() {
  if (getWorkgroupSize().size() != 3 || getWorkgroupCount().size() != 3) // custom-c1
    return emitOpError("expected workgroup sizes and counts of three axes");
  if (isa<DispatchOp, ExecutableOp>((*this)->getParentOp()) &&
      !llvm::equal(getOperands(), (*this)->getBlock()->getArguments())) // custom-c2
    return emitOpError("expected the arguments of its block as operands");
  return success();
}

//===----------------------------------------------------------------------===//
// CallOp
//===----------------------------------------------------------------------===//

LogicalResult CallOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto callee = symbols.lookupNearestSymbolFrom<ExecutableOp>(*this, getCalleeAttr());
  if (!callee)
    return emitOpError("expected a kernel.executable named ") << getCalleeAttr();
  auto type = FunctionType::get(getContext(), getOperandTypes(), getResultTypes());
  if (type != callee.getType()) // call-c1
    return emitOpError("expected the type of its executable, ")
           << callee.getType() << ", found " << type;
  return success();
}
