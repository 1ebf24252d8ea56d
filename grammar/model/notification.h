#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "grammar/ast/node.h"
#include "grammar/model/lvs.h"

/// Who is told of changes in the health of real servers and virtual servers. Views and pointers lead into the tree.
namespace lbctl::model {

/// A command that keepalived runs, with the user it names for it.
struct NotifyScript {
    const ast::Node* line = nullptr;
    std::string_view command;  ///< as written: the program and its arguments
    std::string_view user;     ///< empty: as of other scripts
    std::string_view group;    ///< empty: that of the user
};

/// A pipe into which keepalived writes a line for each change, and the command that reads it.
struct NotifyFifo {
    const ast::Node* line = nullptr;
    std::string_view path;
    std::string_view user;   ///< who owns the pipe; empty: root
    std::string_view group;  ///< empty: that of the user
    std::optional<NotifyScript> reader;
};

/// How mail leaves the machine. What is empty has a default that depends on the machine.
struct MailRoute {
    std::vector<std::string_view> recipients;  ///< notification_email
    std::string_view sender;                   ///< notification_email_from; empty: the user at the machine's name
    std::string_view server;                   ///< smtp_server: an address or the name of a host
    std::uint16_t port = 25;
    std::string_view hello_name;       ///< smtp_helo_name; empty: the machine's name
    std::chrono::seconds timeout{30};  ///< smtp_connect_timeout: of the connection, and of each reply
};

/// What global_defs says about telling.
struct Notifications {
    std::vector<NotifyFifo> fifos;           ///< notify_fifo, lvs_notify_fifo
    bool tells_states_at_start = false;      ///< rs_init_notifies
    bool mails = false;                      ///< there is somebody to send mail to, and a server that takes it
    std::string_view router_id{};            ///< stands in the subject of mail; empty: the name of the machine
    bool mails_every_checker = true;         ///< not no_checker_emails
    std::optional<bool> mails_of_servers{};  ///< smtp_alert_checker, else smtp_alert
};
Notifications notifications_of(const ast::Node& root);
/// Nothing where `mails` is false.
std::optional<MailRoute> mail_route_of(const ast::Node& root);

struct ServerNotifications {
    std::optional<NotifyScript> up;    ///< notify_up
    std::optional<NotifyScript> down;  ///< notify_down
    bool mails = true;                 ///< smtp_alert, where the configuration mails at all
};
ServerNotifications notifications_of(const RealServer& server, const Notifications& general);

struct ServiceNotifications {
    std::optional<NotifyScript> up;    ///< quorum_up
    std::optional<NotifyScript> down;  ///< quorum_down
    bool tells_stop = false;           ///< omega
    bool waits_for_address = false;    ///< ha_suspend, where keepalived heeds it
    bool mails = false;
};
ServiceNotifications notifications_of(const VirtualServer& service, const Notifications& general);

}  // namespace lbctl::model
