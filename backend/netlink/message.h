#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "backend/table/live.h"
#include "backend/table/request.h"

struct nl_msg;
struct nlattr;
struct nlmsghdr;

/// Requests and rows of the generic netlink family "IPVS" as bytes (linux/ip_vs.h, linux/genetlink.h).
namespace lbctl::netlink {

/// What a message asks for and how it is told from the others on the socket.
struct MessageHeader {
    int family = 0;            ///< number of the family "IPVS" on this kernel
    std::uint8_t command = 0;  ///< IPVS_CMD_*
    int flags = 0;             ///< NLM_F_* besides NLM_F_REQUEST
    std::uint32_t sequence = 0;
    std::uint32_t port = 0;  ///< of the sending socket
};

/// Builds one message at a time in a buffer that is used again for the next.
class MessageBuilder {
public:
    MessageBuilder();

    /// Appends a change to `bytes`; `header.command` is set from the request.
    void append(std::vector<std::uint8_t>& bytes, MessageHeader header, const table::Request& request);

    /// Appends a read, of one service when a key is given.
    void append(std::vector<std::uint8_t>& bytes, const MessageHeader& header, const table::ServiceKey* service);

private:
    void begin(const MessageHeader& header);
    void finish(std::vector<std::uint8_t>& bytes);

    struct Free {
        void operator()(nl_msg* message) const;
    };
    std::unique_ptr<nl_msg, Free> message_;
};

// Rows of the kernel's answers; nothing when a row lacks what it must have. They read the whole message.
std::optional<table::LiveService> read_service(nlmsghdr* message);
std::optional<table::LiveDestination> read_destination(nlmsghdr* message, Family service_family);
std::optional<table::SyncDaemon> read_daemon(nlmsghdr* message);
std::optional<table::Timeouts> read_timeouts(nlmsghdr* message);
std::optional<table::KernelInfo> read_info(nlmsghdr* message);

}  // namespace lbctl::netlink
