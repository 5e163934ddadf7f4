//===- Registry.cpp - handlers by operator and since-version --------------===//
#include "compiler/import/Registry.h"

using namespace bornc;
using namespace bornc::importer;

static std::vector<HandlerRow> allRows() {
  std::vector<HandlerRow> rows;
  for (auto family :
       {constantRows, shapeRows, mathRows, normalizationRows, imageRows, controlFlowRows}) {
    llvm::ArrayRef<HandlerRow> some = family();
    rows.insert(rows.end(), some.begin(), some.end());
  }
  return rows;
}

const HandlerRow *importer::findHandler(llvm::StringRef op, int sinceVersion) {
  static const llvm::StringMap<std::vector<HandlerRow>> byName = [] {
    llvm::StringMap<std::vector<HandlerRow>> map;
    for (const HandlerRow &row : allRows())
      map[row.op].push_back(row);
    return map;
  }();
  auto found = byName.find(op);
  if (found == byName.end())
    return nullptr;
  for (const HandlerRow &row : found->second)
    if (row.first <= sinceVersion && sinceVersion <= row.last)
      return &row;
  return nullptr;
}

std::vector<ImportRow> bornc::importTable() {
  std::vector<ImportRow> table;
  for (const HandlerRow &row : allRows())
    table.push_back({"", row.op, row.first, std::min(row.last, newestOpset()), row.how});
  return table;
}
