#include "grammar/model/notification.h"

#include <algorithm>
#include <array>

#include "grammar/ast/argument_values.h"
#include "grammar/model/lvs_effective.h"

namespace lbctl::model {

namespace {

using ast::Node;

std::optional<NotifyScript> script_below(const Node& block, keywords::KeywordId keyword) {
    const Node* line = ast::first_valid(block, keyword);
    if (line == nullptr || ast::text(*line, 0).empty()) return std::nullopt;
    return NotifyScript{line, ast::text(*line, 0), ast::text(*line, 1), ast::text(*line, 2)};
}

/// What a flag with an optional boolean says; nothing where it is not written.
std::optional<bool> flag_below(const Node& block, keywords::KeywordId keyword) {
    const Node* line = ast::last_valid(block, keyword);
    return line == nullptr ? std::nullopt : std::optional(ast::switched_on(*line));
}

struct FifoKeywords {
    keywords::KeywordId fifo;
    keywords::KeywordId reader;
};

constexpr std::array fifo_keywords = std::to_array<FifoKeywords>({
    {"notify_fifo"_kw, "notify_fifo_script"_kw},
    {"lvs_notify_fifo"_kw, "lvs_notify_fifo_script"_kw},
});

/// global_defs may stand more than once, and its lines count as those of one block.
class Globals {
public:
    explicit Globals(const Node& root) : blocks_(root.all("global_defs"_kw)) {}

    [[nodiscard]] std::optional<bool> flag(keywords::KeywordId keyword) const {
        std::optional<bool> found;
        for (const Node* block : blocks_) {
            if (const auto own = flag_below(*block, keyword)) found = own;
        }
        return found;
    }

    [[nodiscard]] std::optional<NotifyScript> script(keywords::KeywordId keyword) const {
        for (const Node* block : blocks_) {
            if (auto found = script_below(*block, keyword)) return found;
        }
        return std::nullopt;
    }

    [[nodiscard]] bool has(keywords::KeywordId keyword) const {
        for (const Node* block : blocks_) {
            if (ast::given(*block, keyword)) return true;
        }
        return false;
    }

    [[nodiscard]] std::string_view word(keywords::KeywordId keyword) const {
        std::string_view found;
        for (const Node* block : blocks_) {
            if (const Node* line = ast::last_valid(*block, keyword)) found = ast::text(*line, 0);
        }
        return found;
    }

    [[nodiscard]] const Node* line(keywords::KeywordId keyword) const {
        const Node* found = nullptr;
        for (const Node* block : blocks_) {
            if (const Node* line = ast::last_valid(*block, keyword)) found = line;
        }
        return found;
    }

    /// Every block of recipients adds to those before it.
    [[nodiscard]] std::vector<std::string_view> recipients() const {
        std::vector<std::string_view> found;
        for (const Node* block : blocks_) {
            for (const Node* list : block->all("notification_email"_kw)) {
                for (const Node& entry : list->children) found.push_back(ast::text(entry, 0));
            }
        }
        return found;
    }

private:
    std::vector<const Node*> blocks_;
};

}  // namespace

Notifications notifications_of(const ast::Node& root) {
    const Globals globals(root);
    Notifications found;
    for (const FifoKeywords& words : fifo_keywords) {
        const auto fifo = globals.script(words.fifo);
        if (fifo)
            found.fifos.push_back({fifo->line, fifo->command, fifo->user, fifo->group, globals.script(words.reader)});
    }
    found.tells_states_at_start = globals.flag("rs_init_notifies"_kw).value_or(false);
    found.mails = !globals.recipients().empty() && globals.has("smtp_server"_kw);
    found.router_id = globals.word("router_id"_kw);
    found.mails_every_checker = !globals.flag("no_checker_emails"_kw).value_or(false);
    found.mails_of_servers = globals.flag("smtp_alert_checker"_kw);
    if (!found.mails_of_servers) found.mails_of_servers = globals.flag("smtp_alert"_kw);
    return found;
}

std::optional<MailRoute> mail_route_of(const ast::Node& root) {
    const Globals globals(root);
    MailRoute route;
    route.recipients = globals.recipients();
    const Node* server = globals.line("smtp_server"_kw);
    if (route.recipients.empty() || server == nullptr) return std::nullopt;
    route.server = ast::text(*server, 0);
    if (const auto port = ast::port(*server, 1); port && *port != 0) route.port = *port;
    route.sender = globals.word("notification_email_from"_kw);
    route.hello_name = globals.word("smtp_helo_name"_kw);
    if (const Node* timeout = globals.line("smtp_connect_timeout"_kw)) {
        // keepalived takes 1 for 0.
        const std::int64_t seconds = ast::leading_integer(*timeout, 0).value_or(0);
        route.timeout = std::chrono::seconds(std::max<std::int64_t>(seconds, 1));
    }
    return route;
}

ServerNotifications notifications_of(const RealServer& server, const Notifications& general) {
    const Node& block = *server.node;
    return {script_below(block, "notify_up"_kw), script_below(block, "notify_down"_kw),
            general.mails && flag_below(block, "smtp_alert"_kw).value_or(general.mails_of_servers.value_or(true))};
}

ServiceNotifications notifications_of(const VirtualServer& service, const Notifications& general) {
    const Node& block = *service.node;
    ServiceNotifications found{script_below(block, "quorum_up"_kw), script_below(block, "quorum_down"_kw)};
    found.tells_stop = ast::given(block, "omega"_kw);
    const VirtualServerGroup* group = group_of(service);
    const bool has_mark = is_marked(service) || (group != nullptr && group->has_fwmark);
    found.waits_for_address = ast::given(block, "ha_suspend"_kw) && !has_mark;
    found.mails =
        general.mails && flag_below(block, "smtp_alert"_kw).value_or(general.mails_of_servers.value_or(false));
    return found;
}

}  // namespace lbctl::model
