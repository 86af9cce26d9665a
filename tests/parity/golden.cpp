#include <tests/parity/golden.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include <hdf5.h>

#include <carousel/autograd/ops/create.h>

namespace carousel::test {
namespace {

// An HDF5 identifier and how it is closed.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t), const std::string& what) : id_(id), close_(close) {
    if (id < 0) throw std::runtime_error("can't open " + what);
  }
  ~Handle() { close_(id_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  operator hid_t() const { return id_; }  // NOLINT

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

std::vector<std::string> children(hid_t group) {
  H5G_info_t info{};
  if (H5Gget_info(group, &info) < 0) throw std::runtime_error("can't list a group");
  std::vector<std::string> names;
  for (hsize_t i = 0; i < info.nlinks; ++i) {
    char name[512];
    if (H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, sizeof name,
                           H5P_DEFAULT) < 0)
      throw std::runtime_error("can't read a link's name");
    names.emplace_back(name);
  }
  return names;
}

std::string read_text(hid_t object, const char* name) {
  const Handle attribute(H5Aopen(object, name, H5P_DEFAULT), H5Aclose, name);
  const Handle type(H5Aget_type(attribute), H5Tclose, "a type");
  if (H5Tis_variable_str(type) > 0) {
    char* text = nullptr;
    const Handle memory(H5Tcopy(type), H5Tclose, "a type");
    if (H5Aread(attribute, memory, &text) < 0) throw std::runtime_error("can't read a text");
    std::string result = text == nullptr ? "" : text;
    H5free_memory(text);
    return result;
  }
  std::string result(H5Tget_size(type), '\0');
  if (H5Aread(attribute, type, result.data()) < 0) throw std::runtime_error("can't read a text");
  result.resize(std::strlen(result.c_str()));
  return result;
}

DType dtype_of_dataset(hid_t dataset) {
  const Handle type(H5Dget_type(dataset), H5Tclose, "a type");
  const std::size_t size = H5Tget_size(type);
  if (H5Tget_class(type) == H5T_FLOAT) return size == 4 ? f32 : f64;
  return size == 1 ? boolean : size == 4 ? i32 : i64;
}

Host read_dataset(hid_t group, const std::string& name) {
  const Handle dataset(H5Dopen2(group, name.c_str(), H5P_DEFAULT), H5Dclose, name);
  const Handle space(H5Dget_space(dataset), H5Sclose, name);
  const int rank = H5Sget_simple_extent_ndims(space);
  std::vector<hsize_t> sizes(static_cast<std::size_t>(std::max(rank, 1)));
  if (rank > 0) H5Sget_simple_extent_dims(space, sizes.data(), nullptr);
  Host host{{}, dtype_of_dataset(dataset), {}};
  for (int i = 0; i < rank; ++i)
    host.shape.append(static_cast<std::int64_t>(sizes[static_cast<std::size_t>(i)]));
  host.values.resize(static_cast<std::size_t>(host.shape.numel()));
  if (!host.values.empty() &&
      H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, host.values.data()) < 0)
    throw std::runtime_error("can't read " + name);
  return host;
}

GoldenCase read_case(hid_t file, const std::string& name) {
  const Handle group(H5Gopen2(file, name.c_str(), H5P_DEFAULT), H5Gclose, name);
  GoldenCase result{name, {}, {}};
  if (H5Aexists(group, "config") <= 0) return result;
  result.config = nlohmann::json::parse(read_text(group, "config"));
  for (const std::string& part : children(group)) {
    const Handle inner(H5Gopen2(group, part.c_str(), H5P_DEFAULT), H5Gclose, part);
    for (const std::string& dataset : children(inner))
      result.groups[part][dataset] = read_dataset(inner, dataset);
  }
  return result;
}

double largest(const Host& x) {
  double most = 0;
  for (double value : x.values)
    if (std::isfinite(value)) most = std::max(most, std::abs(value));
  return most;
}

constexpr double kInfinite = std::numeric_limits<double>::infinity();

}  // namespace

const std::map<std::string, Host>& GoldenCase::group(const std::string& group_name) const {
  static const std::map<std::string, Host> none;
  const auto found = groups.find(group_name);
  return found == groups.end() ? none : found->second;
}

std::vector<GoldenCase> read_golden(const std::string& path) {
  const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose, path);
  std::vector<GoldenCase> cases;
  for (const std::string& name : children(file)) {
    GoldenCase one = read_case(file, name);
    if (!one.config.is_null()) cases.push_back(std::move(one));
  }
  if (H5Lexists(file, "problem", H5P_DEFAULT) > 0) {
    const Handle problem(H5Gopen2(file, "problem", H5P_DEFAULT), H5Gclose, "problem");
    for (const std::string& name : children(problem))
      for (GoldenCase& one : cases) one.groups["problem"][name] = read_dataset(problem, name);
  }
  return cases;
}

Tensor to_tensor(const Host& golden, DType dtype) {
  const Tensor x = from_vector(golden.values, golden.shape);
  return x.to(is_floating(golden.dtype) ? dtype : golden.dtype);
}

void worsen(Difference& worst, const Difference& other) {
  const auto units = [](const Difference& d) {
    return d.tolerance > 0 ? d.error / d.tolerance : d.error;
  };
  if (worst.where.empty() || !(units(other) <= units(worst))) worst = other;
}

double error_of(const Host& ours, const Host& golden, double floor) {
  if (!(ours.shape == golden.shape)) return kInfinite;
  const bool exact = !is_floating(golden.dtype);
  if (exact != !is_floating(ours.dtype)) return kInfinite;
  double most = 0;
  for (std::size_t i = 0; i < golden.values.size(); ++i) {
    const double a = ours.values[i], b = golden.values[i];
    if (exact ? a != b : std::isfinite(b) != std::isfinite(a)) return kInfinite;
    if (std::isnan(a) != std::isnan(b) || (std::isinf(b) && a != b)) return kInfinite;
    if (std::isfinite(b)) most = std::max(most, std::abs(a - b));
  }
  return most == 0 ? 0 : most / std::max(largest(golden), floor);
}

double floor_of(const std::map<std::string, Host>& tensors) {
  double most = 0;
  for (const auto& [name, tensor] : tensors)
    if (is_floating(tensor.dtype)) most = std::max(most, largest(tensor));
  return most == 0 ? 1e-30 : 1e-3 * most;
}

}  // namespace carousel::test
