// Work on the threads that libtorch's operations use.
//
// libtorch's `at::parallel_for` is OpenMP directives in a header, which need a compiler flag that
// SwiftPM has not. The call they compile to is the same in every OpenMP runtime on Linux; a pool of
// our own would compete with libtorch's threads, which wait by spinning.
#include "kernels.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>

namespace {

struct OpenMP {
  void (*parallel)(void (*function)(void *), void *data, unsigned threads, unsigned flags);
  int (*thread)();
  int (*threads)();

  OpenMP() {
    const auto find = [](auto &function, const char *name) { function = reinterpret_cast<std::decay_t<decltype(function)>>(dlsym(RTLD_DEFAULT, name)); };
    find(parallel, "GOMP_parallel");
    find(thread, "omp_get_thread_num");
    find(threads, "omp_get_num_threads");
  }

  explicit operator bool() const { return parallel && thread && threads; }
};

const OpenMP &openmp() {
  static const OpenMP found;
  return found;
}

struct Work {
  int64_t count;
  void (*job)(void *context, int64_t index);
  void *context;
};

} // namespace

int64_t ct::available_threads() { return openmp() ? at::get_num_threads() : 1; }

void ct::run_in_pool(int64_t count, void (*job)(void *context, int64_t index), void *context) {
  Work work{count, job, context};
  // The team may be smaller than asked for.
  openmp().parallel(
      [](void *data) {
        const Work &work = *static_cast<const Work *>(data);
        for (int64_t index = openmp().thread(); index < work.count; index += openmp().threads()) work.job(work.context, index);
      },
      &work, static_cast<unsigned>(count), 0);
}
