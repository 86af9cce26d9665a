// A program of someone else's.
#include <carousel/tensor/error.h>
#include <carousel/tensor/tensor.h>

int main() {
  const carousel::Tensor x{{1.f, 2.f, 3.f}, {4.f, 5.f, 6.f}};
  try {
    x.dim(2);
  } catch (const carousel::IndexError&) {
    return x(1, 2) == 6 ? 0 : 1;
  }
  return 2;
}
