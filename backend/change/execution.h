#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "backend/netlink/client.h"
#include "backend/table/plan.h"

namespace lbctl::change {

/// Carries out a plan, stage by stage, and takes everything back when a step fails.
class Execution {
public:
    /// Asked before each datagram; a failure stops the execution and says why.
    using Stop = std::function<std::optional<Failure>()>;

    /// Both must outlive the execution.
    Execution(netlink::Client& client, const table::Plan& plan) : client_(client), plan_(plan) {}

    /// Carries out the steps up to, not including, `end`. When one fails, all that was done since the beginning is
    /// undone, and the message says which step failed, why, and whether the table is as it was. So it is when `stop`
    /// gives a failure.
    Result<void> run_to(std::size_t end, const Stop& stop = {});

    /// Undoes what was done. Gives the first step that could not be undone, and why.
    Result<void> undo();

    /// Undoes what was done, because something other than a step failed. Gives `why` with the state of the table added.
    [[nodiscard]] Failure give_up(Failure why);

    /// Whether the table is as it was: nothing was done, or all of it was undone.
    [[nodiscard]] bool is_clean() const { return clean_ && done_ == 0; }

private:
    /// A step that was carried out, or (`uncertain`) one whose answer from the kernel was lost.
    struct Carried {
        std::size_t step;
        bool uncertain;
    };

    netlink::Client& client_;
    const table::Plan& plan_;
    std::size_t done_ = 0;
    bool clean_ = true;            ///< no undo has failed
    std::vector<Carried> beyond_;  ///< of the datagram that failed, steps from done_ on
};

}  // namespace lbctl::change
