#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace litesmith::simd {

/// Instruction sets that kernels are written for, in ascending order of capability on x86.
/// avx2 means AVX2 + FMA + F16C; avxvnni adds VEX-coded VNNI; avx512 means F, BW, VL and DQ on top of avx2;
/// avx512vnni adds EVEX-coded VNNI; amx adds AMX-TILE and AMX-INT8.
enum class Isa { scalar, avx2, avxvnni, avx512, avx512vnni, amx, neon };

/// The lower-case name: "scalar", "avx2", ...; also the value that LITESMITH_ISA takes.
std::string_view isa_name(Isa isa) noexcept;

/// Whether this CPU and its operating system can run `isa`. scalar always can.
bool supported(Isa isa) noexcept;

/// The most capable ISA that is supported.
Isa best_isa() noexcept;

/// Names of all supported ISAs, ascending, separated by ", ".
std::string supported_isa_names();

/// The ISA that `request` (the value of LITESMITH_ISA) selects; best_isa() when it is null or empty.
/// Throws Error (value) for an unknown name and Error (unsupported) for an ISA that this CPU lacks.
Isa choose_isa(const char* request);

/// choose_isa() of the environment variable LITESMITH_ISA as it is now.
Isa active_isa();

/// Whether a kernel written for `kernel` may run when `chosen` was selected: not above it, and supported.
bool usable(Isa kernel, Isa chosen) noexcept;

/// Data cache sizes of one core in bytes, by cpuid; typical values where the CPU does not tell.
struct CacheSizes {
  std::size_t l1;
  std::size_t l2;
  std::size_t l3;
};
CacheSizes cache_sizes() noexcept;

}  // namespace litesmith::simd
