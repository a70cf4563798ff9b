#include "executor/infer/activations.h"

#include <ATen/ops/empty.h>

namespace tandem {

Activations::Activations(const Architecture& model, std::int64_t rows)
    : stream(at::empty({rows, model.hidden}, at::kFloat)),
      normed(at::empty({rows, model.hidden}, at::kFloat)),
      scales(at::empty({rows}, at::kFloat)),
      qkv(at::empty({rows, model.query_width() + 2 * model.kv_width()}, at::kFloat)),
      attended(at::empty({rows, model.query_width()}, at::kFloat)),
      inner(at::empty({rows, model.gated ? 2 * model.ffn : model.ffn}, at::kFloat)) {
  if (model.gated) gated = at::empty({rows, model.ffn}, at::kFloat);
}

Activations Activations::first(std::int64_t rows) const {
  Activations part = *this;
  for (at::Tensor* matrix : {&part.stream, &part.normed, &part.scales, &part.qkv, &part.attended,
                             &part.inner, &part.gated}) {
    if (matrix->defined()) *matrix = matrix->narrow(0, 0, rows);
  }
  return part;
}

}  // namespace tandem
