#include <algorithm>

#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/validate/checks.h"

// Rules for intervals, preemption and what strict mode forbids.
namespace lbctl::validate {

namespace {

using ast::Node;
using model::VrrpInstance;

constexpr RulePage pages[] = {
    {"advert-int-range", "vrrp", Severity::error, "An advert_int that its VRRP version cannot carry",
     "Version 2 sends whole seconds up to 255, version 3 hundredths of a second up to 40.95 s. keepalived rounds, and "
     "the routers of one virtual router may then disagree.",
     "version 2\nadvert_int 0.5"},
    {"nopreempt-with-master", "vrrp", Severity::error, "nopreempt with initial state MASTER",
     "A router that starts as MASTER takes over at once, so nopreempt cannot work; keepalived clears it. Write `state "
     "BACKUP' on all routers.",
     "state MASTER\nnopreempt"},
    {"nopreempt-with-owner", "vrrp", Severity::error, "nopreempt with priority 255",
     "The owner of the address always takes over; keepalived clears nopreempt. Use a priority below 255.",
     "priority 255\nnopreempt"},
    {"preempt-delay-useless", "vrrp", Severity::error, "preempt_delay that cannot work",
     "Neither with initial state MASTER nor with nopreempt is there anything to delay; keepalived clears it.",
     "nopreempt\npreempt_delay 10"},
    {"timer-expired-needs-nopreempt", "vrrp", Severity::error, "timer_expired_backup without nopreempt",
     "keepalived clears it. Add nopreempt.", "timer_expired_backup"},
    {"owner-ignore-adverts", "vrrp", Severity::error, "owner_ignore_adverts that does not fit the priority",
     "It is for priority 255 only, and there it has to be on; keepalived sets it right.", ""},
    {"debounce-too-long", "vrrp", Severity::warning, "A delay of an interface as long as the time to a take-over",
     "While interface_up_down_delays waits, the other routers miss advertisements. keepalived wants each delay shorter "
     "than advert_int times one less than down_timer_adverts (3 unless set); when it starts it says so and uses no "
     "delay. With down_timer_adverts 1 there can be none.",
     "interface_up_down_delays {\n    eth0 5\n}\nvrrp_instance web {\n    interface eth0\n    advert_int 1\n}"},
    {"strict-mode-conflict", "vrrp", Severity::error, "A setting that strict mode does not allow",
     "Strict mode keeps to the VRRP standards. keepalived reports what does not and resets it, or does not start the "
     "instance. Leave the setting out, or turn vrrp_strict off.",
     "global_defs {\n    vrrp_strict\n}\nvrrp_instance web {\n    state MASTER\n    priority 100\n}"},
};

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t hundredth = 10'000;

void check_interval(const Context& context, const VrrpInstance& instance) {
    const auto* line = ast::last_valid(*instance.node, "advert_int"_kw);
    if (line == nullptr) return;
    const auto where = ast::place(*line, 0);
    const auto interval = instance.advert_interval;
    if (instance.version == 2) {
        if (interval >= 256 * second) {
            context.report("advert-int-range", Severity::error, where,
                           "VRRP version 2 sends at most every 255 s; keepalived uses that");
        } else if (interval % second != 0) {
            context.report("advert-int-range", Severity::error, where,
                           fmt::format("VRRP version 2 knows whole seconds only; keepalived uses {} s",
                                       std::max<std::int64_t>((interval + second / 2) / second, 1)));
        }
    } else if (interval >= 4096 * hundredth) {
        context.report("advert-int-range", Severity::error, where,
                       "VRRP version 3 sends at most every 40.95 s; keepalived uses that");
    } else if (interval % hundredth != 0) {
        context.report("advert-int-range", Severity::error, where,
                       "VRRP version 3 knows hundredths of a second only; keepalived rounds");
    }
}

void check_preemption(const Context& context, const VrrpInstance& instance) {
    const auto* nopreempt = ast::last_valid(*instance.node, "nopreempt"_kw);
    const auto* delay = ast::last_valid(*instance.node, "preempt_delay"_kw);
    const bool has_delay = delay != nullptr && ast::microseconds(*delay, 0).value_or(0) > 0;
    bool prevents = instance.nopreempt && nopreempt != nullptr;
    bool delays = has_delay;
    if (prevents && instance.is_address_owner()) {
        context.report("nopreempt-with-owner", Severity::error, nopreempt->head.where(),
                       "the address owner (priority 255) always preempts; keepalived clears nopreempt");
        prevents = false;
    }
    if (instance.state == model::VrrpState::master) {
        if (prevents) {
            context.report("nopreempt-with-master", Severity::error, nopreempt->head.where(),
                           "nopreempt does not work with initial state MASTER; keepalived clears it");
            prevents = false;
        }
        if (delays) {
            context.report("preempt-delay-useless", Severity::error, delay->head.where(),
                           "preempt_delay does not work with initial state MASTER; keepalived clears it");
            delays = false;
        }
    }
    if (delays && instance.strict) {
        context.report("strict-mode-conflict", Severity::error, delay->head.where(),
                       "strict mode has no preempt_delay; keepalived clears it");
        delays = false;
    }
    if (delays && prevents) {
        context.report("preempt-delay-useless", Severity::error, delay->head.where(),
                       "preempt_delay does not work with nopreempt; keepalived clears it");
    }
    for (const keywords::KeywordName name : {"timer_expired_backup"_kw, "thread_timer_expired"_kw}) {
        const auto* expired = ast::last_valid(*instance.node, name);
        if (expired != nullptr && !prevents) {
            context.report("timer-expired-needs-nopreempt", Severity::error, expired->head.where(),
                           fmt::format("{} needs nopreempt; keepalived clears it", in_quotes(name.text)));
        }
    }
}

void check_owner(const Context& context, const VrrpInstance& instance) {
    const auto* line = ast::last_valid(*instance.node, "owner_ignore_adverts"_kw);
    if (line == nullptr) return;
    if (ast::switched_on(*line) == instance.is_address_owner()) return;
    if (!ast::switched_on(*line) && !instance.is_address_owner()) return;
    context.report("owner-ignore-adverts", Severity::error, line->head.where(),
                   instance.is_address_owner() ? "with priority 255 this has to be on; keepalived turns it on"
                                               : "this is for priority 255 only; keepalived clears it");
}

/// A keyword that strict mode does not have, when it is set to something else than `allowed`.
void forbid(const Context& context, const VrrpInstance& instance, keywords::KeywordName name, std::int64_t allowed) {
    const auto* line = ast::last_valid(*instance.node, name);
    if (line == nullptr || ast::integer(*line, 0).value_or(allowed) == allowed) return;
    context.report("strict-mode-conflict", Severity::error, ast::place(*line, 0),
                   fmt::format("strict mode allows {} {} only; keepalived resets it", in_quotes(name.text), allowed));
}

void check_strict(const Context& context, const VrrpInstance& instance) {
    const auto report = [&](const Node& line, std::string message) {
        context.report("strict-mode-conflict", Severity::error, line.head.where(), std::move(message));
    };
    const auto* state = instance.node->last("state"_kw);
    if (instance.written_state != model::VrrpState::unset &&
        (instance.written_state == model::VrrpState::master) != instance.is_address_owner()) {
        report(state == nullptr ? *instance.node : *state,
               fmt::format("in strict mode MASTER goes with priority 255 and nothing else; keepalived starts as {}",
                           instance.is_address_owner() ? "MASTER" : "BACKUP"));
    }
    forbid(context, instance, "down_timer_adverts"_kw, 3);
    forbid(context, instance, "garp_lower_prio_repeat"_kw, 0);
    forbid(context, instance, "garp_lower_prio_delay"_kw, 0);
    if (const auto* line = ast::last_valid(*instance.node, "lower_prio_no_advert"_kw);
        line != nullptr && !ast::switched_on(*line)) {
        report(*line, "strict mode sends no advert to a router of lower priority; keepalived turns this on");
    }
    if (const auto* line = ast::last_valid(*instance.node, "higher_prio_send_advert"_kw);
        line != nullptr && ast::switched_on(*line)) {
        report(*line, "strict mode sends no advert to a router of higher priority; keepalived clears this");
    }
    const auto* accept = ast::last_valid(*instance.node, "accept"_kw);
    if (accept != nullptr && !ast::given(*instance.node, "no_accept"_kw) && !instance.is_address_owner() &&
        instance.version == 2) {
        report(*accept, "strict mode with version 2 does not accept packets for the address; keepalived clears this");
    }
    if (const auto* line = ast::last_valid(*instance.node, "no_virtual_ipaddress"_kw)) {
        report(*line, "strict mode needs a virtual address; keepalived clears this");
    }
    if (instance.unicast() && !instance.interface.empty()) {
        const auto* peers = ast::last_valid(*instance.node, "unicast_peer"_kw);
        report(peers == nullptr ? *instance.node : *peers,
               "strict mode has no unicast peers: keepalived does not start VRRP");
    }
    if (instance.uses_vmac) {
        if (const auto* line = ast::last_valid(*instance.node, "vmac_xmit_base"_kw)) {
            report(*line, "strict mode sends from the virtual MAC; keepalived clears vmac_xmit_base");
        }
        const auto* vmac = ast::last_valid(*instance.node, "use_vmac"_kw);
        for (std::size_t word = 0; vmac != nullptr && word < vmac->arguments.size(); ++word) {
            if (ast::text(*vmac, word).find(':') == std::string_view::npos) continue;
            context.report("strict-mode-conflict", Severity::error, ast::place(*vmac, word),
                           "strict mode uses the MAC address of the standard; keepalived drops this one");
        }
    }
    for (const auto& vip : instance.addresses) {
        if (vip.excluded || !vip.fits_family) continue;
        if (instance.family == Family::inet6 && !instance.unicast() && !ast::is_link_local(vip.address.address)) {
            report(*vip.entry, "in strict mode the first IPv6 address has to be link-local");
        }
        break;
    }
}

/// How many adverts may be missed, less the one that is due.
std::int64_t spare_adverts(const Context& context, const VrrpInstance& instance) {
    constexpr std::int64_t usual = 3;
    const auto* line = ast::last_valid(*instance.node, "down_timer_adverts"_kw);
    if (instance.strict) return usual - 1;
    for (const auto& node : context.root.children) {
        if (line != nullptr || !node.is("global_defs"_kw)) continue;
        line = ast::last_valid(node, "vrrp_down_timer_adverts"_kw);
    }
    return (line == nullptr ? usual : ast::integer(*line, 0).value_or(usual)) - 1;
}

void check_debounce(const Context& context, const VrrpInstance& instance, const Node& delays) {
    for (const auto& entry : delays.children) {
        if (!entry.valid || instance.interface.empty() || ast::text(entry, 0) != instance.interface) continue;
        const std::int64_t spare = spare_adverts(context, instance);
        const std::int64_t most = spare * instance.advert_interval;
        for (std::size_t word = 1; word < entry.arguments.size(); ++word) {
            const auto delay = ast::microseconds(entry, word).value_or(0);
            if (delay == 0 || delay < most) continue;
            auto& finding = context.report(
                "debounce-too-long", Severity::warning, ast::place(entry, word),
                spare == 0 ? std::string("there can be no delay with down_timer_adverts 1; keepalived uses none")
                           : fmt::format("the delay has to be less than {} advert_int, {} s; keepalived uses none",
                                         spare, static_cast<double>(most) / static_cast<double>(second)));
            add_note(finding, instance.node->head.where(), "for this instance");
            break;
        }
    }
}

}  // namespace

std::span<const RulePage> timing_pages() {
    return pages;
}

void check_timing(const Context& context, const model::VrrpConfiguration& vrrp) {
    const auto delays = context.root.all("interface_up_down_delays"_kw);
    for (const auto& instance : vrrp.instances) {
        if (instance.duplicate_of != nullptr) continue;
        check_interval(context, instance);
        check_preemption(context, instance);
        check_owner(context, instance);
        for (const auto* block : delays) check_debounce(context, instance, *block);
    }
}

void check_strict_mode(const Context& context, const model::VrrpConfiguration& vrrp) {
    for (const auto& instance : vrrp.instances) {
        if (instance.strict && instance.duplicate_of == nullptr) check_strict(context, instance);
    }
}

}  // namespace lbctl::validate
