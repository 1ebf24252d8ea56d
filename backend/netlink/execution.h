#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "backend/netlink/client.h"
#include "backend/table/plan.h"

namespace lbctl::netlink {

/// Carries out a plan, stage by stage, and takes everything back when a step fails.
class Execution {
public:
    /// Both must outlive the execution.
    Execution(Client& client, const table::Plan& plan) : client_(client), plan_(plan) {}

    /// Carries out the steps up to, not including, `end`. When one fails, all that was done since the beginning is
    /// undone, and the message says which step failed, why, and whether the table is as it was.
    Result<void> run_to(std::size_t end);

    /// Undoes what was done. Gives the first step that could not be undone, and why.
    Result<void> undo();

    [[nodiscard]] std::size_t done() const { return done_; }

private:
    Client& client_;
    const table::Plan& plan_;
    std::size_t done_ = 0;
    /// Of the datagram that failed, steps from done_ on that were carried out, or may have been.
    std::vector<std::size_t> beyond_;
};

}  // namespace lbctl::netlink
