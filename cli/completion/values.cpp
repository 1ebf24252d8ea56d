#include "cli/completion/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

#include "backend/netlink/client.h"
#include "backend/table/names.h"
#include "cli/render/findings_format.h"
#include "grammar/keywords/keyword.h"
#include "grammar/keywords/topics.h"
#include "grammar/validate/rule.h"

namespace lbctl::cli::completion {

namespace {

using Words = std::vector<std::string>;

/// The services of one protocol, or of all; a mark is named by its number.
enum class Which { all, tcp, udp, sctp, marks };

bool is_one(const table::ServiceKey& key, Which which) {
    const auto* const address = std::get_if<table::AddressKey>(&key);
    if (which == Which::all) return true;
    if (address == nullptr || which == Which::marks) return address == nullptr && which == Which::marks;
    return address->protocol == (which == Which::tcp   ? table::Protocol::tcp
                                 : which == Which::udp ? table::Protocol::udp
                                                       : table::Protocol::sctp);
}

Result<Words> services(Which which) {
    auto client = netlink::Client::open();
    if (!client) return tl::make_unexpected(client.error());
    const auto live = client->services();
    if (!live) return tl::make_unexpected(live.error());
    Words words;
    for (const table::LiveService& service : *live) {
        const table::ServiceKey& key = service.service.key;
        if (!is_one(key, which)) continue;
        const auto* const address = std::get_if<table::AddressKey>(&key);
        words.push_back(address != nullptr ? with_port(address->address, address->port)
                                           : std::to_string(std::get<table::FwmarkKey>(key).mark));
    }
    return words;
}

Result<Words> servers() {
    auto client = netlink::Client::open();
    if (!client) return tl::make_unexpected(client.error());
    const auto live = client->dump();
    if (!live) return tl::make_unexpected(live.error());
    Words words;
    for (const table::LiveService& service : live->services) {
        for (const table::LiveDestination& row : service.destinations) words.push_back(to_string(row.destination.key));
    }
    return words;
}

/// Rules, and the families that stand for all rules in them.
Result<Words> rules() {
    Words words;
    for (const validate::RulePage& page : validate::all_rule_pages()) {
        words.emplace_back(page.id);
        words.emplace_back(page.family);
    }
    return words;
}

Result<Words> keyword_names() {
    Words words;
    for (const keywords::Keyword& keyword : keywords::all_keywords()) words.emplace_back(keyword.name);
    return words;
}

/// All that `explain' can be asked about.
Result<Words> subjects() {
    Words words = *keyword_names();
    for (const validate::RulePage& page : validate::all_rule_pages()) words.emplace_back(page.id);
    for (const keywords::ValueWord& word : keywords::all_value_words()) words.emplace_back(word.word);
    for (const keywords::Topic& topic : keywords::all_topics())
        words.insert(words.end(), topic.words.begin(), topic.words.end());
    for (const std::string_view context : keywords::all_contexts()) words.emplace_back(context);
    return words;
}

/// Releases that changed the language, and those that lbctl is held against, Debian's among them.
Result<Words> releases() {
    Words words{keywords::default_target.to_string(), keywords::Version{2, 2, 7}.to_string()};
    const auto add = [&words](keywords::Version version) {
        if (version >= keywords::oldest_target && version <= keywords::default_target)
            words.push_back(version.to_string());
    };
    for (const keywords::Keyword& keyword : keywords::all_keywords()) {
        add(keyword.since);
        add(keyword.removed);
        add(keyword.deprecated);
    }
    return words;
}

Result<Words> schedulers() {
    Words words;
    for (const keywords::ValueWord* word : keywords::words_of("lvs_sched")) words.emplace_back(word->word);
    return words;
}

/// Network namespaces that have a name.
Result<Words> namespaces() {
    Words words;
    std::error_code error;
    for (std::filesystem::directory_iterator place("/run/netns", error), end; !error && place != end;
         place.increment(error)) {
        words.push_back(place->path().filename().string());
    }
    return words;
}

Result<Words> formats() {
    return findings_format_names();
}

struct Kind {
    std::string_view name;
    Result<Words> (*words)();
};

constexpr std::array<Kind, 13> kinds{{
    {"services", [] { return services(Which::all); }},
    {"tcp-services", [] { return services(Which::tcp); }},
    {"udp-services", [] { return services(Which::udp); }},
    {"sctp-services", [] { return services(Which::sctp); }},
    {"fwmarks", [] { return services(Which::marks); }},
    {"servers", servers},
    {"rules", rules},
    {"keywords", keyword_names},
    {"subjects", subjects},
    {"releases", releases},
    {"schedulers", schedulers},
    {"namespaces", namespaces},
    {"formats", formats},
}};

}  // namespace

std::vector<std::string> value_kinds() {
    std::vector<std::string> names;
    for (const Kind& kind : kinds) names.emplace_back(kind.name);
    return names;
}

Result<std::vector<std::string>> values_of(std::string_view kind) {
    const auto found = std::ranges::find(kinds, kind, &Kind::name);
    if (found == kinds.end()) return failure(fmt::format("there are no values of the kind {}", kind));
    auto words = found->words();
    if (!words) return words;
    // One word a line: a name with a line break or a control character in it is nobody's wish.
    std::erase_if(*words, [](const std::string& word) {
        return word.empty() || std::ranges::any_of(word, [](unsigned char c) { return c < ' ' || c == 0x7f; });
    });
    std::ranges::sort(*words);
    words->erase(std::unique(words->begin(), words->end()), words->end());
    return words;
}

}  // namespace lbctl::cli::completion
