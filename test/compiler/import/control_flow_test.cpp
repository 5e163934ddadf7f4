//===- control_flow_test.cpp - subgraphs and functions --------------------===//
#include "test/compiler/import/import_test.h"

using namespace bornc;
using namespace bornc::test;

using ControlFlow = ImportTest;

static const char *kIf = "g (bool c, float[2] x) => (float[2] y) {"
                         " y = If(c) <then_branch = t () => (float[2] a) { a = Relu(x) },"
                         " else_branch = e () => (float[2] b) { b = Exp(x) }> }";

TEST_F(ControlFlow, IfOnAKnownConditionIsResolved) {
  ImportOptions options;
  options.values["c"] = "true";
  EXPECT_EQ(import(kIf, options).ops(), "Relu");
  options.values["c"] = "false";
  EXPECT_EQ(import(kIf, options).ops(), "Exp");
}

TEST_F(ControlFlow, OtherwiseBothBranchesAreComputed) {
  EXPECT_EQ(import(kIf).ops(), "Relu Exp Where");
}

TEST_F(ControlFlow, ConditionsAreScalars) {
  Imported m = import("g (bool[1] c, float x) => (float y) {"
                      " y = If(c) <then_branch = t () => (float a) { a = Relu(x) },"
                      " else_branch = e () => (float b) { b = Exp(x) }> }");
  EXPECT_EQ(m.ops(), "Relu Exp Reshape Where");
  EXPECT_EQ(m.result(0), "tensor<f32>");
}

TEST_F(ControlFlow, BranchesMustAgree) {
  EXPECT_CONTAINS(import("g (bool c, float[2] x, float[3] z) => (y) {"
                         " y = If(c) <then_branch = t () => (a) { a = Relu(x) },"
                         " else_branch = e () => (b) { b = Exp(z) }> }")
                      .error,
                  "the branches give results of different types");
}

TEST_F(ControlFlow, LoopWithAKnownCountHasAStaticResult) {
  Imported m = import("g (float[2] x) => (y, ys) <int64 n = {5}, bool go = {1}> {"
                      " y, ys = Loop(n, go, x) <body = b (int64 i, bool c, float[2] v) =>"
                      " (bool c, float[2] w, float[2] s) { w = Add(v, x) s = Relu(w) }> }");
  EXPECT_EQ(m.ops(), "Loop");
  EXPECT_EQ(m.result(0), "tensor<2xf32>");
  EXPECT_EQ(m.result(1), "tensor<5x2xf32>");
}

TEST_F(ControlFlow, LoopOfUnknownCountGivesNoSequence) {
  EXPECT_CONTAINS(import("g (float[2] x, int64 n) => (y, ys) <bool go = {1}> {"
                         " y, ys = Loop(n, go, x) <body = b (int64 i, bool c, float[2] v) =>"
                         " (bool c, float[2] w, float[2] s) { w = Add(v, x) s = Relu(w) }> }")
                      .error,
                  "the number of iterations, which is a result's size");
}

TEST_F(ControlFlow, ScanSlicesItsInputs) {
  Imported m = import("g (float[2] h, float[7,2] xs) => (y, ys) {"
                      " y, ys = Scan <num_scan_inputs = 1, body = b (float[2] a, float[2] x) =>"
                      " (float[2] s, float[2] t) { s = Add(a, x) t = Identity(s) }> (h, xs) }");
  EXPECT_EQ(m.ops(), "Scan");
  EXPECT_EQ(m.result(1), "tensor<7x2xf32>");
}

static const char *kFunction =
    "<ir_version: 8, opset_import: [\"\" : 17, \"local\" : 1]>\n"
    "g (float[2,3] x) => (y) { y = local.twice<axis=1>(x) }\n"
    "<domain: \"local\", opset_import: [\"\" : 11]>\n"
    "twice<axis>(a) => (b) { t = Add(a, a) b = Softmax<axis: int = @axis>(t) }";

TEST_F(ControlFlow, FunctionsAreInlinedWithTheirOwnOpset) {
  EXPECT_EQ(importModelText(kFunction).ops(), "Add Softmax");
}

TEST_F(ControlFlow, RecursiveFunctionsAreRefused) {
  EXPECT_CONTAINS(importModelText("<ir_version: 8, opset_import: [\"\" : 17, \"local\" : 1]>\n"
                                  "g (float[2] x) => (y) { y = local.f(x) }\n"
                                  "<domain: \"local\", opset_import: [\"\" : 17, \"local\" : 1]>\n"
                                  "f(a) => (b) { b = local.f(a) }")
                      .error,
                  "function 'f' calls itself");
}

TEST_F(ControlFlow, OperatorsWithoutALoweringUseTheirBody) {
  ImportOptions options;
  options.whyNoLowering = [](llvm::StringRef, llvm::StringRef op) -> std::optional<std::string> {
    if (op == "Softsign" || op == "Det")
      return "no lowering";
    return std::nullopt;
  };
  EXPECT_EQ(import("g (float[2] x) => (y) { y = Softsign(x) }", options).ops(), "Abs Add Div");
  EXPECT_CONTAINS(import("g (float[2,2] x) => (y) { y = Det(x) }", options).error, "no lowering");
}
