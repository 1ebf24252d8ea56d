#pragma once

#include <optional>

#include "grammar/rules/rule.h"

namespace lbctl::rules {

/// What a configuration says of mail.
struct MailSettings {
    const ast::Node* recipients = nullptr;  ///< notification_email, whether or not addresses stand in it
    bool any_recipient = false;
    const ast::Node* server = nullptr;            ///< smtp_server
    std::optional<source::Location> wanted = {};  ///< the first smtp_alert that is switched on, anywhere
};

MailSettings mail_settings(const Whole& whole);

}  // namespace lbctl::rules
