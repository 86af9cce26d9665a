#include <carousel/nn/io/hdf5_file.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/impl.h>

#include <tests/file_support.h>
#include <boost/test/unit_test.hpp>
#include <thread>

using namespace carousel;
using namespace carousel::test;

namespace {

template <class T>
std::vector<T> read(const io::FileReader& reader, const std::string& name, std::size_t n) {
  std::vector<T> out(n);
  reader.read(name, std::as_writable_bytes(std::span(out)));
  return out;
}

const float kFloats[] = {1.5f, -0.0f, std::numeric_limits<float>::infinity(), 1e-45f, 5, 6};
const double kDoubles[] = {0.1, -1e300};
const std::int32_t kInts[] = {-7, 8, 9};
const std::int64_t kLongs[] = {std::numeric_limits<std::int64_t>::min()};
const bool kBools[] = {true, false, true, true};

void write_all(const std::string& path) {
  io::FileWriter writer(path);
  writer.put("/model/lstm/kernel", {f32, {2, 3}, kFloats});
  writer.put("/model/lstm/bias", {f64, {2}, kDoubles});
  writer.put_text("/config", "{\"name\": \"sunspots \xE2\x98\x89\"}");
  writer.put("/data/ints", {i32, {1, 3, 1}, kInts});
  writer.put("/data/step", {i64, {}, kLongs});
  writer.put("/data/mask", {boolean, {4}, kBools});
  writer.put("/data/none", {f32, {3, 0}, nullptr});
  writer.put_text("/note", "");
  writer.commit();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hdf5_file)

BOOST_AUTO_TEST_CASE(everything_comes_back) {
  const Folder folder;
  write_all(folder / "a.h5");
  const io::FileReader reader(folder / "a.h5");
  BOOST_TEST(std::memcmp(read<float>(reader, "/model/lstm/kernel", 6).data(), kFloats, 24) == 0);
  BOOST_TEST(read<double>(reader, "/model/lstm/bias", 2) == (std::vector<double>{0.1, -1e300}));
  BOOST_TEST(read<std::int32_t>(reader, "/data/ints", 3) == (std::vector<std::int32_t>{-7, 8, 9}));
  BOOST_TEST(read<std::int64_t>(reader, "/data/step", 1)[0] == kLongs[0]);
  BOOST_TEST(read<char>(reader, "/data/mask", 4) == (std::vector<char>{1, 0, 1, 1}));
  BOOST_TEST(read<float>(reader, "/data/none", 0).empty());
  BOOST_TEST(reader.text("/config") == "{\"name\": \"sunspots \xE2\x98\x89\"}");
  BOOST_TEST(reader.text("/note") == "");

  BOOST_TEST(reader.entries().size() == 8);
  const io::FileEntry& kernel = *reader.find("/model/lstm/kernel");
  BOOST_TEST((kernel.shape == Shape{2, 3}));
  BOOST_TEST((kernel.dtype == f32));
  BOOST_TEST(contents(folder / "a.h5").substr(kernel.offset, 24) ==
             std::string(reinterpret_cast<const char*>(kFloats), 24));
  BOOST_TEST(!reader.find("/model/lstm"));
}

BOOST_AUTO_TEST_CASE(equal_contents_give_equal_bytes) {
  const Folder folder;
  write_all(folder / "a.h5");
  write_all(folder / "b.h5");
  write_all(folder / "b.h5");
  BOOST_TEST(contents(folder / "a.h5") == contents(folder / "b.h5"));
  BOOST_TEST(folder.count() == 2);
}

BOOST_AUTO_TEST_CASE(nothing_stays_without_commit) {
  const Folder folder;
  {
    io::FileWriter writer(folder / "a.h5");
    writer.put("/x", {f32, {6}, kFloats});
  }
  BOOST_TEST(folder.count() == 0);
}

BOOST_AUTO_TEST_CASE(tensors_of_any_layout) {
  const Folder folder;
  const Tensor x{{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}};
  const Tensor turned = detail::view_transpose(x, 0, 1);
  {
    io::FileWriter writer(folder / "a.h5");
    writer.put("/x", x);
    writer.put("/turned", turned);
    writer.put("/mask", Tensor{true, false});
    writer.commit();
  }
  const io::FileReader reader(folder / "a.h5");
  BOOST_TEST((reader.tensor("/turned").shape() == Shape{3, 2}));
  BOOST_TEST(reader.tensor("/x").to_vector<double>() == x.to_vector<double>());
  BOOST_TEST(reader.tensor("/turned").to_vector<double>() == turned.to_vector<double>());
  BOOST_TEST((reader.tensor("/mask").dtype() == boolean));
  BOOST_CHECK_THROW(reader.tensor("/y"), FormatError);
}

BOOST_AUTO_TEST_CASE(a_writer_is_done_after_commit) {
  const Folder folder;
  const std::string path = folder / "a.h5";
  io::FileWriter writer(path);
  writer.put("/x", {f32, {6}, kFloats});
  writer.commit();
  const std::string wanted = "[save] " + path + ": the file is closed";
  BOOST_TEST(error_of<IoError>([&] { writer.put("/y", {f32, {6}, kFloats}); }) == wanted);
  BOOST_TEST(error_of<IoError>([&] { writer.commit(); }) == wanted);
  BOOST_TEST(io::FileReader(path).entries().size() == 1);
}

BOOST_AUTO_TEST_CASE(several_threads_each_with_files_of_their_own) {
  const Folder folder;
  std::vector<std::thread> threads;
  std::array<int, 4> wrong{};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      const std::string path = folder / (std::to_string(t) + ".h5");
      for (std::int64_t round = 0; round < 20; ++round) {
        const std::int64_t value = 100 * t + round;
        io::FileWriter writer(path);
        writer.put("/a/x", {i64, {}, &value});
        writer.commit();
        wrong[t] += read<std::int64_t>(io::FileReader(path), "/a/x", 1)[0] != value;
      }
    });
  for (std::thread& thread : threads) thread.join();
  BOOST_TEST(wrong == (std::array<int, 4>{}), boost::test_tools::per_element());
}

// Far more metadata than HDF5's cache holds, so that it reads back what it wrote.
BOOST_AUTO_TEST_CASE(many_tensors) {
  const Folder folder;
  const int n = 20000;
  {
    io::FileWriter writer(folder / "a.h5");
    for (std::int64_t i = 0; i < n; ++i)
      writer.put("/g" + std::to_string(i % 7) + "/t" + std::to_string(i), {i64, {1}, &i});
    writer.commit();
  }
  const io::FileReader reader(folder / "a.h5");
  BOOST_TEST(reader.entries().size() == n);
  for (int i = 0; i < n; i += 997)
    BOOST_TEST(read<std::int64_t>(reader, "/g" + std::to_string(i % 7) + "/t" + std::to_string(i),
                                  1)[0] == i);
}

BOOST_AUTO_TEST_CASE(names_that_are_none) {
  const Folder folder;
  io::FileWriter writer(folder / "a.h5");
  writer.put("/a/b", {f32, {1}, kFloats});
  const std::pair<const char*, const char*> cases[] = {
      {"", "must begin with / and name something"},
      {"a", "must begin with / and name something"},
      {"/", "must begin with / and name something"},
      {"/a//c", "has an empty part, or one of dots"},
      {"/a/", "has an empty part, or one of dots"},
      {"/../x", "has an empty part, or one of dots"},
      {"/\xFF", "has a character that is not printable ASCII"},
      {"/a/b", "is taken by \"/a/b\""},
      {"/a", "is a part of others' names: \"/a\""},
      {"/a/b/c", "runs through \"/a/b\""}};
  for (const auto& [name, why] : cases)
    BOOST_TEST(error_of<ValueError>([&, n = name] {
                 writer.put(n, {f32, {1}, kFloats});
               }) == std::string("[save] the name \"") + name + "\" " + why);
  writer.put("/a/c", {f32, {1}, kFloats});  // still of use
  writer.commit();
  BOOST_TEST(io::FileReader(folder / "a.h5").entries().size() == 2);
}

BOOST_AUTO_TEST_CASE(asking_for_what_is_not_there) {
  const Folder folder;
  const std::string path = folder / "a.h5";
  write_all(path);
  const io::FileReader reader(path);
  float x[7];
  const auto read_into = [&](const char* name, std::size_t n) {
    return error_of<FormatError>(
        [&] { reader.read(name, std::as_writable_bytes(std::span(x)).first(n)); });
  };
  BOOST_TEST(read_into("/model/gru", 24) == "[load] " + path + ": holds no tensor /model/gru");
  BOOST_TEST(read_into("/config", 24) == "[load] " + path + ": holds no tensor /config");
  BOOST_TEST(read_into("/model/lstm/kernel", 28) ==
             "[load] " + path + ": /model/lstm/kernel has 24 bytes, not 28");
  BOOST_TEST(error_of<FormatError>([&] { reader.text("/data/ints"); }) ==
             "[load] " + path + ": holds no text /data/ints");
  BOOST_TEST(error_of<IoError>([&] { io::FileReader(folder / "b.h5"); }) ==
             "[load] " + (folder / "b.h5") + ": No such file or directory");
  BOOST_TEST(error_of<IoError>([&] { io::FileReader("/dev/null"); }) ==
             "[load] /dev/null: is not a regular file");
}

BOOST_AUTO_TEST_SUITE_END()
