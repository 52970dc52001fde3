#include <doctest/doctest.h>

#include <protozero/pbf_writer.hpp>

#include "base/error.h"
#include "base/half.h"
#include "base/string_buffer.h"
#include "formats/protobuf/graph_def.h"

namespace litesmith::formats {
namespace {

using Writer = protozero::pbf_writer;

template <class Fill>
EncodedTensor tensor(std::int32_t type, std::initializer_list<std::int64_t> dims, Fill fill) {
  std::string text;
  Writer writer(text);
  writer.add_enum(1, type);
  {
    Writer shape(writer, 2);
    for (const std::int64_t size : dims) {
      Writer dim(shape, 2);
      dim.add_int64(1, size);
    }
  }
  fill(writer);
  return {Bytes::copy(std::as_bytes(std::span(text)))};
}

std::pair<ErrorKind, std::string> refusal(const EncodedTensor& encoded) {
  try {
    decode_tensor(encoded);
  } catch (const Error& error) {
    return {error.kind(), error.what()};
  }
  return {ErrorKind::io, "decoded"};
}

TEST_CASE("raw content of a constant is a view into its message") {
  const std::string raw("\x01\x02\x03\x04\x05\x06\x07\x08", 8);
  const EncodedTensor encoded = tensor(3, {2}, [&](Writer& w) { w.add_bytes(4, raw); });
  const DenseTensor dense = decode_tensor(encoded);
  CHECK(dense.dtype == DType::int32);
  CHECK(dense.shape == Shape{2});
  CHECK(dense.data.to_vector<std::int32_t>() == std::vector<std::int32_t>{0x04030201, 0x08070605});
  CHECK(dense.data.data() >= encoded.message.data());
  CHECK(dense.data.data() + 8 <= encoded.message.data() + encoded.message.size());
}

TEST_CASE("a constant repeats its last value up to the end of its shape, and is zero without any") {
  const DenseTensor filled = decode_tensor(tensor(1, {2, 2}, [](Writer& w) {
    w.add_float(5, 1.0F);
    w.add_float(5, 2.5F);
  }));
  CHECK(filled.data.to_vector<float>() == std::vector<float>{1.0F, 2.5F, 2.5F, 2.5F});
  const std::vector<float> packed{1.0F, 2.5F};
  CHECK(decode_tensor(tensor(1, {2, 2}, [&](Writer& w) {
          w.add_packed_float(5, packed.begin(), packed.end());
        })).data == filled.data);
  CHECK(decode_tensor(tensor(9, {3}, [](Writer&) {})).data.to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{0, 0, 0});
  CHECK(decode_tensor(tensor(1, {0, 4}, [](Writer&) {})).data.empty());
}

TEST_CASE("values of narrow types stand in wide fields") {
  const std::vector<std::int32_t> numbers{-1, 7, -128};
  const auto of = [&](std::int32_t type, std::uint32_t field) {
    return decode_tensor(
               tensor(type, {3}, [&](Writer& w) { w.add_packed_int32(field, numbers.begin(), numbers.end()); }))
        .data;
  };
  CHECK(of(6, 7).to_vector<std::int8_t>() == std::vector<std::int8_t>{-1, 7, -128});
  CHECK(of(11, 7) == of(6, 7));
  CHECK(of(5, 7).to_vector<std::int16_t>() == std::vector<std::int16_t>{-1, 7, -128});
  CHECK(of(4, 7).to_vector<std::uint8_t>() == std::vector<std::uint8_t>{255, 7, 128});
  CHECK(of(9, 10).to_vector<std::int64_t>() == std::vector<std::int64_t>{-1, 7, -128});
  CHECK(of(23, 17).to_vector<std::uint64_t>()[1] == 7);
  CHECK(of(10, 11).to_vector<std::uint8_t>() == std::vector<std::uint8_t>{1, 1, 1});
}

TEST_CASE("half and bfloat16 are sixteen bits of an integer") {
  const auto of = [](std::int32_t type, std::uint16_t bits) {
    return decode_tensor(tensor(type, {}, [&](Writer& w) { w.add_int32(13, bits); }));
  };
  const DenseTensor half = of(19, to_half(-1.5F).bits), brain = of(14, to_bfloat16(-1.5F).bits);
  CHECK(half.dtype == DType::float16);
  CHECK(half.data.to_vector<std::uint16_t>() == std::vector<std::uint16_t>{to_half(-1.5F).bits});
  CHECK(brain.dtype == DType::bfloat16);
  CHECK(brain.data.to_vector<std::uint16_t>() == std::vector<std::uint16_t>{to_bfloat16(-1.5F).bits});
}

TEST_CASE("complex values are pairs and the last pair is repeated") {
  const std::vector<double> parts{1, 2, 3, 4};
  CHECK(decode_tensor(tensor(18, {3}, [&](Writer& w) {
          w.add_packed_double(12, parts.begin(), parts.end());
        })).data.to_vector<double>() == std::vector<double>{1, 2, 3, 4, 3, 4});
  const EncodedTensor half_a_pair = tensor(8, {3}, [](Writer& w) { w.add_float(9, 1.0F); });
  CHECK(refusal(half_a_pair).first == ErrorKind::value);
}

TEST_CASE("strings of a constant fill its shape") {
  const DenseTensor dense = decode_tensor(tensor(7, {3}, [](Writer& w) {
    w.add_bytes(8, "a");
    w.add_bytes(8, std::string("b\0c", 3));
  }));
  const std::string_view last("b\0c", 3);
  CHECK(strings_in(dense.data.view()) == std::vector<std::string_view>{"a", last, last});
  CHECK(strings_in(decode_tensor(tensor(7, {}, [](Writer&) {})).data.view()) == std::vector<std::string_view>{""});
}

TEST_CASE("integers of four bits are packed, the first one lowest") {
  const std::vector<std::int32_t> numbers{1, -2, 7};
  const auto packed = decode_tensor(tensor(29, {3}, [&](Writer& w) {
                        w.add_packed_int32(7, numbers.begin(), numbers.end());
                      })).data.to_vector<std::uint8_t>();
  CHECK(packed == std::vector<std::uint8_t>{0xe1, 0x07});
}

TEST_CASE("a constant whose content contradicts its shape or type is refused") {
  const auto with_content = [](std::initializer_list<std::int64_t> dims, std::size_t bytes) {
    return tensor(1, dims, [&](Writer& w) { w.add_bytes(4, std::string(bytes, 'x')); });
  };
  CHECK(refusal(with_content({2}, 8)).second == "decoded");
  CHECK(refusal(with_content({2}, 7)).second.find("holds 7 bytes where its shape asks for 8") != std::string::npos);
  CHECK(refusal(with_content({0}, 4)).first == ErrorKind::value);
  CHECK(refusal(with_content({-1}, 4)).first == ErrorKind::value);
  CHECK(refusal(with_content({-2}, 4)).first == ErrorKind::value);
  const std::int64_t large = std::int64_t{1} << 30;
  CHECK(refusal(with_content({large, large, 4}, 4)).first == ErrorKind::limit);
  CHECK(refusal(with_content({large, 4}, 0)).first == ErrorKind::limit);
  CHECK(refusal(with_content({std::int64_t{1} << 40}, 0)).first == ErrorKind::limit);
  CHECK(refusal(tensor(7, {large}, [](Writer&) {})).first == ErrorKind::limit);
  const EncodedTensor three_of_two = tensor(1, {2}, [](Writer& w) {
    for (int i = 0; i < 3; ++i) w.add_float(5, 1.0F);
  });
  CHECK(refusal(three_of_two).first == ErrorKind::value);
}

TEST_CASE("types without values are refused by name") {
  for (const std::int32_t type : {0, 20, 21, 26, 999}) {
    const auto [kind, text] = refusal(tensor(type, {1}, [](Writer&) {}));
    CHECK(kind == ErrorKind::unsupported);
    CHECK(text.find(type_name({type})) != std::string::npos);
  }
  CHECK(type_name({1}) == "float32");
  CHECK(type_name({21}) == "variant");
  CHECK(type_name({57}) == "type 57");
  CHECK(element_type({11}) == DType::int8);
  CHECK_FALSE(element_type({57}).has_value());
}

TEST_CASE("every damage of a constant is a constant or an error") {
  const std::vector<float> numbers{1, 2, 3};
  const EncodedTensor whole = tensor(1, {3}, [&](Writer& w) { w.add_packed_float(5, numbers.begin(), numbers.end()); });
  std::size_t refused = 0;
  for (std::size_t size = 0; size < whole.message.size(); ++size)
    if (refusal({whole.message.slice(0, size)}).second != "decoded") ++refused;
  for (std::size_t i = 0; i < whole.message.size(); ++i)
    for (int value = 0; value < 256; ++value) {
      std::vector<std::byte> bytes = whole.message.to_vector<std::byte>();
      bytes[i] = static_cast<std::byte>(value);
      if (refusal({Bytes::take(std::move(bytes))}).second != "decoded") ++refused;
    }
  CHECK(refused > 500);
}

}  // namespace
}  // namespace litesmith::formats
