#include "grammar/model/checker.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "grammar/ast/argument_values.h"
#include "grammar/model/lvs_file_check.h"
#include "grammar/model/service_setting.h"
#include "grammar/syntax/script_words.h"

namespace lbctl::model {

namespace {

using namespace std::chrono_literals;
using ast::Node;

/// What distinguishes the kinds: defaults that keepalived builds in, and which options of the connection it heeds
/// (keepalived 2.4.3, keepalived/check/check_*.c).
struct KindRow {
    CheckerKind kind;
    keywords::KeywordName keyword;
    std::uint32_t retry = 1;
    std::optional<Microseconds> delay_before_retry = 1s;  ///< nothing: the checker's own delay_loop
    bool connects = true;                                 ///< has an endpoint
    bool heeds_own_address = true;
    bool heeds_own_interface = true;
    bool heeds_fwmark = true;
};

constexpr std::array kind_rows = std::to_array<KindRow>({
    {CheckerKind::tcp, "TCP_CHECK"_kw},
    {CheckerKind::http, "HTTP_GET"_kw, 1, 3s},
    {CheckerKind::https, "SSL_GET"_kw, 1, 3s},
    {CheckerKind::smtp, "SMTP_CHECK"_kw},
    {CheckerKind::dns, "DNS_CHECK"_kw, 3, std::nullopt},
    {CheckerKind::udp, "UDP_CHECK"_kw, 1, 1s, true, true, false, true},
    {CheckerKind::ping, "PING_CHECK"_kw, 1, 1s, true, false, false, false},
    {CheckerKind::misc, "MISC_CHECK"_kw, 0, 1s, false},
    {CheckerKind::file, "FILE_CHECK"_kw, 1, 1s, false},
    {CheckerKind::bfd, "BFD_CHECK"_kw, 1, 1s, false},
});

const KindRow* find_kind(keywords::KeywordId keyword) {
    const auto found = std::ranges::find(kind_rows, keyword, [](const KindRow& row) { return row.keyword.id; });
    return found == kind_rows.end() ? nullptr : &*found;
}

constexpr Microseconds default_connect_timeout = 5s;
constexpr Microseconds default_delay_loop = 60s;

/// What UDP_CHECK sends when no payload is written.
constexpr std::string_view default_payload = "keepalived check - keepalived ch";

std::optional<Microseconds> seconds_of(const Node& line) {
    const auto value = ast::microseconds(line, 0);
    return value ? std::optional(Microseconds(*value)) : std::nullopt;
}

std::optional<std::uint32_t> count_of(const Node& line) {
    const auto value = ast::integer(line, 0);
    return value ? std::optional(static_cast<std::uint32_t>(*value)) : std::nullopt;
}

std::optional<bool> flag_of(const Node& line) {
    return ast::switched_on(line);
}

std::optional<std::string_view> word_of(const Node& line) {
    return ast::text(line, 0);
}

/// The word of a line, or nothing where the line is not there.
std::string_view word_below(const Node& block, keywords::KeywordId keyword) {
    const Node* line = ast::last_valid(block, keyword);
    return line == nullptr ? std::string_view{} : ast::text(*line, 0);
}

/// A block in which a setting may be written, and what it is.
struct Scope {
    const Node* block;
    Level level;
    const VirtualServer* service = nullptr;  ///< where it is one: its settings are at hand

    [[nodiscard]] const Node* last(keywords::KeywordId keyword) const {
        return service == nullptr ? ast::last_valid(*block, keyword) : last_setting(*service, keyword);
    }
};

/// Takes a setting from the first place that has it.
template <class Value, class Read>
Setting<Value> first_of(std::span<const Scope> scopes, keywords::KeywordId keyword, Value built_in, const Read& read) {
    for (const Scope& scope : scopes) {
        const Node* line = scope.last(keyword);
        if (line == nullptr) continue;
        if (const std::optional<Value> value = read(*line)) return {*value, scope.level, line};
    }
    return {built_in, Level::built_in, nullptr};
}

/// Whether one line of a file is read before another: both stand in the same virtual server.
bool stands_before(const Node& one, const Node& other) {
    return one.head.where().range.begin < other.head.where().range.begin;
}

class Resolver {
public:
    explicit Resolver(const CheckerSurroundings& surroundings) : surroundings_(surroundings) {}

    std::vector<Checker> resolve() {
        for (const Node& child : surroundings_.server.node->children) {
            if (child.keyword == nullptr || !child.valid) continue;
            if (const KindRow* row = find_kind(child.keyword->id)) read(child, *row);
        }
        return std::move(checkers_);
    }

private:
    void read(const Node& block, const KindRow& row) {
        Checker& checker = add(block, row);
        switch (row.kind) {
            case CheckerKind::tcp:
                checker.details = TcpCheck{};
                break;
            case CheckerKind::http:
            case CheckerKind::https:
                read_http(checker);
                break;
            case CheckerKind::smtp:
                read_smtp(checker, row);
                break;
            case CheckerKind::dns:
                read_dns(checker);
                break;
            case CheckerKind::udp:
                read_udp(checker);
                break;
            case CheckerKind::ping:
                checker.details = PingCheck{};
                break;
            case CheckerKind::misc:
                read_misc(checker);
                break;
            case CheckerKind::file:
                read_file(checker);
                break;
            case CheckerKind::bfd:
                checker.details = BfdCheck{word_below(block, "name"_kw)};
                if (word_below(block, "name"_kw).empty()) checker.removal = Removal::no_session;
                break;
        }
    }

    Checker& add(const Node& block, const KindRow& row) {
        Checker& checker = checkers_.emplace_back();
        checker.node = &block;
        checker.kind = row.kind;
        checker.timing = timing_of(block, row);
        // An SMTP_CHECK knows no target until one is written, and takes the real server's at its end.
        if (row.connects) read_endpoint(checker, std::array{&block}, row);
        return checker;
    }

    [[nodiscard]] std::array<Scope, 3> scopes_of(const Node& block) const {
        return {{{&block, Level::checker},
                 {surroundings_.server.node, Level::real_server},
                 {surroundings_.service.node, Level::virtual_server, &surroundings_.service}}};
    }

    [[nodiscard]] Timing timing_of(const Node& block, const KindRow& row) const {
        const auto scopes = scopes_of(block);
        Timing timing;
        timing.connect_timeout = first_of(scopes, "connect_timeout"_kw, default_connect_timeout, seconds_of);
        timing.delay_loop = first_of(scopes, "delay_loop"_kw, default_delay_loop, seconds_of);
        timing.warmup = first_of(scopes, "warmup"_kw, timing.delay_loop.value, seconds_of);
        timing.delay_before_retry = first_of(scopes, "delay_before_retry"_kw,
                                             row.delay_before_retry.value_or(timing.delay_loop.value), seconds_of);
        timing.retry = retry_of(scopes, row);
        timing.alpha = first_of(scopes, "alpha"_kw, false, flag_of);
        return timing;
    }

    /// HTTP_GET and SSL_GET have two names for it; the line that comes last counts.
    [[nodiscard]] static Setting<std::uint32_t> retry_of(std::span<const Scope> scopes, const KindRow& row) {
        auto retry = first_of(scopes, "retry"_kw, row.retry, count_of);
        if (const Node* old_name = ast::last_valid(*scopes.front().block, "nb_get_retry"_kw)) {
            const bool newer = retry.level != Level::checker || stands_before(*retry.line, *old_name);
            if (const auto count = count_of(*old_name); count && newer) retry = {*count, Level::checker, old_name};
        }
        return retry;
    }

    /// From the lines of these blocks, one after the other.
    void read_endpoint(Checker& checker, std::span<const Node* const> blocks, const KindRow& row) const {
        Endpoint& endpoint = checker.endpoint;
        endpoint = {};
        checker.removal = Removal::none;
        const bool knows_target = row.kind != CheckerKind::smtp;
        std::optional<IpAddress> target;
        if (knows_target) target = surroundings_.server.address;
        std::optional<IpAddress> own;
        endpoint.port = surroundings_.server.port;
        std::uint16_t own_port = 0;
        for (const Node* block : blocks) {
            for (const Node& line : block->children) {
                if (line.keyword == nullptr || !line.valid) continue;
                const keywords::KeywordId id = line.keyword->id;
                if (id == "connect_ip"_kw) {
                    take_address(line, target, own);
                } else if (id == "bindto"_kw) {
                    take_address(line, own, target);
                } else if (id == "connect_port"_kw) {
                    endpoint.port = ast::port(line, 0).value_or(endpoint.port);
                } else if (id == "bind_port"_kw) {
                    own_port = ast::port(line, 0).value_or(0);
                } else if (id == "bind_if"_kw) {
                    endpoint.own_interface = ast::text(line, 0);
                } else if (id == "fwmark"_kw) {
                    endpoint.fwmark = count_of(line).value_or(0);
                }
            }
        }
        endpoint.address = target.value_or(surroundings_.server.address);
        if (ast::is_link_local(endpoint.address) && endpoint.own_interface.empty())
            checker.removal = Removal::no_interface;
        if (own && row.heeds_own_address) {
            endpoint.own_address = own;
            endpoint.own_port = own_port;
        }
        if (!row.heeds_own_interface) endpoint.own_interface = {};
        if (!row.heeds_fwmark) endpoint.fwmark = 0;
    }

    /// Of addresses of different families the later one is dropped.
    static void take_address(const Node& line, std::optional<IpAddress>& mine, const std::optional<IpAddress>& other) {
        const auto address = ast::plain_address(line, 0);
        if (!address) return;
        if (other && other->family() != address->family()) {
            mine.reset();
        } else {
            mine = address;
        }
    }

    void read_http(Checker& checker) const {
        const Node& block = *checker.node;
        HttpCheck http;
        http.tls = checker.kind == CheckerKind::https;
        if (const Node* line = ast::last_valid(block, "http_protocol"_kw)) http.protocol = ast::text(*line, 0);
        http.fast_recovery = is_on(block, "fast_recovery"_kw);
        for (const Node& child : block.children) {
            if (!child.is("url"_kw) || !ast::given(child, "path"_kw)) continue;
            http.urls.push_back(url_of(child, block));
        }
        if (http.urls.empty()) checker.removal = Removal::no_url;
        checker.details = std::move(http);
    }

    [[nodiscard]] static bool is_on(const Node& block, keywords::KeywordId keyword) {
        const Node* line = ast::last_valid(block, keyword);
        return line != nullptr && ast::switched_on(*line);
    }

    [[nodiscard]] Url url_of(const Node& node, const Node& block) const {
        Url url;
        url.node = &node;
        url.path = word_below(node, "path"_kw);
        const std::array<Scope, 4> host_scopes{
            {{&node, Level::url},
             {&block, Level::checker},
             {surroundings_.server.node, Level::real_server},
             {surroundings_.service.node, Level::virtual_server, &surroundings_.service}}};
        url.virtual_host = first_of(host_scopes, "virtualhost"_kw, std::string_view{}, word_of);
        if (is_on(block, "enable_sni"_kw)) {
            // The name for the handshake is not looked for in the real server.
            const std::array<Scope, 3> name_scopes{host_scopes[0], host_scopes[1], host_scopes[3]};
            url.server_name = first_of(name_scopes, "virtualhost"_kw, std::string_view{}, word_of);
        }
        const bool compliant = is_on(block, "tls_compliant"_kw);
        const Node* own = ast::last_valid(node, "tls_compliant"_kw);
        url.tls_compliant = own == nullptr ? compliant : ast::switched_on(*own);
        read_status(node, url);
        for (const Node& line : node.children) {
            // A second digest is refused, so the first counts.
            if (line.keyword == nullptr || !line.valid || line.keyword->id != "digest"_kw) continue;
            url.digest = ast::text(line, 0);
            url.digest_line = &line;
            break;
        }
        url.regex = regex_of(node);
        return url;
    }

    /// Several lines and words add up.
    static void read_status(const Node& node, Url& url) {
        for (const Node* line : node.all("status_code"_kw)) {
            for (std::size_t i = 0; i < line->arguments.size(); ++i) {
                const std::string_view word = ast::text(*line, i);
                const std::size_t dash = word.find('-');
                const auto low = ast::integer(word.substr(0, dash));
                const auto high = dash == std::string_view::npos ? low : ast::integer(word.substr(dash + 1));
                if (!low || !high || *low < std::int64_t{lowest_status} || *high > std::int64_t{highest_status})
                    continue;
                for (auto code = *low; code <= *high; ++code)
                    url.good_status.set(static_cast<std::size_t>(code) - lowest_status);
                if (*low <= *high) url.status_line = line;
            }
        }
        if (url.good_status.any()) return;
        constexpr std::size_t first_good = 200;
        constexpr std::size_t last_good = 299;
        for (std::size_t code = first_good; code <= last_good; ++code) url.good_status.set(code - lowest_status);
    }

    void read_smtp(Checker& checker, const KindRow& row) {
        const Node& block = *checker.node;
        SmtpCheck smtp;
        if (const Node* line = ast::last_valid(block, "helo_name"_kw)) smtp.hello_name = ast::text(*line, 0);
        // Times of the levels above count only where they stand above the checker.
        Setting<Microseconds>& timeout = checker.timing.connect_timeout;
        if (timeout.level == Level::real_server || timeout.level == Level::virtual_server) {
            timeout = {default_connect_timeout, Level::built_in, nullptr};
            for (const Scope& scope : scopes_of(block)) {
                if (scope.level == Level::checker || timeout.line != nullptr) continue;
                for (const Node* line : scope.block->all("connect_timeout"_kw)) {
                    const auto value = line->valid && stands_before(*line, block) ? seconds_of(*line) : std::nullopt;
                    if (value) timeout = {*value, scope.level, line};
                }
            }
        }
        checker.details = smtp;
        read_smtp_hosts(block, row);
    }

    /// Each `host' block makes one checker more than the first. Their options go to the checker around them (2.4.3), so
    /// that they ask the real server and wait for no time at all.
    void read_smtp_hosts(const Node& block, const KindRow& row) {
        const auto hosts = block.all("host"_kw);
        if (hosts.empty()) return;
        const std::size_t main = checkers_.size() - 1;
        const Checker around = checkers_[main];
        const bool own_options = surroundings_.target < keywords::Version{2, 4, 0};
        std::vector<const Node*> blocks{&block};
        for (const Node* host : hosts) {
            Checker& extra = checkers_.emplace_back(around);
            // Without own options: the real server, whatever the checker around it says.
            read_endpoint(extra, own_options ? std::span<const Node* const>(&host, 1) : std::span<const Node* const>{},
                          row);
            extra.timing.connect_timeout = {Microseconds(0), Level::built_in, nullptr};
            if (!own_options) blocks.push_back(host);
        }
        read_endpoint(checkers_[main], blocks, row);
    }

    static void read_dns(Checker& checker) {
        DnsCheck dns;
        if (const Node* line = ast::last_valid(*checker.node, "type"_kw)) dns.type = ast::text(*line, 0);
        for (const Node* line : checker.node->all("name"_kw)) {
            // The first name that has no empty label counts. A first label of one character is taken for an empty one.
            const std::string_view name = ast::text(*line, 0);
            const bool has_empty = (name.starts_with('.') && name.size() > 1) ||
                                   name.find("..") != std::string_view::npos || (name.size() > 1 && name[1] == '.');
            if (!line->valid || name.empty() || has_empty) continue;
            dns.name = name;
            break;
        }
        checker.details = dns;
    }

    /// A digit in hexadecimal and the bits that it settles; an `x' settles none.
    static void add_digit(MaskedOctet& octet, char digit) {
        octet.value = static_cast<std::uint8_t>(octet.value << 4U);
        octet.mask = static_cast<std::uint8_t>(octet.mask << 4U);
        std::uint8_t number = 0;
        if (std::from_chars(&digit, &digit + 1, number, 16).ec != std::errc{}) return;
        octet.value |= number;
        octet.mask |= 0x0fU;
    }

    /// Each word is read two digits at a time; a last single one is an octet below 16.
    static std::vector<MaskedOctet> octets_of(const Node& line) {
        std::vector<MaskedOctet> octets;
        for (std::size_t i = 0; i < line.arguments.size(); ++i) {
            std::string_view rest = ast::text(line, i);
            while (!rest.empty()) {
                rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
                const std::size_t count =
                    std::min<std::size_t>(rest.find_first_of(" \t"), std::min<std::size_t>(rest.size(), 2));
                if (count == 0) break;
                MaskedOctet octet{0, static_cast<std::uint8_t>(count == 1 ? 0x0f : 0)};
                for (const char digit : rest.substr(0, count)) add_digit(octet, digit);
                octets.push_back(octet);
                rest.remove_prefix(count);
            }
        }
        return octets;
    }

    static void read_udp(Checker& checker) {
        const Node& block = *checker.node;
        UdpCheck udp;
        udp.payload = default_payload;
        if (const Node* line = ast::last_valid(block, "payload"_kw)) {
            udp.payload.clear();
            for (const MaskedOctet octet : octets_of(*line)) udp.payload += static_cast<char>(octet.value);
        }
        if (const Node* line = ast::last_valid(block, "require_reply"_kw)) {
            udp.reply_needed = true;
            udp.pattern = octets_of(*line);
        }
        if (const Node* line = ast::last_valid(block, "min_reply_length"_kw))
            udp.shortest_reply = count_of(*line).value_or(0);
        if (const Node* line = ast::last_valid(block, "max_reply_length"_kw))
            udp.longest_reply = count_of(*line).value_or(static_cast<std::uint32_t>(udp.longest_reply));
        checker.details = std::move(udp);
    }

    void read_misc(Checker& checker) const {
        const Node& block = *checker.node;
        MiscCheck misc;
        misc.path_line = ast::last_valid(block, "misc_path"_kw);
        if (misc.path_line != nullptr) misc.command = ast::text(*misc.path_line, 0);
        if (misc.command.empty()) checker.removal = Removal::no_command;
        // Without its own it has the virtual server's delay_loop, whatever the levels between say.
        const std::array<Scope, 1> general{
            {{surroundings_.service.node, Level::virtual_server, &surroundings_.service}}};
        misc.timeout = first_of(general, "delay_loop"_kw, default_delay_loop, seconds_of);
        if (const Node* line = ast::last_valid(block, "misc_timeout"_kw)) {
            const auto seconds = ast::integer(*line, 0).value_or(0);
            if (seconds != 0) misc.timeout = {std::chrono::seconds(seconds), Level::checker, line};
        }
        misc.sets_weight = ast::given(block, "misc_dynamic"_kw);
        if (const Node* line = ast::last_valid(block, "user"_kw)) {
            misc.user = ast::text(*line, 0);
            misc.group = ast::text(*line, 1);
        }
        checker.details = misc;
    }

    void read_file(Checker& checker) const {
        FileCheck check;
        check.name_line = ast::last_valid(*checker.node, "track_file"_kw);
        auto found = file_check_of(*checker.node, surroundings_.track_files);
        if (found)
            check.file = std::move(*found);
        else
            checker.removal = Removal::no_file;
        checker.details = std::move(check);
    }

    const CheckerSurroundings& surroundings_;
    std::vector<Checker> checkers_;
};

}  // namespace

TlsIdentity tls_identity_of(const ast::Node& root) {
    const Node* block = ast::last_valid(root, "SSL"_kw);
    if (block == nullptr) return {};
    return {word_below(*block, "certificate"_kw), word_below(*block, "key"_kw), word_below(*block, "password"_kw),
            word_below(*block, "ca"_kw)};
}

ScriptUser script_user_of(const ast::Node& root) {
    ScriptUser found;
    for (const Node* block : root.all("global_defs"_kw)) {
        const Node* line = ast::last_valid(*block, "script_user"_kw);
        if (line != nullptr) found = {ast::text(*line, 0), ast::text(*line, 1)};
    }
    return found;
}

std::optional<Regex> regex_of(const ast::Node& url) {
    const Node* line = ast::last_valid(url, "regex"_kw);
    if (line == nullptr) return std::nullopt;
    Regex regex;
    regex.line = line;
    regex.pattern = syntax::replace_escapes(ast::text(*line, 0));
    regex.must_not_match = ast::given(url, "regex_no_match"_kw);
    for (const Node* options : url.all("regex_options"_kw)) {
        for (std::size_t i = 0; i < options->arguments.size(); ++i) regex.options.push_back(ast::text(*options, i));
    }
    if (const Node* first = ast::last_valid(url, "regex_min_offset"_kw))
        regex.first_offset = count_of(*first).value_or(0);
    if (const Node* last = ast::last_valid(url, "regex_max_offset"_kw))
        regex.end_offset = std::size_t{count_of(*last).value_or(0)} + 1;
    if (regex.end_offset != 0 && regex.first_offset >= regex.end_offset) regex.first_offset = regex.end_offset = 0;
    if (const Node* stack = ast::last_valid(url, "regex_stack"_kw)) {
        const auto first = ast::integer(*stack, 0);
        const auto most = ast::integer(*stack, 1);
        if (first && most && *first <= *most)
            regex.stack = {static_cast<std::size_t>(*first), static_cast<std::size_t>(*most)};
    }
    return regex;
}

std::optional<CheckerKind> kind_of(keywords::KeywordId keyword) {
    const KindRow* row = find_kind(keyword);
    return row == nullptr ? std::nullopt : std::optional(row->kind);
}

std::string_view keyword_of(CheckerKind kind) {
    return std::ranges::find(kind_rows, kind, &KindRow::kind)->keyword.text;
}

std::vector<Checker> resolve_checkers(const CheckerSurroundings& surroundings) {
    return Resolver(surroundings).resolve();
}

}  // namespace lbctl::model
