// Who examines, what is counted, and how it is reported.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "honesty/truths.hpp"

namespace spectralmc::honesty {

/// What the library says: within `error` of the truth.
struct answer {
  double value, error;
};

/// One line of the record.
struct tally {
  std::string pair;
  int answered = 0, refused = 0, undecided = 0, violations = 0;
  double worst = 0;  ///< the largest |value - truth| over the error reported
};

/// What is to be done, and what has come of it.
class examination {
 public:
  int cases = 20;
  std::uint64_t seed = 1;
  std::string pair;  ///< examine only pairs whose names contain this
  int only = -1;     ///< examine only the case of this number

  bool wants(const std::string& name) const { return name.find(pair) != std::string::npos; }
  bool wants(int index) const { return only < 0 || only == index; }

  /// Has a question answered by `ask`, and the answer judged by `know`, which is asked only if there is an answer. What
  /// the library throws with a type of its own is a refusal. A truth that is not far more accurate than the error it is
  /// to judge decides nothing, unless it is beyond both errors.
  void judge(const std::string& name, const std::string& question, const std::function<answer()>& ask,
             const std::function<truth()>& know);

  const std::vector<tally>& tallies() const { return tallies_; }
  bool passed() const;

 private:
  tally& tally_of(const std::string& name);

  std::vector<tally> tallies_;
};

}  // namespace spectralmc::honesty
