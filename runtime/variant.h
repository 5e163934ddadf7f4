//===- variant.h - which code of a kernel fits a device --------------------===//
#ifndef BORN_RUNTIME_VARIANT_H
#define BORN_RUNTIME_VARIANT_H

#include "runtime/device.h"

namespace born {

/// The variant of a kernel to use on a device: the one of the device's class
/// where it fits, else the generic one. Null, with a message, when none fits.
const born_kernel_variant *chooseVariant(const PhysicalDevice &device, const born_kernel &kernel,
                                         VariantChoice choice, Message &message);

/// Whether a device can run all programs of a model: every kernel has a
/// variant, every size is within the limits.
born_status checkModel(const PhysicalDevice &device, const born_model &model, VariantChoice choice,
                       Message &message);

/// The set of born_feature that the chosen variants of a model need.
uint32_t neededFeatures(const PhysicalDevice &device, const born_model &model,
                        VariantChoice choice);

/// Whether the tables are consistent: indices, ranges, alignments.
born_status checkTables(const born_model &model, Message &message);

} // namespace born

#endif // BORN_RUNTIME_VARIANT_H
