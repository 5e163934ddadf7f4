//===- StagedWindow.cpp ---------------------------------------------------===//
#include "passes/codegen/StagedWindow.h"

#include "passes/codegen/Strategy.h"

#include <set>

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

/// Adds the coefficients of the loops in a sum; false for anything but a sum with coefficients
/// that are not negative.
static bool addTerms(AffineExpr expr, int64_t factor, SmallVectorImpl<int64_t> &coefficients) {
  if (auto loop = dyn_cast<AffineDimExpr>(expr)) {
    coefficients[loop.getPosition()] += factor;
    return factor >= 0;
  }
  if (isa<AffineConstantExpr>(expr))
    return true;
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return false;
  if (binary.getKind() == AffineExprKind::Add)
    return addTerms(binary.getLHS(), factor, coefficients) &&
           addTerms(binary.getRHS(), factor, coefficients);
  auto by = dyn_cast<AffineConstantExpr>(binary.getRHS());
  return binary.getKind() == AffineExprKind::Mul && by &&
         addTerms(binary.getLHS(), factor * by.getValue(), coefficients);
}

std::optional<StagedWindow> StagedWindow::match(linalg::LinalgOp root, OpOperand &data,
                                                unsigned inner) {
  StagedWindow window;
  window.data = &data;
  window.map = root.getMatchingIndexingMap(&data);
  bool isWindow = false;
  std::optional<unsigned> last;
  for (auto [dim, expr] : llvm::enumerate(window.map.getResults())) {
    SmallVector<int64_t> &terms = window.coefficients.emplace_back(root.getNumLoops(), 0);
    if (!addTerms(expr, 1, terms))
      return std::nullopt;
    isWindow |= llvm::count_if(terms, [](int64_t c) { return c != 0; }) > 1;
    if (terms[inner] == 1 && llvm::count(terms, 0) + 1 == static_cast<int64_t>(terms.size()))
      last = dim;
    else
      window.order.push_back(dim);
  }
  if (!isWindow)
    return std::nullopt;
  if (last)
    window.order.push_back(*last);
  return window;
}

void StagedWindow::setBox(ArrayRef<int64_t> loopExtents) {
  extents.assign(coefficients.size(), 1);
  strides.assign(coefficients.size(), 1);
  int64_t count = 1;
  for (unsigned dim : llvm::reverse(order)) {
    for (auto [coefficient, extent] : llvm::zip_equal(coefficients[dim], loopExtents))
      extents[dim] += coefficient * (extent - 1);
    strides[dim] = count;
    count *= extents[dim];
  }
}

int64_t StagedWindow::size() const {
  int64_t count = 1;
  for (int64_t extent : extents)
    count *= extent;
  return count;
}

int64_t StagedWindow::stride(unsigned loop) const {
  int64_t elements = 0;
  for (auto [terms, stride] : llvm::zip_equal(coefficients, strides))
    elements += terms[loop] * stride;
  return elements;
}

/// Where, along dimension `dim`, `tensor` goes from one source to another, a padding or an input
/// of a concatenation: code for elements between two seams looks at one source only.
static void collectSeams(Value tensor, int64_t dim, int64_t offset, std::set<int64_t> &seams) {
  Operation *op = tensor.getDefiningOp();
  if (auto concat = dyn_cast_or_null<tensor::ConcatOp>(op)) {
    for (Value input : concat.getInputs()) {
      collectSeams(input, dim, offset, seams);
      if (static_cast<int64_t>(concat.getDim()) != dim)
        continue;
      offset += cast<RankedTensorType>(input.getType()).getDimSize(dim);
      seams.insert(offset);
    }
  } else if (auto pad = dyn_cast_or_null<tensor::PadOp>(op)) {
    offset += pad.getStaticLow()[dim];
    seams.insert({offset, offset + pad.getSourceType().getDimSize(dim)});
    collectSeams(pad.getSource(), dim, offset, seams);
  } else if (auto linalgOp = dyn_cast_or_null<linalg::LinalgOp>(op)) {
    if (linalgOp.getNumReductionLoops() == 0)
      for (OpOperand *input : linalgOp.getDpsInputOperands())
        if (linalgOp.getMatchingIndexingMap(input).isIdentity())
          collectSeams(input->get(), dim, offset, seams);
  }
}

/// Pieces [begin, end) of the box along dimension `dim`, each with one source where the box lies
/// at a place that is known.
SmallVector<std::pair<int64_t, int64_t>> StagedWindow::pieces(unsigned dim, int64_t begin) const {
  int64_t size = cast<RankedTensorType>(data->get().getType()).getDimSize(dim);
  std::set<int64_t> seams{size, begin + extents[dim]};
  collectSeams(data->get(), dim, 0, seams);
  SmallVector<std::pair<int64_t, int64_t>> result;
  int64_t done = 0;
  for (int64_t seam : seams) {
    int64_t end = std::min(seam - begin, extents[dim]);
    if (end > done)
      result.emplace_back(done, end);
    done = std::max(done, end);
  }
  return result;
}

void StagedWindow::stageFrom(size_t depth, Emitter &emitter, IndexVector &position,
                             AffineExpr where, StackBuffer &buffer) const {
  if (depth == order.size())
    return buffer.store(where, emitter.emit(data->get(), position));
  IndexSpace &space = emitter.space;
  unsigned dim = order[depth];
  int64_t size = cast<RankedTensorType>(data->get().getType()).getDimSize(dim);
  AffineExpr first = position[dim];
  IndexSpace::Range range = space.range(first);
  bool isKnown = range.low == range.high, isInside = range.high + extents[dim] <= size;
  SmallVector<std::pair<int64_t, int64_t>> parts{{0, extents[dim]}};
  if (isKnown)
    parts = pieces(dim, range.low);
  for (auto [begin, end] : parts) {
    auto stageAt = [&, begin = begin](AffineExpr step) {
      AffineExpr index = space.simplify(begin + step), at = space.simplify(first + index);
      position[dim] = IndexSpace::variesByLane(at) ? at : emitter.clamp(at, size);
      stageFrom(depth + 1, emitter, position, space.simplify(where + index * strides[dim]), buffer);
    };
    // Vectors along the last dimension, where they cannot reach beyond the data.
    bool isVector = isInside || (isKnown && range.low + end <= size);
    if (depth + 1 == order.size())
      emitter.withLanes(isVector ? space.lanes() : 1,
                        [&] { forEachVector(emitter, end - begin, stageAt); });
    else
      emitter.emitLoop(end - begin, {}, [&](AffineExpr step, ValueRange) {
        stageAt(step);
        return SmallVector<Value>{};
      });
  }
  position[dim] = first;
}

IndexVector StagedWindow::begin(const IndexSpace &space, Indices loops) const {
  return llvm::map_to_vector(
      map.getResults(), [&](AffineExpr expr) { return space.simplify(expr.replaceDims(loops)); });
}

StackBuffer StagedWindow::stage(Emitter &emitter, Indices loops) const {
  StackBuffer buffer(emitter, size(), data->get());
  IndexVector position = begin(emitter.space, loops);
  stageFrom(0, emitter, position, emitter.space.constant(0), buffer);
  return buffer;
}
