#include "ops/cast/cast.h"

#include <array>
#include <cstring>
#include <span>

#include "ops/cast/convert.h"
#include "ops/file_enum.h"
#include "ops/map.h"
#include "ops/stored_integer.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::cast {
namespace {

using enum DType;

template <class X, class Y>
Fault convert(const Length& params, const Operands& operands, TileRange tiles) noexcept {
  const Range range = items_of(tiles, params.elements);
  const X* x = operands.in<X>(0);
  Y* y = operands.out<Y>();
  for (std::int64_t i = range.begin; i < range.end; ++i) {
    if constexpr (std::is_same_v<X, Complex64> && std::is_same_v<Y, Complex64>)
      y[i] = x[i];
    else
      y[i] = converted<Y>(x[i]);
  }
  return Fault::none;
}

/// Packed integers of `bits` bits, the first one lowest in its byte, to floats.
template <int bits, bool is_signed>
Fault unpack(const Length& params, const Operands& operands, TileRange tiles) noexcept {
  const Range range = items_of(tiles, params.elements);
  const std::byte* x = operands.inputs[0];
  float* y = operands.out<float>();
  for (std::int64_t i = range.begin; i < range.end; ++i) y[i] = static_cast<float>(packed<bits, is_signed>(x, i));
  return Fault::none;
}

using Maker = Step (*)(Length params);

template <class X, class Y>
Step make(Length params) {
  return make_step<convert<X, Y>>(params, "cast/scalar");
}

/// Element types with whole bytes that casts know, in one order.
constexpr DType kTypes[] = {float32, float64, float16, bfloat16, int8,   uint8,   int16,
                            uint16,  int32,   uint32,  int64,    uint64, boolean, complex64};
template <class X>
constexpr std::array<Maker, std::size(kTypes)> kFrom = {
    make<X, float>,        make<X, double>,        make<X, Half>,         make<X, BFloat16>,
    make<X, std::int8_t>,  make<X, std::uint8_t>,  make<X, std::int16_t>, make<X, std::uint16_t>,
    make<X, std::int32_t>, make<X, std::uint32_t>, make<X, std::int64_t>, make<X, std::uint64_t>,
    make<X, bool>,         make<X, Complex64>};
constexpr std::array<Maker, std::size(kTypes)> kMakers[] = {
    kFrom<float>,        kFrom<double>,        kFrom<Half>,          kFrom<BFloat16>,     kFrom<std::int8_t>,
    kFrom<std::uint8_t>, kFrom<std::int16_t>,  kFrom<std::uint16_t>, kFrom<std::int32_t>, kFrom<std::uint32_t>,
    kFrom<std::int64_t>, kFrom<std::uint64_t>, kFrom<bool>,          kFrom<Complex64>};

std::size_t index_of(DType type) {
  return static_cast<std::size_t>(std::find(std::begin(kTypes), std::end(kTypes), type) - std::begin(kTypes));
}

Step make_any(const PrepareContext& context, Length params) {
  const DType from = context.input(0).dtype, to = context.output().dtype;
  if (to == float32 && from == int4) return make_step<unpack<4, true>>(params, "cast/i4");
  if (to == float32 && from == uint4) return make_step<unpack<4, false>>(params, "cast/u4");
  if (to == float32 && from == int2) return make_step<unpack<2, true>>(params, "cast/i2");
  const std::size_t x = index_of(from), y = index_of(to);
  if (x == std::size(kTypes) || y == std::size(kTypes))
    context.fail_no_kernel(
        "every pair of float32, float64, float16, bfloat16, the integers, bool and complex64, and "
        "int4, uint4 and int2 to float32");
  return kMakers[x][y](params);
}

Step prepare(const PrepareContext& context) {
  const std::int64_t count = elements(context.input(0).shape);
  return over_elements(make_any(context, {count}), count);
}

void infer(InferContext& context) {
  context.require_type(0, {float32, float64, float16, bfloat16, float8_e4m3fn, float8_e5m2, int8, uint8, int16, uint16,
                           int32, uint32, int64, uint64, boolean, complex64, int4, int2, uint4});
  context.set_output(0, context.output_type(0), context.input(0).shape);
}

int version(const VersionQuery& query) {
  const DType from = query.input_type(0), to = query.output_type(0);
  const auto either = [&](std::initializer_list<DType> types) {
    for (const DType type : types)
      if (from == type || to == type) return true;
    return false;
  };
  if (either({float8_e4m3fn, float8_e5m2})) return 9;
  if (either({int2, uint4})) return 8;
  if (either({bfloat16})) return 7;
  if (from == int4 && to == float32) return 6;
  if (either({float64, float16})) return 5;
  if (either({uint16})) return 4;
  if (either({int8})) return 3;
  return either({uint32}) ? 2 : 1;
}

ir::Attrs read(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_CastOptions();
  if (options == nullptr) return CastAttrs{};
  constexpr DType kLast = float8_e5m2;
  return CastAttrs{enum_from_file(options->in_data_type(), kLast, "type"),
                   enum_from_file(options->out_data_type(), kLast, "type")};
}
flatbuffers::Offset<void> write(const ir::Attrs& attrs, schema::Builder& builder) {
  ::tflite::CastOptionsBuilder options(builder);
  options.add_out_data_type(static_cast<::tflite::TensorType>(attrs.as<CastAttrs>().to));
  options.add_in_data_type(static_cast<::tflite::TensorType>(attrs.as<CastAttrs>().from));
  return options.Finish().Union();
}

/// Another width adds or takes the last dimension.
void infer_bitcast(InferContext& context) {
  const TensorInfo& x = context.input(0);
  const DType type = context.output_type(0);
  const auto from = static_cast<std::int32_t>(byte_width(x.dtype)), to = static_cast<std::int32_t>(byte_width(type));
  if (from == 0 || to == 0)
    context.fail("reads ", name(x.dtype), " as ", name(type), ", which have no whole number of bytes");
  Shape shape = x.shape;
  if (!shape.has_rank() || from == to) return context.set_output(0, type, shape);
  if (from > to) {
    shape.dims().push_back(from / to);
  } else {
    if (shape.rank() == 0 || (shape.back() != kUnknownDim && shape.back() != to / from))
      context.fail("'", x.name, "' of shape ", shape, " must end in a dimension of ", to / from, " to become ",
                   name(type));
    shape.dims().pop_back();
  }
  context.set_output(0, type, shape);
}

Fault copy(const Length& bytes, const Operands& operands, TileRange) noexcept {
  if (bytes.elements > 0 && operands.outputs[0] != operands.inputs[0])
    std::memcpy(operands.outputs[0], operands.inputs[0], static_cast<std::size_t>(bytes.elements));
  return Fault::none;
}

Step prepare_bitcast(const PrepareContext& context) {
  const TensorInfo& y = context.output();
  return make_step<copy>(Length{static_cast<std::int64_t>(packed_bytes(y.dtype, elements(y.shape)))}, "bitcast/copy");
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"CAST"},
                                .builtin_code = 53,
                                .newest_version = 9,
                                .version = version,
                                .infer = infer,
                                .read = read,
                                .write = write,
                                .options_type = 37,
                                .prepare = prepare},
                               {.identity = {"BITCAST"},
                                .builtin_code = 159,
                                .infer = infer_bitcast,
                                .options_type = 124,
                                .prepare = prepare_bitcast}};
  return kOps;
}

}  // namespace litesmith::ops::cast
