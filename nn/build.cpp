#include <carousel/nn/build.h>

#include <carousel/autograd/grad_mode.h>
#include <carousel/tensor/backend.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/host_write.h>
#include <carousel/tensor/impl.h>
#include <carousel/tensor/philox.h>

namespace carousel::nn {
namespace {

std::atomic<std::uint64_t> g_seed{0};
thread_local detail::Build* t_build = nullptr;

std::recursive_mutex& build_mutex() {
  static auto* mutex = new std::recursive_mutex;
  return *mutex;
}

// FNV-1a, so that a path's stream is the same on every machine.
std::uint64_t stream_of(std::string_view path) {
  std::uint64_t hash = 0xcbf29ce484222325ull;
  for (const char c : path) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash;
}

std::string join(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : path + "/" + std::string(name);
}

Tensor like_on_meta(const Tensor& x) {
  return x.defined() ? carousel::detail::empty(x.shape(), x.dtype(), DeviceKind::meta) : Tensor();
}

bool on_meta(const Tensor& x) { return x.defined() && x.device().kind == DeviceKind::meta; }

}  // namespace

void set_seed(std::uint64_t seed) { g_seed = seed; }
std::uint64_t current_seed() { return g_seed; }

namespace detail {

Build* Build::current() { return t_build; }

void Build::run(Module& root, const Values& inputs) {
  const std::lock_guard lock(build_mutex());
  if (root.built_) return;
  if (inputs.empty()) throw ShapeError("build", root.name() + " needs at least one input");
  Build build(root, inputs[0].device());
  struct Current {
    explicit Current(Build* build) { t_build = build; }
    ~Current() { t_build = nullptr; }
  } current(&build);
  try {
    name_parts(root);
    build.pass(inputs);
    build.materialise();
  } catch (...) {
    build.roll_back();
    throw;
  }
}

// Children learn their names before anything runs, so that errors can say where.
void Build::name_parts(Module& root) {
  walk(
      root,
      [&](const std::string& path, Module& module) {
        if (path.empty() || module.built_) return;
        module.name_ = path.substr(path.rfind('/') + 1);
        module.path_ = join(root.path_, path);
      },
      nullptr);
}

void Build::pass(const Values& inputs) {
  const NoGrad no_grad;
  Values shapes;
  for (const Value& input : inputs)
    shapes.push_back(Value::masked(like_on_meta(input), like_on_meta(input.mask)));
  if (shapes.size() == 1)
    root_(shapes[0]);
  else
    root_(shapes);
}

void Build::enter(Module& module, const Values& inputs) {
  const Tensor& x = inputs.at(0);
  dtype_ = is_floating(x.dtype()) ? x.dtype() : f32;
  module.make_parameters(inputs);
  module.input_shape_ = x.shape();
  module.input_dtype_ = x.dtype();
  entered_.push_back(&module);
  module.built_ = true;
}

void Build::note_output(Module& module, const Value& output) {
  module.output_shape_ = output.shape();
  module.shaped_ = true;
}

Tensor Build::declare(const Shape& shape, const Initializer& initializer) {
  Tensor x = carousel::detail::empty(shape, dtype_, DeviceKind::meta);
  declared_.emplace(&x.impl(), initializer);
  return x;
}

Tensor Build::declare_random_state() { return carousel::detail::empty({2}, i64, DeviceKind::meta); }

namespace {

struct Drawn {
  Tensor* place;
  Tensor values;
  bool parameter, trainable;
};

Tensor draw_random_state(const std::string& path) {
  Tensor state = carousel::detail::empty({2}, i64, DeviceKind::cpu);
  const HostWrite<std::int64_t> write(state);
  write[0] = static_cast<std::int64_t>(carousel::detail::random_bits(g_seed, stream_of(path), 0));
  write[1] = 0;
  return state;
}

// The floating tensors share one block, so that an optimizer finds them together.
void place_in_one_block(std::vector<Drawn>& drawn, Device device) {
  constexpr std::size_t kAlign = 64;
  std::size_t bytes = 0;
  for (const Drawn& each : drawn)
    if (is_floating(each.values.dtype()))
      bytes += (each.values.impl().storage->bytes() + kAlign - 1) / kAlign * kAlign;
  if (bytes == 0) return;
  auto block = carousel::detail::make_ref<carousel::detail::Block>(backend(device), bytes);
  std::size_t at = 0;
  for (Drawn& each : drawn) {
    if (!is_floating(each.values.dtype())) continue;
    const Tensor source = carousel::detail::run_transfer(each.values, device);
    const std::size_t size = each.values.impl().storage->bytes();
    Tensor placed =
        carousel::detail::empty(each.values.shape(), each.values.dtype(), DeviceKind::meta);
    placed.impl().device = device;
    placed.impl().storage = carousel::detail::make_ref<carousel::detail::Storage>(
        block, static_cast<std::int64_t>(at), size);
    carousel::detail::run_copy_into(placed, source);
    each.values = std::move(placed);
    at += (size + kAlign - 1) / kAlign * kAlign;
  }
}

}  // namespace

void Build::materialise() {
  std::vector<Drawn> drawn;
  walk(root_, nullptr, [&](const std::string& path, Tensor& x, Role role, Module& owner) {
    if (!on_meta(x)) return;
    const std::string full = join(root_.path_, path);
    const auto found = declared_.find(&x.impl());
    Tensor values;
    if (found == declared_.end()) {
      values = draw_random_state(full);
    } else {
      Generator generator{g_seed, stream_of(full), 0};
      values = found->second(x.shape(), x.dtype(), generator);
    }
    drawn.push_back({&x, std::move(values), role == Role::parameter, owner.trainable_});
  });
  place_in_one_block(drawn, device_);
  for (Drawn& each : drawn) {
    if (each.parameter && each.trainable) each.values.set_requires_grad();
    *each.place = std::move(each.values);
  }
}

void Build::roll_back() {
  for (Module* module : entered_) module->built_ = false, module->shaped_ = false;
  walk(root_, nullptr, [](const std::string&, Tensor& x, Role, Module&) {
    if (on_meta(x)) x = Tensor();
  });
}

}  // namespace detail
}  // namespace carousel::nn
