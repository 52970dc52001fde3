#include "ops/random/random.h"

#include "importers/graphdef/node_context.h"

/// Random numbers. The runtime's generator gives other numbers than TensorFlow's for the same seeds.
namespace litesmith::importers::graphdef {
namespace {

ops::RandomAttrs seeds(NodeContext& c) { return {c.attr_int("seed", 0), c.attr_int("seed2", 0)}; }

Results import_draw(NodeContext& c) {
  if (const DType dtype = c.attr_type("dtype", DType::float32); dtype != DType::float32)
    c.unsupported("random numbers of type ", name(dtype), "; float32 ones convert");
  const ir::TensorId y = c.add(c.rule().ir_op, seeds(c), {c.to_int32(c.input(0))}, DType::float32);
  c.refine_shape(y, c.known_shape(c.input(0)));
  return y;
}

Results import_multinomial(NodeContext& c) {
  return c.add("MULTINOMIAL", seeds(c), {c.input(0), c.to_int32(c.input(1))},
               c.attr_type("output_dtype", DType::int64));
}

}  // namespace

std::span<const OpRule> random_ops() {
  static constexpr std::string_view kNote = "other numbers than TensorFlow's";
  static constexpr OpRule kRules[] = {
      {.op = "Multinomial", .import = import_multinomial, .note = kNote},
      {.op = "RandomStandardNormal", .import = import_draw, .ir_op = "RANDOM_STANDARD_NORMAL", .note = kNote},
      {.op = "RandomUniform", .import = import_draw, .ir_op = "RANDOM_UNIFORM", .note = kNote},
  };
  return kRules;
}

}  // namespace litesmith::importers::graphdef
