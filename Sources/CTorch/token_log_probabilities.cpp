// The output layer fused with log-softmax, gather and entropy, in chunks of rows.
//
// The logits of T tokens over V words are the largest tensor of a training step by far. Only two
// numbers of each row are needed, so they are done a part at a time and the logits dropped; the
// backward pass computes them again. Gradients, with p = softmax(z), z = h Wᵀ / temperature:
//   d log p(y) / dz = 1[y] − p          d H / dz = −p (log p + H)
#include "kernels/distribution_rows.h"
#include "kernels/matrix_product.h"

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

/// One output layer over some rows: libtorch's operations on all words of a chunk of rows.
struct PlainLayer {
  at::Tensor hidden, weight, targets;
  ct::DistributionRule rule;
  int64_t chunk_rows;

  /// log π(target) and entropy, `[2, T]`.
  at::Tensor forward() const {
    const int64_t rows = hidden.size(0);
    const auto dtype = hidden.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    const at::Tensor result = at::empty({2, rows}, hidden.options().dtype(dtype));
    for (int64_t start = 0; start < rows; start += chunk_rows) {
      const int64_t length = std::min(chunk_rows, rows - start);
      const at::Tensor log_p = log_softmax_rows(logit_rows(hidden.narrow(0, start, length), weight, rule.cap), rule.temperature);
      const at::Tensor chosen = log_p.gather(-1, targets.narrow(0, start, length).unsqueeze(-1)).squeeze(-1);
      result[0].narrow(0, start, length).copy_(chosen);
      result[1].narrow(0, start, length).copy_(at::sum(at::exp(log_p).mul_(log_p), -1).neg_());
    }
    return result;
  }

  /// Adds to the gradients that are defined, from that of the result, `[2, T]`.
  void backward(const at::Tensor &result, const at::Tensor &gradient, const at::Tensor &hidden_gradient, at::Tensor weight_gradient) const {
    if (weight_gradient.defined()) weight_gradient.zero_();
    for (int64_t start = 0; start < hidden.size(0); start += chunk_rows) {
      ct::go_on();
      const int64_t length = std::min(chunk_rows, hidden.size(0) - start);
      const at::Tensor d = product_gradient(start, length, result, gradient);
      if (hidden_gradient.defined()) {
        at::Tensor rows = hidden_gradient.narrow(0, start, length);
        at::mm_out(rows, d, weight);
      }
      if (weight_gradient.defined()) weight_gradient.addmm_(d.t(), hidden.narrow(0, start, length));
    }
  }

  /// The gradient of a chunk's product.
  at::Tensor product_gradient(int64_t start, int64_t length, const at::Tensor &result, const at::Tensor &gradient) const {
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

/// The same by kernels: a block of some rows and words at a time, which stays in the cache, and for
/// which each word's weights are read once.
struct FusedLayer {
  static constexpr int64_t most_rows = 512, most_words = 2048;
  at::Tensor hidden, weight, targets;
  ct::DistributionRule rule;

  static bool takes(const at::Tensor &hidden, const at::Tensor &weight, const at::Tensor &targets) { return ct::fits_kernels(hidden, weight) && targets.scalar_type() == at::kLong; }

  /// What the kernels know of the rows from `start`: those of `result` and of `shifts`, `[2, T]`.
  ct::DistributionRows known(const at::Tensor &result, const at::Tensor &shifts, int64_t start, double *sums) const {
    const int64_t rows = hidden.size(0);
    float *first = result.data_ptr<float>() + start, *shift = shifts.data_ptr<float>() + start;
    return {targets.data_ptr<int64_t>() + start, first, first + rows, shift, shift + rows, sums, sums + most_rows};
  }

  /// Calls `body(start, length, block)` for the blocks of logits of some rows after those of others.
  template <class Body> void for_blocks(const Body &body) const {
    const int64_t rows = hidden.size(0), words = weight.size(0);
    const at::Tensor memory = at::empty({std::min(most_rows, rows) * std::min(most_words, words)}, hidden.options());
    for (int64_t start = 0; start < rows; start += most_rows) {
      const int64_t length = std::min(most_rows, rows - start);
      for (int64_t word = 0; word < words; word += most_words) {
        ct::go_on();
        const int64_t count = std::min(most_words, words - word);
        const at::Tensor logits = memory.narrow(0, 0, length * count).view({length, count});
        ct::multiply(hidden.narrow(0, start, length), weight.narrow(0, word, count).t(), logits, false);
        body(start, length, ct::LogitBlock{logits, word});
      }
    }
  }

  void check_targets() const {
    const int64_t *target = targets.data_ptr<int64_t>();
    for (int64_t row = 0; row < targets.size(0); row++) TORCH_CHECK(target[row] >= 0 && target[row] < weight.size(0), "target ", target[row], " of row ", row, " is none of ", weight.size(0), " words");
  }

  /// log π(target) and entropy, and what the backward pass needs, each `[2, T]`.
  std::pair<at::Tensor, at::Tensor> forward() const {
    check_targets();
    const at::Tensor result = at::empty({2, hidden.size(0)}, hidden.options()), shifts = at::empty_like(result);
    std::vector<double> sums(2 * most_rows);
    for_blocks([&](int64_t start, int64_t length, const ct::LogitBlock &block) {
      const ct::DistributionRows rows = known(result, shifts, start, sums.data());
      ct::describe(block, rule, rows);
      if (block.first_column + block.logits.size(1) == weight.size(0)) ct::finish(length, rule, rows);
    });
    return {result, shifts};
  }

  /// Fills in the gradients that are defined, from that of the result, `[2, T]`.
  void backward(const at::Tensor &result, const at::Tensor &shifts, const at::Tensor &gradient, const at::Tensor &hidden_gradient, const at::Tensor &weight_gradient) const {
    for_blocks([&](int64_t start, int64_t length, const ct::LogitBlock &block) {
      const float *along = gradient.data_ptr<float>() + start;
      ct::differentiate(block, rule, known(result, shifts, start, nullptr), along, along + hidden.size(0));
      const int64_t word = block.first_column, count = block.logits.size(1);
      if (hidden_gradient.defined()) ct::multiply(block.logits, weight.narrow(0, word, count), hidden_gradient.narrow(0, start, length), word > 0);
      if (weight_gradient.defined()) ct::multiply(block.logits.t(), hidden.narrow(0, start, length), weight_gradient.narrow(0, word, count), start > 0);
    });
  }
};

struct TokenLogProbabilities : torch::autograd::Function<TokenLogProbabilities> {
  /// `context` is null where no gradient is recorded.
  static Variable forward(AutogradContext *context, const at::Tensor &hidden, const at::Tensor &weight, const at::Tensor &targets, double temperature, double cap, int64_t chunk_rows) {
    const ct::DistributionRule rule{temperature, cap};
    at::Tensor result, shifts;
    if (FusedLayer::takes(hidden, weight, targets)) {
      std::tie(result, shifts) = FusedLayer{hidden, weight, targets.contiguous(), rule}.forward();
    } else {
      result = PlainLayer{hidden, weight, targets, rule, chunk_rows}.forward();
    }
    if (context) {
      context->save_for_backward({hidden, weight, targets, result, shifts});
      context->saved_data["temperature"] = temperature;
      context->saved_data["cap"] = cap;
      context->saved_data["chunk_rows"] = chunk_rows;
    }
    return result;
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &hidden = saved[0], &weight = saved[1], &targets = saved[2], &result = saved[3], &shifts = saved[4];
    const ct::DistributionRule rule{context->saved_data["temperature"].toDouble(), context->saved_data["cap"].toDouble()};
    const at::Tensor gradient = gradients[0].contiguous();
    const at::Tensor hidden_gradient = context->needs_input_grad(0) ? at::empty(hidden.sizes(), hidden.options()) : at::Tensor();
    const at::Tensor weight_gradient = context->needs_input_grad(1) ? at::empty(weight.sizes(), weight.options()) : at::Tensor();
    if (shifts.defined()) {
      FusedLayer{hidden, weight, targets.contiguous(), rule}.backward(result, shifts, gradient, hidden_gradient, weight_gradient);
    } else {
      PlainLayer{hidden, weight, targets, rule, context->saved_data["chunk_rows"].toInt()}.backward(result, gradient, hidden_gradient, weight_gradient);
    }
    return {hidden_gradient, weight_gradient, at::Tensor(), at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

} // namespace

ct_result ct_token_log_probabilities(ct_tensor hidden, ct_tensor weight, ct_tensor targets, double temperature, double cap, int64_t chunk_rows) {
  return ct::tensor([&] {
    const at::Tensor &states = hidden->value, &table = weight->value, &words = targets->value;
    if (ct::records_gradient(states, table)) return TokenLogProbabilities::apply(states, table, words, temperature, cap, chunk_rows);
    return TokenLogProbabilities::forward(nullptr, states, table, words, temperature, cap, chunk_rows);
  });
}
