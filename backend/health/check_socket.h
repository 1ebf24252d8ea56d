#pragma once

#include <optional>
#include <string>

#include "backend/health/conversation.h"
#include "grammar/base/descriptor.h"
#include "grammar/model/checker.h"

namespace lbctl::health {

/// A socket that was opened for a checker, or why there is none.
struct OpenedSocket {
    base::Descriptor socket;
    bool is_ready = false;           ///< false: a connection that is still being made
    bool strips_header = false;      ///< what comes has an IPv4 header in front, and may be meant for others
    std::optional<Verdict> verdict;  ///< it could not be opened: this is what keepalived makes of it
};

/// Makes the socket that a checker's conversation needs, with the options that its file says, and begins to connect.
/// keepalived takes some errors for a failure of the server and leaves the server as it is after others, for then it
/// was the check that could not be made.
OpenedSocket open_socket(const model::Checker& checker, Transport transport);

/// Why a connection that was being made failed; 0 when it is there.
int connection_error(int socket);

/// Takes an error that ICMP reported off a datagram socket. True when it says that the server cannot be reached.
bool take_icmp_error(int socket);

/// Sends the echo request of PING_CHECK; a raw socket needs checksum and identifier, which the kernel fills in
/// otherwise. An errno, or 0.
int send_echo(int socket, bool is_raw, Family family, std::uint16_t identifier, std::string packet);

}  // namespace lbctl::health
