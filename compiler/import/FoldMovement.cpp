//===- FoldMovement.cpp - data movement on constants ----------------------===//
#include "compiler/import/Fold.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

#include <algorithm>

using namespace bornc;
using namespace bornc::importer;

/// `axis` counted from the front, or -1 if there is no such dimension.
static int64_t normalizeAxis(int64_t axis, int64_t rank) {
  return axis < -rank || axis >= rank ? -1 : axis < 0 ? axis + rank : axis;
}

static Numbers gather(const Numbers &source, const std::vector<int64_t> &positions,
                      Numbers result) {
  for (int64_t position : positions)
    appendElement(result, source, position);
  return result;
}

/// Reshape, Squeeze, Unsqueeze, Flatten: the elements stay in order.
static bool foldReshape(const FoldRequest &request, std::vector<Numbers> &results) {
  Numbers result = *request.input(0);
  result.shape = request.resultShapes[0];
  if (elementCount(result.shape) != result.size())
    return false;
  results.push_back(std::move(result));
  return true;
}

static bool foldExpand(const FoldRequest &request, std::vector<Numbers> &results) {
  const Numbers &input = *request.input(0);
  results.push_back(
      gather(input, broadcastPositions(input.shape, request.resultShapes[0]), request.newResult()));
  return true;
}

static bool foldConcat(const FoldRequest &request, std::vector<Numbers> &results) {
  Numbers result = request.newResult();
  int64_t rank = result.shape.size();
  int64_t axis = normalizeAxis(request.attributes.getInt("axis", 0), rank);
  if (axis < 0)
    return false;
  int64_t outer = *elementCount(llvm::ArrayRef<int64_t>(result.shape).take_front(axis));
  for (int64_t o = 0; o < outer; ++o)
    for (const Numbers *input : request.inputs) {
      int64_t chunk = *elementCount(llvm::ArrayRef<int64_t>(input->shape).drop_front(axis));
      for (int64_t i = 0; i < chunk; ++i)
        appendElement(result, *input, o * chunk + i);
    }
  results.push_back(std::move(result));
  return true;
}

static bool foldGather(const FoldRequest &request, std::vector<Numbers> &results) {
  const Numbers &data = *request.input(0), &indices = *request.input(1);
  int64_t axis = normalizeAxis(request.attributes.getInt("axis", 0), data.shape.size());
  if (axis < 0)
    return false;
  llvm::ArrayRef<int64_t> shape = data.shape;
  int64_t outer = *elementCount(shape.take_front(axis)), size = shape[axis];
  int64_t inner = *elementCount(shape.drop_front(axis + 1));
  Numbers result = request.newResult();
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t index : indices.ints) {
      int64_t at = index < 0 ? index + size : index;
      if (at < 0 || at >= size)
        return false;
      for (int64_t i = 0; i < inner; ++i)
        appendElement(result, data, (o * size + at) * inner + i);
    }
  results.push_back(std::move(result));
  return true;
}

/// Elements at `start + i * step` in every dimension.
static Numbers strided(const Numbers &input, const Shape &start, const Shape &step,
                       Numbers result) {
  Shape strides = stridesOf(input.shape);
  Shape index(result.shape.size(), 0);
  for (int64_t i = 0, e = *elementCount(result.shape); i < e; ++i) {
    int64_t position = 0;
    for (size_t d = 0; d < index.size(); ++d)
      position += (start[d] + index[d] * step[d]) * strides[d];
    appendElement(result, input, position);
    for (int d = int(index.size()) - 1; d >= 0 && ++index[d] == result.shape[d]; --d)
      index[d] = 0;
  }
  return result;
}

static bool foldSlice(const FoldRequest &request, std::vector<Numbers> &results) {
  const Numbers &input = *request.input(0);
  const Numbers *starts = request.input(1), *axes = request.input(3), *steps = request.input(4);
  int64_t rank = input.shape.size();
  Shape start(rank, 0), step(rank, 1);
  if ((axes && axes->size() < starts->size()) || (steps && steps->size() < starts->size()))
    return false;
  for (size_t i = 0; i < starts->ints.size(); ++i) {
    int64_t axis = normalizeAxis(axes ? axes->ints[i] : int64_t(i), rank);
    if (axis < 0)
      return false;
    int64_t size = input.shape[axis], from = starts->ints[i];
    step[axis] = steps ? steps->ints[i] : 1;
    from = from < 0 ? (from < -size ? 0 : from + size) : from;
    start[axis] = std::clamp<int64_t>(from, 0, step[axis] < 0 ? size - 1 : size);
  }
  for (int64_t d = 0; d < rank; ++d) {
    int64_t size = request.resultShapes[0][d];
    int64_t last = size == 0 ? 0 : start[d] + (size - 1) * step[d];
    if (size > input.shape[d] || last < 0 || (size > 0 && last >= input.shape[d]))
      return false;
  }
  results.push_back(strided(input, start, step, request.newResult()));
  return true;
}

static bool foldSplit(const FoldRequest &request, std::vector<Numbers> &results) {
  const Numbers &input = *request.input(0);
  int64_t axis = normalizeAxis(request.attributes.getInt("axis", 0), input.shape.size());
  if (axis < 0)
    return false;
  Shape start(input.shape.size(), 0), step(input.shape.size(), 1);
  for (unsigned i = 0; i < request.resultShapes.size(); ++i) {
    if (start[axis] + request.resultShapes[i][axis] > input.shape[axis])
      return false;
    results.push_back(strided(input, start, step, request.newResult(i)));
    start[axis] += request.resultShapes[i][axis];
  }
  return start[axis] == input.shape[axis];
}

static bool foldTranspose(const FoldRequest &request, std::vector<Numbers> &results) {
  const Numbers &input = *request.input(0);
  int64_t rank = input.shape.size();
  llvm::SmallVector<int64_t> perm = request.attributes.getInts("perm");
  if (!request.attributes.has("perm"))
    for (int64_t d = rank - 1; d >= 0; --d)
      perm.push_back(d);
  llvm::SmallVector<int64_t> sorted(perm);
  llvm::sort(sorted);
  if (!llvm::equal(sorted, llvm::seq<int64_t>(0, rank)))
    return false;
  Shape strides = stridesOf(input.shape), index(rank, 0);
  Numbers result = request.newResult();
  for (int64_t i = 0, e = input.size(); i < e; ++i) {
    int64_t position = 0;
    for (int64_t d = 0; d < rank; ++d)
      position += index[d] * strides[perm[d]];
    appendElement(result, input, position);
    for (int64_t d = rank - 1; d >= 0 && ++index[d] == result.shape[d]; --d)
      index[d] = 0;
  }
  results.push_back(std::move(result));
  return true;
}

static bool foldTile(const FoldRequest &request, std::vector<Numbers> &results) {
  const Numbers &input = *request.input(0);
  Shape strides = stridesOf(input.shape), index(input.shape.size(), 0);
  Numbers result = request.newResult();
  for (int64_t i = 0, e = *elementCount(result.shape); i < e; ++i) {
    int64_t position = 0;
    for (size_t d = 0; d < index.size(); ++d)
      position += index[d] % input.shape[d] * strides[d];
    appendElement(result, input, position);
    for (int d = int(index.size()) - 1; d >= 0 && ++index[d] == result.shape[d]; --d)
      index[d] = 0;
  }
  results.push_back(std::move(result));
  return true;
}

/// The one result whose shape depends on the elements; inference leaves the
/// count open, so the rule makes the shape.
static bool foldNonZero(const FoldRequest &request, std::vector<Numbers> &results) {
  const Numbers &input = *request.input(0);
  Shape strides = stridesOf(input.shape);
  std::vector<int64_t> found;
  for (int64_t i = 0, e = input.size(); i < e; ++i)
    if (input.isFloat() ? input.floats[i] != 0 : input.ints[i] != 0)
      found.push_back(i);
  Numbers result = request.newResult();
  result.shape = {int64_t(input.shape.size()), int64_t(found.size())};
  for (size_t d = 0; d < input.shape.size(); ++d)
    for (int64_t position : found)
      result.ints.push_back(position / strides[d] % input.shape[d]);
  results.push_back(std::move(result));
  return true;
}

static bool foldScatterND(const FoldRequest &request, std::vector<Numbers> &results) {
  const Numbers &data = *request.input(0), &indices = *request.input(1),
                &updates = *request.input(2);
  if (request.attributes.getString("reduction", "none") != "none" || indices.shape.empty())
    return false;
  int64_t depth = indices.shape.back();
  if (depth < 1 || depth > int64_t(data.shape.size()))
    return false;
  int64_t chunk = *elementCount(llvm::ArrayRef<int64_t>(data.shape).drop_front(depth));
  Shape strides = stridesOf(data.shape);
  Numbers result = data;
  for (int64_t i = 0, e = indices.size() / depth; i < e; ++i) {
    int64_t position = 0;
    for (int64_t d = 0; d < depth; ++d) {
      int64_t index = indices.ints[i * depth + d];
      index += index < 0 ? data.shape[d] : 0;
      if (index < 0 || index >= data.shape[d])
        return false;
      position += index * strides[d];
    }
    if ((i + 1) * chunk > updates.size())
      return false;
    for (int64_t k = 0; k < chunk; ++k) {
      if (data.isFloat())
        result.floats[position + k] = updates.floats[i * chunk + k];
      else
        result.ints[position + k] = updates.ints[i * chunk + k];
    }
  }
  results.push_back(std::move(result));
  return true;
}

llvm::ArrayRef<FoldRow> importer::movementFolds() {
  static constexpr FoldRow rows[] = {
      {"Concat", foldConcat},       {"Expand", foldExpand},   {"Flatten", foldReshape},
      {"Gather", foldGather},       {"NonZero", foldNonZero}, {"Reshape", foldReshape},
      {"ScatterND", foldScatterND}, {"Slice", foldSlice},     {"Split", foldSplit},
      {"Squeeze", foldReshape},     {"Tile", foldTile},       {"Transpose", foldTranspose},
      {"Unsqueeze", foldReshape},
  };
  return rows;
}
