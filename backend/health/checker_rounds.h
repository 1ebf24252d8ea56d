#pragma once

#include <cstddef>
#include <optional>

#include "backend/health/verdict.h"
#include "grammar/keywords/version.h"
#include "grammar/model/checker.h"

namespace lbctl::health {

using model::Microseconds;

/// How long after the table is filled, or read anew, the first tries begin; `warmup' adds a random part of itself.
inline constexpr Microseconds first_pause = std::chrono::seconds(1);

/// One checker over time: a state machine without sockets and clock. It is told what each try came to, and says what
/// that makes of the checker and when the next try is due. A try is one conversation, one run of a command, or news of
/// a file or a BFD session. The checker must outlive it.
class CheckerRounds {
public:
    /// A checker counts as up until it has run, with `alpha' as down.
    CheckerRounds(const model::Checker& checker, keywords::Version target);

    /// What the checker says to its real server.
    struct Report {
        bool up = false;
        bool was_up = false;
        bool is_first = false;   ///< it had not run before
        bool is_silent = false;  ///< nobody is told of it
    };

    struct Next {
        std::optional<Report> report;    ///< nothing: the checker stays as it was
        Microseconds pause{};            ///< up to the next try; see counts_from_start
        bool counts_from_start = false;  ///< the pause counts from the beginning of the try, else from its end
    };

    /// A try is over. State::none: it could not be made, and the checker stays as it is.
    Next tried(State state);

    /// A try is not made now, because the virtual server waits for its address (ha_suspend).
    [[nodiscard]] Next put_off() const;

    [[nodiscard]] bool is_up() const { return up_; }
    [[nodiscard]] bool has_run() const { return has_run_; }
    /// Which url is asked next.
    [[nodiscard]] std::size_t url() const { return url_; }
    [[nodiscard]] const model::Checker& checker() const { return *checker_; }

    /// Goes on as the same checker did before the configuration was read again.
    void take_over(const CheckerRounds& before);

private:
    Next succeeded();
    Next failed();
    Next settle(bool up);
    [[nodiscard]] Next after(Microseconds pause) const;
    [[nodiscard]] bool is_http() const;

    const model::Checker* checker_;
    keywords::Version target_;
    bool up_;
    bool has_run_ = false;
    std::uint32_t failures_;  ///< in a row that have not counted yet
    std::size_t url_ = 0;
    bool url_failed_ = false;  ///< the url has failed, and is asked until it is good
};

}  // namespace lbctl::health
