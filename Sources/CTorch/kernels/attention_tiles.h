// The parts of attention on one tile of scores: products, and softmax forward and backward.
#pragma once

#include "kernels.h"

#include <dlfcn.h>

namespace {

/// The products of the library that libtorch brings.
struct Products {
  void (*product)(const char *, const char *, const int *m, const int *n, const int *k, const float *alpha, const float *a, const int *, const float *b, const int *, const float *beta, float *c, const int *);
  int (*set_threads)(int);

  Products() : product(reinterpret_cast<decltype(product)>(dlsym(RTLD_DEFAULT, "sgemm_"))), set_threads(reinterpret_cast<decltype(set_threads)>(dlsym(RTLD_DEFAULT, "MKL_Set_Num_Threads_Local"))) {}
};

const Products &products() {
  static const Products found;
  return found;
}

/// While it lives, products of this thread use one thread.
struct OneThreadProducts {
  OneThreadProducts() : before(products().set_threads ? products().set_threads(1) : 0) {}
  ~OneThreadProducts() {
    if (products().set_threads) products().set_threads(before);
  }

private:
  int before;
};

/// A matrix in rows.
template <class Element> struct Rows {
  Element *data;
  int64_t stride;
  Element *operator[](int64_t row) const { return data + row * stride; }
};
using Matrix = Rows<const float>;

enum class Transposed { none, left, right };

/// c[m, n] (+)= a[m, k] · b[k, n]; column by column, as the library counts, cᵀ = bᵀ aᵀ.
void multiply(Matrix a, Matrix b, Rows<float> c, int64_t m, int64_t n, int64_t k, Transposed side, bool adding) {
  const int rows = static_cast<int>(m), columns = static_cast<int>(n), inner = static_cast<int>(k);
  const int lda = static_cast<int>(a.stride), ldb = static_cast<int>(b.stride), ldc = static_cast<int>(c.stride);
  const float one = 1, beta = adding ? 1 : 0;
  products().product(side == Transposed::right ? "T" : "N", side == Transposed::left ? "T" : "N", &columns, &rows, &inner, &one, b.data, &ldb, a.data, &lda, &beta, c.data, &ldc);
}

/// Which keys of a tile each row may look at: rows of one query come together.
struct Reach {
  int64_t position, window, ratio, from, count;
  CT_INLINE int64_t begin(int64_t row) const { return window == 0 ? 0 : std::clamp<int64_t>(position + row / ratio - window + 1 - from, 0, count); }
  CT_INLINE int64_t end(int64_t row) const { return std::clamp<int64_t>(position + row / ratio + 1 - from, 0, count); }
};

/// Scores → e^(score − maximum) in place, 0 beyond a row's reach; maxima and sums go on, and the
/// results so far `[rows, width]` follow the new maximum.
CT_VECTORISED void continue_softmax(float *scores, Reach reach, int64_t rows, float cap, float *maxima, float *sums, float *results, int64_t width) {
  CT_REASSOCIATE
  for (int64_t row = 0; row < rows; row++) {
    float *const values = scores + row * reach.count;
    const int64_t begin = reach.begin(row), end = reach.end(row);
    if (cap > 0)
      for (int64_t i = begin; i < end; i++) values[i] = cap * ct::hyperbolic_tangent(values[i] / cap);
    const float before = maxima[row], now = ct::largest(values + begin, end - begin, before);
    float sum = 0;
    for (int64_t i = begin; i < end; i++) {
      values[i] = ct::exponential(values[i] - now);
      sum += values[i];
    }
    std::fill(values, values + begin, 0.0f);
    std::fill(values + end, values + reach.count, 0.0f);
    if (now > before) {
      const float factor = ct::exponential(before - now);
      sums[row] *= factor;
      for (int64_t i = 0; i < width; i++) results[row * width + i] *= factor;
      maxima[row] = now;
    }
    sums[row] += sum;
  }
}

/// Scores → P, and dP → dS = P (dP − delta) · d(cap)/d(score), in place; 0 beyond a row's reach.
CT_VECTORISED void differentiate_softmax(float *scores, float *gradients, Reach reach, int64_t rows, float cap, const float *log_sums, const float *deltas) {
  for (int64_t row = 0; row < rows; row++) {
    float *const values = scores + row * reach.count, *const along = gradients + row * reach.count;
    const int64_t begin = reach.begin(row), end = reach.end(row);
    const float log_sum = log_sums[row], delta = deltas[row];
    if (cap > 0) {
      for (int64_t i = begin; i < end; i++) {
        const float t = ct::hyperbolic_tangent(values[i] / cap);
        values[i] = ct::exponential(cap * t - log_sum);
        along[i] = values[i] * (along[i] - delta) * (1 - t * t);
      }
    } else {
      for (int64_t i = begin; i < end; i++) {
        values[i] = ct::exponential(values[i] - log_sum);
        along[i] = values[i] * (along[i] - delta);
      }
    }
    for (float *const cleared : {values, along}) {
      std::fill(cleared, cleared + begin, 0.0f);
      std::fill(cleared + end, cleared + reach.count, 0.0f);
    }
  }
}

/// Copies a tile's rows of `[T, H, D]`, times a factor: rows of one query come together.
CT_VECTORISED void copy_tile(Matrix source, float *tile, int64_t queries, int64_t count, float factor) {
  for (int64_t query = 0; query < queries; query++)
    for (int64_t i = 0; i < count; i++) tile[query * count + i] = source[query][i] * factor;
}

CT_VECTORISED void row_products(const float *a, Matrix b, int64_t queries, int64_t ratio, int64_t width, float *results) {
  CT_REASSOCIATE
  for (int64_t row = 0; row < queries * ratio; row++) {
    float sum = 0;
    for (int64_t i = 0; i < width; i++) sum += a[row * width + i] * b[row / ratio][row % ratio * width + i];
    results[row] = sum;
  }
}

} // namespace
