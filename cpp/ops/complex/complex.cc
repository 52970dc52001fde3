#include <cmath>
#include <complex>
#include <span>

#include "ops/complex/rfft2d.h"
#include "ops/host_prepare.h"
#include "ops/map.h"
#include "ops/op_row.h"

namespace litesmith::ops::complex {
namespace {

using enum DType;

template <class T>
T real(std::complex<T> x) noexcept {
  return x.real();
}
template <class T>
T imag(std::complex<T> x) noexcept {
  return x.imag();
}
float length(std::complex<float> x) noexcept {
  const double re = x.real(), im = x.imag();
  return static_cast<float>(std::sqrt(re * re + im * im));
}
double wide_length(std::complex<double> x) noexcept { return std::hypot(x.real(), x.imag()); }

template <class T, T (*function)(std::complex<T>) noexcept>
constexpr auto kStep = map_step<std::complex<T>, T, function>;

constexpr Kernel kReal[] = {{"real/c64", simd::Isa::scalar, {complex64}, {}, nullptr, kStep<float, real<float>>},
                            {"real/c128", simd::Isa::scalar, {complex128}, {}, nullptr, kStep<double, real<double>>}};
constexpr Kernel kImag[] = {{"imag/c64", simd::Isa::scalar, {complex64}, {}, nullptr, kStep<float, imag<float>>},
                            {"imag/c128", simd::Isa::scalar, {complex128}, {}, nullptr, kStep<double, imag<double>>}};
constexpr Kernel kAbs[] = {
    {"complex_abs/c64", simd::Isa::scalar, {complex64}, {}, nullptr, kStep<float, length>},
    {"complex_abs/c128", simd::Isa::scalar, {complex128}, {}, nullptr, kStep<double, wide_length>}};

void infer(InferContext& context) {
  context.require_type(0, {complex64, complex128});
  context.set_output(0, context.input(0).dtype == complex64 ? float32 : float64, context.input(0).shape);
}

}  // namespace

std::span<const OpDef> ops() {
  static const OpDef kOps[] = {op_row("REAL", {134, 0, 1}, nullptr, infer, prepare_from<kReal>),
                               op_row("IMAG", {133, 0, 1}, nullptr, infer, prepare_from<kImag>),
                               op_row("COMPLEX_ABS", {135, 0, 1}, nullptr, infer, prepare_from<kAbs>),
                               {.identity = {"RFFT2D"},
                                .builtin_code = 131,
                                .inputs = {2, 2},
                                .infer = infer_rfft2d,
                                .options_type = 105,
                                .prepare = prepare_rfft2d,
                                .host = prepare_and_run}};
  return kOps;
}

}  // namespace litesmith::ops::complex
