#include "grammar/rules/global/mail_settings.h"

namespace lbctl::rules {

namespace {

void check(const Whole& whole) {
    const MailSettings settings = mail_settings(whole);
    // An empty list is told of as such.
    if (settings.recipients != nullptr || (!settings.wanted && settings.server == nullptr)) return;
    if (settings.wanted) {
        auto& finding = whole.context.report(
            "mail-without-recipient", Severity::warning, *settings.wanted,
            settings.server == nullptr
                ? "smtp_alert is on, but there is neither notification_email nor smtp_server: no mail is sent"
                : "smtp_alert is on, but there is no notification_email: no mail is sent");
        finding.hint = "name the recipients with notification_email in global_defs, or leave smtp_alert out";
        return;
    }
    whole.context.report("mail-without-recipient", Severity::info, settings.server->head.where(),
                         "smtp_server is never used: there is no notification_email, so no mail is sent");
}

}  // namespace

extern const Rule mail_without_recipient{
    .page = {.id = "mail-without-recipient",
             .family = "global",
             .severity = Severity::warning,
             .summary = "Mail is wanted, and nobody is to get it",
             .detail =
                 "keepalived sends mail to the addresses of notification_email in global_defs (keepalived.conf(5)). "
                 "Without any it sends none, whatever smtp_alert says, and is silent about it. Write "
                 "notification_email, or leave the other mail settings out.",
             .example = "global_defs {\n    smtp_server 127.0.0.1\n    smtp_alert\n}",
             .others = {{{Severity::info, "where only smtp_server is written"}}},
             .origin = Origin::lbctl},
    .whole = check};

}  // namespace lbctl::rules
