#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "grammar/base/address.h"
#include "grammar/base/result.h"

/// The connection table as the kernel prints it: /proc/net/ip_vs_conn and /proc/net/ip_vs_conn_sync
/// (net/netfilter/ipvs/ip_vs_conn.c of Linux 6.1).
namespace lbctl::procfs {

/// Who made a connection: this director, or the master it is synchronised from. Only ip_vs_conn_sync says.
enum class Origin : std::uint8_t { unsaid, local, synced };

/// An address and a port.
struct Endpoint {
    Family family = Family::inet;
    std::uint16_t port = 0;
    std::array<std::uint8_t, 16> bytes{};  ///< network byte order; IPv4 uses the first four

    [[nodiscard]] IpAddress address() const { return IpAddress::from_bytes(family, bytes); }
    auto operator<=>(const Endpoint&) const = default;
};

/// One connection, or a persistence template (client port 0). The views point into the line it was read from.
struct Connection {
    std::string_view protocol;  ///< TCP, UDP, SCTP, IP, ICMP, ICMPv6 or IP_n
    Endpoint client;
    Endpoint service;  ///< of a template of a fwmark service: the mark as an IPv4 address, port 0
    Endpoint destination;
    std::string_view state;
    std::uint32_t expires = 0;  ///< seconds
    Origin origin = Origin::unsaid;
    std::string_view engine;       ///< name of a persistence engine, or empty
    std::string_view engine_data;  ///< raw bytes, no control characters (of "sip": the Call-ID)
};

/// What the table has: connections of clients, and the templates of persistent services that bind clients. Those have
/// no client port.
enum class EntryKind : std::uint8_t { connection, persistence_template };
inline EntryKind kind_of(const Connection& connection) {
    return connection.client.port == 0 ? EntryKind::persistence_template : EntryKind::connection;
}

/// The firewall mark that a template is of: it has the protocol IP, the mark where others have the address of the
/// service, and no ports (ip_vs_sched_persist() of Linux). Nothing for other entries.
std::optional<std::uint32_t> template_mark(const Connection& connection);

/// Whether the kernel has such a word for a protocol: TCP, UDP, SCTP, ICMP, ICMPv6, IP or IP_ and a number.
bool is_protocol(std::string_view word);

/// Whether a connection of Linux 6.1 may be in that state; the SCTP states of kernels before 3.13 count, too.
bool is_state(std::string_view word);

/// Whether the line is one of the titles that the kernel prints on top.
bool is_title(std::string_view line);

/// Reads a line without its newline. Nothing when any field is missing, cut, or not in the kernel's exact layout.
std::optional<Connection> parse_connection(std::string_view line);

/// The same into a connection that held another one, for millions of lines; false where the above gives nothing, and
/// then it holds nothing of use.
bool parse_connection(std::string_view line, Connection& connection);

/// No line of the kernel is longer; longer ones are damaged.
inline constexpr std::size_t longest_line = 1023;
/// No copy of the kernel's table has a line of so many bytes: what goes on longer is refused, as it may never end.
inline constexpr std::size_t endless_line = std::size_t{16} << 20U;

/// Cuts text that arrives in pieces into lines, holding at most one incomplete line.
class LineCutter {
public:
    /// What a line is: its number from 1, its text without newline, and whether it had to be cut at longest_line.
    struct Line {
        std::uint64_t number = 0;
        std::string_view text;
        bool too_long = false;
    };

    /// Calls `take` for every line that `piece` completes.
    template <class Take>
    void feed(std::string_view piece, Take&& take);

    /// Calls `take` for a last line without newline, if there is one.
    template <class Take>
    void finish(Take&& take) {
        if (!held_.empty() || overflowed_) emit(held_, take);
        held_.clear();
    }

    /// How many lines were taken.
    [[nodiscard]] std::uint64_t lines() const { return number_; }

private:
    template <class Take>
    void emit(std::string_view text, Take& take) {
        take(Line{++number_, text, overflowed_ || text.size() > longest_line});
        overflowed_ = false;
    }
    void hold(std::string_view part);

    std::string held_;
    bool overflowed_ = false;
    std::uint64_t number_ = 0;
};

template <class Take>
void LineCutter::feed(std::string_view piece, Take&& take) {
    while (!piece.empty()) {
        const std::size_t end = piece.find('\n');
        if (end == std::string_view::npos) {
            hold(piece);
            return;
        }
        if (held_.empty() && !overflowed_) {
            emit(piece.substr(0, end), take);
        } else {
            hold(piece.substr(0, end));
            emit(held_, take);
            held_.clear();
        }
        piece.remove_prefix(end + 1);
    }
}

/// Where the connection table comes from.
struct Source {
    std::string path = "/proc/net/ip_vs_conn";  ///< "-" is standard input
    bool kernel = true;  ///< a file of procfs: read page by page, in a thread of its own where there are CPUs for it
};

/// Hands the whole text of the source to `take`, piece by piece, in order, until that returns false. The kernel walks
/// its table anew at every read and gives at most a page, so no read asks for less than 4,096 bytes, and reading goes
/// on while `take` works. Fails when the source can't be opened or read; what was read before has been handed over.
Result<void> read_text(const Source& source, const std::function<bool(std::string_view)>& take);

}  // namespace lbctl::procfs
