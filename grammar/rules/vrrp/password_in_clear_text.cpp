#include "grammar/rules/rule.h"
#include "grammar/rules/vrrp/simple_password.h"

namespace lbctl::rules {

namespace {

void check(const Whole& whole) {
    for (const model::VrrpInstance& instance : whole.vrrp.instances) {
        const auto used = simple_password(instance);
        // That a password is well known says more.
        if (!used || is_well_known(*used->password)) continue;
        auto& finding = whole.context.report("password-in-clear-text", Severity::info, used->type->head.where(),
                                             "auth_type PASS sends the password in clear text with every advert: it "
                                             "keeps out mistakes, and nobody who means harm");
        finding.hint = "use a password that is used nowhere else; auth_hmac (since 2.4.0) signs the adverts";
        return;  // once a file is enough
    }
}

}  // namespace

extern const Rule password_in_clear_text{
    .page =
        {.id = "password-in-clear-text",
         .family = "vrrp",
         .severity = Severity::info,
         .summary = "A password that everybody on the network can read",
         .detail =
             "`auth_type PASS' sends the password with every advert, by default to all machines of the network. The "
             "standard took it out for that reason (RFC 3768 section 10; RFC 5798 section 9). It still keeps "
             "clusters apart that were given one virtual_router_id by mistake. Never use a password that opens "
             "anything else; where harm is to be feared, unicast peers and a firewall help, or auth_hmac (since "
             "2.4.0). Told once a file.",
         .example = "authentication {\n    auth_type PASS\n    auth_pass ...\n}",
         .origin = Origin::lbctl},
    .whole = check};

}  // namespace lbctl::rules
