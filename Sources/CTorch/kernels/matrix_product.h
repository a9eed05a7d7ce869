// Products of matrices of many rows, forward and backward, where libtorch's own are slower.
#pragma once

#include "kernels.h"

namespace ct {

/// c (+)= a · b of matrices `[m, k]` and `[k, n]`. Each sum is added up in an order that depends on k
/// alone where our kernel computes: neither the other rows nor the number of threads changes a bit.
///
/// c is in rows: its last axis lies in one piece.
void multiply(const at::Tensor &a, const at::Tensor &b, const at::Tensor &c, bool adds);

} // namespace ct
