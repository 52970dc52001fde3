#include "importers/emit/emitter.h"

#include "base/half.h"

namespace litesmith::importers::emit {
namespace {

template <class T>
Bytes single(double value) {
  const T converted = static_cast<T>(value);
  return Bytes::copy_of<T>(std::span(&converted, 1));
}

}  // namespace

int Emitter::known_dim(ir::TensorId id, int axis, std::string_view what) const {
  const int dim = shape(id)[axis];
  if (dim == kUnknownDim)
    fail(what, " must be known but axis ", axis, " of ", shape(id), " is not; give the model's Input a full shape");
  return dim;
}

ir::TensorId Emitter::add(std::string_view op, ir::Attrs attrs, std::vector<ir::TensorId> inputs) {
  const DType dtype = inputs.empty() ? DType::float32 : builder_.dtype(inputs.front());
  return add(op, std::move(attrs), std::move(inputs), dtype);
}

ir::TensorId Emitter::add(std::string_view op, ir::Attrs attrs, std::vector<ir::TensorId> inputs, DType dtype,
                          ir::Quantization quantization) {
  const ir::TensorId id = builder_.add(owner_, op, std::move(attrs), std::move(inputs), 1, dtype).front();
  builder_.graph().tensor(id).quantization = std::move(quantization);
  return id;
}

std::vector<ir::TensorId> Emitter::add_many(std::string_view op, ir::Attrs attrs, std::vector<ir::TensorId> inputs,
                                            int results) {
  const DType dtype = builder_.dtype(inputs.back());
  return builder_.add(owner_, op, std::move(attrs), std::move(inputs), results, dtype);
}

ir::TensorId Emitter::floats(std::string_view label, Shape shape, std::span<const float> values) {
  return builder_.add_constant(concat(owner_.prefix, "/", label), DType::float32, std::move(shape),
                               Bytes::copy_of<float>(values));
}

ir::TensorId Emitter::ints(std::string_view label, const std::vector<std::int32_t>& values) {
  return ints(label, values, Shape{static_cast<std::int32_t>(values.size())});
}

ir::TensorId Emitter::ints(std::string_view label, const std::vector<std::int32_t>& values, Shape shape) {
  return builder_.add_constant(concat(owner_.prefix, "/", label), DType::int32, std::move(shape),
                               Bytes::copy_of<std::int32_t>(values));
}

ir::TensorId Emitter::int_scalar(std::string_view label, std::int32_t value) {
  return number(label, value, DType::int32);
}

ir::TensorId Emitter::number(std::string_view label, double value, DType dtype) {
  constexpr struct {
    DType dtype;
    Bytes (*encode)(double value);
  } kRows[] = {{DType::float32, single<float>},      {DType::float64, single<double>},
               {DType::int8, single<std::int8_t>},   {DType::uint8, single<std::uint8_t>},
               {DType::int16, single<std::int16_t>}, {DType::int32, single<std::int32_t>},
               {DType::int64, single<std::int64_t>}, {DType::boolean, single<bool>}};
  for (const auto& row : kRows)
    if (row.dtype == dtype)
      return builder_.add_constant(concat(owner_.prefix, "/", label), dtype, Shape{}, row.encode(value));
  unsupported("a constant of type ", name(dtype));
}

}  // namespace litesmith::importers::emit
