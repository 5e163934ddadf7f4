/* Kernels ask for SignedZeroInfNanPreserve and DenormPreserve of 32-bit floats:
 * three instructions before the code, which are taken out where the device does not
 * have them (it may then assume that there are no NaN, or flush subnormal numbers).
 * One module serves all devices that way. */
#ifndef BORN_RUNTIME_FLOAT_CONTROLS_H
#define BORN_RUNTIME_FLOAT_CONTROLS_H

#include "runtime/support.h"

namespace born {

/// The module `code` of `size` bytes without the float controls that `features`, a set
/// of born_feature, does not have. Fills `result` where anything is taken out, else
/// leaves it empty; false without memory. A module that ends in the middle of an
/// instruction is left as it is.
bool removeFloatControls(const uint32_t *code, uint64_t size, uint32_t features,
                         Array<uint32_t> &result);

} // namespace born

#endif /* BORN_RUNTIME_FLOAT_CONTROLS_H */
