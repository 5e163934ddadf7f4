//===- NormalizeShape.cpp - old versions of shape operators ---------------===//
#include "compiler/import/ImportError.h"
#include "compiler/import/Registry.h"
#include "llvm/ADT/StringExtras.h"

using namespace bornc;
using namespace bornc::importer;

static std::string shapeText(llvm::ArrayRef<int64_t> shape) {
  auto text = llvm::map_range(shape, [](int64_t dim) { return std::to_string(dim); });
  return "[" + llvm::join(text, ", ") + "]";
}

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
  return importer.emit(
      "Pad",
      {data, importer.ints(node.attributes.getInts("pads")),
       importer.constant(makeScalar(data->elementType(), node.attributes.getFloat("value", 0)))},
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

/// Inference does not compare the numbers of elements.
static Values importReshape(Node &node) {
  Values results = node.importer.passThrough(node);
  if (node.sinceVersion >= 5 && !results[0]->poisoned &&
      elementCount(results[0]->shape()) != elementCount(node.input(0)->shape()))
    throw ImportError("cannot reshape " + shapeText(node.input(0)->shape()) + " to " +
                      shapeText(results[0]->shape()));
  return results;
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
  Shape shape = data->shape();
  int64_t axis = node.attributes.getInt("axis", 0);
  axis += axis < 0 ? int64_t(shape.size()) : 0;
  if (!kept.empty() && (axis < 0 || axis >= int64_t(shape.size()) || kept.back() >= shape[axis]))
    throw ImportError("the condition is longer than the dimension");
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
      {"Reshape", 5, kNewest, importReshape, "the number of elements is checked"},
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
