// Linear layers with the same input, forward and backward: y = x Wᵀ + b for each.
//
// Their gradients, g that of y:  dx = Σ g W    dW = gᵀ x    db = Σ g over the rows
#include "matrix_product.h"
#include "product.h"
#include "rows.h"

#include <torch/csrc/autograd/custom_function.h>

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor in_rows(const at::Tensor &a) { return a.reshape({-1, a.size(-1)}); }

at::Tensor product(const at::Tensor &input, const at::Tensor &weight, const at::Tensor *bias) {
  auto shape = input.sizes().vec();
  shape.back() = weight.size(0);
  const at::Tensor output = at::empty(shape, input.options().requires_grad(false)), rows = in_rows(output);
  if (bias) rows.copy_(bias->expand_as(rows));
  ct::multiply(in_rows(input), weight.t(), rows, bias != nullptr);
  return output;
}

/// As many biases as weights, or none.
struct Linears : torch::autograd::Function<Linears> {
  static variable_list forward(AutogradContext *context, const at::Tensor &input, at::TensorList weights, at::TensorList biases) {
    variable_list saved{input}, outputs;
    for (size_t layer = 0; layer < weights.size(); layer++) {
      outputs.push_back(product(input, weights[layer], biases.empty() ? nullptr : &biases[layer]));
      saved.push_back(weights[layer]);
    }
    if (context) {
      context->save_for_backward(saved);
      context->saved_data["biases"] = static_cast<int64_t>(biases.size());
    }
    return outputs;
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor input = in_rows(saved[0]);
    const size_t layers = gradients.size(), biases = static_cast<size_t>(context->saved_data["biases"].toInt());
    variable_list results(1 + layers + biases);
    if (context->needs_input_grad(0)) results[0] = at::empty(saved[0].sizes(), input.options());
    for (size_t layer = 0; layer < layers; layer++) {
      ct::go_on();
      const size_t of_weight = 1 + layer, of_bias = 1 + layers + layer;
      const at::Tensor g = in_rows(gradients[layer]), &weight = saved[of_weight];
      if (results[0].defined()) ct::multiply(g, weight, in_rows(results[0]), layer > 0);
      if (context->needs_input_grad(of_weight)) {
        results[of_weight] = at::empty(weight.sizes(), weight.options());
        ct::multiply(g.t(), input, results[of_weight], false);
      }
      if (layer < biases && context->needs_input_grad(of_bias)) results[of_bias] = g.sum(0);
    }
    return results;
  }
};

/// What our kernels take; other types, other devices and single rows are libtorch's.
bool fits(const at::Tensor &input, at::TensorList tensors) {
  return input.dim() > 1 && ct::fits_kernels(input) && std::all_of(tensors.begin(), tensors.end(), [](const at::Tensor &tensor) { return ct::fits_kernels(tensor); });
}

variable_list linears(const at::Tensor &input, at::TensorList weights, at::TensorList biases) {
  if (fits(input, weights) && fits(input, biases) && !ct::few_rows(input, weights[0])) {
    for (const at::Tensor &weight : weights) TORCH_CHECK(weight.dim() == 2 && weight.size(1) == input.size(-1), "linear: input ", input.sizes(), " does not fit weight ", weight.sizes());
    return at::GradMode::is_enabled() ? Linears::apply(input, weights, biases) : Linears::forward(nullptr, input, weights, biases);
  }
  variable_list outputs;
  for (size_t layer = 0; layer < weights.size(); layer++) {
    const at::Tensor &weight = weights[layer], *const bias = biases.empty() ? nullptr : &biases[layer];
    outputs.push_back(ct::few_rows(input, weight) ? ct::few_rows_linear(input, weight, bias) : at::linear(input, weight, bias ? std::optional(*bias) : std::nullopt));
  }
  return outputs;
}

} // namespace

ct_result ct_linear(ct_tensor input, ct_tensor weight, ct_result bias) {
  return ct::tensor([&] { return linears(input->value, weight->value, bias ? at::TensorList(bias->value) : at::TensorList())[0]; });
}

ct_status ct_linears(ct_tensor input, const ct_tensor *weights, const ct_tensor *biases, size_t count, ct_tensor *outputs) {
  return ct::status([&] {
    const auto results = linears(input->value, ct::list(weights, count), biases ? ct::list(biases, count) : variable_list());
    for (size_t layer = 0; layer < count; layer++) outputs[layer] = new ct_tensor_impl{results[layer]};
  });
}
