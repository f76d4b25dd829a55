#include "model_checks.h"

#include <c10/util/Exception.h>

#include <cmath>
#include <utility>
#include <vector>

namespace trireme {
namespace {

/// Checks that projections which files hold as one tensor have either all a bias or none.
void check_joined(const std::vector<std::pair<std::string, bool>>& names) {
  for (std::size_t i = 1; i < names.size(); ++i)
    TORCH_CHECK_VALUE(names[i].first != names[i - 1].first || names[i].second == names[i - 1].second, names[i].first,
                      " is one tensor for parts with a bias and parts without; name them apart");
}

}  // namespace

void check_lora(const ModelConfig& m, const LoraConfig& c) {
  TORCH_CHECK_VALUE(c.rank >= 0, "rank is ", c.rank, " but must be 0 or more");
  if (c.rank == 0) return;
  TORCH_CHECK_VALUE(std::isfinite(c.scale), "scale is ", c.scale, " but must be a number");
  TORCH_CHECK_VALUE(c.dropout >= 0 && c.dropout < 1, "a dropout is ", c.dropout, " but must be at least 0 and below 1");
  std::vector<std::pair<std::string, bool>> targets{{m.names.query, c.query}, {m.names.key, c.key}, {m.names.value, c.value}};
  for (std::size_t i = 1; i < targets.size(); ++i)
    TORCH_CHECK_VALUE(targets[i].first != targets[i - 1].first || targets[i].second == targets[i - 1].second, targets[i].first,
                      " is one tensor of targets and others; target all of it or nothing");
  TORCH_CHECK_VALUE(!c.gate || m.mlp == MlpKind::swiglu, "gate is a target, but the model's MLP has none");
  TORCH_CHECK_VALUE(c.query || c.key || c.value || c.attention_output || c.gate || c.up || c.down,
                    "low-rank adaptation has no target; name one or more");
}

void check_model(const ModelConfig& m, int64_t first, int64_t end, bool embeddings, bool head) {
  auto positive = [](const char* name, int64_t value) { TORCH_CHECK_VALUE(value > 0, name, " is ", value, " but must be positive"); };
  positive("layers", m.layers);
  positive("heads", m.heads);
  positive("hidden", m.hidden);
  positive("intermediate", m.intermediate);
  positive("vocabulary", m.vocabulary);
  positive("positions", m.positions);
  positive("kv_heads", m.kv_heads);
  positive("head_width", m.head_width);
  TORCH_CHECK_VALUE(m.heads % m.kv_heads == 0, "heads ", m.heads, " is not a multiple of kv_heads ", m.kv_heads);
  TORCH_CHECK_VALUE(m.window >= 0 && m.full_layers >= 0, "window is ", m.window, " and full_layers ", m.full_layers,
                    " but neither may be negative");
  check_joined({{m.names.query, m.query_bias}, {m.names.key, m.key_bias}, {m.names.value, m.value_bias}});
  if (m.position == PositionKind::rotary) {
    TORCH_CHECK_VALUE(m.head_width % 2 == 0, "head_width is ", m.head_width, " but must be even: rotary embeddings turn pairs");
    TORCH_CHECK_VALUE(m.rope_theta > 0 && m.rope_factor > 0, "rope_theta is ", m.rope_theta, " and rope_factor ", m.rope_factor,
                      " but both must be positive");
  }
  auto first_layer = static_cast<double>(first) / 2, end_layer = static_cast<double>(end) / 2;
  TORCH_CHECK_VALUE(0 <= first && first <= end && end <= 2 * m.layers, "layers [", first_layer, ", ", end_layer,
                    ") are not a run of the model's ", m.layers);
  TORCH_CHECK_VALUE((!embeddings || first == 0) && (!head || end == 2 * m.layers), "layers [", first_layer, ", ", end_layer, ") of ",
                    m.layers, " do not lie beside the embeddings or the head that the stage is to hold");
  TORCH_CHECK_VALUE(first < end || embeddings || head, "a stage without a layer needs the embeddings or the head");
  for (double p : {m.embedding_dropout, m.attention_dropout, m.residual_dropout})
    TORCH_CHECK_VALUE(p >= 0 && p < 1, "a dropout is ", p, " but must be at least 0 and below 1");
  check_lora(m, m.tuning.lora);
  TORCH_CHECK_VALUE(m.norm_epsilon > 0, "norm_epsilon is ", m.norm_epsilon, " but must be positive");
}

}  // namespace trireme
