// MKL, libtorch's library for products, has only kernels for AVX2 on AMD's processors, and reaches
// four fifths of what these can do in the products of a training pass.
//
// As in BLIS (Van Zee & van de Geijn 2015, figure 1): some columns of b are packed into panels, some
// rows of a beside each other, both small enough for the caches, and a tile of 12 rows by 32 columns,
// whose sums stay in registers, goes over them.
#include "matrix_product.h"

#include <cstdlib>
#include <memory>

namespace {

#if defined(__x86_64__)

typedef float Vector __attribute__((vector_size(64)));
#define CT_V4 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))

constexpr int64_t lanes = 16, tile_rows = 12, tile_columns = 2 * lanes;
/// Of a block: what of a is packed at once stays in the second cache, what of b in the third.
constexpr int64_t block_rows = 16 * tile_rows, block_columns = 32 * tile_columns, block_depth = 256;
/// Rows of a block do not begin at places that share a set of the first cache.
constexpr int64_t packed_stride = block_depth + lanes;

CT_INLINE void load(Vector &to, const float *from) { __builtin_memcpy(&to, from, sizeof to); }
CT_INLINE void store(float *to, const Vector &from) { __builtin_memcpy(to, &from, sizeof from); }

/// A matrix whose element (i, j) is at `data[i · row + j · column]`; one of these is 1.
struct Operand {
  const float *data;
  int64_t row, column;
  CT_INLINE const float *at(int64_t i, int64_t j) const { return data + i * row + j * column; }
  Operand from(int64_t i, int64_t j) const { return {at(i, j), row, column}; }
};

struct Product {
  Operand a, b;
  float *c;
  int64_t c_row, depth;
  bool adds;
};

/// c (+)= a · b of some rows and 32 columns; element (i, k) of a is at `a[i · row + k · step]`.
template <int Rows> CT_INLINE void tile(int64_t depth, const float *a, int64_t row, int64_t step, const float *panel, float *c, int64_t c_row, bool adds) {
  Vector sums[Rows][2] = {};
  // What is written, or added to, has long left the cache.
#pragma unroll
  for (int i = 0; i < Rows; i++) {
    __builtin_prefetch(c + i * c_row, 1);
    __builtin_prefetch(c + i * c_row + lanes, 1);
  }
  for (int64_t k = 0; k < depth; k++) {
    Vector line[2];
    load(line[0], panel + k * tile_columns);
    load(line[1], panel + k * tile_columns + lanes);
#pragma unroll
    for (int i = 0; i < Rows; i++) {
      const Vector number = a[i * row + k * step] - Vector{};
      sums[i][0] += number * line[0];
      sums[i][1] += number * line[1];
    }
  }
#pragma unroll
  for (int i = 0; i < Rows; i++)
#pragma unroll
    for (int j = 0; j < 2; j++) {
      float *const to = c + i * c_row + j * lanes;
      Vector before = {};
      if (adds) load(before, to);
      store(to, before + sums[i][j]);
    }
}

/// Rows that lie one after the other, or, for a matrix that is transposed, side by side.
template <int Rows> CT_INLINE void tile_of(bool transposed, int64_t depth, const float *a, const float *panel, float *c, int64_t c_row, bool adds) {
  if (transposed) return tile<Rows>(depth, a, 1, tile_rows, panel, c, c_row, adds);
  tile<Rows>(depth, a, packed_stride, 1, panel, c, c_row, adds);
}

CT_V4 void some_rows(int64_t rows, bool transposed, int64_t depth, const float *a, const float *panel, float *c, int64_t c_row, bool adds) {
  switch (rows) {
  case 1: return tile_of<1>(transposed, depth, a, panel, c, c_row, adds);
  case 2: return tile_of<2>(transposed, depth, a, panel, c, c_row, adds);
  case 3: return tile_of<3>(transposed, depth, a, panel, c, c_row, adds);
  case 4: return tile_of<4>(transposed, depth, a, panel, c, c_row, adds);
  case 5: return tile_of<5>(transposed, depth, a, panel, c, c_row, adds);
  case 6: return tile_of<6>(transposed, depth, a, panel, c, c_row, adds);
  case 7: return tile_of<7>(transposed, depth, a, panel, c, c_row, adds);
  case 8: return tile_of<8>(transposed, depth, a, panel, c, c_row, adds);
  case 9: return tile_of<9>(transposed, depth, a, panel, c, c_row, adds);
  case 10: return tile_of<10>(transposed, depth, a, panel, c, c_row, adds);
  case 11: return tile_of<11>(transposed, depth, a, panel, c, c_row, adds);
  default: return tile_of<12>(transposed, depth, a, panel, c, c_row, adds);
  }
}

/// 16 by 16 numbers, rows to columns: each round interleaves the first eight rows with the last
/// eight, which turns the eight bits of (row, column) by one; after four they have changed places.
CT_INLINE void transpose(const float *from, int64_t row, float *to) {
  Vector rows[lanes], mixed[lanes];
#pragma unroll
  for (int i = 0; i < lanes; i++) load(rows[i], from + i * row);
#pragma unroll
  for (int round = 0; round < 4; round++) {
#pragma unroll
    for (int i = 0; i < lanes / 2; i++) {
      mixed[2 * i] = __builtin_shufflevector(rows[i], rows[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      mixed[2 * i + 1] = __builtin_shufflevector(rows[i], rows[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
#pragma unroll
    for (int i = 0; i < lanes; i++) rows[i] = mixed[i];
  }
#pragma unroll
  for (int i = 0; i < lanes; i++) store(to + i * tile_columns, rows[i]);
}

/// The columns in panels of 32, the last one filled up with zeros: line k of a panel is row k of b.
CT_V4 void pack_columns(const Operand &b, int64_t depth, int64_t columns, float *panels) {
  const int64_t whole = columns / tile_columns * tile_columns;
  float *const last = panels + whole * depth;
  if (whole < columns) std::fill(last, last + tile_columns * depth, 0.0f);
  if (b.column == 1) {
    // In the order of memory.
    for (int64_t k = 0; k < depth; k++) {
      const float *const from = b.at(k, 0);
      for (int64_t j = 0; j < whole; j += tile_columns) __builtin_memcpy(panels + j * depth + k * tile_columns, from + j, tile_columns * sizeof(float));
      std::copy(from + whole, from + columns, last + k * tile_columns);
    }
    return;
  }
  const int64_t whole_depth = depth / lanes * lanes;
  for (int64_t j = 0; j < whole; j += lanes)
    for (int64_t k = 0; k < whole_depth; k += lanes) transpose(b.at(k, j), b.column, panels + j / tile_columns * tile_columns * depth + k * tile_columns + j % tile_columns);
  for (int64_t j = 0; j < columns; j++)
    for (int64_t k = j < whole ? whole_depth : 0; k < depth; k++) panels[j / tile_columns * tile_columns * depth + k * tile_columns + j % tile_columns] = *b.at(k, j);
}

/// Rows one after the other, or, for a matrix that is transposed, tiles of 12 side by side.
CT_V4 void pack_rows(const Operand &a, int64_t rows, int64_t depth, float *packed) {
  if (a.column == 1) {
    for (int64_t i = 0; i < rows; i++) std::copy_n(a.at(i, 0), depth, packed + i * packed_stride);
    return;
  }
  const int64_t whole = rows / tile_rows * tile_rows;
  for (int64_t k = 0; k < depth; k++) {
    const float *const from = a.at(0, k);
    for (int64_t i = 0; i < whole; i += tile_rows) __builtin_memcpy(packed + i * packed_stride + k * tile_rows, from + i, tile_rows * sizeof(float));
    std::copy(from + whole, from + rows, packed + whole * packed_stride + k * tile_rows);
  }
}

/// Memory of a thread for what it packs; it stays.
struct Scratch {
  float *rows, *panels;

  static const Scratch &own() {
    static thread_local const std::unique_ptr<float, decltype(&free)> memory(static_cast<float *>(std::aligned_alloc(64, sizeof(float) * (block_rows * packed_stride + block_columns * block_depth))), free);
    if (!memory) throw std::bad_alloc();
    static thread_local const Scratch scratch{memory.get(), memory.get() + block_rows * packed_stride};
    return scratch;
  }
};

/// A panel's columns of some packed rows.
void multiply_panel(const float *rows, int64_t count, bool transposed, int64_t depth, const float *panel, int64_t columns, float *c, int64_t c_row, bool adds) {
  for (int64_t i = 0; i < count; i += tile_rows) {
    const int64_t some = std::min(tile_rows, count - i);
    const float *const a = rows + i * packed_stride;
    float *const to = c + i * c_row;
    if (columns == tile_columns) {
      some_rows(some, transposed, depth, a, panel, to, c_row, adds);
      continue;
    }
    float sums[tile_rows * tile_columns];
    some_rows(some, transposed, depth, a, panel, sums, tile_columns, false);
    for (int64_t row = 0; row < some; row++)
      for (int64_t j = 0; j < columns; j++) to[row * c_row + j] = sums[row * tile_columns + j] + (adds ? to[row * c_row + j] : 0);
  }
}

/// Some rows and columns of a product, by one thread.
void multiply_part(const Product &product, int64_t first_row, int64_t end_row, int64_t first_column, int64_t end_column) {
  const Scratch &scratch = Scratch::own();
  const bool transposed = product.a.column != 1;
  for (int64_t column = first_column; column < end_column; column += block_columns) {
    const int64_t columns = std::min(block_columns, end_column - column);
    for (int64_t k = 0; k < product.depth; k += block_depth) {
      const int64_t depth = std::min(block_depth, product.depth - k);
      pack_columns(product.b.from(k, column), depth, columns, scratch.panels);
      for (int64_t row = first_row; row < end_row; row += block_rows) {
        const int64_t rows = std::min(block_rows, end_row - row);
        pack_rows(product.a.from(row, k), rows, depth, scratch.rows);
        for (int64_t j = 0; j < columns; j += tile_columns)
          multiply_panel(scratch.rows, rows, transposed, depth, scratch.panels + j * depth, std::min(tile_columns, columns - j), product.c + row * product.c_row + column + j, product.c_row, product.adds || k > 0);
      }
    }
  }
}

/// The parts of a product for so many threads, in rows and in columns: those that pack the least.
struct Grid {
  int64_t rows, columns;

  Grid(int64_t m, int64_t n, int64_t threads) : rows(1), columns(threads) {
    for (int64_t parts = 2; parts <= threads; parts++)
      if (threads % parts == 0 && m / parts + n / (threads / parts) < m / rows + n / columns) rows = parts, columns = threads / parts;
  }
};

/// Where a part begins that is whole tiles.
int64_t place(int64_t count, int64_t unit, int64_t parts, int64_t index) { return std::min(count, (count + unit - 1) / unit * index / parts * unit); }

void multiply(const Product &product, int64_t m, int64_t n) {
  const int64_t threads = std::clamp<int64_t>(m * n * product.depth >> 19, 1, ct::available_threads());
  const Grid grid(m, n, threads);
  ct::parallel(grid.rows * grid.columns, 1, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; part++) {
      const int64_t i = part / grid.columns, j = part % grid.columns;
      multiply_part(product, place(m, tile_rows, grid.rows, i), place(m, tile_rows, grid.rows, i + 1), place(n, tile_columns, grid.columns, j), place(n, tile_columns, grid.columns, j + 1));
    }
  });
}

/// The elements of a matrix of which one axis lies in one piece.
Operand operand(const at::Tensor &matrix) { return {matrix.const_data_ptr<float>(), matrix.stride(0), matrix.stride(1)}; }

at::Tensor in_one_piece(const at::Tensor &matrix) { return matrix.stride(0) == 1 || matrix.stride(1) == 1 ? matrix : matrix.contiguous(); }

/// Few rows, columns or steps are not worth the packing.
bool fits(const at::Tensor &a, const at::Tensor &b, const at::Tensor &c) { return ct_multiplies() && ct::fits_kernels(a, b, c) && c.stride(1) == 1 && std::min({a.size(0), a.size(1), b.size(1)}) >= 32; }

#endif

} // namespace

bool ct_multiplies(void) {
#if defined(__x86_64__)
  static const bool is_faster = __builtin_cpu_is("amd") && __builtin_cpu_supports("x86-64-v4");
  return is_faster;
#else
  return false;
#endif
}

void ct::multiply(const at::Tensor &a, const at::Tensor &b, const at::Tensor &c, bool adds) {
#if defined(__x86_64__)
  if (fits(a, b, c)) {
    const at::Tensor left = in_one_piece(a), right = in_one_piece(b);
    return ::multiply({operand(left), operand(right), c.data_ptr<float>(), c.stride(0), a.size(1), adds}, c.size(0), c.size(1));
  }
#endif
  at::Tensor result = c;
  if (adds) {
    result.addmm_(a, b);
  } else {
    at::mm_out(result, a, b);
  }
}
