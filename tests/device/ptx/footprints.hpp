// Who has touched which byte of memory, and when: from this follow reads of what nobody wrote, and races.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace software_device::ptx {

/// adds: by an atomic operation. peeks: by a read that may meet one, as it is volatile or relaxed.
enum class access { reads, peeks, writes, adds };

/// When and by whom memory is touched. Times grow over all rounds (from one barrier to the next) of all blocks and
/// launches, as blocks run one after another; threads of a block in the same round have the same time.
struct moment {
  std::uint32_t now = 0, begin_of_block = 0, begin_of_launch = 0;
  std::uint16_t thread = 0;
};

/// Of all bytes of some memory. Words are recorded as wholes for as long as they are touched as wholes.
class footprints {
 public:
  explicit footprints(std::size_t bytes = 0) : words_((bytes + 3) / 4) {}

  /// @return what is wrong with this access; null if nothing is
  const char* note(std::size_t offset, std::size_t bytes, access kind, const moment& when) {
    const char* fault = nullptr;
    for_each_print(offset, bytes, [&](print& p) {
      const char* const found = note(p, kind, when);
      fault = fault != nullptr ? fault : found;
    });
    return fault;
  }

  /// The host has written them, or (after this) nobody has.
  void set_known(std::size_t offset, std::size_t bytes, bool known) {
    for_each_print(offset, bytes, [&](print& p) {
      p = print{};
      p.known = known;
    });
  }
  bool all_known(std::size_t offset, std::size_t bytes) {
    bool all = true;
    for_each_print(offset, bytes, [&](const print& p) { all = all && p.known; });
    return all;
  }

 private:
  static constexpr std::uint16_t several = 0xffff;

  /// `elsewhere`: by other blocks of the launch as well.
  struct print {
    std::uint32_t written = 0, read = 0;  // when
    std::uint16_t writer = 0, reader = 0;
    bool known = false, atomic = false, written_elsewhere = false, read_elsewhere = false;
  };

  template <class Body>
  void for_each_print(std::size_t offset, std::size_t bytes, const Body& body) {
    const std::size_t end = offset + bytes;
    while (offset < end) {
      const std::size_t word = offset / 4;
      const bool whole = offset % 4 == 0 && end - offset >= 4;
      if (whole && (parts_.empty() || parts_.find(word) == parts_.end())) {
        body(words_[word]);
        offset += 4;
        continue;
      }
      auto found = parts_.find(word);
      if (found == parts_.end()) {
        const print& p = words_[word];
        found = parts_.emplace(word, std::array<print, 4>{p, p, p, p}).first;
      }
      for (; offset < end && offset / 4 == word; ++offset) body(found->second[offset % 4]);
    }
  }

  static const char* note(print& p, access kind, const moment& when) {
    const auto by_others = [&](std::uint32_t time, std::uint16_t thread, bool elsewhere) {
      if (time < when.begin_of_launch) return false;
      return time < when.begin_of_block || elsewhere || (time == when.now && thread != when.thread);
    };
    const auto elsewhere = [&](std::uint32_t time, bool before) {
      return time >= when.begin_of_launch && (time < when.begin_of_block || before);
    };
    const bool written = by_others(p.written, p.writer, p.written_elsewhere);
    const char* fault = nullptr;
    if (kind != access::writes && !p.known) fault = "a read of what was never written";
    if (kind == access::peeks) return written && !p.atomic ? "a read of what another thread writes" : fault;
    if (kind == access::reads) {
      if (written) fault = "a read of what another thread writes";
      p.read_elsewhere = elsewhere(p.read, p.read_elsewhere);
      p.reader = p.read == when.now && p.reader != when.thread ? several : when.thread;
      p.read = when.now;
      return fault;
    }
    if (written && !(kind == access::adds && p.atomic)) fault = "a write of what another thread writes";
    if (by_others(p.read, p.reader, p.read_elsewhere)) fault = "a write of what another thread reads";
    p.written_elsewhere = elsewhere(p.written, p.written_elsewhere);
    p.writer = p.written == when.now && p.writer != when.thread ? several : when.thread;
    p.written = when.now;
    p.atomic = kind == access::adds;
    p.known = true;
    return fault;
  }

  std::vector<print> words_;
  std::unordered_map<std::size_t, std::array<print, 4>> parts_;
};

}  // namespace software_device::ptx
