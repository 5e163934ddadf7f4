//===- FoldReduction.cpp - reductions on constants, and the rule table ----===//
#include "compiler/import/Fold.h"

#include "llvm/ADT/StringMap.h"

using namespace bornc;
using namespace bornc::importer;

/// Combines the elements along `axes` (input 1, all if absent) with `f`.
template <typename F>
static bool reduce(const FoldRequest &request, std::vector<Numbers> &results, F f) {
  const Numbers &input = *request.input(0), *axes = request.input(1);
  int64_t rank = input.shape.size();
  bool all = !axes || axes->ints.empty();
  if (all && request.attributes.getInt("noop_with_empty_axes", 0))
    return false;
  Shape reduced(input.shape); // the shape with size 1 where reduced
  for (int64_t d = 0; all && d < rank; ++d)
    reduced[d] = 1;
  for (size_t i = 0; !all && i < axes->ints.size(); ++i) {
    int64_t axis = axes->ints[i] + (axes->ints[i] < 0 ? rank : 0);
    if (axis < 0 || axis >= rank)
      return false;
    reduced[axis] = 1;
  }
  if (input.size() == 0)
    return false;
  std::vector<int64_t> target = broadcastPositions(reduced, input.shape);
  Numbers result = request.newResult();
  int64_t count = *elementCount(reduced);
  std::vector<bool> seen(count);
  result.ints.resize(result.isFloat() ? 0 : count);
  result.floats.resize(result.isFloat() ? count : 0);
  auto combine = [&](auto &into, const auto &from) {
    for (size_t i = 0; i < target.size(); ++i) {
      auto &slot = into[target[i]];
      slot = seen[target[i]] ? f(slot, from[i]) : from[i];
      seen[target[i]] = true;
    }
  };
  result.isFloat() ? combine(result.floats, input.floats) : combine(result.ints, input.ints);
  // Through the element type's own range.
  results.push_back(*toNumbers(fromNumbers(result)));
  return true;
}

static bool foldReduceSum(const FoldRequest &request, std::vector<Numbers> &results) {
  return reduce(request, results, [](auto a, auto b) { return a + b; });
}
static bool foldReduceProd(const FoldRequest &request, std::vector<Numbers> &results) {
  return reduce(request, results, [](auto a, auto b) { return a * b; });
}
static bool foldReduceMin(const FoldRequest &request, std::vector<Numbers> &results) {
  return reduce(request, results, [](auto a, auto b) { return b < a ? b : a; });
}
static bool foldReduceMax(const FoldRequest &request, std::vector<Numbers> &results) {
  return reduce(request, results, [](auto a, auto b) { return b > a ? b : a; });
}

static bool foldCumSum(const FoldRequest &request, std::vector<Numbers> &results) {
  const Numbers &input = *request.input(0), &axisInput = *request.input(1);
  if (input.isFloat() || axisInput.size() != 1 || request.attributes.getInt("exclusive", 0) ||
      request.attributes.getInt("reverse", 0))
    return false;
  int64_t rank = input.shape.size(), axis = axisInput.ints[0];
  axis += axis < 0 ? rank : 0;
  if (axis < 0 || axis >= rank)
    return false;
  int64_t stride = stridesOf(input.shape)[axis], size = input.shape[axis];
  Numbers result = input;
  for (int64_t i = 0; i < result.size(); ++i)
    if (i / stride % size != 0)
      result.ints[i] = int64_t(uint64_t(result.ints[i]) + uint64_t(result.ints[i - stride]));
  results.push_back(*toNumbers(fromNumbers(result)));
  return true;
}

llvm::ArrayRef<FoldRow> importer::reductionFolds() {
  static constexpr FoldRow rows[] = {
      {"CumSum", foldCumSum},         {"ReduceMax", foldReduceMax}, {"ReduceMin", foldReduceMin},
      {"ReduceProd", foldReduceProd}, {"ReduceSum", foldReduceSum},
  };
  return rows;
}

FoldRule importer::findFold(llvm::StringRef op) {
  static const llvm::StringMap<FoldRule> rules = [] {
    llvm::StringMap<FoldRule> map;
    for (auto family : {elementwiseFolds, movementFolds, reductionFolds})
      for (const FoldRow &row : family())
        map[row.op] = row.rule;
    return map;
  }();
  return rules.lookup(op);
}
