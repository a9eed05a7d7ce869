// Root mean square normalisation (Zhang & Sennrich 2019, equation 4) in one pass over each row.
//
// With r = 1 / √(mean(x²) + ε):  y = x r w    dx = r (g w) − x r³ mean(g w x)    dw = Σ g x r
#include "rows.h"

#include <torch/csrc/autograd/custom_function.h>

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

/// Rows whose part of the weight's gradient is summed before the parts are: the same for any number
/// of threads.
constexpr int64_t block_rows = 128;

CT_VECTORISED void normalize(const ct::Rows x, const float *weight, double epsilon, const ct::Rows normed, float *inverse, int64_t begin, int64_t end) {
  CT_REASSOCIATE
  const int64_t width = x.width;
  for (int64_t row = begin; row < end; row++) {
    const float *__restrict from = x[row];
    float *__restrict to = normed[row];
    float squares = 0;
    for (int64_t i = 0; i < width; i++) squares += from[i] * from[i];
    const float r = static_cast<float>(1 / std::sqrt(static_cast<double>(squares) / static_cast<double>(width) + epsilon));
    if (inverse) inverse[row] = r;
    for (int64_t i = 0; i < width; i++) to[i] = from[i] * r * weight[i];
  }
}

/// Writes dx, and adds to dw where it is asked for.
CT_VECTORISED void differentiate(const ct::Rows g, const ct::Rows x, const float *weight, const float *inverse, const ct::Rows dx, float *dw, int64_t begin, int64_t end) {
  CT_REASSOCIATE
  const int64_t width = x.width;
  for (int64_t row = begin; row < end; row++) {
    const float *__restrict gradient = g[row], *__restrict from = x[row];
    float *__restrict to = dx[row], *__restrict sums = dw;
    const float r = inverse[row];
    float along = 0;
    if (sums) {
      for (int64_t i = 0; i < width; i++) {
        const float product = gradient[i] * from[i];
        along += product * weight[i];
        sums[i] += product * r;
      }
    } else {
      for (int64_t i = 0; i < width; i++) along += gradient[i] * from[i] * weight[i];
    }
    const double precise = r;
    const float back = static_cast<float>(precise * precise * precise * static_cast<double>(along) / static_cast<double>(width));
    for (int64_t i = 0; i < width; i++) to[i] = gradient[i] * weight[i] * r - from[i] * back;
  }
}

struct RMSNorm : torch::autograd::Function<RMSNorm> {
  /// `context` is null where no gradient is recorded.
  static Variable forward(AutogradContext *context, const at::Tensor &input, const at::Tensor &weight, double epsilon) {
    const ct::RowTensor x(input);
    const ct::RowTensor normed(input.sizes(), x.tensor.options());
    const at::Tensor gain = weight.contiguous();
    const at::Tensor inverse = context ? at::empty({x.rows.count}, x.tensor.options()) : at::Tensor();
    float *r = context ? inverse.data_ptr<float>() : nullptr;
    ct::parallel_rows(x.rows.count, x.rows.width, [&](int64_t begin, int64_t end) { normalize(x.rows, gain.data_ptr<float>(), epsilon, normed.rows, r, begin, end); });
    if (context) context->save_for_backward({x.tensor, gain, inverse});
    return normed.tensor;
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    ct::go_on();
    const auto saved = context->get_saved_variables();
    const ct::RowTensor g(gradients[0]), x(saved[0]);
    const ct::RowTensor dx(x.tensor.sizes(), x.tensor.options());
    const int64_t width = x.rows.width, blocks = (x.rows.count + block_rows - 1) / block_rows;
    const at::Tensor sums = context->needs_input_grad(1) ? at::zeros({blocks, width}, x.tensor.options()) : at::Tensor();
    const float *weight = saved[1].data_ptr<float>(), *inverse = saved[2].data_ptr<float>();
    ct::parallel(blocks, 1 + 32768 / (block_rows * std::max<int64_t>(1, width)), [&](int64_t begin, int64_t end) {
      for (int64_t block = begin; block < end; block++) {
        float *dw = sums.defined() ? sums.data_ptr<float>() + block * width : nullptr;
        differentiate(g.rows, x.rows, weight, inverse, dx.rows, dw, block * block_rows, std::min(x.rows.count, (block + 1) * block_rows));
      }
    });
    return {dx.tensor, sums.defined() ? (blocks == 1 ? sums[0] : sums.sum(0)) : at::Tensor(), at::Tensor()};
  }
};

} // namespace

ct_result ct_rms_norm(ct_tensor a, ct_tensor weight, double epsilon) {
  return ct::tensor([&] {
    const at::Tensor &x = a->value, &w = weight->value;
    const bool fits = ct::fits_kernels(x, w) && x.dim() > 0 && w.dim() == 1 && w.size(0) == x.size(-1);
    if (!fits) return at::rms_norm(x, w.sizes(), w, epsilon);
    return ct::records_gradient(x, w) ? RMSNorm::apply(x, w, epsilon) : RMSNorm::forward(nullptr, x, w, epsilon);
  });
}
