#include "executor/train/operators/embedding.h"

#include <ATen/TensorOperators.h>
#include <torch/csrc/autograd/custom_function.h>

namespace tandem {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Embedded : torch::autograd::Function<Embedded> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& anchor,
                            const at::Tensor& tokens, const Parameter& table, std::int64_t first) {
    const at::Tensor local = tokens - first;
    const at::Tensor foreign = (local < 0).logical_or(local >= table.master.size(0));
    const at::Tensor rows = local.masked_fill(foreign, 0);
    context->saved_data["rows"] = rows;
    context->saved_data["foreign"] = foreign;
    context->saved_data["gradient"] = table.gradient;
    context->saved_data["anchor"] = anchor;
    return table.master.index_select(0, rows).masked_fill_(foreign.unsqueeze(1), 0);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const at::Tensor foreign = context->saved_data["foreign"].toTensor();
    context->saved_data["gradient"].toTensor().index_add_(
        0, context->saved_data["rows"].toTensor(),
        gradients[0].masked_fill(foreign.unsqueeze(1), 0));
    return {{}, {}, {}, {}};
  }
};

struct WithPositions : torch::autograd::Function<WithPositions> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const Parameter& table,
                            std::int64_t sequence) {
    context->saved_data["gradient"] = table.gradient.narrow(0, 0, sequence);
    const at::Tensor rows = x.view({-1, sequence, x.size(1)});
    return (rows + table.master.narrow(0, 0, sequence)).view(x.sizes());
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    at::Tensor gradient = context->saved_data["gradient"].toTensor();
    gradient.add_(gradients[0].view({-1, gradient.size(0), gradient.size(1)}).sum(0));
    return {gradients[0], {}, {}};
  }
};

}  // namespace

at::Tensor embedded(const at::Tensor& tokens, const Parameter& table, std::int64_t first,
                    const at::Tensor& anchor, TensorParallel* ranks) {
  const at::Tensor x = Embedded::apply(anchor, tokens, table, first);
  return ranks == nullptr ? x : ranks->leave(x);
}

at::Tensor with_positions(const at::Tensor& x, const Parameter& table, std::int64_t sequence) {
  return WithPositions::apply(x, table, sequence);
}

}  // namespace tandem
