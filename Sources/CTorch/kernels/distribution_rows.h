// One pass over the logits of each row in place of log-softmax, gather, entropy and their gradient.
#pragma once

#include "rows.h"

namespace ct {

/// How logits become log-probabilities: bounded by `cap` · tanh(z / cap) where it is above 0, then
/// divided by the temperature.
struct DistributionRule {
  double temperature, cap;
};

/// What is known of each row's distribution, one number a row.
struct DistributionRows {
  const int64_t *target;
  float *log_probability, *entropy;
  /// The largest logit, and log Σ exp((z − largest) / temperature): what a log-probability is from.
  float *largest, *log_sum;
};

/// Fills in what is known of rows of logits, `[rows, V]`, contiguous; bounds them in place.
void describe(const at::Tensor &logits, DistributionRule rule, DistributionRows known);

/// Puts the gradient of the product's logits in the place of these, `[rows, V]`, contiguous, from those of log-probability and
/// entropy, one a row.
void differentiate(const at::Tensor &logits, DistributionRule rule, DistributionRows known, const float *along_log_probability, const float *along_entropy);

} // namespace ct
