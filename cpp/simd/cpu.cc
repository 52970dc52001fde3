#include "simd/cpu.h"

#include <array>
#include <cstdint>
#include <cstdlib>

#include "base/error.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace litesmith::simd {
namespace {

constexpr std::array<std::string_view, 7> kNames = {"scalar", "avx2", "avxvnni", "avx512", "avx512vnni", "amx", "neon"};
constexpr std::array<Isa, 7> kIsas = {Isa::scalar,     Isa::avx2, Isa::avxvnni, Isa::avx512,
                                      Isa::avx512vnni, Isa::amx,  Isa::neon};

struct Features {
  std::array<bool, kIsas.size()> has{};
  CacheSizes caches{32 * 1024, 512 * 1024, 8 * 1024 * 1024};
};

#if defined(__x86_64__)

struct Leaf {
  unsigned a = 0, b = 0, c = 0, d = 0;
};

Leaf cpuid(unsigned leaf, unsigned subleaf = 0) {
  Leaf r;
  const unsigned highest = __get_cpuid_max(leaf & 0x80000000U, nullptr);
  if (highest >= leaf) __cpuid_count(leaf, subleaf, r.a, r.b, r.c, r.d);
  return r;
}

std::uint64_t enabled_state() {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (std::uint64_t{high} << 32) | low;
}

constexpr bool bit(std::uint64_t word, unsigned index) { return ((word >> index) & 1U) != 0; }

void detect_isas(Features& f) {
  constexpr std::uint64_t kYmm = 0x6, kZmm = 0xE6, kTiles = 0x60000;
  const Leaf one = cpuid(1);
  if (!bit(one.c, 27)) return;
  const std::uint64_t state = enabled_state();
  const Leaf seven = cpuid(7);
  const Leaf seven_one = seven.a >= 1 ? cpuid(7, 1) : Leaf{};
  const bool avx = (state & kYmm) == kYmm && bit(one.c, 28);
  const bool avx2 = avx && bit(seven.b, 5) && bit(one.c, 12) && bit(one.c, 29);
  const bool avx512 =
      avx2 && (state & kZmm) == kZmm && bit(seven.b, 16) && bit(seven.b, 17) && bit(seven.b, 30) && bit(seven.b, 31);
  const auto set = [&f](Isa isa, bool value) { f.has[static_cast<std::size_t>(isa)] = value; };
  set(Isa::avx2, avx2);
  set(Isa::avxvnni, avx2 && bit(seven_one.a, 4));
  set(Isa::avx512, avx512);
  set(Isa::avx512vnni, avx512 && bit(seven.c, 11));
  set(Isa::amx, avx512 && (state & kTiles) == kTiles && bit(seven.d, 24) && bit(seven.d, 25));
}

void detect_caches(Features& f) {
  const Leaf vendor = cpuid(0);
  const bool amd = vendor.b == 0x68747541U || vendor.b == 0x6F677948U;
  for (unsigned i = 0; i < 16; ++i) {
    const Leaf r = cpuid(amd ? 0x8000001DU : 4U, i);
    const unsigned type = r.a & 31U;
    if (type == 0) break;
    if (type == 2) continue;
    const std::size_t size =
        std::size_t{(r.b >> 22) + 1} * (((r.b >> 12) & 0x3FFU) + 1) * ((r.b & 0xFFFU) + 1) * (std::size_t{r.c} + 1);
    const unsigned level = (r.a >> 5) & 7U;
    if (level == 1) f.caches.l1 = size;
    if (level == 2) f.caches.l2 = size;
    if (level == 3) f.caches.l3 = size;
  }
}

#else

void detect_isas(Features& f) {
#if defined(__aarch64__)
  f.has[static_cast<std::size_t>(Isa::neon)] = true;
#else
  static_cast<void>(f);
#endif
}

void detect_caches(Features&) {}

#endif

const Features& features() noexcept {
  static const Features detected = [] {
    Features f;
    f.has[static_cast<std::size_t>(Isa::scalar)] = true;
    detect_isas(f);
    detect_caches(f);
    return f;
  }();
  return detected;
}

std::string join_names(bool only_supported) {
  std::string text;
  for (const Isa isa : kIsas) {
    if (only_supported && !supported(isa)) continue;
    if (!text.empty()) text += ", ";
    text += isa_name(isa);
  }
  return text;
}

}  // namespace

std::string_view isa_name(Isa isa) noexcept { return kNames[static_cast<std::size_t>(isa)]; }

bool supported(Isa isa) noexcept { return features().has[static_cast<std::size_t>(isa)]; }

Isa best_isa() noexcept {
  Isa best = Isa::scalar;
  for (const Isa isa : kIsas) {
    if (supported(isa)) best = isa;
  }
  return best;
}

std::string supported_isa_names() { return join_names(true); }

Isa choose_isa(const char* request) {
  const std::string_view name = request == nullptr ? std::string_view{} : std::string_view{request};
  if (name.empty()) return best_isa();
  for (const Isa isa : kIsas) {
    if (isa_name(isa) != name) continue;
    if (supported(isa)) return isa;
    fail(ErrorKind::unsupported, "LITESMITH_ISA is '", name, "' but this CPU has only: ", supported_isa_names(),
         "; set it to one of these or unset it");
  }
  fail(ErrorKind::value, "LITESMITH_ISA is '", name, "', which is no instruction set that litesmith knows (",
       join_names(false), "); this CPU has: ", supported_isa_names(), "; set it to one of these or unset it");
}

Isa active_isa() { return choose_isa(std::getenv("LITESMITH_ISA")); }

bool usable(Isa kernel, Isa chosen) noexcept { return kernel <= chosen && supported(kernel); }

CacheSizes cache_sizes() noexcept { return features().caches; }

}  // namespace litesmith::simd
