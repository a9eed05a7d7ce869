// Out of memory as an answer: from the operation that found none on, those of the scope do nothing.
#include "guard.h"

#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace {

/// Small blocks on the way out, arrays of the caller among them, want some memory too.
constexpr size_t reserve_size = 8 << 20;

/// Made before memory is short.
const at::Tensor &stand_in() {
  static const at::Tensor tensor = at::zeros({1, 1, 1, 1, 1, 1, 1, 1});
  return tensor;
}

} // namespace

constinit thread_local ct::MemoryScope *ct::memory_scope = nullptr;

ct::MemoryScope::MemoryScope(MemoryScope *outer) : outer(outer), ran_out(outer && outer->ran_out), reserve(malloc(reserve_size)) {}
ct::MemoryScope::~MemoryScope() { free(reserve.exchange(nullptr)); }

void ct::MemoryScope::run_out(const char *reason) noexcept {
  if (!has_reason.test_and_set()) strncpy(first_reason, reason, sizeof first_reason - 1);
  ran_out = true;
  free(reserve.exchange(nullptr));
}

struct ct_memory_scope_impl {
  std::shared_ptr<ct::MemoryScope> scope;
};

ct_memory_scope ct_begin_memory_scope(void) {
  ct_memory_scope made = nullptr;
  // Without one, a failure is that of the operation, as it is outside.
  ct::status([&] {
    stand_in();
    made = new ct_memory_scope_impl{std::make_shared<ct::MemoryScope>(ct::memory_scope)};
    ct::memory_scope = made->scope.get();
  });
  return made;
}

bool ct_end_memory_scope(ct_memory_scope scope) {
  if (!scope) return false;
  const bool ran_out = scope->scope->ran_out;
  if (ran_out) ct::record(scope->scope->reason());
  ct::memory_scope = scope->scope->outer;
  delete scope;
#ifdef __GLIBC__
  // What was freed shall be there for larger blocks than it was made of.
  if (ran_out) malloc_trim(0);
#endif
  return ran_out;
}

bool ct_memory_ran_out(void) { return ct::memory_ran_out(); }
ct_result ct_stand_in(void) { return new (std::nothrow) ct_tensor_impl{stand_in()}; }
