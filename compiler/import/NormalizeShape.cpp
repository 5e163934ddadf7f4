//===- NormalizeShape.cpp - old versions of shape operators ---------------===//
#include "compiler/import/ImportError.h"
#include "compiler/import/Registry.h"

using namespace bornc;
using namespace bornc::importer;

/// Squeeze, Unsqueeze and the reductions took their axes as an attribute.
static Values axesToInput(Node &node) {
  Values inputs = {node.input(0)};
  if (node.attributes.has("axes"))
    inputs.push_back(node.importer.ints(node.attributes.getInts("axes")));
  node.attributes.remove("axes");
  return node.importer.emit(node.proto.op_type(), inputs, node.attributes);
}

static Values importSlice1(Node &node) {
  GraphImporter &importer = node.importer;
  Values inputs = {node.input(0), importer.ints(node.attributes.getInts("starts")),
                   importer.ints(node.attributes.getInts("ends"))};
  if (node.attributes.has("axes"))
    inputs.push_back(importer.ints(node.attributes.getInts("axes")));
  return importer.emit("Slice", inputs);
}

static Values importPad2(Node &node) {
  GraphImporter &importer = node.importer;
  ImportValue *data = node.input(0);
  Attributes attributes;
  attributes.set("mode", llvm::StringRef(node.attributes.getString("mode", "constant")));
  return importer.emit("Pad",
                       {data, importer.ints(node.attributes.getInts("pads")),
                        importer.constant(makeScalar(data->elementType(),
                                                     node.attributes.getFloat("value", 0)))},
                       attributes);
}

/// The sizes became an input (13); without sizes, their number an attribute (18).
static Values importSplit(Node &node) {
  Values inputs = {node.input(0)};
  if (node.attributes.has("split"))
    inputs.push_back(node.importer.ints(node.attributes.getInts("split")));
  else if (node.input(1))
    inputs.push_back(node.input(1));
  else
    node.attributes.set("num_outputs", int64_t(node.proto.output_size()));
  node.attributes.remove("split");
  return node.importer.emit("Split", inputs, node.attributes, node.proto.output_size());
}

static Values importTopK1(Node &node) {
  ImportValue *k = node.importer.ints({node.attributes.getInt("k", 0)});
  node.attributes.remove("k");
  return node.importer.emit("TopK", {node.input(0), k}, node.attributes, 2);
}

static Values importScatter(Node &node) {
  return node.importer.emit("ScatterElements", node.inputs, node.attributes);
}

/// With a known condition, a Gather of the elements that stay.
static Values importCompress(Node &node) {
  ImportValue *data = node.input(0);
  if (!node.input(1)->constant)
    return node.importer.passThrough(node);
  llvm::SmallVector<int64_t> kept;
  for (auto [i, stays] : llvm::enumerate(node.constantInts(1)))
    if (stays)
      kept.push_back(i);
  Attributes attributes;
  attributes.set("axis", node.attributes.getInt("axis", 0));
  if (!node.attributes.has("axis"))
    data = node.importer.emit("Reshape", {data, node.importer.ints({-1})})[0];
  return node.importer.emit("Gather", {data, node.importer.ints(kept)}, attributes);
}

/// Old versions had the default output_half_pixel.
static Values importRoiAlign10(Node &node) {
  node.attributes.set("coordinate_transformation_mode", llvm::StringRef("output_half_pixel"));
  return node.importer.passThrough(node);
}

llvm::ArrayRef<HandlerRow> importer::shapeRows() {
  static constexpr HandlerRow rows[] = {
      {"Compress", 9, kNewest, importCompress, "Gather if the condition is known"},
      {"Pad", 2, 2, importPad2, "pads and value become inputs"},
      {"ReduceL1", 1, 13, axesToInput, "axes become an input"},
      {"ReduceL2", 1, 13, axesToInput, "axes become an input"},
      {"ReduceLogSum", 1, 13, axesToInput, "axes become an input"},
      {"ReduceLogSumExp", 1, 13, axesToInput, "axes become an input"},
      {"ReduceMax", 1, 13, axesToInput, "axes become an input"},
      {"ReduceMean", 1, 13, axesToInput, "axes become an input"},
      {"ReduceMin", 1, 13, axesToInput, "axes become an input"},
      {"ReduceProd", 1, 13, axesToInput, "axes become an input"},
      {"ReduceSum", 1, 11, axesToInput, "axes become an input"},
      {"ReduceSumSquare", 1, 13, axesToInput, "axes become an input"},
      {"RoiAlign", 10, 10, importRoiAlign10, "the old default coordinates are written out"},
      {"Scatter", 9, 11, importScatter, "ScatterElements", "ScatterElements"},
      {"Slice", 1, 1, importSlice1, "starts, ends, axes become inputs"},
      {"Split", 2, 13, importSplit, "split becomes an input, or num_outputs"},
      {"Squeeze", 1, 11, axesToInput, "axes become an input"},
      {"TopK", 1, 1, importTopK1, "k becomes an input"},
      {"Unsqueeze", 1, 11, axesToInput, "axes become an input"},
  };
  return rows;
}
