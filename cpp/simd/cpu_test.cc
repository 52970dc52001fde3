#include "simd/cpu.h"

#include <doctest/doctest.h>

#include <string>

#include "base/error.h"

namespace litesmith::simd {
namespace {

constexpr Isa kAll[] = {Isa::scalar, Isa::avx2, Isa::avxvnni, Isa::avx512, Isa::avx512vnni, Isa::amx, Isa::neon};

std::string refusal(const char* request) {
  try {
    static_cast<void>(choose_isa(request));
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

TEST_CASE("scalar is always supported and the best instruction set is a supported one") {
  CHECK(supported(Isa::scalar));
  CHECK(supported(best_isa()));
  for (const Isa isa : kAll) CHECK((!supported(isa) || isa <= best_isa()));
}

TEST_CASE("avx512vnni implies avx512 and avx512 implies avx2") {
  CHECK((!supported(Isa::avx512vnni) || supported(Isa::avx512)));
  CHECK((!supported(Isa::avx512) || supported(Isa::avx2)));
}

TEST_CASE("no request or an empty one selects the best instruction set") {
  CHECK(choose_isa(nullptr) == best_isa());
  CHECK(choose_isa("") == best_isa());
}

TEST_CASE("a request selects the supported instruction set of that name and refuses a missing one") {
  for (const Isa isa : kAll) {
    const std::string name(isa_name(isa));
    const std::string quoted = concat("'", name, "'");
    CAPTURE(name);
    if (supported(isa)) {
      CHECK(choose_isa(name.c_str()) == isa);
      CHECK(refusal(name.c_str()).empty());
    } else {
      const std::string text = refusal(name.c_str());
      CHECK(text.find(quoted) != std::string::npos);
      CHECK(text.find(supported_isa_names()) != std::string::npos);
      CHECK(text.find("unset") != std::string::npos);
    }
  }
}

TEST_CASE("an unknown name is refused with the value and the names that this CPU has") {
  const std::string text = refusal("avx1024");
  CHECK(text.find("'avx1024'") != std::string::npos);
  CHECK(text.find(supported_isa_names()) != std::string::npos);
}

TEST_CASE("a kernel is usable when its instruction set is supported and not above the chosen one") {
  for (const Isa kernel : kAll) {
    for (const Isa chosen : kAll) CHECK(usable(kernel, chosen) == (kernel <= chosen && supported(kernel)));
  }
  CHECK(usable(Isa::scalar, best_isa()));
  CHECK(usable(best_isa(), Isa::scalar) == (best_isa() == Isa::scalar));
}

TEST_CASE("cache sizes grow with the level") {
  const CacheSizes sizes = cache_sizes();
  CHECK(sizes.l1 >= 8 * 1024);
  CHECK(sizes.l2 >= sizes.l1);
  CHECK(sizes.l3 >= sizes.l2 / 2);
}

}  // namespace
}  // namespace litesmith::simd
