// A CUDA device in software: memory that only the device may touch, streams whose work is done as late as it may be,
// and the limits of the architecture that it pretends to be.
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

struct stream {};

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
    extent_ = (std::max)(extent_, static_cast<std::size_t>(at + room - begin_ + 4095) / 4096 * 4096);
    open(true);
#if defined(__SANITIZE_ADDRESS__)
    __asan_unpoison_memory_region(at, room);
#endif
    std::memset(at, fence_byte, room);
    std::memset(at + fence, rubbish, bytes);
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
#if defined(__SANITIZE_ADDRESS__)
    if (!now) return;
    __asan_poison_memory_region(begin_, extent_);
    for (const auto& [pointer, size] : allocations_) __asan_unpoison_memory_region(pointer, size);
#endif
  }

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
  // What the device is like.
  int capability = static_cast<int>(setting("CAPABILITY", __CUDA_ARCH__ / 10));
  long multiprocessors = setting("MULTIPROCESSORS", 3), resident_blocks = setting("RESIDENT", 2);
  bool memory_pools = setting("POOLS", 1) != 0;
  std::size_t memory = static_cast<std::size_t>(setting("MEMORY", 1L << 31));
  int rubbish = static_cast<int>(setting("RUBBISH", 0xff));
  turn_order order = static_cast<turn_order>(setting("ORDER", 0));
  /// Copies from and to memory that is not pinned end before the call returns, as CUDA's do; else as late as others.
  bool staged_copies = setting("STAGED", 1) != 0;
  /// The call of the API that is to fail, counted from 1.
  std::uint64_t failing_call = static_cast<std::uint64_t>(setting("FAILING_CALL", 0));

  // What happened.
  std::uint64_t calls = 0, launches = 0, blocks = 0;

  device_memory_space space;

  static device& get() {
    static auto* const the_device = new device;
    return *the_device;
  }

  std::recursive_mutex& guard() { return guard_; }

  /// Whether this call is the one to fail.
  bool fails() { return ++calls == failing_call; }

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

  // Streams.
  stream* make_stream() { return streams_.emplace_back(new stream); }
  void destroy_stream(stream* s) {
    finish(s);
    streams_.erase(std::find(streams_.begin(), streams_.end(), s));
    delete s;
  }
  void check(stream* s) const {
    if (s != nullptr && std::find(streams_.begin(), streams_.end(), s) == streams_.end()) {
      fatal("a stream is used that does not exist");
    }
  }
  void enqueue(stream* s, std::function<void()> work) {
    check(s);
    queue_.push_back({s, std::move(work)});
  }
  /// Does what a stream has to do, and no more: others are as late as they may be. The null stream waits for all, and
  /// all wait for it.
  void finish(stream* s) {
    bool all = s == nullptr;
    for (const auto& entry : queue_) all = all || entry.first == nullptr;
    for (auto entry = queue_.begin(); entry != queue_.end();) {
      if (!all && entry->first != s) {
        ++entry;
        continue;
      }
      const std::function<void()> work = std::move(entry->second);
      entry = queue_.erase(entry);
      space.open(true);
      work();
      space.open(false);
    }
    space.check_fences();
  }
  std::size_t work_left() const { return queue_.size(); }

  /// Whether these bytes, read as pointers, point to memory of the host that is there.
  bool holds_pointer_to_host(const void* bytes, std::size_t count) const {
    std::vector<std::pair<std::uintptr_t, std::uintptr_t>> mapped;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
      unsigned long long from = 0, to = 0;
      if (std::sscanf(line.c_str(), "%llx-%llx", &from, &to) == 2) mapped.push_back({from, to});
    }
    for (std::size_t i = 0; i + sizeof(std::uintptr_t) <= count; i += sizeof(std::uintptr_t)) {
      std::uintptr_t address = 0;
      std::memcpy(&address, static_cast<const char*>(bytes) + i, sizeof address);
      if (space.owns(reinterpret_cast<const void*>(address))) continue;
      for (const auto& [from, to] : mapped) {
        if (address >= from && address < to) return true;
      }
    }
    return false;
  }

  /// @param to_device, from_device which ends the copy says are the device's
  void copy(void* to, const void* from, std::size_t bytes, bool to_device, bool from_device) {
    if (bytes == 0) return;
    if (from_device ? !space.holds(from, bytes) : space.owns(from)) fatal("a copy reads what is not where it says");
    if (to_device ? !space.holds(to, bytes) : space.owns(to)) fatal("a copy writes what is not where it says");
    std::memcpy(to, from, bytes);
  }

  // Kernels.
  std::map<const void*, int> shared_bytes_allowed;
  std::mt19937 random{static_cast<unsigned>(setting("SEED", 1))};

  /// Blocks number 0 to count - 1 in the order of the device.
  template <class Body>
  void for_each_block(std::uint64_t count, const Body& body) {
    std::vector<std::uint64_t> turn(count);
    for (std::uint64_t i = 0; i < count; ++i) turn[i] = order == turn_order::descending ? count - 1 - i : i;
    if (order == turn_order::shuffled) std::shuffle(turn.begin(), turn.end(), random);
    for (const std::uint64_t i : turn) body(i);
  }

 private:
  std::recursive_mutex guard_;
  std::vector<stream*> streams_;
  std::list<std::pair<stream*, std::function<void()>>> queue_;
};

}  // namespace software_device
