#include <pybind11/pybind11.h>

#include <string>

#include "ops/op_def.h"
#include "ops/opaque.h"
#include "register.h"

namespace py = pybind11;

namespace litesmith::bindings {
namespace {

const char* remark(const ops::OpDef& op) {
  if (op.builtin_code < 0) return "source only";
  return op.prepare == nullptr && op.host == nullptr ? "read, not run" : "";
}

py::tuple row(const ops::OpDef& op) {
  const bool has_version = op.builtin_code >= 0 && !ops::is_opaque(op);
  return py::make_tuple(std::string(op.identity.name), has_version ? std::to_string(op.newest_version) : "any",
                        remark(op));
}

/// The project's own operators, then the codes of the file format that it carries without knowing them.
py::list supported_operators() {
  py::list rows;
  for (const ops::OpDef* op : ops::all_ops()) rows.append(row(*op));
  for (std::int32_t code = 0; const ops::OpDef* op = ops::find_builtin(code); ++code)
    if (ops::is_opaque(*op)) rows.append(row(*op));
  return rows;
}

}  // namespace

void register_support(py::module_& module) {
  module.def("supported_operators", &supported_operators, "Rows (name, newest version, remark) of the operators.");
}

}  // namespace litesmith::bindings
