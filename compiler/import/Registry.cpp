//===- Registry.cpp - handlers by operator and since-version --------------===//
#include "compiler/import/Registry.h"

using namespace bornc;
using namespace bornc::importer;

static std::vector<HandlerRow> allRows() {
  std::vector<HandlerRow> rows;
  for (auto family : {constantRows, shapeRows, mathRows, normalizationRows, imageRows,
                      controlFlowRows, trainingRows, mlRows}) {
    llvm::ArrayRef<HandlerRow> some = family();
    rows.insert(rows.end(), some.begin(), some.end());
  }
  return rows;
}

std::string importer::qualifiedName(llvm::StringRef domain, llvm::StringRef op) {
  return domain.empty() ? op.str() : (domain + "." + op).str();
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
  for (const HandlerRow &row : allRows()) {
    auto [domain, op] = llvm::StringRef(row.op).rsplit('.');
    if (op.empty())
      std::swap(domain, op);
    table.push_back({domain, op, row.first, std::min(row.last, newestOpset()), row.how});
  }
  return table;
}
