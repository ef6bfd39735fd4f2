// A function of somebody else's.
#pragma once

#include <type_traits>
#include <utility>

namespace spectralmc::detail {

template <class Signature>
class function_view;

/// Calls a function that its owner keeps as long as the view is used: of one type for all functions, as a std::function
/// is, for what a pointer costs to make, to call and to compile.
template <class Result, class... Arguments>
class function_view<Result(Arguments...)> {
 public:
  template <class Function, class = std::enable_if_t<!std::is_same_v<std::decay_t<Function>, function_view>>>
  function_view(Function&& function)
      : function_(const_cast<void*>(static_cast<const void*>(&function))),
        call_([](void* f, Arguments... arguments) -> Result {
          return (*static_cast<std::remove_reference_t<Function>*>(f))(std::forward<Arguments>(arguments)...);
        }) {}

  Result operator()(Arguments... arguments) const { return call_(function_, std::forward<Arguments>(arguments)...); }

 private:
  void* function_;
  Result (*call_)(void*, Arguments...);
};

}  // namespace spectralmc::detail
