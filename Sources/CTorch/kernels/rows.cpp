#include "rows.h"

namespace {

/// The rows of a tensor as it lies, where two strides lead to each of them.
std::optional<ct::Rows> rows_in_place(const at::Tensor &tensor) {
  struct Axis {
    int64_t size, stride;
  };
  const int64_t last = tensor.dim() - 1, width = tensor.size(last);
  if (width > 1 && tensor.stride(last) != 1) return std::nullopt;
  c10::SmallVector<Axis, 4> axes; // the inner one first
  int64_t count = 1;
  for (int64_t axis = last - 1; axis >= 0; axis--) {
    const int64_t size = tensor.size(axis), stride = tensor.stride(axis);
    count *= size;
    if (size == 1) continue;
    if (!axes.empty() && stride == axes.back().size * axes.back().stride) {
      axes.back().size *= size;
    } else {
      axes.push_back({size, stride});
    }
  }
  if (axes.size() > 2) return std::nullopt;
  axes.resize(2, {1, 0});
  return ct::Rows{tensor.data_ptr<float>(), count, width, axes[0].size, axes[0].stride, axes[1].stride};
}

} // namespace

ct::RowTensor::RowTensor(const at::Tensor &given) : tensor(given) {
  auto found = rows_in_place(tensor);
  if (!found) {
    tensor = given.contiguous();
    found = rows_in_place(tensor);
  }
  TORCH_INTERNAL_ASSERT(found.has_value());
  rows = *found;
}
