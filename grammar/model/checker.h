#pragma once

#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "grammar/ast/node.h"
#include "grammar/base/address.h"
#include "grammar/keywords/version.h"
#include "grammar/model/lvs.h"
#include "grammar/model/setting.h"

/// The health checkers of real servers with all their settings, as keepalived understands them: what is not written in
/// a checker comes from its real server, its virtual server or keepalived itself (keepalived.conf(5)). Views and
/// pointers lead into the tree that they were made from.
namespace lbctl::model {

using Microseconds = std::chrono::microseconds;

enum class CheckerKind : std::uint8_t { tcp, http, https, smtp, dns, udp, ping, misc, file, bfd };
inline constexpr std::size_t checker_kinds = static_cast<std::size_t>(CheckerKind::bfd) + 1;

/// The keyword of such a checker, such as "TCP_CHECK".
std::string_view keyword_of(CheckerKind kind);
/// The kind with that keyword; nothing when it is no checker.
std::optional<CheckerKind> kind_of(keywords::KeywordId keyword);

/// When a checker runs, and how long it waits.
struct Timing {
    Setting<Microseconds> connect_timeout;     ///< of the connection; most kinds wait for an answer as long again
    Setting<Microseconds> delay_loop;          ///< between two checks
    Setting<Microseconds> warmup;              ///< the first check is put off by a random part of it
    Setting<Microseconds> delay_before_retry;  ///< between two tries
    Setting<std::uint32_t> retry;              ///< failures in a row that do not count yet
    Setting<bool> alpha;                       ///< counts as failed until it has succeeded
};

/// Who is asked, and from where. Options that this kind of checker does not heed are empty.
struct Endpoint {
    IpAddress address;
    std::uint16_t port = 0;  ///< as written: one that keepalived fills in for the table does not count here
    std::optional<IpAddress> own_address;
    std::uint16_t own_port = 0;      ///< 0: any; only with an own address
    std::string_view own_interface;  ///< empty: any
    std::uint32_t fwmark = 0;        ///< of the packets sent; 0: none
};

struct TcpCheck {};

/// What a page must match.
struct Regex {
    std::string pattern;
    const ast::Node* line = nullptr;
    std::vector<std::string_view> options;  ///< words of `regex_options'
    bool must_not_match = false;
    std::size_t first_offset = 0;                              ///< where the search begins
    std::size_t end_offset = 0;                                ///< a match begins before it; 0: no limit
    std::optional<std::pair<std::size_t, std::size_t>> stack;  ///< first and largest size in bytes
};

/// Status codes from `lowest_status' on.
inline constexpr std::size_t lowest_status = 100;
inline constexpr std::size_t highest_status = 599;
using StatusCodes = std::bitset<highest_status - lowest_status + 1>;

/// What the page of a `url' block must match; nothing when that has no regex.
std::optional<Regex> regex_of(const ast::Node& url);

/// A page of HTTP_GET or SSL_GET.
struct Url {
    const ast::Node* node = nullptr;
    std::string_view path;
    StatusCodes good_status;
    const ast::Node* status_line = nullptr;  ///< null: 200 to 299
    std::string_view digest;                 ///< MD5 in hexadecimal digits; empty: any page will do
    const ast::Node* digest_line = nullptr;
    std::optional<Regex> regex;
    Setting<std::string_view> virtual_host;  ///< of the Host header; empty: the address that is asked
    Setting<std::string_view> server_name;   ///< of the TLS handshake; empty: none
    bool tls_compliant = false;              ///< says close_notify at the end

    /// Whether the page is good with that status.
    [[nodiscard]] bool accepts(unsigned status) const {
        return status >= lowest_status && status <= highest_status && good_status.test(status - lowest_status);
    }
};

struct HttpCheck {
    std::vector<Url> urls;
    bool tls = false;
    std::string_view protocol = "1.0";  ///< "1.0", "1.0C", "1.0c" or "1.1"
    bool fast_recovery = false;
};

struct SmtpCheck {
    std::string_view hello_name = "smtpchecker.keepalived.org";
};

struct DnsCheck {
    std::string_view type = "SOA";
    std::string_view name = ".";
};

/// One octet of a reply: the bits of `mask' must be those of `value'.
struct MaskedOctet {
    std::uint8_t value = 0;
    std::uint8_t mask = 0xff;
};

struct UdpCheck {
    std::string payload;
    bool reply_needed = false;
    std::vector<MaskedOctet> pattern;
    std::size_t shortest_reply = 0;
    std::size_t longest_reply = 255;
};

struct PingCheck {};

struct MiscCheck {
    const ast::Node* path_line = nullptr;
    std::string_view command;  ///< as written: the program and its arguments
    Setting<Microseconds> timeout;
    bool sets_weight = false;  ///< misc_dynamic
    std::string_view user;     ///< empty: keepalived's own choice
    std::string_view group;    ///< empty: that of the user
};

struct FileCheck {
    const ast::Node* name_line = nullptr;
    FileWeight file;
};

struct BfdCheck {
    std::string_view name;
};

using CheckerDetails =
    std::variant<TcpCheck, HttpCheck, SmtpCheck, DnsCheck, UdpCheck, PingCheck, MiscCheck, FileCheck, BfdCheck>;

/// Why keepalived takes a checker away: then the real server is up without it.
enum class Removal : std::uint8_t {
    none,
    no_url,        ///< HTTP_GET and SSL_GET without a url that has a path
    no_interface,  ///< a link-local address without bind_if
    no_command,    ///< MISC_CHECK without misc_path
    no_file,       ///< FILE_CHECK without a track_file that is defined
    no_session,    ///< BFD_CHECK without the name of a bfd_instance
};

struct Checker {
    const ast::Node* node = nullptr;
    CheckerKind kind = CheckerKind::tcp;
    Removal removal = Removal::none;
    Endpoint endpoint;
    Timing timing;
    CheckerDetails details;
};

/// What SSL_GET presents itself with: the last SSL block.
struct TlsIdentity {
    std::string_view certificate;  ///< path
    std::string_view key;          ///< path
    std::string_view password;     ///< of the key
    std::string_view authorities;  ///< path, `ca': keepalived loads it and verifies nothing
};
TlsIdentity tls_identity_of(const ast::Node& root);

/// As whom scripts run that name no user: `script_user' of global_defs.
struct ScriptUser {
    std::string_view user;   ///< empty: keepalived_script, and root where that does not exist
    std::string_view group;  ///< empty: that of the user
};
ScriptUser script_user_of(const ast::Node& root);

/// What the levels above a checker say.
struct CheckerSurroundings {
    const VirtualServer& service;
    const RealServer& server;
    const TrackFiles& track_files;
    keywords::Version target = keywords::default_target;
};

/// The checkers of a real server in the order of the file; those that keepalived takes away say why.
std::vector<Checker> resolve_checkers(const CheckerSurroundings& surroundings);

}  // namespace lbctl::model
