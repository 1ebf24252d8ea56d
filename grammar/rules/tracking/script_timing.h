#pragma once

#include <cstdint>
#include <vector>

#include "grammar/rules/rule.h"

/// When a vrrp_script is run.
namespace lbctl::rules {

struct ScriptTiming {
    const ast::Node* script = nullptr;
    const ast::Node* interval_line = nullptr;  ///< null: not written
    const ast::Node* timeout_line = nullptr;   ///< null: not written
    const ast::Node* fall_line = nullptr;      ///< null: not written
    std::int64_t interval = 1'000'000;         ///< microseconds
    std::int64_t timeout = 1'000'000;          ///< microseconds; the interval where it is not written
    std::int64_t fall = 1;
};

/// That of each script that an instance or a group tracks, in the order of the file: others are never run.
std::vector<ScriptTiming> tracked_scripts(const Whole& whole);

/// "0.5", "90"
std::string seconds_text(std::int64_t microseconds);

}  // namespace lbctl::rules
