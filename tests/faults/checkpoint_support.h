// A checkpoint whose contents tell which save they come from.
#pragma once

#include <carousel/nn/io/hdf5_file.h>
#include <tests/file_support.h>

#include <vector>

namespace carousel::test {

// Saves `tensors` tensors of `n` elements that all equal `generation`.
inline void save_generation(const std::string& path, int generation, int tensors = 3,
                            std::int64_t n = 200) {
  const std::vector<float> values(n, static_cast<float>(generation));
  io::FileWriter writer(path);
  for (int i = 0; i < tensors; ++i)
    writer.put("/model/layer" + std::to_string(i) + "/kernel", {f32, {n}, values.data()});
  writer.put_text("/generation", std::to_string(generation));
  writer.commit();
}

// Reads it all; -1 if the parts do not belong together. Throws what the reader throws.
inline int load_generation(const std::string& path) {
  const io::FileReader reader(path);
  const int generation = std::stoi(reader.text("/generation"));
  for (const io::FileEntry& entry : reader.entries()) {
    if (entry.is_text) continue;
    std::vector<float> values(entry.bytes / sizeof(float));
    reader.read(entry.name, std::as_writable_bytes(std::span(values)));
    for (float value : values)
      if (value != static_cast<float>(generation)) return -1;
  }
  return generation;
}

}  // namespace carousel::test
