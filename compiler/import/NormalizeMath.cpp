//===- NormalizeMath.cpp - old versions of arithmetic operators -----------===//
#include "compiler/import/ImportError.h"
#include "compiler/import/Registry.h"

using namespace bornc;
using namespace bornc::importer;

/// Opset 6: `broadcast=1` lets B match a run of A's dimensions from `axis`.
static Values importBroadcast6(Node &node) {
  ImportValue *a = node.input(0), *b = node.input(1);
  bool broadcasts = node.attributes.getInt("broadcast", 0);
  int64_t rankA = a->shape().size(), rankB = b->shape().size();
  if (broadcasts && node.attributes.has("axis")) {
    int64_t axis = node.attributes.getInt("axis", 0);
    axis += axis < 0 ? rankA : 0;
    if (axis < 0 || axis + rankB > rankA)
      throw ImportError("axis " + llvm::Twine(axis) + " is out of range");
    llvm::SmallVector<int64_t> trailing;
    for (int64_t d = 0; d < rankA - axis - rankB; ++d)
      trailing.push_back(rankB + d);
    if (!trailing.empty())
      b = node.importer.emit("Unsqueeze", {b, node.importer.ints(trailing)})[0];
  } else if (!broadcasts && a->shape() != b->shape()) {
    throw ImportError("operands of different shapes without broadcast=1");
  }
  return node.importer.emit(node.proto.op_type(), {a, b});
}

/// The bounds became inputs.
static Values importClip6(Node &node) {
  int32_t type = node.input(0)->elementType();
  auto bound = [&](const char *name) -> ImportValue * {
    if (!node.attributes.has(name))
      return nullptr;
    return node.importer.constant(makeScalar(type, node.attributes.getFloat(name, 0)));
  };
  ImportValue *low = bound("min"), *high = bound("max");
  return node.importer.emit("Clip", {node.input(0), low, high});
}

static Values importGemm6(Node &node) {
  node.attributes.remove("broadcast"); // C has broadcast like this ever since
  return node.importer.passThrough(node);
}

/// Opset 6: a slope of [C] is per channel, not for the last dimension.
static Values importPRelu6(Node &node) {
  ImportValue *x = node.input(0), *slope = node.input(1);
  int64_t rank = x->shape().size();
  if (slope->shape().size() == 1 && slope->shape()[0] != 1 && rank > 2) {
    llvm::SmallVector<int64_t> trailing;
    for (int64_t d = 1; d < rank - 1; ++d)
      trailing.push_back(d);
    slope = node.importer.emit("Unsqueeze", {slope, node.importer.ints(trailing)})[0];
  }
  return node.importer.emit("PRelu", {x, slope});
}

/// The axis became an input, and counts the signal's dimensions differently.
static Values importDft17(Node &node) {
  int64_t axis = node.attributes.getInt("axis", 1);
  node.attributes.remove("axis");
  ConstantData scalar = makeInts(axis);
  scalar.shape.clear();
  return node.importer.emit(
      "DFT", {node.input(0), node.input(1), node.importer.constant(std::move(scalar))},
      node.attributes);
}

/// Inference does not know the default of `onesided`.
static Values importStft(Node &node) {
  if (!node.attributes.has("onesided"))
    node.attributes.set("onesided", int64_t(1));
  return node.importer.passThrough(node);
}

/// Inference does not look at the channels, and all later levels rely on them.
static Values importConv(Node &node) {
  Shape x = node.input(0)->shape(), w = node.input(1)->shape();
  int64_t group = node.attributes.getInt("group", 1);
  if (x.size() < 3 || w.size() != x.size())
    throw ImportError("expected data and weights of the same rank of at least 3, found ranks " +
                      llvm::Twine(x.size()) + " and " + llvm::Twine(w.size()));
  if (group < 1 || x[1] % group != 0 || w[0] % group != 0 || x[1] / group != w[1])
    throw ImportError("expected weights for " + llvm::Twine(x[1]) + " channels in " +
                      llvm::Twine(group) + " groups, found " + llvm::Twine(w[1]) +
                      " channels per group and " + llvm::Twine(w[0]) + " outputs");
  return node.importer.passThrough(node);
}

/// One with probability p. The body that ONNX's schema has compares the other way round.
static Values importBernoulli(Node &node) {
  GraphImporter &importer = node.importer;
  int64_t type = node.input(0)->elementType();
  bool isDouble = type == ::onnx::TensorProto::DOUBLE;
  Attributes draw, compute, result;
  compute.set("to", int64_t(isDouble ? ::onnx::TensorProto::DOUBLE : ::onnx::TensorProto::FLOAT));
  if (const ::onnx::AttributeProto *seed = node.attributes.find("seed"))
    draw.set(*seed);
  Values chances = importer.emit("Cast", {node.input(0)}, compute);
  Values random = importer.emit("RandomUniformLike", chances, draw);
  Values drawn = importer.emit("Less", {random[0], chances[0]});
  result.set("to", node.attributes.getInt("dtype", type));
  return importer.emit("Cast", drawn, result);
}

/// Gumbel's way to draw a class: the one with the greatest log p - log(-log u), u uniform.
static Values importMultinomial(Node &node) {
  GraphImporter &importer = node.importer;
  Shape shape = node.input(0)->shape();
  if (shape.size() != 2)
    throw ImportError("expected input of rank 2, found rank " + llvm::Twine(shape.size()));
  Attributes draw, type, axis;
  draw.set("shape", {shape[0], node.attributes.getInt("sample_size", 1), shape[1]});
  if (const ::onnx::AttributeProto *seed = node.attributes.find("seed"))
    draw.set(*seed);
  Values noise = importer.emit("RandomUniform", {}, draw);
  for (const char *op : {"Log", "Neg", "Log", "Neg"})
    noise = importer.emit(op, noise);
  type.set("to", int64_t(::onnx::TensorProto::FLOAT));
  Values logits = importer.emit("Cast", {node.input(0)}, type);
  logits = importer.emit("Unsqueeze", {logits[0], importer.ints({1})});
  Values scores = importer.emit("Add", {logits[0], noise[0]});
  axis.set("axis", int64_t(2)).set("keepdims", int64_t(0));
  Values best = importer.emit("ArgMax", scores, axis);
  type.set("to", node.attributes.getInt("dtype", ::onnx::TensorProto::INT32));
  return importer.emit("Cast", best, type);
}

llvm::ArrayRef<HandlerRow> importer::mathRows() {
  static constexpr HandlerRow rows[] = {
      {"Add", 1, 6, importBroadcast6, "axis becomes Unsqueeze"},
      {"And", 1, 6, importBroadcast6, "axis becomes Unsqueeze"},
      {"Bernoulli", 1, kNewest, importBernoulli, "Less of random numbers", "Less"},
      {"Clip", 1, 6, importClip6, "min and max become inputs"},
      {"Conv", 1, kNewest, importConv, "channel counts are checked"},
      {"DFT", 17, 19, importDft17, "axis becomes an input"},
      {"Div", 1, 6, importBroadcast6, "axis becomes Unsqueeze"},
      {"Equal", 1, 6, importBroadcast6, "axis becomes Unsqueeze"},
      {"Gemm", 1, 6, importGemm6, "broadcast is dropped"},
      {"Greater", 1, 6, importBroadcast6, "axis becomes Unsqueeze"},
      {"Less", 1, 6, importBroadcast6, "axis becomes Unsqueeze"},
      {"Mul", 1, 6, importBroadcast6, "axis becomes Unsqueeze"},
      {"Multinomial", 1, kNewest, importMultinomial, "ArgMax with random noise", "ArgMax"},
      {"Or", 1, 6, importBroadcast6, "axis becomes Unsqueeze"},
      {"PRelu", 1, 6, importPRelu6, "the slope is per channel"},
      {"Pow", 1, 6, importBroadcast6, "axis becomes Unsqueeze"},
      {"STFT", 17, kNewest, importStft, "onesided is written out"},
      {"Sub", 1, 6, importBroadcast6, "axis becomes Unsqueeze"},
      {"Xor", 1, 6, importBroadcast6, "axis becomes Unsqueeze"},
  };
  return rows;
}
