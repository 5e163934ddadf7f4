//===- Strategy.cpp - device classes and what strategies share ------------===//
#include "passes/codegen/Strategy.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVEnums.h"
#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

/// Vulkan's minimum for maxComputeWorkGroupCount.
static constexpr int64_t kMaxGroupsPerAxis = 65535;

const DeviceParameters &codegen::getDeviceParameters(kernel::DeviceClass deviceClass) {
  using kernel::DeviceClass;
  constexpr Machine kShader = Machine::Shader, kCpu = Machine::Cpu;
  static constexpr ByteDot sse4[] = {
      {"llvm.x86.sse2.pmadd.wd", /*isDataSigned=*/true, /*steps=*/2, /*rows=*/1, /*bits=*/16}};
  static constexpr ByteDot avx2[] = {
      {"llvm.x86.avx2.pmadd.wd", /*isDataSigned=*/true, /*steps=*/2, /*rows=*/1, /*bits=*/16}};
  static constexpr ByteDot avx512[] = {{"llvm.x86.avx512.pmaddw.d.512", /*isDataSigned=*/true,
                                        /*steps=*/2, /*rows=*/1, /*bits=*/16}};
  static constexpr ByteDot avx512Vnni[] = {{"llvm.x86.avx512.vpdpbusd.512", /*isDataSigned=*/false},
                                           avx512[0]};
  static constexpr ByteDot neonDotprod[] = {{"llvm.aarch64.neon.sdot", /*isDataSigned=*/true}};
  static constexpr ByteDot neonI8mm[] = {
      {"llvm.aarch64.neon.usmmla", /*isDataSigned=*/false, /*steps=*/8, /*rows=*/2},
      {"llvm.aarch64.neon.usdot", /*isDataSigned=*/false}};
  // `software` is a CPU rasteriser whose subgroup is one vector register: loads
  // are what costs, so tiles are large and scalars travel by shuffles. A tile of a CPU
  // fills the vector registers (32 or 16) but for one or more of data.
  static const DeviceParameters table[] = {
      {DeviceClass::Generic, kShader, 4, 0, 64, 64, 8, 4, 1, 16384, 2, 0},
      {DeviceClass::Software, kShader, 4, 8, 64, 8, 32, 32, 2, 0, 7, 0},
      {DeviceClass::Sse4, kCpu, 4, 0, 4096, 1, 32, 8, 8, 0, 4, 14, sse4},
      {DeviceClass::Avx2, kCpu, 8, 0, 4096, 1, 32, 8, 8, 0, 4, 14, avx2},
      {DeviceClass::Avx512, kCpu, 16, 0, 4096, 1, 64, 14, 8, 0, 7, 32, avx512},
      {DeviceClass::Avx512Vnni, kCpu, 16, 0, 4096, 1, 64, 14, 8, 0, 7, 32, avx512Vnni},
      {DeviceClass::Neon, kCpu, 4, 0, 4096, 1, 32, 14, 8, 0, 7, 28},
      {DeviceClass::NeonDotprod, kCpu, 4, 0, 4096, 1, 32, 14, 8, 0, 7, 28, neonDotprod},
      {DeviceClass::NeonI8mm, kCpu, 4, 0, 4096, 1, 32, 14, 8, 0, 7, 28, neonI8mm},
  };
  const auto *row = llvm::find_if(
      table, [&](const DeviceParameters &device) { return device.deviceClass == deviceClass; });
  assert(row != std::end(table) && "every class has its parameters");
  return *row;
}

void codegen::forEachVector(Emitter &emitter, int64_t length,
                            llvm::function_ref<void(AffineExpr)> emitBody) {
  IndexSpace &space = emitter.space;
  int64_t done = 0;
  for (int64_t lanes = space.lanes(); lanes >= 1; lanes /= 2) {
    int64_t trips = (length - done) / lanes;
    if (trips == 0)
      continue;
    emitter.withLanes(lanes, [&] {
      emitter.emitLoop(trips, {}, [&](AffineExpr trip, ValueRange) {
        AffineExpr first = done + trip * lanes;
        emitBody(lanes == 1 ? space.simplify(first) : space.simplify(first + space.lane()));
        return SmallVector<Value>{};
      });
    });
    done += trips * lanes;
  }
}

LogicalResult codegen::emitKernel(Emitter &emitter, const DeviceParameters &device,
                                  KernelShape &shape) {
  kernel::Strategy strategy =
      emitter.getSource().getStrategy().value_or(kernel::Strategy::Elementwise);
  switch (strategy) {
  case kernel::Strategy::Contraction:
  case kernel::Strategy::Recurrent:
    return emitContraction(emitter, device, shape);
  case kernel::Strategy::Attention:
    return emitAttention(emitter, device, shape);
  case kernel::Strategy::RowReduction:
    return emitRowReduction(emitter, device, shape);
  case kernel::Strategy::Elementwise:
  case kernel::Strategy::Window:
  case kernel::Strategy::Movement:
    return emitElementwise(emitter, device, shape);
  }
  llvm_unreachable("all strategies are handled");
}

AffineExpr codegen::workgroupNumber(Emitter &emitter, KernelShape &shape, int64_t count) {
  count = std::max<int64_t>(1, count); // a result without elements has one that writes none
  int64_t mostPerAxis = emitter.isCpu() ? count : kMaxGroupsPerAxis;
  int64_t rows = llvm::divideCeil(count, mostPerAxis);
  int64_t columns = llvm::divideCeil(count, rows);
  shape.workgroupCount[0] = columns;
  shape.workgroupCount[1] = rows;
  auto id = [&](gpu::Dimension dimension, int64_t bound) {
    return emitter.space.add(gpu::BlockIdOp::create(emitter.builder, emitter.loc, dimension),
                             bound);
  };
  AffineExpr x = id(gpu::Dimension::x, columns);
  return rows == 1 ? x : id(gpu::Dimension::y, rows) * columns + x;
}

AffineExpr codegen::invocationNumber(Emitter &emitter, KernelShape &shape, int64_t size) {
  shape.workgroupSize[0] = size;
  if (emitter.isCpu())
    return emitter.space.constant(0);
  return emitter.space.add(gpu::ThreadIdOp::create(emitter.builder, emitter.loc, gpu::Dimension::x),
                           size);
}

Value codegen::combineAcross(Emitter &emitter, KernelShape &shape, Value value,
                             AffineExpr invocation, int64_t size, int64_t stride,
                             llvm::function_ref<Value(Value, Value)> combine) {
  OpBuilder &b = emitter.builder;
  Location loc = emitter.loc;
  auto space = spirv::StorageClassAttr::get(b.getContext(), spirv::StorageClass::Workgroup);
  auto type = MemRefType::get({size}, value.getType(), MemRefLayoutAttrInterface(), space);
  Value partial = memref::AllocOp::create(b, loc, type);
  int64_t lanes = isa<VectorType>(value.getType()) ? emitter.space.lanes() : 1;
  shape.workgroupMemory +=
      size * lanes * getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth() / 8;
  Value self = emitter.materialize(invocation);
  memref::StoreOp::create(b, loc, value, partial, self);
  gpu::BarrierOp::create(b, loc);
  for (int64_t distance = size / 2; distance >= stride; distance /= 2) {
    emitter.emitIf(emitter.lessThan(invocation, distance), [&] {
      Value other = emitter.materialize(invocation + distance);
      Value sum = combine(memref::LoadOp::create(b, loc, partial, self),
                          memref::LoadOp::create(b, loc, partial, other));
      memref::StoreOp::create(b, loc, sum, partial, self);
    });
    gpu::BarrierOp::create(b, loc);
  }
  AffineExpr place = emitter.space.simplify(invocation % stride);
  return memref::LoadOp::create(b, loc, partial, emitter.materialize(place));
}

using Place = std::pair<Value, IndexVector>;

/// One step of forwardPosition: through the op that reads `operand` at `position`.
static FailureOr<Place> forwardThrough(Emitter &emitter, OpOperand &operand, Indices position) {
  Operation *user = operand.getOwner();
  IndexSpace &space = emitter.space;
  if (auto op = dyn_cast<linalg::LinalgOp>(user)) {
    if (op.getNumReductionLoops() != 0 || op.isDpsInit(&operand))
      return failure();
    IndexVector loops(op.getNumLoops());
    for (auto [expr, index] :
         llvm::zip_equal(op.getMatchingIndexingMap(&operand).getResults(), position))
      if (auto dim = dyn_cast<AffineDimExpr>(expr))
        loops[dim.getPosition()] = index;
      else if (space.simplify(index) != expr)
        return failure(); // reads another place
    SmallVector<int64_t> extents = op.getStaticLoopRanges();
    for (auto [index, extent] : llvm::zip_equal(loops, extents))
      if (!index) {
        if (extent != 1)
          return failure(); // broadcast: one element goes to many places
        index = space.constant(0);
      }
    OpOperand *init = op.getDpsInitOperand(0);
    return Place(op->getResult(0), emitter.operandPosition(op, *init, loops));
  }
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(user)) {
    auto from = cast<RankedTensorType>(operand.get().getType());
    auto to = cast<RankedTensorType>(user->getResult(0).getType());
    AffineExpr linear = space.linearize(position, from.getShape());
    return Place(user->getResult(0), space.delinearize(linear, to.getShape()));
  }
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(user)) {
    IndexVector inside;
    llvm::SmallBitVector dropped = slice.getDroppedDims();
    for (auto [dim, index] : llvm::enumerate(position)) {
      int64_t offset = slice.getStaticOffsets()[dim], size = slice.getStaticSizes()[dim];
      if (ShapedType::isDynamic(offset) || slice.getStaticStrides()[dim] != 1)
        return failure();
      AffineExpr shifted = space.simplify(index - offset);
      IndexSpace::Range range = space.range(shifted);
      if (range.low < 0 || range.high >= size)
        return failure(); // not in this slice, or not always
      if (!dropped[dim])
        inside.push_back(shifted);
    }
    return Place(slice.getResult(), inside);
  }
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(user)) {
    if (operand.get() != insert.getSource())
      return failure();
    return Place(insert.getResult(), emitter.insertedPosition(insert, position));
  }
  return failure();
}

FailureOr<IndexVector> codegen::forwardPosition(Emitter &emitter, Value from, Value to,
                                                Indices position) {
  if (from == to)
    return IndexVector(position);
  for (OpOperand &use : from.getUses()) {
    if (isa<kernel::YieldOp>(use.getOwner()))
      continue;
    auto next = forwardThrough(emitter, use, position);
    if (failed(next))
      continue;
    auto found = forwardPosition(emitter, next->first, to, next->second);
    if (succeeded(found))
      return found;
  }
  return failure();
}

SmallVector<StoredResult> codegen::storedResults(Emitter &emitter) {
  SmallVector<StoredResult> stored;
  auto yield = cast<kernel::YieldOp>(emitter.getBody().getTerminator());
  for (auto [index, value] : llvm::enumerate(yield.getValues())) {
    Value tensor = value;
    int64_t input = emitter.getSource().tiedInput(index);
    if (auto insert = value.getDefiningOp<tensor::InsertSliceOp>();
        insert && input >= 0 && insert.getDest() == emitter.getBody().getArgument(input))
      tensor = insert.getSource();
    stored.push_back({static_cast<unsigned>(index), tensor, value});
  }
  return stored;
}

std::optional<int64_t> codegen::laneStride(Emitter &emitter, Value tensor, Indices position) {
  IndexSpace &space = emitter.space;
  if (auto argument = dyn_cast<BlockArgument>(tensor)) {
    RankedTensorType type = emitter.getSource().inputTypes()[argument.getArgNumber()];
    AffineExpr address = emitter.address(type, position);
    AffineExpr step = space.simplify(space.atLane(address, 1) - space.atLane(address, 0));
    for (int64_t lane = 2; lane < space.lanes(); ++lane)
      if (space.simplify(space.atLane(address, lane) - space.atLane(address, lane - 1)) != step)
        return std::nullopt;
    auto constant = dyn_cast<AffineConstantExpr>(step);
    return constant ? std::optional(constant.getValue()) : std::nullopt;
  }
  Operation *op = tensor.getDefiningOp();
  if (auto pad = dyn_cast<tensor::PadOp>(op)) {
    IndexVector at;
    for (auto [index, low] : llvm::zip_equal(position, pad.getStaticLow()))
      at.push_back(index - low);
    return laneStride(emitter, pad.getSource(), at);
  }
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op)) {
    auto to = cast<RankedTensorType>(op->getOperand(0).getType());
    AffineExpr linear =
        space.linearize(position, cast<RankedTensorType>(tensor.getType()).getShape());
    return laneStride(emitter, op->getOperand(0), space.delinearize(linear, to.getShape()));
  }
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
    llvm::SmallBitVector dropped = slice.getDroppedDims();
    IndexVector at;
    unsigned next = 0;
    for (auto [dim, offset] : llvm::enumerate(slice.getMixedOffsets())) {
      AffineExpr index = dropped[dim] ? space.constant(0) : position[next++];
      int64_t start = getConstantIntValue(offset).value_or(0);
      at.push_back(index * slice.getStaticStrides()[dim] + start);
    }
    return laneStride(emitter, slice.getSource(), at);
  }
  if (auto concat = dyn_cast<tensor::ConcatOp>(op)) { // of all inputs alike
    std::optional<int64_t> stride = laneStride(emitter, concat.getInputs().front(), position);
    bool isSame = llvm::all_of(concat.getInputs().drop_front(), [&](Value input) {
      return laneStride(emitter, input, position) == stride;
    });
    return isSame ? stride : std::nullopt;
  }
  auto generic = dyn_cast<linalg::LinalgOp>(op);
  if (!generic || generic.getNumReductionLoops() != 0)
    return std::nullopt;
  IndexVector loops(generic.getNumLoops(), space.constant(0));
  AffineMap map = generic.getMatchingIndexingMap(generic.getDpsInitOperand(0));
  for (auto [expr, index] : llvm::zip_equal(map.getResults(), position))
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      loops[dim.getPosition()] = index;
  std::optional<int64_t> found = 0;
  for (OpOperand *operand : generic.getDpsInputOperands()) {
    // What is one element for all may be a constant, which lies nowhere.
    if (!isa<RankedTensorType>(operand->get().getType()) ||
        generic.getMatchingIndexingMap(operand).isConstant())
      continue;
    std::optional<int64_t> stride =
        laneStride(emitter, operand->get(), emitter.operandPosition(generic, *operand, loops));
    if (stride != 0)
      found = stride;
  }
  return found;
}
