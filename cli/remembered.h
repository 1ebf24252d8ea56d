#pragma once

#include <set>
#include <string>

#include "backend/change/run_state.h"
#include "cli/command.h"

namespace lbctl::cli {

/// What lbctl remembers, for who only reads the table: what cannot be read is taken for empty, and a note on standard
/// error says so, once. Who changes the table uses change::RunState itself, for which that is a failure.
class Remembered {
public:
    table::DrainedServers drained(const change::RunState& state, const Streams& streams);
    std::set<table::ServiceKey> owned(const change::RunState& state, const Streams& streams);

private:
    void note(std::string_view what, const Failure& why, const Streams& streams);

    std::set<std::string> noted_;  ///< of what it was said
};

}  // namespace lbctl::cli
