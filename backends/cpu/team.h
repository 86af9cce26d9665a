// The thread team: the caller and its workers run one function together, with barriers.
//
// A team call costs a fraction of a microsecond while the workers still spin (50 us after the last
// call) and one futex wake-up later. There is one team a process. A caller that finds it busy, or
// is a member itself, runs its function alone: kernels split their work so that the number of
// members never changes a bit of the result.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <type_traits>
#include <utility>

namespace carousel::cpu {

// A value that threads wait for: spins for kSpin, then sleeps.
class alignas(64) Signal {
 public:
  std::uint32_t load() const { return value_.load(std::memory_order_acquire); }
  void reset() { value_.store(0, std::memory_order_relaxed); }
  void bump();
  // Returns when the value is no longer `old`, and whether it has slept.
  bool wait_while(std::uint32_t old) const;

 private:
  std::atomic<std::uint32_t> value_{0};
};

// What one team call shares between its members.
struct TeamCall {
  void (*body)(void* object, class Member& member) = nullptr;
  void* object = nullptr;
  int size = 1;
  alignas(64) std::atomic<int> arrived{0};
  Signal phase;  // bumped when all have reached a barrier, or one has thrown
  std::atomic<bool> aborted{false};
  std::exception_ptr error;  // written by the first that throws
};

// One thread's part in a team call.
class Member {
 public:
  Member(TeamCall& call, int rank) : call_(call), rank_(rank) {}

  int rank() const { return rank_; }
  int size() const { return call_.size; }

  // Returns when all members are here. Leaves by an internal exception if another one has thrown.
  void barrier() {
    if (size() > 1) wait_for_all();
  }

  // This member's part [begin, end) of `count` items, in whole multiples of `grain`.
  std::pair<std::int64_t, std::int64_t> share(std::int64_t count, std::int64_t grain = 1) const {
    const std::int64_t grains = (count + grain - 1) / grain;
    return {std::min(count, grains * rank_ / size() * grain),
            std::min(count, grains * (rank_ + 1) / size() * grain)};
  }

 private:
  void wait_for_all();
  TeamCall& call_;
  int rank_;
};

namespace detail {
void run_team(int threads, void (*body)(void*, Member&), void* object);
}

// Runs body(Member&) on up to `threads` threads (and up to num_threads()), the caller being rank 0.
// What a member throws reaches the caller, once all have left.
template <class Body>
void run_team(int threads, Body&& body) {
  using Plain = std::remove_reference_t<Body>;
  detail::run_team(
      threads, [](void* object, Member& member) { (*static_cast<Plain*>(object))(member); },
      const_cast<void*>(static_cast<const void*>(&body)));
}

// Calls body(begin, end) for parts of [0, count) in whole multiples of `grain`, which should be
// worth at least 10 us of work.
template <class Body>
void parallel_for(std::int64_t count, std::int64_t grain, Body&& body) {
  const std::int64_t grains = (count + grain - 1) / grain;
  run_team(static_cast<int>(std::min<std::int64_t>(grains, 1 << 20)), [&](Member& member) {
    const auto [begin, end] = member.share(count, grain);
    if (begin < end) body(begin, end);
  });
}

}  // namespace carousel::cpu
