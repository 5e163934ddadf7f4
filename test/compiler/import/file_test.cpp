//===- file_test.cpp - weights stay in files; hostile files ---------------===//
#include "onnx/onnx_pb.h"

#include "test/compiler/import/import_test.h"
#include "llvm/Support/raw_ostream.h"

#include <random>

using namespace bornc;
using namespace bornc::test;
using ::onnx::ModelProto;
using ::onnx::TensorProto;

namespace {

class File : public ImportTest {
protected:
  /// y = x + w, with `count` elements each, w without data.
  static ModelProto addModel(int64_t count) {
    ModelProto model;
    model.set_ir_version(8);
    model.add_opset_import()->set_version(17);
    auto *graph = model.mutable_graph();
    graph->set_name("g");
    auto *node = graph->add_node();
    node->set_op_type("Add");
    node->add_input("x");
    node->add_input("w");
    node->add_output("y");
    auto *input = graph->add_input();
    input->set_name("x");
    auto *type = input->mutable_type()->mutable_tensor_type();
    type->set_elem_type(TensorProto::FLOAT);
    type->mutable_shape()->add_dim()->set_dim_value(count);
    graph->add_output()->set_name("y");
    TensorProto *weight = graph->add_initializer();
    weight->set_name("w");
    weight->set_data_type(TensorProto::FLOAT);
    weight->add_dims(count);
    return model;
  }
  static TensorProto &weightOf(ModelProto &model) {
    return *model.mutable_graph()->mutable_initializer(0);
  }
  Imported importProto(const ModelProto &model) {
    return importFile(folder.write("m.onnx", model.SerializeAsString()));
  }
  void setExternal(ModelProto &model, const std::string &location, const std::string &offset,
                   const std::string &length) {
    TensorProto &weight = weightOf(model);
    weight.set_data_location(TensorProto::EXTERNAL);
    weight.clear_external_data();
    for (auto [key, value] : {std::pair<std::string, std::string>{"location", location},
                              {"offset", offset},
                              {"length", length}}) {
      auto *entry = weight.add_external_data();
      entry->set_key(key);
      entry->set_value(value);
    }
  }
};

} // namespace

TEST_F(File, LargeRawDataStaysInTheFile) {
  ModelProto model = addModel(2000);
  std::string bytes(8000, '\0');
  bytes[0] = 'x';
  weightOf(model).set_raw_data(bytes);
  std::string file = model.SerializeAsString();
  Imported m = importProto(model);
  EXPECT_EQ(m.ops(), "born.weight Add");
  EXPECT_CONTAINS(m.text(), "born.weight <\"m.onnx\", offset = " +
                                std::to_string(file.find(bytes)) + ", length = 8000, hash = ");
}

TEST_F(File, PackedFloatsStayInTheFileToo) {
  ModelProto model = addModel(2000);
  for (int i = 0; i < 2000; ++i)
    weightOf(model).add_float_data(float(i));
  EXPECT_EQ(importProto(model).ops(), "born.weight Add");
}

TEST_F(File, SmallTensorsAreConstants) {
  ModelProto model = addModel(2);
  weightOf(model).add_float_data(1);
  weightOf(model).add_float_data(2);
  Imported m = importProto(model);
  EXPECT_EQ(m.ops(), "Add");
  EXPECT_CONTAINS(m.text(), "dense<[1.000000e+00, 2.000000e+00]>");
}

TEST_F(File, SizesMustMatchTheShape) {
  ModelProto model = addModel(2000);
  weightOf(model).set_raw_data(std::string(7999, '\0'));
  EXPECT_CONTAINS(importProto(model).error,
                  "tensor 'w' of type float[2000]: expected 8000 bytes, found 7999");
  weightOf(model).set_dims(0, INT64_MAX);
  EXPECT_CONTAINS(importProto(model).error, "not a possible shape");
}

TEST_F(File, ExternalDataIsAWeight) {
  folder.write("w.bin", std::string(9000, '\0'));
  ModelProto model = addModel(2000);
  setExternal(model, "w.bin", "64", "8000");
  EXPECT_CONTAINS(importProto(model).text(), "born.weight <\"w.bin\", offset = 64, length = 8000");
}

TEST_F(File, ExternalDataMustBeInTheFolderAndLongEnough) {
  folder.write("w.bin", std::string(8000, '\0'));
  ModelProto model = addModel(2000);
  auto errorOf = [&](const std::string &location, const std::string &offset,
                     const std::string &length) {
    setExternal(model, location, offset, length);
    return importProto(model).error;
  };
  EXPECT_CONTAINS(errorOf("../w.bin", "0", "8000"), "is not a path inside the model's folder");
  EXPECT_CONTAINS(errorOf("/etc/passwd", "0", "8"), "is not a path inside the model's folder");
  EXPECT_CONTAINS(errorOf("", "0", "8"), "is not a path inside the model's folder");
  EXPECT_CONTAINS(errorOf("none.bin", "0", "8000"), "cannot read");
  EXPECT_CONTAINS(errorOf(".", "0", "8000"), "not a regular file");
  EXPECT_CONTAINS(errorOf("w.bin", "1", "8000"), "which has only 8000");
  EXPECT_CONTAINS(errorOf("w.bin", "18446744073709551615", "8000"), "which has only 8000");
  EXPECT_CONTAINS(errorOf("w.bin", "-1", "8000"), "malformed offset '-1'");
  EXPECT_CONTAINS(errorOf("w.bin", "0", "7999"), "expected 8000 bytes, found 7999");
}

TEST_F(File, SparseInitializersBecomeDense) {
  ModelProto model = addModel(4);
  model.mutable_graph()->clear_initializer();
  auto *sparse = model.mutable_graph()->add_sparse_initializer();
  sparse->add_dims(4);
  sparse->mutable_values()->set_name("w");
  sparse->mutable_values()->set_data_type(TensorProto::FLOAT);
  sparse->mutable_values()->add_dims(1);
  sparse->mutable_values()->add_float_data(5);
  sparse->mutable_indices()->set_data_type(TensorProto::INT64);
  sparse->mutable_indices()->add_dims(1);
  sparse->mutable_indices()->add_int64_data(2);
  EXPECT_CONTAINS(importProto(model).text(),
                  "dense<[0.000000e+00, 0.000000e+00, 5.000000e+00, 0.000000e+00]>");
  sparse->mutable_indices()->set_int64_data(0, 4);
  EXPECT_CONTAINS(importProto(model).error, "index out of range");
}

//===----------------------------------------------------------------------===//
// Hostile files
//===----------------------------------------------------------------------===//

TEST_F(File, NoFileAndNoModel) {
  auto errorOf = [&](llvm::StringRef bytes) {
    return importFile(folder.write("bad.onnx", bytes)).error;
  };
  EXPECT_CONTAINS(importFile(folder.path("none.onnx")).error, "cannot read");
  EXPECT_CONTAINS(importFile(folder.path()).error, "not a regular file");
  EXPECT_CONTAINS(errorOf(""), "is empty");
  EXPECT_CONTAINS(errorOf("this is no model, but text"), "ONNX model");
  EXPECT_CONTAINS(errorOf(std::string(64, '\0')), "invalid protobuf field number");
  EXPECT_CONTAINS(errorOf("\x08\x08"), "it has no graph");
  EXPECT_CONTAINS(errorOf(std::string("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 11)),
                  "overlong protobuf integer");
  EXPECT_CONTAINS(errorOf(std::string("\x3a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10)),
                  "truncated ONNX model");
}

TEST_F(File, DeepNestingIsRefused) {
  std::string body; // graph { node { attribute { g: graph ... } } }
  auto wrap = [&](char tag) {
    std::string length;
    for (size_t n = body.size();; n >>= 7) {
      length.push_back(char(n > 127 ? (n & 127) | 128 : n));
      if (n <= 127)
        break;
    }
    body = std::string(1, tag) + length + body;
  };
  for (int i = 0; i < 1000; ++i) {
    wrap('\x32'); // AttributeProto.g
    wrap('\x2a'); // NodeProto.attribute
    wrap('\x0a'); // GraphProto.node
  }
  wrap('\x3a'); // ModelProto.graph
  EXPECT_CONTAINS(importFile(folder.write("deep.onnx", body)).error, "nested more than 100");
}

TEST_F(File, TextErrorsAreReported) {
  EXPECT_CONTAINS(importModelText("no model").error, "not ONNX text");
  EXPECT_CONTAINS(importModelText(std::string(1000, '{')).error, "nested more than 100");
}

/// Every prefix and thousands of damaged copies of a model with a weight, a
/// subgraph and shape arithmetic: an error or a module, never a crash.
TEST_F(File, DamagedModelsNeverCrash) {
  ModelProto model = addModel(4);
  for (int i = 0; i < 4; ++i)
    weightOf(model).add_float_data(float(i));
  auto addNode = [&](const char *op, std::vector<const char *> inputs, const char *output) {
    auto *node = model.mutable_graph()->add_node();
    node->set_op_type(op);
    for (const char *input : inputs)
      node->add_input(input);
    node->add_output(output);
    return node;
  };
  addNode("Shape", {"x"}, "s");
  auto *slice = addNode("Concat", {"s", "s"}, "t")->add_attribute();
  slice->set_name("axis");
  slice->set_type(::onnx::AttributeProto::INT);
  addNode("Transpose", {"w"}, "u");
  addNode("ReduceSum", {"t"}, "v");
  addNode("Where", {"c", "y", "u"}, "z");
  addNode("Less", {"w", "u"}, "c");
  addNode("Expand", {"z", "s"}, "e");
  model.mutable_graph()->add_output()->set_name("e");
  model.mutable_graph()->add_output()->set_name("v");
  std::string bytes = model.SerializeAsString();
  ASSERT_TRUE(importFile(folder.write("whole.onnx", bytes)));
  for (size_t length = 0; length < bytes.size(); ++length)
    importFile(folder.write("cut.onnx", bytes.substr(0, length)));
  std::mt19937 random(1);
  for (int i = 0; i < 4000; ++i) {
    std::string damaged = bytes;
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes)
      damaged[random() % damaged.size()] = char(random() % 2 ? random() : random() % 32);
    importFile(folder.write("damaged.onnx", damaged));
  }
}
