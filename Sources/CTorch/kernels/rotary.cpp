// Rotary position embedding in the "rotate half" layout (Su et al. 2021, section 3.4.2): each of
// the first R channels becomes x c + x' s, x' the channel half of R away.
#include "rows.h"

#include <torch/csrc/autograd/custom_function.h>

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

/// The rotation, or its transpose: then each channel takes the sine of the other one.
CT_VECTORISED void rotate(const ct::Rows x, const float *cosines, const float *sines, int64_t heads, int64_t rotated, bool transposed, const ct::Rows turned, int64_t begin, int64_t end) {
  CT_REASSOCIATE
  const int64_t half = rotated / 2;
  for (int64_t row = begin; row < end; row++) {
    const int64_t token = row / heads;
    const float *__restrict low = x[row], *__restrict high = low + half;
    const float *__restrict low_cosine = cosines + token * rotated, *__restrict high_cosine = low_cosine + half;
    const float *__restrict sine = sines + token * rotated;
    const float *__restrict low_sine = sine + (transposed ? half : 0), *__restrict high_sine = sine + (transposed ? 0 : half);
    float *__restrict low_to = turned[row], *__restrict high_to = low_to + half;
    for (int64_t i = 0; i < half; i++) {
      low_to[i] = low[i] * low_cosine[i] + high[i] * low_sine[i];
      high_to[i] = high[i] * high_cosine[i] + low[i] * high_sine[i];
    }
    for (int64_t i = rotated; i < x.width; i++) low_to[i] = low[i];
  }
}

struct Rotary : torch::autograd::Function<Rotary> {
  static at::Tensor turned(const at::Tensor &heads, const at::Tensor &cosine, const at::Tensor &sine, bool transposed) {
    const ct::RowTensor x(heads);
    const ct::RowTensor result(heads.sizes(), heads.options());
    ct::parallel_rows(x.rows.count, x.rows.width, [&](int64_t begin, int64_t end) {
      rotate(x.rows, cosine.data_ptr<float>(), sine.data_ptr<float>(), heads.size(1), cosine.size(2), transposed, result.rows, begin, end);
    });
    return result.tensor;
  }

  static Variable forward(AutogradContext *context, const at::Tensor &heads, const at::Tensor &cosine, const at::Tensor &sine) {
    context->save_for_backward({cosine, sine});
    return turned(heads, cosine, sine, false);
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    return {turned(gradients[0], saved[0], saved[1], true), at::Tensor(), at::Tensor()};
  }
};

at::Tensor plain(const at::Tensor &heads, const at::Tensor &cosine, const at::Tensor &sine) {
  const int64_t width = heads.size(-1), rotated = cosine.size(-1), half = rotated / 2;
  const at::Tensor turning = rotated == width ? heads : heads.narrow(-1, 0, rotated);
  const at::Tensor swapped = at::cat({turning.narrow(-1, half, half), turning.narrow(-1, 0, half)}, -1);
  const at::Tensor turned = turning * cosine + swapped * sine;
  return rotated == width ? turned : at::cat({turned, heads.narrow(-1, rotated, width - rotated)}, -1);
}

} // namespace

ct_result ct_rotary(ct_tensor heads, ct_tensor cosine, ct_tensor sine) {
  return ct::tensor([&] {
    const at::Tensor &x = heads->value, &c = cosine->value, &s = sine->value;
    TORCH_CHECK(x.dim() == 3 && c.dim() == 3 && c.sizes() == s.sizes() && c.size(0) == x.size(0) && c.size(1) == 1 && c.size(2) % 2 == 0 && c.size(2) <= x.size(2), "rotary: heads ", x.sizes(), " do not fit angles ", c.sizes(), " and ", s.sizes());
    if (!ct::fits_kernels(x, c, s) || c.requires_grad() || s.requires_grad()) return plain(x, c, s);
    if (!ct::records_gradient(x)) return Rotary::turned(x, c.contiguous(), s.contiguous(), false);
    return Rotary::apply(x, c.contiguous(), s.contiguous());
  });
}
