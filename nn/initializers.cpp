// Initializers as objects: their options, checked.
#include <carousel/nn/init.h>

#include <array>
#include <cmath>
#include <string>

#include <fmt/format.h>

#include <carousel/nn/init_stft.h>
#include <carousel/tensor/error.h>

namespace carousel::nn {
namespace {

using Rule = InitializerRule;
using Kind = Rule::Kind;
using Fan = Rule::Fan;
using Distribution = Rule::Distribution;

template <class T>
struct Word {
  const char* word;
  T value;
};
constexpr auto kFans = std::to_array<Word<Fan>>(
    {{"fan_in", Fan::in}, {"fan_out", Fan::out}, {"fan_avg", Fan::average}});
constexpr auto kDistributions =
    std::to_array<Word<Distribution>>({{"truncated_normal", Distribution::truncated_normal},
                                       {"untruncated_normal", Distribution::untruncated_normal},
                                       {"uniform", Distribution::uniform},
                                       {"normal", Distribution::truncated_normal}});

template <class T, class Words>
const char* word_of(T value, const Words& words) {
  for (const auto& each : words)
    if (each.value == value) return each.word;
  return "";
}

}  // namespace

const char* to_string(Fan fan) { return word_of(fan, kFans); }
const char* to_string(Distribution distribution) { return word_of(distribution, kDistributions); }

namespace init {
namespace {

Rule named(const char* name, std::optional<std::uint64_t> seed) {
  Rule rule = Initializer(name).rule();
  rule.seed = seed;
  return rule;
}

double finite(const char* op, const char* name, double x) {
  if (!std::isfinite(x)) throw ValueError(op, fmt::format("{} must be finite, got {}", name, x));
  return x;
}

Rule normal_rule(const char* op, Kind kind, const RandomNormalOptions& o) {
  finite(op, "mean", o.mean);
  if (!(finite(op, "stddev", o.stddev) >= 0))
    throw ValueError(op, fmt::format("stddev is negative: {}", o.stddev));
  return {.kind = kind, .a = o.mean, .b = o.stddev, .seed = o.seed};
}

Rule uniform_rule(const RandomUniformOptions& o) {
  constexpr const char* kOp = "random_uniform";
  if (!(finite(kOp, "minval", o.minval) < finite(kOp, "maxval", o.maxval)))
    throw ValueError(kOp, fmt::format("minval must be below maxval: {}, {}", o.minval, o.maxval));
  return {.kind = Kind::uniform, .a = o.minval, .b = o.maxval, .seed = o.seed};
}

template <class Words>
auto find(const char* name, std::string_view given, const Words& words) {
  std::string known;
  for (const auto& [word, value] : words) {
    if (given == word) return value;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", word);
  }
  throw ValueError("variance_scaling", fmt::format("{} '{}' is none of {}", name, given, known));
}

Rule scaling_rule(const VarianceScalingOptions& o) {
  constexpr const char* kOp = "variance_scaling";
  if (!(finite(kOp, "scale", o.scale) > 0))
    throw ValueError(kOp, fmt::format("scale must be positive, got {}", o.scale));
  return {.kind = Kind::variance_scaling,
          .a = o.scale,
          .fan = find("mode", o.mode, kFans),
          .distribution = find("distribution", o.distribution, kDistributions),
          .seed = o.seed};
}

Rule stft_rule(const STFTOptions& o) {
  detail::check_stft(o);
  return {.kind = Kind::stft, .stft = std::make_shared<const STFTOptions>(o)};
}

}  // namespace

Constant::Constant(ConstantOptions options)
    : Initializer(Rule{.kind = Kind::constant, .a = finite("constant", "value", options.value)}) {}
Identity::Identity(GainOptions options)
    : Initializer(Rule{.kind = Kind::identity, .a = finite("identity", "gain", options.gain)}) {}
RandomNormal::RandomNormal(RandomNormalOptions options)
    : Initializer(normal_rule("random_normal", Kind::normal, options)) {}
RandomUniform::RandomUniform(RandomUniformOptions options) : Initializer(uniform_rule(options)) {}
TruncatedNormal::TruncatedNormal(RandomNormalOptions options)
    : Initializer(normal_rule("truncated_normal", Kind::truncated_normal, options)) {}
VarianceScaling::VarianceScaling(VarianceScalingOptions options)
    : Initializer(scaling_rule(options)) {}
Orthogonal::Orthogonal(OrthogonalOptions options)
    : Initializer(Rule{.kind = Kind::orthogonal,
                       .a = finite("orthogonal", "gain", options.gain),
                       .seed = options.seed}) {}
STFT::STFT(const STFTOptions& options) : Initializer(stft_rule(options)) {}
GlorotNormal::GlorotNormal(SeedOptions options)
    : Initializer(named("glorot_normal", options.seed)) {}
GlorotUniform::GlorotUniform(SeedOptions options)
    : Initializer(named("glorot_uniform", options.seed)) {}
HeNormal::HeNormal(SeedOptions options) : Initializer(named("he_normal", options.seed)) {}
HeUniform::HeUniform(SeedOptions options) : Initializer(named("he_uniform", options.seed)) {}
LecunNormal::LecunNormal(SeedOptions options) : Initializer(named("lecun_normal", options.seed)) {}
LecunUniform::LecunUniform(SeedOptions options)
    : Initializer(named("lecun_uniform", options.seed)) {}

}  // namespace init
}  // namespace carousel::nn
