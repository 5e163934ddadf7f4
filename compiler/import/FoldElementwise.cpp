//===- FoldElementwise.cpp - elementwise operators on constants -----------===//
#include "compiler/import/Fold.h"

#include <cmath>

using namespace bornc;
using namespace bornc::importer;
using ::onnx::TensorProto;

Shape importer::stridesOf(llvm::ArrayRef<int64_t> shape) {
  Shape strides(shape.size(), 1);
  for (int i = int(shape.size()) - 2; i >= 0; --i)
    strides[i] = strides[i + 1] * shape[i + 1];
  return strides;
}

std::vector<int64_t> importer::broadcastPositions(llvm::ArrayRef<int64_t> shape,
                                                  llvm::ArrayRef<int64_t> result) {
  Shape own = stridesOf(shape), strides(result.size(), 0);
  size_t lead = result.size() - shape.size();
  for (size_t i = 0; i < shape.size(); ++i)
    strides[lead + i] = shape[i] == 1 ? 0 : own[i];
  int64_t count = *elementCount(result);
  std::vector<int64_t> positions(count);
  Shape index(result.size(), 0);
  int64_t position = 0;
  for (int64_t i = 0; i < count; ++i) {
    positions[i] = position;
    for (int d = int(result.size()) - 1; d >= 0; --d) {
      position += strides[d];
      if (++index[d] < result[d])
        break;
      position -= strides[d] * result[d];
      index[d] = 0;
    }
  }
  return positions;
}

/// `value` as an element of an integer type holds it.
static int64_t wrap(int32_t type, int64_t value) {
  unsigned bits = elementBits(type);
  if (type == TensorProto::BOOL)
    return value != 0;
  if (bits == 64)
    return value;
  bool isSigned = type == TensorProto::INT32 || type == TensorProto::INT16 ||
                  type == TensorProto::INT8 || type == TensorProto::INT4 ||
                  type == TensorProto::INT2;
  uint64_t low = uint64_t(value) & ((uint64_t(1) << bits) - 1);
  return isSigned && (low >> (bits - 1)) ? int64_t(low | (~uint64_t(0) << bits)) : int64_t(low);
}

/// Rounds to the float type, so that chains compute what the device would.
/// For + - * / and sqrt, rounding twice (double, then narrower) is exact.
static double round(int32_t type, double value) {
  return type == TensorProto::DOUBLE  ? value
         : type == TensorProto::FLOAT ? double(float(value))
                                      : toNumbers(makeScalar(type, value))->floats[0];
}

static void append(Numbers &result, int64_t value) {
  result.ints.push_back(wrap(result.elementType, value));
}
static void append(Numbers &result, double value) {
  result.floats.push_back(round(result.elementType, value));
}
static void append(Numbers &result, bool value) { result.ints.push_back(value); }

//===----------------------------------------------------------------------===//
// Two operands
//===----------------------------------------------------------------------===//

/// Applies `f(a, b, ok)` to ints or floats, broadcast.
template <typename F>
static bool binary(const Numbers &a, const Numbers &b, Numbers &result, F f) {
  std::vector<int64_t> atA = broadcastPositions(a.shape, result.shape);
  std::vector<int64_t> atB = broadcastPositions(b.shape, result.shape);
  bool ok = true;
  for (size_t i = 0; i < atA.size() && ok; ++i) {
    if (a.isFloat())
      append(result, f(a.floats[atA[i]], b.floats[atB[i]], ok));
    else
      append(result, f(a.ints[atA[i]], b.ints[atB[i]], ok));
  }
  return ok;
}

namespace {
struct Add {
  static int64_t of(int64_t a, int64_t b, bool &) { return int64_t(uint64_t(a) + uint64_t(b)); }
  static double of(double a, double b, bool &) { return a + b; }
};
struct Sub {
  static int64_t of(int64_t a, int64_t b, bool &) { return int64_t(uint64_t(a) - uint64_t(b)); }
  static double of(double a, double b, bool &) { return a - b; }
};
struct Mul {
  static int64_t of(int64_t a, int64_t b, bool &) { return int64_t(uint64_t(a) * uint64_t(b)); }
  static double of(double a, double b, bool &) { return a * b; }
};
struct Div {
  static int64_t of(int64_t a, int64_t b, bool &ok) {
    ok = b != 0 && !(a == INT64_MIN && b == -1);
    return ok ? a / b : 0;
  }
  static double of(double a, double b, bool &) { return a / b; }
};
struct Pow {
  static int64_t of(int64_t a, int64_t b, bool &ok) {
    ok = b >= 0 && b < 64;
    uint64_t power = 1;
    for (int64_t i = 0; ok && i < b; ++i)
      power *= uint64_t(a);
    return int64_t(power);
  }
  static double of(double a, double b, bool &) { return std::pow(a, b); }
};
struct Less {
  template <typename T>
  static bool of(T a, T b, bool &) {
    return a < b;
  }
};
struct LessOrEqual {
  template <typename T>
  static bool of(T a, T b, bool &) {
    return a <= b;
  }
};
struct Greater {
  template <typename T>
  static bool of(T a, T b, bool &) {
    return a > b;
  }
};
struct GreaterOrEqual {
  template <typename T>
  static bool of(T a, T b, bool &) {
    return a >= b;
  }
};
struct Equal {
  template <typename T>
  static bool of(T a, T b, bool &) {
    return a == b;
  }
};
struct And {
  template <typename T>
  static bool of(T a, T b, bool &) {
    return a && b;
  }
};
struct Or {
  template <typename T>
  static bool of(T a, T b, bool &) {
    return a || b;
  }
};
struct Xor {
  template <typename T>
  static bool of(T a, T b, bool &) {
    return (a != 0) != (b != 0);
  }
};
} // namespace

template <typename Op>
static bool foldBinary(const FoldRequest &request, std::vector<Numbers> &results) {
  const Numbers *a = request.input(0), *b = request.input(1);
  if (!a || !b || a->isFloat() != b->isFloat() || a->elementType == TensorProto::UINT64)
    return false;
  Numbers result = request.newResult();
  bool ok = binary(*a, *b, result, [](auto x, auto y, bool &fine) { return Op::of(x, y, fine); });
  results.push_back(std::move(result));
  return ok;
}

static bool foldMod(const FoldRequest &request, std::vector<Numbers> &results) {
  const Numbers &a = *request.input(0), &b = *request.input(1);
  if (a.isFloat() || a.elementType == TensorProto::UINT64)
    return false;
  bool truncates = request.attributes.getInt("fmod", 0) != 0;
  Numbers result = request.newResult();
  bool ok = binary(a, b, result, [&](auto x, auto y, bool &fine) {
    fine = int64_t(y) != 0 && int64_t(y) != -1;
    int64_t rest = fine ? int64_t(x) % int64_t(y) : 0;
    bool mend = !truncates && rest != 0 && (rest < 0) != (int64_t(y) < 0);
    return decltype(x)(mend ? rest + int64_t(y) : rest);
  });
  results.push_back(std::move(result));
  return ok;
}

/// Min, Max, Sum: any number of operands.
template <typename F>
static bool foldVariadic(const FoldRequest &request, std::vector<Numbers> &results, F f) {
  Numbers sum = request.newResult();
  for (unsigned i = 0; i < request.inputs.size(); ++i) {
    const Numbers *input = request.input(i);
    if (!input || input->elementType == TensorProto::UINT64)
      return false;
    Numbers next = request.newResult();
    if (i == 0)
      for (int64_t at : broadcastPositions(input->shape, next.shape))
        appendElement(next, *input, at);
    else
      binary(sum, *input, next, [&](auto a, auto b, bool &) { return f(a, b); });
    sum = std::move(next);
  }
  results.push_back(std::move(sum));
  return true;
}

static bool foldMin(const FoldRequest &request, std::vector<Numbers> &results) {
  return foldVariadic(request, results, [](auto a, auto b) { return b < a || b != b ? b : a; });
}
static bool foldMax(const FoldRequest &request, std::vector<Numbers> &results) {
  return foldVariadic(request, results, [](auto a, auto b) { return b > a || b != b ? b : a; });
}
static bool foldSum(const FoldRequest &request, std::vector<Numbers> &results) {
  return foldVariadic(request, results, [](auto a, auto b) {
    bool ok;
    return Add::of(a, b, ok);
  });
}

//===----------------------------------------------------------------------===//
// One operand, and others
//===----------------------------------------------------------------------===//

template <double (*F)(double)>
static bool foldFloat(const FoldRequest &request, std::vector<Numbers> &results) {
  if (!request.input(0)->isFloat())
    return false;
  Numbers result = request.newResult();
  for (double value : request.input(0)->floats)
    append(result, F(value));
  results.push_back(std::move(result));
  return true;
}

static double reciprocal(double x) { return 1 / x; }

static bool foldNeg(const FoldRequest &request, std::vector<Numbers> &results) {
  Numbers result = request.newResult();
  for (int64_t value : request.input(0)->ints)
    append(result, int64_t(0 - uint64_t(value)));
  for (double value : request.input(0)->floats)
    append(result, -value);
  results.push_back(std::move(result));
  return true;
}

static bool foldAbs(const FoldRequest &request, std::vector<Numbers> &results) {
  if (request.input(0)->elementType == TensorProto::UINT64)
    return false;
  Numbers result = request.newResult();
  for (int64_t value : request.input(0)->ints)
    append(result, value < 0 ? int64_t(0 - uint64_t(value)) : value);
  for (double value : request.input(0)->floats)
    append(result, std::fabs(value));
  results.push_back(std::move(result));
  return true;
}

static bool foldNot(const FoldRequest &request, std::vector<Numbers> &results) {
  Numbers result = request.newResult();
  for (int64_t value : request.input(0)->ints)
    append(result, value == 0);
  results.push_back(std::move(result));
  return true;
}

static bool foldCast(const FoldRequest &request, std::vector<Numbers> &results) {
  const Numbers &input = *request.input(0);
  Numbers result = request.newResult();
  bool toNarrowFloat = result.isFloat() && elementBits(result.elementType) < 16;
  if (toNarrowFloat || input.elementType == TensorProto::UINT64)
    return false; // saturation and rounding modes are the lowering's matter
  for (int64_t value : input.ints)
    result.isFloat() ? append(result, double(value)) : append(result, value);
  for (double value : input.floats) {
    bool fits = std::isfinite(value) && std::fabs(value) < 9.2e18;
    if (result.isFloat())
      append(result, value);
    else if (result.elementType == TensorProto::BOOL)
      append(result, value != 0);
    else if (fits)
      append(result, int64_t(value));
    else
      return false;
  }
  results.push_back(std::move(result));
  return true;
}

static bool foldWhere(const FoldRequest &request, std::vector<Numbers> &results) {
  const Numbers &condition = *request.input(0), &x = *request.input(1), &y = *request.input(2);
  Numbers result = request.newResult();
  std::vector<int64_t> atCondition = broadcastPositions(condition.shape, result.shape);
  std::vector<int64_t> atX = broadcastPositions(x.shape, result.shape);
  std::vector<int64_t> atY = broadcastPositions(y.shape, result.shape);
  for (size_t i = 0; i < atX.size(); ++i)
    condition.ints[atCondition[i]] ? appendElement(result, x, atX[i])
                                   : appendElement(result, y, atY[i]);
  results.push_back(std::move(result));
  return true;
}

static bool foldClip(const FoldRequest &request, std::vector<Numbers> &results) {
  const Numbers &input = *request.input(0), *low = request.input(1), *high = request.input(2);
  if (input.isFloat() || input.elementType == TensorProto::UINT64 || (low && low->size() != 1) ||
      (high && high->size() != 1))
    return false;
  Numbers result = request.newResult();
  for (int64_t value : input.ints) {
    value = low ? std::max(value, low->ints[0]) : value;
    append(result, high ? std::min(value, high->ints[0]) : value);
  }
  results.push_back(std::move(result));
  return true;
}

llvm::ArrayRef<FoldRow> importer::elementwiseFolds() {
  static constexpr FoldRow rows[] = {
      {"Abs", foldAbs},
      {"Add", foldBinary<Add>},
      {"And", foldBinary<And>},
      {"Cast", foldCast},
      {"Ceil", foldFloat<std::ceil>},
      {"Clip", foldClip},
      {"Div", foldBinary<Div>},
      {"Equal", foldBinary<Equal>},
      {"Exp", foldFloat<std::exp>},
      {"Floor", foldFloat<std::floor>},
      {"Greater", foldBinary<Greater>},
      {"GreaterOrEqual", foldBinary<GreaterOrEqual>},
      {"Less", foldBinary<Less>},
      {"LessOrEqual", foldBinary<LessOrEqual>},
      {"Log", foldFloat<std::log>},
      {"Max", foldMax},
      {"Min", foldMin},
      {"Mod", foldMod},
      {"Mul", foldBinary<Mul>},
      {"Neg", foldNeg},
      {"Not", foldNot},
      {"Or", foldBinary<Or>},
      {"Pow", foldBinary<Pow>},
      {"Reciprocal", foldFloat<reciprocal>},
      {"Round", foldFloat<std::nearbyint>},
      {"Sqrt", foldFloat<std::sqrt>},
      {"Sub", foldBinary<Sub>},
      {"Sum", foldSum},
      {"Where", foldWhere},
      {"Xor", foldBinary<Xor>},
  };
  return rows;
}
