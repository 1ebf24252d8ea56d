#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "backend/health/checked_services.h"
#include "backend/health/checker_rounds.h"
#include "backend/table/serving.h"
#include "backend/table/track_file.h"
#include "grammar/model/lvs_quorum.h"
#include "grammar/model/notification.h"

namespace lbctl::health {

/// Somebody is to be told that a real server or its virtual server is up or down.
struct Notice {
    enum class By : std::uint8_t {
        script_and_fifo,  ///< notify_up and its like, and a line in each FIFO
        mail,
    };
    By by = By::script_and_fifo;
    std::optional<std::size_t> server;  ///< place in the service; nothing: the virtual server
    bool up = false;
    bool operator==(const Notice&) const = default;
};
/// In the order in which keepalived does it.
using Notices = std::vector<Notice>;

/// What one try of a checker came to.
struct TryResult {
    State state = State::none;
    std::optional<unsigned> exit_code{};   ///< of a command that ended by itself
    std::optional<std::int64_t> weight{};  ///< that the command gives the server (misc_dynamic)
};

/// A virtual server with its real servers and their checkers over time: a state machine without sockets and clock. It
/// is told what happens, says who is to be told of it, and knows who serves. What it was made from must outlive it.
class ServiceHealth {
public:
    /// `all`: the checkers that CheckedServer::first_checker counts in.
    ServiceHealth(const CheckedService& service, std::span<const model::Checker> all,
                  const model::Notifications& notifications, keywords::Version target);

    /// keepalived fills its table; before this nothing happens.
    Notices start();
    /// keepalived ends in order.
    [[nodiscard]] Notices stop() const;

    struct Outcome {
        CheckerRounds::Next next;
        Notices notices;
    };
    /// A try of a checker is over. Checkers are counted as in `all`. Not for files.
    Outcome tried(std::size_t checker, const TryResult& result);
    /// The number in the file of a FILE_CHECK has changed.
    Outcome file_changed(std::size_t checker, std::int64_t number);
    /// A command that cannot be run was taken away at the start, or the checker has no url, and so on: it is never
    /// tried, and with alpha the server never comes up. Before start().
    void remove(std::size_t checker);

    struct Takeover {
        Notices gone;     ///< of servers that are no longer there, by their places before
        Notices notices;  ///< of those that are
    };
    /// Goes on from the state before the configuration was read again: what is the same keeps its state. Instead of
    /// start().
    Takeover take_over(const ServiceHealth& before);
    /// The virtual server is no longer in the configuration.
    [[nodiscard]] Notices leave() const;

    [[nodiscard]] table::Serving serving() const;
    [[nodiscard]] bool has_quorum() const { return has_quorum_; }
    [[nodiscard]] std::span<const table::ServerStanding> standings() const { return standings_; }
    [[nodiscard]] const CheckerRounds& rounds(std::size_t checker) const { return rounds_[checker - first_]; }
    /// The place of the real server that has the checker.
    [[nodiscard]] std::size_t server_of(std::size_t checker) const { return servers_[checker - first_]; }
    [[nodiscard]] bool is_removed(std::size_t checker) const { return removed_[checker - first_]; }
    [[nodiscard]] const CheckedService& service() const { return *service_; }
    [[nodiscard]] const model::ServiceNotifications& notifications() const { return own_notifications_; }
    /// The command that is run for a notice by script_and_fifo.
    [[nodiscard]] const std::optional<model::NotifyScript>& script_for(const Notice& notice) const;

private:
    [[nodiscard]] bool has_failed_checker(std::size_t server) const;
    void report(std::size_t checker, const CheckerRounds::Report& report, Notices& notices);
    void add_weight(std::size_t checker, std::int64_t added, Notices& notices);
    void settle_quorum(Notices& notices);
    void tell_service(bool up, Notices& notices) const;
    void take_over_checkers(const CheckedServer& server, const ServiceHealth& before, const CheckedServer& earlier);
    [[nodiscard]] Notices tell_gone(std::span<const std::size_t> servers) const;

    /// What a checker adds to the weight of its server.
    struct Addition {
        std::int64_t weight = 0;
        std::optional<unsigned> last_code;  ///< of its command
    };

    const CheckedService* service_;
    const model::Notifications* notifications_;
    model::ServiceNotifications own_notifications_;
    std::vector<model::ServerNotifications> server_notifications_;
    model::Quorum quorum_;
    std::size_t first_ = 0;  ///< checker of the service, in the count of all
    // For each checker:
    std::vector<std::uint32_t> servers_;  ///< the place of its server
    std::vector<CheckerRounds> rounds_;
    std::vector<Addition> additions_;
    std::vector<bool> removed_;
    // For each server:
    std::vector<table::ServerStanding> standings_;
    bool has_quorum_ = false;
};

}  // namespace lbctl::health
