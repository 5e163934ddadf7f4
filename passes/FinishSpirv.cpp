//===- FinishSpirv.cpp - version, capabilities and decorations ------------===//
#include "passes/Passes.h"

#include "mlir/Dialect/SPIRV/IR/SPIRVDialect.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"

namespace bornc {
#define GEN_PASS_DEF_FINISHSPIRVPASS
#include "passes/Passes.h.inc"
} // namespace bornc

using namespace mlir;
using namespace bornc;

/// The global variable behind a pointer, or an empty name.
static StringRef variableOf(Value pointer) {
  while (auto chain = pointer.getDefiningOp<spirv::AccessChainOp>())
    pointer = chain.getBasePtr();
  auto address = pointer.getDefiningOp<spirv::AddressOfOp>();
  return address ? address.getVariable() : StringRef();
}

/// Every float operation means what it says: passes/math relies on (x + c) - c being
/// a rounding, and a fused multiply-add is written as one where it is wanted.
static void forbidContraction(spirv::ModuleOp module) {
  UnitAttr unit = UnitAttr::get(module.getContext());
  module.walk([&](Operation *op) {
    if (isa<spirv::FAddOp, spirv::FSubOp, spirv::FMulOp, spirv::FDivOp>(op))
      op->setAttr("no_contraction", unit);
  });
}

static bool usesF32(spirv::ModuleOp module) {
  auto isF32 = [](Type type) { return getElementTypeOrSelf(type).isF32(); };
  return module
      .walk([&](Operation *op) {
        return llvm::any_of(op->getOperandTypes(), isF32) ? WalkResult::interrupt()
                                                          : WalkResult::advance();
      })
      .wasInterrupted();
}

namespace {
struct FinishSpirv : bornc::impl::FinishSpirvPassBase<FinishSpirv> {
  void runOnOperation() override {
    spirv::ModuleOp module = getOperation();
    setRequirements(module, usesF32(module));
    forbidContraction(module);
    decorateBuffers(module);
  }

  /// Signed zeros, infinities, NaN and subnormal numbers are kept. The runtime takes
  /// out of the module what the device has not (runtime/float_controls.cpp).
  void addFloatControls(spirv::ModuleOp module) {
    for (auto entry : llvm::to_vector(module.getOps<spirv::EntryPointOp>())) {
      OpBuilder builder(entry->getContext());
      builder.setInsertionPointAfter(entry);
      for (auto mode :
           {spirv::ExecutionMode::SignedZeroInfNanPreserve, spirv::ExecutionMode::DenormPreserve})
        spirv::ExecutionModeOp::create(builder, entry.getLoc(), entry.getFnAttr(),
                                       spirv::ExecutionModeAttr::get(&getContext(), mode),
                                       builder.getI32ArrayAttr(32));
    }
  }

  void setRequirements(spirv::ModuleOp module, bool hasFloats) {
    std::optional<spirv::VerCapExtAttr> triple = module.getVceTriple();
    if (!triple)
      return;
    SmallVector<spirv::Capability> capabilities(triple->getCapabilities());
    SmallVector<spirv::Extension> extensions(triple->getExtensions());
    // Part of the core since 1.3.
    llvm::erase(extensions, spirv::Extension::SPV_KHR_storage_buffer_storage_class);
    if (hasFloats) {
      addFloatControls(module);
      extensions.push_back(spirv::Extension::SPV_KHR_float_controls);
      capabilities.push_back(spirv::Capability::SignedZeroInfNanPreserve);
      capabilities.push_back(spirv::Capability::DenormPreserve);
    }
    module->setAttr(spirv::ModuleOp::getVCETripleAttrName(),
                    spirv::VerCapExtAttr::get(spirv::Version::V_1_3, capabilities, extensions,
                                              module.getContext()));
  }

  void decorateBuffers(spirv::ModuleOp module) {
    // Views of one binding are one buffer: writing through any of them counts.
    using Slot = std::pair<uint32_t, uint32_t>;
    auto slotOf = [](spirv::GlobalVariableOp variable) {
      return Slot(variable.getDescriptorSet().value_or(0), variable.getBinding().value_or(0));
    };
    llvm::DenseSet<StringRef> written;
    module.walk([&](spirv::StoreOp store) { written.insert(variableOf(store.getPtr())); });
    llvm::DenseSet<Slot> writtenSlots;
    llvm::DenseMap<Slot, unsigned> views;
    for (auto variable : module.getOps<spirv::GlobalVariableOp>()) {
      if (!variable.getBinding())
        continue;
      ++views[slotOf(variable)];
      if (written.contains(variable.getSymName()))
        writtenSlots.insert(slotOf(variable));
    }
    UnitAttr unit = UnitAttr::get(module.getContext());
    for (auto variable : module.getOps<spirv::GlobalVariableOp>()) {
      if (!variable.getBinding())
        continue;
      Slot slot = slotOf(variable);
      if (!writtenSlots.contains(slot))
        variable->setAttr("non_writable", unit);
      else if (views[slot] > 1)
        variable->setAttr("aliased", unit);
    }
  }
};
} // namespace
