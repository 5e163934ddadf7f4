//===- NormalizeNorm.cpp - old versions of normalisations and softmax -----===//
#include "compiler/import/ImportError.h"
#include "compiler/import/Registry.h"

using namespace bornc;
using namespace bornc::importer;

/// Before opset 13, Softmax, LogSoftmax and Hardmax ran over all dimensions
/// from `axis` (default 1) on, taken as one.
static Values importSoftmax1(Node &node) {
  GraphImporter &importer = node.importer;
  ImportValue *x = node.input(0);
  int64_t rank = x->shape().size(), axis = node.attributes.getInt("axis", 1);
  axis += axis < 0 ? rank : 0;
  if (axis < 0 || axis > rank)
    throw ImportError("axis " + llvm::Twine(axis) + " is out of range for rank " +
                      llvm::Twine(rank));
  const std::string &op = node.proto.op_type();
  if (axis == rank - 1)
    return importer.emit(op, {x}, Attributes().set("axis", int64_t(-1)));
  ImportValue *flat = importer.emit("Flatten", {x}, Attributes().set("axis", axis))[0];
  ImportValue *done = importer.emit(op, {flat}, Attributes().set("axis", int64_t(-1)))[0];
  Shape shape = x->shape();
  return importer.emit("Reshape", {done, importer.ints(shape)});
}

static Values importBatchNormalization(Node &node) {
  if (node.attributes.getInt("spatial", 1) != 1)
    throw Unsupported("attribute 'spatial' = 0");
  if (node.sinceVersion >= 14 && node.attributes.getInt("training_mode", 0))
    return node.importer.passThrough(node);
  // Before opset 14, more than one output meant training.
  bool trains = false;
  for (unsigned i = 1; i < node.numOutputs; ++i)
    trains |= node.wants(i);
  if (trains)
    throw Unsupported("training mode");
  Attributes attributes;
  attributes.set("epsilon", node.attributes.getFloat("epsilon", 1e-5f));
  return node.importer.emit("BatchNormalization", node.inputs, attributes);
}

/// Scale and bias were per group, and are per channel now.
static Values importGroupNormalization18(Node &node) {
  GraphImporter &importer = node.importer;
  int64_t groups = node.attributes.getInt("num_groups", 1);
  int64_t channels = node.input(0)->shape().size() > 1 ? node.input(0)->shape()[1] : 0;
  if (groups < 1 || channels % groups != 0)
    throw ImportError(llvm::Twine(channels) + " channels are not divisible into " +
                      llvm::Twine(groups) + " groups");
  auto perChannel = [&](ImportValue *perGroup) {
    ImportValue *column = importer.emit("Reshape", {perGroup, importer.ints({groups, 1})})[0];
    ImportValue *wide =
        importer.emit("Expand", {column, importer.ints({groups, channels / groups})})[0];
    return importer.emit("Reshape", {wide, importer.ints({channels})})[0];
  };
  return importer.emit("GroupNormalization",
                       {node.input(0), perChannel(node.input(1)), perChannel(node.input(2))},
                       node.attributes);
}

static Values importMeanVarianceNormalization(Node &node) {
  if (!node.attributes.has("axes")) // the library's body does not know the default
    node.attributes.set("axes", llvm::ArrayRef<int64_t>({0, 2, 3}));
  return node.importer.passThrough(node);
}

static Values importInstanceNormalization(Node &node) {
  node.attributes.remove("consumed_inputs");
  return node.importer.passThrough(node);
}

llvm::ArrayRef<HandlerRow> importer::normalizationRows() {
  static constexpr HandlerRow rows[] = {
      {"BatchNormalization", 1, kNewest, importBatchNormalization,
       "old versions for inference only"},
      {"GroupNormalization", 18, 18, importGroupNormalization18, "scale and bias per channel"},
      {"Hardmax", 1, 11, importSoftmax1, "over the flattened trailing dimensions"},
      {"InstanceNormalization", 1, 6, importInstanceNormalization, "consumed_inputs is dropped"},
      {"LogSoftmax", 1, 11, importSoftmax1, "over the flattened trailing dimensions"},
      {"MeanVarianceNormalization", 9, kNewest, importMeanVarianceNormalization,
       "the default axes are written out"},
      {"Softmax", 1, 11, importSoftmax1, "over the flattened trailing dimensions"},
  };
  return rows;
}
