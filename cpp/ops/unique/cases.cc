#include "ops/case_reference.h"
#include "ops/unique/unique.h"

namespace litesmith::ops::unique {
namespace {

template <class T, class Index>
Case make(std::int32_t n) {
  return {.name = concat("UNIQUE ", name(kDTypeOf<T>), " of ", n),
          .op = "UNIQUE",
          .attrs = UniqueAttrs{kDTypeOf<Index>},
          .inputs = {uniform(kDTypeOf<T>, {n}, 0, 6, 28)},
          .outputs = {kDTypeOf<T>, kDTypeOf<Index>},
          .reference = [n](const std::vector<Value>& inputs) {
            std::vector<T> values;
            std::vector<Index> indices;
            for (const T x : inputs[0].as<T>()) {
              std::size_t at = 0;
              while (at < values.size() && values[at] != x) ++at;
              if (at == values.size()) values.push_back(x);
              indices.push_back(static_cast<Index>(at));
            }
            return std::vector<Value>{value_of({static_cast<std::int32_t>(values.size())}, values),
                                      value_of({n}, indices)};
          }};
}

}  // namespace

std::vector<Case> cases() {
  return {make<std::int32_t, std::int32_t>(30), make<std::int64_t, std::int64_t>(30),
          make<std::uint8_t, std::int32_t>(5), make<float, std::int32_t>(7), make<std::int16_t, std::int32_t>(0)};
}

}  // namespace litesmith::ops::unique
