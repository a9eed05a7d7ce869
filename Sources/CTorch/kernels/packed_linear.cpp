// Products with weights that stay what they are over many calls: packed once, by panels of columns
// that a tile reads from beginning to end; or, where a copy would cost too much memory, by dots.
#include "product.h"

#include <ATen/core/grad_mode.h>

namespace {

/// The rows that go through all panels together: they stay in the cache.
constexpr int64_t row_chunk = 96;

int64_t panel_count(int64_t outputs, int64_t width) { return (outputs + width - 1) / width; }

/// Columns `panel` · width … of Wᵀ: line k holds `width` numbers, beyond the last output zeros.
void pack_panel(const float *weight, int64_t outputs, int64_t depth, int64_t width, int64_t panel, float *packed) {
  for (int64_t j = 0; j < width; j++) {
    const int64_t output = panel * width + j;
    for (int64_t k = 0; k < depth; k++) packed[k * width + j] = output < outputs ? weight[output * depth + k] : 0.0f;
  }
}

void multiply_panel(const ct::TileKernel &kernel, const ct::Tile &tile, int64_t rows, int64_t columns) {
  if (columns == kernel.width) return ct::over_rows(kernel, rows, tile, kernel.whole);
  // The last outputs of a layer whose number is no multiple of a panel's.
  ct::over_rows(kernel, rows, tile, [&](const ct::Tile &part, int64_t part_rows) {
    float sums[12 * 32];
    ct::Tile whole = part;
    whole.y = sums;
    whole.y_stride = kernel.width;
    kernel.whole(whole, part_rows);
    for (int64_t i = 0; i < part_rows; i++) std::copy_n(sums + i * kernel.width, columns, part.y + i * part.y_stride);
  });
}

void add_bias(const at::Tensor &output, const at::Tensor *bias) {
  if (bias) output.add_(*bias);
}

} // namespace

bool ct_packs_weights(void) { return ct::tile_kernel() != nullptr; }

ct_result ct_pack_weights(const ct_tensor *weights, size_t count) {
  return ct::tensor([&] {
    const ct::TileKernel *kernel = ct::tile_kernel();
    TORCH_CHECK(kernel, "this processor has no packed products");
    const at::Tensor all = count == 1 ? weights[0]->value.contiguous() : at::cat(ct::list(weights, count));
    TORCH_CHECK(ct::fits_kernels(all) && all.dim() == 2, "packed weights: expected a matrix in float32 on the CPU");
    const int64_t outputs = all.size(0), depth = all.size(1), width = kernel->width;
    const at::Tensor packed = at::empty({panel_count(outputs, width), depth, width}, all.options().requires_grad(false));
    const float *from = all.const_data_ptr<float>();
    float *to = packed.mutable_data_ptr<float>();
    ct::parallel(packed.size(0), 1 + 32768 / (depth * width), [&](int64_t begin, int64_t end) {
      for (int64_t panel = begin; panel < end; panel++) pack_panel(from, outputs, depth, width, panel, to + panel * depth * width);
    });
    return packed;
  });
}

ct_result ct_packed_linear(ct_tensor input, ct_tensor packed, int64_t outputs, ct_result bias) {
  return ct::tensor([&] {
    const ct::TileKernel &kernel = *ct::tile_kernel();
    const at::Tensor x = input->value.contiguous();
    const int64_t depth = packed->value.size(1), width = kernel.width, rows = x.numel() / depth;
    TORCH_CHECK(ct::fits_kernels(x) && x.size(-1) == depth, "packed product: expected rows of ", depth, " numbers in float32 on the CPU");
    auto shape = x.sizes().vec();
    shape.back() = outputs;
    const at::Tensor result = at::empty(shape, x.options().requires_grad(false));
    const float *from = x.const_data_ptr<float>(), *panels = packed->value.const_data_ptr<float>();
    float *to = result.mutable_data_ptr<float>();
    const int64_t chunks = (rows + row_chunk - 1) / row_chunk, count = packed->value.size(0);
    // A part is at least some ten microseconds of work.
    const int64_t grain = 1 + (1 << 19) / (std::min(rows, row_chunk) * depth * width);
    ct::parallel(chunks * count, grain, [&](int64_t begin, int64_t end) {
      for (int64_t job = begin; job < end; job++) {
        const int64_t first = job / count * row_chunk, panel = job % count;
        const ct::Tile tile{from + first * depth, depth, panels + panel * depth * width, width, depth, to + first * outputs + panel * width, outputs, false};
        multiply_panel(kernel, tile, std::min(row_chunk, rows - first), std::min(width, outputs - panel * width));
      }
    });
    add_bias(result, bias ? &bias->value : nullptr);
    return result;
  });
}

bool ct::few_rows(const at::Tensor &input, const at::Tensor &weight) {
  // Beyond so many rows libtorch's own product is as fast; short rows are not worth it.
  return !at::GradMode::is_enabled() && weight.dim() == 2 && weight.size(1) >= 64 && weight.is_contiguous() && input.numel() <= 32 * weight.size(1) && ct::tile_kernel() && ct::fits_kernels(input, weight);
}

at::Tensor ct::few_rows_linear(const at::Tensor &input, const at::Tensor &weight, const at::Tensor *bias) {
  const ct::TileKernel &kernel = *ct::tile_kernel();
  const at::Tensor x = input.contiguous();
  const int64_t outputs = weight.size(0), depth = weight.size(1), rows = x.numel() / depth;
  auto shape = x.sizes().vec();
  shape.back() = outputs;
  const at::Tensor result = at::empty(shape, x.options().requires_grad(false));
  const float *from = x.const_data_ptr<float>(), *lines = weight.const_data_ptr<float>();
  float *to = result.mutable_data_ptr<float>();
  const int64_t blocks = (rows + kernel.dot_rows - 1) / kernel.dot_rows;
  ct::parallel(outputs, 1 + (1 << 19) / std::max<int64_t>(1, rows * depth), [&](int64_t begin, int64_t end) {
    for (int64_t output = begin; output < end; output += 3) {
      for (int64_t block = 0; block < blocks; block++) {
        const int64_t first = rows * block / blocks, last = rows * (block + 1) / blocks;
        kernel.dots({from + first * depth, depth, lines + output * depth, depth, depth, to + first * outputs + output, outputs, false}, last - first, std::min<int64_t>(3, end - output));
      }
    }
  });
  add_bias(result, bias);
  return result;
}
