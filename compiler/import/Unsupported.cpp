//===- Unsupported.cpp - all that cannot be compiled, as a table ----------===//
#include "compiler/import/Unsupported.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <array>

using namespace bornc;
using namespace bornc::importer;

void UnsupportedTable::add(llvm::StringRef op, int64_t opset, llvm::StringRef node,
                           llvm::StringRef why) {
  Row &row = rows[{op.str(), opset, why.str()}];
  if (row.count++ == 0)
    row.firstNode = node.str();
}

std::string UnsupportedTable::message() const {
  using Line = std::array<std::string, 5>;
  llvm::SmallVector<Line> lines = {{"operator", "opset", "count", "first node", "why"}};
  for (const auto &[key, row] : rows) {
    const auto &[op, opset, why] = key;
    lines.push_back({op, std::to_string(opset), std::to_string(row.count), row.firstNode, why});
  }
  Line::size_type last = Line().size() - 1;
  std::array<size_t, 5> widths = {};
  for (const Line &line : lines)
    for (auto [i, cell] : llvm::enumerate(line))
      widths[i] = std::max(widths[i], cell.size());
  std::string text = "the model uses what is not supported:";
  for (const Line &line : lines) {
    text += "\n  ";
    for (auto [i, cell] : llvm::enumerate(line)) {
      text += cell;
      if (i != last)
        text.append(widths[i] - cell.size() + 2, ' ');
    }
  }
  return text;
}
