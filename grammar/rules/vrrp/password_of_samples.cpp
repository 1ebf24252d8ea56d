#include "grammar/rules/rule.h"
#include "grammar/rules/vrrp/simple_password.h"

namespace lbctl::rules {

namespace {

void check(const Whole& whole) {
    for (const model::VrrpInstance& instance : whole.vrrp.instances) {
        const auto used = simple_password(instance);
        if (!used || !is_well_known(*used->password)) continue;
        auto& finding = whole.context.report("password-of-samples", Severity::info, used->password->head.where(),
                                             "auth_pass is a well-known password, of the samples or the first that one "
                                             "would guess, and is sent in clear text: it keeps nobody out");
        finding.hint = "leave the authentication block out, or choose a password of your own on all nodes";
        return;  // once a file is enough
    }
}

}  // namespace

extern const Rule password_of_samples{
    .page = {.id = "password-of-samples",
             .family = "vrrp",
             .severity = Severity::info,
             .summary = "The password of a sample",
             .detail =
                 "The samples that come with keepalived (keepalived.conf.sample) have a password of four equal digits, "
                 "and tutorials others like it. It does not even keep two clusters apart that were given the same "
                 "virtual_router_id, since both were copied from one sample, and whoever wants to be master guesses it "
                 "or reads it off the network, where `auth_type PASS' sends it in clear text (RFC 3768 section 10). "
                 "Told once a file.",
             .example = "authentication {\n    auth_type PASS\n    auth_pass 1111\n}",
             .origin = Origin::lbctl},
    .whole = check};

}  // namespace lbctl::rules
