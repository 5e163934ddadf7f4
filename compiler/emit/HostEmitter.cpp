//===- HostEmitter.cpp ----------------------------------------------------===//
#include "compiler/emit/HostEmitter.h"

#include "dialects/plan/Plan.h"
#include "passes/plan/TaskGraph.h"
#include "runtime/program.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::plan;
using llvm::formatv;

std::string bornc::modelName(ModuleOp module) {
  auto name = module->getAttrOfType<StringAttr>("born.model");
  return name ? name.str() : "model";
}

/// A C++ string literal.
static std::string quote(StringRef text) {
  std::string out = "\"";
  for (unsigned char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    if (c < 0x20 || c == 0x7f || c == '?') // '?': no trigraphs
      out += formatv("\\{0}{1}{2}", c >> 6, (c >> 3) & 7, c & 7).str();
    else
      out += static_cast<char>(c);
  }
  return out + "\"";
}

/// A name of the model without what would end a comment, or go on after its line.
static std::string commentText(StringRef text) {
  std::string out;
  for (char c : text) {
    bool isBad = static_cast<unsigned char>(c) < 0x20 || c == '\\' ||
                 (c == '/' && StringRef(out).ends_with("*"));
    out += isBad ? ' ' : c;
  }
  return out;
}

/// What follows a table row as a comment; nothing for nothing.
static std::string comment(StringRef text) {
  return text.empty() ? "" : " // " + commentText(text);
}

/// A type as people who write C read it: "uint8[1, 64, 64, 3]".
static std::string describe(RankedTensorType type) {
  std::string text;
  llvm::raw_string_ostream os(text);
  Type element = type.getElementType();
  if (auto integer = dyn_cast<IntegerType>(element))
    integer.getWidth() == 1 ? os << "bool"
                            : os << (integer.isUnsigned() ? "uint" : "int") << integer.getWidth();
  else if (element.isF32() || element.isF64())
    os << (element.isF32() ? "float" : "double");
  else
    os << element;
  os << '[';
  llvm::interleaveComma(type.getShape(), os);
  os << ']';
  return text;
}

std::string bornc::describePrograms(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  auto list = [&](StringRef kind, ArrayAttr tensors) {
    for (auto [index, tensor] : llvm::enumerate(tensors.getAsRange<TensorAttr>())) {
      os << " *   " << kind << ' ' << index << ": " << commentText(tensor.getName()) << ", "
         << describe(tensor.getType()) << ", " << born::storageSize(tensor.getType()) << " bytes\n";
    }
  };
  for (auto [index, program] : llvm::enumerate(module.getOps<ProgramOp>())) {
    os << " * program " << index << ": " << commentText(program.getSymName()) << '\n';
    list("input", program.getInputs());
    list("output", program.getOutputs());
  }
  return text;
}

/// TensorProto.DataType.
static unsigned onnxType(Type type) {
  if (auto integer = dyn_cast<IntegerType>(type)) {
    bool isUnsigned = integer.isUnsigned();
    switch (integer.getWidth()) {
    case 1:
      return 9;
    case 2:
      return isUnsigned ? 25 : 26;
    case 4:
      return isUnsigned ? 21 : 22;
    case 8:
      return isUnsigned ? 2 : 3;
    case 16:
      return isUnsigned ? 4 : 5;
    case 32:
      return isUnsigned ? 12 : 6;
    case 64:
      return isUnsigned ? 13 : 7;
    }
    return 0;
  }
  return llvm::TypeSwitch<Type, unsigned>(type)
      .Case<Float32Type>([](Type) { return 1; })
      .Case<Float16Type>([](Type) { return 10; })
      .Case<Float64Type>([](Type) { return 11; })
      .Case<BFloat16Type>([](Type) { return 16; })
      .Case<Float8E4M3FNType>([](Type) { return 17; })
      .Case<Float8E4M3FNUZType>([](Type) { return 18; })
      .Case<Float8E5M2Type>([](Type) { return 19; })
      .Case<Float8E5M2FNUZType>([](Type) { return 20; })
      .Case<Float4E2M1FNType>([](Type) { return 23; })
      .Case<Float8E8M0FNUType>([](Type) { return 24; })
      .Default([](Type) { return 0; });
}

/// "SPACE_IO" and the like: the enumerators of program.h.
static std::string enumerator(StringRef prefix, StringRef name) {
  return ("BORN_" + prefix + "_" + llvm::StringRef(name.upper())).str();
}

static std::string scopeSet(Scope scopes) {
  SmallVector<std::string> names;
  for (uint32_t bit = 0; bit < 32; ++bit)
    if (auto scope = static_cast<uint32_t>(scopes) & (1u << bit))
      names.push_back(enumerator("BARRIER", stringifyScope(static_cast<Scope>(scope))));
  return llvm::join(names, " | ");
}

static std::string featureSet(ArrayAttr features) {
  SmallVector<std::string> names;
  for (auto feature : features.getAsRange<StringAttr>())
    names.push_back(enumerator("FEATURE", feature.getValue()));
  return names.empty() ? "0" : llvm::join(names, " | ");
}

namespace {

/// A table under construction: rows, and the name of the array.
struct Table {
  std::string type, name;
  std::vector<std::string> rows;

  unsigned add(const Twine &row) {
    rows.push_back(row.str());
    return rows.size() - 1;
  }
  /// What refers to the array.
  std::string ref() const { return rows.empty() ? "nullptr" : name; }
  void print(llvm::raw_ostream &os) const {
    if (rows.empty())
      return;
    os << "const " << type << " " << name << "[] = {\n";
    for (const std::string &row : rows)
      os << "    " << row << "\n";
    os << "};\n";
  }
};

class ProgramEmitter {
public:
  ProgramEmitter(ProgramOp program, const SymbolTable &symbols, ArrayRef<KernelCode> codes,
                 bool hasCpu, std::string prefix, llvm::raw_ostream &os)
      : program(program), symbols(symbols), os(os), prefix(std::move(prefix)), hasCpu(hasCpu) {
    for (const KernelCode &code : codes)
      codesOf[code.variant->getParentOp()].push_back(&code);
  }

  /// Prints the tables and returns the row of the program.
  std::string emit() {
    os << "// Program " << comment(program.getSymName()).substr(4) << ".\n\n";
    std::string inputs = emitTensors("input", program.getInputs());
    std::string outputs = emitTensors("output", program.getOutputs());
    for (Operation &op : (*program.submissions().begin()).getBody().front())
      addCommand(&op);
    uint64_t cost = hasCpu ? addSteps() : 0;
    for (const Table &table : variants)
      table.print(os);
    for (const Table *table :
         {&kernels, &bindings, &immediates, &dispatches, &copies, &commands, &steps, &edges})
      table->print(os);
    os << "\n";
    return formatv("{{{0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}, {8},\n     {9}, {10}, {11}, {12}, "
                   "{13}, {14},\n     {15}, {16}, {17}, {18}, {19}, {20},\n     {21}, {22}, {23}, "
                   "{24}, {25}, {26}},",
                   quote(program.getSymName()), program.getInputs().size(),
                   program.getOutputs().size() - program.getChecks(), inputs, outputs,
                   program.getInputSize(), program.getIoSize(), program.getTransientSize(), 0,
                   kernels.rows.size(), dispatches.rows.size(), bindings.rows.size(),
                   immediates.rows.size(), copies.rows.size(), commands.rows.size(), kernels.ref(),
                   dispatches.ref(), bindings.ref(), immediates.ref(), copies.ref(), commands.ref(),
                   steps.rows.size(), edges.rows.size(), steps.ref(), edges.ref(), cost,
                   program.getChecks())
        .str();
  }

private:
  Table table(StringRef type, StringRef name) {
    return {type.str(), prefix + "_" + name.str(), {}};
  }

  std::string emitTensors(StringRef kind, ArrayAttr tensors) {
    Table descs = table("born_tensor_desc", (kind + "s").str());
    for (auto [index, tensor] : llvm::enumerate(tensors.getAsRange<TensorAttr>())) {
      RankedTensorType type = tensor.getType();
      Table shape = table("int64_t", formatv("{0}_{1}_shape", kind, index).str());
      if (type.getRank() > 0)
        shape.add(
            formatv("{0:$[, ]},", llvm::make_range(type.getShape().begin(), type.getShape().end()))
                .str());
      shape.print(os);
      descs.add(formatv("{{{0}, {1}, {2}, {3}, {4}, {5}},", quote(tensor.getName()),
                        onnxType(type.getElementType()), type.getRank(), shape.ref(),
                        born::storageSize(type), tensor.getOffset())
                    .str() +
                comment(llvm::formatv("{0}", type).str()));
    }
    descs.print(os);
    return descs.ref();
  }

  std::string binding(BufferOp buffer, Access access) {
    return formatv("{{{0}, {1}, {2}, {3}}", enumerator("SPACE", stringifySpace(buffer.getSpace())),
                   enumerator("ACCESS", stringifyAccess(access)), buffer.getOffset(),
                   buffer.getSize())
        .str();
  }

  unsigned kernel(DispatchOp dispatch) {
    auto [it, isNew] = kernelOf.try_emplace(dispatch.getExecutable(), kernels.rows.size());
    if (!isNew)
      return it->second;
    auto executable = symbols.lookup<kernel::ExecutableOp>(dispatch.getExecutable());
    Table rows = table("born_kernel_variant", formatv("kernel_{0}", kernels.rows.size()).str());
    Table cpuRows = table("born_cpu_variant", formatv("kernel_{0}_cpu", kernels.rows.size()).str());
    uint64_t cost = hasCpu ? estimateCost(executable) : 0;
    for (const KernelCode *code : codesOf[executable]) {
      kernel::VariantOp variant = code->variant;
      ArrayRef<int32_t> size = variant.getWorkgroupSize(), count = variant.getWorkgroupCount();
      if (code->isCpu()) {
        uint32_t workgroups = static_cast<uint32_t>(count[0]) * count[1] * count[2];
        cpuRows.add(formatv("{{{0}, {1}, {2}, {3}},",
                            enumerator("CLASS", stringifyDeviceClass(variant.getDeviceClass())),
                            workgroups, workgroupsPerTask(cost, workgroups), code->symbol)
                        .str());
        continue;
      }
      rows.add(formatv("{{{0}, {1}, {2}, {{{3}, {4}, {5}}, {6}, {{{7}, {8}, {9}}, {10}, {11}},",
                       enumerator("CLASS", stringifyDeviceClass(variant.getDeviceClass())),
                       featureSet(variant.getFeatures()), variant.getSubgroupSize(), size[0],
                       size[1], size[2], variant.getWorkgroupMemory(), count[0], count[1], count[2],
                       code->symbol, code->words.size() * 4)
                   .str());
    }
    kernels.add(formatv("{{{0}, {1}, {2}, {3}, {4}, {5}, {6}},", quote(executable.getSymName()),
                        executable.numBindings(), executable.numImmediates(), rows.rows.size(),
                        rows.ref(), cpuRows.rows.size(), cpuRows.ref())
                    .str());
    variants.push_back(std::move(rows));
    variants.push_back(std::move(cpuRows));
    return it->second;
  }

  void addCommand(Operation *op) {
    if (auto dispatch = dyn_cast<DispatchOp>(op)) {
      unsigned index = kernel(dispatch);
      unsigned firstBinding = bindings.rows.size(), firstImmediate = immediates.rows.size();
      for (auto [number, value] : llvm::enumerate(dispatch.getBuffers()))
        bindings.add(
            binding(bufferOf(value), dispatch.accessOf(number)) + "," +
            comment(number == 0 ? formatv("dispatch {0}", dispatches.rows.size()).str() : ""));
      for (int32_t immediate : dispatch.getImmediates())
        immediates.add(formatv("{0}u,", static_cast<uint32_t>(immediate)).str());
      unsigned row = dispatches.add(formatv("{{{0}, {1}, {2}, {3}},", index, firstBinding,
                                            firstImmediate, quote(dispatch.getLabel()))
                                        .str());
      commands.add(formatv("{{BORN_COMMAND_DISPATCH, {0}},", row).str() +
                   comment(dispatch.getLabel()));
    } else if (auto barrier = dyn_cast<BarrierOp>(op)) {
      commands.add("{BORN_COMMAND_BARRIER, " + scopeSet(barrier.getScopes()) + "},");
    } else if (auto copy = dyn_cast<CopyOp>(op)) {
      unsigned row = copies.add("{" + binding(bufferOf(copy.getSource()), Access::Read) + ", " +
                                binding(bufferOf(copy.getTarget()), Access::Write) + "},");
      commands.add(formatv("{{BORN_COMMAND_COPY, {0}},", row).str() +
                   comment(nodeNames(op->getLoc())));
    } else {
      commands.add(isa<UploadOp>(op) ? "{BORN_COMMAND_UPLOAD, 0}," : "{BORN_COMMAND_DOWNLOAD, 0},");
    }
  }

  /// The task graph. Returns the cost of all of it.
  uint64_t addSteps() {
    TaskGraph graph = buildTaskGraph(program, symbols);
    for (const TaskNode &node : graph.nodes) {
      steps.add(formatv("{{{0}, {1}, {2}, {3}},", node.command, node.waits, edges.rows.size(),
                        node.next.size())
                    .str() +
                comment(nodeNames(node.op->getLoc())));
      for (unsigned next : node.next)
        edges.add(formatv("{0},", next).str());
    }
    return graph.cost;
  }

  ProgramOp program;
  const SymbolTable &symbols;
  llvm::raw_ostream &os;
  std::string prefix;
  bool hasCpu; ///< runs on CPUs too
  llvm::DenseMap<Operation *, SmallVector<const KernelCode *>> codesOf;
  llvm::StringMap<unsigned> kernelOf;
  std::vector<Table> variants;
  Table kernels = table("born_kernel", "kernels");
  Table bindings = table("born_binding", "bindings");
  Table immediates = table("uint32_t", "immediates");
  Table dispatches = table("born_dispatch", "dispatches");
  Table copies = table("born_copy", "copies");
  Table commands = table("born_command", "commands");
  Table steps = table("born_step", "steps");
  Table edges = table("uint32_t", "edges");
};

} // namespace

static StringRef weightsSource(WeightsPlace place) {
  switch (place) {
  case WeightsPlace::Embedded:
    return "BORN_WEIGHTS_EMBEDDED";
  case WeightsPlace::File:
    return "BORN_WEIGHTS_FILE";
  case WeightsPlace::Stripped:
    return "BORN_WEIGHTS_CALLER";
  }
  llvm_unreachable("covered switch");
}

std::string bornc::emitHost(ModuleOp module, ArrayRef<KernelCode> codes,
                            const WeightSection &weights, const HostOptions &options) {
  std::string text;
  llvm::raw_string_ostream os(text);
  std::string name = modelName(module);
  os << "// Host program of the model " << quote(name)
     << ".\n// Made by bornc " BORNC_VERSION "; what the tables mean is in runtime/program.h.\n\n"
     << "#include \"runtime/export.h\"\n"
     << (options.isSanitized ? "#include <sanitizer/asan_interface.h>\n\n" : "\n")
     << "// SPIR-V and weights, taken in by the assembler; functions of CPU objects.\n"
     << "#pragma GCC visibility push(hidden)\nextern \"C\" {\n";
  for (const KernelCode &code : codes)
    if (code.isCpu())
      os << "void " << code.symbol << "(void *const *, const uint32_t *, uint32_t, uint32_t);\n";
    else
      os << "extern const uint32_t " << code.symbol << "[];\n";
  bool isEmbedded = weights.place == WeightsPlace::Embedded;
  if (isEmbedded && weights.size)
    os << "extern const unsigned char born_weights[];\n";
  os << "}\n#pragma GCC visibility pop\n\nnamespace {\n\n";

  auto isCpu = [](const KernelCode &code) { return code.isCpu(); };
  bool hasCpu = codes.empty() ? options.targets.cpu : llvm::any_of(codes, isCpu);
  bool hasVulkan = codes.empty() ? options.targets.vulkan : !llvm::all_of(codes, isCpu);
  SymbolTable symbols(module);
  Table programs{"born_program", "programs", {}};
  llvm::StringSet<> prefixes;
  for (auto program : module.getOps<ProgramOp>()) {
    std::string prefix = identifier(program.getSymName());
    while (!prefixes.insert(prefix).second) // names that differ in other characters only
      prefix += "_";
    programs.add(ProgramEmitter(program, symbols, codes, hasCpu, prefix, os).emit());
  }
  programs.print(os);
  if (options.isSanitized)
    os << "\nconst born_sanitizer sanitizer = {__asan_poison_memory_region,\n"
          "                                   __asan_unpoison_memory_region};\n";
  os << formatv(
      "\nconst born_model model = {{\n    BORN_TABLE_VERSION, {0}, \"bornc {1}\", {2}, {3}, "
      "{4:x}u,\n    {5}, {6}, {7}, {8},\n    {9}, {10}, {11}};\n\n",
      quote(name), BORNC_VERSION, weightsSource(weights.place), weights.size, weights.hash,
      isEmbedded && weights.size ? "born_weights" : "nullptr",
      weights.place == WeightsPlace::File ? quote(weights.file) : "nullptr", programs.rows.size(),
      programs.ref(), hasVulkan ? "&born_vulkan_backend" : "nullptr",
      hasCpu ? "&born_cpu_backend" : "nullptr", options.isSanitized ? "&sanitizer" : "nullptr");
  os << "} // namespace\n\nBORN_EXPORT_MODEL(" << options.prefix << ", &model)\n";
  if (options.isProgram)
    os << "BORN_MAIN(&model)\n";
  return text;
}

std::string bornc::emitData(ArrayRef<KernelCode> codes, StringRef codeFile, StringRef weightFile,
                            bool isElf) {
  std::string text = "# SPIR-V and weights.\n";
  llvm::raw_string_ostream os(text);
  // %progbits instead of @progbits: '@' starts a comment on ARM.
  // COFF has no hidden symbols; nothing is exported that is not declared so.
  auto blob = [&](StringRef symbol, StringRef section, unsigned alignment, const Twine &incbin) {
    os << "\n  .section " << section << (isElf ? ",\"a\",%progbits" : ",\"dr\"") << "\n  .balign "
       << alignment << "\n  .globl " << symbol << "\n";
    if (isElf)
      os << "  .hidden " << symbol << "\n";
    os << symbol << ":\n  .incbin " << incbin << "\n";
  };
  uint64_t offset = 0;
  for (const KernelCode &code : codes) {
    if (code.isCpu())
      continue;
    uint64_t size = code.words.size() * 4;
    blob(code.symbol, ".rodata.born_code", 4,
         "\"" + codeFile + "\", " + Twine(offset) + ", " + Twine(size));
    offset += size;
  }
  if (!weightFile.empty())
    blob("born_weights", ".rodata.born_weights", 64, "\"" + weightFile + "\"");
  if (isElf)
    os << "\n  .section .note.GNU-stack,\"\",%progbits\n";
  return text;
}
