//===- errors_test.cpp - malformed models get one clear error -------------===//
#include "test/compiler/import/import_test.h"

using namespace bornc;
using namespace bornc::test;

using Errors = ImportTest;

TEST_F(Errors, NameWhatIsNotDefined) {
  EXPECT_CONTAINS(import("g (float[2] x) => (y) { y = Add(x, nowhere) }").error,
                  "node 'y' (Add) reads 'nowhere', which no node, input or initializer defines");
}

TEST_F(Errors, NameACycle) {
  EXPECT_CONTAINS(import("g (float[2] x) => (a) { a = Add(x, b) b = Relu(a) }").error,
                  "the graph has a cycle: 'a' (Add) -> 'b' (Relu) -> 'a' (Add)");
}

TEST_F(Errors, NodesNeedNotBeSorted) {
  EXPECT_EQ(import("g (float[2] x) => (y) { y = Exp(a) a = Relu(x) }").ops(), "Relu Exp");
}

TEST_F(Errors, NameWhatIsDefinedTwice) {
  EXPECT_CONTAINS(import("g (float[2] x) => (y) { y = Relu(x) y = Exp(x) }").error,
                  "value 'y' is defined twice, again by node 'y' (Exp)");
}

TEST_F(Errors, UnsupportedOperatorsAreReportedAtOnce) {
  Imported m = importModelText("<ir_version: 8, opset_import: [\"\" : 17, \"com.example\" : 1]>\n"
                               "g (float[2] x) => (y) { [first] a = com.example.Magic(x)"
                               " b = com.example.Magic(a) c = Nonsense(b) y = Relu(c) }");
  EXPECT_CONTAINS(m.error, "com.example.Magic  0      2      'first' (Magic)");
  EXPECT_CONTAINS(m.error, "Nonsense");
  EXPECT_CONTAINS(m.error, "no such operator in opset 17");
}

TEST_F(Errors, NameAMissingDomain) {
  EXPECT_CONTAINS(import("g (float[2] x) => (y) { y = com.example.Magic(x) }").error,
                  "the model imports no opset of domain 'com.example'");
}

TEST_F(Errors, TypesMustBeWhatTheOperatorTakes) {
  EXPECT_CONTAINS(import("g (float[2] x, double[2] z) => (y) { y = Add(x, z) }").error,
                  "input 1 ('B') has type tensor(double), but input 0 has type tensor(float)");
  EXPECT_CONTAINS(import("g (int64[2] x) => (y) { y = Sqrt(x) }").error,
                  "has type tensor(int64), which the operator does not take");
  EXPECT_CONTAINS(import("g (float[2] x) => (y) { y = Add(, x) }").error,
                  "input 0 is marked single");
}

TEST_F(Errors, ShapesMustFit) {
  EXPECT_CONTAINS(import("g (float[2,3] x, float[4,5] w) => (y) { y = MatMul(x, w) }").error,
                  "node 'y' (MatMul): ");
  EXPECT_CONTAINS(import("g (float[1,3,8,8] x, float[4,2,3,3] w) => (y) { y = Conv(x, w) }").error,
                  "expected weights for 3 channels in 1 groups, found 2 channels per group");
  EXPECT_CONTAINS(import("g (float[6] x) => (y) <int64[2] s = {4, 2}> { y = Reshape(x, s) }").error,
                  "cannot reshape [6] to [4, 2]");
}

TEST_F(Errors, StringsHaveNoPlace) {
  EXPECT_CONTAINS(import("g (string[2] x) => (y) { y = Identity(x) }").error,
                  "input 'x' has elements of type string");
}

TEST_F(Errors, HugeShapesAreRefused) {
  EXPECT_CONTAINS(import("g () => (y) <int64[3] s = {1048576, 1048576, 1048576}> {"
                         " y = ConstantOfShape(s) }")
                      .error,
                  "more than 2^48 elements");
  EXPECT_CONTAINS(import("g (float[4611686018427387904,4] x) => (y) { y = Relu(x) }").error,
                  "more than 2^48 elements");
}

TEST_F(Errors, LocationsCarryTheNode) {
  Imported m = import("g (float[2] x) => (y) { [the_name] y = Relu(x) }");
  std::string text;
  for (mlir::Operation &op : m.main().getBody().front())
    llvm::raw_string_ostream(text) << op.getLoc();
  EXPECT_CONTAINS(text, "\"the_name (Relu)\"");
}
