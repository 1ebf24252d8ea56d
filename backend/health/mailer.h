#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/health/mail_conversation.h"
#include "grammar/model/notification.h"

namespace lbctl::health {

/// Sends mail from a thread of its own, one after the other, so that nobody waits for a mail server. What a slow one
/// leaves undone is kept, up to a limit; more is dropped.
class Mailer {
public:
    /// `router_id` stands in every subject; empty: the name of the machine.
    Mailer(const model::MailRoute& route, std::string_view router_id);
    Mailer(const Mailer&) = delete;
    Mailer& operator=(const Mailer&) = delete;
    /// What waits is still sent, if the process lives for as long.
    ~Mailer();

    /// Another reading of the configuration says the same of mail.
    [[nodiscard]] bool goes_on_with(const std::optional<model::MailRoute>& route, std::string_view router_id) const;

    [[nodiscard]] const std::string& router_id() const { return router_id_; }
    void send(std::string subject, std::string body);
    /// Waits until all is sent, but not for longer than that.
    void finish(std::chrono::milliseconds most) const;
    /// What went wrong since it was asked last, in words.
    [[nodiscard]] std::vector<std::string> complaints() const;

private:
    struct Queue;

    std::string named_;  ///< the route, as written
    std::string router_id_;
    Mail pattern_;  ///< what all mails have in common
    std::shared_ptr<Queue> queue_;
};

}  // namespace lbctl::health
