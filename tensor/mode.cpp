#include <carousel/tensor/mode.h>

namespace carousel::detail {

Mode& mode() noexcept {
  static thread_local Mode current __attribute__((tls_model("initial-exec")));
  return current;
}

}  // namespace carousel::detail
