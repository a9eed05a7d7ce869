// A token a row from the distribution of its logits, in one pass over them.
#include "kernels.h"

#include <limits>

namespace {

/// The logits whose probabilities are added up together before the sum goes on in double.
constexpr int64_t block = 64;

CT_VECTORISED float largest(const float *x, int64_t count) { return ct::largest(x, count, -std::numeric_limits<float>::infinity()); }

CT_VECTORISED float exponential_sum(const float *x, int64_t count, float top, float inverse_temperature) {
  CT_REASSOCIATE
  float sum = 0;
  for (int64_t i = 0; i < count; i++) sum += ct::exponential((x[i] - top) * inverse_temperature);
  return sum;
}

/// The first token at which the cumulative sum passes `target`, and never one that is impossible.
int64_t find(const float *x, int64_t count, float top, float inverse_temperature, const std::vector<double> &sums, double target) {
  const int64_t number = std::min<int64_t>(std::upper_bound(sums.begin(), sums.end(), target) - sums.begin(), sums.size() - 1);
  double sum = number > 0 ? sums[number - 1] : 0;
  int64_t possible = -1;
  for (int64_t i = number * block; i < std::min(count, (number + 1) * block); i++) {
    const float e = ct::exponential((x[i] - top) * inverse_temperature);
    if (e > 0) possible = i;
    sum += e;
    if (sum > target) return i;
  }
  // Rounding: the block's own sum was a little more.
  return possible >= 0 ? possible : std::max_element(x, x + count) - x;
}

} // namespace

ct_status ct_sample(ct_tensor logits, double temperature, const double *uniforms, int64_t *tokens, float *log_probabilities) {
  return ct::status([&] {
    const at::Tensor x = logits->value.contiguous();
    TORCH_CHECK(ct::fits_kernels(x) && x.dim() == 2 && x.size(1) > 0, "sample: expected rows of float32 on the CPU");
    const int64_t count = x.size(1);
    const float *all = x.const_data_ptr<float>(), inverse = static_cast<float>(1 / temperature);
    ct::parallel(x.size(0), 1 + 32768 / count, [&](int64_t begin, int64_t end) {
      std::vector<double> sums((count + block - 1) / block);
      for (int64_t row = begin; row < end; row++) {
        const float *values = all + row * count, top = largest(values, count);
        double sum = 0;
        for (size_t i = 0; i < sums.size(); i++) {
          const int64_t start = static_cast<int64_t>(i) * block;
          sums[i] = sum += exponential_sum(values + start, std::min(block, count - start), top, inverse);
        }
        const int64_t token = find(values, count, top, inverse, sums, uniforms[row] * sum);
        tokens[row] = token;
        log_probabilities[row] = static_cast<float>((values[token] - top) * inverse - std::log(sum));
      }
    });
  });
}
