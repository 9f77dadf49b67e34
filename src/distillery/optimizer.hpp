#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "distillery/network.hpp"

namespace distillery {

/// How the learning rate goes over the steps of a training.
enum class Schedule : std::uint8_t {
  constant = 0,
  cosine = 1,  ///< from the full rate down to 0 over all steps (Loshchilov & Hutter 2017, without restarts)
};

struct OptimizerOptions {
  float learning_rate = 1e-3f;  ///< above 0, at most 10
  float weight_decay = 0;       ///< decoupled (AdamW), 0 … 10, per unit of learning rate
  float beta1 = 0.9f, beta2 = 0.999f;  ///< 0 ≤ β < 1
  float epsilon = 1e-8f;        ///< above 0, at most 1
  Schedule schedule = Schedule::constant;

  /// Throws invalid_option.
  void validate() const;
};

/// Adam over the packed parameters of a network.
class Optimizer {
 public:
  /// total_steps: of the whole training, for the schedule.
  Optimizer(OptimizerOptions options, std::size_t parameters, std::uint64_t total_steps);

  /// One step; the gradient is only read.
  void step(std::span<float> parameters, std::span<float> gradient) noexcept;

  /// State, for checkpoints. βᵗ are running products, so they belong to it.
  struct State {
    std::uint64_t steps = 0;
    double beta1_power = 1, beta2_power = 1;
  };
  State state;
  AlignedFloats first_moments, second_moments;

 private:
  OptimizerOptions options_;
  std::uint64_t total_steps_;
};

}  // namespace distillery
