#include "grammar/rules/global/mail_settings.h"

#include <algorithm>

#include "grammar/ast/argument_values.h"

namespace lbctl::rules {

namespace {

void look_at_globals(MailSettings& settings, const ast::Node& globals) {
    for (const ast::Node& line : globals.children) {
        if (line.keyword == nullptr) continue;
        const keywords::KeywordId id = line.keyword->id;
        if (id == "notification_email"_kw) {
            if (settings.recipients == nullptr) settings.recipients = &line;
            if (!line.children.empty()) settings.any_recipient = true;
        }
        // Also one whose arguments do not fit: that is told.
        if (id == "smtp_server"_kw) settings.server = &line;
        if (line.keyword->name.starts_with("smtp_alert") && ast::switched_on(line) && !settings.wanted)
            settings.wanted = line.head.where();
    }
}

}  // namespace

MailSettings mail_settings(const Whole& whole) {
    MailSettings settings;
    for (const ast::Node& statement : whole.context.root.children) {
        if (statement.keyword == nullptr) continue;
        const keywords::KeywordId id = statement.keyword->id;
        if (id == "global_defs"_kw) look_at_globals(settings, statement);
        if (id != "vrrp_instance"_kw && id != "vrrp_sync_group"_kw) continue;
        const ast::Node* alert = statement.last("smtp_alert"_kw);
        if (alert != nullptr && ast::switched_on(*alert) && !settings.wanted) settings.wanted = alert->head.where();
    }
    if (settings.wanted) return settings;
    const auto service = std::ranges::find_if(whole.services, [](const auto& each) { return each.mail.has_value(); });
    if (service != whole.services.end()) settings.wanted = service->mail;
    return settings;
}

}  // namespace lbctl::rules
