// One pass over the logits of each row in place of log-softmax, gather, entropy and their gradient.
#pragma once

#include "rows.h"

namespace ct {

/// How logits become log-probabilities: bounded by `cap` · tanh(z / cap) where it is above 0, then
/// divided by the temperature.
struct DistributionRule {
  double temperature, cap;
};

/// What is known of each row's distribution, one number a row. The columns of the logits come in
/// blocks, of which no more than one exists at a time.
struct DistributionRows {
  const int64_t *target;
  /// Until the last block, the target's logit in place of its log-probability.
  float *log_probability, *entropy;
  /// The largest logit, and log Σ exp((z − largest) / temperature): what a log-probability is from.
  float *largest, *log_sum;
  /// Of the blocks so far: Σ e and Σ e log e, e = exp((z − largest) / temperature).
  double *total, *weighted;
};

/// Some columns of the logits of all rows, contiguous.
struct LogitBlock {
  at::Tensor logits;
  int64_t first_column;
};

/// Adds a block to what is known; bounds its logits in place.
void describe(const LogitBlock &block, DistributionRule rule, DistributionRows known);

/// What is known of so many rows, from the sums over all blocks.
void finish(int64_t rows, DistributionRule rule, DistributionRows known);

/// Puts the gradient of the product's logits in the place of these, from those of log-probability and
/// entropy, one a row.
void differentiate(const LogitBlock &block, DistributionRule rule, DistributionRows known, const float *along_log_probability, const float *along_entropy);

} // namespace ct
