#include "ops/case_reference.h"

namespace litesmith::ops::logical {
std::vector<Case> cases() {
  using Byte = std::uint8_t;
  std::vector<Case> list;
  const Value x = uniform(DType::boolean, {5, 30}, 0, 1, 11);
  for (const Shape& shape : {Shape{5, 30}, Shape{30}, Shape{5, 1}, Shape{}})
    for (const std::string_view op : {"LOGICAL_AND", "LOGICAL_OR"})
      list.push_back({.name = concat(op, " ", shape),
                      .op = op,
                      .attrs = {},
                      .inputs = {x, uniform(DType::boolean, shape, 0, 1, 12)},
                      .outputs = {DType::boolean},
                      .reference = as_bool(broadcast_mapped<Byte, Byte>([op](Byte a, Byte b) {
                        return op == "LOGICAL_AND" ? a != 0 && b != 0 : a != 0 || b != 0;
                      }))});
  list.push_back({.name = "LOGICAL_NOT",
                  .op = "LOGICAL_NOT",
                  .attrs = {},
                  .inputs = {x},
                  .outputs = {DType::boolean},
                  .reference = as_bool(mapped<Byte, Byte>([](Byte a) { return a == 0; }))});
  return list;
}

}  // namespace litesmith::ops::logical
