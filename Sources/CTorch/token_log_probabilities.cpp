// The output layer fused with log-softmax, gather and entropy, in chunks of rows.
//
// The logits of T tokens over V words are the largest tensor of a training step by far. Only two
// numbers of each row are needed, so the rows are done a chunk at a time and the logits dropped;
// the backward pass computes them again. Gradients, with p = softmax(z), z = h Wᵀ / temperature:
//   d log p(y) / dz = 1[y] − p          d H / dz = −p (log p + H)
#include "kernels/distribution_rows.h"

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

/// One output layer over some rows: libtorch's operations, or a kernel where one fits.
struct OutputLayer {
  at::Tensor hidden, weight, targets;
  ct::DistributionRule rule;
  int64_t chunk_rows;
  bool is_fused;

  OutputLayer(const at::Tensor &hidden, const at::Tensor &weight, const at::Tensor &targets, ct::DistributionRule rule, int64_t chunk_rows)
      : hidden(hidden), weight(weight), targets(targets.contiguous()), rule(rule), chunk_rows(chunk_rows), is_fused(ct::fits_kernels(hidden, weight) && targets.scalar_type() == at::kLong) {
    if (!is_fused) return;
    // Rows whose logits stay in a core's cache, where the product does not need more of them.
    const int64_t cached = (int64_t(1) << 18) / std::max<int64_t>(1, weight.size(0));
    if (cached >= 128) this->chunk_rows = std::min(chunk_rows, cached);
  }

  /// What the kernel knows of the rows from `start`: the rows of `result` `[2, T]` and of `shifts`.
  ct::DistributionRows known(const at::Tensor &result, const at::Tensor &shifts, int64_t start) const {
    const int64_t rows = hidden.size(0);
    float *first = result.data_ptr<float>() + start, *shift = shifts.data_ptr<float>() + start;
    return {targets.data_ptr<int64_t>() + start, first, first + rows, shift, shift + rows};
  }

  at::Tensor logits(at::Tensor &memory, int64_t start, int64_t length) const {
    if (!memory.defined()) memory = at::empty({std::min(chunk_rows, hidden.size(0)), weight.size(0)}, hidden.options());
    at::Tensor logits = memory.narrow(0, 0, length);
    at::mm_out(logits, hidden.narrow(0, start, length), weight.t());
    return logits;
  }

  void check_targets() const {
    const int64_t *target = targets.data_ptr<int64_t>();
    for (int64_t row = 0; row < targets.size(0); row++) TORCH_CHECK(target[row] >= 0 && target[row] < weight.size(0), "target ", target[row], " of row ", row, " is none of ", weight.size(0), " words");
  }

  /// log π(target) and entropy, `[2, T]`; a kernel's `shifts`, `[2, T]`.
  at::Tensor forward(at::Tensor &shifts) const {
    const int64_t rows = hidden.size(0);
    const auto dtype = hidden.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    const at::Tensor result = at::empty({2, rows}, hidden.options().dtype(dtype));
    at::Tensor memory;
    if (is_fused) {
      check_targets();
      shifts = at::empty_like(result);
    }
    for (int64_t start = 0; start < rows; start += chunk_rows) {
      const int64_t length = std::min(chunk_rows, rows - start);
      if (is_fused) {
        ct::describe(logits(memory, start, length), rule, known(result, shifts, start));
        continue;
      }
      const at::Tensor log_p = log_softmax_rows(logit_rows(hidden.narrow(0, start, length), weight, rule.cap), rule.temperature);
      const at::Tensor chosen = log_p.gather(-1, targets.narrow(0, start, length).unsqueeze(-1)).squeeze(-1);
      result[0].narrow(0, start, length).copy_(chosen);
      result[1].narrow(0, start, length).copy_(at::sum(at::exp(log_p).mul_(log_p), -1).neg_());
    }
    return result;
  }

  /// The gradient of a chunk's product, from that of the result, `[2, T]`.
  at::Tensor product_gradient(at::Tensor &memory, int64_t start, int64_t length, const at::Tensor &result, const at::Tensor &shifts, const at::Tensor &gradient) const {
    if (is_fused) {
      const at::Tensor d = logits(memory, start, length);
      const float *along = gradient.data_ptr<float>() + start;
      ct::differentiate(d, rule, known(result, shifts, start), along, along + hidden.size(0));
      return d;
    }
    const auto slice = [&](const at::Tensor &row_values) { return row_values.narrow(0, start, length).unsqueeze(-1); };
    const at::Tensor logits = logit_rows(hidden.narrow(0, start, length), weight, rule.cap);
    const at::Tensor log_p = log_softmax_rows(logits, rule.temperature);
    const at::Tensor along_log_p = slice(gradient[0]), along_entropy = slice(gradient[1]);
    // −p (g + e (log p + H)), then g at the target.
    at::Tensor d = (log_p + slice(result[1])).mul_(along_entropy).add_(along_log_p).mul_(at::exp(log_p)).neg_();
    d.scatter_add_(-1, slice(targets), along_log_p.contiguous());
    // d tanh(x) = 1 − tanh²(x)
    if (rule.cap > 0) d.mul_(logits.div(rule.cap).square_().neg_().add_(1));
    return d.div_(rule.temperature).to(hidden.scalar_type());
  }
};

struct TokenLogProbabilities : torch::autograd::Function<TokenLogProbabilities> {
  static Variable forward(AutogradContext *context, const at::Tensor &hidden, const at::Tensor &weight, const at::Tensor &targets, double temperature, double cap, int64_t chunk_rows) {
    at::Tensor shifts;
    const at::Tensor result = OutputLayer(hidden, weight, targets, {temperature, cap}, chunk_rows).forward(shifts);
    context->save_for_backward({hidden, weight, targets, result, shifts});
    context->saved_data["temperature"] = temperature;
    context->saved_data["cap"] = cap;
    context->saved_data["chunk_rows"] = chunk_rows;
    return result;
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &hidden = saved[0], &weight = saved[1], &result = saved[3], &shifts = saved[4];
    const ct::DistributionRule rule{context->saved_data["temperature"].toDouble(), context->saved_data["cap"].toDouble()};
    const OutputLayer layer(hidden, weight, saved[2], rule, context->saved_data["chunk_rows"].toInt());
    const at::Tensor gradient = gradients[0].contiguous();
    const bool needs_hidden = context->needs_input_grad(0), needs_weight = context->needs_input_grad(1);
    const at::Tensor hidden_gradient = needs_hidden ? at::empty(hidden.sizes(), hidden.options()) : at::Tensor();
    const at::Tensor weight_gradient = needs_weight ? at::zeros_like(weight) : at::Tensor();
    at::Tensor memory;
    for (int64_t start = 0; start < hidden.size(0); start += layer.chunk_rows) {
      const int64_t length = std::min(layer.chunk_rows, hidden.size(0) - start);
      const at::Tensor d = layer.product_gradient(memory, start, length, result, shifts, gradient);
      if (needs_hidden) {
        at::Tensor rows = hidden_gradient.narrow(0, start, length);
        at::mm_out(rows, d, weight);
      }
      if (needs_weight) weight_gradient.addmm_(d.t(), hidden.narrow(0, start, length));
    }
    return {hidden_gradient, weight_gradient, at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

} // namespace

ct_result ct_token_log_probabilities(ct_tensor hidden, ct_tensor weight, ct_tensor targets, double temperature, double cap, int64_t chunk_rows) {
  return ct::tensor([&] {
    const at::Tensor &states = hidden->value, &table = weight->value, &words = targets->value;
    if (ct::records_gradient(states, table)) return TokenLogProbabilities::apply(states, table, words, temperature, cap, chunk_rows);
    at::Tensor shifts;
    return OutputLayer(states, table, words, {temperature, cap}, chunk_rows).forward(shifts);
  });
}
