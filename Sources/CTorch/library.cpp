// Versions, devices, threads, errors.
#include "guard.h"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <torch/headeronly/version.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <atomic>
#include <string>

namespace {

std::atomic<int> thread_count{0}; // 0: libtorch's own choice
thread_local int own_thread_count = 0; // of this thread alone; 0: the process's
thread_local int adopted_thread_count = 0;

thread_local std::string last_error;

/// A CUDA build of libtorch keeps its kernels in a library of its own, which registers itself
/// when loaded. The program is linked without it, so that it also runs where there is none.
bool load_cuda() {
  static const bool loaded = dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) != nullptr;
  return loaded;
}

} // namespace

void ct::adopt_thread_count() {
  const int count = own_thread_count > 0 ? own_thread_count : thread_count.load(std::memory_order_relaxed);
  if (count == adopted_thread_count) return;
  at::set_num_threads(count);
  adopted_thread_count = count;
}

ct::OneThread::OneThread() : before(own_thread_count) {
  if (thread_count == 0) thread_count = at::get_num_threads();
  own_thread_count = 1;
}

ct::OneThread::~OneThread() {
  own_thread_count = before;
  adopt_thread_count();
}

void ct::record(const char *message) noexcept {
  try {
    last_error = message;
  } catch (...) {
  }
}

at::ScalarType ct::scalar_type(ct_dtype dtype) {
  switch (dtype) {
  case CT_FLOAT32: return at::kFloat;
  case CT_FLOAT64: return at::kDouble;
  case CT_BFLOAT16: return at::kBFloat16;
  case CT_FLOAT16: return at::kHalf;
  case CT_INT64: return at::kLong;
  case CT_BOOL: return at::kBool;
  }
  TORCH_CHECK(false, "unknown dtype ", static_cast<int>(dtype));
}

at::Device ct::device(ct_device device) {
  if (!device.is_cuda) return at::kCPU;
  return at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device.index));
}

at::TensorOptions ct::options(ct_dtype dtype, ct_device device) {
  return at::TensorOptions().dtype(scalar_type(dtype)).device(ct::device(device));
}

const char *ct_last_error(void) { return last_error.c_str(); }
const char *ct_header_version(void) { return TORCH_VERSION; }

/// The wheel's library does not name its release in a function; its build settings do.
const char *ct_library_version(void) {
  static const std::string version = [] {
    const std::string settings = at::show_config();
    const std::string key = "TORCH_VERSION=";
    const auto start = settings.find(key);
    if (start == std::string::npos) return std::string();
    const auto from = start + key.size();
    return settings.substr(from, settings.find_first_of(", \n", from) - from);
  }();
  return version.c_str();
}

int32_t ct_cuda_device_count(void) {
  int32_t count = 0;
  ct::status([&] { count = load_cuda() && at::hasCUDA() ? at::detail::getCUDAHooks().deviceCount() : 0; });
  return count;
}

ct_status ct_cuda_memory(int32_t index, int64_t *available, int64_t *total) {
  return ct::status([&] {
    const auto [free_bytes, all_bytes] = at::getDeviceAllocator(at::kCUDA)->getMemoryInfo(static_cast<c10::DeviceIndex>(index));
    *available = static_cast<int64_t>(free_bytes);
    *total = static_cast<int64_t>(all_bytes);
  });
}

void ct_wait_for_devices(void) {
  static const int32_t count = ct_cuda_device_count();
  for (int32_t index = 0; index < count; index++) {
    // A failure of the device stays its own: the next operation on it reports it.
    ct::status([&] {
      const auto device = static_cast<c10::DeviceIndex>(index);
      const auto &hooks = at::detail::getCUDAHooks();
      if (hooks.hasPrimaryContext(device)) hooks.deviceSynchronize(device);
    });
  }
}

void ct_set_thread_count(int32_t count) { thread_count = count < 1 ? 1 : count; }

int32_t ct_thread_count(void) {
  const int count = thread_count;
  return count > 0 ? count : at::get_num_threads();
}

/// glibc raises the size from which a block is mapped on its own to 32 MB as such blocks are freed:
/// activations then come from heaps, one a thread, which keep what is freed. Tasks of one step run on
/// several threads, so that each step would fill other heaps.
void ct_return_large_blocks(int64_t bytes) {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, static_cast<int>(bytes));
  // Setting one stops the adaption of both.
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
  mallopt(M_ARENA_MAX, 1);
#endif
}
