#include "ops/quantize/quantize.h"

#include <cmath>
#include <span>

#include "ops/infer.h"
#include "ops/quantize/kernels.h"
#include "schema/tflite_schema.h"

namespace litesmith::ops::quantize {
namespace {

using enum DType;

void infer_quantize(InferContext& context) {
  context.require_type(0, {float32, int8, uint8, int16, int32});
  const DType type = context.output_type(0);
  if (type != int8 && type != uint8 && type != int16 && type != int4 && type != uint4 && type != int32)
    context.fail("gives ", name(type), ", which is no quantized type");
  context.set_output(0, type, context.input(0).shape);
}

void infer_dequantize(InferContext& context) {
  context.require_type(0, {float16, bfloat16, float8_e4m3fn, float8_e5m2, uint8, int8, int16, int4, uint4, int2});
  context.set_output(0, float32, context.input(0).shape);
}

void infer_fake_quant(InferContext& context) {
  context.require_type(0, {float32});
  const auto& attrs = context.attrs<FakeQuantAttrs>();
  if (attrs.num_bits < 2 || attrs.num_bits > 16) context.fail("has ", attrs.num_bits, " bits; 2 to 16 are possible");
  if (!(attrs.min < attrs.max) || !std::isfinite(attrs.max - attrs.min))
    context.fail("has the range ", attrs.min, " to ", attrs.max, ", which is empty or not finite");
  context.set_output(0, float32, context.input(0).shape);
}

bool is_per_channel(const ir::Tensor& tensor) { return tensor.quantization.scales.size() > 1; }

int quantize_version(const VersionQuery& query) {
  const DType type = query.output_type(0);
  if (type == uint4) return 5;
  if (type == int4) return 4;
  if (is_per_channel(query.graph.tensor(query.node.output()))) return 3;
  return type == int16 ? 2 : 1;
}

int dequantize_version(const VersionQuery& query) {
  switch (query.input_type(0)) {
    case float8_e4m3fn:
    case float8_e5m2: return 9;
    case uint4: return 8;
    case int2: return 7;
    case int4: return 6;
    case int16:
    case float16: return 3;
    case int8: return is_per_channel(*query.input(0)) ? 5 : 2;
    default: return 1;
  }
}

int fake_quant_version(const VersionQuery& query) { return query.node.attrs.as<FakeQuantAttrs>().narrow_range ? 2 : 1; }

ir::Attrs read_fake_quant(const ::tflite::Operator& node) {
  const auto* options = node.builtin_options_as_FakeQuantOptions();
  if (options == nullptr) return FakeQuantAttrs{};
  return FakeQuantAttrs{options->min(), options->max(), options->num_bits(), options->narrow_range()};
}
flatbuffers::Offset<void> write_fake_quant(const ir::Attrs& attrs, schema::Builder& builder) {
  const auto& fake = attrs.as<FakeQuantAttrs>();
  ::tflite::FakeQuantOptionsBuilder options(builder);
  options.add_num_bits(fake.num_bits);
  options.add_max(fake.max);
  options.add_min(fake.min);
  options.add_narrow_range(fake.narrow_range);
  return options.Finish().Union();
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {{.identity = {"QUANTIZE"},
                                .builtin_code = 114,
                                .newest_version = 6,
                                .version = quantize_version,
                                .infer = infer_quantize,
                                .options_type = 89,
                                .prepare = prepare_quantize},
                               {.identity = {"DEQUANTIZE"},
                                .builtin_code = 6,
                                .newest_version = 9,
                                .version = dequantize_version,
                                .infer = infer_dequantize,
                                .options_type = 38,
                                .prepare = prepare_dequantize},
                               {.identity = {"FAKE_QUANT"},
                                .builtin_code = 80,
                                .newest_version = 2,
                                .version = fake_quant_version,
                                .infer = infer_fake_quant,
                                .read = read_fake_quant,
                                .write = write_fake_quant,
                                .options_type = 58,
                                .prepare = prepare_fake_quant,
                                .elementwise = true}};
  return kOps;
}

}  // namespace litesmith::ops::quantize
