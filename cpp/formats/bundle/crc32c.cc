#include "formats/bundle/crc32c.h"

#include <array>
#include <bit>
#include <cstring>

namespace litesmith::formats {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78;
constexpr std::size_t kSlices = 8;

using Tables = std::array<std::array<std::uint32_t, 256>, kSlices>;

/// [k][b]: the CRC of byte b followed by k zero bytes.
constexpr Tables make_tables() {
  Tables tables = {};
  for (std::uint32_t b = 0; b < 256; ++b) {
    std::uint32_t crc = b;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][b] = crc;
  }
  for (std::size_t k = 1; k < kSlices; ++k)
    for (std::size_t b = 0; b < 256; ++b) tables[k][b] = (tables[k - 1][b] >> 8) ^ tables[0][tables[k - 1][b] & 0xFF];
  return tables;
}

constexpr Tables kTables = make_tables();

std::uint32_t append_byte(std::uint32_t crc, std::byte value) {
  return (crc >> 8) ^ kTables[0][(crc ^ std::to_integer<std::uint32_t>(value)) & 0xFF];
}

}  // namespace

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before) noexcept {
  std::uint32_t crc = ~before;
  std::size_t i = 0;
  if constexpr (std::endian::native == std::endian::little) {
    for (; i + kSlices <= bytes.size(); i += kSlices) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + i, kSlices);
      word ^= crc;
      crc = 0;
      for (std::size_t k = 0; k < kSlices; ++k) crc ^= kTables[kSlices - 1 - k][(word >> (8 * k)) & 0xFF];
    }
  }
  for (; i < bytes.size(); ++i) crc = append_byte(crc, bytes[i]);
  return ~crc;
}

}  // namespace litesmith::formats
