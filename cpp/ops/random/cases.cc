#include "base/error.h"
#include "ops/case.h"
#include "ops/random/random.h"

namespace litesmith::ops::random {
namespace {

// What the generator gives for the seeds 527 and 8866, from its definition in exact integer arithmetic.
const std::vector<float> kUniform = {0.69958425F, 0.81368864F, 0.10407829F, 0.94825566F,
                                     0.40896964F, 0.1196686F,  0.1504296F};

void add(std::vector<Case>& list, std::string_view op, RandomAttrs attrs, const std::vector<float>& values,
         double absolute) {
  for (const bool is_constant : {true, false}) {
    const auto count = static_cast<std::int32_t>(values.size());
    Value shape = value_of<std::int32_t>({2}, {count, 1});
    shape.constant = is_constant;
    list.push_back({.name = is_constant ? "constant shape" : "fed shape",
                    .op = op,
                    .attrs = attrs,
                    .inputs = {shape},
                    .outputs = {DType::float32},
                    .reference = [=](const std::vector<Value>&) { return std::vector{value_of({count, 1}, values)}; },
                    .absolute = absolute});
  }
}

}  // namespace

std::vector<Case> cases() {
  std::vector<Case> list;
  add(list, "RANDOM_UNIFORM", {527, 8866}, kUniform, 1e-7);
  add(list, "RANDOM_STANDARD_NORMAL", {527, 8866},
      {-0.77852099F, 0.32930712F, -0.67949242F, 2.0158159F, 0.91337659F, 0.97671486F, -1.9259238F}, 1e-6);
  for (const DType type : {DType::int32, DType::int64})
    list.push_back(
        {.name = concat("classes of ", name(type)),
         .op = "MULTINOMIAL",
         .attrs = RandomAttrs{2742, 6362},
         .inputs = {value_of<float>({2, 3}, {0.25F, -1, 1.5F, 2, 2, -3}), constant(value_of<std::int32_t>({}, {6}))},
         .outputs = {type},
         .reference = [type](const std::vector<Value>&) {
           const std::vector<std::int64_t> wide = {0, 2, 2, 2, 2, 2, 1, 0, 0, 1, 0, 0};
           const std::vector<std::int32_t> narrow(wide.begin(), wide.end());
           return std::vector{type == DType::int64 ? value_of({2, 6}, wide) : value_of({2, 6}, narrow)};
         }});
  return list;
}

}  // namespace litesmith::ops::random
