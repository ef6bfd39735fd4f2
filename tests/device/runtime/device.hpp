// CUDA devices in software: memory that only its device may touch, streams whose work is done as late as it may be, and
// the limits of the architecture that each pretends to be.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "block_engine.hpp"

namespace software_device {

/// A number of the environment, SPECTRALMC_DEVICE_<name>, or `otherwise`.
inline long setting(const char* name, long otherwise) {
  const char* const text = std::getenv((std::string("SPECTRALMC_DEVICE_") + name).c_str());
  return text != nullptr ? std::strtol(text, nullptr, 0) : otherwise;
}

/// That which SPECTRALMC_DEVICE_ORDER names: the first unless it says otherwise.
inline turn_order named_order() {
  const char* const set = std::getenv("SPECTRALMC_DEVICE_ORDER");
  const std::string name = set != nullptr ? set : "ascending";
  if (name == "ascending") return turn_order::ascending;
  if (name == "descending") return turn_order::descending;
  if (name == "shuffled") return turn_order::shuffled;
  fatal("SPECTRALMC_DEVICE_ORDER is " + name + ", allowed: ascending, descending, shuffled");
}

struct stream {};

/// A point in the work of a stream, and whether it was reached.
struct mark {
  bool reached = false;
};

/// Addresses of the device: reserved at once, of which the host can read and write nothing but while the device works.
/// Each allocation stands between two rows of bytes that must stay what they are.
class device_memory_space {
 public:
  static constexpr std::size_t alignment = 256, fence = 256, reserved = std::size_t{1} << 33;
  static constexpr unsigned char fence_byte = 0xfe;

  device_memory_space() {
    void* const memory = mmap(nullptr, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) fatal("there are no addresses for a device");
    begin_ = static_cast<unsigned char*>(memory);
  }

  /// @return null where there is no room for so many bytes, filled with `rubbish`
  void* allocate(std::size_t bytes, std::size_t most, int rubbish) {
    if (bytes > most || used_ > most - bytes) return nullptr;
    const std::size_t room = (bytes + alignment - 1) / alignment * alignment + 2 * fence;
    unsigned char* at = begin_;
    for (const auto& [pointer, size] : allocations_) {
      if (static_cast<std::size_t>(pointer - fence - at) >= room) break;
      at = end_of(pointer, size);
    }
    if (static_cast<std::size_t>(begin_ + reserved - at) < room) return nullptr;
    const bool was_open = open_;
    open(false);
    const std::size_t before = extent_;
    extent_ = (std::max)(extent_, static_cast<std::size_t>(at + room - begin_ + 4095) / 4096 * 4096);
    open(true);
    poison(begin_ + before, extent_ - before);
#if defined(__SANITIZE_ADDRESS__)
    __asan_unpoison_memory_region(at, room);
#endif
    std::memset(at, fence_byte, room);
    std::memset(at + fence, rubbish, bytes);
    poison(at, fence);
    poison(at + fence + bytes, room - fence - bytes);
    allocations_[at + fence] = bytes;
    used_ += bytes;
    open(false);
    open(was_open);
    return at + fence;
  }

  /// Leaves it filled with `rubbish`.
  void release(void* pointer, int rubbish) {
    const auto found = allocations_.find(static_cast<unsigned char*>(pointer));
    if (found == allocations_.end()) fatal("memory is freed that was not allocated, or twice");
    const bool was_open = open_;
    open(true);
    check_fences(found->first, found->second);
    std::memset(found->first, rubbish, found->second);
    poison(found->first, found->second);
    used_ -= found->second;
    allocations_.erase(found);
    open(false);
    open(was_open);
  }

  void check_fences() {
    const bool was_open = open_;
    open(true);
    for (const auto& [pointer, size] : allocations_) check_fences(pointer, size);
    open(was_open);
  }

  /// Lets the memory be read and written, or not.
  void open(bool now) {
    if (now == open_) return;
    open_ = now;
    if (extent_ == 0) return;
    if (mprotect(begin_, extent_, now ? PROT_READ | PROT_WRITE : PROT_NONE) != 0) fatal("mprotect failed");
  }

  bool is_open() const { return open_; }

  /// Whether these bytes are within one allocation.
  bool holds(const void* pointer, std::size_t bytes) const {
    const auto* const first = static_cast<const unsigned char*>(pointer);
    auto next = allocations_.upper_bound(const_cast<unsigned char*>(first));
    if (next == allocations_.begin()) return false;
    --next;
    return first + bytes <= next->first + next->second;
  }
  bool owns(const void* pointer) const {
    const auto* const p = static_cast<const unsigned char*>(pointer);
    return p >= begin_ && p < begin_ + reserved;
  }
  std::size_t allocation_count() const { return allocations_.size(); }

 private:
  static unsigned char* end_of(unsigned char* pointer, std::size_t size) {
    return pointer + (size + alignment - 1) / alignment * alignment + fence;
  }
  /// Keeps the program from it, the device too.
  static void poison([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
    __asan_poison_memory_region(memory, bytes);
#endif
  }
  static void check_fences(const unsigned char* pointer, std::size_t size) {
#if defined(__SANITIZE_ADDRESS__)
    static_cast<void>(pointer), static_cast<void>(size);  // which has no bytes between that could be changed unseen
#else
    for (std::size_t i = 1; i <= fence; ++i) {
      if (pointer[-static_cast<std::ptrdiff_t>(i)] != fence_byte || pointer[size + i - 1] != fence_byte) {
        fatal("a kernel wrote beyond an allocation");
      }
    }
#endif
  }

  unsigned char* begin_ = nullptr;
  std::map<unsigned char*, std::size_t> allocations_;
  std::size_t used_ = 0;
  std::size_t extent_ = 0;  // bytes that were ever given out, and what is between them
  bool open_ = false;
};

class device {
 public:
  // What all devices are like.
  static inline int count = static_cast<int>(setting("COUNT", 2));
  static inline int rubbish = static_cast<int>(setting("RUBBISH", 0xff));
  static inline turn_order order = named_order();
  /// Copies from and to memory that is not pinned end before the call returns, as CUDA's do; else as late as others.
  static inline bool staged_copies = setting("STAGED", 1) != 0;
  /// The call of the API that is to fail, counted from 1.
  static inline std::uint64_t failing_call = static_cast<std::uint64_t>(setting("FAILING_CALL", 0));

  // What this one is like.
  int capability = static_cast<int>(setting("CAPABILITY", __CUDA_ARCH__ / 10));
  long multiprocessors = setting("MULTIPROCESSORS", 3), resident_blocks = setting("RESIDENT", 2);
  bool memory_pools = setting("POOLS", 1) != 0;
  std::size_t memory = static_cast<std::size_t>(setting("MEMORY", 1L << 31));

  // What happened.
  static inline std::uint64_t calls = 0;
  std::uint64_t launches = 0, blocks = 0;

  device_memory_space space;

  static device& at(int number) {
    static auto* const devices = new std::map<int, device>;
    return (*devices)[number];
  }
  /// The number of the device that a thread of the host speaks to, and that device.
  static inline thread_local int current = 0;
  static device& get() { return at(current); }

  /// For one call of the API at a time, whatever its device.
  static std::recursive_mutex& guard() {
    static std::recursive_mutex one;
    return one;
  }

  /// Whether this call is the one to fail.
  static bool fails() { return ++calls == failing_call; }

  /// The device that has these addresses, or null.
  static device* owner(const void* pointer) {
    for (int i = 0; i < count; ++i) {
      if (at(i).space.owns(pointer)) return &at(i);
    }
    return nullptr;
  }
  /// The same where all the bytes are within one allocation.
  static device* holder(const void* pointer, std::size_t bytes) {
    device* const found = owner(pointer);
    return found != nullptr && found->space.holds(pointer, bytes) ? found : nullptr;
  }

  int most_shared_bytes() const {
    const int kibibytes = capability >= 120                      ? 99
                          : capability >= 90                     ? 227
                          : capability == 86 || capability == 89 ? 99
                          : capability >= 80                     ? 163
                          : capability == 75                     ? 64
                          : capability >= 70                     ? 96
                                                                 : 48;
    return kibibytes * 1024;
  }

  // Streams. The null stream is that of the thread's current device.

  stream* make_stream() { return streams_.emplace_back(new stream); }
  void destroy_stream(stream* s) {
    finish(s);
    streams_.erase(std::find(streams_.begin(), streams_.end(), s));
    delete s;
  }
  /// The device of a stream.
  static device& of(stream* s) {
    if (s == nullptr) return get();
    for (int i = 0; i < count; ++i) {
      const auto& streams = at(i).streams_;
      if (std::find(streams.begin(), streams.end(), s) != streams.end()) return at(i);
    }
    fatal("a stream is used that does not exist");
  }
  void enqueue(stream* s, std::function<void()> work) { queue_.push_back({s, std::move(work), nullptr}); }
  std::shared_ptr<mark> enqueue_mark(stream* s) {
    auto reached = std::make_shared<mark>();
    queue_.push_back({s, [reached] { reached->reached = true; }, reached});
    return reached;
  }

  /// Does what a stream has to do, and no more: others are as late as they may be. The null stream waits for all others
  /// of its device, and all of them wait for it.
  void finish(stream* s) { finish(s, queue_.end()); }
  /// The same up to a mark in a stream of this device.
  void finish(const std::shared_ptr<mark>& to) {
    const auto found = std::find_if(queue_.begin(), queue_.end(), [&](const entry& e) { return e.reaches == to; });
    if (found != queue_.end()) finish(found->where, std::next(found));
  }
  static void finish_all() {
    for (int i = 0; i < count; ++i) at(i).finish(nullptr);
  }
  /// Whether no memory of any device is taken and no work is left, once they have done what they still had to do.
  static bool nothing_is_left() {
    finish_all();
    bool nothing = true;
    for (int i = 0; i < count; ++i) {
      nothing = nothing && at(i).space.allocation_count() == 0 && at(i).work_left() == 0;
    }
    return nothing;
  }
  std::size_t work_left() const { return queue_.size(); }
  bool busy(stream* s) const {
    return std::any_of(queue_.begin(), queue_.end(),
                       [&](const entry& e) { return s == nullptr || e.where == nullptr || e.where == s; });
  }

  enum class target { own, host, other_device };

  static bool is_mapped(std::uintptr_t address) {
    if (address >> 16 == 0 || address >> 47 != 0) return false;  // no address of the host's
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
      unsigned long long from = 0, to = 0;
      if (std::sscanf(line.c_str(), "%llx-%llx", &from, &to) == 2 && address >= from && address < to) return true;
    }
    return false;
  }

  /// To what these bytes, read as pointers, point.
  target points_to(const void* bytes, std::size_t size) const {
    for (std::size_t i = 0; i + sizeof(std::uintptr_t) <= size; i += sizeof(std::uintptr_t)) {
      std::uintptr_t address = 0;
      std::memcpy(&address, static_cast<const char*>(bytes) + i, sizeof address);
      const device* const owning = owner(reinterpret_cast<const void*>(address));
      if (owning == this) continue;
      if (owning != nullptr) return target::other_device;
      if (is_mapped(address)) return target::host;
    }
    return target::own;
  }

  /// @param to_device, from_device which ends the copy says are a device's
  static void copy(void* to, const void* from, std::size_t bytes, bool to_device, bool from_device) {
    if (bytes == 0) return;
    device *const source = holder(from, bytes), *const destination = holder(to, bytes);
    if (from_device ? source == nullptr : owner(from) != nullptr) fatal("a copy reads what is not where it says");
    if (to_device ? destination == nullptr : owner(to) != nullptr) fatal("a copy writes what is not where it says");
    with_open(source, [&] { with_open(destination, [&] { std::memcpy(to, from, bytes); }); });
  }
  static void set(void* to, int value, std::size_t bytes) {
    if (bytes == 0) return;
    device* const destination = holder(to, bytes);
    if (destination == nullptr) fatal("memory is set that is not a device's");
    with_open(destination, [&] { std::memset(to, value, bytes); });
  }

  // Kernels.
  std::map<const void*, int> shared_bytes_allowed;
  std::mt19937 random{static_cast<unsigned>(setting("SEED", 1))};

  /// The numbers of so many blocks, in the order in which they begin.
  std::vector<std::uint64_t> turns(std::uint64_t grid_blocks) {
    std::vector<std::uint64_t> turn(grid_blocks);
    for (std::uint64_t i = 0; i < grid_blocks; ++i) turn[i] = order == turn_order::descending ? grid_blocks - 1 - i : i;
    if (order == turn_order::shuffled) std::shuffle(turn.begin(), turn.end(), random);
    return turn;
  }

 private:
  struct entry {
    stream* where;
    std::function<void()> work;
    std::shared_ptr<mark> reaches;
  };

  void finish(stream* s, std::list<entry>::iterator end) {
    std::list<entry> due;
    bool all = s == nullptr;
    for (auto each = end; each != queue_.begin();) {
      const auto before = std::prev(each);
      if (!all && before->where != s && (before->where != nullptr || due.empty())) {
        each = before;
        continue;
      }
      all = all || before->where == nullptr;
      due.splice(due.begin(), queue_, before);
    }
    for (const entry& e : due) {
      // Work that waits for another device's is done while that works, whose memory alone is then open.
      device* const waiting = std::exchange(working_, this);
      if (waiting != nullptr) waiting->space.open(false);
      space.open(true);
      e.work();
      space.open(false);
      if (waiting != nullptr) waiting->space.open(true);
      working_ = waiting;
    }
    space.check_fences();
  }

  template <class Body>
  static void with_open(device* of, const Body& body) {
    const bool opens = of != nullptr && !of->space.is_open();
    if (opens) of->space.open(true);
    body();
    if (opens) of->space.open(false);
  }

  static inline device* working_ = nullptr;
  std::vector<stream*> streams_;
  std::list<entry> queue_;
};

}  // namespace software_device
