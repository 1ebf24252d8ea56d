#include "cli/keepalived_running.h"

#include <fmt/format.h>

#include "cli/print.h"

namespace lbctl::cli {

std::optional<Failure> keepalived_objection(const KeepalivedSearch& search, std::string_view what_it_does,
                                            std::string_view hint) {
    if (search.found) {
        return Failure{fmt::format("keepalived (process {}) looks after this table, and {}: {}", search.found->process,
                                   what_it_does, search.found->seen),
                       std::string(hint)};
    }
    if (search.suspect) {
        return Failure{
            fmt::format("process {} is called keepalived, and lbctl may not look whether it looks after this "
                        "table, and {}",
                        *search.suspect, what_it_does),
            "run it as root with CAP_SYS_PTRACE, or " + std::string(hint)};
    }
    return std::nullopt;
}

void mention_unseen(const KeepalivedSearch& search, const Streams& streams) {
    if (search.unseen.empty()) return;
    print(streams.err, "lbctl: note: {}, so a keepalived that looks after this table may not have been seen\n",
          search.unseen);
}

}  // namespace lbctl::cli
