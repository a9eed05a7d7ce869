// The gate of a feed-forward network (Shazeer 2020, section 2): activation(gate) · up.
#include "rows.h"

#include <torch/csrc/autograd/custom_function.h>

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

/// An activation's value and its derivative.
struct Activated {
  float value, slope;
};

/// x σ(z) where dz/dx = `rate`; 1 − σ(z) = e⁻ᶻ σ(z) without a difference of near numbers.
CT_INLINE Activated weighted(float x, float z, float rate) {
  const float e = ct::exponential(-z), sigmoid = 1 / (1 + e);
  return {x * sigmoid, sigmoid * (1 + x * rate * (e * sigmoid))};
}

struct SiLU {
  static CT_INLINE Activated at(float x) { return weighted(x, x, 1); }
};

/// (1 + tanh y) / 2 = σ(2y), y = √(2/π) (x + 0.044715 x³) (Hendrycks & Gimpel 2016).
struct GELUTanh {
  static CT_INLINE Activated at(float x) {
    const float factor = 1.5957691216f, cube = 0.044715f * x * x;
    return weighted(x, factor * x * (1 + cube), factor * (1 + 3 * cube));
  }
};

template <class Activation> CT_INLINE void activate_rows(const ct::Rows &gate, const ct::Rows &up, const ct::Rows &product, int64_t begin, int64_t end) {
  CT_REASSOCIATE
  for (int64_t row = begin; row < end; row++) {
    const float *__restrict x = gate[row], *__restrict u = up[row];
    float *__restrict to = product[row];
    for (int64_t i = 0; i < gate.width; i++) to[i] = Activation::at(x[i]).value * u[i];
  }
}

template <class Activation> CT_INLINE void differentiate_rows(const ct::Rows &g, const ct::Rows &gate, const ct::Rows &up, const ct::Rows &dgate, const ct::Rows &dup, int64_t begin, int64_t end) {
  CT_REASSOCIATE
  for (int64_t row = begin; row < end; row++) {
    const float *__restrict gradient = g[row], *__restrict x = gate[row], *__restrict u = up[row];
    float *__restrict dx = dgate[row], *__restrict du = dup[row];
    for (int64_t i = 0; i < gate.width; i++) {
      const Activated activated = Activation::at(x[i]);
      dx[i] = gradient[i] * u[i] * activated.slope;
      du[i] = gradient[i] * activated.value;
    }
  }
}

CT_VECTORISED void activate(ct_activation kind, const ct::Rows gate, const ct::Rows up, const ct::Rows product, int64_t begin, int64_t end) {
  if (kind == CT_SILU) return activate_rows<SiLU>(gate, up, product, begin, end);
  activate_rows<GELUTanh>(gate, up, product, begin, end);
}

CT_VECTORISED void differentiate(ct_activation kind, const ct::Rows g, const ct::Rows gate, const ct::Rows up, const ct::Rows dgate, const ct::Rows dup, int64_t begin, int64_t end) {
  if (kind == CT_SILU) return differentiate_rows<SiLU>(g, gate, up, dgate, dup, begin, end);
  differentiate_rows<GELUTanh>(g, gate, up, dgate, dup, begin, end);
}

/// Gate and up: two tensors, or the halves of one where there is no second.
struct Inputs {
  ct::RowTensor gate, up;

  Inputs(const at::Tensor &first, const std::optional<at::Tensor> &second) : gate(second ? first : half(first, 0)), up(second ? *second : half(first, 1)) {}
  static at::Tensor half(const at::Tensor &both, int64_t index) { return both.narrow(-1, index * (both.size(-1) / 2), both.size(-1) / 2); }
};

struct Gated : torch::autograd::Function<Gated> {
  /// `context` is null where no gradient is recorded.
  static Variable forward(AutogradContext *context, const at::Tensor &first, const std::optional<at::Tensor> &second, int64_t kind) {
    const Inputs inputs(first, second);
    const ct::Rows gate = inputs.gate.rows, up = inputs.up.rows;
    const ct::RowTensor product(inputs.gate.tensor.sizes(), first.options());
    ct::parallel_rows(gate.count, gate.width, [&](int64_t begin, int64_t end) { activate(static_cast<ct_activation>(kind), gate, up, product.rows, begin, end); });
    if (context) {
      context->save_for_backward(second ? variable_list{first, *second} : variable_list{first});
      context->saved_data["kind"] = kind;
    }
    return product.tensor;
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    ct::go_on();
    const auto saved = context->get_saved_variables();
    const auto kind = static_cast<ct_activation>(context->saved_data["kind"].toInt());
    const auto second = [](const variable_list &tensors) { return tensors.size() > 1 ? std::optional(tensors[1]) : std::nullopt; };
    const Inputs inputs(saved[0], second(saved));
    const ct::RowTensor g(gradients[0]);
    variable_list results;
    for (const at::Tensor &input : saved) results.push_back(at::empty(input.sizes(), input.options()));
    const Inputs parts(results[0], second(results));
    ct::parallel_rows(g.rows.count, g.rows.width, [&](int64_t begin, int64_t end) { differentiate(kind, g.rows, inputs.gate.rows, inputs.up.rows, parts.gate.rows, parts.up.rows, begin, end); });
    results.resize(3); // none for what is no tensor
    return results;
  }
};

/// A product's linear layer, W the weight: for the gradient of W the product is computed again from
/// gate and up, which are kept for their own gradients anyway.
struct GatedLinear : torch::autograd::Function<GatedLinear> {
  static Variable forward(AutogradContext *context, const at::Tensor &product, const at::Tensor &weight, const at::Tensor &first, const std::optional<at::Tensor> &second, int64_t kind) {
    context->save_for_backward(second ? variable_list{weight, first, *second} : variable_list{weight, first});
    context->saved_data["kind"] = kind;
    return at::linear(product, weight);
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    ct::go_on();
    const auto saved = context->get_saved_variables();
    const at::Tensor &gradient = gradients[0], &weight = saved[0];
    variable_list results(5); // none for gate and up
    if (context->needs_input_grad(0)) results[0] = gradient.matmul(weight);
    if (context->needs_input_grad(1)) {
      const at::Tensor product = Gated::forward(nullptr, saved[1], saved.size() > 2 ? std::optional(saved[2]) : std::nullopt, context->saved_data["kind"].toInt());
      results[1] = product.flatten(0, -2).t().mm(gradient.flatten(0, -2)).t();
    }
    return results;
  }
};

at::Tensor plain(const at::Tensor &gate, const at::Tensor &up, ct_activation kind) { return (kind == CT_SILU ? at::silu(gate) : at::gelu(gate, "tanh")).mul(up); }

} // namespace

ct_result ct_gated(ct_tensor gate, ct_result up, ct_activation kind) {
  return ct::tensor([&] {
    const at::Tensor &first = gate->value;
    const std::optional<at::Tensor> second = up ? std::optional(up->value) : std::nullopt;
    const at::Tensor &other = second ? *second : first;
    TORCH_CHECK(first.dim() > 0 && first.sizes() == other.sizes() && (second || first.size(-1) % 2 == 0), "gated: gate and up have one shape, or are the halves of one tensor; found ", first.sizes(), " and ", other.sizes());
    if (!ct::fits_kernels(first, other)) return second ? plain(first, *second, kind) : plain(Inputs::half(first, 0), Inputs::half(first, 1), kind);
    return ct::records_gradient(first, other) ? Gated::apply(first, second, static_cast<int64_t>(kind)) : Gated::forward(nullptr, first, second, kind);
  });
}

ct_result ct_gated_linear(ct_tensor product, ct_tensor weight, ct_tensor gate, ct_result up, ct_activation kind) {
  return ct::tensor([&] {
    const at::Tensor &input = product->value, &table = weight->value, &first = gate->value;
    const std::optional<at::Tensor> second = up ? std::optional(up->value) : std::nullopt;
    const bool computes_again = ct::fits_kernels(first, second ? *second : first) && at::GradMode::is_enabled() && table.requires_grad();
    return computes_again ? GatedLinear::apply(input, table, first, second, static_cast<int64_t>(kind)) : at::linear(input, table);
  });
}
