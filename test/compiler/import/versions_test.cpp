//===- versions_test.cpp - old versions become the newest -----------------===//
#include "test/compiler/import/import_test.h"

using namespace bornc;
using namespace bornc::test;

using Versions = ImportTest;

TEST_F(Versions, AxesBecomeInputs) {
  Imported m = import("g (float[1,3] x) => (y) { a = Squeeze<axes=[0]>(x)"
                      " b = Unsqueeze<axes=[1]>(a) y = ReduceMean<axes=[0], keepdims=0>(b) }",
                      {}, 11);
  EXPECT_EQ(m.ops(), "Squeeze Unsqueeze ReduceMean");
  EXPECT_EQ(m.result(), "tensor<1xf32>");
  EXPECT_FALSE(llvm::StringRef(m.text()).contains("axes"));
}

TEST_F(Versions, SliceAndPadTookAttributes) {
  Imported m = import("g (float[4,4] x) => (y) { a = Slice<starts=[1], ends=[3], axes=[1]>(x)"
                      " y = Pad<pads=[0,1,0,1], value=2.0>(a) }",
                      {}, 9);
  EXPECT_EQ(m.result(), "tensor<4x4xf32>");
  EXPECT_CONTAINS(m.text(), "dense<2.000000e+00> : tensor<f32>");
}

TEST_F(Versions, ClipTookItsBounds) {
  Imported m = import("g (float[4] x) => (y) { y = Clip<max=6.0>(x) }", {}, 7);
  EXPECT_EQ(m.ops(), "Clip");
  EXPECT_CONTAINS(m.text(), "onnx.None"); // no lower bound
}

TEST_F(Versions, SoftmaxFlattened) {
  EXPECT_EQ(import("g (float[2,3,4] x) => (y) { y = Softmax(x) }", {}, 11).ops(),
            "Flatten Softmax Reshape");
  EXPECT_EQ(import("g (float[2,3,4] x) => (y) { y = Softmax<axis=2>(x) }", {}, 11).ops(),
            "Softmax");
  EXPECT_EQ(import("g (float[2,3,4] x) => (y) { y = Softmax<axis=1>(x) }", {}, 13).ops(),
            "Softmax");
}

TEST_F(Versions, SplitIntoEqualParts) {
  Imported m = import("g (float[6] x) => (a, b) { a, b = Split<axis=0>(x) }", {}, 11);
  EXPECT_EQ(m.result(1), "tensor<3xf32>");
  EXPECT_CONTAINS(m.text(), "num_outputs = 2");
}

TEST_F(Versions, UpsampleIsAResize) {
  Imported m = import("g (float[1,1,2,2] x) => (y) {"
                      " y = Upsample<mode=\"linear\", scales=[1.0, 1.0, 2.0, 2.0]>(x) }",
                      {}, 7);
  EXPECT_EQ(m.ops(), "Resize");
  EXPECT_EQ(m.result(), "tensor<1x1x4x4xf32>");
  EXPECT_CONTAINS(m.text(), "coordinate_transformation_mode = \"asymmetric\"");
}

TEST_F(Versions, ResizeForgetsEmptyInputs) {
  Imported m = import("g (float[1,1,2,2] x) => (y) <float[0] none = {}, int64[4] s = {1,1,4,4}> {"
                      " y = Resize(x, none, none, s) }",
                      {}, 11);
  EXPECT_EQ(m.result(), "tensor<1x1x4x4xf32>");
}

TEST_F(Versions, BroadcastAlongAnAxis) {
  Imported m =
      import("g (float[2,3,4] x, float[3] b) => (y) { y = Add<broadcast=1, axis=1>(x, b) }", {}, 6);
  EXPECT_EQ(m.ops(), "Unsqueeze Add");
  EXPECT_EQ(m.result(), "tensor<2x3x4xf32>");
}

TEST_F(Versions, BatchNormalizationIsForInference) {
  std::string graph = "g (float[1,2,3] x, float[2] s) => (y) {"
                      " y = BatchNormalization<momentum=0.9>(x, s, s, s, s) }";
  EXPECT_EQ(import(graph, {}, 9).ops(), "BatchNormalization");
  EXPECT_CONTAINS(import("g (float[1,2,3] x, float[2] s) => (y) {"
                         " y, m, v, sm, sv = BatchNormalization(x, s, s, s, s) }",
                         {}, 9)
                      .error,
                  "training mode");
  EXPECT_EQ(import("g (float[1,2,3] x, float[2] s) => (y, m, v) {"
                   " y, m, v = BatchNormalization<training_mode=1>(x, s, s, s, s) }",
                   {}, 15)
                .ops(),
            "BatchNormalization");
}

TEST_F(Versions, GroupNormalizationScalesChannels) {
  Imported m = import("g (float[1,4,3] x) => (y) <float[2] s = {1, 2}, float[2] b = {3, 4}> {"
                      " y = GroupNormalization<num_groups=2>(x, s, b) }",
                      {}, 18);
  EXPECT_EQ(m.ops(), "GroupNormalization");
  EXPECT_CONTAINS(m.text(), "dense<[1.000000e+00, 1.000000e+00, 2.000000e+00, 2.000000e+00]>");
}

TEST_F(Versions, WhatPassesValuesOnIsDropped) {
  EXPECT_EQ(import("g (float[2] x) => (y) { a = Identity(x) b, m = Dropout(a)"
                   " c = Cast<to=1>(b) y = Relu(c) }")
                .ops(),
            "Relu");
}

TEST_F(Versions, ConstantsInAllForms) {
  Imported m =
      import("g () => (a, b, c, d, e) { a = Constant<value=float[2] {1, 2}>()"
             " b = Constant<value_float=3.0>() c = Constant<value_int=4>()"
             " d = Constant<value_ints=[5, 6]>() e = Constant<value_floats=[7.0, 8.0]>() }");
  EXPECT_EQ(m.constant(1), "dense<3.000000e+00> : tensor<f32>");
  EXPECT_EQ(m.constant(2), "dense<4> : tensor<i64>");
  EXPECT_EQ(m.constant(3), "dense<[5, 6]> : tensor<2xi64>");
  EXPECT_EQ(m.constant(4), "dense<[7.000000e+00, 8.000000e+00]> : tensor<2xf32>");
}

TEST_F(Versions, UnnamedResultsHaveNoType) {
  Imported m = import("g (float[5,1,4] x) => (h) <float[1,8,4] w = {}, float[1,8,2] r = {}> {"
                      " , h = LSTM<hidden_size=2>(x, w, r) }");
  EXPECT_CONTAINS(m.error, "expected 128 bytes, found 0");
}

TEST_F(Versions, OpsetsOutsideTheRangeAreRefused) {
  EXPECT_CONTAINS(import("g (float[2] x) => (y) { y = Relu(x) }", {}, 99).error,
                  "the model uses opset 99, expected 1 to");
  EXPECT_CONTAINS(import("g (float[2] x) => (y) { y = Relu(x) }", {}, 5).error,
                  "a version from before opset 6");
}

TEST_F(Versions, EveryRowNamesAnOperator) {
  for (const ImportRow &row : importTable()) {
    EXPECT_FALSE(row.how.empty()) << row.op.str();
    EXPECT_LE(row.sinceVersion, row.lastVersion) << row.op.str();
  }
}
