// What a head will find once gangs that were asked to let go have done so.
#pragma once

#include "policies/backfill/shadow.h"
#include "policies/preemption/preemption.h"

namespace tandem {

/// What is free on a type now, and what gangs hold that stop or are being resized to less.
Reservation room_to_come(const Preemption::View& view, const Demand& head, DeviceTypeId type);

}  // namespace tandem
