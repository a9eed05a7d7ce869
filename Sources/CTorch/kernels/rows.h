// Rows along a tensor's last axis: what the fused kernels read and write.
#pragma once

#include "kernels.h"

#include <ATen/core/grad_mode.h>

namespace ct {

/// The rows of a float32 tensor on the CPU. Each lies in one piece, but they need not follow each
/// other: the heads of one part of a fused product are `inner` rows a token.
struct Rows {
  float *start;
  int64_t count, width, inner, inner_stride, outer_stride;

  CT_INLINE float *operator[](int64_t row) const { return start + row / inner * outer_stride + row % inner * inner_stride; }
};

/// A tensor whose rows can be named so, and these: `tensor` itself where its strides allow it,
/// else a contiguous copy. There is a last axis.
struct RowTensor {
  at::Tensor tensor;
  Rows rows;

  explicit RowTensor(const at::Tensor &tensor);
  /// A new tensor.
  RowTensor(at::IntArrayRef shape, const at::TensorOptions &options) : RowTensor(at::empty(shape, options)) {}
};

/// Whether an operation on these is recorded for differentiation.
template <class... Tensors> bool records_gradient(const Tensors &...tensors) { return at::GradMode::is_enabled() && (tensors.requires_grad() || ...); }

/// `parallel` over rows so wide.
template <class Body> void parallel_rows(int64_t count, int64_t width, const Body &body) { parallel(count, 32768 / std::max<int64_t>(1, width), body); }

} // namespace ct
