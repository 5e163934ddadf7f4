//===- inputs_test.cpp - pinned dimensions, shapes and values -------------===//
#include "test/compiler/import/import_test.h"

using namespace bornc;
using namespace bornc::test;

using Inputs = ImportTest;

TEST_F(Inputs, KeepTheirNamesAndOrder) {
  Imported m = import("g (float[2] b, float[2] a, float[2] unused) => (float[2] y) {"
                      " y = Sub(a, b) }");
  EXPECT_EQ(m.ops(), "Sub");
  EXPECT_CONTAINS(m.text(), "%arg0: tensor<2xf32> {born.name = \"b\"}, %arg1: tensor<2xf32> "
                            "{born.name = \"a\"}, %arg2: tensor<2xf32> "
                            "{born.name = \"unused\"}) -> (tensor<2xf32> {born.name = \"y\"})");
  EXPECT_CONTAINS(m.text(), "born.model = \"model\"");
}

TEST_F(Inputs, FreeDimensionsAreListedWithTheirFlags) {
  Imported m = import("g (float[N,T] x, float[N,?] y, float[] s) => (float[N,T] z) {"
                      " z = Relu(x) }");
  EXPECT_CONTAINS(m.error, "--dim N=SIZE   ('N' of inputs x, y)");
  EXPECT_CONTAINS(m.error, "--dim T=SIZE   ('T' of input x)");
  EXPECT_CONTAINS(m.error, "--shape y=NxN   (a dimension without a name of input y)");
}

TEST_F(Inputs, DimsArePinnedByName) {
  ImportOptions options;
  options.dims = {{"N", 2}, {"T", 3}};
  EXPECT_EQ(import("g (float[N,T] x) => (y) { y = Relu(x) }", options).result(), "tensor<2x3xf32>");
}

TEST_F(Inputs, ShapesArePinnedByInput) {
  ImportOptions options;
  options.shapes["x"] = {2, 3};
  EXPECT_EQ(import("g (float[N,?] x) => (y) { y = Relu(x) }", options).result(), "tensor<2x3xf32>");
  EXPECT_CONTAINS(import("g (float[N,4] x) => (y) { y = Relu(x) }", options).error,
                  "--shape x=2x3 does not fit the input, which is [N, 4]");
}

TEST_F(Inputs, ShapesPinDimensionsOfTheSameName) {
  ImportOptions options;
  options.shapes["x"] = {2, 3};
  EXPECT_EQ(import("g (float[N,T] x, float[N] y) => (y2) { y2 = Relu(y) }", options).result(),
            "tensor<2xf32>");
  // Where they do not agree, nothing follows.
  EXPECT_CONTAINS(import("g (float[N,N] x, float[N] y) => (y2) { y2 = Relu(y) }", options).error,
                  "--dim N=SIZE   ('N' of input y)");
}

TEST_F(Inputs, PinsOfNothingAreMistakes) {
  ImportOptions dim, shape;
  dim.dims["M"] = 1;
  EXPECT_CONTAINS(import("g (float[N] x) => (y) { y = Relu(x) }", dim).error,
                  "--dim M=1: no input has such a dimension, the named ones are N");
  shape.shapes["z"] = {1};
  EXPECT_CONTAINS(import("g (float[N] x) => (y) { y = Relu(x) }", shape).error,
                  "the model has no such input, its inputs are x");
}

TEST_F(Inputs, ValuesBecomeConstants) {
  ImportOptions options;
  options.values["k"] = "3";
  Imported m = import("g (float[4] x, int64 k) => (float[4] y) {"
                      " f = Cast<to=1>(k) y = Mul(x, f) }",
                      options);
  EXPECT_EQ(m.ops(), "Mul");
  EXPECT_CONTAINS(m.text(), "dense<3.000000e+00> : tensor<f32>");
  options.values["k"] = "3.5";
  EXPECT_CONTAINS(import("g (int64 k) => (int64 y) { y = Neg(k) }", options).error,
                  "expected int64, found '3.5'");
}

TEST_F(Inputs, ValuesComeFromNpyFiles) {
  std::string header = "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }";
  header.resize(117, ' ');
  header += '\n';
  std::string npy = std::string("\x93NUMPY\x01\x00", 8) + char(header.size()) + '\0' + header;
  int64_t elements[] = {3, 4};
  npy.append(reinterpret_cast<const char *>(elements), sizeof(elements));
  ImportOptions options;
  options.values["shape"] = folder.write("shape.npy", npy);
  EXPECT_EQ(
      import("g (float[12] x, int64[2] shape) => (y) { y = Reshape(x, shape) }", options).result(),
      "tensor<3x4xf32>");
  EXPECT_CONTAINS(import("g (float[2] shape) => (y) { y = Relu(shape) }", options).error,
                  "expected elements of type float, found int64");
  options.values["shape"] = folder.write("short.npy", npy.substr(0, npy.size() - 1));
  EXPECT_CONTAINS(import("g (int64[2] shape) => (y) { y = Neg(shape) }", options).error,
                  "bytes of data, which its shape does not need");
}

TEST_F(Inputs, InitializersWinUnlessPinned) {
  std::string graph = "g (float[2] x, float[2] w = {1, 2}) => (float[2] y) { y = Add(x, w) }";
  Imported byDefault = import(graph);
  EXPECT_EQ(byDefault.main().getNumArguments(), 1u);
  ImportOptions options;
  options.shapes["w"] = {2};
  EXPECT_EQ(import(graph, options).main().getNumArguments(), 2u);
}

TEST_F(Inputs, OutputsMayBeInputsAndConstants) {
  Imported m = import("g (float[2] x) => (float[2] x, float[2] c) <float[2] c = {1, 2}> { }");
  EXPECT_EQ(m.ops(), "");
  EXPECT_EQ(m.constant(1), "dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>");
}

TEST_F(Inputs, OutputsAreSelected) {
  ImportOptions options;
  options.outputs = {"a"};
  std::string graph = "g (float[2] x) => (float[2] y) { a = Relu(x) y = Exp(a) }";
  EXPECT_EQ(import(graph, options).ops(), "Relu");
  options.outputs = {"b"};
  EXPECT_CONTAINS(import(graph, options).error, "output 'b' is defined by no node");
}
