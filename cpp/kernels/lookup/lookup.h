#pragma once

#include <cstdint>

#include "simd/cpu.h"

namespace litesmith::kernels {

/// y[i] = table[x[i]] for i < n; the table has 256 entries, x and y may be the same array.
using ByteLookup = void (*)(const std::uint8_t* table, const std::uint8_t* x, std::uint8_t* y, std::int64_t n) noexcept;

namespace lookup_scalar {
void bytes(const std::uint8_t* table, const std::uint8_t* x, std::uint8_t* y, std::int64_t n) noexcept;
}
namespace lookup_avx2 {
void bytes(const std::uint8_t* table, const std::uint8_t* x, std::uint8_t* y, std::int64_t n) noexcept;
}
namespace lookup_avx512 {
void bytes(const std::uint8_t* table, const std::uint8_t* x, std::uint8_t* y, std::int64_t n) noexcept;
}

/// The fastest one not above `isa` that this CPU can run.
ByteLookup byte_lookup(simd::Isa isa) noexcept;

}  // namespace litesmith::kernels
