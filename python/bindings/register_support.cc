#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <string>
#include <tuple>
#include <vector>

#include "ops/op_def.h"
#include "ops/opaque.h"
#include "register.h"
#include "simd/cpu.h"

namespace py = pybind11;

namespace litesmith::bindings {
namespace {

using Row = std::tuple<std::string, std::string, std::string>;

const char* remark(const ops::OpDef& op) {
  if (op.builtin_code < 0) return "source only";
  return op.prepare == nullptr && op.host == nullptr ? "read, not run" : "";
}

Row row(const ops::OpDef& op) {
  const bool has_version = op.builtin_code >= 0 && !ops::is_opaque(op);
  return {std::string(op.identity.name), has_version ? std::to_string(op.newest_version) : "any", remark(op)};
}

/// The project's own operators, then the codes of the file format that it carries without knowing them.
std::vector<Row> supported_operators() {
  std::vector<Row> rows;
  for (const ops::OpDef* op : ops::all_ops()) rows.push_back(row(*op));
  for (std::int32_t code = 0; const ops::OpDef* op = ops::find_builtin(code); ++code)
    if (ops::is_opaque(*op)) rows.push_back(row(*op));
  return rows;
}

/// Names of the instruction sets that LITESMITH_ISA may choose on this CPU.
std::vector<std::string> supported_isas() {
  constexpr simd::Isa kAll[] = {simd::Isa::scalar,     simd::Isa::avx2, simd::Isa::avxvnni, simd::Isa::avx512,
                                simd::Isa::avx512vnni, simd::Isa::amx,  simd::Isa::neon};
  std::vector<std::string> names;
  for (const simd::Isa isa : kAll)
    if (simd::supported(isa)) names.emplace_back(simd::isa_name(isa));
  return names;
}

}  // namespace

void register_support(py::module_& module) {
  module.def("supported_isas", &supported_isas, "Names that LITESMITH_ISA may choose on this CPU.");
  module.def("supported_operators", &supported_operators,
             "Rows (name, newest version, remark) of the operators that models may hold.");
}

}  // namespace litesmith::bindings
