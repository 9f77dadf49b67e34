/* The machine's peak with 128-bit multiplies and adds, unfused: what plain WebAssembly SIMD could reach at best.
   Prints GFLOP/s, the best of some runs. */
#include <stdio.h>
#include <time.h>

typedef float v4 __attribute__((vector_size(16)));

enum { chains = 12, steps = 2000000 };   /* chains: enough to hide the latency, few enough to stay in 16 registers */

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

int main(void) {
  volatile float source = 0.999f;
  const v4 factor = {source, source, source, source}, term = {1 - source, 1 - source, 1 - source, 1 - source};
  volatile float sink;
  double best = 0;
  for (int run = 0; run < 20; ++run) {
    v4 a0 = term, a1 = a0 + term, a2 = a1 + term, a3 = a2 + term, a4 = a3 + term, a5 = a4 + term;
    v4 a6 = a5 + term, a7 = a6 + term, a8 = a7 + term, a9 = a8 + term, a10 = a9 + term, a11 = a10 + term;
    const double start = seconds();
    for (int step = 0; step < steps; ++step) {
      a0 = a0 * factor + term, a1 = a1 * factor + term, a2 = a2 * factor + term, a3 = a3 * factor + term;
      a4 = a4 * factor + term, a5 = a5 * factor + term, a6 = a6 * factor + term, a7 = a7 * factor + term;
      a8 = a8 * factor + term, a9 = a9 * factor + term, a10 = a10 * factor + term, a11 = a11 * factor + term;
    }
    const double rate = 1e-9 * 8 * chains * steps / (seconds() - start);
    if (rate > best) best = rate;
    const v4 sum = a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + a10 + a11;
    sink = sum[0] + sum[1] + sum[2] + sum[3];
  }
  (void)sink;
  printf("%.2f\n", best);
  return 0;
}
