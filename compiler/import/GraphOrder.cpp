//===- GraphOrder.cpp - the nodes of a graph, checked and sorted ----------===//
#include "compiler/import/GraphOrder.h"

#include "compiler/import/ImportError.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <queue>

using namespace bornc;
using namespace bornc::importer;
using llvm::StringRef;
using ::onnx::GraphProto;
using ::onnx::NodeProto;

std::string importer::nodeLabel(const NodeProto &node) {
  std::string name = node.name();
  for (int i = 0; name.empty() && i < node.output_size(); ++i)
    name = node.output(i);
  return "'" + name + "' (" + node.op_type() + ")";
}

//===----------------------------------------------------------------------===//
// What a node reads
//===----------------------------------------------------------------------===//

static void collectReads(const NodeProto &node, std::vector<std::string> &names);

/// Names that the graph reads and does not define.
static void collectCaptures(const GraphProto &graph, std::vector<std::string> &names) {
  llvm::StringSet<> defined;
  for (const auto &input : graph.input())
    defined.insert(input.name());
  for (const auto &tensor : graph.initializer())
    defined.insert(tensor.name());
  for (const auto &tensor : graph.sparse_initializer())
    defined.insert(tensor.values().name());
  std::vector<std::string> reads;
  for (const NodeProto &node : graph.node()) {
    collectReads(node, reads);
    for (const std::string &output : node.output())
      defined.insert(output);
  }
  for (const auto &output : graph.output())
    reads.push_back(output.name());
  for (std::string &name : reads)
    if (!defined.contains(name))
      names.push_back(std::move(name));
}

static void collectReads(const NodeProto &node, std::vector<std::string> &names) {
  for (const std::string &input : node.input())
    if (!input.empty())
      names.push_back(input);
  for (const auto &attribute : node.attribute()) {
    if (attribute.has_g())
      collectCaptures(attribute.g(), names);
    for (const GraphProto &graph : attribute.graphs())
      collectCaptures(graph, names);
  }
}

std::vector<std::string> importer::namesRead(const NodeProto &node) {
  std::vector<std::string> names;
  collectReads(node, names);
  return names;
}

//===----------------------------------------------------------------------===//
// Sorting
//===----------------------------------------------------------------------===//

namespace {

class Sorter {
public:
  Sorter(const GraphProto &graph, llvm::function_ref<bool(StringRef)> isDefinedOutside)
      : graph(graph), isDefinedOutside(isDefinedOutside) {}

  std::vector<int> run(const std::vector<std::string> &outputs) {
    defineNames();
    linkNodes();
    std::vector<int> order = topologicalOrder();
    markLive(outputs);
    std::vector<int> result;
    for (int index : order)
      if (live[index])
        result.push_back(index);
    return result;
  }

private:
  static constexpr int kGiven = -1; ///< defined by an input or initializer

  void define(StringRef name, int node) {
    if (!producer.try_emplace(name, node).second)
      throw ImportError(
          "value '" + name + "' is defined twice" +
              (node == kGiven ? "" : ", again by node " + nodeLabel(graph.node(node))) +
              "; every name must be written once",
          Code::DuplicateValue);
  }

  void defineNames() {
    for (const auto &input : graph.input())
      define(input.name(), kGiven);
    llvm::StringSet<> initializers; // may repeat an input's name (IR version 3)
    auto defineInitializer = [&](const std::string &name) {
      if (!initializers.insert(name).second)
        throw ImportError("initializer '" + name + "' is defined twice", Code::DuplicateValue);
      producer.try_emplace(name, kGiven);
    };
    for (const auto &tensor : graph.initializer())
      defineInitializer(tensor.name());
    for (const auto &tensor : graph.sparse_initializer())
      defineInitializer(tensor.values().name());
    for (int i = 0; i < graph.node_size(); ++i)
      for (const std::string &output : graph.node(i).output())
        if (!output.empty())
          define(output, i);
  }

  void linkNodes() {
    sources.resize(graph.node_size());
    for (int i = 0; i < graph.node_size(); ++i)
      for (const std::string &name : namesRead(graph.node(i))) {
        auto found = producer.find(name);
        if (found == producer.end()) {
          if (!isDefinedOutside(name))
            throw ImportError("node " + nodeLabel(graph.node(i)) + " reads '" + name +
                                  "', which no node, input or initializer defines",
                              Code::UndefinedValue);
        } else if (found->second != kGiven) {
          sources[i].push_back(found->second);
        }
      }
  }

  std::vector<int> topologicalOrder() {
    std::vector<int> missing(graph.node_size(), 0);
    std::vector<std::vector<int>> users(graph.node_size());
    for (int i = 0; i < graph.node_size(); ++i)
      for (int source : sources[i]) {
        users[source].push_back(i);
        ++missing[i];
      }
    std::priority_queue<int, std::vector<int>, std::greater<int>> ready;
    for (int i = 0; i < graph.node_size(); ++i)
      if (missing[i] == 0)
        ready.push(i);
    std::vector<int> order;
    while (!ready.empty()) {
      int index = ready.top();
      ready.pop();
      order.push_back(index);
      for (int user : users[index])
        if (--missing[user] == 0)
          ready.push(user);
    }
    if (int(order.size()) != graph.node_size())
      reportCycle(missing);
    return order;
  }

  /// Walks back from any node that waits until a node comes twice.
  void reportCycle(const std::vector<int> &missing) {
    auto waits = [&](int node) { return missing[node] > 0; };
    int node = 0;
    while (!waits(node))
      ++node;
    std::vector<int> path;
    std::vector<bool> seen(graph.node_size());
    for (; !seen[node]; node = *std::find_if(sources[node].begin(), sources[node].end(), waits)) {
      seen[node] = true;
      path.push_back(node);
    }
    std::string text = nodeLabel(graph.node(node));
    for (int i = path.size() - 1, shown = 0; i >= 0; --i) {
      bool closed = path[i] == node;
      text += ++shown > 8 && !closed ? "" : " -> " + nodeLabel(graph.node(path[i]));
      if (closed)
        break;
    }
    throw ImportError("the graph has a cycle: " + text, Code::Cycle);
  }

  void markLive(const std::vector<std::string> &outputs) {
    live.resize(graph.node_size());
    std::vector<int> work;
    auto need = [&](int node) {
      if (node != kGiven && !live[node]) {
        live[node] = true;
        work.push_back(node);
      }
    };
    for (const std::string &output : outputs) {
      auto found = producer.find(output);
      if (found != producer.end())
        need(found->second);
      else if (!isDefinedOutside(output))
        throw ImportError("output '" + output + "' is defined by no node, input or initializer",
                          Code::UndefinedValue);
    }
    while (!work.empty()) {
      int node = work.back();
      work.pop_back();
      for (int source : sources[node])
        need(source);
    }
  }

  const GraphProto &graph;
  llvm::function_ref<bool(StringRef)> isDefinedOutside;
  llvm::StringMap<int> producer;
  std::vector<std::vector<int>> sources; ///< nodes that a node reads from
  std::vector<bool> live;
};

} // namespace

std::vector<int> importer::sortNodes(const GraphProto &graph,
                                     const std::vector<std::string> &outputs,
                                     llvm::function_ref<bool(StringRef)> isDefinedOutside) {
  return Sorter(graph, isDefinedOutside).run(outputs);
}
