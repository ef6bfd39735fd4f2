// Blocks of a device's threads, played by one thread of the host: each is a fiber with a stack of its own, which runs
// from one barrier to the next.
#pragma once

#include <setjmp.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#if defined(__has_feature)  // Clang, which has other names for these
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif
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

/// In which order the threads of a block run between two barriers, and the blocks of a grid: one after the other, or,
/// where shuffled, a few at a time, each a phase at its turn.
enum class turn_order { ascending, descending, shuffled };

struct thread_place {
  unsigned x, y, z;
};

/// Bytes of shared memory that a launch asks for, and that a block may have with what its kernel declares.
struct shared_sizes {
  std::size_t dynamic, most;
};

/// The threads of the blocks that are under way, as of whichever is running.
class block_engine {
 public:
  static constexpr std::size_t stack_bytes = std::size_t{1} << 18, page = 4096, shared_bytes = std::size_t{1} << 18;
  static constexpr std::size_t most_blocks = 3;  ///< under way at a time

  /// Called with the numbers of a block and of its thread before that goes on.
  std::function<void(std::uint64_t, unsigned)> on_switch;

  static block_engine& get() {
    static auto* const engine = new block_engine;
    return *engine;
  }

  /// Runs body() by so many threads of each block. All threads of a block wait at the same barriers.
  SOFTWARE_DEVICE_UNSEEN void run(const std::function<void()>& body, const std::vector<std::uint64_t>& numbers,
                                  unsigned threads, shared_sizes shared, int rubbish, turn_order order,
                                  std::mt19937& random) {
    body_ = &body;
    std::vector<unsigned> turn(threads);
    for (unsigned i = 0; i < threads; ++i) turn[i] = order == turn_order::descending ? threads - 1 - i : i;
    const std::size_t at_once = order == turn_order::shuffled ? most_blocks : 1;
    std::size_t begun = 0, ended = 0;
    while (ended < numbers.size()) {
      for (std::size_t i = 0; i < at_once; ++i) {
        block& one = blocks_[i];
        if (!one.under_way && begun < numbers.size()) begin(one, numbers[begun++], threads, shared, rubbish);
        if (!one.under_way || (at_once > 1 && random() % 4 == 0)) continue;
        if (order == turn_order::shuffled) std::shuffle(turn.begin(), turn.end(), random);
        if (!run_phase(one, turn)) ++ended;
      }
    }
  }

  SOFTWARE_DEVICE_UNSEEN void barrier() {
    if (current_ == nullptr) fatal("a barrier outside of a kernel");
#if defined(__SANITIZE_THREAD__)
    // One address for all barriers would hide races of a phase with the next.
    void* const meeting = &running_->meetings[running_->phase % 2];
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
    block& in = *running_;
    for (unsigned i = 0; i < in.declarations; ++i) {
      if (in.declared[i].key == key) return in.declared[i].memory;
    }
    in.static_bytes = (in.static_bytes + 15) / 16 * 16;
    unsigned char* const memory = in.shared + in.dynamic_bytes + in.static_bytes;
    in.static_bytes += bytes;
    if (in.static_bytes > 48 * 1024) fatal("more than 48 KiB of static shared memory");
    if (in.dynamic_bytes + in.static_bytes > in.most_bytes) fatal("more shared memory than a block may have");
    if (in.declarations == most_declarations) fatal("more declarations of shared memory than are foreseen");
    open_shared(memory, bytes);
#if !defined(__SANITIZE_THREAD__)  // which would see it as this thread's
    std::memset(memory, in.rubbish, bytes);
#endif
    in.declared[in.declarations++] = {key, memory};
    return memory;
  }
  SOFTWARE_DEVICE_UNSEEN unsigned char* dynamic_shared() { return running_->shared; }

 private:
  // Sanitizers know of switches by swapcontext, which asks the kernel each time for the mask of signals; jumps do not.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  struct place {
    ucontext_t context;
  };
  static void go(place& from, place& to) { swapcontext(&from.context, &to.context); }
#else
  struct place {
    ucontext_t context;
    bool left = false;
    jmp_buf jump;
  };
  static void go(place& from, place& to) {
    if (_setjmp(from.jump) != 0) return;
    from.left = true;
    if (to.left) _longjmp(to.jump, 1);
    setcontext(&to.context);
  }
#endif

  struct fiber {
    place here;
    char* stack = nullptr;
    bool finished = false;
    void* fake_stack = nullptr;  // of the address sanitizer
    void* seen_as = nullptr;     // by the thread sanitizer
  };

  static constexpr unsigned most_declarations = 16;
  struct declaration {
    const void* key;
    unsigned char* memory;
  };
  struct block {
    bool under_way = false;
    std::uint64_t number = 0, phase = 0;
    std::vector<std::unique_ptr<fiber>> fibers;
    std::size_t dynamic_bytes = 0, static_bytes = 0, most_bytes = 0;
    int rubbish = 0;
    declaration declared[most_declarations] = {};
    unsigned declarations = 0;
    char meetings[2] = {}, begun = 0, done = 0;  // of its threads, for the thread sanitizer
    alignas(128) unsigned char shared[shared_bytes] = {};
  };

  SOFTWARE_DEVICE_UNSEEN static void begin(block& one, std::uint64_t number, unsigned threads, shared_sizes shared,
                                           int rubbish) {
    one.under_way = true;
    one.number = number;
    one.phase = 0;
    one.most_bytes = shared.most;
    one.rubbish = rubbish;
    begin_shared_memory(one, shared.dynamic);
    while (one.fibers.size() < threads) one.fibers.push_back(make_fiber());
    for (unsigned i = 0; i < threads; ++i) one.fibers[i]->finished = false;
#if defined(__SANITIZE_THREAD__)
    __tsan_release(&one.begun);
#endif
  }

  /// @return false where the block has come to its end
  SOFTWARE_DEVICE_UNSEEN bool run_phase(block& one, const std::vector<unsigned>& turn) {
    running_ = &one;
    std::size_t finished = 0;
    for (const unsigned i : turn) {
      enter(*one.fibers[i], i);
      finished += one.fibers[i]->finished;
    }
    ++one.phase;
    one.under_way = finished != turn.size();
    if (one.under_way && finished != 0) fatal("some threads of a block wait at a barrier that the others do not reach");
    if (one.under_way) return true;
#if defined(__SANITIZE_THREAD__)
    __tsan_acquire(&one.done);
#endif
    close_shared(one);
    return false;
  }

  /// It waits for its first block.
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
    getcontext(&f->here.context);
    f->here.context.uc_stack.ss_sp = f->stack;
    f->here.context.uc_stack.ss_size = stack_bytes;
    f->here.context.uc_link = nullptr;
    makecontext(&f->here.context, &block_engine::thread_main, 0);
    return f;
  }

  SOFTWARE_DEVICE_UNSEEN void enter(fiber& f, unsigned index) {
    if (f.finished) return;
    current_ = &f;
    on_switch(running_->number, index);
#if defined(__SANITIZE_ADDRESS__)
    void* fake = nullptr;
    __sanitizer_start_switch_fiber(&fake, f.stack, stack_bytes);
#endif
#if defined(__SANITIZE_THREAD__)
    host_seen_as_ = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(f.seen_as, 1);
#endif
    go(host_, f.here);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#endif
    current_ = nullptr;
  }

  SOFTWARE_DEVICE_UNSEEN void leave(bool finished) {
    fiber& f = *current_;
    f.finished = finished;
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(&f.fake_stack, host_stack_, host_stack_bytes_);
#endif
#if defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(host_seen_as_, 1);
#endif
    go(f.here, host_);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(f.fake_stack, &host_stack_, &host_stack_bytes_);
#endif
  }

  /// A fiber: one block after the other.
  SOFTWARE_DEVICE_UNSEEN static void thread_main() {
    block_engine& engine = get();
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(nullptr, &engine.host_stack_, &engine.host_stack_bytes_);
#endif
    for (;;) {
#if defined(__SANITIZE_THREAD__)
      __tsan_acquire(&engine.running_->begun);
#endif
      (*engine.body_)();
#if defined(__SANITIZE_THREAD__)
      __tsan_release(&engine.running_->done);
#endif
      engine.leave(true);
    }
  }

  static void begin_shared_memory(block& one, std::size_t dynamic) {
    one.dynamic_bytes = (dynamic + 15) / 16 * 16;
    one.static_bytes = 0;
    one.declarations = 0;
#if defined(__SANITIZE_THREAD__)
    const std::size_t spoilt = shared_bytes;
#else
    const std::size_t spoilt = (std::min)(one.dynamic_bytes + page, shared_bytes);
#endif
    open_shared(one.shared, spoilt);
    std::memset(one.shared, one.rubbish, spoilt);
    close_shared(one);
    open_shared(one.shared, dynamic);
  }
  static void close_shared([[maybe_unused]] block& one) {
#if defined(__SANITIZE_ADDRESS__)
    __asan_poison_memory_region(one.shared, shared_bytes);
#endif
  }
  static void open_shared([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
    __asan_unpoison_memory_region(memory, bytes);
#endif
  }

  const std::function<void()>* body_ = nullptr;
  block blocks_[most_blocks];
  block* running_ = nullptr;
  fiber* current_ = nullptr;
  place host_;
#if defined(__SANITIZE_ADDRESS__)
  const void* host_stack_ = nullptr;
  std::size_t host_stack_bytes_ = 0;
#endif
#if defined(__SANITIZE_THREAD__)
  void* host_seen_as_ = nullptr;
#endif
};

}  // namespace software_device
