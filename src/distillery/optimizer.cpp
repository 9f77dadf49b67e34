#include "distillery/optimizer.hpp"

#include "distillery/error.hpp"
#include "distillery/math.hpp"

namespace distillery {

void OptimizerOptions::validate() const {
  require_between(0, 10, static_cast<double>(learning_rate), "The learning rate");
  require_between(0, 10, static_cast<double>(weight_decay), "The weight decay");
  require_between(0, 1, static_cast<double>(beta1), "Adam's beta1");
  require_between(0, 1, static_cast<double>(beta2), "Adam's beta2");
  require_between(0, 1, static_cast<double>(epsilon), "Adam's epsilon");
  if (learning_rate == 0 || beta1 == 1 || beta2 == 1 || epsilon == 0)
    fail(ErrorCode::invalid_option, "The learning rate and Adam's epsilon must be above 0, its betas below 1.");
  if (schedule != Schedule::constant && schedule != Schedule::cosine)
    fail(ErrorCode::invalid_option, "This learning-rate schedule does not exist.");
}

Optimizer::Optimizer(OptimizerOptions options, std::size_t parameters, std::uint64_t total_steps)
    : first_moments(parameters), second_moments(parameters), options_(options), total_steps_(total_steps) {
  options_.validate();
}

void Optimizer::step(std::span<float> parameters, std::span<float> gradient) noexcept {
  double rate = static_cast<double>(options_.learning_rate);
  if (options_.schedule == Schedule::cosine && total_steps_ > 0) {
    const double done = static_cast<double>(state.steps) / static_cast<double>(total_steps_);
    rate *= 0.5 * (1.0 + math::cos_turn(0.5 * (done < 1 ? done : 1.0)));
  }
  state.steps += 1;
  state.beta1_power *= static_cast<double>(options_.beta1);
  state.beta2_power *= static_cast<double>(options_.beta2);
  const kernels::AdamStep step{
      .beta1 = options_.beta1,
      .beta2 = options_.beta2,
      .epsilon = options_.epsilon,
      .decay = static_cast<float>(1.0 - rate * static_cast<double>(options_.weight_decay)),
      .rate = static_cast<float>(rate / (1.0 - state.beta1_power)),
      .root_correction = static_cast<float>(1.0 / math::sqrt(1.0 - state.beta2_power)),
  };
  kernels::adam(step, parameters, gradient, first_moments.span(), second_moments.span());
}

}  // namespace distillery
