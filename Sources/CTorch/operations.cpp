// One line an operation.
#include "kernels/product.h"

#define UNARY(name, call) \
  ct_result name(ct_tensor a) { return ct::tensor([&] { return call(a->value); }); }
#define BINARY(name, call) \
  ct_result name(ct_tensor a, ct_tensor b) { return ct::tensor([&] { return call(a->value, b->value); }); }

BINARY(ct_add, at::add)
BINARY(ct_subtract, at::sub)
BINARY(ct_multiply, at::mul)
BINARY(ct_divide, at::div)
BINARY(ct_minimum, at::minimum)
BINARY(ct_maximum, at::maximum)
BINARY(ct_less, at::lt)
BINARY(ct_less_equal, at::le)
BINARY(ct_and, at::logical_and)
BINARY(ct_or, at::logical_or)
BINARY(ct_matmul, at::matmul)
UNARY(ct_negate, at::neg)
UNARY(ct_absolute, at::abs)
UNARY(ct_exponential, at::exp)
UNARY(ct_logarithm, at::log)
UNARY(ct_cosine, at::cos)
UNARY(ct_sine, at::sin)
UNARY(ct_sigmoid, at::sigmoid)
UNARY(ct_silu, at::silu)

ct_result ct_add_scalar(ct_tensor a, double b) { return ct::tensor([&] { return at::add(a->value, b); }); }
ct_result ct_multiply_scalar(ct_tensor a, double b) { return ct::tensor([&] { return at::mul(a->value, b); }); }
ct_result ct_power_scalar(ct_tensor a, double b) { return ct::tensor([&] { return at::pow(a->value, b); }); }
ct_result ct_clamp(ct_tensor a, double lower, double upper) { return ct::tensor([&] { return at::clamp(a->value, lower, upper); }); }
ct_result ct_where(ct_tensor condition, ct_tensor a, ct_tensor b) { return ct::tensor([&] { return at::where(condition->value, a->value, b->value); }); }

// Shape

ct_result ct_reshape(ct_tensor a, const int64_t *shape, int64_t dimensions) { return ct::tensor([&] { return a->value.reshape(ct::shape(shape, dimensions)); }); }
ct_result ct_expand(ct_tensor a, const int64_t *shape, int64_t dimensions) { return ct::tensor([&] { return a->value.expand(ct::shape(shape, dimensions)); }); }
ct_result ct_transpose(ct_tensor a, int64_t first, int64_t second) { return ct::tensor([&] { return a->value.transpose(first, second); }); }
ct_result ct_narrow(ct_tensor a, int64_t axis, int64_t start, int64_t length) { return ct::tensor([&] { return a->value.narrow(axis, start, length); }); }
ct_result ct_index_select(ct_tensor a, int64_t axis, ct_tensor indices) { return ct::tensor([&] { return a->value.index_select(axis, indices->value); }); }
ct_result ct_gather(ct_tensor a, int64_t axis, ct_tensor indices) { return ct::tensor([&] { return a->value.gather(axis, indices->value); }); }
ct_result ct_concatenate(const ct_tensor *tensors, size_t count, int64_t axis) { return ct::tensor([&] { return at::cat(ct::list(tensors, count), axis); }); }

// Reductions

ct_result ct_sum(ct_tensor a, const int64_t *axes, size_t count, bool keeping) { return ct::tensor([&] { return axes ? at::sum(a->value, at::IntArrayRef(axes, count), keeping) : at::sum(a->value); }); }
ct_result ct_maximum_along(ct_tensor a, int64_t axis, bool keeping) { return ct::tensor([&] { return at::amax(a->value, axis, keeping); }); }
ct_result ct_argmax(ct_tensor a, int64_t axis) { return ct::tensor([&] { return at::argmax(a->value, axis); }); }
ct_result ct_logsumexp(ct_tensor a, int64_t axis, bool keeping) { return ct::tensor([&] { return at::logsumexp(a->value, axis, keeping); }); }
ct_result ct_softmax(ct_tensor a, int64_t axis) { return ct::tensor([&] { return at::softmax(a->value, axis); }); }
ct_result ct_log_softmax(ct_tensor a, int64_t axis) { return ct::tensor([&] { return at::log_softmax(a->value, axis); }); }
ct_result ct_cumulative_sum(ct_tensor a, int64_t axis) { return ct::tensor([&] { return at::cumsum(a->value, axis, at::kDouble); }); }

ct_status ct_sort_descending(ct_tensor a, int64_t axis, ct_tensor *values, ct_tensor *indices) {
  return ct::status([&] {
    auto [sorted, order] = at::sort(a->value, axis, /*descending=*/true);
    *values = new ct_tensor_impl{sorted};
    *indices = new ct_tensor_impl{order};
  });
}

// Neural network

ct_status ct_add_low_rank(ct_tensor output, ct_tensor inner, ct_tensor up, double factor) {
  return ct::status([&] { output->value.addmm_(inner->value, up->value.t(), 1, factor); });
}
ct_result ct_embedding(ct_tensor weight, ct_tensor indices) { return ct::tensor([&] { return at::embedding(weight->value, indices->value); }); }
ct_result ct_attention(ct_tensor query, ct_tensor key, ct_tensor value, ct_result mask, bool causal, double scale) {
  return ct::tensor([&] { return at::scaled_dot_product_attention(query->value, key->value, value->value, mask ? std::optional(mask->value) : std::nullopt, /*dropout_p=*/0, causal, scale, /*enable_gqa=*/true); });
}

// Activations of further families

ct_result ct_hyperbolic_tangent(ct_tensor a) { return ct::tensor([&] { return at::tanh(a->value); }); }
ct_result ct_gelu_tanh(ct_tensor a) { return ct::tensor([&] { return at::gelu(a->value, "tanh"); }); }
