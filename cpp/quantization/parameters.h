#pragma once

#include <string_view>

#include "quantization/form.h"
#include "quantization/ranges.h"

/// Parameters of activations and biases (reference: operators.md §4.1, §4.2; oracle.md §3).
namespace litesmith::quantization {

/// Asymmetric int8 over the range widened to contain 0: scale = f32(f32(max - min) / 255), zero point in float64.
/// Ranges narrower than 1e-6 grow by 1e-6 at both ends. Halves of the zero point round away from 0, and of
/// `integer_type` uint8 upwards. Throws Error(value) naming the tensor when the range is not finite or upside down.
Form int8_form(Range range, std::string_view tensor, DType integer_type = DType::int8);

/// The same for a constant, whose range is that of its values; narrower than 1e-6 it becomes +-5e-7.
Form int8_constant_form(const ir::Tensor& constant, DType integer_type = DType::int8);

/// A filter of uint8 with the levels 1 to 255, as int8: scale = f32((max - min) / 254) over the range of its values
/// widened to contain 0. Throws as above.
Form uint8_filter_form(const ir::Tensor& weights);

/// Symmetric int16: scale = f32(max|x| / 32767); of all zeros that of 1e-6. Throws as int8_form.
Form int16_form(Range range, std::string_view tensor);

/// Symmetric int8 as symmetric_int8 makes it, but however small the weights are; all-zero channels get its least scale.
Form int16x8_filter_form(const ir::Tensor& weights, int axis);

/// Forms of a filter and its bias that go together.
struct LinearForms {
  Form filter;
  Form bias;
};

/// Bias of type int32 with scale[c] = input * filter[c]. Where |b| would exceed half of int32's range the filter's
/// scale grows until the bias is 2^30.
LinearForms int8_linear(const Form& input, Form filter, const ir::Tensor& bias);

/// The same with int16 activations and a bias of type int64 or int32; where |b| reaches half of int32's range, whatever
/// the type, the filter's scale is derived from the bias.
LinearForms int16x8_linear(const Form& input, Form filter, const ir::Tensor& bias, DType bias_type);

}  // namespace litesmith::quantization
