//===- fold_test.cpp - static shape arithmetic is gone after import -------===//
#include "test/compiler/import/import_test.h"

using namespace bornc;
using namespace bornc::test;

using Fold = ImportTest;

TEST_F(Fold, ReshapeToAComputedShape) {
  Imported m = import("g (float[2,3,4] x) => (y)"
                      " <int64 zero = {0}, int64[1] rest = {-1}, int64[1] axes = {0}> {"
                      " s = Shape(x) n = Gather(s, zero) n1 = Unsqueeze(n, axes)"
                      " target = Concat<axis=0>(n1, rest) y = Reshape(x, target) }");
  EXPECT_EQ(m.ops(), "Reshape");
  EXPECT_EQ(m.result(), "tensor<2x12xf32>");
}

TEST_F(Fold, PositionIdsOfAnEncoder) {
  Imported m = import("g (int64[1,5] ids) => (y)"
                      " <int64 one = {1}, int64 zero = {0}, int64[1] axes = {0}> {"
                      " s = Shape(ids) n = Gather(s, one) r = Range(zero, n, one)"
                      " row = Unsqueeze(r, axes) y = Expand(row, s) }");
  EXPECT_EQ(m.ops(), "");
  EXPECT_EQ(m.constant(), "dense<[[0, 1, 2, 3, 4]]> : tensor<1x5xi64>");
}

TEST_F(Fold, ConstantOfShapeWhereEqual) {
  Imported m = import("g (float[1,3] x) => (y) <int64[2] want = {-1, 4}, int64 minus = {-1}> {"
                      " s = Shape(x) n = Shape(s) ones = ConstantOfShape<value=int64[1] {1}>(n)"
                      " neg = Mul(ones, minus) keep = Equal(want, neg)"
                      " y = Where(keep, ones, want) }");
  EXPECT_EQ(m.constant(), "dense<[1, 4]> : tensor<2xi64>");
}

TEST_F(Fold, LargeFillsStaySplats) {
  EXPECT_EQ(import("g () => (y) <int64[2] s = {1000, 1000}> { y = ConstantOfShape(s) }").constant(),
            "dense<0.000000e+00> : tensor<1000x1000xf32>");
}

TEST_F(Fold, DivisionRoundsTowardsZeroAndZeroIsLeftAlone) {
  EXPECT_EQ(
      import("g () => (y) <int64[2] a = {-7, 7}, int64 b = {2}> { y = Div(a, b) }").constant(),
      "dense<[-3, 3]> : tensor<2xi64>");
  EXPECT_EQ(import("g () => (y) <int64[2] a = {-7, 7}, int64 b = {0}> { y = Div(a, b) }").ops(),
            "Div");
}

TEST_F(Fold, FloatsAreRoundedToTheirType) {
  // 16777217 is no float.
  EXPECT_EQ(
      import("g () => (y) <float a = {16777216}, float b = {1}> { y = Add(a, b) }").constant(),
      "dense<0x4B800000> : tensor<f32>");
}

TEST_F(Fold, SliceWithNegativeSteps) {
  EXPECT_EQ(import("g () => (y) <int64[4] a = {0, 1, 2, 3}, int64[1] s = {-1}, int64[1] e = {-9},"
                   " int64[1] axis = {0}, int64[1] step = {-2}> {"
                   " y = Slice(a, s, e, axis, step) }")
                .constant(),
            "dense<[3, 1]> : tensor<2xi64>");
}

TEST_F(Fold, SizeOfConstantNonZeroIsKnown) {
  EXPECT_EQ(import("g () => (y) <int64[4] a = {0, 5, 0, 7}> { y = NonZero(a) }").constant(),
            "dense<[[1, 3]]> : tensor<1x2xi64>");
}

TEST_F(Fold, DeadNodesAreDropped) {
  EXPECT_EQ(import("g (float[2] x) => (float[2] y) { dead = Exp(x) y = Relu(x) }").ops(), "Relu");
}

TEST_F(Fold, RunTimeShapesNameTheFlagThatFixesThem) {
  Imported m = import("g (float[12] x, int64[2] s) => (y) { y = Reshape(x, s) }");
  EXPECT_CONTAINS(m.error, "the shape of its result depends on values known only at run "
                           "time; if these are fixed, give --value s=...");
}

TEST_F(Fold, WhatNobodyReadsIsGone) {
  // The mask is made last, as a constant.
  std::string body = " { r = Relu(x) y, mask = Dropout(r) }";
  std::string both = import("g (float[2] x) => (y, mask)" + body).text();
  EXPECT_CONTAINS(both, "onnx.Constant");
  std::string one = import("g (float[2] x) => (y)" + body).text();
  EXPECT_CONTAINS(one, "onnx.Relu");
  EXPECT_EQ(one.find("onnx.Constant"), std::string::npos);
}
