#include "tflite/tensor_writer.h"

#include <algorithm>

namespace litesmith::tflite {
namespace {

using ::tflite::SparseIndexVectorUnion;

template <class Vector>
void set_indices(const std::vector<std::int32_t>& values, SparseIndexVectorUnion& target) {
  Vector vector;
  for (const std::int32_t value : values)
    vector.values.push_back(static_cast<typename decltype(vector.values)::value_type>(value));
  target.Set(std::move(vector));
}

void write_indices(const std::vector<std::int32_t>& values, SparseIndexVectorUnion& target) {
  const std::int32_t largest = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
  if (largest <= UINT8_MAX)
    set_indices<::tflite::Uint8VectorT>(values, target);
  else if (largest <= UINT16_MAX)
    set_indices<::tflite::Uint16VectorT>(values, target);
  else
    set_indices<::tflite::Int32VectorT>(values, target);
}

std::unique_ptr<::tflite::SparsityParametersT> unpacked_sparsity(const ir::Sparsity& sparsity) {
  auto result = std::make_unique<::tflite::SparsityParametersT>();
  result->traversal_order = sparsity.traversal_order;
  result->block_map = sparsity.block_map;
  for (const ir::Sparsity::Dimension& dimension : sparsity.dimensions) {
    auto metadata = std::make_unique<::tflite::DimensionMetadataT>();
    metadata->format = dimension.csr ? ::tflite::DimensionType::SPARSE_CSR : ::tflite::DimensionType::DENSE;
    metadata->dense_size = dimension.dense_size;
    if (dimension.csr) {
      write_indices(dimension.segments, metadata->array_segments);
      write_indices(dimension.indices, metadata->array_indices);
    }
    result->dim_metadata.push_back(std::move(metadata));
  }
  return result;
}

std::unique_ptr<::tflite::QuantizationParametersT> unpacked_quantization(const ir::Quantization& q) {
  auto result = std::make_unique<::tflite::QuantizationParametersT>();
  if (q.blockwise) {
    ::tflite::BlockwiseQuantizationT blockwise;
    blockwise.scales = q.blockwise->scales;
    blockwise.zero_points = q.blockwise->zero_points;
    blockwise.block_size = q.blockwise->block_size;
    blockwise.block_shape = q.blockwise->block_shape;
    result->details.Set(std::move(blockwise));
    return result;
  }
  result->min = q.min;
  result->max = q.max;
  result->scale = q.scales;
  result->zero_point = q.zero_points;
  result->quantized_dimension = q.dimension;
  return result;
}

}  // namespace

::tflite::TensorT unpacked_tensor(const ir::Tensor& tensor, std::uint32_t buffer) {
  ::tflite::TensorT result;
  result.name = tensor.name;
  result.type = static_cast<::tflite::TensorType>(tensor.dtype);
  result.buffer = buffer;
  result.is_variable = tensor.is_variable;
  result.has_rank = tensor.shape.has_rank();
  result.shape = tensor.shape.dims();
  if (std::count(result.shape.begin(), result.shape.end(), kUnknownDim) > 0) {
    result.shape_signature = result.shape;
    std::replace(result.shape.begin(), result.shape.end(), kUnknownDim, 1);
    if (tensor.shape_in_file.size() == result.shape.size()) result.shape = tensor.shape_in_file;
  }
  result.quantization = unpacked_quantization(tensor.quantization);
  if (tensor.sparsity != nullptr) result.sparsity = unpacked_sparsity(*tensor.sparsity);
  for (const ir::VariantType& variant : tensor.variants) {
    auto type = std::make_unique<::tflite::VariantSubTypeT>();
    type->shape = variant.shape.dims();
    type->type = static_cast<::tflite::TensorType>(variant.dtype);
    type->has_rank = variant.shape.has_rank();
    result.variant_tensors.push_back(std::move(type));
  }
  return result;
}

}  // namespace litesmith::tflite
