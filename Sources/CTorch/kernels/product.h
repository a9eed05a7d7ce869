// Products of some rows with a matrix, faster than MKL's where rows are few.
//
// A tile is up to `rows` rows by `width` columns, whose sums stay in registers: for every k it reads
// one line of the right matrix and one number of each row. Each sum is added up in the order of k
// whatever the tile is, so a row's result does not depend on how many rows there are.
#pragma once

#include "kernels.h"

namespace ct {

/// The operands of a tile: y[i][j] (+)= Σₖ x[i][k] w[k][j], i < rows, j < columns.
struct Tile {
  const float *x;
  int64_t x_stride;
  const float *w;
  int64_t w_stride;
  int64_t depth;
  float *y;
  int64_t y_stride;
  /// Whether the sums start from what y holds.
  bool adds;
};

/// What the processor is good at.
struct TileKernel {
  /// The columns of a whole tile; half of them are a tile too.
  int64_t width;
  /// The most rows of a tile.
  int64_t rows;
  /// A tile of `width` columns, or of half as many.
  void (*whole)(const Tile &tile, int64_t rows);
  void (*half)(const Tile &tile, int64_t rows);
  /// y[i][j] = Σₖ x[i][k] w[j][k], j < columns ≤ 3, for up to `dot_rows` rows; w lies by columns.
  void (*dots)(const Tile &tile, int64_t rows, int64_t columns);
  int64_t dot_rows;
};

/// The kernel of this processor; NULL where libtorch's own products are as good.
const TileKernel *tile_kernel();

/// `input · Wᵀ + bias` for few rows, as fast as the weights can be read; for what `few_rows` accepts.
bool few_rows(const at::Tensor &input, const at::Tensor &weight);
at::Tensor few_rows_linear(const at::Tensor &input, const at::Tensor &weight, const at::Tensor *bias);

/// Tiles over any number of rows. `tile` holds the operands of the first row.
template <class Compute> void over_rows(const TileKernel &kernel, int64_t rows, Tile tile, const Compute &compute) {
  const int64_t blocks = (rows + kernel.rows - 1) / kernel.rows;
  const Tile first = tile;
  for (int64_t block = 0; block < blocks; block++) {
    const int64_t begin = rows * block / blocks, end = rows * (block + 1) / blocks;
    tile.x = first.x + begin * first.x_stride;
    tile.y = first.y + begin * first.y_stride;
    compute(tile, end - begin);
  }
}

} // namespace ct
