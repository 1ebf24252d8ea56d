#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/validate/checks.h"

// Rules for the checkers of a real server.
namespace lbctl::validate {

namespace {

using ast::Node;

constexpr RulePage pages[] = {
    {"misc-path-missing", "checkers", Severity::error, "A MISC_CHECK without misc_path",
     "keepalived drops the check, so the real server is never tested. Write `misc_path' with the command.",
     "MISC_CHECK {\n    misc_timeout 5\n}"},
    {"url-missing", "checkers", Severity::error, "An HTTP_GET or SSL_GET without a url",
     "keepalived drops the check, so the real server is never tested (2.2.7 even crashes). Add a `url' block with a "
     "path.",
     "HTTP_GET {\n    connect_timeout 3\n}"},
    {"url-path-missing", "checkers", Severity::error, "A url without path",
     "keepalived drops the url. Write `path /', or the page that tells whether the server is well.",
     "url {\n    status_code 200\n}"},
    {"regex-settings-without-regex", "checkers", Severity::warning,
     "Settings of a regular expression that is not there", "keepalived passes over them and says so only in its log.",
     "url {\n    path /\n    regex_no_match\n}"},
    {"regex-offsets-reversed", "checkers", Severity::warning, "regex_min_offset is not before regex_max_offset",
     "keepalived passes over both and says so only in its log.", "regex_min_offset 20\nregex_max_offset 10"},
    {"reply-lengths-reversed", "checkers", Severity::error, "min_reply_length is above max_reply_length",
     "No reply fits, so the check fails always. max_reply_length is 255 unless given.", "min_reply_length 300"},
    {"last-octet-refused", "checkers", Severity::error, "The last octet is ff, which releases before 2.3.3 refuse",
     "keepalived takes it for a fault and drops the line, so other bytes are sent, or any reply will do. Send one "
     "octet more, write `xx' for it in require_reply, or update keepalived.",
     "UDP_CHECK {\n    payload 00ff\n}"},
    {"bind-if-missing", "checkers", Severity::error, "A link-local address without bind_if",
     "An address of fe80::/10 is not complete without its interface; keepalived drops the check. Add `bind_if eth0'.",
     "TCP_CHECK {\n    connect_ip fe80::1\n}"},
    {"checker-families-differ", "checkers", Severity::error,
     "bindto and the address to connect to are of different families", "keepalived drops the one that comes last.",
     "real_server 10.0.0.2 80 {\n    TCP_CHECK {\n        bindto fd00::1\n    }\n}"},
    {"track-file-not-found", "tracking", Severity::error, "No track_file of that name above",
     "keepalived reads from top to bottom: the track_file has to stand above those who use it, and has to have a "
     "`file'. What refers to it is dropped.",
     "FILE_CHECK {\n    track_file not_there\n}"},
    {"track-file-missing", "checkers", Severity::error, "A FILE_CHECK without track_file",
     "keepalived drops the check. Name a track_file block that stands above.", "FILE_CHECK {\n    weight 1\n}"},
    {"bfd-not-found", "tracking", Severity::error, "No bfd_instance of that name above",
     "keepalived reads from top to bottom: the bfd_instance has to stand above those who use it, and must not be kept "
     "for the other process (`vrrp' or `checker' inside it). What refers to it is dropped.",
     "BFD_CHECK {\n    name not_there\n}"},
    {"bfd-name-missing", "checkers", Severity::error, "A BFD_CHECK without name",
     "keepalived drops the check. Name a bfd_instance that stands above.", "BFD_CHECK {\n}"},
    {"bfd-repeated", "checkers", Severity::error, "A real server watches the same BFD instance twice",
     "keepalived drops the second check; one that names a second instance it drops, too.",
     "BFD_CHECK {\n    name uplink\n    name uplink\n}"},
    {"ssl-repeated", "lvs", Severity::error, "A second SSL block",
     "keepalived reports it; the later block counts, the earlier is lost.", "SSL {\n    ca /a\n}\nSSL {\n    ca /b\n}"},
    {"script-user",
     "scripts",
     Severity::warning,
     "A script runs as a user who has to exist",
     "Where the user or group is not known on the machine, keepalived drops the script and everything that refers to "
     "it. Make sure that the user exists before the configuration arrives; `lbctl lint --host' looks.",
     "vrrp_script check {\n    script /bin/check\n    user monitoring\n}",
     {{{Severity::info, "for users that every machine has, and where another finding names the user"}}}},
};

/// Where a checker's definition may stand: above the virtual server.
struct Above {
    const Context& context;
    const TrackedNames& names;
    std::size_t number;  ///< of the virtual server among the statements

    [[nodiscard]] bool has(const TrackedNames::Definitions& objects, std::string_view name) const {
        const auto found = objects.find(name);
        return found != objects.end() && found->second.number < number;
    }
};

void report_not_found(const Above& above, std::string_view rule, std::string_view kind, const Node& statement,
                      const TrackedNames::Definitions& objects) {
    const auto name = ast::text(statement, 0);
    auto& finding = above.context.report(rule, Severity::error, ast::place(statement, 0),
                                         fmt::format("there is no {} {} above", kind, in_quotes(name)));
    if (const auto later = objects.find(name); later != objects.end()) {
        add_note(finding, later->second.where, "it is defined here: move it up");
    } else if (const auto dropped = above.names.unusable.find(name); dropped != above.names.unusable.end()) {
        add_note(finding, dropped->second.where, "keepalived drops this one");
    }
}

void check_url(const Context& context, const Node& url) {
    if (!ast::given(url, "path"_kw)) {
        context.report("url-path-missing", Severity::error, url.head.where(),
                       "this url has no path: keepalived drops it");
    }
    if (!ast::given(url, "regex"_kw)) {
        for (const auto& child : url.children) {
            if (child.keyword == nullptr || !child.keyword->name.starts_with("regex_")) continue;
            context.report("regex-settings-without-regex", Severity::warning, child.head.where(),
                           fmt::format("{} does nothing without `regex'", in_quotes(child.name())));
        }
    }
    const auto* low = ast::last_valid(url, "regex_min_offset"_kw);
    const auto* high = ast::last_valid(url, "regex_max_offset"_kw);
    if (low == nullptr || high == nullptr) return;
    if (ast::integer(*low, 0).value_or(0) > ast::integer(*high, 0).value_or(0)) {
        auto& finding = context.report("regex-offsets-reversed", Severity::warning, ast::place(*low, 0),
                                       "regex_min_offset is behind regex_max_offset");
        add_note(finding, high->head.where(), "regex_max_offset");
    }
}

void check_get(const Context& context, const Node& checker) {
    bool has_url = false;
    bool has_block = false;
    for (const auto& child : checker.children) {
        if (!child.is("url"_kw)) continue;
        has_block = true;
        has_url = has_url || ast::given(child, "path"_kw);
        check_url(context, child);
    }
    if (!has_url && !has_block) {
        context.report("url-missing", Severity::error, checker.head.where(),
                       fmt::format("this {} has no url: keepalived drops it", checker.name()));
    }
}

/// The families of the two ends of the connection, and interfaces for link-local addresses.
void check_connection(const Context& context, const Node& checker, std::optional<IpAddress> target) {
    std::optional<IpAddress> local;
    for (const auto& child : checker.children) {
        if (!child.valid || child.keyword == nullptr) continue;
        const bool is_target = child.keyword->id == "connect_ip"_kw;
        if (!is_target && child.keyword->id != "bindto"_kw) continue;
        const auto address = ast::plain_address(child, 0);
        if (!address) continue;
        auto& mine = is_target ? target : local;
        const auto& other = is_target ? local : target;
        if (other && other->family() != address->family()) {
            context.report(
                "checker-families-differ", Severity::error, ast::place(child, 0),
                fmt::format("{} is {}, but the other end of the connection is {}: keepalived drops it",
                            in_quotes(child.name()), to_string(address->family()), to_string(other->family())));
            mine.reset();
        } else {
            mine = address;
        }
    }
    if (target && ast::is_link_local(*target) && !ast::given(checker, "bind_if"_kw)) {
        context.report(
            "bind-if-missing", Severity::error, checker.head.where(),
            fmt::format("{} is link-local, so the check needs a bind_if: keepalived drops it", target->to_string()));
    }
}

/// Releases that take the last octet of a text in hexadecimal for a fault when it is ff.
void check_last_octet(const Context& context, const Node& checker) {
    constexpr keywords::Version mended{2, 3, 3};
    if (context.target >= mended) return;
    for (const auto& child : checker.children) {
        if (!child.valid || child.keyword == nullptr || child.arguments.empty()) continue;
        if (child.keyword->id != "payload"_kw && child.keyword->id != "require_reply"_kw) continue;
        const std::size_t last = child.arguments.size() - 1;
        auto digits = ast::text(child, last);
        digits = digits.substr(0, digits.find_last_not_of(" \t") + 1);
        digits = digits.substr(digits.find_last_of(" \t") + 1);
        const auto is_f = [](char c) { return c == 'f' || c == 'F'; };
        if (digits.empty() || digits.size() % 2 != 0 || !std::ranges::all_of(digits.substr(digits.size() - 2), is_f))
            continue;
        context.report(
            "last-octet-refused", Severity::error, ast::place(child, last),
            fmt::format("keepalived {} refuses the last octet ff and drops this line: 2.3.3 is the first to take it",
                        context.target.to_string()));
    }
}

void check_udp(const Context& context, const Node& checker) {
    check_last_octet(context, checker);
    const auto* low = ast::last_valid(checker, "min_reply_length"_kw);
    const auto* high = ast::last_valid(checker, "max_reply_length"_kw);
    const auto lower = low == nullptr ? 0 : ast::integer(*low, 0).value_or(0);
    const auto upper = high == nullptr ? 255 : ast::integer(*high, 0).value_or(255);
    if (lower <= upper) return;
    const auto& statement = low == nullptr ? *high : *low;
    context.report("reply-lengths-reversed", Severity::error, ast::place(statement, 0),
                   fmt::format("no reply has at least {} and at most {} bytes: the check fails always", lower, upper));
}

void check_misc(const Context& context, const Node& checker) {
    const auto* path = ast::last_valid(checker, "misc_path"_kw);
    if (path == nullptr || ast::text(*path, 0).empty()) {
        context.report("misc-path-missing", Severity::error, checker.head.where(),
                       "this MISC_CHECK has no misc_path: keepalived drops it");
    }
    for (const auto& child : checker.children) {
        if (!child.valid || !child.is("user"_kw)) continue;
        report_user(context, child, 0);
    }
}

void check_file(const Above& above, const Node& checker) {
    bool named = false;
    for (const auto& child : checker.children) {
        if (!child.is("track_file"_kw)) continue;
        named = true;
        if (child.arguments.empty()) continue;  // the binder has said that the name is missing
        if (!above.has(above.names.track_files, ast::text(child, 0))) {
            report_not_found(above, "track-file-not-found", "track_file", child, above.names.track_files);
        }
    }
    if (!named) {
        above.context.report("track-file-missing", Severity::error, checker.head.where(),
                             "this FILE_CHECK has no track_file: keepalived drops it");
    }
}

void check_bfd_checker(const Above& above, const Node& checker, std::vector<std::string_view>& watched) {
    bool named = false;
    for (const auto& child : checker.children) {
        if (!child.is("name"_kw)) continue;
        if (named) {
            above.context.report("bfd-repeated", Severity::error, child.head.where(),
                                 "this BFD_CHECK has a name already: keepalived drops the check");
            continue;
        }
        named = true;
        if (child.arguments.empty()) continue;
        const auto name = ast::text(child, 0);
        if (!above.has(above.names.bfds, name)) {
            report_not_found(above, "bfd-not-found", "bfd_instance", child, above.names.bfds);
        } else if (std::find(watched.begin(), watched.end(), name) != watched.end()) {
            above.context.report("bfd-repeated", Severity::error, ast::place(child, 0),
                                 fmt::format("this real server watches {} already", in_quotes(name)));
        } else {
            watched.push_back(name);
        }
    }
    if (!named) {
        above.context.report("bfd-name-missing", Severity::error, checker.head.where(),
                             "this BFD_CHECK has no name: keepalived drops it");
    }
}

void check_one(const Above& above, const Node& checker, const model::RealServer& real,
               std::vector<std::string_view>& watched) {
    const keywords::KeywordId id = checker.keyword->id;
    if (id == "MISC_CHECK"_kw) {
        check_misc(above.context, checker);
    } else if (id == "FILE_CHECK"_kw) {
        check_file(above, checker);
    } else if (id == "BFD_CHECK"_kw) {
        check_bfd_checker(above, checker, watched);
    } else {
        // An SMTP_CHECK knows no target until one is given, and takes the real server's at its end.
        const bool is_smtp = id == "SMTP_CHECK"_kw;
        check_connection(above.context, checker, is_smtp ? std::nullopt : std::optional(real.address));
        if (id == "HTTP_GET"_kw || id == "SSL_GET"_kw) check_get(above.context, checker);
        if (id == "UDP_CHECK"_kw) check_udp(above.context, checker);
        if (is_smtp) {
            for (const auto& child : checker.children) {
                if (child.is("host"_kw)) {
                    check_connection(above.context, child, real.address);
                }
            }
        }
    }
}

}  // namespace

std::span<const RulePage> checker_pages() {
    return pages;
}

void check_checkers(const Context& context, const model::VirtualServer& service, const TrackedNames& names,
                    std::size_t number) {
    const Above above{context, names, number};
    std::vector<std::string_view> watched;
    for (const auto& real : service.real_servers) {
        watched.clear();
        for (const auto& child : real.node->children) {
            if (child.keyword != nullptr && child.keyword->opens_block()) check_one(above, child, real, watched);
        }
    }
}

void check_ssl(const Context& context) {
    const Node* first = nullptr;
    for (const auto& node : context.root.children) {
        if (!node.is("SSL"_kw)) continue;
        if (first != nullptr) {
            auto& finding = context.report("ssl-repeated", Severity::error, node.head.where(),
                                           "a second SSL block replaces the first");
            add_note(finding, first->head.where(), "the first is here");
        }
        first = &node;
    }
}

}  // namespace lbctl::validate
