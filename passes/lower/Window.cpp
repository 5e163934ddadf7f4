//===- Window.cpp ---------------------------------------------------------===//
#include "passes/lower/Window.h"

using namespace mlir;
using namespace bornc::lower;

/// An attribute of `rank` integers, or all `value` where it is absent.
static SmallVector<int64_t> intsOr(Operation *op, StringRef name, unsigned rank, int64_t value) {
  if (auto attr = dyn_cast_or_null<DenseI64ArrayAttr>(op->getAttr(name)))
    return SmallVector<int64_t>(attr.asArrayRef());
  return SmallVector<int64_t>(rank, value);
}

FailureOr<Window> bornc::lower::windowOf(TensorBuilder &b, ArrayRef<int64_t> kernel,
                                         ArrayRef<int64_t> input, ArrayRef<int64_t> output) {
  unsigned rank = kernel.size();
  Window window;
  window.kernel.assign(kernel.begin(), kernel.end());
  window.strides = intsOr(b.op, "strides", rank, 1);
  window.dilations = intsOr(b.op, "dilations", rank, 1);
  SmallVector<int64_t> pads = intsOr(b.op, "pads", 2 * rank, 0);
  if (window.strides.size() != rank || window.dilations.size() != rank || pads.size() != 2 * rank ||
      input.size() != rank || output.size() != rank)
    return b.fail("strides, dilations or pads do not fit the kernel's rank");
  window.padLow.assign(pads.begin(), pads.begin() + rank);
  window.padHigh.assign(pads.begin() + rank, pads.end());

  auto autoPad = b.op->getAttrOfType<StringAttr>("auto_pad");
  if (autoPad && autoPad.getValue().starts_with("SAME")) {
    for (unsigned i = 0; i < rank; ++i) {
      int64_t extent =
          (output[i] - 1) * window.strides[i] + (kernel[i] - 1) * window.dilations[i] + 1;
      int64_t total = std::max<int64_t>(extent - input[i], 0);
      int64_t less = total / 2, more = total - less;
      bool upper = autoPad.getValue() == "SAME_UPPER";
      window.padLow[i] = upper ? less : more;
      window.padHigh[i] = upper ? more : less;
    }
  } else if (autoPad && autoPad.getValue() == "VALID") {
    window.padLow.assign(rank, 0);
    window.padHigh.assign(rank, 0);
  }
  if (llvm::any_of(llvm::concat<int64_t>(window.padLow, window.padHigh),
                   [](int64_t pad) { return pad < 0; }))
    return b.fail("negative pads are not supported");
  return window;
}

void Window::coverOutput(ArrayRef<int64_t> input, ArrayRef<int64_t> output) {
  for (unsigned i = 0; i < rank(); ++i) {
    int64_t extent = (output[i] - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1;
    padHigh[i] = std::max(padHigh[i], extent - input[i] - padLow[i]);
  }
}

Value bornc::lower::padWindow(TensorBuilder &b, Value value, const Window &window, Value padding) {
  SmallVector<int64_t> low{0, 0}, high{0, 0};
  llvm::append_range(low, window.padLow);
  llvm::append_range(high, window.padHigh);
  return b.pad(value, low, high, padding);
}
