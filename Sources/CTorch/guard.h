// Every `catch` of the project. A C++ exception becomes NULL or CT_FAILED and a message of this thread.
#pragma once

#if !__has_include(<ATen/ATen.h>)
#error "libtorch is not set up. Run Scripts/libtorch (or any make target) in the folder of swift-grpo."
#endif

#include <ATen/ATen.h>

#include <cstring>
#include <new>

#include "include/CTorch.h"
#include "work_scope.h"

struct ct_tensor_impl {
  at::Tensor value;
};

namespace ct {

void record(const char *message) noexcept;

/// Gives this thread the process's thread count: OpenMP keeps one for each thread that calls, and
/// Swift's tasks move between threads, but sums must not depend on where they were computed.
void adopt_thread_count();

/// While it lives, operations of this thread use one thread.
struct OneThread {
  OneThread();
  ~OneThread();
  OneThread(const OneThread &) = delete;

private:
  int before;
};

/// Keeps the message of the exception being handled, and tells the scope that memory ran out.
inline void record_current() noexcept {
  try {
    throw;
  } catch (const c10::OutOfMemoryError &error) {
    record(error.what_without_backtrace());
    note_out_of_memory(error.what_without_backtrace());
  } catch (const c10::Error &error) {
    record(error.what_without_backtrace());
    // The allocator of the CPU has no type of its own for it.
    if (std::strstr(error.what_without_backtrace(), "can't allocate memory")) note_out_of_memory(error.what_without_backtrace());
  } catch (const std::bad_alloc &) {
    record("there is no memory for a block of the program's own");
    note_out_of_memory("there is no memory for a block of the program's own");
  } catch (const std::exception &error) {
    record(error.what());
  } catch (...) {
    record("an exception of an unknown kind");
  }
}

template <class Body> ct_result tensor(Body &&body) noexcept {
  if (has_given_up()) return nullptr;
  try {
    adopt_thread_count();
    return new ct_tensor_impl{body()};
  } catch (...) {
    record_current();
    return nullptr;
  }
}

template <class Body> ct_status status(Body &&body) noexcept {
  if (has_given_up()) return CT_FAILED;
  try {
    adopt_thread_count();
    body();
    return CT_OK;
  } catch (...) {
    record_current();
    return CT_FAILED;
  }
}

inline at::IntArrayRef shape(const int64_t *sizes, int64_t dimensions) {
  return at::IntArrayRef(sizes, static_cast<size_t>(dimensions));
}

inline std::vector<at::Tensor> list(const ct_tensor *tensors, size_t count) {
  std::vector<at::Tensor> values;
  values.reserve(count);
  for (size_t i = 0; i < count; i++) values.push_back(tensors[i]->value);
  return values;
}

at::ScalarType scalar_type(ct_dtype dtype);
at::Device device(ct_device device);
at::TensorOptions options(ct_dtype dtype, ct_device device);

} // namespace ct
