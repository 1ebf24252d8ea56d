#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "backend/table/difference.h"
#include "backend/table/request.h"

/// The ordered steps from the live table to the wanted one.
namespace lbctl::table {

/// The steps of a plan in the order of their kinds: first what takes nothing away, so that no connection and no
/// request is left without a place to go, then removal.
enum class StepKind : std::uint8_t {
    set_timeouts,
    stop_daemon,
    add_service,
    add_destination,
    edit_service,
    edit_destination,
    start_daemon,
    quiesce_destination,  ///< weight 0 for what goes away, so that its connections can end
    remove_destination,
    remove_service,
};

/// What a step does to the table, as `--allow` names it.
enum class Permission : std::uint8_t { add = 1, edit = 2, remove = 4 };

Permission permission_for(StepKind kind);

/// "add", "edit" or "remove".
std::string_view to_string(Permission permission);

struct PlanOptions {
    bool prune = false;         ///< remove services that lbctl did not make, too
    bool keep_weights = false;  ///< leave the weight of destinations that are there
    bool drain = false;         ///< set weight 0 on what goes away before it is removed
};

/// A plan owns the two tables that it leads from and to.
class Plan {
public:
    /// `owned` are the services that lbctl made; of the live services that are not wanted only these are removed,
    /// unless options.prune or wanted.flush is set.
    Plan(Table live, Wanted wanted, const std::set<ServiceKey>& owned, const PlanOptions& options);
    Plan(Plan&&) = default;
    Plan& operator=(Plan&&) = default;
    Plan(const Plan&) = delete;
    Plan& operator=(const Plan&) = delete;
    ~Plan() = default;

    [[nodiscard]] std::size_t size() const { return steps_.size(); }
    /// Steps from this one on take something away; with options.drain one waits before them.
    [[nodiscard]] std::size_t first_removal() const { return first_removal_; }

    [[nodiscard]] StepKind kind(std::size_t step) const { return steps_[step].kind; }
    [[nodiscard]] Request request(std::size_t step) const;
    /// What takes a step back once it was done, in this order.
    [[nodiscard]] std::vector<Request> undo(std::size_t step) const;
    /// Why the step is there: "in the file, not in the table", "weight 3 → 0".
    [[nodiscard]] std::string reason(std::size_t step) const;
    /// Where the configuration asks for it; no line when nothing there does.
    [[nodiscard]] SourcePlace place(std::size_t step) const;

    /// The destination that a step quiesces or removes; every destination of a service that it removes.
    [[nodiscard]] std::vector<std::pair<ServiceKey, DestinationKey>> going(std::size_t step) const;

    [[nodiscard]] const Table& live() const { return live_; }
    [[nodiscard]] const Wanted& wanted() const { return wanted_; }
    [[nodiscard]] const Difference& difference() const { return difference_; }
    /// Live services that are neither wanted nor lbctl's, and stay.
    [[nodiscard]] const std::vector<const Service*>& foreign() const { return foreign_; }

private:
    /// Which step it is, by place in the difference: the requests of a large plan would be megabytes.
    struct Step {
        StepKind kind;
        std::uint32_t group;   ///< place in difference_.services or .daemons
        std::uint32_t member;  ///< place in ServiceDifference::destinations
    };

    void order_steps(bool drain);
    void take_steps(StepKind kind);
    [[nodiscard]] const ServiceDifference& service_of(const Step& step) const;
    [[nodiscard]] const DestinationDifference& destination_of(const Step& step) const;
    [[nodiscard]] const DaemonDifference& daemon_of(const Step& step) const;

    Table live_;
    Wanted wanted_;
    Difference difference_;
    std::vector<const Service*> foreign_;
    std::vector<Step> steps_;
    std::size_t first_removal_ = 0;
};

/// Moves the services that go but are not `owned` out of the difference.
std::vector<const Service*> take_foreign(Difference& difference, const std::set<ServiceKey>& owned);

/// A number that changes when anything in the configuration of a table changes, whatever its order.
std::string digest(const Table& table);

}  // namespace lbctl::table
