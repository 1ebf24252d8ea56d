#include "backend/keepalived/part_changes.h"

#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "grammar/ast/argument_values.h"
#include "grammar/ast/secret_text.h"
#include "grammar/keywords/secrets.h"
#include "grammar/model/vrrp.h"

namespace lbctl::keepalived {

namespace {

/// What the difference of tables shows of virtual_server and real_server.
constexpr std::array<keywords::KeywordId, 24> shown_by_table = {
    "real_server"_kw,
    "virtual_server"_kw,
    "lb_algo"_kw,
    "lvs_sched"_kw,
    "lb_kind"_kw,
    "lvs_method"_kw,
    "protocol"_kw,
    "persistence_timeout"_kw,
    "persistence_granularity"_kw,
    "weight"_kw,
    "persistence_engine"_kw,
    "uthreshold"_kw,
    "lthreshold"_kw,
    "ops"_kw,
    "hashed"_kw,
    "flag-1"_kw,
    "flag-2"_kw,
    "flag-3"_kw,
    "sh-port"_kw,
    "sh-fallback"_kw,
    "mh-port"_kw,
    "mh-fallback"_kw,
    "ip_family"_kw,
    "virtual_server_group"_kw,
};

bool table_shows(keywords::KeywordId keyword) {
    return std::ranges::find(shown_by_table, keyword) != shown_by_table.end();
}

/// A line, or the head of a block.
struct Line {
    keywords::KeywordId id = keywords::KeywordId::none;
    std::string keyword;
    std::string text;   ///< all of it
    std::string shown;  ///< the same with secrets hidden, and without the keyword
};

/// A file may have very many of each, so nothing here is looked for one by one.
struct Block {
    std::vector<Line> lines;                              ///< heads of blocks, too
    std::vector<std::string> heads;                       ///< of blocks
    std::vector<keywords::KeywordId> ids;                 ///< in the same order: their keywords
    std::vector<Block> blocks;                            ///< and what is in them
    std::unordered_map<std::string, std::size_t> places;  ///< of the heads

    [[nodiscard]] const Block* find(const std::string& head) const {
        const auto found = places.find(head);
        return found == places.end() ? nullptr : &blocks[found->second];
    }
};

/// An address that is written with or without its full length is the same one.
std::string address_text(std::string_view word) {
    const auto address = ast::address_with_prefix(word);
    if (!address || !address->prefix_valid) return std::string(word);
    return fmt::format("{}/{}", address->address.to_string(), address->prefix);
}

constexpr std::size_t no_secret = std::numeric_limits<std::size_t>::max();

Line line_of(const ast::Node& node) {
    Line line;
    const bool entry = node.keyword == nullptr;
    line.id = node.id();
    if (!entry) line.keyword = std::string(node.name());
    line.text = line.keyword;
    const std::size_t secret = entry ? no_secret : keywords::first_secret_argument(*node.keyword).value_or(no_secret);
    for (std::size_t i = 0; i < node.arguments.size(); ++i) {
        const std::string_view written = node.arguments[i].text();
        const std::string word = entry && i == 0 ? address_text(written) : std::string(written);
        line.text += ' ' + word;
        if (i > secret) continue;
        if (!line.shown.empty()) line.shown += ' ';
        line.shown += i == secret ? std::string(ast::hidden_secret) : word;
    }
    return line;
}

/// Whether it is a block, also an empty one.
bool is_block(const ast::Node& node) {
    return node.braces != nullptr || !node.children.empty();
}

void take(const ast::Node& node, Block& into) {
    Line line = line_of(node);
    if (is_block(node)) {
        // A block that is opened twice is one.
        const auto [place, is_new] = into.places.try_emplace(line.text, into.blocks.size());
        if (is_new) {
            into.heads.push_back(line.text);
            into.ids.push_back(line.id);
            into.blocks.emplace_back();
        }
        Block& block = into.blocks[place->second];
        for (const ast::Node& child : node.children) take(child, block);
        if (!is_new) return;
    }
    into.lines.push_back(std::move(line));
}

std::string joined(std::string_view one, std::string_view other) {
    if (one.empty() || other.empty()) return fmt::format("{}{}", one, other);
    return fmt::format("{} {}", one, other);
}

/// The lines of the first that the second does not have, each as often as it is missing.
std::vector<const Line*> missing(const Block& block, const Block& other) {
    std::unordered_map<std::string_view, std::size_t> rest;
    for (const Line& line : other.lines) ++rest[line.text];
    std::vector<const Line*> found;
    for (const Line& line : block.lines) {
        const auto same = rest.find(line.text);
        if (same == rest.end() || same->second == 0) {
            found.push_back(&line);
        } else {
            --same->second;
        }
    }
    return found;
}

/// How many lines of each keyword there are.
std::unordered_map<std::string_view, std::size_t> counts_of(const std::vector<const Line*>& lines) {
    std::unordered_map<std::string_view, std::size_t> counts;
    for (const Line* line : lines) ++counts[line->keyword];
    return counts;
}

class Comparison {
public:
    explicit Comparison(std::vector<PartChange>& changes) : changes_(changes) {}

    /// Two blocks of the same head. `path` is what stands before a line of it: "real_server 10.0.1.1 80 TCP_CHECK".
    void compare(const std::string& part, const std::string& path, const Block& before, const Block& after,
                 bool of_table) {
        std::vector<const Line*> gone = missing(before, after);
        std::vector<const Line*> come = missing(after, before);
        const auto is_shown = [&](const Line* line) { return of_table && table_shows(line->id); };
        std::erase_if(gone, is_shown);
        std::erase_if(come, is_shown);
        const auto gone_of = counts_of(gone);
        const auto come_of = counts_of(come);
        std::unordered_map<std::string_view, const Line*> successors;
        for (const Line* line : come) {
            // One line of a keyword in the place of another is a change of its value.
            const auto former = gone_of.find(line->keyword);
            if (!line->keyword.empty() && come_of.at(line->keyword) == 1 && former != gone_of.end() &&
                former->second == 1 && after.find(line->text) == nullptr)
                successors.emplace(line->keyword, line);
        }
        for (const Line* line : gone) {
            const auto successor = successors.find(line->keyword);
            if (successor == successors.end()) {
                edit(part, "- " + joined(path, joined(line->keyword, line->shown)));
                continue;
            }
            const std::string& value = successor->second->shown;
            edit(part, fmt::format("{} {} → {}", joined(path, line->keyword), line->shown,
                                   value == line->shown ? "another" : value));
        }
        for (const Line* line : come) {
            if (!successors.contains(line->keyword))
                edit(part, "+ " + joined(path, joined(line->keyword, line->shown)));
        }
        for (std::size_t i = 0; i < before.blocks.size(); ++i) {
            const std::string& head = before.heads[i];
            if (const Block* other = after.find(head))
                compare(part, joined(path, head), before.blocks[i], *other, of_table);
        }
    }

private:
    void edit(const std::string& part, std::string detail) {
        changes_.push_back({PartChange::Kind::edit, part, std::move(detail)});
    }

    std::vector<PartChange>& changes_;
};

/// What of an instance people ask for first.
std::string addresses_of(const Block& instance) {
    std::string text;
    const Block* const addresses = instance.find("virtual_ipaddress");
    if (addresses == nullptr) return text;
    for (const Line& line : addresses->lines) {
        const std::string_view word = std::string_view(line.shown).substr(0, line.shown.find(' '));
        text += (text.empty() ? "" : ", ") + std::string(word);
    }
    return text;
}

struct Identity {
    std::optional<std::uint8_t> vrid;
    Family family;
    std::string_view interface;
    bool unicast;
    std::optional<IpAddress> source;
    bool uses_vmac;
    std::optional<IpAddress> multicast_group;
    auto operator<=>(const Identity&) const = default;
};

Identity identity_of(const model::VrrpInstance& instance) {
    const bool unicast = instance.unicast();
    return {instance.vrid,
            instance.family,
            instance.interface,
            unicast,
            unicast ? instance.source : std::nullopt,
            instance.uses_vmac,
            instance.multicast_group};
}

}  // namespace

std::vector<PartChange> part_changes(const ast::Node& before, const ast::Node& after) {
    Block one;
    Block other;
    for (const ast::Node& child : before.children) take(child, one);
    for (const ast::Node& child : after.children) take(child, other);
    std::vector<PartChange> changes;
    Comparison comparison(changes);
    const auto come_or_go = [&changes](const Block& block, const Block& where, PartChange::Kind kind) {
        for (const Line* line : missing(block, where)) {
            if (table_shows(line->id)) continue;
            const Block* const inside = block.find(line->text);
            changes.push_back(
                {kind, joined(line->keyword, line->shown), inside == nullptr ? std::string() : addresses_of(*inside)});
        }
    };
    come_or_go(one, other, PartChange::Kind::remove);
    for (std::size_t i = 0; i < one.blocks.size(); ++i) {
        const Block* const same = other.find(one.heads[i]);
        if (same == nullptr || one.ids[i] == "virtual_server_group"_kw) continue;
        comparison.compare(one.heads[i], "", one.blocks[i], *same, one.ids[i] == "virtual_server"_kw);
    }
    come_or_go(other, one, PartChange::Kind::add);
    return changes;
}

std::vector<std::string> restarted_instances(const ast::Node& before, const ast::Node& after) {
    const model::VrrpConfiguration one = model::resolve_vrrp(before);
    const model::VrrpConfiguration other = model::resolve_vrrp(after);
    std::set<std::string_view> names_after;
    std::set<Identity> identities_after;
    for (const model::VrrpInstance& instance : other.instances) {
        names_after.insert(instance.name);
        if (instance.duplicate_of == nullptr) identities_after.insert(identity_of(instance));
    }
    std::vector<std::string> names;
    for (const model::VrrpInstance& instance : one.instances) {
        if (instance.duplicate_of != nullptr) continue;
        // Its name does not count.
        if (names_after.contains(instance.name) && !identities_after.contains(identity_of(instance)))
            names.emplace_back(instance.name);
    }
    return names;
}

namespace {

/// What a configuration has of a group.
struct Group {
    std::set<std::string> entries;
    std::vector<std::string> services;  ///< what tells its virtual servers apart, in their order
    bool without_sorry = false;         ///< one of them has no sorry server
};

std::map<std::string, Group> groups_of(const ast::Node& root) {
    std::map<std::string, Group> groups;
    for (const ast::Node& node : root.children) {
        if (node.keyword == nullptr || node.arguments.empty()) continue;
        if (node.is("virtual_server_group"_kw)) {
            Group& group = groups[std::string(node.arguments[0].text())];
            for (const ast::Node& entry : node.children) group.entries.insert(line_of(entry).text);
        } else if (node.is("virtual_server"_kw) && node.arguments.size() > 1 && node.arguments[0].text() == "group") {
            std::string key;
            bool has_sorry = false;
            for (const ast::Node& line : node.children) {
                if (line.keyword == nullptr) continue;
                if (line.is("protocol"_kw) || line.is("ip_family"_kw)) key += line_of(line).text + ' ';
                has_sorry = has_sorry || line.is("sorry_server"_kw);
            }
            Group& group = groups[std::string(node.arguments[1].text())];
            group.services.push_back(std::move(key));
            group.without_sorry = group.without_sorry || !has_sorry;
        }
    }
    return groups;
}

}  // namespace

std::vector<std::string> shifted_groups(const ast::Node& before, const ast::Node& after) {
    std::vector<std::string> names;
    std::map<std::string, Group> now = groups_of(after);
    for (const auto& [name, group] : groups_of(before)) {
        const std::vector<std::string>& rest = now[name].services;
        // All of them may go, and the last ones; others may come after them; and one alone may become another.
        const std::size_t both = std::min(rest.size(), group.services.size());
        if (both == 0 || std::max(rest.size(), group.services.size()) == 1) continue;
        if (!std::equal(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(both), group.services.begin()))
            names.push_back(name);
    }
    return names;
}

std::vector<std::string> grown_groups(const ast::Node& before, const ast::Node& after) {
    std::vector<std::string> names;
    std::map<std::string, Group> now = groups_of(after);
    for (const auto& [name, group] : groups_of(before)) {
        const Group& fresh = now[name];
        if (group.services.empty() || !fresh.without_sorry) continue;
        if (!std::ranges::includes(group.entries, fresh.entries)) names.push_back(name);
    }
    return names;
}

std::vector<std::string> missing_interfaces(const ast::Node& root) {
    const model::VrrpConfiguration configuration = model::resolve_vrrp(root);
    std::vector<std::string> missing;
    if (configuration.globals.dynamic_interfaces) return missing;
    std::set<std::string_view> seen;
    for (const model::VrrpInstance& instance : configuration.instances) {
        std::string name(instance.interface);
        if (name.empty() || !seen.insert(instance.interface).second || ::if_nametoindex(name.c_str()) != 0) continue;
        missing.push_back(std::move(name));
    }
    return missing;
}

std::size_t instance_count(const ast::Node& root) {
    const model::VrrpConfiguration configuration = model::resolve_vrrp(root);
    return static_cast<std::size_t>(std::ranges::count_if(
        configuration.instances, [](const model::VrrpInstance& each) { return each.duplicate_of == nullptr; }));
}

}  // namespace lbctl::keepalived
