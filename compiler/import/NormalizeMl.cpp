//===- NormalizeMl.cpp - operators of ai.onnx.ml --------------------------===//
#include "compiler/import/ImportError.h"
#include "compiler/import/NodeMath.h"
#include "compiler/import/Registry.h"

#include <limits>

using namespace bornc;
using namespace bornc::importer;
using llvm::Twine;
using ::onnx::TensorProto;

static Values importArrayFeatureExtractor(Node &node) {
  ImportValue *x = node.input(0), *indices = node.input(1);
  NodeMath m{node.importer};
  int64_t rank = x->shape().size();
  if (rank == 0)
    throw ImportError("expected an input of rank 1 or more");
  ImportValue *flat = m.op("Reshape", {indices, node.importer.ints({-1})});
  ImportValue *y = m.op("Gather", {x, flat}, Attributes().set("axis", rank - 1));
  // The result has at least two dimensions.
  return {rank == 1 ? m.op("Unsqueeze", {y, node.importer.ints({0})}) : y};
}

static Values importBinarizer(Node &node) {
  ImportValue *x = node.input(0);
  NodeMath m{node.importer};
  ImportValue *threshold = m.number(x, node.attributes.getFloat("threshold", 0));
  return {m.cast(m.op("Greater", {x, threshold}), x->elementType())};
}

//===----------------------------------------------------------------------===//
// TreeEnsemble
//===----------------------------------------------------------------------===//

namespace {
enum Mode { Leq, Lt, Gte, Gt, Eq, Neq, Member, NumModes };

/// The trees as tables over one numbering: interior nodes first, then leaves,
/// which are their own successors. All rows and trees walk at once, one level
/// per round: no row depends on another.
class TreeEnsemble {
public:
  explicit TreeEnsemble(Node &node) : node(node), importer(node.importer), m{node.importer} {}
  Values run();

private:
  void readTables();
  void readSets();
  int64_t depthFrom(int64_t at, int64_t level) const;
  std::vector<double> floats(const char *name) const;
  std::vector<int64_t> ints(const char *name, bool isOptional = false) const;
  ImportValue *intTable(llvm::ArrayRef<int64_t> values) { return importer.ints(values); }
  ImportValue *floatTable(const std::vector<double> &values, Shape shape);
  ImportValue *lookup(ImportValue *table, ImportValue *at) { return m.op("Gather", {table, at}); }
  ImportValue *goesRight(ImportValue *at, ImportValue *x);
  ImportValue *compare(Mode mode, ImportValue *at, ImportValue *x);
  ImportValue *aggregate(ImportValue *leaf);
  ImportValue *transform(ImportValue *scores);

  Node &node;
  GraphImporter &importer;
  NodeMath m;
  int32_t type = 0;
  int64_t interior = 0, leaves = 0, targets = 0;
  std::vector<int64_t> whenTrue, whenFalse, features, modes, missing, roots, leafTargets;
  std::vector<double> splits, weights, sets;
  int64_t setSize = 0;
};
} // namespace

std::vector<int64_t> TreeEnsemble::ints(const char *name, bool isOptional) const {
  auto values = node.attributes.getInts(name);
  if (!isOptional && values.empty())
    throw ImportError(Twine("expected the attribute '") + name + "'");
  return std::vector<int64_t>(values.begin(), values.end());
}

static Numbers tensorNumbers(const Node &node, const char *name) {
  const ::onnx::AttributeProto *attribute = node.attributes.find(name);
  if (!attribute)
    return {};
  std::optional<Numbers> numbers = toNumbers(*node.importer.modelFile().load(attribute->t()));
  if (!numbers)
    throw ImportError(Twine("the attribute '") + name + "' holds no numbers");
  return *numbers;
}

std::vector<double> TreeEnsemble::floats(const char *name) const {
  return tensorNumbers(node, name).floats;
}

ImportValue *TreeEnsemble::floatTable(const std::vector<double> &values, Shape shape) {
  Numbers numbers{type, std::move(shape), {}, values};
  return importer.constant(fromNumbers(numbers));
}

void TreeEnsemble::readTables() {
  type = node.input(0)->elementType();
  modes = tensorNumbers(node, "nodes_modes").ints;
  splits = floats("nodes_splits");
  weights = floats("leaf_weights");
  features = ints("nodes_featureids");
  whenTrue = ints("nodes_truenodeids");
  whenFalse = ints("nodes_falsenodeids");
  roots = ints("tree_roots");
  leafTargets = ints("leaf_targetids");
  missing = ints("nodes_missing_value_tracks_true", /*isOptional=*/true);
  auto trueLeafs = ints("nodes_trueleafs"), falseLeafs = ints("nodes_falseleafs");
  targets = node.attributes.getInt("n_targets", 1);
  interior = features.size();
  leaves = weights.size();
  missing.resize(interior, 0);
  for (size_t size : {modes.size(), splits.size(), whenTrue.size(), whenFalse.size(),
                      trueLeafs.size(), falseLeafs.size(), missing.size()})
    if (size != static_cast<size_t>(interior))
      throw ImportError("the attributes of nodes have different lengths");
  if (leaves == 0 || leafTargets.size() != weights.size())
    throw ImportError("the attributes of leaves have different lengths");
  int64_t columns = node.input(0)->shape().size() == 2 ? node.input(0)->shape()[1] : 0;
  for (int64_t i = 0; i < interior; ++i) {
    whenTrue[i] += trueLeafs[i] ? interior : 0;
    whenFalse[i] += falseLeafs[i] ? interior : 0;
    for (int64_t next : {whenTrue[i], whenFalse[i]})
      if (next < 0 || next >= interior + leaves)
        throw ImportError("node " + Twine(i) + " names a node that does not exist");
    if (features[i] < 0 || features[i] >= columns)
      throw ImportError("node " + Twine(i) + " tests feature " + Twine(features[i]) + " of " +
                        Twine(columns));
    if (modes[i] < 0 || modes[i] >= NumModes)
      throw ImportError("node " + Twine(i) + " has the unknown mode " + Twine(modes[i]));
  }
  for (int64_t target : leafTargets)
    if (target < 0 || target >= targets)
      throw ImportError("a leaf names target " + Twine(target) + " of " + Twine(targets));
  for (int64_t &root : roots)
    if (root < 0 || root >= interior)
      throw ImportError("a root names a node that does not exist");
}

/// Sets are listed in the order of the nodes that have one, each ended by NaN.
void TreeEnsemble::readSets() {
  std::vector<double> values = floats("membership_values");
  std::vector<std::vector<double>> byNode(interior);
  size_t next = 0;
  for (int64_t i = 0; i < interior; ++i)
    if (modes[i] == Member) {
      while (next < values.size() && values[next] == values[next])
        byNode[i].push_back(values[next++]);
      ++next;
      setSize = std::max<int64_t>(setSize, byNode[i].size());
    }
  if (setSize == 0)
    return;
  for (int64_t i = 0; i < interior + leaves; ++i) {
    std::vector<double> row = i < interior ? byNode[i] : std::vector<double>();
    row.resize(setSize, std::numeric_limits<double>::quiet_NaN()); // equals nothing
    sets.insert(sets.end(), row.begin(), row.end());
  }
}

/// Levels below a node; throws where the nodes are no tree.
int64_t TreeEnsemble::depthFrom(int64_t at, int64_t level) const {
  if (at >= interior)
    return 0;
  if (level > std::min<int64_t>(interior, 512))
    throw ImportError("the nodes form a cycle, or a tree deeper than 512");
  return 1 + std::max(depthFrom(whenTrue[at], level + 1), depthFrom(whenFalse[at], level + 1));
}

ImportValue *TreeEnsemble::compare(Mode mode, ImportValue *at, ImportValue *x) {
  static constexpr const char *names[] = {"LessOrEqual", "Less", "GreaterOrEqual", "Greater",
                                          "Equal"};
  auto splitOf = [&] {
    std::vector<double> values(splits);
    values.resize(interior + leaves, 0);
    return lookup(floatTable(values, {interior + leaves}), at);
  };
  if (mode == Neq)
    return m.op("Not", {m.op("Equal", {x, splitOf()})});
  if (mode != Member)
    return m.op(names[mode], {x, splitOf()});
  if (setSize == 0)
    return m.op("Less", {x, x});
  ImportValue *set = lookup(floatTable(sets, {interior + leaves, setSize}), at);
  ImportValue *wide = m.op("Unsqueeze", {x, importer.ints({-1})});
  ImportValue *equal = m.cast(m.op("Equal", {wide, set}), TensorProto::INT32);
  ImportValue *any =
      m.op("ReduceMax", {equal, importer.ints({-1})}, Attributes().set("keepdims", int64_t(0)));
  return m.isPositive(any);
}

/// Whether rows that stand at the nodes `at`, with the value `x` there, take
/// the true branch.
ImportValue *TreeEnsemble::goesRight(ImportValue *at, ImportValue *x) {
  std::vector<int64_t> padded(modes);
  padded.resize(interior + leaves, modes.front());
  ImportValue *result = nullptr, *modeOf = nullptr;
  for (int mode = 0; mode < NumModes; ++mode) {
    if (!llvm::is_contained(modes, mode))
      continue;
    ImportValue *answer = compare(Mode(mode), at, x);
    if (!result) {
      result = answer;
      continue;
    }
    if (!modeOf)
      modeOf = lookup(intTable(padded), at);
    result = m.where(m.op("Equal", {modeOf, m.number(modeOf, mode)}), answer, result);
  }
  if (!llvm::is_contained(missing, 1))
    return result;
  std::vector<int64_t> tracks(missing);
  tracks.resize(interior + leaves, 0);
  ImportValue *tracksTrue = m.isPositive(lookup(intTable(tracks), at));
  return m.op("Or", {result, m.op("And", {m.op("IsNaN", {x}), tracksTrue})});
}

ImportValue *TreeEnsemble::aggregate(ImportValue *leaf) {
  enum { Average, Sum, Min, Max };
  int64_t how = node.attributes.getInt("aggregate_function", Sum);
  if (how < Average || how > Max)
    throw ImportError("the unknown aggregate_function " + Twine(how));
  ImportValue *weight = lookup(floatTable(weights, {leaves}), leaf);
  ImportValue *target = lookup(intTable(leafTargets), leaf);
  llvm::SmallVector<int64_t> columns = llvm::to_vector(llvm::seq<int64_t>(0, targets));
  ImportValue *last = importer.ints({-1});
  ImportValue *isOwn = m.op("Equal", {m.op("Unsqueeze", {target, last}), importer.ints(columns)});
  double inf = std::numeric_limits<double>::infinity();
  double other = how == Min ? inf : how == Max ? -inf : 0;
  ImportValue *votes = m.where(isOwn, m.op("Unsqueeze", {weight, last}), m.number(weight, other));
  const char *reduce = how == Min ? "ReduceMin" : how == Max ? "ReduceMax" : "ReduceSum";
  ImportValue *result =
      m.op(reduce, {votes, importer.ints({1})}, Attributes().set("keepdims", int64_t(0)));
  return how == Average ? m.mul(result, 1.0 / roots.size()) : result;
}

ImportValue *TreeEnsemble::transform(ImportValue *scores) {
  switch (node.attributes.getInt("post_transform", 0)) {
  case 0:
    return scores;
  case 1:
    return m.op("Softmax", {scores});
  case 2:
    return m.op("Sigmoid", {scores});
  default:
    throw Unsupported("post_transform SOFTMAX_ZERO or PROBIT");
  }
}

Values TreeEnsemble::run() {
  ImportValue *x = node.input(0);
  if (x->shape().size() != 2)
    throw ImportError("expected an input of rank 2");
  readTables();
  readSets();
  int64_t depth = 0, rows = x->shape()[0];
  for (int64_t root : roots)
    depth = std::max(depth, depthFrom(root, 0));
  ImportValue *at = m.op(
      "Expand", {importer.ints(roots), importer.ints({rows, static_cast<int64_t>(roots.size())})});
  std::vector<int64_t> featureOf(features);
  featureOf.resize(interior + leaves, 0);
  for (int64_t i = interior; i < interior + leaves; ++i) {
    whenTrue.push_back(i);
    whenFalse.push_back(i);
  }
  ImportValue *featureTable = intTable(featureOf), *yes = intTable(whenTrue),
              *no = intTable(whenFalse);
  for (int64_t level = 0; level < depth; ++level) {
    ImportValue *value =
        m.op("GatherElements", {x, lookup(featureTable, at)}, Attributes().set("axis", int64_t(1)));
    at = m.where(goesRight(at, value), lookup(yes, at), lookup(no, at));
  }
  return {transform(aggregate(m.sub(at, m.number(at, interior))))};
}

static Values importTreeEnsemble(Node &node) { return TreeEnsemble(node).run(); }

llvm::ArrayRef<HandlerRow> importer::mlRows() {
  static constexpr HandlerRow rows[] = {
      {"ai.onnx.ml.ArrayFeatureExtractor", 1, kNewest, importArrayFeatureExtractor,
       "becomes Gather", "Gather"},
      {"ai.onnx.ml.Binarizer", 1, kNewest, importBinarizer, "becomes Greater and Cast", "Greater"},
      {"ai.onnx.ml.TreeEnsemble", 5, kNewest, importTreeEnsemble,
       "a walk over tables, one level of all trees at a time", ""},
  };
  return rows;
}
