#include "cli/remembered.h"

#include "cli/print.h"

namespace lbctl::cli {

void Remembered::note(std::string_view what, const Failure& why, const Streams& streams) {
    if (!noted_.insert(std::string(what)).second) return;
    print(streams.err, "lbctl: note: cannot tell which {}: {}{}{}\n", what, why.message, why.hint.empty() ? "" : "; ",
          why.hint);
}

table::DrainedServers Remembered::drained(const change::RunState& state, const Streams& streams) {
    auto read = state.read_drained();
    if (read) return *std::move(read);
    note("servers are drained", read.error(), streams);
    return {};
}

std::set<table::ServiceKey> Remembered::owned(const change::RunState& state, const Streams& streams) {
    auto read = state.read_owned();
    if (read) return *std::move(read);
    note("services lbctl made", read.error(), streams);
    return {};
}

}  // namespace lbctl::cli
