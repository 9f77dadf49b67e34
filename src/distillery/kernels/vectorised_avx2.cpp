// The fast kernels for x86 with AVX2. Only what follows the pragma is compiled for it: were headers too, the linker
// could choose their inline functions for machines without it.
#ifdef __x86_64__

#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "distillery/kernels/kernels.hpp"

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC target("avx2")
#endif

#define DISTILLERY_BUILD avx2
#define DISTILLERY_NAME "AVX2"
#define DISTILLERY_LANES 8
#define DISTILLERY_TILE 64
#include "distillery/kernels/vectorised.hpp"

#ifdef __clang__
#pragma clang attribute pop
#endif

#endif
