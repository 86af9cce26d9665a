// Whole models in a file: what they are made of, and their weights (docs/checkpoints.md).
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <utility>

#include <carousel/nn/io/hdf5_file.h>
#include <carousel/nn/sequential.h>
#include <carousel/tensor/error.h>

namespace carousel::nn {

// The class, the layers' options and connections as JSON under `/type` and `/config`, the weights
// as save_weights() has them. GraphError for a model that is not built, or has a layer of a class
// that is neither the library's nor registered (nn::register_layer); IoError.
void save_model(Module& model, const std::string& path);

// A model of the same layers, options and weights; not compiled. FormatError for a file that holds
// no such model or is damaged, IoError where the system refuses.
//
//   nn::Sequential model = nn::load_model(path);
//   auto model = nn::load_model<nn::Model>(path);
std::unique_ptr<Module> load_any_model(const std::string& path);
template <std::derived_from<Module> M = Sequential>
M load_model(const std::string& path);

// The same within a file that holds more.
void put_model(io::FileWriter& writer, Module& model);
std::unique_ptr<Module> read_any_model(const io::FileReader& reader);
template <std::derived_from<Module> M = Sequential>
M read_model(const io::FileReader& reader) {
  const std::unique_ptr<Module> model = read_any_model(reader);
  if (auto* wanted = dynamic_cast<M*>(model.get())) return std::move(*wanted);
  throw FormatError("load_model", reader.path() + " holds a " + model->type_name() +
                                      ": name that class, load_model<" + model->type_name() + ">");
}

template <std::derived_from<Module> M>
M load_model(const std::string& path) {
  return read_model<M>(io::FileReader(path));
}

}  // namespace carousel::nn
