#include "tflite/tensor_reader.h"

#include <algorithm>

#include "base/error.h"
#include "tflite/alignment.h"

namespace litesmith::tflite {
namespace {

constexpr int kMostDimensions = 32;

template <class T>
std::vector<T> to_vector(const flatbuffers::Vector<T>* values, Allowance& allowance) {
  if (values == nullptr) return {};
  allowance.spend(values->size() * sizeof(T));
  return {values->begin(), values->end()};
}

DType read_type(::tflite::TensorType type, std::string_view user) {
  const auto code = static_cast<int>(type);
  if (code < 0 || code >= kDTypeCount)
    fail(ErrorKind::value, user, " has the unknown element type ", code,
         "; the file needs a newer version or is damaged");
  return static_cast<DType>(code);
}

void check_dims(const std::vector<std::int32_t>& dims, std::int32_t least, std::string_view user) {
  if (dims.size() > kMostDimensions)
    fail(ErrorKind::value, user, " has ", dims.size(), " dimensions; ", kMostDimensions, " is the most");
  for (const std::int32_t dim : dims)
    if (dim < least) fail(ErrorKind::value, user, " has the impossible dimension ", dim);
}

void check_signature(const std::vector<std::int32_t>& dims, const std::vector<std::int32_t>& signature,
                     std::string_view user) {
  bool agrees = signature.size() == dims.size();
  for (std::size_t i = 0; agrees && i < dims.size(); ++i)
    agrees = signature[i] == kUnknownDim || signature[i] == dims[i];
  if (!agrees)
    fail(ErrorKind::value, user, " has the shape ", Shape(dims), " but the shape signature ", Shape(signature));
}

void read_shape(const ::tflite::Tensor& source, const TensorUse& use, std::string_view user, ir::Tensor& tensor,
                Allowance& allowance) {
  std::vector<std::int32_t> dims = to_vector(source.shape(), allowance);
  std::vector<std::int32_t> signature = to_vector(source.shape_signature(), allowance);
  check_dims(dims, 0, user);
  check_dims(signature, kUnknownDim, user);
  if (dims.empty() && signature.empty()) {
    const bool scalar =
        source.has_rank() || tensor.is_constant() || tensor.is_variable || (use.is_input && !use.file_knows_ranks);
    tensor.shape = scalar ? Shape() : Shape::unknown_rank();
    return;
  }
  if (!signature.empty()) check_signature(dims, signature, user);
  const bool is_dynamic = std::count(signature.begin(), signature.end(), kUnknownDim) > 0;
  if (!is_dynamic || tensor.is_constant()) {
    tensor.shape = Shape(std::move(dims));
    return;
  }
  bool all_ones = true;
  for (std::size_t i = 0; i < dims.size(); ++i) all_ones = all_ones && (signature[i] != kUnknownDim || dims[i] == 1);
  if (!all_ones) tensor.shape_in_file = std::move(dims);
  tensor.shape = Shape(std::move(signature));
}

ir::Quantization read_quantization(const ::tflite::QuantizationParameters* source, std::string_view user,
                                   Allowance& allowance) {
  ir::Quantization q;
  if (source == nullptr) return q;
  using Details = ::tflite::QuantizationDetails;
  if (source->details_type() > Details::MAX || source->details_type() == Details::MultiAxisQuantization)
    fail(ErrorKind::value, user, " has quantization details of kind ", static_cast<int>(source->details_type()),
         ", which this version cannot read");
  if (const auto* blockwise = source->details_as_BlockwiseQuantization()) {
    q.blockwise = {.scales = blockwise->scales(),
                   .zero_points = blockwise->zero_points(),
                   .block_size = blockwise->block_size(),
                   .block_shape = to_vector(blockwise->block_shape(), allowance)};
    return q;
  }
  if (!is_aligned(source->zero_point()))
    fail(ErrorKind::value, user, " has zero points at an address that is no multiple of 8; the file is damaged");
  q.scales = to_vector(source->scale(), allowance);
  q.zero_points = to_vector(source->zero_point(), allowance);
  q.dimension = source->quantized_dimension();
  q.min = to_vector(source->min(), allowance);
  q.max = to_vector(source->max(), allowance);
  return q;
}

template <class Table>
std::vector<std::int32_t> widen(const Table* table, Allowance& allowance) {
  if (table == nullptr || table->values() == nullptr) return {};
  allowance.spend(table->values()->size() * sizeof(std::int32_t));
  return {table->values()->begin(), table->values()->end()};
}

std::vector<std::int32_t> index_values(::tflite::SparseIndexVector type, const void* table, std::string_view user,
                                       Allowance& allowance) {
  using Type = ::tflite::SparseIndexVector;
  if (type == Type::NONE) return {};
  if (type == Type::Int32Vector) return widen(static_cast<const ::tflite::Int32Vector*>(table), allowance);
  if (type == Type::Uint16Vector) return widen(static_cast<const ::tflite::Uint16Vector*>(table), allowance);
  if (type == Type::Uint8Vector) return widen(static_cast<const ::tflite::Uint8Vector*>(table), allowance);
  fail(ErrorKind::value, user, " has sparse indices of the unknown kind ", static_cast<int>(type));
}

std::shared_ptr<const ir::Sparsity> read_sparsity(const ::tflite::SparsityParameters* source, std::string_view user,
                                                  Allowance& allowance) {
  if (source == nullptr) return nullptr;
  ir::Sparsity sparsity;
  sparsity.traversal_order = to_vector(source->traversal_order(), allowance);
  sparsity.has_block_map = source->block_map() != nullptr;
  sparsity.block_map = to_vector(source->block_map(), allowance);
  if (source->dim_metadata() != nullptr) {
    for (const auto* dimension : *source->dim_metadata()) {
      allowance.spend(sizeof(ir::Sparsity::Dimension));
      if (dimension->format() != ::tflite::DimensionType::DENSE &&
          dimension->format() != ::tflite::DimensionType::SPARSE_CSR)
        fail(ErrorKind::value, user, " has a dimension of the unknown storage ", static_cast<int>(dimension->format()));
      sparsity.dimensions.push_back(
          {.csr = dimension->format() == ::tflite::DimensionType::SPARSE_CSR,
           .dense_size = dimension->dense_size(),
           .segments = index_values(dimension->array_segments_type(), dimension->array_segments(), user, allowance),
           .indices = index_values(dimension->array_indices_type(), dimension->array_indices(), user, allowance)});
    }
  }
  return std::make_shared<const ir::Sparsity>(std::move(sparsity));
}

std::vector<ir::VariantType> read_variants(const ::tflite::Tensor& source, std::string_view user,
                                           Allowance& allowance) {
  std::vector<ir::VariantType> variants;
  if (source.variant_tensors() == nullptr) return variants;
  for (const auto* variant : *source.variant_tensors()) {
    allowance.spend(sizeof(ir::VariantType));
    std::vector<std::int32_t> dims = to_vector(variant->shape(), allowance);
    check_dims(dims, kUnknownDim, user);
    variants.push_back({read_type(variant->type(), user),
                        variant->has_rank() || !dims.empty() ? Shape(std::move(dims)) : Shape::unknown_rank()});
  }
  return variants;
}

/// The bytes, copied when their address is no multiple of the element size: the format asks for 16, real files give 4.
Bytes at_element_boundary(Bytes bytes, DType dtype, Allowance& allowance) {
  constexpr std::size_t kWidest = 8;
  const std::size_t width = std::clamp<std::size_t>(byte_width(dtype), 1, kWidest);
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % width == 0) return bytes;
  allowance.spend(bytes.size());
  return Bytes::copy(bytes.view());
}

}  // namespace

ir::Tensor read_tensor(const OpenedFile& file, const ::tflite::Tensor& source, const TensorUse& use,
                       std::string_view where, Allowance& allowance) {
  ir::Tensor tensor;
  allowance.spend(sizeof(ir::Tensor) + (source.name() == nullptr ? 0 : source.name()->size()));
  if (source.name() != nullptr) tensor.name = source.name()->str();
  const std::string user = concat("the tensor '", tensor.name, "' of ", where);
  tensor.dtype = read_type(source.type(), user);
  tensor.is_variable = source.is_variable();
  if (source.external_buffer() != 0)
    fail(ErrorKind::value, user, " keeps its data in another file (external buffer ", source.external_buffer(),
         "), which is never opened; store the model in one file");
  tensor.data = buffer_data(file, source.buffer(), user);
  if (tensor.data) tensor.data = at_element_boundary(std::move(*tensor.data), tensor.dtype, allowance);
  if (tensor.data && tensor.dtype == DType::string) allowance.spend(tensor.data->size());
  read_shape(source, use, user, tensor, allowance);
  if (!tensor.data && !use.is_input && !use.is_written && !tensor.is_variable && tensor.shape.is_static() &&
      std::count(tensor.shape.begin(), tensor.shape.end(), 0) > 0)
    tensor.data = Bytes();
  tensor.quantization = read_quantization(source.quantization(), user, allowance);
  tensor.sparsity = read_sparsity(source.sparsity(), user, allowance);
  tensor.variants = read_variants(source, user, allowance);
  return tensor;
}

}  // namespace litesmith::tflite
