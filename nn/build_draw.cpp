// The second half of building: what was declared is drawn and handed to the modules.
#include <carousel/nn/build.h>

#include <fmt/format.h>

#include <carousel/nn/upkeep.h>
#include <carousel/tensor/backend.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/host_write.h>
#include <carousel/tensor/impl.h>
#include <carousel/tensor/philox.h>

namespace carousel::nn::detail {
namespace {

// FNV-1a, so that a path's stream is the same on every machine.
std::uint64_t stream_of(std::string_view path) {
  std::uint64_t hash = 0xcbf29ce484222325ull;
  for (const char c : path) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash;
}

}  // namespace

Tensor Build::declare(const Shape& shape, Declared how) {
  if (shape.numel() == 0)
    throw ShapeError("build",
                     "a parameter of shape " + to_string(shape) +
                         " has no elements: the input needs a feature, or channel, at least");
  Tensor x = carousel::detail::empty(shape, dtype_, DeviceKind::meta);
  declared_.emplace(&x.impl(), std::move(how));
  return x;
}

Tensor Build::declare_random_state(std::optional<std::uint64_t> seed) {
  Tensor x = carousel::detail::empty({2}, i64, DeviceKind::meta);
  const auto draw = [seed](const Shape& shape, DType, Generator& generator) {
    Tensor state = carousel::detail::empty(shape, i64, DeviceKind::cpu);
    const HostWrite<std::int64_t> write(state);
    write[0] = static_cast<std::int64_t>(
        seed ? *seed : carousel::detail::random_bits(generator.seed, generator.stream, 0));
    write[1] = 0;
    return state;
  };
  declared_.emplace(&x.impl(), Declared{draw, {}, {}});
  return x;
}

std::vector<Build::Drawn> Build::draw(Module& at, bool alone) {
  std::vector<Drawn> drawn;
  walk(at, nullptr, [&](const std::string& path, Tensor& x, Role role, Module& owner) {
    if (!on_meta(x) || (alone && &owner != &at)) return;
    const auto found = declared_.find(&x.impl());
    if (found == declared_.end())
      throw GraphError("build", path + " was not made by parameter() or buffer()");
    Generator generator{seed_, stream_of(join_path(at.path_, path)), 0};
    Tensor values = found->second.draw(x.shape(), x.dtype(), generator);
    if (values.shape() != x.shape() || values.dtype() != x.dtype())
      throw ShapeError("build", fmt::format("the initializer of {} gave {}, wanted {}", path,
                                            to_string(values.shape()), to_string(x.shape())));
    if (role != Role::host_buffer) values = carousel::detail::run_transfer(values, device_);
    drawn.push_back(
        {&x, std::move(values), role == Role::parameter, owner.trainable_, &owner, &found->second});
  });
  return drawn;
}

namespace {

// All parameters in one block, so that an optimizer finds them together.
template <class List>
void place_in_one_block(List& drawn, Device device) {
  constexpr std::size_t kAlign = 64;
  const auto padded = [](const Tensor& x) {
    return (x.impl().storage->bytes() + kAlign - 1) / kAlign * kAlign;
  };
  std::size_t bytes = 0;
  for (const auto& each : drawn)
    if (each.parameter) bytes += padded(each.values);
  if (bytes == 0) return;
  using carousel::detail::make_ref;
  auto block = make_ref<carousel::detail::Block>(backend(device), bytes);
  std::int64_t at = 0;
  for (auto& each : drawn) {
    if (!each.parameter) continue;
    Tensor placed = meta_like(each.values);
    placed.impl().device = device;
    placed.impl().storage =
        make_ref<carousel::detail::Storage>(block, at, each.values.impl().storage->bytes());
    at += static_cast<std::int64_t>(padded(each.values));
    carousel::detail::run_copy_into(placed, each.values);
    each.values = std::move(placed);
  }
}

}  // namespace

// The module gets what was drawn for it.
void Build::hand_over(Drawn& drawn) {
  if (drawn.parameter && drawn.trainable) drawn.values.set_requires_grad();
  if (drawn.how->regularizer.defined() || drawn.how->constraint.defined())
    Upkeep::of(*drawn.owner)
        .rules.push_back({drawn.values, drawn.how->regularizer, drawn.how->constraint});
  *drawn.place = std::move(drawn.values);
}

void Build::commit() {
  std::vector<Drawn> drawn = draw(root_, false);
  place_in_one_block(drawn, device_);
  for (Drawn& each : drawn) hand_over(each);
  for (Module* module : entered_) module->built_ = true;
}

}  // namespace carousel::nn::detail
