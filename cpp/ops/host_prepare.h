#pragma once

#include "ops/step.h"

namespace litesmith::ops {

/// The `OpDef::host` of an operator whose result shape depends on values but whose `prepare` needs static shapes:
/// infers with the values at hand, prepares, and runs on the caller's thread.
void prepare_and_run(HostContext& context);

/// The same for an operator that only moves elements, which makes it run on strings too: it moves their positions.
void prepare_and_move(HostContext& context);

}  // namespace litesmith::ops
