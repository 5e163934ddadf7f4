//===- EmulateNarrowIntegers.cpp - integers below 32 bits as words --------===//
//
// A narrow integer is a word whose low bits are its bits; the others may be
// anything. An op that reads the sign or the size extends its operands first.
//
//===----------------------------------------------------------------------===//
#include "passes/Passes.h"
#include "passes/math/TypeEmulation.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace bornc {
#define GEN_PASS_DEF_EMULATENARROWINTEGERSPASS
#include "passes/Passes.h.inc"
} // namespace bornc

using namespace mlir;
using namespace bornc;
using namespace bornc::math;

/// The width of the elements of `type` if they are emulated, else 0.
static unsigned narrowWidth(Type type) {
  auto integer = dyn_cast<IntegerType>(getElementTypeOrSelf(type));
  return integer && integer.getWidth() > 1 && integer.getWidth() < 32 ? integer.getWidth() : 0;
}

namespace {
class NarrowConverter : public TypeConverter {
public:
  NarrowConverter() {
    addConversion([](Type type) { return type; });
    addConversion([](IntegerType type) -> Type {
      return narrowWidth(type) ? IntegerType::get(type.getContext(), 32) : type;
    });
    addShapedConversions(*this);
  }
};
} // namespace

/// The word with the number's value.
static Num extend(Num word, Type original, bool isSigned) {
  unsigned width = narrowWidth(original);
  if (!width)
    return word;
  if (!isSigned)
    return word & ((1u << width) - 1);
  return shiftRightSigned(shiftLeft(word, 32 - width), 32 - width);
}

namespace {
/// What an op needs of its operands.
enum class Needs { Bits, Signed, Unsigned };

Needs needs(Operation *op) {
  if (auto compare = dyn_cast<arith::CmpIOp>(op)) {
    switch (compare.getPredicate()) {
    case arith::CmpIPredicate::slt:
    case arith::CmpIPredicate::sle:
    case arith::CmpIPredicate::sgt:
    case arith::CmpIPredicate::sge:
      return Needs::Signed;
    default:
      return Needs::Unsigned;
    }
  }
  if (isa<arith::DivSIOp, arith::RemSIOp, arith::MaxSIOp, arith::MinSIOp, arith::ExtSIOp,
          arith::SIToFPOp, arith::IndexCastOp, mlir::math::AbsIOp, arith::CeilDivSIOp,
          arith::FloorDivSIOp>(op))
    return Needs::Signed;
  if (isa<arith::DivUIOp, arith::RemUIOp, arith::MaxUIOp, arith::MinUIOp, arith::ExtUIOp,
          arith::UIToFPOp, arith::IndexCastUIOp>(op))
    return Needs::Unsigned;
  return Needs::Bits;
}

struct ComputePattern : ConversionPattern {
  ComputePattern(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                                ConversionPatternRewriter &rewriter) const override {
    if (!computesValue(op))
      return rewriter.notifyMatchFailure(op, "moves values only");
    ImplicitLocOpBuilder b(op->getLoc(), rewriter);
    Needs need = needs(op);
    SmallVector<Value> values;
    for (auto [index, original, operand] : llvm::enumerate(op->getOperands(), operands)) {
      bool isShift = isa<arith::ShLIOp, arith::ShRUIOp, arith::ShRSIOp>(op);
      Needs here = !isShift                                ? need
                   : index == 1 || isa<arith::ShRUIOp>(op) ? Needs::Unsigned
                   : isa<arith::ShRSIOp>(op)               ? Needs::Signed
                                                           : Needs::Bits;
      Num word(b, operand);
      values.push_back(here == Needs::Bits
                           ? operand
                           : extend(word, original.getType(), here == Needs::Signed).get());
    }
    Type type = getTypeConverter()->convertType(op->getResult(0).getType());
    // Between narrow types and words there is nothing more to do.
    bool isCast = isa<arith::ExtSIOp, arith::ExtUIOp, arith::TruncIOp, arith::BitcastOp>(op);
    if (isCast && values.front().getType() == type) {
      rewriter.replaceOp(op, values.front());
      return success();
    }
    OperationName name = op->getName();
    if (isa<arith::FPToUIOp>(op)) // what fits is not negative as a word either
      name = OperationName(arith::FPToSIOp::getOperationName(), op->getContext());
    // Not the other properties: words may overflow where the integers did not.
    OperationState state(op->getLoc(), name, values, type,
                         op->getDiscardableAttrDictionary().getValue());
    if (auto compare = dyn_cast<arith::CmpIOp>(op))
      state.propertiesAttr = compare->getPropertiesAsAttribute();
    rewriter.replaceOp(op, rewriter.create(state));
    return success();
  }
};

struct EmulateNarrowIntegers : bornc::impl::EmulateNarrowIntegersPassBase<EmulateNarrowIntegers> {
  void runOnOperation() override {
    if (kernel::isCpu(getOperation().getDeviceClass()))
      return; // has such integers
    MLIRContext *context = &getContext();
    NarrowConverter converter;
    RewritePatternSet patterns(context);
    ConversionTarget target(*context);
    addMovementPatterns(converter, patterns, target);
    addConstantPattern(converter, patterns);
    patterns.add<ComputePattern>(converter, context);
    if (failed(applyPartialConversion(getOperation(), target, std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
