//===- Report.cpp ---------------------------------------------------------===//
#include "compiler/Report.h"

#include "compiler/emit/HostEmitter.h"
#include "compiler/emit/WeightWriter.h"
#include "dialects/plan/Plan.h"
#include "passes/plan/TaskGraph.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace bornc;

namespace {

struct ProgramReport {
  plan::ProgramOp program;
  const SymbolTable &symbols;
  int64_t barriers = 0, copies = 0, dispatches = 0;
  llvm::StringMap<int64_t> flops;

  llvm::json::Value dispatch(plan::DispatchOp op) {
    ++dispatches;
    auto executable = symbols.lookup<kernel::ExecutableOp>(op.getExecutable());
    int64_t bytes = 0;
    for (Value buffer : op.getBuffers())
      bytes += plan::bufferOf(buffer).getSize();
    auto [it, isNew] = flops.try_emplace(op.getExecutable(), 0);
    if (isNew && executable)
      it->second = plan::countFlops(executable);
    llvm::json::Object row{{"kernel", op.getExecutable()},
                           {"nodes", op.getLabel()},
                           {"bytes", bytes},
                           {"flops", it->second}};
    if (executable && executable.getStrategy())
      row["strategy"] = kernel::stringifyStrategy(*executable.getStrategy());
    if (!op.getImmediates().empty())
      row["immediates"] = llvm::json::Array(op.getImmediates());
    return row;
  }

  /// Neighbours that are two kernels, where the passes were asked to note it.
  llvm::json::Array unfused() const {
    llvm::json::Array rows;
    if (auto pairs = program->getAttrOfType<ArrayAttr>("born.unfused"))
      for (auto pair : pairs.getAsRange<ArrayAttr>())
        if (auto texts = llvm::to_vector(pair.getAsRange<StringAttr>()); texts.size() == 3)
          rows.push_back(llvm::json::Object{{"producer", texts[0].getValue()},
                                            {"consumer", texts[1].getValue()},
                                            {"why", texts[2].getValue()}});
    return rows;
  }

  /// What could run at once: how many commands each level has, and the way
  /// through that takes longest, as a part of all work.
  llvm::json::Object parallelism() const {
    plan::TaskGraph graph = plan::buildTaskGraph(program, symbols);
    double share = graph.cost ? double(graph.criticalCost) / double(graph.cost) : 0;
    return llvm::json::Object{
        {"level_widths", llvm::json::Array(graph.widths())},
        {"critical_path", llvm::json::Object{{"commands", int64_t(graph.critical.size())},
                                             {"share_of_work", share}}}};
  }

  llvm::json::Value make() {
    llvm::json::Array rows;
    for (plan::SubmitOp submit : program.submissions())
      for (Operation &op : submit.getBody().front()) {
        if (auto command = dyn_cast<plan::DispatchOp>(op))
          rows.push_back(dispatch(command));
        barriers += isa<plan::BarrierOp>(op);
        copies += isa<plan::CopyOp>(op);
      }
    auto submissions = program.submissions();
    return llvm::json::Object{{"name", program.getSymName()},
                              {"submissions", static_cast<int64_t>(std::distance(
                                                  submissions.begin(), submissions.end()))},
                              {"dispatches", dispatches},
                              {"barriers", barriers},
                              {"copies", copies},
                              {"kernels", static_cast<int64_t>(flops.size())},
                              {"arena_bytes", static_cast<int64_t>(program.getTransientSize())},
                              {"arena_lower_bound", static_cast<int64_t>(program.getLowerBound())},
                              {"io_bytes", static_cast<int64_t>(program.getIoSize())},
                              {"tasks", parallelism()},
                              {"commands", std::move(rows)},
                              {"unfused", unfused()}};
  }
};

} // namespace

std::string bornc::reportJson(ModuleOp module) {
  SymbolTable symbols(module);
  llvm::json::Array programs;
  for (auto program : module.getOps<plan::ProgramOp>())
    programs.push_back(ProgramReport{program, symbols, 0, 0, 0, {}}.make());
  llvm::json::Object report{{"model", modelName(module)},
                            {"producer", "bornc " BORNC_VERSION},
                            {"weight_bytes", static_cast<int64_t>(weightSectionSize(module))},
                            {"programs", std::move(programs)}};
  std::string text;
  llvm::raw_string_ostream os(text);
  os << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(report)));
  return text;
}
