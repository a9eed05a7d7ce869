// Tensors: lifetime, facts, creation, differentiation, in-place changes.
#include "guard.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_fused_adamw.h>
#include <torch/csrc/autograd/autograd.h>

#include <sys/mman.h>

#include <cmath>
#include <cstring>

void ct_free(ct_result tensor) { delete tensor; }
ct_result ct_alias(ct_tensor a) { return ct::tensor([&] { return a->value; }); }
int64_t ct_dimension_count(ct_tensor a) { return a->value.dim(); }

void ct_shape(ct_tensor a, int64_t *out) {
  const auto sizes = a->value.sizes();
  std::copy(sizes.begin(), sizes.end(), out);
}

ct_dtype ct_dtype_of(ct_tensor a) {
  switch (a->value.scalar_type()) {
  case at::kFloat: return CT_FLOAT32;
  case at::kDouble: return CT_FLOAT64;
  case at::kBFloat16: return CT_BFLOAT16;
  case at::kHalf: return CT_FLOAT16;
  case at::kBool: return CT_BOOL;
  default: return CT_INT64;
  }
}

ct_device ct_device_of(ct_tensor a) { return {a->value.is_cuda(), a->value.is_cuda() ? a->value.get_device() : 0}; }

ct_status ct_read_bytes(ct_tensor a, void *out, size_t byte_count) {
  return ct::status([&] {
    const at::Tensor here = a->value.detach().to(at::kCPU).contiguous();
    TORCH_CHECK(here.nbytes() == byte_count, "the tensor holds ", here.nbytes(), " bytes, ", byte_count, " were asked for");
    std::memcpy(out, here.const_data_ptr(), byte_count);
  });
}

void *ct_data(ct_tensor a) {
  return a->value.is_cpu() && a->value.is_contiguous() ? a->value.mutable_data_ptr() : nullptr;
}

ct_status ct_is_finite(ct_tensor a, bool *is_finite) {
  return ct::status([&] {
    if (!at::isFloatingType(a->value.scalar_type()) || a->value.numel() == 0) return void(*is_finite = true);
    // Both are NaN where any element is, and neither takes memory.
    const auto [least, most] = at::aminmax(a->value.detach());
    *is_finite = std::isfinite(least.item<double>()) && std::isfinite(most.item<double>());
  });
}

ct_result ct_from_bytes(const void *data, const int64_t *shape, int64_t dimensions, ct_dtype dtype) {
  return ct::tensor([&] {
    at::Tensor made = at::empty(ct::shape(shape, dimensions), ct::options(dtype, {false, 0}));
    std::memcpy(made.mutable_data_ptr(), data, made.nbytes());
    return made;
  });
}

/// Asks for pages of 2 MiB under a large tensor: 512 times fewer page faults when it is filled.
static void prefer_huge_pages(const at::Tensor &a) {
#ifdef MADV_HUGEPAGE
  constexpr uintptr_t page = 2 << 20;
  const auto start = (reinterpret_cast<uintptr_t>(a.data_ptr()) + page - 1) / page * page;
  const auto end = (reinterpret_cast<uintptr_t>(a.data_ptr()) + a.nbytes()) / page * page;
  if (start < end) madvise(reinterpret_cast<void *>(start), end - start, MADV_HUGEPAGE); // a wish only
#endif
}

ct_result ct_empty(const int64_t *shape, int64_t dimensions, ct_dtype dtype, ct_device device) {
  return ct::tensor([&] {
    const at::Tensor made = at::empty(ct::shape(shape, dimensions), ct::options(dtype, device));
    if (made.is_cpu()) prefer_huge_pages(made);
    return made;
  });
}

ct_result ct_full(double value, const int64_t *shape, int64_t dimensions, ct_dtype dtype, ct_device device) {
  return ct::tensor([&] { return at::full(ct::shape(shape, dimensions), value, ct::options(dtype, device)); });
}

ct_result ct_range(int64_t count, ct_dtype dtype, ct_device device) {
  return ct::tensor([&] { return at::arange(count, ct::options(dtype, device)); });
}

ct_result ct_normal(double deviation, uint64_t seed, const int64_t *shape, int64_t dimensions, ct_dtype dtype) {
  return ct::tensor([&] {
    auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
    return at::empty(ct::shape(shape, dimensions), ct::options(dtype, {false, 0})).normal_(0, deviation, generator);
  });
}

ct_result ct_uniform(double lower, double upper, uint64_t seed, const int64_t *shape, int64_t dimensions, ct_dtype dtype) {
  return ct::tensor([&] {
    auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
    return at::empty(ct::shape(shape, dimensions), ct::options(dtype, {false, 0})).uniform_(lower, upper, generator);
  });
}

ct_result ct_to(ct_tensor a, ct_dtype dtype, ct_device device) {
  return ct::tensor([&] { return a->value.to(ct::options(dtype, device)); });
}

ct_result ct_contiguous(ct_tensor a) { return ct::tensor([&] { return a->value.contiguous(); }); }

// Differentiation

bool ct_gradient_mode(void) { return at::GradMode::is_enabled(); }
void ct_set_gradient_mode(bool recording) { at::GradMode::set_enabled(recording); }
ct_status ct_require_gradient(ct_tensor a) { return ct::status([&] { a->value.requires_grad_(true); }); }
bool ct_requires_gradient(ct_tensor a) { return a->value.requires_grad(); }
ct_result ct_detach(ct_tensor a) { return ct::tensor([&] { return a->value.detach(); }); }
ct_status ct_backward(ct_tensor loss) { return ct::status([&] { loss->value.backward(); }); }

ct_status ct_gradients(ct_tensor loss, const ct_tensor *leaves, size_t count, ct_result *gradients) {
  return ct::status([&] {
    const auto found = torch::autograd::grad({loss->value}, ct::list(leaves, count), /*grad_outputs=*/{}, /*retain_graph=*/false, /*create_graph=*/false, /*allow_unused=*/true);
    for (size_t i = 0; i < count; i++) gradients[i] = found[i].defined() ? new ct_tensor_impl{found[i]} : nullptr;
  });
}

ct_status ct_add_gradient(ct_tensor leaf, ct_tensor gradient) {
  return ct::status([&] {
    at::Tensor &sum = leaf->value.mutable_grad();
    if (sum.defined()) sum.add_(gradient->value);
    else sum = gradient->value;
  });
}

bool ct_has_gradient(ct_tensor a) { return a->value.grad().defined(); }
ct_result ct_gradient(ct_tensor a) { return ct::tensor([&] { return a->value.grad(); }); }
void ct_clear_gradient(ct_tensor a) { a->value.mutable_grad().reset(); }

// In place

ct_status ct_copy_into(ct_tensor destination, ct_tensor source) {
  return ct::status([&] { destination->value.copy_(source->value); });
}

ct_status ct_add_into(ct_tensor destination, ct_tensor other) {
  return ct::status([&] { destination->value.add_(other->value); });
}

ct_status ct_multiply_in_place(ct_tensor a, double factor) {
  return ct::status([&] { a->value.mul_(factor); });
}

ct_status ct_scatter_into(ct_tensor destination, int64_t axis, ct_tensor indices, ct_tensor source) {
  return ct::status([&] { destination->value.index_copy_(axis, indices->value, source->value); });
}

ct_status ct_adamw_step(ct_adamw s, size_t count, const ct_tensor *parameters, const ct_tensor *gradients, const ct_tensor *first_moments, const ct_tensor *second_moments, const ct_tensor *steps) {
  return ct::status([&] {
    auto values = ct::list(parameters, count);
    auto first = ct::list(first_moments, count), second = ct::list(second_moments, count);
    at::_fused_adamw_(values, ct::list(gradients, count), first, second, {}, ct::list(steps, count), s.learning_rate, s.beta1, s.beta2, s.weight_decay, s.epsilon, /*amsgrad=*/false, /*maximize=*/false);
  });
}
