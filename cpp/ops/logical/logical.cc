#include <span>

#include "ops/broadcast.h"
#include "ops/map.h"

namespace litesmith::ops::logical {
namespace {

struct And {
  bool operator()(std::uint8_t a, std::uint8_t b) const noexcept { return (a != 0) & (b != 0); }
};
struct Or {
  bool operator()(std::uint8_t a, std::uint8_t b) const noexcept { return (a | b) != 0; }
};
bool negated(std::uint8_t x) { return x == 0; }

template <class Function>
Fault combine(const Broadcast& plan, const Operands& operands, TileRange tiles) noexcept {
  map_broadcast(plan, tiles, operands.in<std::uint8_t>(0), operands.in<std::uint8_t>(1), operands.out<bool>(),
                Function{});
  return Fault::none;
}

template <class Function>
constexpr Kernel kBinary[] = {{"logical/scalar",
                               simd::Isa::scalar,
                               {DType::boolean, DType::boolean},
                               {},
                               nullptr,
                               broadcast_step<combine<Function>>}};
constexpr Kernel kNot[] = {
    {"logical/scalar", simd::Isa::scalar, {DType::boolean}, {}, nullptr, map_step<std::uint8_t, bool, negated>}};

void infer_binary(InferContext& context) {
  context.require_type(0, {DType::boolean});
  context.require_type(1, {DType::boolean});
  context.set_output(0, DType::boolean, broadcast_shape(context, 0, 1));
}
void infer_not(InferContext& context) {
  context.require_type(0, {DType::boolean});
  context.set_output(0, DType::boolean, context.input(0).shape);
}

OpDef binary(std::string_view name, std::int32_t code, int options, Step (*prepare)(const PrepareContext&)) {
  return {.identity = {name},
          .builtin_code = code,
          .inputs = {2, 2},
          .infer = infer_binary,
          .options_type = options,
          .prepare = prepare,
          .elementwise = true,
          .broadcasts = true};
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {binary("LOGICAL_AND", 86, 62, prepare_from<kBinary<And>>),
                               binary("LOGICAL_OR", 84, 60, prepare_from<kBinary<Or>>),
                               {.identity = {"LOGICAL_NOT"},
                                .builtin_code = 87,
                                .infer = infer_not,
                                .options_type = 63,
                                .prepare = prepare_from<kNot>,
                                .elementwise = true}};
  return kOps;
}

}  // namespace litesmith::ops::logical
