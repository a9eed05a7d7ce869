// The tiles for processors with AVX-512 and AVX2, chosen when the program starts.
#include "product.h"

namespace {

#if defined(__x86_64__)

typedef float Vector64 __attribute__((vector_size(64)));
typedef float Vector32 __attribute__((vector_size(32)));

template <class V> CT_INLINE void load(V &to, const float *from) { __builtin_memcpy(&to, from, sizeof to); }
template <class V> CT_INLINE void store(float *to, const V &from) { __builtin_memcpy(to, &from, sizeof from); }

template <int Rows, int Vectors, class V> CT_INLINE void tile(const ct::Tile &t) {
  constexpr int64_t lanes = sizeof(V) / sizeof(float);
  V sums[Rows][Vectors];
#pragma unroll
  for (int i = 0; i < Rows; i++)
#pragma unroll
    for (int j = 0; j < Vectors; j++) {
      sums[i][j] = V{};
      if (t.adds) load(sums[i][j], t.y + i * t.y_stride + j * lanes);
    }
  for (int64_t k = 0; k < t.depth; k++) {
    V line[Vectors];
#pragma unroll
    for (int j = 0; j < Vectors; j++) load(line[j], t.w + k * t.w_stride + j * lanes);
#pragma unroll
    for (int i = 0; i < Rows; i++) {
      const V number = t.x[i * t.x_stride + k] - V{};
#pragma unroll
      for (int j = 0; j < Vectors; j++) sums[i][j] += number * line[j];
    }
  }
#pragma unroll
  for (int i = 0; i < Rows; i++)
#pragma unroll
    for (int j = 0; j < Vectors; j++) store(t.y + i * t.y_stride + j * lanes, sums[i][j]);
}

template <class V> CT_INLINE float total(const V &sums) {
  constexpr int lanes = sizeof(V) / sizeof(float);
  float halves[lanes];
  __builtin_memcpy(halves, &sums, sizeof halves);
#pragma unroll
  for (int width = lanes / 2; width > 0; width /= 2)
#pragma unroll
    for (int i = 0; i < width; i++) halves[i] += halves[i + width];
  return halves[0];
}

template <int Rows, int Columns, class V> CT_INLINE void dots(const ct::Tile &t) {
  constexpr int64_t lanes = sizeof(V) / sizeof(float);
  V sums[Rows][Columns] = {};
  const int64_t whole = t.depth - t.depth % lanes;
  for (int64_t k = 0; k < whole; k += lanes) {
    V lines[Columns];
#pragma unroll
    for (int j = 0; j < Columns; j++) {
      load(lines[j], t.w + j * t.w_stride + k);
      // The lines that come some columns later, in the order of memory, which the processor's own
      // prefetching follows: without them a thread reads at half the speed.
      __builtin_prefetch(t.w + 8 * Columns * t.w_stride + Columns * k + j * lanes, 0, 2);
    }
#pragma unroll
    for (int i = 0; i < Rows; i++) {
      V row;
      load(row, t.x + i * t.x_stride + k);
#pragma unroll
      for (int j = 0; j < Columns; j++) sums[i][j] += row * lines[j];
    }
  }
#pragma unroll
  for (int i = 0; i < Rows; i++)
#pragma unroll
    for (int j = 0; j < Columns; j++) {
      float sum = total(sums[i][j]);
      for (int64_t k = whole; k < t.depth; k++) sum += t.x[i * t.x_stride + k] * t.w[j * t.w_stride + k];
      t.y[i * t.y_stride + j] = sum;
    }
}

#define CT_V4 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))
#define CT_V3 __attribute__((target("avx2,fma")))

template <int Vectors> CT_V4 void tile_v4(const ct::Tile &t, int64_t rows) {
  switch (rows) {
  case 1: return tile<1, Vectors, Vector64>(t);
  case 2: return tile<2, Vectors, Vector64>(t);
  case 3: return tile<3, Vectors, Vector64>(t);
  case 4: return tile<4, Vectors, Vector64>(t);
  case 5: return tile<5, Vectors, Vector64>(t);
  case 6: return tile<6, Vectors, Vector64>(t);
  case 7: return tile<7, Vectors, Vector64>(t);
  case 8: return tile<8, Vectors, Vector64>(t);
  case 9: return tile<9, Vectors, Vector64>(t);
  case 10: return tile<10, Vectors, Vector64>(t);
  case 11: return tile<11, Vectors, Vector64>(t);
  default: return tile<12, Vectors, Vector64>(t);
  }
}

template <int Columns> CT_V4 void dots_v4(const ct::Tile &t, int64_t rows) {
  switch (rows) {
  case 1: return dots<1, Columns, Vector64>(t);
  case 2: return dots<2, Columns, Vector64>(t);
  case 3: return dots<3, Columns, Vector64>(t);
  case 4: return dots<4, Columns, Vector64>(t);
  case 5: return dots<5, Columns, Vector64>(t);
  case 6: return dots<6, Columns, Vector64>(t);
  case 7: return dots<7, Columns, Vector64>(t);
  default: return dots<8, Columns, Vector64>(t);
  }
}

template <int Vectors> CT_V3 void tile_v3(const ct::Tile &t, int64_t rows) {
  switch (rows) {
  case 1: return tile<1, Vectors, Vector32>(t);
  case 2: return tile<2, Vectors, Vector32>(t);
  case 3: return tile<3, Vectors, Vector32>(t);
  case 4: return tile<4, Vectors, Vector32>(t);
  case 5: return tile<5, Vectors, Vector32>(t);
  default: return tile<6, Vectors, Vector32>(t);
  }
}

template <int Columns> CT_V3 void dots_v3(const ct::Tile &t, int64_t rows) {
  switch (rows) {
  case 1: return dots<1, Columns, Vector32>(t);
  case 2: return dots<2, Columns, Vector32>(t);
  default: return dots<3, Columns, Vector32>(t);
  }
}

template <void (*One)(const ct::Tile &, int64_t), void (*Two)(const ct::Tile &, int64_t), void (*Three)(const ct::Tile &, int64_t)>
void by_columns(const ct::Tile &t, int64_t rows, int64_t columns) {
  return (columns == 1 ? One : columns == 2 ? Two : Three)(t, rows);
}

#endif

} // namespace

const ct::TileKernel *ct::tile_kernel() {
#if defined(__x86_64__)
  static const TileKernel v4{32, 12, tile_v4<2>, tile_v4<1>, by_columns<dots_v4<1>, dots_v4<2>, dots_v4<3>>, 8};
  static const TileKernel v3{16, 6, tile_v3<2>, tile_v3<1>, by_columns<dots_v3<1>, dots_v3<2>, dots_v3<3>>, 3};
  if (__builtin_cpu_supports("x86-64-v4")) return &v4;
  if (__builtin_cpu_supports("x86-64-v3")) return &v3;
#endif
  return nullptr;
}
