// What the fused kernels of the CPU share: the machine's vectors, and libtorch's own threads.
//
// A kernel takes float32 on the CPU; the caller computes the plain formula elsewhere. What it
// computes for a row does not depend on the other rows, nor on the number of threads.
#pragma once

#include "../guard.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <exception>

/// Compiled for several machines, and chosen when the program starts: SwiftPM gives no flags for
/// the target. What such a function calls must be inlined: `CT_INLINE`.
#if defined(__x86_64__) && defined(__linux__)
#define CT_VECTORISED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CT_VECTORISED
#endif
#define CT_INLINE __attribute__((always_inline)) inline

/// Lets the compiler add up a loop's numbers in the order of its vectors; first in a function.
#define CT_REASSOCIATE _Pragma("clang fp reassociate(on) contract(fast)")

namespace ct {

/// Whether all of these are what kernels take: float32 on the CPU.
template <class... Tensors> bool fits_kernels(const Tensors &...tensors) {
  return ((tensors.device().is_cpu() && tensors.scalar_type() == at::kFloat) && ...);
}

/// Calls `job` for 0..<count on libtorch's own pool; `job` must not throw.
void run_in_pool(int64_t count, void (*job)(void *context, int64_t index), void *context);

/// The threads that an operation called from here may use.
int64_t available_threads();

/// Calls `body(begin, end)` for consecutive parts of 0..<count, of at least `grain` each. What one of
/// them throws is thrown here: an exception that leaves a thread of the pool ends the program.
template <class Body> void parallel(int64_t count, int64_t grain, const Body &body) {
  const int64_t most = std::max<int64_t>(1, count / std::max<int64_t>(1, grain));
  const int64_t parts = std::min(available_threads(), most);
  if (parts <= 1) {
    if (count > 0) body(int64_t(0), count);
    return;
  }
  std::atomic_flag has_failed = ATOMIC_FLAG_INIT;
  std::exception_ptr failure;
  const auto part = [&](int64_t index) {
    try {
      body(count * index / parts, count * (index + 1) / parts);
    } catch (...) {
      if (!has_failed.test_and_set()) failure = std::current_exception();
    }
  };
  run_in_pool(parts, [](void *context, int64_t index) { (*static_cast<decltype(part) *>(context))(index); }, const_cast<void *>(static_cast<const void *>(&part)));
  if (failure) std::rethrow_exception(failure);
}

/// e^x within 2 units in the last place for x ≤ 88; 0 below −87. Loops over it become vectors.
CT_INLINE float exponential(float x) {
  // x = n ln 2 + r, |r| ≤ ln 2 / 2; ln 2 in two parts (Cody & Waite), a polynomial for e^r.
  const float clamped = x < -87.33654f ? -87.33654f : (x > 88.37626f ? 88.37626f : x);
  const float shifted = clamped * 1.44269504f + 12582912.0f; // rounds to the nearest n
  const float n = shifted - 12582912.0f;
  const float r = (clamped - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  const int32_t exponent = (static_cast<int32_t>(n) + 127) << 23;
  float scale;
  __builtin_memcpy(&scale, &exponent, sizeof scale);
  return x < -87.33654f ? 0.0f : p * scale;
}

/// tanh x within 2 units in the last place: a polynomial near 0, where the exponentials' difference
/// is not exact (Moshier's Cephes).
CT_INLINE float hyperbolic_tangent(float x) {
  const float size = std::fabs(x), s = x * x;
  float p = -5.70498872745e-3f;
  p = p * s + 2.06390887954e-2f;
  p = p * s - 5.37397155531e-2f;
  p = p * s + 1.33314422036e-1f;
  p = p * s - 3.33332819422e-1f;
  const float far = 1 - 2 / (exponential(2 * size) + 1);
  return size < 0.625f ? p * s * x + x : std::copysign(far, x);
}

/// The largest of some numbers and `start`. By hand in lanes: a maximum is not a sum, which the
/// compiler may reorder.
CT_INLINE float largest(const float *values, int64_t count, float start) {
  constexpr int64_t lanes = 32;
  float best[lanes];
  for (int64_t lane = 0; lane < lanes; lane++) best[lane] = start;
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (int64_t lane = 0; lane < lanes; lane++) best[lane] = values[i + lane] > best[lane] ? values[i + lane] : best[lane];
  for (; i < count; i++) best[0] = values[i] > best[0] ? values[i] : best[0];
  for (int64_t half = lanes / 2; half > 0; half /= 2)
    for (int64_t lane = 0; lane < half; lane++) best[lane] = best[lane + half] > best[lane] ? best[lane + half] : best[lane];
  return best[0];
}

} // namespace ct
