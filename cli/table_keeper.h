#pragma once

#include <cstddef>
#include <memory>
#include <set>
#include <string>

#include "backend/change/run_state.h"
#include "backend/netlink/client.h"
#include "backend/netlink/network_namespace.h"
#include "backend/table/plan.h"
#include "backend/table/wanted.h"
#include "cli/command.h"
#include "grammar/base/result.h"

namespace lbctl::cli {

/// Keeps the live table as somebody wants it for as long as it lives: no second one does the same, and no keepalived.
/// Between two changes other commands may change the table; what they drained stays drained.
class TableKeeper {
public:
    /// Takes the table of a network namespace ("": the own one) into its care. Refused while a keepalived, another
    /// keeper or an apply that waits for its confirmation is there; `force`: a keepalived does not matter.
    static Result<std::unique_ptr<TableKeeper>> begin(const std::string& net_namespace, bool force,
                                                      const Streams& streams);

    /// Makes the table that, as `apply' does; services that leave it are removed. Gives the number of steps.
    Result<std::size_t> install(table::Wanted wanted);
    /// The same, but who is in `configured` and serves already goes on, whether it may begin by now or not.
    Result<std::size_t> install_beside(table::Wanted wanted, const table::Wanted& configured);
    /// Real servers came, went or have other weights since the last time. What else was changed in the table stays.
    Result<std::size_t> follow(table::Wanted wanted);
    /// Takes away what it made; with `flush` whatever is in the table. Timeouts become what they were at the beginning.
    Result<std::size_t> release(bool flush);

private:
    TableKeeper(netlink::HeldNamespace held, netlink::Client client, change::RunState state, change::RunLock mark);

    template <class Make>
    Result<std::size_t> change(const Make& plan_of);

    netlink::HeldNamespace held_;
    netlink::Client client_;
    change::RunState state_;
    change::RunLock mark_;
    table::Wanted known_;  ///< what was made last
    table::Timeouts first_timeouts_;
};

}  // namespace lbctl::cli
