//===- inspect_test.cpp - what a model needs, without pinning -------------===//
#include "test/compiler/import/import_test.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace bornc;
using namespace bornc::test;

namespace {
class Inspect : public ImportTest {
protected:
  ModelSummary inspect(llvm::StringRef model) {
    auto summary = inspectModel(folder.write("model.onnxtxt", model), {}, &context);
    EXPECT_TRUE(succeeded(summary));
    return succeeded(summary) ? *summary : ModelSummary();
  }
};
} // namespace

static const char *kModel =
    "<ir_version: 8, opset_import: [\"\" : 17, \"com.example\" : 1]>\n"
    "g (float[N,3] x) => (float[N,4] y) <float[3,4] w = {0,1,2,3,4,5,6,7,8,9,10,11}> {"
    " a = MatMul(x, w) b = Relu(a) y = com.example.Magic(b) }";

TEST_F(Inspect, CountsAndJudges) {
  ModelSummary summary = inspect(kModel);
  EXPECT_EQ(summary.nodes, 3u);
  EXPECT_EQ(summary.weightBytes, 48u);
  ASSERT_EQ(summary.freeDims.size(), 1u);
  EXPECT_EQ(summary.freeDims[0].name, "N");
  ASSERT_EQ(summary.operators.size(), 3u);
  EXPECT_EQ(summary.operators[0].name, "MatMul");
  EXPECT_EQ(summary.operators[0].sinceVersion, 13);
  EXPECT_EQ(summary.operators[0].why, "");
  EXPECT_NE(summary.operators[2].why, "");
}

TEST_F(Inspect, PrintsText) {
  std::string text;
  llvm::raw_string_ostream os(text);
  printText(inspect(kModel), os);
  EXPECT_CONTAINS(text, "x: float[N, 3]");
  EXPECT_CONTAINS(text, "--dim N=SIZE   (of x)");
  EXPECT_CONTAINS(text, "1 of 3 operators are unsupported");
}

TEST_F(Inspect, PrintsJson) {
  std::string text;
  llvm::raw_string_ostream os(text);
  printJson(inspect(kModel), os);
  auto parsed = llvm::json::parse(text);
  ASSERT_TRUE(bool(parsed)) << llvm::toString(parsed.takeError());
  const llvm::json::Object &object = *parsed->getAsObject();
  EXPECT_EQ(object.getInteger("nodes"), 3);
  EXPECT_EQ(object.getArray("operators")->size(), 3u);
}
