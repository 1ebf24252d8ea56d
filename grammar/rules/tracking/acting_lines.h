#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/model/vrrp.h"
#include "grammar/source/finding.h"

/// What moves the priority of an instance, or puts it into FAULT.
namespace lbctl::rules {

enum class TrackedKind : std::uint8_t { interface, script, file, process, bfd };

/// A line of a tracking block that keepalived lets act on an instance.
struct ActingLine {
    TrackedKind kind = TrackedKind::interface;
    const model::TrackLine* line = nullptr;
    std::int64_t weight = 0;  ///< what counts; 0: a failure is a fault
    bool reversed = false;
    source::Location weight_place{};   ///< where the weight is written; the line where it is not
    source::Location reverse_place{};  ///< where `reverse' is written, if it is
};

/// The lines of the instance and of its sync group. Those whose weight keepalived drops or ignores, which has a finding
/// of its own (track-weight-ignored), are left out.
std::vector<ActingLine> acting_lines(const model::VrrpInstance& instance);

/// The lowest and the highest sum that lines may add to the priority. Of files, whose number is not known, it is taken
/// that it is not negative.
struct EffectRange {
    std::int64_t lowest = 0;
    std::int64_t highest = 0;
};
EffectRange effect_of(const ActingLine& line);

/// "vrrp_script `check'", "interface eth1"
std::string described(const ActingLine& line);

/// The same name at the same place.
bool same_place(const source::Location& one, const source::Location& other);

}  // namespace lbctl::rules
