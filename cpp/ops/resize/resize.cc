#include "ops/resize/resize.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <vector>

#include "ops/axes.h"
#include "ops/float_product.h"
#include "ops/host_prepare.h"
#include "ops/kernel_table.h"
#include "ops/map.h"
#include "ops/resize/bilinear.h"
#include "ops/static_rules.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::resize {
namespace {

Shape wished_shape(const NodeView& view, Shape shape) {
  shape[1] = shape[2] = kUnknownDim;
  const auto size = view.ints(1);
  if (!size) return shape;
  if (size->size() != 2)
    view.fail("its size '", view.input(1).name, "' has ", size->size(), " values but must have 2 (height, width)");
  for (int axis = 0; axis < 2; ++axis) {
    const std::int64_t wished = (*size)[static_cast<std::size_t>(axis)];
    view.require(wished > 0, "cannot resize '", view.input(0).name, "' to a ", axis == 0 ? "height" : "width", " of ",
                 wished, "; sizes must be at least 1");
    shape[axis + 1] = dimension(view, wished);
  }
  return shape;
}

void infer(InferContext& context) {
  const auto& a = context.attrs<ResizeAttrs>();
  context.require_type(0, {DType::float32, DType::uint8, DType::int8, DType::int16});
  context.require_type(1, {DType::int32});
  context.require_rank(0, 4);
  context.require_rank(1, 1);
  context.require(!(a.align_corners && a.half_pixel_centers),
                  "has both align_corners and half_pixel_centers; choose one");
  const TensorInfo& x = context.input(0);
  const Shape image = x.shape.has_rank() ? x.shape : Shape{kUnknownDim, kUnknownDim, kUnknownDim, kUnknownDim};
  context.require(image[1] != 0 && image[2] != 0, "'", x.name, "' (", x.shape, ") has no pixels to resize");
  context.set_output(0, x.dtype, wished_shape(context, image));
}

float scale(const ResizeAttrs& a, std::int32_t in, std::int32_t out) {
  return a.align_corners && out > 1 ? static_cast<float>(in - 1) / static_cast<float>(out - 1)
                                    : static_cast<float>(in) / static_cast<float>(out);
}

std::vector<Between> between(const ResizeAttrs& a, std::int32_t in, std::int32_t out) {
  const float step = scale(a, in, out);
  std::vector<Between> list;
  for (std::int32_t i = 0; i < out; ++i) {
    const float position =
        a.half_pixel_centers ? (static_cast<float>(i) + 0.5F) * step - 0.5F : static_cast<float>(i) * step;
    const auto limit = static_cast<float>(in - 1);
    const float first = std::clamp(std::floor(position), 0.0F, limit);
    const float second = std::clamp(std::ceil(position), 0.0F, limit);
    list.push_back({static_cast<std::int64_t>(first), static_cast<std::int64_t>(second), position - first});
  }
  return list;
}

std::vector<std::int64_t> nearest(const ResizeAttrs& a, std::int32_t in, std::int32_t out) {
  const float step = scale(a, in, out);
  std::vector<std::int64_t> list;
  for (std::int32_t i = 0; i < out; ++i) {
    const float position = (static_cast<float>(i) + (a.half_pixel_centers ? 0.5F : 0.0F)) * step;
    const float chosen = a.align_corners ? std::round(position) : std::floor(position);
    list.push_back(static_cast<std::int64_t>(std::clamp(chosen, 0.0F, static_cast<float>(in - 1))));
  }
  return list;
}

/// Positions in steps of 1/1024 pixel.
std::vector<FixedBetween> fixed_point(const ResizeAttrs& a, std::int64_t in, std::int64_t out) {
  constexpr std::int64_t kOne = 1024;
  const bool aligned = a.align_corners && out > 1;
  const std::int64_t last_in = aligned ? in - 1 : in;
  const std::int64_t last_out = aligned ? out - 1 : out;
  const std::int64_t step = (kOne * last_in + last_out / 2) / last_out;
  std::vector<FixedBetween> list;
  for (std::int64_t i = 0; i < out; ++i) {
    const std::int64_t position = i * step + (a.half_pixel_centers ? step / 2 - kOne / 2 : 0);
    const std::int64_t first = std::clamp<std::int64_t>(position / kOne, 0, in - 1);
    const std::int64_t second = std::clamp<std::int64_t>((position + kOne - 1) / kOne, 0, in - 1);
    list.push_back({first, second, static_cast<std::int32_t>(position - kOne * first)});
  }
  return list;
}

template <class T, class Weight>
struct Bilinear {
  std::int64_t in_h, in_w, out_h, channels;
  std::vector<BetweenBy<Weight>> rows, columns;
  void (*row)(const RowBy<T, Weight>& row) noexcept;
};

/// Tile = (image, output row).
template <class T, class Weight>
Fault run_bilinear(const Bilinear<T, Weight>& p, const Operands& operands, TileRange tiles) noexcept {
  const auto out_w = static_cast<std::int64_t>(p.columns.size());
  for (std::int64_t tile = tiles.begin; tile < tiles.end; ++tile) {
    const BetweenBy<Weight>& row = p.rows[static_cast<std::size_t>(tile % p.out_h)];
    const T* image = operands.in<T>(0) + tile / p.out_h * p.in_h * p.in_w * p.channels;
    p.row({.top = image + row.first * p.in_w * p.channels,
           .bottom = image + row.second * p.in_w * p.channels,
           .weight = row.weight,
           .columns = p.columns.data(),
           .out_w = out_w,
           .in_w = p.in_w,
           .channels = p.channels,
           .y = operands.out<T>() + tile * out_w * p.channels,
           .scratch = operands.scratch});
  }
  return Fault::none;
}

template <auto loop, const BilinearLoops& loops>
Step prepare_bilinear(const PrepareContext& context, simd::Isa isa) {
  const auto& a = context.attrs<ResizeAttrs>();
  const Shape& x = context.input(0).shape;
  const Shape& y = context.output().shape;
  if (elements(y) == 0) return empty_step("resize_bilinear");
  Step step;
  const auto with = [&]<class T, class Weight>(void (*row)(const RowBy<T, Weight>&) noexcept) {
    const auto along = [&](int axis) {
      if constexpr (std::is_same_v<Weight, float>)
        return between(a, x[axis], y[axis]);
      else
        return fixed_point(a, x[axis], y[axis]);
    };
    step = make_step<run_bilinear<T, Weight>>(Bilinear<T, Weight>{x[1], x[2], y[1], x[3], along(1), along(2), row}, "",
                                              isa);
    if constexpr (!std::is_same_v<Weight, float>)
      step.scratch_bytes = sum_bytes<T> * static_cast<std::size_t>(checked_product(x[2], x[3]));
  };
  with(loops.*loop);
  step.tiles = std::int64_t{y[0]} * y[1];
  step.work = 4 * static_cast<double>(elements(y));
  return step;
}

struct Nearest {
  std::int64_t in_h, in_w, out_h;
  std::size_t pixel_bytes;
  std::vector<std::int64_t> rows, columns;
};

Fault run_nearest(const Nearest& p, const Operands& operands, TileRange tiles) noexcept {
  for (std::int64_t tile = tiles.begin; tile < tiles.end; ++tile) {
    const std::int64_t in_row = tile / p.out_h * p.in_h + p.rows[static_cast<std::size_t>(tile % p.out_h)];
    const std::byte* from = operands.inputs[0] + static_cast<std::size_t>(in_row * p.in_w) * p.pixel_bytes;
    std::byte* to = operands.outputs[0] + static_cast<std::size_t>(tile) * p.columns.size() * p.pixel_bytes;
    for (const std::int64_t column : p.columns) {
      std::memcpy(to, from + static_cast<std::size_t>(column) * p.pixel_bytes, p.pixel_bytes);
      to += p.pixel_bytes;
    }
  }
  return Fault::none;
}

Step prepare_nearest(const PrepareContext& context, simd::Isa isa) {
  const auto& a = context.attrs<ResizeAttrs>();
  const Shape& x = context.input(0).shape;
  const Shape& y = context.output().shape;
  if (elements(y) == 0) return empty_step("resize_nearest_neighbor");
  Step step = make_step<run_nearest>(Nearest{x[1], x[2], y[1], packed_bytes(context.input(0).dtype, x[3]),
                                             nearest(a, x[1], y[1]), nearest(a, x[2], y[2])},
                                     "", isa);
  step.tiles = std::int64_t{y[0]} * y[1];
  step.work = static_cast<double>(elements(y));
  return step;
}

constexpr Kernel kBilinear[] = {
#if defined(__x86_64__)
    {"resize_bilinear/avx512",
     simd::Isa::avx512,
     {DType::float32},
     {},
     nullptr,
     prepare_bilinear<&BilinearLoops::f32, avx512_bilinear>},
    {"resize_bilinear/avx512",
     simd::Isa::avx512,
     {DType::uint8},
     {},
     nullptr,
     prepare_bilinear<&BilinearLoops::u8, avx512_bilinear>},
    {"resize_bilinear/avx512",
     simd::Isa::avx512,
     {DType::int8},
     {},
     nullptr,
     prepare_bilinear<&BilinearLoops::i8, avx512_bilinear>},
    {"resize_bilinear/avx512",
     simd::Isa::avx512,
     {DType::int16},
     {},
     nullptr,
     prepare_bilinear<&BilinearLoops::i16, avx512_bilinear>},
    {"resize_bilinear/avx2",
     simd::Isa::avx2,
     {DType::float32},
     {},
     nullptr,
     prepare_bilinear<&BilinearLoops::f32, avx2_bilinear>},
    {"resize_bilinear/avx2",
     simd::Isa::avx2,
     {DType::uint8},
     {},
     nullptr,
     prepare_bilinear<&BilinearLoops::u8, avx2_bilinear>},
    {"resize_bilinear/avx2",
     simd::Isa::avx2,
     {DType::int8},
     {},
     nullptr,
     prepare_bilinear<&BilinearLoops::i8, avx2_bilinear>},
    {"resize_bilinear/avx2",
     simd::Isa::avx2,
     {DType::int16},
     {},
     nullptr,
     prepare_bilinear<&BilinearLoops::i16, avx2_bilinear>},
#endif
    {"resize_bilinear/scalar",
     simd::Isa::scalar,
     {DType::float32},
     {},
     nullptr,
     prepare_bilinear<&BilinearLoops::f32, scalar_bilinear>},
    {"resize_bilinear/scalar",
     simd::Isa::scalar,
     {DType::uint8},
     {},
     nullptr,
     prepare_bilinear<&BilinearLoops::u8, scalar_bilinear>},
    {"resize_bilinear/scalar",
     simd::Isa::scalar,
     {DType::int8},
     {},
     nullptr,
     prepare_bilinear<&BilinearLoops::i8, scalar_bilinear>},
    {"resize_bilinear/scalar",
     simd::Isa::scalar,
     {DType::int16},
     {},
     nullptr,
     prepare_bilinear<&BilinearLoops::i16, scalar_bilinear>},
};
constexpr Kernel kNearest[] = {
    {"resize_nearest_neighbor/scalar", simd::Isa::scalar, {}, {}, nullptr, prepare_nearest},
};

int bilinear_version(const VersionQuery& query) {
  const DType x = query.input_type(0);
  if (x == DType::int16) return 4;
  if (query.node.attrs.as<ResizeAttrs>().half_pixel_centers) return 3;
  return x == DType::int8 ? 2 : 1;
}

int nearest_version(const VersionQuery& query) {
  const auto& a = query.node.attrs.as<ResizeAttrs>();
  const DType x = query.input_type(0);
  if (x == DType::int16) return 4;
  if (a.half_pixel_centers || a.align_corners) return 3;
  return x == DType::int8 ? 2 : 1;
}

template <class Options>
ir::Attrs attrs_of(const Options* options) {
  if (options == nullptr) return ResizeAttrs{};
  return ResizeAttrs{options->align_corners(), options->half_pixel_centers()};
}

ir::Attrs read_bilinear(const ::tflite::Operator& node) {
  return attrs_of(node.builtin_options_as_ResizeBilinearOptions());
}
ir::Attrs read_nearest(const ::tflite::Operator& node) {
  return attrs_of(node.builtin_options_as_ResizeNearestNeighborOptions());
}

template <class OptionsBuilder>
flatbuffers::Offset<void> write(const ir::Attrs& attributes, schema::Builder& builder) {
  const auto& attrs = attributes.as<ResizeAttrs>();
  OptionsBuilder options(builder);
  options.add_half_pixel_centers(attrs.half_pixel_centers);
  options.add_align_corners(attrs.align_corners);
  return options.Finish().Union();
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"RESIZE_BILINEAR"},
                                .builtin_code = 23,
                                .inputs = {2, 2},
                                .newest_version = 4,
                                .version = bilinear_version,
                                .infer = infer,
                                .read = read_bilinear,
                                .write = write<::tflite::ResizeBilinearOptionsBuilder>,
                                .options_type = 15,
                                .prepare = prepare_from<kBilinear>,
                                .host = prepare_and_run,
                                .quantization = {.int8 = kSame, .int16x8 = kSame}},
                               {.identity = {"RESIZE_NEAREST_NEIGHBOR"},
                                .builtin_code = 97,
                                .inputs = {2, 2},
                                .newest_version = 4,
                                .version = nearest_version,
                                .infer = infer,
                                .read = read_nearest,
                                .write = write<::tflite::ResizeNearestNeighborOptionsBuilder>,
                                .options_type = 74,
                                .prepare = prepare_from<kNearest>,
                                .host = prepare_and_run,
                                .quantization = {.int8 = kSame, .int16x8 = kSame}}};
  return kOps;
}

}  // namespace litesmith::ops::resize
