#include <carousel/backends/cpu/backend.h>

#include <cstring>

#include <carousel/backends/cpu/allocator.h>
#include <carousel/backends/cpu/kernels.h>
#include <carousel/tensor/storage.h>

namespace carousel::cpu {
namespace {

// Kernels find the team and their workspace by themselves.
class CpuContext final : public Context {};

class CpuBackend final : public Backend {
 public:
  CpuBackend() { fill_tables(tables_); }

  void* allocate(std::size_t bytes) override { return cpu::allocate(bytes); }
  void deallocate(void* handle, std::size_t bytes) noexcept override {
    cpu::deallocate(handle, bytes);
  }
  void trim() noexcept override { cpu::trim(); }

  void upload(detail::Storage& to, std::int64_t byte_offset, const void* from,
              std::size_t bytes) override {
    if (bytes > 0) std::memcpy(to.host() + byte_offset, from, bytes);
  }
  void download(const detail::Storage& from, std::int64_t byte_offset, void* to,
                std::size_t bytes) override {
    if (bytes > 0) std::memcpy(to, from.host() + byte_offset, bytes);
  }
  void synchronize() override {}

  Context& context() override { return context_; }
  const KernelTables& kernels() const override { return tables_; }

 private:
  CpuContext context_;
  KernelTables tables_;
};

}  // namespace

Backend* find_backend(int index) {
  // Leaked: tensors may be freed after static destructors have run.
  static Backend* const instance = new CpuBackend;
  return index == 0 ? instance : nullptr;
}

int device_count() { return 1; }

}  // namespace carousel::cpu
