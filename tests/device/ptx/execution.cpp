#include "execution.hpp"

#include <array>
#include <cinttypes>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "software.hpp"

namespace software_device::ptx {
namespace {

constexpr std::uint32_t shared_alignment = 16;

/// An allocation or a variable.
struct memory {
  std::uint64_t begin;
  std::size_t bytes;
  const device* owner;  // null of a variable, which all devices have
  bool writable;
  footprints prints;

  bool holds(std::uint64_t address, std::size_t size) const {
    return address >= begin && address - begin <= bytes && size <= bytes - (address - begin);
  }
};

/// What is known of all kernels, and of the launch that runs.
struct state {
  std::vector<const kernel*> kernels;
  std::map<std::uint64_t, memory> memories;
  std::array<memory*, 4> recent{};          // those touched last
  bool checks = setting("CHECKS", 1) != 0;  // of what is known and of races; bounds are checked always

  const kernel* running = nullptr;
  const device* on = nullptr;
  moment time;
  std::uint64_t block = 0;
  std::vector<int> barriers;  // that threads of the block have come to, in order
  unsigned char* shared = nullptr;
  std::size_t shared_bytes = 0;
  footprints shared_prints;

  static state& get() {
    static auto* const the_state = new state;
    return *the_state;
  }

  memory* find(std::uint64_t address, std::size_t bytes) {
    for (memory* each : recent) {
      if (each != nullptr && each->holds(address, bytes)) return each;
    }
    auto next = memories.upper_bound(address);
    if (next == memories.begin()) return nullptr;
    memory& found = std::prev(next)->second;
    if (!found.holds(address, bytes)) return nullptr;
    std::copy_backward(recent.begin(), recent.end() - 1, recent.end());
    return recent[0] = &found;
  }
  void add(const void* begin, memory what) {
    recent = {};
    memories.insert_or_assign(address_of(static_cast<const char*>(begin)), std::move(what));
  }
};

[[noreturn]] void complain(const thread& self, const std::string& text) {
  const state& s = state::get();
  fatal(text + ", by thread " + std::to_string(self.index) + " of block " + std::to_string(s.block) +
        " of the kernel " + s.running->name);
}

const char* name_of(memory_space space) {
  switch (space) {
    case memory_space::shared:
      return "shared";
    case memory_space::local:
      return "local";
    case memory_space::param:
      return "parameter";
    case memory_space::constant:
      return "constant";
    case memory_space::generic:
    case memory_space::global:
      break;
  }
  return "global";
}

[[noreturn]] void complain(const thread& self, const char* text, const char* where, std::uint64_t address,
                           std::size_t bytes) {
  char numbers[64];
  std::snprintf(numbers, sizeof numbers, ": %zu bytes at 0x%" PRIx64, bytes, address);
  complain(self, std::string(text) + " in " + where + " memory" + numbers);
}

unsigned char* touch_shared(thread& self, std::uint64_t offset, std::size_t bytes, access kind) {
  state& s = state::get();
  if (offset > s.shared_bytes || bytes > s.shared_bytes - offset) {
    complain(self, "an access out of bounds", "shared", offset, bytes);
  }
  if (s.checks) {
    moment when = s.time;
    when.now += self.rounds;
    when.thread = self.index;
    const char* const fault = s.shared_prints.note(offset, bytes, kind, when);
    if (fault != nullptr) complain(self, fault, "shared", offset, bytes);
  }
  return s.shared + offset;
}

unsigned char* touch_global(thread& self, std::uint64_t address, std::size_t bytes, access kind) {
  state& s = state::get();
  memory* const found = s.find(address, bytes);
  if (found == nullptr) complain(self, "an access out of bounds", "global", address, bytes);
  if (found->owner != nullptr && found->owner != s.on) {
    complain(self, "an access to what another device has", "global", address, bytes);
  }
  if ((kind == access::writes || kind == access::adds) && !found->writable)
    complain(self, "a write", "constant", address, bytes);
  if (s.checks && found->writable) {
    moment when = s.time;
    when.now += self.rounds;
    when.thread = self.index;
    const char* const fault = found->prints.note(address - found->begin, bytes, kind, when);
    if (fault != nullptr) complain(self, fault, "global", address, bytes);
  }
  return reinterpret_cast<unsigned char*>(address);
}

bool holds_parameters(const grid& launched, std::uint64_t address, std::size_t bytes) {
  const std::uint64_t begin = address_of(launched.parameters);
  return address >= begin && address + bytes <= begin + launched.parameter_bytes;
}

const local_memory* find_local(const thread& self, std::uint64_t address, std::size_t bytes) {
  const local_memory* each = self.locals;
  while (each != nullptr && !each->holds(address, bytes)) each = each->before();
  return each;
}

}  // namespace

kernel::kernel(const char* kernel_name, int for_target, function kernel_body, std::vector<parameter> kernel_parameters,
               unsigned bytes_of_parameters, unsigned bytes_of_shared, unsigned threads_at_most)
    : name(kernel_name),
      target(for_target),
      run(kernel_body),
      parameters(std::move(kernel_parameters)),
      parameter_bytes(bytes_of_parameters),
      static_shared(bytes_of_shared),
      most_threads(threads_at_most) {
  state::get().kernels.push_back(this);
}

variable::variable(const void* begin, std::size_t bytes, bool writable) {
  memory what{address_of(static_cast<const char*>(begin)), bytes, nullptr, writable, footprints(writable ? bytes : 0)};
  if (writable) what.prints.set_known(0, bytes, true);
  state::get().add(begin, std::move(what));
}

const kernel* find_kernel(const std::string& name, int capability) {
  const kernel* best = nullptr;
  for (const kernel* each : state::get().kernels) {
    if (name == each->name && each->target <= capability && (best == nullptr || best->target < each->target)) {
      best = each;
    }
  }
  return best;
}

int newest_target() {
  int newest = 0;
  for (const kernel* each : state::get().kernels) newest = (std::max)(newest, each->target);
  return newest;
}

void remember(device& on, const void* begin, std::size_t bytes) {
  state::get().add(begin, {address_of(static_cast<const char*>(begin)), bytes, &on, true, footprints(bytes)});
}
void forget(const void* begin) {
  state::get().recent = {};
  state::get().memories.erase(address_of(static_cast<const char*>(begin)));
}

// Copies of what no device has are refused where they are made.
void set_known(const void* begin, std::size_t bytes) {
  const std::uint64_t address = address_of(static_cast<const char*>(begin));
  memory* const found = state::get().find(address, bytes);
  if (found != nullptr) found->prints.set_known(address - found->begin, bytes, true);
}
void require_known(const void* begin, std::size_t bytes) {
  const std::uint64_t address = address_of(static_cast<const char*>(begin));
  memory* const found = state::get().find(address, bytes);
  if (found != nullptr && !found->prints.all_known(address - found->begin, bytes)) {
    fatal("memory is copied from the device that was never written");
  }
}

unsigned char* touch(thread& self, memory_space space, std::uint64_t address, std::size_t bytes, access kind) {
  if (space == memory_space::generic) {
    const bool shared = address >= shared_window && address - shared_window < shared_window_bytes;
    space = shared                                         ? memory_space::shared
            : find_local(self, address, bytes) != nullptr  ? memory_space::local
            : holds_parameters(*self.grid, address, bytes) ? memory_space::param
                                                           : memory_space::global;
    if (shared) address -= shared_window;
  }
  if (address % bytes != 0) complain(self, "a misaligned access", name_of(space), address, bytes);
  switch (space) {
    case memory_space::shared:
      return touch_shared(self, address, bytes, kind);
    case memory_space::local:
      if (find_local(self, address, bytes) == nullptr) {
        complain(self, "an access out of bounds", "local", address, bytes);
      }
      return reinterpret_cast<unsigned char*>(address);
    case memory_space::param:
      if (kind == access::writes || kind == access::adds || !holds_parameters(*self.grid, address, bytes)) {
        complain(self, "an access out of bounds", "parameter", address, bytes);
      }
      return reinterpret_cast<unsigned char*>(address);
    case memory_space::generic:
    case memory_space::global:
    case memory_space::constant:
      break;
  }
  return touch_global(self, address, bytes, kind);
}

void barrier(thread& self, int number) {
  state& s = state::get();
  if (self.rounds == s.barriers.size()) s.barriers.push_back(number);
  if (s.barriers[self.rounds] != number) complain(self, "a barrier, while others of the block wait at another one");
  ++self.rounds;
  block_engine::get().barrier();
}

void stop(const thread& self, const char* instruction) {
  complain(self, std::string("the instruction ") + instruction);
}

void run_grid(device& on, const kernel& of, dim3 blocks, dim3 block_threads, std::size_t dynamic_shared,
              const std::vector<unsigned char>& parameters) {
  state& s = state::get();
  s.running = &of;
  s.on = &on;
  s.shared_bytes = of.static_shared + dynamic_shared;
  const grid launched{{blocks.x, blocks.y, blocks.z},
                      {block_threads.x, block_threads.y, block_threads.z},
                      (of.static_shared + shared_alignment - 1) / shared_alignment * shared_alignment,
                      parameters.data(),
                      parameters.size()};
  s.time.begin_of_launch = ++s.time.now;
  ++on.launches;
  block_engine& engine = block_engine::get();
  unsigned entered = 0;
  engine.on_switch = [&](std::uint64_t, unsigned i) { entered = i; };
  place3 block_place{};
  const std::function<void()> body = [&] {
    const unsigned i = entered;
    s.shared = engine.dynamic_shared();
    const place3 place{i % block_threads.x, i / block_threads.x % block_threads.y,
                       i / block_threads.x / block_threads.y};
    thread self{&launched, place, block_place, static_cast<std::uint16_t>(i)};
    of.run(self, parameters.data());
  };
  // One at a time: what two of them touch is told by the footprints, whether or not they meet.
  for (const std::uint64_t i : on.turns(std::uint64_t{blocks.x} * blocks.y * blocks.z)) {
    block_place = {static_cast<unsigned>(i % blocks.x), static_cast<unsigned>(i / blocks.x % blocks.y),
                   static_cast<unsigned>(i / blocks.x / blocks.y)};
    s.block = i;
    s.barriers.clear();
    s.shared_prints = footprints(s.shared_bytes);
    s.time.begin_of_block = s.time.now;
    ++on.blocks;
    engine.run(body, {i}, block_threads.x * block_threads.y * block_threads.z, {s.shared_bytes, s.shared_bytes},
               device::rubbish, device::order, on.random);
    s.time.now += static_cast<std::uint32_t>(s.barriers.size()) + 1;
  }
}

}  // namespace software_device::ptx
