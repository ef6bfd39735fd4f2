// A block of a device's threads, played by one thread of the host: each is a fiber with a stack of its own, which runs
// from one barrier to the next.
#pragma once

#include <sys/mman.h>
#include <ucontext.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
extern "C" {
void __tsan_acquire(void*);
void __tsan_release(void*);
}
#define SOFTWARE_DEVICE_UNSEEN __attribute__((no_sanitize("thread"), noinline))
#else
#define SOFTWARE_DEVICE_UNSEEN __attribute__((noinline))
#endif

namespace software_device {

/// What no program may do: a real device would hang, or give rubbish.
[[noreturn]] inline void fatal(const std::string& text) {
  std::fprintf(stderr, "SOFTWARE DEVICE: %s\n", text.c_str());
  std::fflush(nullptr);
  std::abort();
}

/// In which order the threads of a block run between two barriers, and the blocks of a grid.
enum class turn_order { ascending, descending, shuffled };

struct thread_place {
  unsigned x, y, z;
};

/// The threads of one block, as of whichever is running.
class block_engine {
 public:
  static constexpr std::size_t stack_bytes = std::size_t{1} << 18, page = 4096, shared_bytes = std::size_t{1} << 18;

  /// Called with the index of each thread before it goes on.
  std::function<void(unsigned)> on_switch;

  static block_engine& get() {
    static auto* const engine = new block_engine;
    return *engine;
  }

  /// Runs body() by so many threads. All of them wait at the same barriers.
  SOFTWARE_DEVICE_UNSEEN void run(const std::function<void()>& body, unsigned threads, std::size_t dynamic_shared,
                                  int rubbish, turn_order order, std::mt19937& random) {
    body_ = &body;
    round_ = 0;
    begin_shared_memory(dynamic_shared, rubbish);
    while (fibers_.size() < threads) fibers_.push_back(make_fiber());
    std::vector<unsigned> turn(threads);
    for (unsigned i = 0; i < threads; ++i) turn[i] = order == turn_order::descending ? threads - 1 - i : i;
#if defined(__SANITIZE_THREAD__)
    __tsan_release(&begun_);
#endif
    for (unsigned i = 0; i < threads; ++i) begin(*fibers_[i]);
    for (bool ended = false; !ended;) {
      if (order == turn_order::shuffled) std::shuffle(turn.begin(), turn.end(), random);
      unsigned finished = 0;
      for (const unsigned i : turn) {
        enter(*fibers_[i], i);
        finished += fibers_[i]->finished;
      }
      ++round_;
      ended = finished == threads;
      if (!ended && finished != 0) fatal("some threads of a block wait at a barrier that the others do not reach");
    }
#if defined(__SANITIZE_THREAD__)
    __tsan_acquire(&done_);
#endif
    end_shared_memory();
  }

  SOFTWARE_DEVICE_UNSEEN void barrier() {
    if (current_ == nullptr) fatal("a barrier outside of a kernel");
#if defined(__SANITIZE_THREAD__)
    // One address for all barriers would hide races of a phase with the next.
    void* const meeting = &meetings_[round_ % 2];
    __tsan_release(meeting);
#endif
    leave(false);
#if defined(__SANITIZE_THREAD__)
    __tsan_acquire(meeting);
#endif
  }

  bool in_kernel() const { return current_ != nullptr; }

  /// The static shared memory that a kernel declares at `key`, the same for all threads of the block.
  SOFTWARE_DEVICE_UNSEEN unsigned char* static_shared(const void* key, std::size_t bytes) {
    const auto found = static_shared_.find(key);
    if (found != static_shared_.end()) return found->second;
    static_bytes_ = (static_bytes_ + 15) / 16 * 16;
    unsigned char* const memory = shared_ + dynamic_bytes_ + static_bytes_;
    static_bytes_ += bytes;
    if (static_bytes_ > 48 * 1024) fatal("more than 48 KiB of static shared memory");
    open_shared(memory, bytes);
    return static_shared_[key] = memory;
  }
  unsigned char* dynamic_shared() { return shared_; }

 private:
  struct fiber {
    ucontext_t context;
    char* stack = nullptr;
    bool finished = false;
    void* fake_stack = nullptr;  // of the address sanitizer
    void* seen_as = nullptr;     // by the thread sanitizer
  };

  static std::unique_ptr<fiber> make_fiber() {
    auto f = std::make_unique<fiber>();
    void* const memory =
        mmap(nullptr, stack_bytes + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) fatal("there is no memory for a thread's stack");
    mprotect(memory, page, PROT_NONE);
    f->stack = static_cast<char*>(memory) + page;
#if defined(__SANITIZE_THREAD__)
    f->seen_as = __tsan_create_fiber(0);
#endif
    return f;
  }

  void begin(fiber& f) {
    f.finished = false;
    f.fake_stack = nullptr;
    getcontext(&f.context);
    f.context.uc_stack.ss_sp = f.stack;
    f.context.uc_stack.ss_size = stack_bytes;
    f.context.uc_link = nullptr;
    makecontext(&f.context, &block_engine::thread_main, 0);
  }

  SOFTWARE_DEVICE_UNSEEN void enter(fiber& f, unsigned index) {
    if (f.finished) return;
    current_ = &f;
    on_switch(index);
#if defined(__SANITIZE_ADDRESS__)
    void* fake = nullptr;
    __sanitizer_start_switch_fiber(&fake, f.stack, stack_bytes);
#endif
#if defined(__SANITIZE_THREAD__)
    host_seen_as_ = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(f.seen_as, 1);
#endif
    swapcontext(&host_, &f.context);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#endif
    current_ = nullptr;
  }

  SOFTWARE_DEVICE_UNSEEN void leave(bool finished) {
    fiber& f = *current_;
    f.finished = finished;
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(finished ? nullptr : &f.fake_stack, host_stack_, host_stack_bytes_);
#endif
#if defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(host_seen_as_, 1);
#endif
    swapcontext(&f.context, &host_);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(f.fake_stack, &host_stack_, &host_stack_bytes_);
#endif
  }

  SOFTWARE_DEVICE_UNSEEN static void thread_main() {
    block_engine& engine = get();
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(nullptr, &engine.host_stack_, &engine.host_stack_bytes_);
#endif
#if defined(__SANITIZE_THREAD__)
    __tsan_acquire(&engine.begun_);
#endif
    (*engine.body_)();
#if defined(__SANITIZE_THREAD__)
    __tsan_release(&engine.done_);
#endif
    engine.leave(true);
    fatal("a thread that has ended was entered");
  }

  void begin_shared_memory(std::size_t dynamic, int rubbish) {
    dynamic_bytes_ = (dynamic + 15) / 16 * 16;
    static_bytes_ = 0;
    static_shared_.clear();
    open_shared(shared_, shared_bytes);
    std::memset(shared_, rubbish, shared_bytes);
    end_shared_memory();
    open_shared(shared_, dynamic);
  }
  void end_shared_memory() {
#if defined(__SANITIZE_ADDRESS__)
    __asan_poison_memory_region(shared_, shared_bytes);
#endif
  }
  static void open_shared([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
    __asan_unpoison_memory_region(memory, bytes);
#endif
  }

  const std::function<void()>* body_ = nullptr;
  std::uint64_t round_ = 0;
  std::vector<std::unique_ptr<fiber>> fibers_;
  fiber* current_ = nullptr;
  ucontext_t host_;
  const void* host_stack_ = nullptr;
  std::size_t host_stack_bytes_ = 0;
  void* host_seen_as_ = nullptr;
  std::map<const void*, unsigned char*> static_shared_;
  std::size_t dynamic_bytes_ = 0, static_bytes_ = 0;
  char meetings_[2] = {}, begun_ = 0, done_ = 0;
  alignas(128) unsigned char shared_[shared_bytes] = {};
};

}  // namespace software_device
