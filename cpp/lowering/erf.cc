#include <array>

#include "base/error.h"
#include "lowering/lowering.h"
#include "ops/op_def.h"

namespace litesmith::lowering {
namespace {

// erf(x) = x P(x^2) / Q(x^2) on [-kBound, kBound], where it is 1 to float's rounding; a least-maximum fit of the
// relative error (2e-8; 3.4e-7 with the roundings of every step).
constexpr float kBound = 3.9F;
constexpr std::array kNumerator = {2.0669762e-06F, 2.8487002e-04F, 3.7317888e-03F,
                                   5.2647564e-02F, 1.8951984e-01F, 1.1283791F};
constexpr std::array kDenominator = {3.8265287e-05F, 1.1557064e-03F, 1.4901133e-02F,
                                     1.1375721e-01F, 5.0129040e-01F, 1.0F};

/// Adds the nodes that stand for one node, one after the other.
class Chain {
 public:
  Chain(ir::Patch& patch, const passes::Site& site) : patch_(patch), site_(site) {}

  ir::TensorId add(std::string_view op, ir::TensorId a, ir::TensorId b) {
    ir::Tensor result = site_.output();
    result.name = concat(result.name, "/", count_++);
    const ir::TensorId id = patch_.add_tensor(std::move(result));
    patch_.add_node(site_.id, ops::make_node(op, {}, {a, b}, {id}, site_.node().origins));
    return id;
  }
  ir::TensorId add(std::string_view op, ir::TensorId a, float b) { return add(op, a, number(b)); }

  /// coefficients[0] t^n + coefficients[1] t^(n-1) + ...
  ir::TensorId polynomial(ir::TensorId t, std::span<const float> coefficients) {
    ir::TensorId sum = add("MUL", t, coefficients[0]);
    for (std::size_t i = 1; i + 1 < coefficients.size(); ++i) sum = add("MUL", add("ADD", sum, coefficients[i]), t);
    return add("ADD", sum, coefficients.back());
  }

 private:
  ir::TensorId number(float value) {
    ir::Tensor tensor;
    tensor.name = concat(site_.output().name, "/", count_++);
    tensor.data = Bytes::copy_of(std::span<const float>(&value, 1));
    return patch_.add_tensor(std::move(tensor));
  }

  ir::Patch& patch_;
  const passes::Site& site_;
  int count_ = 0;
};

}  // namespace

std::optional<ir::Patch> lower_erf(const passes::Site& site) {
  if (!site.is("ERF")) return std::nullopt;
  ir::Patch patch(site.graph);
  Chain chain(patch, site);
  const ir::TensorId x = chain.add("MINIMUM", chain.add("MAXIMUM", site.node().input(0), -kBound), kBound);
  const ir::TensorId t = chain.add("MUL", x, x);
  const ir::TensorId numerator = chain.add("MUL", x, chain.polynomial(t, kNumerator));
  const ir::TensorId denominator = chain.polynomial(t, kDenominator);
  patch.add_node(site.id,
                 ops::make_node("DIV", {}, {numerator, denominator}, site.node().outputs, site.node().origins));
  patch.drop_node(site.id);
  return patch;
}

}  // namespace litesmith::lowering
