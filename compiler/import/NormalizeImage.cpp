//===- NormalizeImage.cpp - old versions of image operators ---------------===//
#include "compiler/import/ImportError.h"
#include "compiler/import/Registry.h"

using namespace bornc;
using namespace bornc::importer;
using ::onnx::AttributeProto;
using ::onnx::TensorProto;

/// Upsample and Resize-10 read at x * scale, rounded down.
static Values asymmetricResize(Node &node, ImportValue *scales) {
  std::string mode = node.attributes.getString("mode", "nearest");
  Attributes attributes;
  attributes.set("coordinate_transformation_mode", llvm::StringRef("asymmetric"));
  attributes.set("mode", llvm::StringRef(mode == "bilinear" ? "linear" : mode));
  if (mode == "nearest")
    attributes.set("nearest_mode", llvm::StringRef("floor"));
  return node.importer.emit("Resize", {node.input(0), nullptr, scales}, attributes);
}

static Values importUpsample7(Node &node) {
  const AttributeProto *scales = node.attributes.find("scales");
  if (!scales)
    throw Unsupported("attributes of opset 1");
  Numbers numbers;
  numbers.elementType = TensorProto::FLOAT;
  numbers.shape = {scales->floats_size()};
  numbers.floats.assign(scales->floats().begin(), scales->floats().end());
  return asymmetricResize(node, node.importer.constant(fromNumbers(numbers)));
}

static Values importScales(Node &node) { return asymmetricResize(node, node.input(1)); }

/// Empty tensors stood for absent inputs; one coordinate mode is gone.
static Values importResize11(Node &node) {
  std::string mode = node.attributes.getString("coordinate_transformation_mode", "half_pixel");
  if (mode == "tf_half_pixel_for_nn")
    throw Unsupported("coordinate_transformation_mode 'tf_half_pixel_for_nn'");
  Values inputs = node.inputs;
  for (ImportValue *&input : llvm::drop_begin(inputs))
    if (input && elementCount(input->shape()) == 0)
      input = nullptr;
  if (mode != "tf_crop_and_resize" && inputs.size() > 1)
    inputs[1] = nullptr; // the region is not read
  if (inputs.size() > 3 && inputs[3])
    inputs[2] = nullptr;
  return node.importer.emit("Resize", inputs, node.attributes);
}

static Values importGridSample16(Node &node) {
  std::string mode = node.attributes.getString("mode", "bilinear");
  node.attributes.set("mode", llvm::StringRef(mode == "bilinear"  ? "linear"
                                              : mode == "bicubic" ? "cubic"
                                                                  : llvm::StringRef(mode)));
  return node.importer.passThrough(node);
}

llvm::ArrayRef<HandlerRow> importer::imageRows() {
  static constexpr HandlerRow rows[] = {
      {"GridSample", 16, 16, importGridSample16, "modes have new names"},
      {"Resize", 10, 10, importScales, "asymmetric, rounded down"},
      {"Resize", 11, kNewest, importResize11, "empty inputs are absent ones"},
      {"Upsample", 7, 7, importUpsample7, "Resize, asymmetric, rounded down", "Resize"},
      {"Upsample", 9, 9, importScales, "Resize, asymmetric, rounded down", "Resize"},
  };
  return rows;
}
