#include "backend/procfs/connection_reader.h"

namespace lbctl::procfs {

namespace {

constexpr std::size_t most_reported = 10;

}  // namespace

void ReadReport::append(const ReadReport& later, std::uint64_t lines) {
    connections += later.connections;
    damaged += later.damaged;
    for (const BadLine& line : later.first_damaged) {
        if (first_damaged.size() == most_reported) return;
        first_damaged.push_back({lines + line.number, line.damage});
    }
}

void ConnectionLines::leave_out(const LineCutter::Line& line, bool at_end) {
    ++report_.damaged;
    if (report_.first_damaged.size() == most_reported) return;
    report_.first_damaged.push_back({line.number, line.too_long ? Damage::too_long
                                                  : at_end      ? Damage::cut_at_end
                                                                : Damage::malformed});
}

}  // namespace lbctl::procfs
