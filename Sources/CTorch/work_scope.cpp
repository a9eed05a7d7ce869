// Out of memory, or a wish to stop, as an answer: from that operation on, those of the scope do nothing.
#include "guard.h"

#include <stdexcept>
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace {

/// Small blocks on the way out, arrays of the caller among them, want some memory too.
constexpr size_t reserve_size = 8 << 20;
constexpr std::chrono::milliseconds between_questions(50);

/// Made before memory is short.
const at::Tensor &stand_in() {
  static const at::Tensor tensor = at::zeros({1, 1, 1, 1, 1, 1, 1, 1});
  return tensor;
}

} // namespace

constinit thread_local ct::WorkScope *ct::work_scope = nullptr;

ct::WorkScope::WorkScope(WorkScope *outer, ct_stop stop, void *context) : outer(outer), stop(stop || !outer ? stop : outer->stop), context(stop || !outer ? context : outer->context), question(std::chrono::steady_clock::now() + between_questions), why(outer ? outer->why.load() : CT_DONE), reserve(malloc(reserve_size)) {}
ct::WorkScope::~WorkScope() { free(reserve.exchange(nullptr)); }

bool ct::WorkScope::has_given_up() noexcept {
  if (why.load(std::memory_order_relaxed) != CT_DONE) return true;
  if (!stop) return false;
  const auto now = std::chrono::steady_clock::now();
  if (now < question.load(std::memory_order_relaxed)) return false;
  question = now + between_questions;
  if (!stop(context)) return false;
  give_up(CT_STOPPED, "the work was asked to stop");
  return true;
}

void ct::WorkScope::give_up(ct_outcome cause, const char *reason) noexcept {
  if (!has_reason.test_and_set()) {
    strncpy(first_reason, reason, sizeof first_reason - 1);
    why = cause;
  }
  free(reserve.exchange(nullptr));
}

void ct::go_on() {
  if (has_given_up()) throw std::runtime_error("the work was given up");
}

struct ct_work_scope_impl {
  std::shared_ptr<ct::WorkScope> scope;
};

ct_work_scope ct_begin_work_scope(ct_stop stop, void *context) {
  ct_work_scope made = nullptr;
  // Without one, a failure is that of the operation, as it is outside.
  ct::status([&] {
    stand_in();
    made = new ct_work_scope_impl{std::make_shared<ct::WorkScope>(ct::work_scope, stop, context)};
    ct::work_scope = made->scope.get();
  });
  return made;
}

ct_outcome ct_end_work_scope(ct_work_scope scope) {
  if (!scope) return CT_DONE;
  const ct_outcome outcome = scope->scope->outcome();
  if (outcome != CT_DONE) ct::record(scope->scope->reason());
  ct::work_scope = scope->scope->outer;
  delete scope;
#ifdef __GLIBC__
  // What was freed shall be there for larger blocks than it was made of.
  if (outcome == CT_OUT_OF_MEMORY) malloc_trim(0);
#endif
  return outcome;
}

bool ct_has_given_up(void) { return ct::has_given_up(); }
ct_result ct_stand_in(void) { return new (std::nothrow) ct_tensor_impl{stand_in()}; }
