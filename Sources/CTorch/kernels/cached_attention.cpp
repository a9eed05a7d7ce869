// Attention of one new token a row over a prompt that its group shares and the row's own tokens.
//
// Keys lie by columns, a line for each channel, so that scores are tiles like any product's. A
// group's rows read each prompt key once, together.
#include "product.h"

#include <limits>

namespace {

struct Shape {
  int64_t heads, key_heads, width, prompt_capacity, own_capacity;
  double scale, cap;
  int64_t window;
};

/// The rows of one group in one head of keys.
struct Job {
  const ct_cached_group *group;
  int64_t first, count, head;
};

struct Buffers {
  std::vector<float> query, scores, results;
};

/// softmax of the capped scores[first ..< count] in place, 0 before; not divided: returns the sum.
CT_VECTORISED float exponentials(float *scores, int64_t first, int64_t count, float cap) {
  CT_REASSOCIATE
  if (cap > 0)
    for (int64_t j = first; j < count; j++) scores[j] = cap * ct::hyperbolic_tangent(scores[j] / cap);
  const float top = ct::largest(scores + first, count - first, -std::numeric_limits<float>::infinity());
  float sum = 0;
  std::fill(scores, scores + first, 0.0f);
  for (int64_t j = first; j < count; j++) {
    const float e = ct::exponential(scores[j] - top);
    scores[j] = e;
    sum += e;
  }
  return sum;
}

/// Tiles over all columns, whose number is a multiple of half a tile's.
void multiply(const ct::TileKernel &kernel, ct::Tile tile, int64_t rows, int64_t columns) {
  for (; columns > 0; columns -= kernel.width, tile.w += kernel.width, tile.y += kernel.width) ct::over_rows(kernel, rows, tile, columns >= kernel.width ? kernel.whole : kernel.half);
}

int64_t rounded_up(int64_t count, int64_t step) { return (count + step - 1) / step * step; }

class Attention {
public:
  Attention(const ct::TileKernel &kernel, const Shape &shape, const ct_cached_rows &rows, const at::Tensor &query, const at::Tensor &key, const at::Tensor &value, ct_cached_layer layer, const at::Tensor &result)
      : kernel(kernel), shape(shape), rows(rows), query(query), key(key), value(value), prompt_keys(data(layer.prompt_keys)), prompt_values(data(layer.prompt_values)), own_keys(data(layer.own_keys)), own_values(data(layer.own_values)), result(result.mutable_data_ptr<float>()), group_heads(shape.heads / shape.key_heads), step(kernel.width / 2) {}

  void run(const Job &job, Buffers &buffers) const {
    const int64_t lines = job.count * group_heads, prompt = job.group->prompt_length, stride = rounded_up(prompt, step) + shape.own_capacity;
    buffers.query.resize(lines * shape.width);
    buffers.scores.resize(lines * stride);
    buffers.results.resize(lines * shape.width);
    const int64_t own_start = rounded_up(prompt, step);
    gather(job, buffers.query.data());
    float *scores = buffers.scores.data(), *out = buffers.results.data();
    // Scores of the prompt for all rows, then of each row's own tokens.
    const float *keys = prompt_keys + (job.group->slot * shape.key_heads + job.head) * shape.width * shape.prompt_capacity;
    multiply(kernel, {buffers.query.data(), shape.width, keys, shape.prompt_capacity, shape.width, scores, stride, false}, lines, own_start);
    for (int64_t row = 0; row < job.count; row++) {
      const int64_t length = append(job.first + row, job.head);
      const float *own = own_keys + cell(job.first + row, job.head) * shape.width * shape.own_capacity;
      multiply(kernel, {buffers.query.data() + row * group_heads * shape.width, shape.width, own, shape.own_capacity, shape.width, scores + row * group_heads * stride + own_start, stride, false}, group_heads, rounded_up(length, step));
    }
    const std::vector<float> sums = soften(job, scores, stride, own_start);
    const float *values = prompt_values + (job.group->slot * shape.key_heads + job.head) * shape.prompt_capacity * shape.width;
    multiply(kernel, {scores, stride, values, shape.width, prompt, out, shape.width, false}, lines, shape.width);
    for (int64_t row = 0; row < job.count; row++) {
      const float *own = own_values + cell(job.first + row, job.head) * shape.own_capacity * shape.width;
      multiply(kernel, {scores + row * group_heads * stride + own_start, stride, own, shape.width, rows.own_lengths[job.first + row] + 1, out + row * group_heads * shape.width, shape.width, true}, group_heads, shape.width);
    }
    scatter(job, out, sums);
  }

private:
  static float *data(ct_tensor tensor) { return tensor->value.mutable_data_ptr<float>(); }

  /// The place of a row's own keys in one head.
  int64_t cell(int64_t row, int64_t head) const { return rows.slots[row] * shape.key_heads + head; }

  /// The scaled queries of a job, row after row.
  void gather(const Job &job, float *to) const {
    for (int64_t row = job.first; row < job.first + job.count; row++) {
      const float *from = query.const_data_ptr<float>() + row * query.stride(0) + job.head * group_heads * shape.width;
      for (int64_t i = 0; i < group_heads * shape.width; i++) *to++ = from[i] * static_cast<float>(shape.scale);
    }
  }

  /// Writes the new token's key and value; returns how many tokens the row has now.
  int64_t append(int64_t row, int64_t head) const {
    const int64_t place = rows.own_lengths[row];
    const float *new_key = key.const_data_ptr<float>() + row * key.stride(0) + head * shape.width;
    const float *new_value = value.const_data_ptr<float>() + row * value.stride(0) + head * shape.width;
    float *column = own_keys + cell(row, head) * shape.width * shape.own_capacity + place;
    for (int64_t i = 0; i < shape.width; i++) column[i * shape.own_capacity] = new_key[i];
    std::copy_n(new_value, shape.width, own_values + (cell(row, head) * shape.own_capacity + place) * shape.width);
    return place + 1;
  }

  /// Scores to exponentials over the prompt and the own tokens within the window.
  std::vector<float> soften(const Job &job, float *scores, int64_t stride, int64_t own_start) const {
    const int64_t prompt = job.group->prompt_length;
    std::vector<float> sums(job.count * group_heads);
    for (int64_t line = 0; line < job.count * group_heads; line++) {
      float *all = scores + line * stride;
      const int64_t length = rows.own_lengths[job.first + line / group_heads] + 1;
      const int64_t first = shape.window > 0 ? std::max<int64_t>(0, prompt + length - shape.window) : 0;
      // Own scores move next to the prompt's, so that one softmax is over both.
      if (own_start > prompt) std::copy(all + own_start, all + own_start + length, all + prompt);
      sums[line] = exponentials(all, first, prompt + length, static_cast<float>(shape.cap));
      if (own_start > prompt) std::copy_backward(all + prompt, all + prompt + length, all + own_start + length);
    }
    return sums;
  }

  void scatter(const Job &job, const float *from, const std::vector<float> &sums) const {
    float *to = result + job.first * shape.heads * shape.width + job.head * group_heads * shape.width;
    for (int64_t row = 0; row < job.count; row++, to += shape.heads * shape.width) {
      for (int64_t i = 0; i < group_heads * shape.width; i++, from++) to[i] = *from / sums[row * group_heads + i / shape.width];
    }
  }

  const ct::TileKernel &kernel;
  const Shape shape;
  const ct_cached_rows rows;
  const at::Tensor query, key, value;
  float *const prompt_keys, *const prompt_values, *const own_keys, *const own_values;
  float *const result;
  const int64_t group_heads, step;
};

at::Tensor with_dense_heads(const at::Tensor &heads) { return heads.stride(2) == 1 && heads.stride(1) == heads.size(2) ? heads : heads.contiguous(); }

} // namespace

int64_t ct_cached_attention_step(void) { return ct::tile_kernel() ? ct::tile_kernel()->width / 2 : 0; }

ct_result ct_cached_attention(ct_tensor query, ct_tensor key, ct_tensor value, ct_cached_layer layer, ct_cached_rows rows, double scale, int64_t window, double cap) {
  return ct::tensor([&] {
    const ct::TileKernel &kernel = *ct::tile_kernel();
    const at::Tensor q = with_dense_heads(query->value), k = with_dense_heads(key->value), v = with_dense_heads(value->value);
    const Shape shape{q.size(1), k.size(1), q.size(2), layer.prompt_keys->value.size(3), layer.own_keys->value.size(3), scale, cap, window};
    const at::Tensor result = at::empty({q.size(0), shape.heads * shape.width}, q.options().requires_grad(false));
    std::vector<Job> jobs;
    int64_t row = 0;
    // Some rows at a time: their scores stay in the cache.
    const int64_t most = std::max<int64_t>(1, 48 / (shape.heads / shape.key_heads));
    for (size_t group = 0; group < rows.group_count; group++) {
      const int64_t count = rows.groups[group].row_count, parts = (count + most - 1) / most;
      for (int64_t part = 0; part < parts; part++) {
        const int64_t first = count * part / parts, last = count * (part + 1) / parts;
        for (int64_t head = 0; head < shape.key_heads; head++) jobs.push_back({&rows.groups[group], row + first, last - first, head});
      }
      row += count;
    }
    const Attention attention(kernel, shape, rows, q, k, v, layer, result);
    ct::parallel(static_cast<int64_t>(jobs.size()), 1, [&](int64_t begin, int64_t end) {
      thread_local Buffers buffers;
      for (int64_t job = begin; job < end; job++) attention.run(jobs[job], buffers);
    });
    return result;
  });
}
