//===- InspectPrint.cpp - a model's summary as text and JSON --------------===//
#include "compiler/import/Import.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace bornc;

/// The flag that pins a free dimension.
static std::string flagOf(const ModelSummary::FreeDim &dim) {
  if (!dim.name.empty())
    return "--dim " + dim.name + "=SIZE";
  return "--shape " + dim.inputs.front() + "=...";
}

static void printValues(llvm::StringRef title, const std::vector<ModelSummary::Value> &values,
                        llvm::raw_ostream &os) {
  os << title << '\n';
  for (const ModelSummary::Value &value : values) {
    os << "  " << value.name << ": " << value.elementType;
    if (value.hasShape)
      os << "[" << llvm::join(value.dims, ", ") << "]";
    else
      os << ", any shape";
    os << '\n';
  }
}

void bornc::printText(const ModelSummary &summary, llvm::raw_ostream &os) {
  os << summary.name << ": " << summary.nodes << " nodes, " << summary.weights << " weights of "
     << llvm::format("%.2f", double(summary.weightBytes) / 1e6) << " MB";
  for (const auto &[domain, version] : summary.opsets)
    os << ", " << (domain.empty() ? "opset" : domain) << ' ' << version;
  if (!summary.producer.empty())
    os << ", made by " << summary.producer;
  os << '\n';
  printValues("inputs", summary.inputs, os);
  printValues("outputs", summary.outputs, os);
  if (!summary.freeDims.empty())
    os << "free dimensions\n";
  for (const ModelSummary::FreeDim &dim : summary.freeDims)
    os << "  " << flagOf(dim) << "   (of " << llvm::join(dim.inputs, ", ") << ")\n";
  os << "operators\n";
  size_t width = 0;
  auto nameOf = [](const ModelSummary::Operator &op) {
    std::string name = op.domain.empty() ? op.name : op.domain + "." + op.name;
    return op.sinceVersion ? name + "-" + std::to_string(op.sinceVersion) : name;
  };
  for (const ModelSummary::Operator &op : summary.operators)
    width = std::max(width, nameOf(op).size());
  unsigned missing = 0;
  for (const ModelSummary::Operator &op : summary.operators) {
    os << "  " << llvm::left_justify(nameOf(op), width) << llvm::format("  %5d", op.count);
    if (!op.why.empty())
      os << "  unsupported: " << op.why;
    missing += !op.why.empty();
    os << '\n';
  }
  if (missing)
    os << missing << " of " << summary.operators.size() << " operators are unsupported\n";
  else
    os << "all operators are supported\n";
}

static void printValues(llvm::StringRef key, const std::vector<ModelSummary::Value> &values,
                        llvm::json::OStream &json) {
  json.attributeArray(key, [&] {
    for (const ModelSummary::Value &value : values)
      json.object([&] {
        json.attribute("name", value.name);
        json.attribute("type", value.elementType);
        if (value.hasShape)
          json.attributeArray("shape", [&] {
            for (llvm::StringRef dim : value.dims) {
              int64_t number;
              dim.getAsInteger(10, number) ? json.value(dim) : json.value(number);
            }
          });
      });
  });
}

void bornc::printJson(const ModelSummary &summary, llvm::raw_ostream &os) {
  llvm::json::OStream json(os, /*IndentSize=*/2);
  json.object([&] {
    json.attribute("name", summary.name);
    json.attribute("producer", summary.producer);
    json.attribute("ir_version", summary.irVersion);
    json.attributeObject("opsets", [&] {
      for (const auto &[domain, version] : summary.opsets)
        json.attribute(domain.empty() ? "ai.onnx" : domain, version);
    });
    json.attribute("nodes", summary.nodes);
    json.attribute("weights", summary.weights);
    json.attribute("weight_bytes", summary.weightBytes);
    printValues("inputs", summary.inputs, json);
    printValues("outputs", summary.outputs, json);
    json.attributeArray("free_dims", [&] {
      for (const ModelSummary::FreeDim &dim : summary.freeDims)
        json.object([&] {
          if (!dim.name.empty())
            json.attribute("name", dim.name);
          json.attributeArray("inputs", [&] {
            for (const std::string &input : dim.inputs)
              json.value(input);
          });
          json.attribute("flag", flagOf(dim));
        });
    });
    json.attributeArray("operators", [&] {
      for (const ModelSummary::Operator &op : summary.operators)
        json.object([&] {
          json.attribute("domain", op.domain.empty() ? "ai.onnx" : op.domain);
          json.attribute("name", op.name);
          json.attribute("since_version", op.sinceVersion);
          json.attribute("count", op.count);
          if (!op.why.empty())
            json.attribute("unsupported", op.why);
        });
    });
  });
  os << '\n';
}
