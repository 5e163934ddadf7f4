//===- Roles.h - the strategy of a dispatch ---------------------*- C++ -*-===//
#ifndef BORNC_PASSES_FUSION_ROLES_H
#define BORNC_PASSES_FUSION_ROLES_H

#include "dialects/kernel/Kernel.h"

namespace bornc::fusion {

/// Sets the strategy of a dispatch from its ops and the layouts it reads.
void chooseStrategy(kernel::DispatchOp dispatch);

} // namespace bornc::fusion

#endif // BORNC_PASSES_FUSION_ROLES_H
