#pragma once

#include "ops/activation/activation.h"
#include "ops/file_enum.h"
#include "ops/padding.h"
#include "schema/tflite_schema.h"

/// The options tables of operators whose window slides over an image. They store the same fields under the same names:
/// those that `Attrs` has members for are read and written.
namespace litesmith::ops {

/// `OpDef::read`. Without a table sizes and strides are 0, which inference refuses. Throws Error(value) for unknown
/// enumerators.
template <class Attrs, auto options_of>
ir::Attrs read_window_options(const ::tflite::Operator& node) {
  Attrs a{.stride_h = 0, .stride_w = 0};
  if constexpr (requires { a.stride_d; }) a.stride_d = 0;
  if constexpr (requires { a.filter_h; }) a.filter_h = a.filter_w = 0;
  const auto* options = (node.*options_of)();
  if (options == nullptr) return a;
  a.padding = enum_from_file(options->padding(), Padding::valid, "padding");
  if constexpr (requires { a.stride_d; }) a.stride_d = options->stride_d();
  a.stride_h = options->stride_h();
  a.stride_w = options->stride_w();
  if constexpr (requires { a.dilation_d; }) a.dilation_d = options->dilation_d_factor();
  if constexpr (requires { a.dilation_h; }) {
    a.dilation_h = options->dilation_h_factor();
    a.dilation_w = options->dilation_w_factor();
  }
  if constexpr (requires { a.filter_h; }) {
    a.filter_h = options->filter_height();
    a.filter_w = options->filter_width();
  }
  if constexpr (requires { a.depth_multiplier; }) a.depth_multiplier = options->depth_multiplier();
  a.activation = enum_from_file(options->fused_activation_function(), Activation::sign_bit, "fused activation");
  if constexpr (requires { a.quantized_bias_type; })
    a.quantized_bias_type = enum_from_file(options->quantized_bias_type(), DType::float8_e5m2, "bias type");
  return a;
}

/// `OpDef::write`.
template <class Attrs, class OptionsBuilder>
flatbuffers::Offset<void> write_window_options(const ir::Attrs& attributes, schema::Builder& builder) {
  const auto& a = attributes.as<Attrs>();
  OptionsBuilder options(builder);
  if constexpr (requires { a.filter_h; }) {
    options.add_filter_height(a.filter_h);
    options.add_filter_width(a.filter_w);
  }
  if constexpr (requires { a.dilation_h; }) {
    options.add_dilation_h_factor(a.dilation_h);
    options.add_dilation_w_factor(a.dilation_w);
  }
  if constexpr (requires { a.dilation_d; }) options.add_dilation_d_factor(a.dilation_d);
  if constexpr (requires { a.depth_multiplier; }) options.add_depth_multiplier(a.depth_multiplier);
  options.add_stride_h(a.stride_h);
  options.add_stride_w(a.stride_w);
  if constexpr (requires { a.stride_d; }) options.add_stride_d(a.stride_d);
  if constexpr (requires { a.quantized_bias_type; })
    options.add_quantized_bias_type(static_cast<::tflite::TensorType>(a.quantized_bias_type));
  options.add_fused_activation_function(static_cast<::tflite::ActivationFunctionType>(a.activation));
  options.add_padding(static_cast<::tflite::Padding>(a.padding));
  return options.Finish().Union();
}

}  // namespace litesmith::ops
