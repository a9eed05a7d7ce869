// The output layer fused with log-softmax, gather and entropy, in chunks of rows.
//
// The logits of T tokens over V words are the largest tensor of a training step by far. Only two
// numbers of each row are needed, so the rows are done a chunk at a time and the logits dropped;
// the backward pass computes them again. Gradients, with p = softmax(z), z = h Wᵀ / temperature:
//   d log p(y) / dz = 1[y] − p          d H / dz = −p (log p + H)
#include "guard.h"

#include <torch/csrc/autograd/custom_function.h>

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

/// The logits of one chunk of rows, `[rows, V]`, at least in float32, soft-capped where asked.
at::Tensor logit_rows(const at::Tensor &hidden, const at::Tensor &weight, double cap) {
  at::Tensor logits = at::matmul(hidden, weight.t());
  if (logits.scalar_type() != at::kDouble) logits = logits.to(at::kFloat);
  return cap > 0 ? logits.div_(cap).tanh_().mul_(cap) : logits;
}

at::Tensor log_softmax_rows(const at::Tensor &logits, double temperature) {
  return at::log_softmax(temperature == 1 ? logits : logits / temperature, -1);
}

struct TokenLogProbabilities : torch::autograd::Function<TokenLogProbabilities> {
  static Variable forward(AutogradContext *context, const at::Tensor &hidden, const at::Tensor &weight, const at::Tensor &targets, double temperature, double cap, int64_t chunk_rows) {
    const int64_t rows = hidden.size(0);
    const auto dtype = hidden.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    at::Tensor result = at::zeros({2, rows}, hidden.options().dtype(dtype));
    for (int64_t start = 0; start < rows; start += chunk_rows) {
      const int64_t length = std::min(chunk_rows, rows - start);
      const at::Tensor log_p = log_softmax_rows(logit_rows(hidden.narrow(0, start, length), weight, cap), temperature);
      const at::Tensor chosen = log_p.gather(-1, targets.narrow(0, start, length).unsqueeze(-1)).squeeze(-1);
      result[0].narrow(0, start, length).copy_(chosen);
      result[1].narrow(0, start, length).copy_(at::sum(at::exp(log_p).mul_(log_p), -1).neg_());
    }
    context->save_for_backward({hidden, weight, targets, result});
    context->saved_data["temperature"] = temperature;
    context->saved_data["cap"] = cap;
    context->saved_data["chunk_rows"] = chunk_rows;
    return result;
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &hidden = saved[0], &weight = saved[1], &targets = saved[2], &result = saved[3];
    const double temperature = context->saved_data["temperature"].toDouble(), cap = context->saved_data["cap"].toDouble();
    const int64_t chunk_rows = context->saved_data["chunk_rows"].toInt(), rows = hidden.size(0);
    const bool needs_hidden = context->needs_input_grad(0), needs_weight = context->needs_input_grad(1);
    at::Tensor hidden_gradient = needs_hidden ? at::zeros_like(hidden) : at::Tensor();
    at::Tensor weight_gradient = needs_weight ? at::zeros_like(weight) : at::Tensor();
    for (int64_t start = 0; start < rows; start += chunk_rows) {
      const int64_t length = std::min(chunk_rows, rows - start);
      const auto slice = [&](const at::Tensor &row_values) { return row_values.narrow(0, start, length).unsqueeze(-1); };
      const at::Tensor logits = logit_rows(hidden.narrow(0, start, length), weight, cap);
      const at::Tensor log_p = log_softmax_rows(logits, temperature);
      const at::Tensor along_log_p = slice(gradients[0][0]), along_entropy = slice(gradients[0][1]);
      // −p (g + e (log p + H)), then g at the target.
      at::Tensor d = (log_p + slice(result[1])).mul_(along_entropy).add_(along_log_p).mul_(at::exp(log_p)).neg_();
      d.scatter_add_(-1, slice(targets), along_log_p.contiguous());
      // d tanh(x) = 1 − tanh²(x)
      if (cap > 0) d.mul_(logits.div(cap).square_().neg_().add_(1));
      d = d.div_(temperature).to(hidden.scalar_type());
      if (needs_hidden) hidden_gradient.narrow(0, start, length).copy_(at::matmul(d, weight));
      if (needs_weight) weight_gradient.addmm_(d.t(), hidden.narrow(0, start, length));
    }
    return {hidden_gradient, weight_gradient, at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

} // namespace

ct_result ct_token_log_probabilities(ct_tensor hidden, ct_tensor weight, ct_tensor targets, double temperature, double cap, int64_t chunk_rows) {
  return ct::tensor([&] { return TokenLogProbabilities::apply(hidden->value, weight->value, targets->value, temperature, cap, chunk_rows); });
}
