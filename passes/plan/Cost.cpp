//===- Cost.cpp - how much work is a kernel? -------------------------------===//
#include "passes/plan/TaskGraph.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace bornc;

namespace {

// One core of a current CPU, seen from far away.
constexpr uint64_t flopsPerNs = 80;
constexpr uint64_t bytesPerNs = 16;
constexpr uint64_t flopsPerFunction = 20; ///< exp, tanh, ... as polynomials
/// Handing a task to another core costs about a tenth of this.
constexpr uint64_t taskNs = 5000;

struct Work {
  int64_t flops = 0;     ///< an elementary function is one
  int64_t functions = 0; ///< of them
  int64_t points = 0;    ///< of the largest domain
};

} // namespace

static Work countWork(kernel::ExecutableOp executable) {
  Work work;
  executable.getBody().walk([&](linalg::LinalgOp op) {
    int64_t points = 1, scalarOps = 0, functions = 0;
    for (int64_t range : op.getStaticLoopRanges())
      points *= ShapedType::isDynamic(range) ? 1 : range;
    op.getBlock()->walk([&](Operation *scalar) {
      bool isFunction = isa<math::MathDialect>(scalar->getDialect());
      if ((!isFunction && !isa<arith::ArithDialect>(scalar->getDialect())) ||
          scalar->getNumResults() != 1 || isa<arith::ConstantOp>(scalar) ||
          !isa<FloatType>(scalar->getResult(0).getType()))
        return;
      ++scalarOps;
      functions += isFunction;
    });
    work.flops += points * scalarOps;
    work.functions += points * functions;
    work.points = std::max(work.points, points);
  });
  return work;
}

int64_t plan::countFlops(kernel::ExecutableOp executable) { return countWork(executable).flops; }

uint64_t plan::estimateCost(kernel::ExecutableOp executable) {
  Work work = countWork(executable);
  uint64_t arithmetic =
      static_cast<uint64_t>(work.flops) + static_cast<uint64_t>(work.functions) * flopsPerFunction;
  // A gather reads no more of its table than it has points.
  uint64_t most = work.points ? static_cast<uint64_t>(work.points) * 8 : UINT64_MAX;
  uint64_t bytes = 0;
  auto add = [&](RankedTensorType type) { bytes += std::min(bufferSize(type), most); };
  llvm::for_each(executable.inputTypes(), add);
  llvm::for_each(executable.resultTypes(), add);
  return std::max<uint64_t>({arithmetic / flopsPerNs, bytes / bytesPerNs, 1});
}

uint32_t plan::workgroupsPerTask(uint64_t cost, uint32_t workgroupCount) {
  uint64_t tasks = std::clamp<uint64_t>(cost / taskNs, 1, std::max(workgroupCount, 1u));
  return static_cast<uint32_t>(llvm::divideCeil(std::max(workgroupCount, 1u), tasks));
}
