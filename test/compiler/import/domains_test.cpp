//===- domains_test.cpp - operators of other domains than ONNX's own ------===//
#include "test/compiler/import/import_test.h"

using namespace bornc;
using namespace bornc::test;

class Domains : public ImportTest {
protected:
  Imported importWith(llvm::StringRef domain, llvm::StringRef graph) {
    return importModelText(("<ir_version: 10, opset_import: [\"\" : 24, \"" + domain +
                            "\" : " + (domain == "ai.onnx.ml" ? "5" : "1") + "]>\n" + graph)
                               .str());
  }
};

TEST_F(Domains, AnOptimizerIsElementwise) {
  Imported m = importWith("ai.onnx.preview.training",
                          "g (float r, int64 t, float[3] x, float[3] d, float[3] v) => (y, w) {"
                          " y, w = ai.onnx.preview.training.Momentum<alpha=0.5, beta=1.0,"
                          " mode=\"standard\", norm_coefficient=0.0>(r, t, x, d, v) }");
  EXPECT_EQ(m.ops(), "Greater Where Mul Mul Add Mul Sub");
  EXPECT_EQ(m.result(0), "tensor<3xf32>");
}

TEST_F(Domains, AnOptimizerNeedsAllTensorsOfAParameter) {
  EXPECT_CONTAINS(importWith("ai.onnx.preview.training",
                             "g (float r, int64 t, float[3] x, float[3] d) => (y, w) {"
                             " y, w = ai.onnx.preview.training.Momentum<alpha=0.5, beta=1.0,"
                             " mode=\"standard\", norm_coefficient=0.0>(r, t, x, d) }")
                      .error,
                  "3 inputs per parameter, found 4");
}

TEST_F(Domains, TreesAreWalkedLevelByLevel) {
  std::string trees = "n_targets=2, tree_roots=[0], nodes_featureids=[1], nodes_truenodeids=[0],"
                      " nodes_falsenodeids=[1], nodes_trueleafs=[1], nodes_falseleafs=[1],"
                      " leaf_targetids=[0, 1], leaf_weights=float[2] {1.0, 2.0},"
                      " nodes_splits=float[1] {0.5}, nodes_modes=";
  auto model = [&](llvm::StringRef mode, int columns) {
    return "g (float[4," + std::to_string(columns) + "] x) => (y) { y = ai.onnx.ml.TreeEnsemble<" +
           trees + mode.str() + ">(x) }";
  };
  Imported m = importWith("ai.onnx.ml", model("uint8[1] {0}", 3));
  EXPECT_EQ(m.result(), "tensor<4x2xf32>") << m.error;
  EXPECT_CONTAINS(m.ops(), "GatherElements");
  EXPECT_CONTAINS(importWith("ai.onnx.ml", model("uint8[1] {9}", 3)).error, "unknown mode 9");
  EXPECT_CONTAINS(importWith("ai.onnx.ml", model("uint8[1] {0}", 1)).error, "tests feature 1 of 1");
}

TEST_F(Domains, WhatHasNoHandlerIsNamed) {
  EXPECT_CONTAINS(
      importWith("ai.onnx.ml", "g (float[4] x) => (y) { y = ai.onnx.ml.Scaler(x) }").error,
      "ai.onnx.ml.Scaler");
}
