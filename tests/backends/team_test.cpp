#include <atomic>
#include <chrono>
#include <cstdlib>
#include <numeric>
#include <stdexcept>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include <carousel/backends/cpu/level.h>
#include <carousel/backends/cpu/team.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/threads.h>

namespace carousel {
namespace {

using cpu::Member;
using cpu::parallel_for;
using cpu::run_team;

struct WithThreads {
  explicit WithThreads(int n) : before(num_threads()) { set_num_threads(n); }
  ~WithThreads() { set_num_threads(before); }
  int before;
};

int members_of_call(int threads) {
  std::atomic<int> count{0};
  run_team(threads, [&](Member&) { ++count; });
  return count;
}

// Each step needs what every member wrote in the step before.
std::int64_t steps_with_barriers(int threads, int steps) {
  std::vector<std::int64_t> a(64, 1), b(64);
  run_team(threads, [&](Member& m) {
    for (int s = 0; s < steps; ++s) {
      auto& from = s % 2 ? b : a;
      auto& to = s % 2 ? a : b;
      const auto [begin, end] = m.share(64);
      for (auto i = begin; i < end; ++i) to[i] = (from[63 - i] * 3 + from[i] + i) % 1000003;
      m.barrier();
    }
  });
  const auto& last = steps % 2 ? b : a;
  return std::accumulate(last.begin(), last.end(), std::int64_t{0});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(threads)

BOOST_AUTO_TEST_CASE(never_more_members_than_threads_allowed) {
  WithThreads one(1);
  BOOST_TEST(members_of_call(8) == 1);
  set_num_threads(2);
  const int allowed = num_threads();
  BOOST_TEST(allowed <= 2);
  BOOST_TEST(members_of_call(8) == allowed);
  BOOST_TEST(members_of_call(1) == 1);
  BOOST_CHECK_EXCEPTION(set_num_threads(0), ValueError, [](const Error& e) {
    return std::string(e.what()) == "[set_num_threads] expected at least 1: 0";
  });
  BOOST_TEST(num_threads() == allowed);
}

BOOST_AUTO_TEST_CASE(barriers_separate_the_steps) {
  WithThreads two(2);
  for (int steps : {1, 2, 7, 5000})
    BOOST_TEST(steps_with_barriers(2, steps) == steps_with_barriers(1, steps));
}

BOOST_AUTO_TEST_CASE(members_that_sleep_wake_again) {
  WithThreads two(2);
  std::atomic<int> sum{0};
  for (int round = 0; round < 3; ++round) {
    run_team(2, [&](Member& m) {
      if (m.rank() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
      m.barrier();
      sum += 1;
      if (m.rank() == 1) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  BOOST_TEST(sum == 3 * num_threads());
}

BOOST_AUTO_TEST_CASE(an_exception_reaches_the_caller_and_frees_the_others) {
  WithThreads two(2);
  for (int thrower = 0; thrower < num_threads(); ++thrower) {
    const auto call = [&](Member& m) {
      if (m.rank() == thrower) throw std::runtime_error("member " + std::to_string(thrower));
      for (int i = 0; i < 3; ++i) m.barrier();
    };
    BOOST_CHECK_EXCEPTION(run_team(2, call), std::runtime_error, [&](const auto& e) {
      return e.what() == "member " + std::to_string(thrower);
    });
    BOOST_TEST(members_of_call(2) == num_threads());
  }
}

BOOST_AUTO_TEST_CASE(a_call_from_a_member_runs_alone) {
  WithThreads two(2);
  std::atomic<int> inner{0}, outer{0};
  run_team(2, [&](Member&) {
    ++outer;
    run_team(2, [&](Member& m) {
      inner += m.size();
      m.barrier();
    });
  });
  BOOST_TEST(outer == num_threads());
  BOOST_TEST(inner == outer);
}

BOOST_AUTO_TEST_CASE(many_callers_at_once_all_get_their_work_done) {
  WithThreads two(2);
  std::vector<std::int64_t> sums(4);
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; ++c)
    callers.emplace_back([&, c] { sums[c] = steps_with_barriers(2, 300); });
  for (auto& caller : callers) caller.join();
  for (auto sum : sums) BOOST_TEST(sum == steps_with_barriers(1, 300));
}

#if !defined(__SANITIZE_THREAD__)  // it has no threads in a forked child
BOOST_AUTO_TEST_CASE(a_forked_child_starts_a_team_of_its_own) {
  WithThreads two(2);
  const auto expected = steps_with_barriers(2, 10);
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    const bool same = steps_with_barriers(2, 10) == expected;
    _exit(same && members_of_call(2) == num_threads() ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  BOOST_TEST(WIFEXITED(status));
  BOOST_TEST(WEXITSTATUS(status) == 0);
}
#endif

BOOST_AUTO_TEST_CASE(parallel_for_covers_every_item_once) {
  WithThreads two(2);
  for (std::int64_t count : {0, 1, 15, 16, 17, 1000}) {
    std::vector<int> seen(count);
    std::atomic<bool> aligned{true};
    parallel_for(count, 16, [&](std::int64_t begin, std::int64_t end) {
      if (begin % 16 != 0) aligned = false;
      for (auto i = begin; i < end; ++i) ++seen[i];
    });
    BOOST_TEST(aligned);
    for (int times : seen) BOOST_TEST(times == 1);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(simd_level)

BOOST_AUTO_TEST_CASE(names_and_availability) {
  using cpu::SimdLevel;
  for (auto level : {SimdLevel::sse2, SimdLevel::avx2, SimdLevel::avx512, SimdLevel::neon}) {
    BOOST_TEST((cpu::simd_level_from(to_string(level)) == level));
    if (cpu::is_available(level)) {
      cpu::ScopedSimdLevel scoped(level);
      BOOST_TEST((cpu::simd_level() == level));
    } else {
      BOOST_CHECK_EXCEPTION(cpu::ScopedSimdLevel{level}, ValueError, [&](const Error& e) {
        return std::string(e.what()) == std::string("[ScopedSimdLevel] ") + to_string(level) +
                                            " is not available on this machine";
      });
    }
  }
  BOOST_CHECK_EXCEPTION(cpu::simd_level_from("mmx"), ValueError, [](const Error& e) {
    return std::string(e.what()) ==
           "[CAROUSEL_CPU] unknown instruction set 'mmx': expected sse2, avx2, avx512 or neon";
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace carousel
