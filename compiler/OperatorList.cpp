//===- OperatorList.cpp - the operators that are supported ----------------===//
#include "compiler/Driver.h"
#include "compiler/emit/TempFiles.h"
#include "dialects/errors/Errors.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace bornc;
namespace json = llvm::json;

static const struct {
  const char *path, *text;
} files[] = {
#include "compiler/OperatorList.inc"
};

namespace {

/// A row of compiler/operators.json.
struct Row {
  std::string domain, name;
  std::vector<int> versions;
  int passed = 0, cases = 0;
  std::vector<std::string> types, missing;

  std::string title() const { return domain == "ai.onnx" ? name : domain + "." + name; }
  std::string range() const {
    return llvm::join(llvm::map_range(versions, [](int v) { return std::to_string(v); }), " ");
  }
};

bool fromJSON(const json::Value &value, Row &row, json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("domain", row.domain) && map.map("name", row.name) &&
         map.map("versions", row.versions) && map.map("passed", row.passed) &&
         map.map("cases", row.cases) && map.map("types", row.types) &&
         map.map("missing", row.missing);
}

} // namespace

static std::string table(ArrayRef<Row> rows) {
  size_t title = 0, range = 0;
  for (const Row &row : rows) {
    title = std::max(title, row.title().size());
    range = std::max(range, row.range().size());
  }
  std::string text;
  llvm::raw_string_ostream os(text);
  os << llvm::left_justify("operator", title) << "  " << llvm::left_justify("versions", range)
     << "  cases      types; what is missing\n";
  for (const Row &row : rows) {
    os << llvm::left_justify(row.title(), title) << "  " << llvm::left_justify(row.range(), range)
       << llvm::formatv("  {0,3} of {1,3}  ", row.passed, row.cases) << llvm::join(row.types, " ");
    if (!row.missing.empty())
      os << "; missing: " << llvm::join(row.missing, ", ");
    os << '\n';
  }
  return text;
}

LogicalResult bornc::listOperators(const CompileOptions &options, bool json, MLIRContext *context) {
  Location loc = UnknownLoc::get(context);
  StringRef text = files[0].text;
  if (json)
    return writeText(options.output, text, loc);
  llvm::Expected<std::vector<Row>> rows = llvm::json::parse<std::vector<Row>>(text);
  if (!rows)
    return emitError(loc, Code::Internal)
           << "compiler/operators.json: " << llvm::toString(rows.takeError());
  return writeText(options.output, table(*rows), loc);
}
