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

CT_VECTORISED void describe_rows(float *logits, int64_t width, const Factors factors, const ct::DistributionRows known, int64_t begin, int64_t end) {
  CT_REASSOCIATE
  for (int64_t row = begin; row < end; row++) {
    float *__restrict z = logits + row * width;
    bound_logits(z, width, factors);
    const float largest = ct::largest(z, width, -INFINITY);
    double total = 0, weighted = 0;
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
    const double log_sum = std::log(total);
    known.largest[row] = largest;
    known.log_sum[row] = static_cast<float>(log_sum);
    known.entropy[row] = static_cast<float>(log_sum - weighted / total);
    known.log_probability[row] = static_cast<float>(static_cast<double>(z[known.target[row]] - largest) * static_cast<double>(factors.inverse_temperature) - log_sum);
  }
}

/// −p (g + e (log p + H)), then g at the target; all of it by d z / d product.
CT_VECTORISED void differentiate_rows(float *logits, int64_t width, const Factors factors, const ct::DistributionRows known, const float *along_log_probability, const float *along_entropy, int64_t begin, int64_t end) {
  CT_REASSOCIATE
  for (int64_t row = begin; row < end; row++) {
    float *__restrict z = logits + row * width;
    const float largest = known.largest[row], log_sum = known.log_sum[row], inverse = factors.inverse_temperature;
    const float e = along_entropy[row], g = along_log_probability[row], base = g + e * known.entropy[row];
    bound_logits(z, width, factors);
    float *at_target = z + known.target[row];
    const float bounded = *at_target * factors.inverse_cap;
    for (int64_t i = 0; i < width; i++) {
      const float value = (z[i] - largest) * inverse - log_sum, log_p = value < lowest ? lowest : value;
      const float slope = z[i] * factors.inverse_cap; // 0 without a cap
      z[i] = -inverse * ct::exponential(log_p) * (base + e * log_p) * (1 - slope * slope);
    }
    *at_target += g * inverse * (1 - bounded * bounded);
  }
}

} // namespace

void ct::describe(const at::Tensor &logits, DistributionRule rule, DistributionRows known) {
  const int64_t width = logits.size(1);
  float *z = logits.data_ptr<float>();
  parallel_rows(logits.size(0), width, [&](int64_t begin, int64_t end) { describe_rows(z, width, Factors(rule), known, begin, end); });
}

void ct::differentiate(const at::Tensor &logits, DistributionRule rule, DistributionRows known, const float *along_log_probability, const float *along_entropy) {
  const int64_t width = logits.size(1);
  float *z = logits.data_ptr<float>();
  parallel_rows(logits.size(0), width, [&](int64_t begin, int64_t end) { differentiate_rows(z, width, Factors(rule), known, along_log_probability, along_entropy, begin, end); });
}
