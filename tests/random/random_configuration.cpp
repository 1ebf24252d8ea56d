#include "tests/random/random_configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "grammar/keywords/keyword.h"
#include "tests/random/habits.h"

namespace lbctl::test {

namespace {

using keywords::Keyword;
using keywords::Kind;

std::vector<std::string> words_in(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        if (end != 0) words.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

bool names(std::string_view list, std::string_view word) {
    return std::ranges::any_of(words_in(list), [&](const std::string& each) { return each == word; });
}

/// The IPv6 address that stands for an address of 192.0.2.0/24 or 224.0.0.0/24, with the same prefix length from the
/// end.
std::string in_inet6(const std::string& word) {
    for (const auto& [inet, inet6] : {std::pair("192.0.2.", "2001:db8::"), std::pair("224.0.0.", "ff02::")}) {
        const std::string_view prefix(inet);
        if (!word.starts_with(prefix)) continue;
        const auto slash = word.find('/');
        const auto length = slash == std::string::npos ? std::string_view::npos : slash - prefix.size();
        const std::string host(std::string_view(word).substr(prefix.size(), length));
        std::string text = fmt::format("{}{:x}", inet6, std::stoi(host));
        if (slash != std::string::npos) text += fmt::format("/{}", 96 + std::stoi(word.substr(slash + 1)));
        return text;
    }
    return word;
}

void turn_to_inet6(Statement& statement) {
    for (std::string& word : statement.words) word = in_inet6(word);
    for (Statement& child : statement.inside) turn_to_inet6(child);
}

class Generator {
public:
    Generator(std::uint64_t seed, keywords::Version release) : random_(seed), release_(release) {}

    std::string make() {
        document_ = read_document(whole_configuration());
        add_top_level();
        add_instances();
        for (Statement& block : document_.inside) {
            if (block.name() != "virtual_server" && block.is_block) fill(block, std::string(block.name()));
        }
        document_.remove("virtual_server");
        add_services();
        return to_text(document_);
    }

private:
    std::uint64_t number(std::uint64_t low, std::uint64_t high) {
        return std::uniform_int_distribution<std::uint64_t>(low, high)(random_);
    }
    bool one_in(std::uint64_t count) { return number(1, count) == 1; }

    /// What stands at the top once or not at all, before those that use it.
    void add_top_level() {
        for (const Keyword* keyword : keywords::keywords_of("/")) {
            const bool once = !document_.has(keyword->name) && usable(*keyword, false) &&
                              keyword->name != "track_group" && keyword->name != "virtual_server_group" &&
                              keyword->name != "vrrp_track_file";
            if (!once || !one_in(3)) continue;
            Statement statement = made(*keyword);
            if (keyword->kind == Kind::line_block && statement.inside.empty()) add_entries(statement, "/");
            document_.inside.push_back(std::move(statement));
        }
    }

    void add_instances() {
        const std::uint64_t count = number(0, 3);
        for (std::uint64_t i = 0; i < count; ++i) {
            Statement instance = new_block(*keywords::find_keyword("/", "vrrp_instance"));
            instance.words = {"vrrp_instance", fmt::format("name{}", 3 + i)};
            instance.find("virtual_router_id")->words[1] = std::to_string(60 + i);
            instance.find("virtual_ipaddress")->inside.front().words = {fresh_address() + "/32"};
            document_.inside.push_back(std::move(instance));
        }
    }

    std::string fresh_address() {
        while (true) {
            auto address = fmt::format("192.0.2.{}", number(100, 199));
            if (addresses_.insert(address).second) return address;
        }
    }

    void add_services() {
        const std::uint64_t count = number(1, 3);
        for (std::uint64_t i = 0; i < count; ++i) {
            Statement service = new_block(*keywords::find_keyword("/", "virtual_server"));
            std::string port = std::to_string(number(1, 65535));
            forbidden_.clear();
            const std::uint64_t kind = number(0, 3);
            if (kind == 0) {
                service.words = {"virtual_server", "fwmark", std::to_string(2000 + i)};
                service.remove("protocol");
                forbidden_ = {"protocol", "ha_suspend", "ops", "persistence_engine", "sorry_server", "ip_family"};
                port.clear();
            } else if (kind == 1) {
                const std::string name = fmt::format("group{}", i);
                Statement group{{"virtual_server_group", name}, true};
                add_entries(group, "/");
                const bool by_mark =
                    std::ranges::any_of(group.inside, [](const Statement& line) { return line.name() == "fwmark"; });
                document_.inside.push_back(std::move(group));
                service.words = {"virtual_server", "group", name};
                forbidden_ = {"sorry_server", "ip_family", "lb_kind", "persistence_granularity"};
                if (by_mark) {
                    service.remove("protocol");
                    forbidden_.insert({"ha_suspend", "ops", "protocol", "persistence_engine"});
                }
                port = "80";
            } else {
                service.words = {"virtual_server", fresh_address(), port};
                if (!one_in(2)) forbidden_ = {"sorry_server"};
            }
            // Where ports may differ, addresses are rewritten.
            nat_only_ = kind < 2;
            for (const char* name : {"lvs_sched", "lvs_method", "protocol"}) {
                Statement* line = service.find(name);
                if (line == nullptr || (nat_only_ && line->name() == "lvs_method") || forbidden_.contains(name))
                    continue;
                const Keyword* keyword = keywords::find_keyword("virtual_server", name);
                if (one_in(2)) line->words = words_for(*keyword);
            }
            const bool inet6 = kind >= 2 && one_in(3);
            inet6_ = inet6;
            fill(service, "virtual_server");
            add_real_servers(service, port);
            if (Statement* sorry = service.find("sorry_server"); sorry != nullptr && !port.empty()) {
                sorry->words.resize(2);
                sorry->words.push_back(port);
            }
            if (inet6) turn_to_inet6(service);
            inet6_ = false;
            document_.inside.push_back(std::move(service));
        }
    }

    void add_real_servers(Statement& service, const std::string& port) {
        const std::uint64_t count = number(1, 3);
        for (std::uint64_t i = 0; i < count; ++i) {
            Statement server{{"real_server", fresh_address()}, true};
            if (!port.empty()) server.words.push_back(port);
            fill(server, "virtual_server/real_server");
            service.inside.push_back(std::move(server));
        }
    }

    [[nodiscard]] bool usable(const Keyword& keyword, bool inet6) const {
        const Habit& habit = habit_of(keyword);
        return keyword.known_to(release_) && keyword.replaced_by.empty() && keyword.deprecated == keywords::Version{} &&
               !keyword.optional_build && !habit.alone && !(habit.only_inet && inet6) &&
               !forbidden_.contains(keyword.name) && !(nat_only_ && keyword.name.ends_with("lvs_method"));
    }

    std::vector<std::string> words_for(const Keyword& keyword) { return fitting_words(keyword, random_, release_); }

    /// A statement of that keyword, with something in it if it is a block.
    Statement made(const Keyword& keyword) {
        if (!keyword.opens_block()) return {words_for(keyword), false};
        Statement block = new_block(keyword);
        return block;
    }

    [[nodiscard]] static bool fits_into(const Keyword& keyword, const Statement& block) {
        return std::ranges::none_of(block.inside, [&](const Statement& other) {
            const Keyword* row = keywords::find_keyword(keyword.context, other.name());
            return row != nullptr && row != &keyword && !get_along(keyword, *row);
        });
    }

    /// What a keyword needs is there, or can be added.
    bool add_needed(const Keyword& keyword, Statement& block) {
        const Statement needed = read_document(habit_of(keyword).needs);
        for (const Statement& line : needed.inside) {
            const Keyword* row = keywords::find_keyword(keyword.context, line.name());
            if (Statement* there = block.find(line.name())) {
                // A block, or a line that says the same, will do.
                if (there->is_block || there->words == line.words) continue;
                return false;
            }
            if (row == nullptr || !usable(*row, inet6_) || !fits_into(*row, block)) return false;
        }
        for (const Statement& line : needed.inside) {
            if (!block.has(line.name())) block.inside.push_back(line);
        }
        return true;
    }

    /// Adds some of what can stand in a block, and to the blocks inside.
    void fill(Statement& block, const std::string& context) {
        const auto in_instance = context == "vrrp_instance" && block.words.size() > 1;
        const bool member = in_instance && (block.words[1] == "name1" || block.words[1] == "name2");
        const bool turned = in_instance && !member && one_in(3);
        if (turned) inet6_ = true;
        for (Statement& child : block.inside) fill_inside(child, context);
        auto choice = keywords::keywords_of(context);
        std::ranges::shuffle(choice, random_);
        for (const Keyword* keyword : choice) {
            if (block.has(keyword->name) || keyword->name == "real_server" || keyword->name == "group") continue;
            if (!one_in(4) || !usable(*keyword, inet6_) || !fits_into(*keyword, block)) continue;
            if (!add_needed(*keyword, block)) continue;
            Statement statement = made(*keyword);
            if (statement.words.empty()) continue;
            fill_inside(statement, context);
            if (statement.is_block && statement.inside.empty() && keyword->kind != Kind::block) continue;
            block.inside.push_back(std::move(statement));
        }
        if (!turned) return;
        for (Statement& child : block.inside) turn_to_inet6(child);
        inet6_ = false;
    }

    void fill_inside(Statement& statement, const std::string& context) {
        if (!statement.is_block) return;
        const Keyword* keyword = keywords::find_keyword(context, statement.name());
        if (keyword == nullptr) return;
        if (keyword->kind == Kind::block) {
            fill(statement, keywords::context_inside(*keyword));
        } else if (statement.inside.empty()) {
            add_entries(statement, context);
        }
    }

    void add_entries(Statement& block, const std::string& context) {
        std::string notation(entry_habit(block.name(), inet6_));
        // An interface that a sync group tracks is not for its members.
        if (context == "vrrp_sync_group" && block.name() == "track_interface") notation = "{eth7}";
        const Keyword* keyword = keywords::find_keyword(context, block.name());
        if (notation.empty() && keyword != nullptr) notation = keywords::entry_notation(*keyword);
        std::set<std::string> seen;
        bool has_mark = false;
        const std::uint64_t count = number(1, 4);
        for (std::uint64_t i = 0; i < count; ++i) {
            auto words = keywords::good_sample(notation, random_, release_);
            if (!words || words->empty()) continue;
            const bool mark = words->front() == "fwmark";
            if (block.name() == "virtual_server_group" && !block.inside.empty() && mark != has_mark) continue;
            has_mark = mark;
            const std::string address = words->front().substr(0, words->front().find('/'));
            const bool once =
                block.name().find("ipaddress") != std::string_view::npos || block.name() == "unicast_peer";
            if (once ? !addresses_.insert(address).second
                     : !seen.insert(fmt::format("{}", fmt::join(*words, " "))).second) {
                continue;
            }
            if (block.name().starts_with("track_") || block.name() == "interface_up_down_delays" ||
                block.name() == "virtual_server_group") {
                if (!seen.insert(words->front() + " first").second && !mark) continue;
            }
            block.inside.push_back({std::move(*words), false});
        }
    }

    keywords::RandomEngine random_;
    keywords::Version release_;
    Statement document_;
    std::set<std::string> addresses_{"192.0.2.1", "192.0.2.2", "192.0.2.3"};  // those of the whole configuration
    std::set<std::string_view> forbidden_;
    bool nat_only_ = false;
    bool inet6_ = false;
};

}  // namespace

std::vector<std::string> fitting_words(const Keyword& keyword, keywords::RandomEngine& random,
                                       keywords::Version release) {
    const Habit& habit = habit_of(keyword);
    const auto notation = habit.arguments.empty() ? keywords::arguments_in(keyword, release) : habit.arguments;
    constexpr int tries = 20;
    for (int i = 0; i < tries; ++i) {
        auto words = keywords::good_sample(notation, random, release);
        if (!words) continue;
        words->insert(words->begin(), std::string(keyword.name));
        return *words;
    }
    return {};
}

bool get_along(const Keyword& one, const Keyword& other) {
    return !names(habit_of(one).against, other.name) && !names(habit_of(other).against, one.name);
}

Statement new_block(const Keyword& keyword) {
    Statement block{{std::string(keyword.name)}, true};
    if (keyword.kind == Kind::block || keyword.name == "virtual_server_group") {
        for (std::string& word : words_in(first_arguments(keyword.name))) block.words.push_back(std::move(word));
    }
    if (keyword.kind == Kind::block)
        block.inside = read_document(first_lines(keywords::context_inside(keyword))).inside;
    return block;
}

std::string random_configuration(std::uint64_t seed, keywords::Version release) {
    return Generator(seed, release).make();
}

}  // namespace lbctl::test
