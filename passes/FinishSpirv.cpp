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

namespace {
struct FinishSpirv : bornc::impl::FinishSpirvPassBase<FinishSpirv> {
  void runOnOperation() override {
    spirv::ModuleOp module = getOperation();
    raiseVersion(module);
    decorateBuffers(module);
  }

  void raiseVersion(spirv::ModuleOp module) {
    std::optional<spirv::VerCapExtAttr> triple = module.getVceTriple();
    if (!triple)
      return;
    SmallVector<spirv::Capability> capabilities(triple->getCapabilities());
    SmallVector<spirv::Extension> extensions(triple->getExtensions());
    // Part of the core since 1.3.
    llvm::erase(extensions, spirv::Extension::SPV_KHR_storage_buffer_storage_class);
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
