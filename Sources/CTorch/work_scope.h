// Work that may run out of memory or be stopped, and what becomes of the operations after that.
#pragma once

#include "include/CTorch.h"

#include <atomic>
#include <chrono>
#include <memory>

namespace ct {

/// A stretch of work of one thread, and of those that compute for it.
class WorkScope : public std::enable_shared_from_this<WorkScope> {
public:
  /// Within another; work that is in vain already stays so. Without `stop` that of the other.
  WorkScope(WorkScope *outer, ct_stop stop, void *context);
  ~WorkScope();
  WorkScope(const WorkScope &) = delete;

  WorkScope *const outer;

  /// Whether memory has run out, or the work is to stop: asked before every operation.
  bool has_given_up() noexcept;
  /// The operations after this one do nothing; what is kept for the way out is free now.
  void give_up(ct_outcome why, const char *reason) noexcept;
  /// Why it was given up; CT_DONE: it was not.
  ct_outcome outcome() const { return why; }
  /// What the first operation that found no memory says.
  const char *reason() const { return first_reason; }

private:
  const ct_stop stop;
  void *const context;
  /// When it is asked next: a question costs more than a small operation.
  std::atomic<std::chrono::steady_clock::time_point> question;
  std::atomic<ct_outcome> why;
  std::atomic<void *> reserve;
  std::atomic_flag has_reason = ATOMIC_FLAG_INIT;
  char first_reason[256] = "";
};

/// That of this thread; none: an operation that fails is an error of its own.
extern constinit thread_local WorkScope *work_scope;

inline bool has_given_up() { return work_scope && work_scope->has_given_up(); }
inline void note_out_of_memory(const char *reason) noexcept {
  if (work_scope) work_scope->give_up(CT_OUT_OF_MEMORY, reason);
}

/// Throws where the work is in vain: for what takes long within one operation, the backward pass
/// above all.
void go_on();

/// While it lives, this thread works in that scope.
struct InWorkScope {
  explicit InWorkScope(WorkScope *scope) : before(work_scope) { work_scope = scope; }
  ~InWorkScope() { work_scope = before; }
  InWorkScope(const InWorkScope &) = delete;

private:
  WorkScope *before;
};

} // namespace ct
