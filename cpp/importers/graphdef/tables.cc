#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>

#include "base/error.h"
#include "importers/graphdef/graph_import.h"
#include "importers/graphdef/node_context.h"
#include "ops/gather/gather.h"

/// Tables that are filled before the model runs. Where TFLite has no table of the types, keys become positions in the
/// values: by a table from strings, by a list of all numbers between the least and the greatest key, or by comparison.
namespace litesmith::importers::graphdef {
namespace {

/// A list of values may have this many holes per key.
constexpr std::int64_t kHolesPerKey = 8;
constexpr std::int64_t kFreeHoles = 256;
constexpr std::size_t kMostCompared = 1024;
constexpr std::string_view kWayOut =
    "; use string keys, keys that lie closer together, or look the value up outside of the model";

Results import_table(NodeContext& c) {
  return Value{Value::Kind::table, ir::kAbsent,
               c.model().table({.name = table_name(c.node()),
                                .key_dtype = c.attr_type("key_dtype", DType::string),
                                .value_dtype = c.attr_type("value_dtype", DType::int64)})};
}

Results import_filling(NodeContext&) { return {}; }

int table_of(NodeContext& c) {
  if (c.value(0).kind != Value::Kind::table) c.fail("its operand 0 is not a table");
  return c.value(0).resource;
}

std::vector<std::int64_t> integer_keys(const TableContent& content) {
  if (content.keys.dtype == DType::int64) return content.keys.data.to_vector<std::int64_t>();
  const auto narrow = content.keys.data.to_vector<std::int32_t>();
  return {narrow.begin(), narrow.end()};
}

formats::DenseTensor integers(DType dtype, const std::vector<std::int64_t>& values) {
  const Shape shape{static_cast<std::int32_t>(values.size())};
  if (dtype == DType::int64) return {dtype, shape, Bytes::copy_of<std::int64_t>(values)};
  const std::vector<std::int32_t> narrow(values.begin(), values.end());
  return {dtype, shape, Bytes::copy_of<std::int32_t>(narrow)};
}

ir::TensorId integer(NodeContext& c, std::string_view label, DType dtype, std::int64_t value) {
  formats::DenseTensor tensor = integers(dtype, {value});
  tensor.shape = Shape{};
  return c.constant(label, tensor);
}

class Lookup {
 public:
  Lookup(NodeContext& c, int table)
      : c_(c), number_(table), content_(c.model().table_content(table)), keys_(c.input(1)), missing_(c.input(2)) {
    if (c.dtype(keys_) != content_.keys.dtype || c.dtype(missing_) != content_.values.dtype)
      c.fail("looks ", name(c.dtype(keys_)), " up with the default of type ", name(c.dtype(missing_)),
             " in a table that leads from ", name(content_.keys.dtype), " to ", name(content_.values.dtype));
  }

  ir::TensorId run() {
    const DType keys = content_.keys.dtype, values = content_.values.dtype;
    if (keys == DType::string)
      return values == DType::int64 ? find(content_.values, missing_) : at_position(string_positions());
    if (keys != DType::int64 && keys != DType::int32)
      c_.unsupported("its keys are ", name(keys), ", which no table of TFLite has", kWayOut);
    if (values == DType::string) return find_string();
    const std::vector<std::int64_t> known = integer_keys(content_);
    if (known.empty()) return at_position(compared(known));
    const auto [least, greatest] = std::minmax_element(known.begin(), known.end());
    const std::int64_t holes = kFreeHoles + kHolesPerKey * static_cast<std::int64_t>(known.size());
    if (*greatest < *least + holes && *least > INT32_MIN + 1 && *greatest < INT32_MAX - 1)
      return at_number(known, *least, *greatest);
    return at_position(compared(known));
  }

 private:
  /// HASHTABLE_FIND from strings to these integers.
  ir::TensorId find(const formats::DenseTensor& values, ir::TensorId missing) {
    c_.model().fill_table(number_, {content_.keys, values});
    const ir::TensorId handle = c_.graph().table_handle(c_.owner(), number_);
    return c_.add("HASHTABLE_FIND", {}, {handle, keys_, as_vector(missing)}, DType::int64);
  }

  ir::TensorId find_string() {
    formats::DenseTensor keys = integers(DType::int64, integer_keys(content_));
    c_.model().fill_table(number_, {std::move(keys), content_.values});
    const ir::TensorId handle = c_.graph().table_handle(c_.owner(), number_);
    const ir::TensorId wide = cast(c_, keys_, DType::int64);
    return c_.add("HASHTABLE_FIND", {}, {handle, wide, as_vector(missing_)}, DType::string);
  }

  ir::TensorId as_vector(ir::TensorId x) { return c_.shape(x) == Shape{1} ? x : reshape(c_, x, {1}); }

  /// Position + 1 of each string among the keys; 0 where it is none.
  ir::TensorId string_positions() {
    std::vector<std::int64_t> numbers(element_views(content_.keys).size());
    std::iota(numbers.begin(), numbers.end(), 1);
    return find(integers(DType::int64, numbers), integer(c_, "no_key", DType::int64, 0));
  }

  /// The same for integers.
  ir::TensorId compared(const std::vector<std::int64_t>& known) {
    if (known.size() > kMostCompared)
      c_.unsupported("its ", known.size(), " keys are ", name(content_.keys.dtype),
                     " and far apart, and TFLite has no table from integers to ", name(content_.values.dtype), kWayOut);
    if (!c_.shape(keys_).has_rank()) c_.unsupported("how many dimensions its keys have is not known");
    std::vector<std::int32_t> numbers(known.size());
    std::iota(numbers.begin(), numbers.end(), 1);
    const int last = c_.rank(keys_);
    const ir::TensorId each = expand_dims(c_, keys_, last);
    const ir::TensorId equal = compare(c_, "EQUAL", each, c_.constant("keys", integers(content_.keys.dtype, known)));
    const ir::TensorId hits = binary(c_, "MUL", cast(c_, equal, DType::int32), c_.ints("positions", numbers));
    return reduce(c_, "SUM", hits, {last}, false);
  }

  /// Values by position + 1, the default in front.
  ir::TensorId at_position(ir::TensorId positions) {
    std::vector<std::string_view> values{default_element()};
    for (const std::string_view value : element_views(content_.values)) values.push_back(value);
    return gather(values, positions);
  }

  /// Values of all numbers from `least` to `greatest`, the default at both ends and in the holes.
  ir::TensorId at_number(const std::vector<std::int64_t>& known, std::int64_t least, std::int64_t greatest) {
    std::vector<std::string_view> values(static_cast<std::size_t>(greatest - least + 3), default_element());
    const auto own = element_views(content_.values);
    for (std::size_t i = 0; i < known.size(); ++i) values[static_cast<std::size_t>(known[i] - least + 1)] = own[i];
    const DType dtype = content_.keys.dtype;
    const ir::TensorId high = binary(c_, "MINIMUM", keys_, integer(c_, "past_keys", dtype, greatest + 1));
    const ir::TensorId inside = binary(c_, "MAXIMUM", high, integer(c_, "before_keys", dtype, least - 1));
    return gather(values, binary(c_, "SUB", inside, integer(c_, "first", dtype, least - 1)));
  }

  std::string_view default_element() {
    const ir::Tensor& missing = c_.graph().graph().tensor(missing_);
    if (!missing.is_constant())
      c_.unsupported("its default is computed, which TFLite's tables allow only from string to int64 and back");
    missing_value_ = {missing.dtype, missing.shape, *missing.data};
    const auto elements = element_views(missing_value_);
    if (elements.size() != 1) c_.unsupported("its default has ", elements.size(), " elements where one belongs");
    return elements.front();
  }

  ir::TensorId gather(const std::vector<std::string_view>& values, ir::TensorId positions) {
    const ir::TensorId list = c_.constant("values", vector_of(content_.values.dtype, values));
    return c_.add("GATHER", ops::GatherAttrs{}, {list, positions}, content_.values.dtype);
  }

  NodeContext& c_;
  const int number_;
  const TableContent& content_;
  ir::TensorId keys_, missing_;
  formats::DenseTensor missing_value_;
};

Results import_find(NodeContext& c) { return Lookup(c, table_of(c)).run(); }

Results import_size(NodeContext& c) {
  const auto keys = element_views(c.model().table_content(table_of(c)).keys);
  return integer(c, "", DType::int64, static_cast<std::int64_t>(keys.size()));
}

}  // namespace

std::span<const OpRule> table_ops() {
  static constexpr std::string_view kFixed = "filled by constants or a file; not changed while the model runs";
  static constexpr OpRule kRules[] = {
      {.op = "HashTable", .import = import_table, .note = kFixed},
      {.op = "HashTableV2", .import = import_table, .note = kFixed},
      {.op = "MutableHashTable", .import = import_table, .note = kFixed},
      {.op = "MutableHashTableV2", .import = import_table, .note = kFixed},
      {.op = "LookupTableFind", .import = import_find},
      {.op = "LookupTableFindV2", .import = import_find},
      {.op = "LookupTableSize", .import = import_size},
      {.op = "LookupTableSizeV2", .import = import_size},
      {.op = "InitializeTable", .import = import_filling, .note = "run once, when the model is converted"},
      {.op = "InitializeTableV2", .import = import_filling, .note = "run once, when the model is converted"},
      {.op = "InitializeTableFromTextFile", .import = import_filling, .note = "run once, when the model is converted"},
      {.op = "InitializeTableFromTextFileV2",
       .import = import_filling,
       .note = "run once, when the model is converted"},
      {.op = "LookupTableImport", .import = import_filling, .note = "run once, when the model is converted"},
      {.op = "LookupTableImportV2", .import = import_filling, .note = "run once, when the model is converted"},
  };
  return kRules;
}

}  // namespace litesmith::importers::graphdef
