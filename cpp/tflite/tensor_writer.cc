#include "tflite/tensor_writer.h"

#include <algorithm>
#include <utility>

namespace litesmith::tflite {
namespace {

using schema::vector_unless_empty;
using ::tflite::SparseIndexVector;

template <class Table>
using Offset = flatbuffers::Offset<Table>;
using Indices = std::pair<SparseIndexVector, Offset<void>>;

template <class Narrow>
std::vector<Narrow> narrowed(const std::vector<std::int32_t>& values) {
  std::vector<Narrow> result;
  for (const std::int32_t value : values) result.push_back(static_cast<Narrow>(value));
  return result;
}

Indices build_indices(const std::vector<std::int32_t>& values, schema::Builder& builder) {
  const std::int32_t largest = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
  if (largest <= UINT8_MAX) {
    const std::vector<std::uint8_t> bytes = narrowed<std::uint8_t>(values);
    return {SparseIndexVector::Uint8Vector, ::tflite::CreateUint8VectorDirect(builder, &bytes).Union()};
  }
  if (largest <= UINT16_MAX) {
    const std::vector<std::uint16_t> halves = narrowed<std::uint16_t>(values);
    return {SparseIndexVector::Uint16Vector, ::tflite::CreateUint16VectorDirect(builder, &halves).Union()};
  }
  return {SparseIndexVector::Int32Vector, ::tflite::CreateInt32VectorDirect(builder, &values).Union()};
}

Offset<::tflite::SparsityParameters> build_sparsity(const ir::Sparsity& sparsity, schema::Builder& builder) {
  const auto order = vector_unless_empty(builder, sparsity.traversal_order);
  Offset<flatbuffers::Vector<std::int32_t>> blocks;
  if (sparsity.has_block_map || !sparsity.block_map.empty()) blocks = builder.CreateVector(sparsity.block_map);
  std::vector<Offset<::tflite::DimensionMetadata>> dimensions;
  for (const ir::Sparsity::Dimension& dimension : sparsity.dimensions) {
    Indices segments, indices;
    if (dimension.csr) {
      segments = build_indices(dimension.segments, builder);
      indices = build_indices(dimension.indices, builder);
    }
    const auto format = dimension.csr ? ::tflite::DimensionType::SPARSE_CSR : ::tflite::DimensionType::DENSE;
    dimensions.push_back(::tflite::CreateDimensionMetadata(builder, format, dimension.dense_size, segments.first,
                                                           segments.second, indices.first, indices.second));
  }
  return ::tflite::CreateSparsityParameters(builder, order, blocks, vector_unless_empty(builder, dimensions));
}

Offset<::tflite::QuantizationParameters> build_quantization(const ir::Quantization& q, schema::Builder& builder) {
  if (q.blockwise) {
    const auto block_shape = vector_unless_empty(builder, q.blockwise->block_shape);
    const auto blockwise = ::tflite::CreateBlockwiseQuantization(builder, q.blockwise->scales, q.blockwise->zero_points,
                                                                 q.blockwise->block_size, block_shape);
    return ::tflite::CreateQuantizationParameters(
        builder, 0, 0, 0, 0, ::tflite::QuantizationDetails::BlockwiseQuantization, blockwise.Union());
  }
  const auto min = vector_unless_empty(builder, q.min);
  const auto max = vector_unless_empty(builder, q.max);
  const auto scale = vector_unless_empty(builder, q.scales);
  const auto zero_point = vector_unless_empty(builder, q.zero_points);
  return ::tflite::CreateQuantizationParameters(builder, min, max, scale, zero_point,
                                                ::tflite::QuantizationDetails::NONE, 0, q.dimension);
}

Offset<::tflite::VariantSubType> build_variant(const ir::VariantType& variant, schema::Builder& builder) {
  const auto shape = vector_unless_empty(builder, variant.shape.dims());
  return ::tflite::CreateVariantSubType(builder, shape, static_cast<::tflite::TensorType>(variant.dtype),
                                        variant.shape.has_rank());
}

}  // namespace

Offset<::tflite::Tensor> build_tensor(const ir::Tensor& tensor, std::uint32_t buffer, schema::Builder& builder) {
  std::vector<std::int32_t> dims = tensor.shape.dims(), signature;
  if (std::count(dims.begin(), dims.end(), kUnknownDim) > 0) {
    signature = dims;
    std::replace(dims.begin(), dims.end(), kUnknownDim, 1);
    if (tensor.shape_in_file.size() == dims.size()) dims = tensor.shape_in_file;
  }
  const auto shape = vector_unless_empty(builder, dims);
  Offset<flatbuffers::String> name;
  if (!tensor.name.empty()) name = builder.CreateString(tensor.name);
  const auto quantization = build_quantization(tensor.quantization, builder);
  Offset<::tflite::SparsityParameters> sparsity;
  if (tensor.sparsity != nullptr) sparsity = build_sparsity(*tensor.sparsity, builder);
  const auto shape_signature = vector_unless_empty(builder, signature);
  std::vector<Offset<::tflite::VariantSubType>> variants;
  for (const ir::VariantType& variant : tensor.variants) variants.push_back(build_variant(variant, builder));
  return ::tflite::CreateTensor(builder, shape, static_cast<::tflite::TensorType>(tensor.dtype), buffer, name,
                                quantization, tensor.is_variable, sparsity, shape_signature, tensor.shape.has_rank(),
                                vector_unless_empty(builder, variants));
}

}  // namespace litesmith::tflite
