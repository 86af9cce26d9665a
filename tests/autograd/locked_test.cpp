// How many locked instructions a recorded operation executes: a child process records some, its
// parent steps through them one instruction at a time and looks at each.
#include <carousel/autograd/ops.h>
#include <tests/support/skip.h>

// Sanitizers lock on their own account.
#if defined(__x86_64__) && defined(__linux__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#include <csignal>
#include <cstring>

#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace carousel;

namespace {

constexpr int kOperations = 8;

// A `lock` prefix, or an exchange with memory, which locks without one.
bool is_locked(const unsigned char* code) {
  int i = 0;
  for (; i < 4 && (code[i] == 0x66 || code[i] == 0xF0 || (code[i] & 0xF0) == 0x40); ++i)
    if (code[i] == 0xF0) return true;
  return (code[i] == 0x86 || code[i] == 0x87) && (code[i + 1] & 0xC0) != 0xC0;
}

// Steps from one SIGSTOP of the child to the next.
long count_to_next_stop(pid_t child) {
  long locked = 0;
  for (int status = 0;;) {
    user_regs_struct registers{};
    ptrace(PTRACE_GETREGS, child, nullptr, &registers);
    const long word = ptrace(PTRACE_PEEKTEXT, child, registers.rip, nullptr);
    unsigned char code[sizeof word];
    std::memcpy(code, &word, sizeof word);
    locked += is_locked(code) ? 1 : 0;
    if (ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr) != 0) return -1;
    if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) return -1;
    if (WSTOPSIG(status) == SIGSTOP) return locked;
  }
}

[[noreturn]] void record_in_child() {
  const Tensor x = Tensor{1.f, 2.f, 3.f, 4.f}.set_requires_grad(), y{5.f, 6.f, 7.f, 8.f};
  Tensor kept[2 * kOperations];
  for (int i = 0; i < kOperations; ++i) kept[i] = x * y;  // fills caches, resolves symbols
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);
  raise(SIGSTOP);
  raise(SIGSTOP);  // from the first to this: what stopping itself costs
  for (int i = 0; i < kOperations; ++i) kept[kOperations + i] = x * y;
  raise(SIGSTOP);
  _exit(0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(locked)

BOOST_AUTO_TEST_CASE(a_recorded_operation_locks_four_times_at_most) {
  const pid_t child = fork();
  if (child == 0) record_in_child();
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
    return carousel::test::skip("processes may not be traced here");
  const long stopping = count_to_next_stop(child), all = count_to_next_stop(child);
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  if (stopping < 0 || all < 0) return carousel::test::skip("processes can't be stepped here");
  const double each = static_cast<double>(all - stopping) / kOperations;
  BOOST_TEST_MESSAGE(each << " locked instructions a recorded operation");
  BOOST_TEST(each >= 1);  // the edge to x is counted somewhere, so the steps were seen
  BOOST_TEST(each <= 4);
}

BOOST_AUTO_TEST_SUITE_END()
#endif
