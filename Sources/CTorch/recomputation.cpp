// Activation recomputation (Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost").
//
// Of a function's activations only its input is kept. The backward pass computes the function
// again, this time with a graph, and differentiates that at once.
#include "guard.h"

#include <ATen/core/grad_mode.h>
#include <ATen/core/ivalue.h>
#include <torch/csrc/autograd/custom_function.h>

#include <memory>

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

/// The caller's function, let go when nothing refers to it any more.
class Body : public torch::CustomClassHolder {
public:
  explicit Body(ct_function function) : function(function), scope(ct::work_scope ? ct::work_scope->shared_from_this() : nullptr) {}
  ~Body() override { function.release(function.context); }

  at::Tensor operator()(const at::Tensor &input) const {
    // A GPU's gradients are computed on a thread that knows of no scope.
    const ct::InWorkScope inside(ct::work_scope ? ct::work_scope : scope.get());
    ct_tensor_impl argument{input};
    const std::unique_ptr<ct_tensor_impl> result(function.call(function.context, &argument));
    TORCH_CHECK(result, ct_last_error());
    return result->value;
  }

private:
  ct_function function;
  std::shared_ptr<ct::WorkScope> scope;
};

struct Recomputed : torch::autograd::Function<Recomputed> {
  static Variable forward(AutogradContext *context, const at::Tensor &input, const at::Tensor &, const c10::intrusive_ptr<Body> &body) {
    context->save_for_backward({input});
    context->saved_data["body"] = c10::IValue::make_capsule(body);
    return (*body)(input.detach());
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    const auto body = context->saved_data["body"].toCapsule();
    const at::Tensor leaf = context->get_saved_variables()[0].detach();
    leaf.requires_grad_(context->needs_input_grad(0));
    at::Tensor output;
    {
      const at::AutoGradMode recording(true);
      output = static_cast<const Body &>(*body)(leaf);
    }
    // Adds to the leaves inside the function, its parameters, as the outer pass would.
    if (output.requires_grad()) output.backward(gradients[0]);
    return {leaf.grad(), at::Tensor(), at::Tensor()};
  }
};

} // namespace

ct_result ct_recomputed(ct_tensor input, ct_function function) {
  return ct::tensor([&] {
    const auto body = c10::make_intrusive<Body>(function);
    // Parameters inside the function may need a gradient where the input does not.
    const at::Tensor anchor = at::empty({0}).requires_grad_(true);
    return Recomputed::apply(input->value, anchor, body);
  });
}
