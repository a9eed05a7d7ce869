// Work that may run out of memory, and what becomes of the operations after that.
#pragma once

#include <atomic>
#include <memory>

namespace ct {

/// A stretch of work of one thread, and of those that compute for it.
class MemoryScope : public std::enable_shared_from_this<MemoryScope> {
public:
  /// Within another; work that is in vain already stays so.
  explicit MemoryScope(MemoryScope *outer);
  ~MemoryScope();
  MemoryScope(const MemoryScope &) = delete;

  MemoryScope *const outer;
  std::atomic<bool> ran_out;

  /// The operations after this one do nothing; what is kept for the way out is free now.
  void run_out(const char *reason) noexcept;
  /// What the first operation that found no memory says.
  const char *reason() const { return first_reason; }

private:
  std::atomic<void *> reserve;
  std::atomic_flag has_reason = ATOMIC_FLAG_INIT;
  char first_reason[256] = "";
};

/// That of this thread; none: an operation that fails is an error of its own.
extern constinit thread_local MemoryScope *memory_scope;

inline bool memory_ran_out() { return memory_scope && memory_scope->ran_out.load(std::memory_order_relaxed); }
inline void note_out_of_memory(const char *reason) noexcept {
  if (memory_scope) memory_scope->run_out(reason);
}

/// While it lives, this thread works in that scope.
struct InMemoryScope {
  explicit InMemoryScope(MemoryScope *scope) : before(memory_scope) { memory_scope = scope; }
  ~InMemoryScope() { memory_scope = before; }
  InMemoryScope(const InMemoryScope &) = delete;

private:
  MemoryScope *before;
};

} // namespace ct
