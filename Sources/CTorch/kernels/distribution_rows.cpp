#include "distribution_rows.h"

namespace {

/// Columns whose sums are kept in float32 before they are added in float64.
constexpr int64_t block = 256;
/// Below it e^x is 0 in float32; keeps 0 · log 0 from being NaN.
constexpr float lowest = -104;

struct Factors {
  float inverse_temperature, cap, inverse_cap;

  explicit Factors(ct::DistributionRule rule) : inverse_temperature(static_cast<float>(1 / rule.temperature)), cap(rule.cap > 0 ? static_cast<float>(rule.cap) : 0), inverse_cap(rule.cap > 0 ? static_cast<float>(1 / rule.cap) : 0) {}
};

CT_INLINE void bound_logits(float *__restrict logits, int64_t width, const Factors &factors) {
  if (factors.cap == 0) return;
  for (int64_t i = 0; i < width; i++) logits[i] = factors.cap * ct::hyperbolic_tangent(logits[i] * factors.inverse_cap);
}

CT_VECTORISED void describe_rows(float *logits, int64_t width, int64_t first_column, const Factors factors, const ct::DistributionRows known, int64_t begin, int64_t end) {
  CT_REASSOCIATE
  for (int64_t row = begin; row < end; row++) {
    float *__restrict z = logits + row * width;
    bound_logits(z, width, factors);
    const bool is_first = first_column == 0;
    const float before = is_first ? -INFINITY : known.largest[row], largest = ct::largest(z, width, before);
    double total = is_first ? 0 : known.total[row], weighted = is_first ? 0 : known.weighted[row];
    if (!is_first && largest > before) {
      const double lower = static_cast<double>(before - largest) * static_cast<double>(factors.inverse_temperature), factor = std::exp(lower);
      weighted = factor > 0 ? factor * (weighted + lower * total) : 0;
      total *= factor;
    }
    for (int64_t start = 0; start < width; start += block) {
      const int64_t stop = std::min(width, start + block);
      float sum = 0, product = 0;
      for (int64_t i = start; i < stop; i++) {
        const float below = (z[i] - largest) * factors.inverse_temperature, shifted = below < lowest ? lowest : below;
        const float e = ct::exponential(shifted);
        sum += e;
        product += e * shifted;
      }
      total += static_cast<double>(sum);
      weighted += static_cast<double>(product);
    }
    known.largest[row] = largest;
    known.total[row] = total;
    known.weighted[row] = weighted;
    const int64_t target = known.target[row] - first_column;
    if (target >= 0 && target < width) known.log_probability[row] = z[target];
  }
}

/// −p (g + e (log p + H)), then g at the target; all of it by d z / d product.
CT_VECTORISED void differentiate_rows(float *logits, int64_t width, int64_t first_column, const Factors factors, const ct::DistributionRows known, const float *along_log_probability, const float *along_entropy, int64_t begin, int64_t end) {
  CT_REASSOCIATE
  for (int64_t row = begin; row < end; row++) {
    float *__restrict z = logits + row * width;
    const float largest = known.largest[row], log_sum = known.log_sum[row], inverse = factors.inverse_temperature;
    const float e = along_entropy[row], g = along_log_probability[row], base = g + e * known.entropy[row];
    bound_logits(z, width, factors);
    const int64_t target = known.target[row] - first_column;
    const bool has_target = target >= 0 && target < width;
    const float bounded = has_target ? z[target] * factors.inverse_cap : 0;
    for (int64_t i = 0; i < width; i++) {
      const float value = (z[i] - largest) * inverse - log_sum, log_p = value < lowest ? lowest : value;
      const float slope = z[i] * factors.inverse_cap; // 0 without a cap
      z[i] = -inverse * ct::exponential(log_p) * (base + e * log_p) * (1 - slope * slope);
    }
    if (has_target) z[target] += g * inverse * (1 - bounded * bounded);
  }
}

} // namespace

void ct::describe(const LogitBlock &block, DistributionRule rule, DistributionRows known) {
  const int64_t width = block.logits.size(1);
  float *z = block.logits.data_ptr<float>();
  parallel_rows(block.logits.size(0), width, [&](int64_t begin, int64_t end) { describe_rows(z, width, block.first_column, Factors(rule), known, begin, end); });
}

void ct::finish(int64_t rows, DistributionRule rule, DistributionRows known) {
  const auto inverse_temperature = static_cast<double>(Factors(rule).inverse_temperature);
  for (int64_t row = 0; row < rows; row++) {
    const double log_sum = std::log(known.total[row]);
    known.log_sum[row] = static_cast<float>(log_sum);
    known.entropy[row] = static_cast<float>(log_sum - known.weighted[row] / known.total[row]);
    known.log_probability[row] = static_cast<float>(static_cast<double>(known.log_probability[row] - known.largest[row]) * inverse_temperature - log_sum);
  }
}

void ct::differentiate(const LogitBlock &block, DistributionRule rule, DistributionRows known, const float *along_log_probability, const float *along_entropy) {
  const int64_t width = block.logits.size(1);
  float *z = block.logits.data_ptr<float>();
  parallel_rows(block.logits.size(0), width, [&](int64_t begin, int64_t end) { differentiate_rows(z, width, block.first_column, Factors(rule), known, along_log_probability, along_entropy, begin, end); });
}
