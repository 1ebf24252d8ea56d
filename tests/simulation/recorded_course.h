#pragma once

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/simulation/simulated_time.h"

namespace lbctl::tests {

/// Destinations with their weights, by service.
using CourseTable = std::map<std::string, std::map<std::string, std::uint32_t>>;

/// What happened when: to the table, and to those who are told.
struct Course {
    struct Change {
        Microseconds at;
        CourseTable table;
    };
    struct Told {
        Microseconds at;
        std::string by;  ///< "fifo", "note", "mail"
        std::string text;
    };
    std::vector<Change> tables;
    std::vector<Told> told;
};

/// That of a case (timeline.json).
Course recorded_course(const nlohmann::json& timeline);

/// In what they differ, a line each. The table is compared destination by destination, because two changes of one
/// moment may have been recorded one after the other; what stayed for less than 50 ms is half-made, and left out. Times
/// may differ as `../shared/spec/checkers.md' says, by `late` at most.
std::vector<std::string> differences(const Course& recorded, const Course& simulated, Microseconds late,
                                     Microseconds end);

}  // namespace lbctl::tests
