// libtorch behind a plain C interface. Four conventions:
//   1. A returned handle is owned by the caller, who gives it back to `ct_free` once.
//   2. NULL, or the status CT_FAILED, means failure.
//   3. The reason is in `ct_last_error()`, which belongs to the calling thread.
//   4. No argument is kept after the call returns; only `ct_recomputed` keeps its function, and
//      says when it lets it go.
#ifndef CTORCH_H
#define CTORCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma clang assume_nonnull begin

typedef struct ct_tensor_impl *ct_tensor;
typedef ct_tensor _Nullable ct_result;

typedef enum ct_status { CT_OK = 0, CT_FAILED = 1 } ct_status;

typedef enum ct_dtype {
  CT_FLOAT32 = 0,
  CT_FLOAT64 = 1,
  CT_BFLOAT16 = 2,
  CT_FLOAT16 = 3,
  CT_INT64 = 4,
  CT_BOOL = 5,
} ct_dtype;

/// A device: the CPU, or the CUDA device of that index.
typedef struct ct_device {
  bool is_cuda;
  int32_t index;
} ct_device;

// Library
const char *ct_last_error(void);
const char *ct_header_version(void);
const char *ct_library_version(void);
int32_t ct_cuda_device_count(void);
/// Free and total bytes of a CUDA device.
ct_status ct_cuda_memory(int32_t index, int64_t *available, int64_t *total);
/// Waits until the CUDA devices in use have done all they were given; nothing without one.
void ct_wait_for_devices(void);
void ct_set_thread_count(int32_t count);
int32_t ct_thread_count(void);
/// Makes the C library give blocks from a size back to the system when they are freed, for the whole
/// process; does nothing where the library is not glibc.
void ct_return_large_blocks(int64_t bytes);
/// Takes `count` blocks of 64 bytes into the 8 words of a SHA-256 state.
void ct_sha256(uint32_t *state, const uint8_t *blocks, int64_t count);
/// Calls `body` for 0..<count, each call on a thread of its own; operations in it use one thread.
void ct_side_by_side(int64_t count, void (*body)(void *context, int64_t index), void *context);

// Out of memory, and work that is to stop
typedef struct ct_work_scope_impl *ct_work_scope;
typedef enum ct_outcome { CT_DONE = 0, CT_OUT_OF_MEMORY = 1, CT_STOPPED = 2 } ct_outcome;
/// Whether the work is to stop; asked on several threads.
typedef bool (*ct_stop)(void *_Nullable context);
/// From here to its end, once an operation of this thread, or of passes it runs side by side, has
/// found no memory, or `stop`, which is asked twenty times a second, has said yes, all others fail at
/// once. Scopes nest; NULL where there is no memory for one.
ct_work_scope _Nullable ct_begin_work_scope(ct_stop _Nullable stop, void *_Nullable context);
/// Ends the innermost scope, the one given; `ct_last_error()` says why where it was given up.
ct_outcome ct_end_work_scope(ct_work_scope _Nullable scope);
/// Whether the scope of this thread was given up.
bool ct_has_given_up(void);
/// What callers may go on with in place of a result until the end of the scope: eight axes of one
/// element, float32 on the CPU.
ct_result ct_stand_in(void);

// Tensors: lifetime and facts
void ct_free(ct_result tensor);
/// Another handle to the same tensor.
ct_result ct_alias(ct_tensor a);
int64_t ct_dimension_count(ct_tensor a);
void ct_shape(ct_tensor a, int64_t *out);
ct_dtype ct_dtype_of(ct_tensor a);
ct_device ct_device_of(ct_tensor a);
ct_status ct_read_bytes(ct_tensor a, void *out, size_t byte_count);
/// The elements of a contiguous tensor on the CPU, in place; NULL where it is not one, or empty.
void *_Nullable ct_data(ct_tensor a);
/// Whether no element is infinite or not a number.
ct_status ct_is_finite(ct_tensor a, bool *is_finite);

// Creation
ct_result ct_from_bytes(const void *data, const int64_t *shape, int64_t dimensions, ct_dtype dtype);
ct_result ct_empty(const int64_t *shape, int64_t dimensions, ct_dtype dtype, ct_device device);
ct_result ct_full(double value, const int64_t *shape, int64_t dimensions, ct_dtype dtype, ct_device device);
ct_result ct_range(int64_t count, ct_dtype dtype, ct_device device);
ct_result ct_normal(double deviation, uint64_t seed, const int64_t *shape, int64_t dimensions, ct_dtype dtype);
ct_result ct_uniform(double lower, double upper, uint64_t seed, const int64_t *shape, int64_t dimensions, ct_dtype dtype);
ct_result ct_to(ct_tensor a, ct_dtype dtype, ct_device device);
ct_result ct_contiguous(ct_tensor a);

// Shape
ct_result ct_reshape(ct_tensor a, const int64_t *shape, int64_t dimensions);
ct_result ct_expand(ct_tensor a, const int64_t *shape, int64_t dimensions);
ct_result ct_transpose(ct_tensor a, int64_t first, int64_t second);
ct_result ct_narrow(ct_tensor a, int64_t axis, int64_t start, int64_t length);
ct_result ct_index_select(ct_tensor a, int64_t axis, ct_tensor indices);
ct_result ct_gather(ct_tensor a, int64_t axis, ct_tensor indices);
ct_result ct_concatenate(const ct_tensor _Nonnull *_Nonnull tensors, size_t count, int64_t axis);

// Elementwise
ct_result ct_add(ct_tensor a, ct_tensor b);
ct_result ct_subtract(ct_tensor a, ct_tensor b);
ct_result ct_multiply(ct_tensor a, ct_tensor b);
ct_result ct_divide(ct_tensor a, ct_tensor b);
ct_result ct_add_scalar(ct_tensor a, double b);
ct_result ct_multiply_scalar(ct_tensor a, double b);
ct_result ct_power_scalar(ct_tensor a, double exponent);
ct_result ct_minimum(ct_tensor a, ct_tensor b);
ct_result ct_maximum(ct_tensor a, ct_tensor b);
ct_result ct_clamp(ct_tensor a, double lower, double upper);
ct_result ct_negate(ct_tensor a);
ct_result ct_absolute(ct_tensor a);
ct_result ct_exponential(ct_tensor a);
ct_result ct_logarithm(ct_tensor a);
ct_result ct_cosine(ct_tensor a);
ct_result ct_sine(ct_tensor a);
ct_result ct_sigmoid(ct_tensor a);
ct_result ct_silu(ct_tensor a);
ct_result ct_where(ct_tensor condition, ct_tensor a, ct_tensor b);
ct_result ct_less(ct_tensor a, ct_tensor b);
ct_result ct_less_equal(ct_tensor a, ct_tensor b);
ct_result ct_and(ct_tensor a, ct_tensor b);
ct_result ct_or(ct_tensor a, ct_tensor b);

// Reductions
ct_result ct_sum(ct_tensor a, const int64_t *_Nullable axes, size_t count, bool keeping);
ct_result ct_maximum_along(ct_tensor a, int64_t axis, bool keeping);
ct_result ct_argmax(ct_tensor a, int64_t axis);
ct_result ct_logsumexp(ct_tensor a, int64_t axis, bool keeping);
ct_result ct_softmax(ct_tensor a, int64_t axis);
ct_result ct_log_softmax(ct_tensor a, int64_t axis);
ct_result ct_cumulative_sum(ct_tensor a, int64_t axis);
ct_status ct_sort_descending(ct_tensor a, int64_t axis, ct_tensor _Nullable *_Nonnull values, ct_tensor _Nullable *_Nonnull indices);

// Neural network
ct_result ct_matmul(ct_tensor a, ct_tensor b);
ct_result ct_linear(ct_tensor input, ct_tensor weight, ct_result bias);
/// Whether this processor has a kernel for products of many rows; elsewhere they are libtorch's.
bool ct_multiplies(void);
/// The same of layers with one input; biases for all of them or none.
ct_status ct_linears(ct_tensor input, const ct_tensor _Nonnull *_Nonnull weights, const ct_tensor _Nonnull *_Nullable biases, size_t count, ct_tensor _Nullable *_Nonnull outputs);
/// Adds factor · inner · upᵀ to `output`, `[T, out]`, in place: the operation that made it must not
/// need it for its gradient.
ct_status ct_add_low_rank(ct_tensor output, ct_tensor inner, ct_tensor up, double factor);
ct_result ct_embedding(ct_tensor weight, ct_tensor indices);
ct_result ct_rms_norm(ct_tensor a, ct_tensor weight, double epsilon);
typedef enum ct_activation { CT_SILU = 0, CT_GELU_TANH = 1 } ct_activation;
/// activation(gate) · up; without `up`, gate and up are the halves of the last axis of `gate`.
ct_result ct_gated(ct_tensor gate, ct_result up, ct_activation kind);
/// product · weightᵀ of a product that `ct_gated` made of the others; keeps those in its place.
ct_result ct_gated_linear(ct_tensor product, ct_tensor weight, ct_tensor gate, ct_result up, ct_activation kind);
/// Heads `[T, H, D]` whose first R channels are rotated, by angles `[T, 1, R]`; the sign of the
/// rotation is in the sine's first half.
ct_result ct_rotary(ct_tensor heads, ct_tensor cosine, ct_tensor sine);
ct_result ct_attention(ct_tensor query, ct_tensor key, ct_tensor value, ct_result mask, bool causal, double scale);
/// log π(target) and the entropy of each row's distribution, `[2, T]`, in chunks of rows: no
/// `[T, V]` is kept, the backward pass computes each chunk's logits again. A `cap` above 0 makes
/// logits cap · tanh(logit / cap).
ct_result ct_token_log_probabilities(ct_tensor hidden, ct_tensor weight, ct_tensor targets, double temperature, double cap, int64_t chunk_rows);
/// Consecutive tokens of a packed pass, and the earlier segment that they continue, or −1.
typedef struct ct_segment {
  int64_t start, length, parent;
} ct_segment;
/// Whether the fused attention takes these tensors.
bool ct_packed_attention_takes(ct_tensor query, ct_tensor key, ct_tensor value);
/// softmax(cap(q kᵀ · scale)) v of a packed pass, `[T, H · D]`: each segment causally, and the whole
/// of its parent before it. A `window` or `cap` of 0 is none.
ct_result ct_packed_attention(ct_tensor query, ct_tensor key, ct_tensor value, const ct_segment *_Nullable segments, int64_t count, double scale, int64_t window, double cap);
ct_result ct_hyperbolic_tangent(ct_tensor a);
ct_result ct_gelu_tanh(ct_tensor a);

// Products of float32 on the CPU that no gradient flows through, made for sampling
/// Whether this processor has kernels for packed weights.
bool ct_packs_weights(void);
/// The weights `[out, in]` of layers with the same input, one below the other, in the order in which
/// products read them.
ct_result ct_pack_weights(const ct_tensor _Nonnull *_Nonnull weights, size_t count);
/// `input · Wᵀ + bias` with packed weights of so many outputs.
ct_result ct_packed_linear(ct_tensor input, ct_tensor packed, int64_t outputs, ct_result bias);
/// Keys and values of a layer: prompts' `[N, K, D, P]` and `[N, K, P, D]`, rows' own `[S, K, D, C]`
/// and `[S, K, C, D]`.
typedef struct ct_cached_layer {
  ct_tensor prompt_keys, prompt_values, own_keys, own_values;
} ct_cached_layer;
/// Consecutive rows that share the prompt in a slot.
typedef struct ct_cached_group {
  int64_t slot, prompt_length, row_count;
} ct_cached_group;
/// For each row the slot of its own tokens, and how many there are before the new one.
typedef struct ct_cached_rows {
  const ct_cached_group *groups;
  size_t group_count;
  const int64_t *slots, *own_lengths;
} ct_cached_rows;
/// What P and C must be multiples of, and D too; 0 where there is no kernel.
int64_t ct_cached_attention_step(void);
/// Writes each row's key and value `[R, K, D]`, and gives softmax(cap(q kᵀ · scale)) v over the
/// prompt and the own tokens, `[R, H · D]`. `window` and `cap` are 0 where there are none.
ct_result ct_cached_attention(ct_tensor query, ct_tensor key, ct_tensor value, ct_cached_layer layer, ct_cached_rows rows, double scale, int64_t window, double cap);
/// A token a row of `[R, V]`: where the cumulative probability passes the row's number in [0, 1).
/// Its log-probability is that of softmax(logits / temperature).
ct_status ct_sample(ct_tensor logits, double temperature, const double *uniforms, int64_t *tokens, float *log_probabilities);

// In place: for the optimizer and the cache
ct_status ct_copy_into(ct_tensor destination, ct_tensor source);
ct_status ct_add_into(ct_tensor destination, ct_tensor other);
ct_status ct_multiply_in_place(ct_tensor a, double factor);
ct_status ct_scatter_into(ct_tensor destination, int64_t axis, ct_tensor indices, ct_tensor source);
typedef struct ct_adamw {
  double learning_rate, beta1, beta2, weight_decay, epsilon;
} ct_adamw;
ct_status ct_adamw_step(ct_adamw settings, size_t count, const ct_tensor _Nonnull *_Nonnull parameters, const ct_tensor _Nonnull *_Nonnull gradients, const ct_tensor _Nonnull *_Nonnull first_moments, const ct_tensor _Nonnull *_Nonnull second_moments, const ct_tensor _Nonnull *_Nonnull steps);

// Differentiation
bool ct_gradient_mode(void);
void ct_set_gradient_mode(bool recording);
ct_status ct_require_gradient(ct_tensor a);
bool ct_requires_gradient(ct_tensor a);
ct_result ct_detach(ct_tensor a);
ct_status ct_backward(ct_tensor loss);
/// The gradients of `loss`, NULL for leaves that it does not depend on; no leaf is changed.
ct_status ct_gradients(ct_tensor loss, const ct_tensor _Nonnull *_Nonnull leaves, size_t count, ct_result *_Nonnull gradients);
/// Adds to the gradient that the leaf holds.
ct_status ct_add_gradient(ct_tensor leaf, ct_tensor gradient);
bool ct_has_gradient(ct_tensor a);
ct_result ct_gradient(ct_tensor a);
void ct_clear_gradient(ct_tensor a);
/// A function of one tensor, and what it closes over: `call` gives a new handle or NULL, `release`
/// is called once, on whichever thread, when the function is not needed any more.
typedef struct ct_function {
  void *context;
  ct_result (*_Nonnull call)(void *context, ct_tensor input);
  void (*_Nonnull release)(void *context);
} ct_function;
/// `function(input)`, of which only the input is kept: the backward pass calls the function again,
/// perhaps on another thread.
ct_result ct_recomputed(ct_tensor input, ct_function function);

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif
#endif
