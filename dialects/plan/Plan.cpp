//===- Plan.cpp -----------------------------------------------------------===//
#include "dialects/plan/Plan.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::plan;

#include "dialects/plan/PlanDialect.cpp.inc"
#include "dialects/plan/PlanEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/plan/PlanAttrs.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/plan/PlanTypes.cpp.inc"

//===----------------------------------------------------------------------===//
// Syntax
//===----------------------------------------------------------------------===//

/// `read %x, read_write %h`
static ParseResult parseBindings(OpAsmParser &parser,
                                 SmallVectorImpl<OpAsmParser::UnresolvedOperand> &buffers,
                                 DenseI32ArrayAttr &access) {
  SmallVector<int32_t> values;
  auto parseBinding = [&]() -> ParseResult {
    SMLoc loc = parser.getCurrentLocation();
    StringRef keyword;
    if (buffers.empty() ? failed(parser.parseOptionalKeyword(&keyword))
                        : failed(parser.parseKeyword(&keyword)))
      return buffers.empty() ? success() : failure();
    std::optional<Access> value = symbolizeAccess(keyword);
    if (!value)
      return parser.emitError(loc, "expected read, write or read_write, found '") << keyword << "'";
    values.push_back(static_cast<int32_t>(*value));
    return parser.parseOperand(buffers.emplace_back());
  };
  if (failed(parser.parseCommaSeparatedList(parseBinding)))
    return failure();
  access = parser.getBuilder().getDenseI32ArrayAttr(values);
  return success();
}

static void printBindings(OpAsmPrinter &printer, Operation *, OperandRange buffers,
                          DenseI32ArrayAttr access) {
  llvm::interleaveComma(llvm::zip(buffers, access.asArrayRef()), printer, [&](auto binding) {
    auto [buffer, value] = binding;
    printer << stringifyAccess(static_cast<Access>(value)) << ' ' << buffer;
  });
}

#define GET_OP_CLASSES
#include "dialects/plan/PlanOps.cpp.inc"

void PlanDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/plan/PlanAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/plan/PlanTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/plan/PlanOps.cpp.inc"
      >();
}

uint64_t plan::bufferSize(RankedTensorType type) {
  return std::max<uint64_t>(4, llvm::alignTo(born::storageSize(type), 4));
}

BufferOp plan::bufferOf(Value value) { return value.getDefiningOp<BufferOp>(); }

std::string plan::nodeNames(Location loc) {
  llvm::SetVector<StringRef> names;
  loc->walk([&](Location inner) {
    if (auto name = dyn_cast<NameLoc>(inner))
      names.insert(name.getName().getValue());
    return WalkResult::advance();
  });
  return llvm::join(names, ", ");
}

/// Checks that a tensor has a size in bytes and lies where a descriptor can
/// point to (the rules that weights and buffers share).
static LogicalResult verifyPlace(Operation *op, RankedTensorType type, uint64_t offset,
                                 uint64_t size) {
  if (!type.hasStaticShape() || !type.getElementType().isIntOrFloat())
    return op->emitOpError("expected a static tensor of integers or floats, found ") << type;
  if (offset % bufferAlignment != 0)
    return op->emitOpError("expected an offset that is a multiple of ")
           << bufferAlignment << ", found " << offset;
  if (size != bufferSize(type))
    return op->emitOpError("expected a size of ")
           << bufferSize(type) << " for " << type << ", found " << size;
  return success();
}

//===----------------------------------------------------------------------===//
// WeightOp
//===----------------------------------------------------------------------===//

LogicalResult WeightOp::verify() {
  if (getSource().has_value() == getValue().has_value()) // weight-c1
    return emitOpError("expected either a source or a value, found ")
           << (getSource() ? "both" : "none");
  RankedTensorType type = getType();
  if (failed(verifyPlace(*this, type, getOffset(), getSize()))) // weight-c2
    return failure();

  RankedTensorType logical = born::dropLayout(type);
  if (auto value = getValue()) {
    if (value->getShapedType() != logical) // weight-c3
      return emitOpError("expected a value of type ")
             << logical << ", found " << value->getShapedType();
    return success();
  }
  RankedTensorType stored = getStored().value_or(RankedTensorType());
  if (!stored || !stored.hasStaticShape() || !stored.getElementType().isIntOrFloat())
    return emitOpError("expected a static stored type, found ") << stored;
  if (getSource()->getLength() != born::storageSize(stored)) // weight-c3
    return emitOpError("expected ") << born::storageSize(stored) << " bytes for " << stored
                                    << ", found a source of " << getSource()->getLength();
  ArrayAttr steps = getStepsAttr() ? getStepsAttr() : ArrayAttr::get(getContext(), {});
  FailureOr<RankedTensorType> made = born::applySteps(stored, steps, [&] { return emitOpError(); });
  if (failed(made))
    return failure();
  if (*made != logical) // weight-c3
    return emitOpError("steps make ") << *made << ", but the weight is " << logical;
  return success();
}

//===----------------------------------------------------------------------===//
// ProgramOp, BufferOp, SubmitOp
//===----------------------------------------------------------------------===//

uint64_t ProgramOp::spaceSize(Space space) {
  switch (space) {
  case Space::Transient:
    return getTransientSize();
  case Space::Io:
    return getIoSize();
  case Space::Weights: {
    uint64_t size = 0;
    for (auto weight : (*this)->getParentRegion()->getOps<WeightOp>())
      size = std::max(size, weight.getOffset() + weight.getSize());
    return size;
  }
  case Space::State:
    return 0;
  }
  llvm_unreachable("covered switch");
}

LogicalResult ProgramOp::verify() {
  auto verifyTensors = [&](StringRef what, ArrayAttr tensors, uint64_t begin,
                           uint64_t end) -> LogicalResult {
    for (auto tensor : tensors.getAsRange<TensorAttr>()) {
      RankedTensorType type = tensor.getType();
      uint64_t offset = tensor.getOffset();
      if (!type.hasStaticShape() || type.getEncoding() || !type.getElementType().isIntOrFloat())
        return emitOpError(what) << " '" << tensor.getName()
                                 << "' needs a static shape and no layout, found " << type;
      if (offset % bufferAlignment != 0)
        return emitOpError(what) << " '" << tensor.getName()
                                 << "' needs an offset that is a multiple of " << bufferAlignment
                                 << ", found " << offset;
      if (offset < begin || bufferSize(type) > end || offset > end - bufferSize(type))
        return emitOpError(what) << " '" << tensor.getName() << "' lies outside [" << begin << ", "
                                 << end << ")";
    }
    return success();
  };
  if (getInputSize() % bufferAlignment != 0)
    return emitOpError("expected an input_size that is a multiple of ")
           << bufferAlignment << ", found " << getInputSize();
  if (failed(verifyTensors("input", getInputs(), 0, getInputSize())) ||
      failed(verifyTensors("output", getOutputs(), getInputSize(), getIoSize())))
    return failure(); // program-c1
  for (Operation &op : getBody().front())
    if (!isa<BufferOp, SubmitOp>(op)) // program-c2
      return op.emitOpError("expected only plan.buffer and plan.submit in a plan.program");
  if (getChecks() > getOutputs().size()) // program-c3
    return emitOpError("has ") << getChecks() << " checks, but only " << getOutputs().size()
                               << " outputs";
  auto word = RankedTensorType::get({}, IntegerType::get(getContext(), 32));
  for (Attribute check : getOutputs().getValue().take_back(getChecks()))
    if (cast<TensorAttr>(check).getType() != word) // program-c3
      return emitOpError("expected checks of type ") << word << ", found " << check;
  return success();
}

LogicalResult BufferOp::verify() {
  if (failed(verifyPlace(*this, getType(), getOffset(), getSize())))
    return failure();                                            // buffer-c1, buffer-c2
  if ((getSpace() == Space::Weights) != getWeight().has_value()) // buffer-c3
    return emitOpError("expected a weight's name in the weights space and only there");
  return success();
}

void BufferOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  if (getWeight())
    return setName(getBuffer(), *getWeight());
  setName(getBuffer(), getSpace() == Space::Io ? "io" : "t");
}

LogicalResult SubmitOp::verify() {
  for (Operation &op : getBody().front())
    if (!isa<DispatchOp, CopyOp, BarrierOp, UploadOp, DownloadOp>(op)) // submit-c1
      return op.emitOpError("expected only commands in a plan.submit");
  return success();
}

//===----------------------------------------------------------------------===//
// Commands
//===----------------------------------------------------------------------===//

LogicalResult DispatchOp::verify() {
  if (getAccess().size() != getBuffers().size()) // dispatch-c1
    return emitOpError("expected an access per buffer, found ")
           << getAccess().size() << " for " << getBuffers().size();
  for (int32_t access : getAccess())
    if (!symbolizeAccess(access)) // dispatch-c1
      return emitOpError("expected accesses from 1 to 3, found ") << access;
  if (getImmediates().size() * 4 > maxImmediateBytes) // dispatch-c2
    return emitOpError("expected at most ")
           << maxImmediateBytes << " bytes of immediates, found " << getImmediates().size() * 4;
  return success();
}

LogicalResult CopyOp::verify() {
  BufferOp source = bufferOf(getSource()), target = bufferOf(getTarget());
  if (!source || !target)
    return emitOpError("expected operands made by plan.buffer");
  if (source.getSize() != target.getSize()) // copy-c1
    return emitOpError("expected buffers of equal size, found ")
           << source.getSize() << " and " << target.getSize() << " bytes";
  if (source.getSpace() == target.getSpace() &&
      source.getOffset() < target.getOffset() + target.getSize() &&
      target.getOffset() < source.getOffset() + source.getSize()) // copy-c1
    return emitOpError("expected buffers that do not overlap");
  return success();
}
