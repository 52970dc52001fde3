#include "ops/bucketize/bucketize.h"
#include "ops/case_reference.h"

namespace litesmith::ops::bucketize {
namespace {

template <class T>
Case make() {
  return {.name = concat("BUCKETIZE ", name(kDTypeOf<T>)),
          .op = "BUCKETIZE",
          .attrs = BucketizeAttrs{{-3, 0, 0.5F, 4}},
          .inputs = {uniform(kDTypeOf<T>, {4, 30}, -6, 6, 30)},
          .outputs = {DType::int32},
          .reference = mapped<T, std::int32_t>(
              [](T x) { return (x >= -3) + (x >= 0) + (static_cast<double>(x) >= 0.5) + (x >= 4); })};
}

}  // namespace

std::vector<Case> cases() { return {make<float>(), make<double>(), make<std::int32_t>(), make<std::int64_t>()}; }

}  // namespace litesmith::ops::bucketize
