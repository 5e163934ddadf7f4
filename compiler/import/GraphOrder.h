//===- GraphOrder.h - the nodes of a graph, checked and sorted --*- C++ -*-===//
#ifndef BORNC_COMPILER_IMPORT_GRAPHORDER_H
#define BORNC_COMPILER_IMPORT_GRAPHORDER_H

#include "onnx/onnx_pb.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace bornc::importer {

/// "'name' (OpType)", or the first output where the node has no name.
std::string nodeLabel(const ::onnx::NodeProto &node);

/// The names that `node` reads, those that its subgraphs take from outside
/// included.
std::vector<std::string> namesRead(const ::onnx::NodeProto &node);

/// Indices of the nodes that `outputs` depend on, every node after what it
/// reads, else in the file's order. `isDefinedOutside` tells names of
/// enclosing graphs. Throws ImportError for names defined twice or never, and
/// for cycles.
std::vector<int> sortNodes(const ::onnx::GraphProto &graph, const std::vector<std::string> &outputs,
                           llvm::function_ref<bool(llvm::StringRef)> isDefinedOutside);

} // namespace bornc::importer

#endif // BORNC_COMPILER_IMPORT_GRAPHORDER_H
