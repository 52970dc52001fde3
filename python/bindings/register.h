#pragma once

#include <pybind11/pybind11.h>

namespace litesmith::bindings {

void register_errors(pybind11::module_& module);
void register_interpreter(pybind11::module_& module);
void register_conversion(pybind11::module_& module);
void register_quantization(pybind11::module_& module);
void register_comparison(pybind11::module_& module);
void register_verification(pybind11::module_& module);
void register_support(pybind11::module_& module);
void register_graph_files(pybind11::module_& module);
void register_checkpoint(pybind11::module_& module);

}  // namespace litesmith::bindings
