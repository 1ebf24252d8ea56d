#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "grammar/model/lvs.h"
#include "grammar/model/vrrp.h"
#include "grammar/validate/rule.h"
#include "grammar/validate/tracked_names.h"

/// The rule families, a file each. Every family has its pages and functions that put findings into a context; rules.cpp
/// lists them.
namespace lbctl::validate {

using source::Finding;
using source::Location;
using source::Severity;

/// Adds "the other place" to a finding.
void add_note(Finding& finding, const Location& where, std::string message);

/// `word' in quotes, as messages show it.
std::string in_quotes(std::string_view word);

/// Severity of what keepalived reports only from a release on and passes over in silence before.
Severity since(const Context& context, keywords::Version version, Severity severity);

/// What earlier virtual servers were called and what they used. Their statements may be forgotten by now.
struct SeenServices {
    /// What two services of which one replaces the other have in common: an address with its port, a mark, or the name
    /// of a group, and which of these it is; the protocol; and the family of a mark, which stands for two services of
    /// IPVS.
    using Head = std::tuple<IpAddress, std::uint32_t, std::size_t, std::string, std::optional<model::Protocol>,
                            std::optional<Family>>;
    std::map<Head, Location> heads;
    std::set<std::string, std::less<>> groups;
};

/// Whether a keyword takes the name of a user or a group that scripts run as.
bool names_user(const keywords::Keyword& keyword);

/// Whether a keyword has something to say about itself: it is deprecated, or not in every build.
bool is_special(const keywords::Keyword& keyword);

/// Says that a script depends on a user: a warning, or worth knowing where every machine has that user. Silent for
/// root.
void report_user(const Context& context, const ast::Node& line, std::size_t word);

/// Says that a line stands where an earlier one of its keyword does, and which of them counts.
void report_repeated(const Context& context, const ast::Node& line, const ast::Node& earlier);

/// The lines of a block, or of several that keepalived takes for one: tells of those that repeat an earlier one.
class RepeatedLines {
public:
    explicit RepeatedLines(const Context& context) : context_(context) {}
    void begin_block() { ++block_; }
    /// The line has to stay where it is until the next block begins.
    void add(const ast::Node& line) {
        if (!line.valid || line.keyword == nullptr || line.keyword->opens_block()) return;
        Earlier& earlier = earlier_[line.keyword->number];
        if (earlier.block == block_)
            add_repeated(line, earlier.line);
        else
            earlier = {block_, &line};
    }

private:
    /// A line of the keyword that a line has already, which the new one replaces if it is the one that counts.
    void add_repeated(const ast::Node& line, const ast::Node*& earlier);

    /// The line of a keyword that counts, in the block that has that number.
    struct Earlier {
        std::size_t block = 0;
        const ast::Node* line = nullptr;
    };

    const Context& context_;
    std::size_t block_ = 1;
    std::vector<Earlier> earlier_{keywords::all_keywords().size()};  ///< by number of the keyword
};

// Virtual servers. One at a time is read, once for all rules: files may hold many.
void check_service_head(const Context& context, const model::VirtualServer& service, const model::Lvs& lvs);
void check_service_options(const Context& context, const model::VirtualServer& service);
void check_service_ports(const Context& context, const model::VirtualServer& service);
void check_quorum(const Context& context, const model::VirtualServer& service);
void check_real_servers(const Context& context, const model::VirtualServer& service);
void check_checkers(const Context& context, const model::VirtualServer& service, const TrackedNames& names,
                    std::size_t number);
void check_repeated_service(const Context& context, const model::VirtualServer& service, SeenServices& seen);
void check_kernel_service(const Context& context, const model::VirtualServer& service, const model::Lvs& lvs);
void check_kernel_groups(const Context& context, const model::Lvs& lvs);
void check_groups(const Context& context, const model::Lvs& lvs, const SeenServices& seen);
void check_ssl(const Context& context);

// VRRP, over the typed view.
void check_identity(const Context& context, const model::VrrpConfiguration& vrrp);
void check_authentication(const Context& context, const model::VrrpConfiguration& vrrp);
void check_timing(const Context& context, const model::VrrpConfiguration& vrrp);
void check_strict_mode(const Context& context, const model::VrrpConfiguration& vrrp);
void check_addresses(const Context& context, const model::VrrpConfiguration& vrrp);
void check_unicast(const Context& context, const model::VrrpConfiguration& vrrp);
void check_vmac(const Context& context, const model::VrrpConfiguration& vrrp);
void check_vrid_conflicts(const Context& context, const model::VrrpConfiguration& vrrp);
void check_tracking(const Context& context, const model::VrrpConfiguration& vrrp);
void check_sync_groups(const Context& context, const model::VrrpConfiguration& vrrp);
void check_track_objects(const Context& context, const model::VrrpConfiguration& vrrp);
void check_static_items(const Context& context, const model::VrrpConfiguration& vrrp);

// Lines of addresses, routes and rules.
enum class AddressUse { virtual_address, excluded_address, static_address };
void check_address_line(const Context& context, const ast::Node& entry, AddressUse use,
                        const model::VrrpConfiguration& vrrp);
void check_route_line(const Context& context, const ast::Node& entry, bool is_static,
                      const model::VrrpConfiguration& vrrp);
void check_rule_line(const Context& context, const ast::Node& entry, bool is_static,
                     const model::VrrpConfiguration& vrrp);

/// A track_group after an address, route or rule: it has to stand above.
void check_track_group(const Context& context, const ast::Node& entry, const model::VrrpConfiguration& vrrp);

// Everything else, straight from the tree.
void check_bfd(const Context& context);
void check_globals(const Context& context);
void check_deprecated(const Context& context, const ast::Node& top);
void check_scripts(const Context& context, const ast::Node& top);
void check_repeated(const ast::Node& top, RepeatedLines& lines);
void check_garp_groups(const Context& context);
void check_host(const Context& context);

std::span<const RulePage> service_pages();
std::span<const RulePage> real_server_pages();
std::span<const RulePage> group_pages();
std::span<const RulePage> checker_pages();
std::span<const RulePage> identity_pages();
std::span<const RulePage> authentication_pages();
std::span<const RulePage> timing_pages();
std::span<const RulePage> address_pages();
std::span<const RulePage> unicast_pages();
std::span<const RulePage> vmac_pages();
std::span<const RulePage> tracking_pages();
std::span<const RulePage> sync_group_pages();
std::span<const RulePage> track_object_pages();
std::span<const RulePage> static_pages();
std::span<const RulePage> address_line_pages();
std::span<const RulePage> route_pages();
std::span<const RulePage> rule_line_pages();
std::span<const RulePage> bfd_pages();
std::span<const RulePage> global_pages();
std::span<const RulePage> deprecated_pages();
std::span<const RulePage> script_pages();
std::span<const RulePage> repeated_pages();
std::span<const RulePage> host_pages();
std::span<const RulePage> kernel_pages();
std::span<const RulePage> text_pages();
std::span<const RulePage> variant_pages();
std::span<const RulePage> lint_pages();

}  // namespace lbctl::validate
