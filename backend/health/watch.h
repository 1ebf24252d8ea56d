#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backend/health/check_loop.h"
#include "backend/health/services_health.h"
#include "backend/health/tracked_files.h"

namespace lbctl::health {

/// Something that has changed, for those who tell people of it.
struct WatchEvent {
    enum class Kind : std::uint8_t {
        checker,  ///< a checker has come to another state, or to its first one
        weight,   ///< of a server that is up
        quorum,   ///< gained or lost
    };
    Kind kind = Kind::checker;
    const CheckedService& service;
    const CheckedServer* server = nullptr;  ///< null: of the virtual server
    bool up = true;                         ///< the checker; the quorum is there
    bool server_up = true;
    bool server_changed = false;
    const model::Checker* checker = nullptr;
    const CheckResult* result = nullptr;  ///< that brought it about; null: none did
    std::uint32_t weight = 0;             ///< of the server in force; with quorum, the sum of those alive
    std::uint32_t weight_before = 0;
};

/// Watches the virtual servers of one reading of a configuration, by its timers, until it is destroyed.
class Watch {
public:
    struct Owner {
        std::function<void(const WatchEvent& event)> changed;
        /// In the order in which keepalived tells; `health` knows the virtual server, `text` is that of a mail.
        std::function<void(const ServiceHealth& health, const Notice& notice, const std::string& text)> told;
        /// A try is over, whether it has changed anything or not. May be empty.
        std::function<void(std::size_t checker, const CheckResult& result)> tried;
        /// One of the owner's own numbers is ready or due: see own_number().
        std::function<void(std::uint64_t number)> happened;
    };

    /// The tree must outlive it. Fails when the machine has no means for it.
    static Result<std::unique_ptr<Watch>> make(const ast::Node& root, const CheckOptions& options, Owner owner);

    /// Fills in who serves at the start, and begins.
    void start();
    /// The same after another reading of the configuration: what was there before keeps its state.
    void take_over(const Watch& before);
    /// Waits for the next thing to happen.
    void step() { loop_.step(handlers_); }
    /// keepalived would end now.
    void stop();

    /// Whom the table may have at all: every real server, with its weight.
    [[nodiscard]] table::Servings configured() const;
    /// Whom the table has for each virtual server.
    [[nodiscard]] table::Servings servings() const { return health_->servings(); }
    /// Whether every checker has come to a verdict, or could not.
    [[nodiscard]] bool knows_all() const { return unknown_ == 0; }
    /// Whether that has changed since it was asked last.
    [[nodiscard]] bool take_table_change() { return std::exchange(table_changed_, false); }

    [[nodiscard]] const CheckedServices& checked() const { return checked_; }
    [[nodiscard]] const ServicesHealth& health() const { return *health_; }
    [[nodiscard]] const model::Notifications& notifications() const { return notifications_; }
    [[nodiscard]] const CheckLoop& checks() const { return *checks_; }
    [[nodiscard]] const std::vector<std::string>& unwatched_folders() const { return files_.unwatched(); }

    /// The owner's numbers for the loop, from 0.
    [[nodiscard]] std::uint64_t own_number(std::uint64_t number) const { return first_own_ + number; }
    [[nodiscard]] EventLoop& loop() { return loop_; }

private:
    Watch(const ast::Node& root, const CheckOptions& options, EventLoop loop, Owner owner);
    void hear(std::size_t checker);
    /// What brought notices about.
    struct Cause {
        enum class Kind : std::uint8_t { start, reload, stop, check };
        Kind kind = Kind::check;
        const model::Checker* checker = nullptr;
        const CheckResult* result = nullptr;
        bool checker_up = true;
    };
    void tell(const ServicesHealth& health, const ServiceNotices& notices, const Cause& cause) const;
    static std::string mail_text(const ServiceHealth& health, const Notice& notice, const Cause& cause);
    CheckerRounds::Next tried(std::size_t checker, const CheckResult& result);
    void follow_files();
    void note_quorum(const ServiceHealth& health) const;
    /// Lets something happen to a checker, and tells what has changed by it.
    CheckerRounds::Next note(std::size_t checker, const CheckResult* result,
                             const std::function<ServicesHealth::Outcome()>& event);

    Owner owner_;
    EventLoop loop_;
    EventLoop::Handlers handlers_;
    CheckedServices checked_;
    model::Notifications notifications_;
    std::unique_ptr<ServicesHealth> health_;
    std::unique_ptr<CheckLoop> checks_;
    TrackedFiles files_;
    std::uint64_t files_number_;
    std::uint64_t first_own_;
    std::vector<bool> heard_;  ///< of each checker, whether it has come to a verdict
    std::size_t unknown_ = 0;  ///< how many have not
    bool table_changed_ = true;
};

}  // namespace lbctl::health
