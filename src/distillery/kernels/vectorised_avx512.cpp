// The fast kernels for x86 with AVX-512. Only what follows the pragma is compiled for it: were headers too, the linker
// could choose their inline functions for machines without it.
#ifdef __x86_64__

#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "distillery/kernels/kernels.hpp"

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512vl")
#endif

#define DISTILLERY_BUILD avx512
#define DISTILLERY_NAME "AVX-512"
#define DISTILLERY_LANES 16
#define DISTILLERY_TILE 128
#include "distillery/kernels/vectorised.hpp"

#ifdef __clang__
#pragma clang attribute pop
#endif

#endif
