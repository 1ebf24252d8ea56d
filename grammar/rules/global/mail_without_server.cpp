#include "grammar/rules/global/mail_settings.h"

namespace lbctl::rules {

namespace {

void check(const Whole& whole) {
    const MailSettings settings = mail_settings(whole);
    if (!settings.any_recipient || settings.server != nullptr) return;
    auto& finding = whole.context.report("mail-without-server", Severity::warning, settings.recipients->head.where(),
                                         "notification_email is never used: there is no smtp_server, and without one "
                                         "keepalived sends no mail");
    finding.hint = "write `smtp_server' with the address of a mail server, such as 127.0.0.1";
}

}  // namespace

extern const Rule mail_without_server{
    .page = {.id = "mail-without-server",
             .family = "global",
             .severity = Severity::warning,
             .summary = "Addresses for mail, and no smtp_server",
             .detail =
                 "keepalived gives its mails to the smtp_server of global_defs (keepalived.conf(5)); it has no default "
                 "and does not use the sendmail of the machine. Without it no mail goes out, and nothing is said. "
                 "Write smtp_server, or leave notification_email out.",
             .example = "global_defs {\n    notification_email {\n        ops@example.net\n    }\n}",
             .origin = Origin::lbctl},
    .whole = check};

}  // namespace lbctl::rules
