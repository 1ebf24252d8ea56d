#pragma once

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/doctor/machine.h"
#include "backend/emit/configuration.h"
#include "backend/emit/emitter.h"
#include "backend/emit/host_settings.h"
#include "backend/emit/real_server_plan.h"
#include "backend/emit/real_servers.h"
#include "grammar/validate/rule.h"

/// What a machine lacks for a configuration: checks, each a function of both and of nothing else.
namespace lbctl::doctor {

using source::Severity;
using validate::RulePage;

enum class Role { director, real_server };

/// Where something was read, and what it was.
struct Evidence {
    std::string where;  ///< "/proc/sys/net/ipv4/ip_forward", "nft list ruleset"
    std::string text;   ///< what stands there; may be empty
    std::string says;   ///< the same for people: "it is 0"
};

struct Finding {
    std::string_view rule;
    Severity severity = Severity::error;
    table::SourcePlace place;  ///< which line of the configuration asks for it; without a line: none does
    std::string message;
    std::string why;  ///< why it hurts
    std::vector<Evidence> evidence;
    std::string_view source;   ///< where others can read the fact
    std::string command{};     ///< for sh: mends it; empty: no command does
    std::string what_to_do{};  ///< the same in words, or what else there is to do
};

/// A real server of the configuration whose address this machine has.
struct OwnServer {
    emit::RealServer server;
    emit::RealServerPlan plan;
};

/// What checks look at.
struct Look {
    const Machine& machine;
    const emit::Configuration& configuration;
    const emit::Choices& choices;
    Role role = Role::director;
    emit::DirectorNeeds needs = {};    ///< is_real_server: also when this machine has a real server's address
    std::vector<OwnServer> servers{};  ///< with Role::real_server, at least one

    /// The services with all real servers that can ever be asked: of both Configuration::states.
    void each_destination(const std::function<void(const table::WantedService& wanted,
                                                   const table::Destination& destination)>& take) const;
    /// The services, once each.
    [[nodiscard]] std::span<const table::WantedService> services() const {
        return configuration.states.front().services;
    }
    /// Where the file asks for the first destination of which that holds; no place when there is none.
    [[nodiscard]] table::SourcePlace first_place(
        const std::function<bool(const table::WantedService& wanted, const table::Destination& destination)>& holds)
        const;
    /// The addresses of services, and those that VRRP moves.
    [[nodiscard]] std::vector<emit::VirtualAddress> virtual_addresses() const;
    /// What the evidence of a setting is.
    [[nodiscard]] Evidence setting(std::string_view path) const;
};

struct Check;

/// Takes the findings of one check after the other.
class Report {
public:
    explicit Report(const Look& look) : look_(look) {}

    void begin(const Check& check) { check_ = &check; }

    /// A finding of the check that runs, with the page's severity and reason; what is not good so is changed by who
    /// adds it.
    Finding& add(std::string message, const table::SourcePlace& place = {});
    /// A finding for a setting of the kernel that is not as it should be.
    void add_setting(const emit::HostSetting& setting, const table::SourcePlace& place);

    /// Whether all of a topic (see Unread) could be read. If not, that is told once.
    bool can_read(std::string_view topic, std::string_view in_vain);

    [[nodiscard]] std::vector<Finding> take() { return std::move(findings_); }

private:
    const Look& look_;
    const Check* check_ = nullptr;
    std::set<std::string, std::less<>> told_;
    std::vector<Finding> findings_;
};

/// A check: a file of checks/ that defines one of these, called forwarding_check in forwarding.cpp, and a line in the
/// list of backend/CMakeLists.txt.
struct Check {
    RulePage page;            ///< its detail says why what is found hurts
    std::string_view source;  ///< where others can read that
    void (*director)(const Look& look, Report& report) = nullptr;
    void (*real_server)(const Look& look, Report& report) = nullptr;
};

/// Every check, in the order of that list.
std::span<const Check* const> all_checks();

/// The page of a check, or of what could not be looked at; null for another id.
const RulePage* find_page(std::string_view id);
std::vector<const RulePage*> all_pages();

/// Runs all checks of the role. Fails with Role::real_server where the machine has the address of no real server, or
/// what it is for cannot be told.
Result<std::vector<Finding>> examine(const Machine& machine, const emit::Configuration& configuration,
                                     const emit::Choices& choices, Role role);

/// A word of a command for sh: as it is, or in quotes.
std::string shell_word(std::string_view text);

/// "net.ipv4.ip_forward", as sysctl(8) has it.
std::string sysctl_name(std::string_view path);

/// "sysctl -w net.ipv4.ip_forward=1"
std::string sysctl_command(std::string_view path, std::string_view value);

}  // namespace lbctl::doctor
