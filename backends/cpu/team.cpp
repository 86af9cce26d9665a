#include <carousel/backends/cpu/team.h>

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <pthread.h>
#if defined(__linux__)
#include <sched.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <carousel/backends/cpu/processors.h>
#include <carousel/tensor/error.h>
#include <carousel/tensor/threads.h>

namespace carousel {
namespace cpu {
namespace {

constexpr std::chrono::microseconds kSpin{50};
constexpr int kPausesBetweenClockReads = 64;

void pause() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Unwinds members that wait for one that has thrown; never leaves the team.
struct Aborted {};

int current_processor() {
#if defined(__linux__)
  return sched_getcpu();
#else
  return -1;
#endif
}

struct Worker {
  Signal ticket;  // bumped for each call that it takes part in
  int rank = 0;
  std::atomic<int> processor{-1};  // where it was when it last woke up
};

class Team {
 public:
  // Leaked on purpose: workers outlive static destructors.
  static Team& instance() {
    static Team* team = [] {
      auto* made = new Team;
      pthread_atfork(nullptr, nullptr, [] { instance().forget_threads(); });
      return made;
    }();
    return *team;
  }

  void run(int threads, void (*body)(void*, Member&), void* object);

  // A member has slept, and the system has chosen a processor for it: a worker that finds itself on
  // another member's moves away. Left there they would take turns, each asleep while the other
  // runs, which no load balancer sees.
  void settle(int rank);

 private:
  bool is_taken(int processor, int rank) const;
  void leave(int processor, int rank) const;
  void run_together(TeamCall& call);
  void add_workers(int count);
  void work(Worker& worker);
  // In the child of a fork only the calling thread is left.
  void forget_threads();

  std::atomic<bool> busy_{false};
  TeamCall* call_ = nullptr;
  std::atomic<int> caller_processor_{-1};
  std::atomic<int> pending_{0};  // workers that have not left the call
  Signal left_;                  // bumped by the last worker that leaves
  std::vector<Worker*> workers_;
};

void execute(TeamCall& call, int rank) {
  Member member(call, rank);
  try {
    call.body(call.object, member);
  } catch (const Aborted&) {
  } catch (...) {
    if (!call.aborted.exchange(true)) call.error = std::current_exception();
    call.phase.bump();
  }
}

void Team::run(int threads, void (*body)(void*, Member&), void* object) {
  threads = threads > 1 ? std::min(threads, num_threads()) : 1;
  if (threads == 1 || busy_.exchange(true, std::memory_order_acquire)) {
    TeamCall alone;
    Member member(alone, 0);
    return body(object, member);
  }
  struct Release {
    std::atomic<bool>& busy;
    ~Release() { busy.store(false, std::memory_order_release); }
  } release{busy_};
  add_workers(threads - 1);
  TeamCall call;
  call.body = body;
  call.object = object;
  call.size = std::min(threads, 1 + static_cast<int>(workers_.size()));
  run_together(call);
  if (call.error) std::rethrow_exception(call.error);
}

bool Team::is_taken(int processor, int rank) const {
  if (caller_processor_.load(std::memory_order_relaxed) == processor) return true;
  for (const Worker* worker : workers_)
    if (worker->rank != rank && worker->processor.load(std::memory_order_relaxed) == processor)
      return true;
  return false;
}

void Team::settle(int rank) {
  const int processor = current_processor();
  if (rank == 0) return caller_processor_.store(processor, std::memory_order_relaxed);
  if (processor >= 0 && is_taken(processor, rank)) leave(processor, rank);
  workers_[static_cast<std::size_t>(rank) - 1]->processor.store(current_processor(),
                                                                std::memory_order_relaxed);
}

void Team::leave([[maybe_unused]] int processor, [[maybe_unused]] int rank) const {
#if defined(__linux__)
  cpu_set_t allowed, free;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  free = allowed;
  for (int i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(i, &free) && (i == processor || is_taken(i, rank))) CPU_CLR(i, &free);
  if (CPU_COUNT(&free) == 0) return;
  sched_setaffinity(0, sizeof free, &free);  // moves at once
  sched_setaffinity(0, sizeof allowed, &allowed);
#endif
}

void Team::run_together(TeamCall& call) {
  call_ = &call;
  caller_processor_.store(current_processor(), std::memory_order_relaxed);
  pending_.store(call.size - 1, std::memory_order_relaxed);
  const std::uint32_t before = left_.load();
  for (int i = 0; i + 1 < call.size; ++i) workers_[i]->ticket.bump();
  execute(call, 0);
  if (call.size > 1) left_.wait_while(before);
}

void Team::add_workers(int count) {
  workers_.reserve(count);
  while (static_cast<int>(workers_.size()) < count) {
    auto worker = std::make_unique<Worker>();
    worker->rank = static_cast<int>(workers_.size()) + 1;
    try {
      std::thread([this, w = worker.get()] { work(*w); }).detach();
    } catch (const std::system_error&) {
      return;  // no more threads to be had: fewer do the work
    }
    workers_.push_back(worker.release());
  }
}

void Team::work(Worker& worker) {
  for (std::uint32_t seen = 0;; ++seen) {
    if (worker.ticket.wait_while(seen)) settle(worker.rank);
    execute(*call_, worker.rank);
    if (pending_.fetch_sub(1, std::memory_order_acq_rel) == 1) left_.bump();
  }
}

void Team::forget_threads() {
  std::construct_at(&workers_);  // leaks: another thread may have been changing it
  left_.reset();
  pending_.store(0);
  busy_.store(false);
}

int threads_from_environment() {
  const char* text = std::getenv("CAROUSEL_NUM_THREADS");
  if (!text || !*text) return usable_processors();
  int n = 0;
  const char* end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, n);
  if (error != std::errc() || stop != end || n < 1)
    throw ValueError("CAROUSEL_NUM_THREADS",
                     "expected a whole number of at least 1: '" + std::string(text) + "'");
  return std::min(n, usable_processors());
}

std::atomic<int> g_threads{0};  // 0: not chosen yet

}  // namespace

void Signal::bump() {
  value_.fetch_add(1, std::memory_order_acq_rel);
  value_.notify_all();
}

bool Signal::wait_while(std::uint32_t old) const {
  std::chrono::steady_clock::time_point spin_until{};
  do {
    for (int i = 0; i < kPausesBetweenClockReads; ++i) {
      if (load() != old) return false;
      pause();
    }
    if (spin_until == std::chrono::steady_clock::time_point{})
      spin_until = std::chrono::steady_clock::now() + kSpin;
  } while (std::chrono::steady_clock::now() < spin_until);
  while (load() == old) value_.wait(old, std::memory_order_acquire);
  return true;
}

void Member::wait_for_all() {
  const std::uint32_t phase = call_.phase.load();
  if (call_.arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == call_.size) {
    call_.arrived.store(0, std::memory_order_relaxed);
    call_.phase.bump();
  } else if (!call_.aborted.load(std::memory_order_acquire)) {
    if (call_.phase.wait_while(phase)) Team::instance().settle(rank_);
  }
  if (call_.aborted.load(std::memory_order_acquire)) throw Aborted();
}

void detail::run_team(int threads, void (*body)(void*, Member&), void* object) {
  Team::instance().run(threads, body, object);
}

}  // namespace cpu

int num_threads() {
  int n = cpu::g_threads.load(std::memory_order_relaxed);
  if (n == 0) {
    n = cpu::threads_from_environment();
    cpu::g_threads.store(n, std::memory_order_relaxed);
  }
  return n;
}

void set_num_threads(int n) {
  if (n < 1) throw ValueError("set_num_threads", "expected at least 1: " + std::to_string(n));
  cpu::g_threads.store(std::min(n, cpu::usable_processors()), std::memory_order_relaxed);
}

}  // namespace carousel
