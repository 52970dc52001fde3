#pragma once

/// Before a loop with a constant trip count: unroll it entirely, so that its arrays live in registers.
#if defined(__clang__)
#define LITESMITH_UNROLL _Pragma("unroll")
#else
#define LITESMITH_UNROLL _Pragma("GCC unroll 64")
#endif
