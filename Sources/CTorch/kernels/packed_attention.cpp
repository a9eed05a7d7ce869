// Attention of a packed pass: each prompt once, then its completions, no padding, no masks.
//
// As in FlashAttention-2 (Dao 2023, algorithms 1 and 2): scores exist a tile at a time and are
// computed again by the backward pass, from each row's log-sum-exp. A tile is some consecutive
// queries of one segment, for all heads that share a key/value head, against some keys of that
// segment or of its parent. Tiles are counted from the start of their segment, so that its results
// do not depend on what else is packed. A position counts from the start of the parent.
#include "attention_tiles.h"

#include <torch/csrc/autograd/custom_function.h>

#include <atomic>
#include <limits>
#include <vector>

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

/// Rows (queries · heads) and keys of a tile: 256 KB of scores stay in the second cache.
constexpr int64_t tile_rows = 128, tile_keys = 512;

/// What a pass computes, beside the tensors.
struct Plan : torch::CustomClassHolder {
  std::vector<ct_segment> segments;
  float scale, cap; // no cap: 0
  int64_t window;   // no window: 0

  /// The segments in the order of the packing, none of which comes before its parent.
  void check(int64_t tokens) const {
    int64_t start = 0;
    for (size_t index = 0; index < segments.size(); index++) {
      const ct_segment &segment = segments[index];
      TORCH_CHECK(segment.start == start && segment.length >= 0 && segment.parent >= -1 && segment.parent < static_cast<int64_t>(index), "packed attention: segment ", index, " of ", segment.length, " tokens at ", segment.start, ", parent ", segment.parent);
      start += segment.length;
    }
    TORCH_CHECK(start == tokens, "packed attention: segments of ", start, " tokens, found ", tokens);
  }

  /// The segments that continue each other.
  std::vector<std::vector<ct_segment>> groups() const {
    std::vector<std::vector<ct_segment>> groups;
    std::vector<size_t> group_of(segments.size());
    for (size_t index = 0; index < segments.size(); index++) {
      const ct_segment &segment = segments[index];
      group_of[index] = segment.parent < 0 ? groups.size() : group_of[static_cast<size_t>(segment.parent)];
      if (segment.parent < 0) groups.emplace_back();
      groups[group_of[index]].push_back(segment);
    }
    return groups;
  }
};

/// Queries first..<first + count of a segment, for the heads of one key/value head.
struct QueryTile {
  ct_segment segment;
  int64_t parent_start, parent_length, head, first, count;
};

struct Shape {
  int64_t tokens, heads, shared, width;
  /// The heads of a key/value head.
  int64_t ratio() const { return heads / shared; }
  /// The queries of a tile.
  int64_t queries() const { return std::max<int64_t>(1, tile_rows / ratio()); }
};

/// Calls `body(reach, row)` for the tiles of the keys that some query looks at; the first of a
/// tile's keys is at that row of the packing.
template <class Body> void for_key_tiles(const Plan &plan, const Shape &shape, const QueryTile &tile, const Body &body) {
  const int64_t position = tile.parent_length + tile.first, end = position + tile.count;
  int64_t from = plan.window == 0 ? 0 : std::max<int64_t>(0, position - plan.window + 1);
  while (from < end) {
    const bool is_parent = from < tile.parent_length;
    const int64_t count = std::min(tile_keys, (is_parent ? tile.parent_length : end) - from);
    body(Reach{position, plan.window, shape.ratio(), from, count}, is_parent ? tile.parent_start + from : tile.segment.start + from - tile.parent_length);
    from += count;
  }
}

template <class Body> void for_query_tiles(const Plan &plan, const Shape &shape, const ct_segment &segment, int64_t head, const Body &body) {
  const bool has_parent = segment.parent >= 0;
  const ct_segment parent = has_parent ? plan.segments[static_cast<size_t>(segment.parent)] : ct_segment{0, 0, -1};
  for (int64_t first = 0; first < segment.length; first += shape.queries()) body(QueryTile{segment, parent.start, parent.length, head, first, std::min(shape.queries(), segment.length - first)});
}

/// The tensors of a pass, and the work on one tile.
struct Pass {
  const Plan &plan;
  Shape shape;
  Matrix query, key, value; // the rows of a token
  Rows<float> output, log_sums; // `[T, H · D]`, `[T, H]`

  int64_t scores() const {
    int64_t longest = 0;
    for (const auto &segment : plan.segments) longest = std::max(longest, segment.length);
    return std::min(longest, shape.queries()) * shape.ratio() * std::min(longest, tile_keys);
  }
  int64_t rows() const { return shape.queries() * shape.ratio(); }

  /// The rows of a tile in a tensor of all heads.
  template <class Element> Rows<Element> own(Rows<Element> all, const QueryTile &tile, int64_t width) const { return {all[tile.segment.start + tile.first] + tile.head * shape.ratio() * width, all.stride}; }
  template <class Element> Rows<Element> keys(Rows<Element> all, const QueryTile &tile, int64_t row) const { return {all[row] + tile.head * shape.width, all.stride}; }

  int64_t forward_scratch() const { return scores() + rows() * (2 * shape.width + 2); }

  void forward(const QueryTile &tile, float *scratch) const {
    const int64_t width = shape.width, ratio = shape.ratio(), rows = tile.count * ratio;
    float *const queries = scratch, *const results = queries + rows * width, *const maxima = results + rows * width, *const sums = maxima + rows, *const scores = sums + rows;
    copy_tile(own(query, tile, width), queries, tile.count, ratio * width, plan.scale);
    std::fill(results, results + rows * width, 0.0f);
    std::fill(maxima, maxima + rows, -std::numeric_limits<float>::infinity());
    std::fill(sums, sums + rows, 0.0f);
    for_key_tiles(plan, shape, tile, [&](const Reach &reach, int64_t row) {
      multiply({queries, width}, keys(key, tile, row), {scores, reach.count}, rows, reach.count, width, Transposed::right, false);
      continue_softmax(scores, reach, rows, plan.cap, maxima, sums, results, width);
      multiply({scores, reach.count}, keys(value, tile, row), {results, width}, rows, width, reach.count, Transposed::none, true);
    });
    for (int64_t row = 0; row < rows; row++) {
      own(log_sums, tile, 1)[row / ratio][row % ratio] = maxima[row] + std::log(sums[row]);
      float *const result = own(output, tile, width)[row / ratio] + row % ratio * width;
      for (int64_t i = 0; i < width; i++) result[i] = results[row * width + i] / sums[row];
    }
  }

  int64_t backward_scratch() const { return 2 * scores() + rows() * (3 * shape.width + 2); }

  /// Adds to the gradients of the keys and values: one job after the other for the same of those.
  void backward(const QueryTile &tile, Matrix gradient, Rows<float> dq, Rows<float> dk, Rows<float> dv, float *scratch) const {
    const int64_t width = shape.width, ratio = shape.ratio(), rows = tile.count * ratio;
    float *const queries = scratch, *const along = queries + rows * width, *const results = along + rows * width, *const deltas = results + rows * width, *const logs = deltas + rows, *const scores = logs + rows, *const score_gradients = scores + this->scores();
    copy_tile(own(query, tile, width), queries, tile.count, ratio * width, plan.scale);
    copy_tile(own(gradient, tile, width), along, tile.count, ratio * width, 1);
    copy_tile(own(Matrix{log_sums.data, log_sums.stride}, tile, 1), logs, tile.count, ratio, 1);
    row_products(along, own(Matrix{output.data, output.stride}, tile, width), tile.count, ratio, width, deltas);
    std::fill(results, results + rows * width, 0.0f);
    for_key_tiles(plan, shape, tile, [&](const Reach &reach, int64_t row) {
      const Matrix p{scores, reach.count}, ds{score_gradients, reach.count};
      multiply({queries, width}, keys(key, tile, row), {scores, reach.count}, rows, reach.count, width, Transposed::right, false);
      multiply({along, width}, keys(value, tile, row), {score_gradients, reach.count}, rows, reach.count, width, Transposed::right, false);
      differentiate_softmax(scores, score_gradients, reach, rows, plan.cap, logs, deltas);
      multiply(p, {along, width}, keys(dv, tile, row), reach.count, width, rows, Transposed::left, true);
      multiply(ds, {queries, width}, keys(dk, tile, row), reach.count, width, rows, Transposed::left, true);
      multiply(ds, keys(key, tile, row), {results, width}, rows, width, reach.count, Transposed::none, true);
    });
    for (int64_t query = 0; query < tile.count; query++)
      for (int64_t i = 0; i < ratio * width; i++) own(dq, tile, width)[query][i] = results[query * ratio * width + i] * plan.scale;
  }
};

/// Calls `job(index, scratch)` for 0..<count, on the pool; who computes a job does not matter.
template <class Job> void run_jobs(int64_t count, int64_t scratch_size, const Job &job) {
  const int64_t workers = std::min(ct::available_threads(), count);
  // MKL's last bits depend on where its operands lie: for every worker alike.
  scratch_size = (scratch_size + 15) / 16 * 16;
  const at::Tensor scratch = at::empty({workers, scratch_size}, at::kFloat);
  float *const start = scratch.data_ptr<float>();
  std::atomic<int64_t> next{0};
  ct::parallel(workers, 1, [&](int64_t begin, int64_t end) {
    const OneThreadProducts one;
    for (int64_t worker = begin; worker < end; worker++)
      for (int64_t index; (index = next++) < count;) job(index, start + worker * scratch_size);
  });
}

/// The rows of a token, `[H · D]`, as they lie where heads lie side by side, else copied.
at::Tensor in_rows(const at::Tensor &a) { return a.stride(2) == 1 && a.stride(1) == a.size(2) ? a : a.contiguous(); }

template <class Element = const float> Rows<Element> rows_of(const at::Tensor &a) { return {a.data_ptr<float>(), a.stride(0)}; }

struct PackedAttention : torch::autograd::Function<PackedAttention> {
  static Variable forward(AutogradContext *context, const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const c10::intrusive_ptr<Plan> &plan) {
    const at::Tensor query = in_rows(q), key = in_rows(k), value = in_rows(v);
    const Shape shape{q.size(0), q.size(1), k.size(1), q.size(2)};
    const at::Tensor output = at::empty({shape.tokens, shape.heads * shape.width}, q.options()), log_sums = at::empty({shape.tokens, shape.heads}, q.options());
    const Pass pass{*plan, shape, rows_of(query), rows_of(key), rows_of(value), rows_of<float>(output), rows_of<float>(log_sums)};
    std::vector<QueryTile> tiles;
    for (int64_t head = 0; head < shape.shared; head++)
      for (const auto &segment : plan->segments) for_query_tiles(*plan, shape, segment, head, [&](const QueryTile &tile) { tiles.push_back(tile); });
    run_jobs(static_cast<int64_t>(tiles.size()), pass.forward_scratch(), [&](int64_t index, float *scratch) { pass.forward(tiles[static_cast<size_t>(index)], scratch); });
    context->save_for_backward({query, key, value, output, log_sums});
    context->saved_data["plan"] = c10::IValue::make_capsule(plan);
    return output;
  }

  static variable_list backward(AutogradContext *context, variable_list gradients) {
    ct::go_on();
    const auto saved = context->get_saved_variables();
    const auto capsule = context->saved_data["plan"].toCapsule();
    const Plan &plan = static_cast<const Plan &>(*capsule);
    const at::Tensor &query = saved[0], &key = saved[1], gradient = gradients[0].contiguous();
    const at::Tensor dq = at::empty(query.sizes(), query.options()), dk = at::zeros(key.sizes(), key.options()), dv = at::zeros(key.sizes(), key.options());
    const Shape shape{query.size(0), query.size(1), key.size(1), query.size(2)};
    const Pass pass{plan, shape, rows_of(query), rows_of(key), rows_of(saved[2]), rows_of<float>(saved[3]), rows_of<float>(saved[4])};
    // All segments that add to the same keys are one job, in their order: the sums are always the same.
    const auto groups = plan.groups();
    const auto count = static_cast<int64_t>(groups.size());
    run_jobs(count * shape.shared, pass.backward_scratch(), [&](int64_t index, float *scratch) {
      for (const auto &segment : groups[static_cast<size_t>(index % count)])
        for_query_tiles(plan, shape, segment, index / count, [&](const QueryTile &tile) { pass.backward(tile, rows_of(gradient), rows_of<float>(dq), rows_of<float>(dk), rows_of<float>(dv), scratch); });
    });
    return {dq, dk, dv, at::Tensor()};
  }
};

} // namespace

bool ct_packed_attention_takes(ct_tensor query, ct_tensor key, ct_tensor value) { return products().product && ct::fits_kernels(query->value, key->value, value->value); }

ct_result ct_packed_attention(ct_tensor query, ct_tensor key, ct_tensor value, const ct_segment *segments, int64_t count, double scale, int64_t window, double cap) {
  return ct::tensor([&] {
    const at::Tensor &q = query->value, &k = key->value, &v = value->value;
    TORCH_CHECK(products().product && ct::fits_kernels(q, k, v), "packed attention takes float32 on the CPU");
    TORCH_CHECK(q.dim() == 3 && k.dim() == 3 && k.sizes() == v.sizes() && q.size(0) == k.size(0) && q.size(2) == k.size(2) && k.size(1) > 0 && q.size(1) % k.size(1) == 0, "packed attention: query ", q.sizes(), ", key ", k.sizes(), ", value ", v.sizes());
    const auto plan = c10::make_intrusive<Plan>();
    plan->segments.assign(segments, segments + count);
    plan->scale = static_cast<float>(scale), plan->cap = static_cast<float>(cap), plan->window = window;
    plan->check(q.size(0));
    return PackedAttention::apply(q, k, v, plan);
  });
}
