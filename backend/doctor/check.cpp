#include "backend/doctor/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "backend/doctor/checks/list.h"
#include "backend/emit/shell_text.h"
#include "grammar/ast/argument_values.h"

namespace lbctl::doctor {

namespace {

constexpr RulePage not_looked_at{.id = "not-looked-at",
                                 .family = "doctor",
                                 .severity = Severity::info,
                                 .summary = "Something that could not be read",
                                 .detail = "What hangs on it is not known, and nothing is said of it.",
                                 .example = "",
                                 .origin = validate::Origin::lbctl};

std::string unread_text(const Unread& unread) {
    return fmt::format("{}: {}", unread.what, unread.why);
}

Result<std::vector<OwnServer>> own_servers(const Machine& machine, const emit::Configuration& configuration,
                                           const emit::Choices& choices) {
    const auto servers = emit::real_servers_of(configuration, choices);
    if (!servers) return tl::make_unexpected(servers.error());
    std::vector<OwnServer> own;
    std::vector<std::string> addresses;
    for (const emit::RealServer& server : *servers) {
        addresses.push_back(server.address.to_string());
        if (!machine.has_address(server.address)) continue;
        auto plan = emit::plan_for(configuration, choices, server);
        if (!plan) return tl::make_unexpected(plan.error());
        own.push_back({server, *std::move(plan)});
    }
    if (own.empty()) {
        constexpr std::size_t most = 8;
        if (addresses.size() > most) {
            addresses.resize(most);
            addresses.emplace_back("...");
        }
        return failure(fmt::format("{} has the address of no real server of {}", machine.name, configuration.name),
                       fmt::format("it has {}", fmt::join(addresses, ", ")));
    }
    return own;
}

}  // namespace

void Look::each_destination(
    const std::function<void(const table::WantedService&, const table::Destination&)>& take) const {
    for (const table::Wanted& state : configuration.states) {
        for (const table::WantedService& wanted : state.services) {
            for (const table::Destination& destination : wanted.service.destinations) take(wanted, destination);
        }
    }
}

table::SourcePlace Look::first_place(
    const std::function<bool(const table::WantedService&, const table::Destination&)>& holds) const {
    table::SourcePlace place;
    each_destination([&](const table::WantedService& wanted, const table::Destination& destination) {
        if (place.line == 0 && holds(wanted, destination)) place = wanted.place_of(destination);
    });
    return place;
}

std::vector<emit::VirtualAddress> Look::virtual_addresses() const {
    std::vector<emit::VirtualAddress> addresses = emit::virtual_addresses_of(configuration);
    for (const table::WantedService& wanted : services()) {
        const auto* key = std::get_if<table::AddressKey>(&wanted.service.key);
        if (key == nullptr ||
            std::ranges::find(addresses, key->address, &emit::VirtualAddress::address) != addresses.end())
            continue;
        addresses.push_back({key->address, ast::full_length(key->address.family()), {}, wanted.place});
    }
    return addresses;
}

Evidence Look::setting(std::string_view path) const {
    const std::string* value = machine.setting(path);
    return {fmt::format("/proc/sys/{}", path), value == nullptr ? "" : *value,
            value == nullptr ? "this kernel has no such setting" : fmt::format("it is {}", *value)};
}

Finding& Report::add(std::string message, const table::SourcePlace& place) {
    return findings_.emplace_back(Finding{check_->page.id,
                                          check_->page.severity,
                                          place,
                                          std::move(message),
                                          std::string(check_->page.detail),
                                          {},
                                          check_->source});
}

void Report::add_setting(const emit::HostSetting& setting, const table::SourcePlace& place) {
    const std::string* value = look_.machine.setting(setting.path);
    // What is not there, because the module is not loaded or a container hides it, is told by others.
    if (value == nullptr || setting.is_good(*value)) return;
    Finding& finding =
        add(fmt::format("{} is {}, and should be {}", sysctl_name(setting.path), *value, setting.value), place);
    finding.why = setting.why;
    finding.evidence.push_back(look_.setting(setting.path));
    finding.command = sysctl_command(setting.path, setting.value);
    finding.source = setting.source;
}

bool Report::can_read(std::string_view topic, std::string_view in_vain) {
    const auto found = std::ranges::find(look_.machine.unread, topic, &Unread::topic);
    if (found == look_.machine.unread.end()) return true;
    if (!told_.emplace(in_vain).second) return false;
    Finding& finding = findings_.emplace_back();
    finding.rule = not_looked_at.id;
    finding.severity = not_looked_at.severity;
    finding.message = fmt::format("not looked at: {}", in_vain);
    finding.why = not_looked_at.detail;
    for (const Unread& each : look_.machine.unread) {
        if (each.topic == topic) finding.evidence.push_back({each.what, each.why, unread_text(each)});
    }
    if (look_.machine.user != 0) finding.what_to_do = "run it as root";
    finding.source = "lbctl-doctor(1)";
    return false;
}

std::span<const Check* const> all_checks() {
    return checks;
}

std::vector<const RulePage*> all_pages() {
    std::vector<const RulePage*> pages;
    for (const Check* check : checks) pages.push_back(&check->page);
    pages.push_back(&not_looked_at);
    return pages;
}

const RulePage* find_page(std::string_view id) {
    for (const RulePage* page : all_pages()) {
        if (page->id == id) return page;
    }
    return nullptr;
}

Result<std::vector<Finding>> examine(const Machine& machine, const emit::Configuration& configuration,
                                     const emit::Choices& choices, Role role) {
    Look look{.machine = machine, .configuration = configuration, .choices = choices, .role = role};
    look.needs = emit::needs_of(configuration);
    look.each_destination([&](const table::WantedService&, const table::Destination& destination) {
        if (machine.has_address(destination.key.address)) look.needs.is_real_server = true;
    });
    if (role == Role::real_server) {
        auto own = own_servers(machine, configuration, choices);
        if (!own) return tl::make_unexpected(own.error());
        look.servers = *std::move(own);
    }
    Report report(look);
    for (const Check* check : checks) {
        const auto run = role == Role::director ? check->director : check->real_server;
        if (run == nullptr) continue;
        report.begin(*check);
        run(look, report);
    }
    return report.take();
}

std::string shell_word(std::string_view text) {
    constexpr std::string_view harmless = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.,:/=@+%";
    const bool bare = !text.empty() && text.find_first_not_of(harmless) == std::string_view::npos;
    return bare ? std::string(text) : emit::quoted_message(text);
}

std::string sysctl_name(std::string_view path) {
    // Names with dots are written with slashes, as for VLANs: eth0.5.
    std::string name(path);
    if (name.find('.') == std::string::npos) std::ranges::replace(name, '/', '.');
    return name;
}

std::string sysctl_command(std::string_view path, std::string_view value) {
    return fmt::format("sysctl -w {}", shell_word(fmt::format("{}={}", sysctl_name(path), value)));
}

}  // namespace lbctl::doctor
