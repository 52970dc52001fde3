#pragma once

#include <cstdint>

namespace litesmith::ops {

/// IF: operand 0 (bool, one value) chooses the graph that takes the other operands and gives the results.
struct IfAttrs {
  std::int32_t then_graph = 0;
  std::int32_t else_graph = 0;
  bool operator==(const IfAttrs&) const = default;
};

/// WHILE: as long as `cond_graph` gives true for the operands, `body_graph` makes the next ones of them; the results
/// are the last ones. Shapes may change from turn to turn, types may not.
struct WhileAttrs {
  std::int32_t cond_graph = 0;
  std::int32_t body_graph = 0;
  bool operator==(const WhileAttrs&) const = default;
};

/// CALL_ONCE: runs the graph unless a CALL_ONCE of this interpreter has run it already.
struct CallOnceAttrs {
  std::int32_t init_graph = 0;
  bool operator==(const CallOnceAttrs&) const = default;
};

/// CALL: the graph takes the operands and gives the results.
struct CallAttrs {
  std::int32_t graph = 0;
  bool operator==(const CallAttrs&) const = default;
};

}  // namespace litesmith::ops
