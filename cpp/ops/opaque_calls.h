#pragma once

#include "ops/op_def.h"

namespace litesmith::ops {

/// How an operator without a folder (ops/opaque.h) names the graphs that it runs; attributes are OpaqueAttrs. Nothing
/// for the others.
GraphCalls opaque_calls(std::int32_t builtin_code) noexcept;

}  // namespace litesmith::ops
