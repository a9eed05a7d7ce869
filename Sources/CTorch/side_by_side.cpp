// Passes that run at the same time, each on one thread.
//
// libtorch's own pool is compiled into its callers by OpenMP's directives, which SwiftPM gives no
// flag for. These threads live as long as the program: MKL keeps buffers for each thread it meets.
#include "guard.h"

#include <ATen/core/grad_mode.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace {

class Workers {
public:
  /// Never destroyed: its threads wait for work until the program ends.
  static Workers &shared() {
    static auto *workers = new Workers;
    return *workers;
  }

  /// Whether a thread takes the job; where the system gives none, the caller does it.
  bool submit(std::function<void()> job) {
    const std::lock_guard lock(mutex);
    try {
      if (jobs.size() >= idle) std::thread([this] { work(); }).detach();
      jobs.push_back(std::move(job));
    } catch (const std::exception &) {
      return false;
    }
    available.notify_one();
    return true;
  }

private:
  void work() {
    std::unique_lock lock(mutex);
    while (true) {
      idle++;
      available.wait(lock, [this] { return !jobs.empty(); });
      idle--;
      const auto job = std::move(jobs.front());
      jobs.pop_front();
      lock.unlock();
      job();
      lock.lock();
    }
  }

  std::mutex mutex;
  std::condition_variable available;
  std::deque<std::function<void()>> jobs;
  size_t idle = 0;
};

} // namespace

void ct_side_by_side(int64_t count, void (*body)(void *context, int64_t index), void *context) {
  const bool is_recording = at::GradMode::is_enabled();
  ct::WorkScope *const scope = ct::work_scope;
  const auto pass = [&](int64_t index) {
    const ct::InWorkScope inside(scope);
    const ct::OneThread one;
    const at::AutoGradMode recording(is_recording);
    body(context, index);
  };
  std::mutex mutex;
  std::condition_variable finished;
  int64_t remaining = count - 1;
  for (int64_t index = 1; index < count; index++) {
    const auto job = [&, index] {
      pass(index);
      const std::lock_guard lock(mutex);
      if (--remaining == 0) finished.notify_one();
    };
    if (!Workers::shared().submit(job)) job();
  }
  if (count > 0) pass(0); // the caller has work too
  std::unique_lock lock(mutex);
  finished.wait(lock, [&] { return remaining <= 0; });
}
