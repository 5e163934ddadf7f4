//===- NormalizeTraining.cpp - one step of an optimiser -------------------===//
//
// Operators of ai.onnx.preview.training by the formulas of their specification:
// elementwise nodes, which later levels fuse into one kernel per parameter.
//
//===----------------------------------------------------------------------===//
#include "compiler/import/ImportError.h"
#include "compiler/import/NodeMath.h"
#include "compiler/import/Registry.h"

using namespace bornc;
using namespace bornc::importer;

namespace {
/// Inputs are the learning rate, the count of updates, and then the tensors of
/// all parameters, kind by kind: all values, all gradients, all states.
struct Optimizer {
  Optimizer(Node &node, unsigned kinds) : node(node), math{node.importer}, kinds(kinds) {
    if (node.inputs.size() < 2 + kinds || (node.inputs.size() - 2) % kinds != 0)
      throw ImportError("expected a rate, a count and " + llvm::Twine(kinds) +
                        " inputs per parameter, found " + llvm::Twine(node.inputs.size()));
    parameters = (node.inputs.size() - 2) / kinds;
  }
  ImportValue *rate() const { return node.input(0); }
  ImportValue *count() const { return node.input(1); }
  ImportValue *tensor(unsigned kind, unsigned parameter) const {
    ImportValue *value = node.input(2 + kind * parameters + parameter);
    if (!value)
      throw ImportError("a tensor of a parameter is absent");
    return value;
  }
  float attribute(const char *name, float otherwise) const {
    return node.attributes.getFloat(name, otherwise);
  }
  /// Gradient of 0.5 * norm_coefficient * |X|^2 + f, where the gradient of f is given.
  ImportValue *regularized(unsigned parameter) const {
    float norm = attribute("norm_coefficient", 0);
    ImportValue *gradient = tensor(1, parameter);
    return norm == 0 ? gradient : math.add(math.mul(tensor(0, parameter), norm), gradient);
  }
  /// Results are kind by kind too; `step` gives those of one parameter.
  Values run(llvm::function_ref<Values(unsigned parameter)> step) const {
    Values results(parameters * (kinds - 1));
    for (unsigned parameter = 0; parameter < parameters; ++parameter)
      for (auto [kind, value] : llvm::enumerate(step(parameter)))
        results[kind * parameters + parameter] = value;
    return results;
  }

  Node &node;
  NodeMath math;
  unsigned kinds, parameters = 0;
};
} // namespace

static Values importAdagrad(Node &node) {
  Optimizer o(node, 3);
  const NodeMath &m = o.math;
  ImportValue *count = m.cast(o.count(), o.rate()->elementType());
  ImportValue *rate = m.div(o.rate(), m.add(m.mul(count, o.attribute("decay_factor", 0)), 1));
  return o.run([&](unsigned p) -> Values {
    ImportValue *gradient = o.regularized(p);
    ImportValue *squares = m.add(o.tensor(2, p), m.mul(gradient, gradient));
    ImportValue *adaptive = m.add(m.sqrt(squares), o.attribute("epsilon", 1e-6f));
    return {m.sub(o.tensor(0, p), m.div(m.mul(rate, gradient), adaptive)), squares};
  });
}

static Values importAdam(Node &node) {
  Optimizer o(node, 4);
  const NodeMath &m = o.math;
  float alpha = o.attribute("alpha", 0.9f), beta = o.attribute("beta", 0.999f);
  ImportValue *count = m.cast(o.count(), o.rate()->elementType());
  auto rest = [&](float base) { // 1 - base^count
    return m.sub(1, m.op("Pow", {m.number(count, base), count}));
  };
  ImportValue *rate = m.where(m.isPositive(o.count()),
                              m.div(m.mul(o.rate(), m.sqrt(rest(beta))), rest(alpha)), o.rate());
  return o.run([&](unsigned p) -> Values {
    ImportValue *gradient = o.regularized(p);
    ImportValue *mean = m.add(m.mul(o.tensor(2, p), alpha), m.mul(gradient, 1 - alpha));
    ImportValue *squares =
        m.add(m.mul(o.tensor(3, p), beta), m.mul(m.mul(gradient, gradient), 1 - beta));
    ImportValue *root = m.add(m.sqrt(squares), o.attribute("epsilon", 1e-6f));
    ImportValue *value = m.sub(o.tensor(0, p), m.div(m.mul(rate, mean), root));
    return {m.mul(value, 1 - o.attribute("norm_coefficient_post", 0)), mean, squares};
  });
}

static Values importMomentum(Node &node) {
  Optimizer o(node, 3);
  const NodeMath &m = o.math;
  float alpha = o.attribute("alpha", 0), beta = o.attribute("beta", 0);
  std::string mode = node.attributes.getString("mode", "");
  if (mode != "standard" && mode != "nesterov")
    throw ImportError("expected mode 'standard' or 'nesterov', found '" + mode + "'");
  return o.run([&](unsigned p) -> Values {
    ImportValue *gradient = o.regularized(p);
    // The first step takes the whole gradient.
    ImportValue *factor =
        m.where(m.isPositive(o.count()), m.number(gradient, beta), m.number(gradient, 1));
    ImportValue *velocity = m.add(m.mul(o.tensor(2, p), alpha), m.mul(factor, gradient));
    ImportValue *direction =
        mode == "standard" ? velocity : m.add(gradient, m.mul(velocity, alpha));
    return {m.sub(o.tensor(0, p), m.mul(o.rate(), direction)), velocity};
  });
}

llvm::ArrayRef<HandlerRow> importer::trainingRows() {
  static constexpr HandlerRow rows[] = {
      {"ai.onnx.preview.training.Adagrad", 1, kNewest, importAdagrad, "elementwise operators", ""},
      {"ai.onnx.preview.training.Adam", 1, kNewest, importAdam, "elementwise operators", ""},
      {"ai.onnx.preview.training.Momentum", 1, kNewest, importMomentum, "elementwise operators",
       ""},
  };
  return rows;
}
