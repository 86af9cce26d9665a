// optimizers_keras.h5: 20 steps of each optimizer, built from its constructor's arguments.
#include <carousel/optim/optim.h>
#include <tests/parity/optimizer_problem.h>

#include <memory>

namespace carousel::test {
namespace {

using nlohmann::json;

constexpr double kTolerance = 3e-5;  // the files' README

// What stands in every optimizer's constructor.
template <class Options>
void read_common(const json& ctor, Options& o) {
  const json& rate = ctor.at("learning_rate");
  if (rate.is_number())
    o.learning_rate = rate.get<double>();
  else
    o.learning_rate = *keras_schedule(rate.at("schedule"), rate);
  Arguments{ctor}("weight_decay", o.weight_decay)("clipnorm", o.clipnorm)("clipvalue", o.clipvalue)(
      "global_clipnorm", o.global_clipnorm)("use_ema", o.use_ema)("ema_momentum", o.ema_momentum)(
      "ema_overwrite_frequency", o.ema_overwrite_frequency)(
      "loss_scale_factor", o.loss_scale_factor)("gradient_accumulation_steps",
                                                o.gradient_accumulation_steps);
}

template <class Options>
void read_betas(const Arguments& read, Options& o) {
  read("beta_1", o.beta_1)("beta_2", o.beta_2);
  if constexpr (requires { o.epsilon; }) read("epsilon", o.epsilon);
  if constexpr (requires { o.amsgrad; }) read("amsgrad", o.amsgrad);
}

void read_own(const Arguments& read, optim::SGDOptions& o) {
  read("momentum", o.momentum)("nesterov", o.nesterov);
}
void read_own(const Arguments& read, optim::RMSpropOptions& o) {
  read("rho", o.rho)("momentum", o.momentum)("epsilon", o.epsilon)("centered", o.centered);
}
void read_own(const Arguments& read, optim::AdagradOptions& o) {
  read("initial_accumulator_value", o.initial_accumulator_value)("epsilon", o.epsilon);
}
void read_own(const Arguments& read, optim::AdadeltaOptions& o) {
  read("rho", o.rho)("epsilon", o.epsilon);
}
void read_own(const Arguments& read, optim::FtrlOptions& o) {
  read("learning_rate_power", o.learning_rate_power)("initial_accumulator_value",
                                                     o.initial_accumulator_value)(
      "l1_regularization_strength", o.l1_regularization_strength)("l2_regularization_strength",
                                                                  o.l2_regularization_strength)(
      "l2_shrinkage_regularization_strength", o.l2_shrinkage_regularization_strength)("beta",
                                                                                      o.beta);
}
void read_own(const Arguments& read, optim::ScheduleFreeAdamWOptions& o) {
  read_betas(read, o);
  read("warmup_steps", o.warmup_steps);
}
void read_own(const Arguments& read, optim::AdafactorOptions& o) {
  read("beta_2_decay", o.beta_2_decay)("epsilon_1", o.epsilon_1)("epsilon_2", o.epsilon_2)(
      "clip_threshold", o.clip_threshold)("relative_step", o.relative_step);
}
void read_own(const Arguments& read, optim::MuonOptions& o) {
  read("adam_beta_1", o.adam_beta_1)("adam_beta_2", o.adam_beta_2)(
      "adam_weight_decay", o.adam_weight_decay)("epsilon", o.epsilon)(
      "exclude_layers", o.exclude_layers)("exclude_embeddings", o.exclude_embeddings);
  read("muon_a", o.muon_a)("muon_b", o.muon_b)("muon_c", o.muon_c)(
      "adam_lr_ratio", o.adam_lr_ratio)("momentum", o.momentum)("ns_steps", o.ns_steps)(
      "nesterov", o.nesterov)("rms_rate", o.rms_rate);
}
template <class Options>
void read_own(const Arguments& read, Options& o) {
  read_betas(read, o);
}

template <class T>
std::unique_ptr<optim::Optimizer> make(const json& ctor) {
  typename T::Options options;
  read_common(ctor, options);
  read_own(Arguments(ctor), options);
  return std::make_unique<T>(options);
}

const std::map<std::string, std::unique_ptr<optim::Optimizer> (*)(const json&)> kMakers{
    {"SGD", make<optim::SGD>},
    {"Adam", make<optim::Adam>},
    {"AdamW", make<optim::AdamW>},
    {"Adamax", make<optim::Adamax>},
    {"Nadam", make<optim::Nadam>},
    {"RMSprop", make<optim::RMSprop>},
    {"Adagrad", make<optim::Adagrad>},
    {"Adadelta", make<optim::Adadelta>},
    {"Adafactor", make<optim::Adafactor>},
    {"Lamb", make<optim::Lamb>},
    {"Muon", make<optim::Muon>},
    {"Ftrl", make<optim::Ftrl>},
    {"Lion", make<optim::Lion>},
    {"ScheduleFreeAdamW", make<optim::ScheduleFreeAdamW>},
};

}  // namespace

Difference run_optimizer_keras(const GoldenCase& golden) {
  const std::string name = golden.config.at("optimizer");
  const auto maker = kMakers.find(name);
  if (maker == kMakers.end()) throw NotThere(name);
  const auto& outputs = golden.group("outputs");
  Difference worst;
  for (const auto& [dtype, suffix] : {std::pair{f64, ".f64"}, std::pair{f32, ""}}) {
    const auto optimizer = maker->second(golden.config.at("ctor"));
    const Walk ours = walk(golden, *optimizer, dtype);
    const auto compare = [&](const Host& got, const std::string& output) {
      if (!outputs.contains(output + suffix)) return;
      worsen(worst,
             {error_of(got, outputs.at(output + suffix), 1e-30), kTolerance, output + suffix});
    };
    compare(ours.trajectory, "trajectory");
    compare(ours.final, "ema_final");
  }
  return worst;
}

}  // namespace carousel::test
