#include <carousel/nn/train/training_state.h>

#include <carousel/nn/io/checkpoint.h>
#include <carousel/nn/io/state.h>
#include <carousel/nn/train/training.h>
#include <carousel/tensor/dispatch.h>
#include <carousel/tensor/error.h>
#include <fmt/format.h>

#include <set>
#include <vector>

namespace carousel::nn {
namespace {

namespace raw = carousel::detail;

// Weights have their own way (nn/io/checkpoint.h); these are the rest.
std::vector<NamedTensor> optimizer_state(detail::Training& training) {
  std::vector<NamedTensor> all;
  for (NamedTensor& each : training.optimizer->state())
    all.push_back({"/optimizer/" + each.name, each.tensor});
  return all;
}

std::vector<NamedTensor> position(detail::Training& training) {
  return {{"/training/epoch", training.epoch.tensor()},
          {"/training/batch", training.batch.tensor()},
          {"/training/round", training.round.tensor()},
          {"/training/seed", training.seed.tensor()},
          {"/training/totals", training.meter.totals()}};
}

std::vector<NamedTensor> callback_state(detail::Training& training) {
  std::vector<NamedTensor> all;
  for (std::size_t i = 0; i < training.callbacks.size(); ++i)
    for (NamedTensor& each : training.callbacks[i]->state())
      all.push_back({fmt::format("/callbacks/{}/{}", i, each.name), each.tensor});
  return all;
}

constexpr std::string_view kCarried = "/carried/";

// What layers hand from batch to batch, as the handles that they keep.
std::vector<std::pair<std::string, Tensor*>> carried(Module& model) {
  std::vector<std::pair<std::string, Tensor*>> all;
  detail::walk(model, nullptr, [&](const std::string& path, Tensor& x, Role role, Module&) {
    if (role == Role::carried) all.emplace_back(std::string(kCarried) + path, &x);
  });
  return all;
}

// The file's, by the model's names; undefined where the file has none: training had not begun.
std::vector<Tensor> read_carried(const io::FileReader& reader, Module& model) {
  const Device device = model.named_parameters().at(0).tensor.device();
  std::vector<Tensor> values;
  std::set<std::string> names;
  for (const auto& [name, x] : carried(model)) {
    names.insert(name);
    values.push_back(reader.find(name) ? raw::run_transfer(reader.tensor(name), device) : Tensor());
  }
  for (const io::FileEntry& entry : reader.entries())
    if (entry.name.starts_with(kCarried) && !names.contains(entry.name))
      throw FormatError("load_training",
                        fmt::format("{} is of another architecture: it has {} of shape {}, which "
                                    "is not here",
                                    reader.path(), entry.name, to_string(entry.shape)));
  return values;
}

std::vector<NamedTensor> read_callback_state(const io::FileReader& reader) {
  constexpr std::string_view kCallbacks = "/callbacks/";
  std::vector<NamedTensor> all;
  for (const io::FileEntry& entry : reader.entries())
    if (!entry.is_text && entry.name.starts_with(kCallbacks))
      all.push_back({entry.name.substr(kCallbacks.size()), reader.tensor(entry.name)});
  return all;
}

}  // namespace

void put_training(io::FileWriter& writer, Module& model) {
  detail::Training& training = detail::training_of(model, "save_training");
  detail::bind_training(model, training, "save_training");
  put_weights(writer, model);
  io::put_all(writer, optimizer_state(training));
  io::put_all(writer, position(training));
  io::put_all(writer, callback_state(training));
  for (const auto& [name, x] : carried(model))
    if (x->defined()) writer.put(name, *x);
  writer.put_text("/training/optimizer", training.optimizer->name());
}

void restore_training(const io::FileReader& reader, Module& model) {
  detail::Training& training = detail::training_of(model, "load_training");
  if (!reader.find("/training/optimizer"))
    throw FormatError("load_training",
                      reader.path() + " holds no training state: load_weights() reads weights");
  const std::string optimizer = reader.text("/training/optimizer");
  if (optimizer != training.optimizer->name())
    throw FormatError("load_training",
                      fmt::format("{} was trained with {}, the model is compiled with {}",
                                  reader.path(), optimizer, training.optimizer->name()));
  const bool fresh = !model.built();
  if (fresh) restore_weights(reader, model);
  detail::bind_training(model, training, "load_training");
  io::check_all(reader, "/optimizer", optimizer_state(training));
  if (const io::FileEntry* totals = reader.find("/training/totals"))
    training.meter.expect(totals->shape.numel());
  io::check_all(reader, "/training", position(training));
  std::vector<Tensor> states = read_carried(reader, model);
  std::vector<NamedTensor> callbacks = read_callback_state(reader);
  if (!fresh) restore_weights(reader, model);
  io::restore_all(reader, "/optimizer", optimizer_state(training));
  io::restore_all(reader, "/training", position(training));
  for (std::size_t i = 0; const auto& [name, x] : carried(model)) *x = std::move(states[i++]);
  training.callback_state = std::move(callbacks);
  training.resumed = true;
}

void save_training(Module& model, const std::string& path) {
  detail::training_of(model, "save_training");
  io::FileWriter writer(path);
  put_training(writer, model);
  writer.commit();
}

void load_training(Module& model, const std::string& path) {
  restore_training(io::FileReader(path), model);
}

}  // namespace carousel::nn
