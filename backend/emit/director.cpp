#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "backend/emit/add_new.h"
#include "backend/emit/emitter.h"
#include "backend/emit/host_script.h"
#include "backend/emit/host_settings.h"
#include "backend/emit/real_servers.h"
#include "backend/table/names.h"

namespace lbctl::emit {

namespace {

constexpr EmitterOption marks_option{
    .name = "--marks",
    .value_name = "MARK:PROTOCOL/PORT,...",
    .what = "which packets to the virtual addresses get which mark, as 7:tcp/80,7:tcp/443; or none",
    .words = {}};

/// One entry of --marks.
struct MarkedPort {
    std::uint32_t mark = 0;
    std::string protocol;
    std::string ports;  ///< "80" or "8000-8010"
};

template <class Number>
bool read_number(std::string_view text, Number least, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() && number >= least;
}

Result<MarkedPort> read_marked_port(std::string_view word) {
    const std::size_t colon = word.find(':');
    const std::size_t slash = word.find('/', std::min(colon, word.size()));
    MarkedPort entry;
    bool good = colon != std::string_view::npos && slash != std::string_view::npos &&
                read_number<std::uint32_t>(word.substr(0, colon), 1, entry.mark);
    if (good) {
        entry.protocol = word.substr(colon + 1, slash - colon - 1);
        entry.ports = word.substr(slash + 1);
        const std::string_view ports = entry.ports;
        const std::size_t dash = std::min(ports.find('-'), ports.size());
        std::uint16_t first = 0;
        std::uint16_t last = 0;
        good = (entry.protocol == "tcp" || entry.protocol == "udp" || entry.protocol == "sctp") &&
               read_number<std::uint16_t>(ports.substr(0, dash), 1, first) &&
               (dash == ports.size() || read_number<std::uint16_t>(ports.substr(dash + 1), first, last));
    }
    if (!good) return failure(fmt::format("--marks: `{}' is no MARK:PROTOCOL/PORT", word), "write it as 7:tcp/80");
    return entry;
}

Result<std::vector<MarkedPort>> read_marks(std::string_view text) {
    std::vector<MarkedPort> entries;
    if (text == "none") return entries;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(','));
        auto entry = read_marked_port(word);
        if (!entry) return tl::make_unexpected(entry.error());
        entries.push_back(*std::move(entry));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
    }
    return entries;
}

class DirectorScript {
public:
    DirectorScript(const Configuration& configuration, const Choices& choices)
        : configuration_(configuration),
          choices_(choices),
          script_(fmt::format("Sets up a director of {}; written by `lbctl emit director'.", configuration.name),
                  "director") {}

    Result<std::string> write() {
        script_.note("Run it on every director, before keepalived or `lbctl apply' makes the table. It is for:");
        for (const table::WantedService& wanted : services())
            script_.note(fmt::format("  {} ({})", wanted.name, table::to_string(wanted.place)));
        const DirectorNeeds needs = needs_of(configuration_);
        write_modules();
        write_forwarding(needs);
        write_settings(needs);
        if (auto marks = write_marks(); !marks) return tl::make_unexpected(marks.error());
        if (!configuration_.instances.empty()) {
            script_.heading("keepalived moves the virtual addresses, makes the table and looks after it.");
            script_.step(StepKind::started_unit, {"keepalived.service"});
        }
        return script_.text();
    }

private:
    [[nodiscard]] const std::vector<table::WantedService>& services() const {
        return configuration_.states.front().services;
    }

    void write_modules() {
        std::vector<std::string> modules{"ip_vs"};
        for (const table::WantedService& wanted : services()) {
            add_new(modules, "ip_vs_" + wanted.service.scheduler);
            if (wanted.service.persistence && !wanted.service.persistence->engine.empty())
                add_new(modules, "ip_vs_pe_" + wanted.service.persistence->engine);
        }
        script_.heading("IPVS, and the schedulers and engines that the services name.");
        for (const std::string& name : modules) script_.step(StepKind::module, {name});
    }

    void write_forwarding(const DirectorNeeds& needs) {
        if (!needs.inet_forwarding && !needs.inet6_forwarding) return;
        script_.heading("Direct routing works without this, NAT and tunnels do not.");
        const std::string why(needs.why_forwarding());
        if (needs.inet_forwarding) script_.step(StepKind::forwarding, {"ipv4", why});
        if (!needs.inet6_forwarding) return;
        script_.note("A machine that forwards IPv6 takes no router advertisements unless accept_ra is 2.");
        script_.step(StepKind::forwarding, {"ipv6", why});
    }

    void write_settings(const DirectorNeeds& needs) {
        script_.heading("Settings of the kernel; each line says why.");
        for (const HostSetting& setting : director_settings(configuration_, needs))
            script_.step(StepKind::setting, {setting.path, setting.value, setting.good, std::string(setting.why)});
    }

    Result<void> write_marks() {
        auto entries = read_marks(choices_.value(marks_option.name));
        if (!entries) return tl::make_unexpected(entries.error());
        const bool marked_elsewhere = choices_.value(marks_option.name) == "none";
        bool first = true;
        for (const table::WantedService& wanted : services()) {
            const auto* key = std::get_if<table::FwmarkKey>(&wanted.service.key);
            if (key == nullptr || !wanted.marked.empty() || marked_elsewhere) continue;
            auto addresses = virtual_addresses_of(configuration_, choices_, wanted);
            if (!addresses) return tl::make_unexpected(addresses.error());
            if (first) script_.heading("Services by mark: which packets get it.");
            first = false;
            script_.note(fmt::format("{} ({})", wanted.name, table::to_string(wanted.place)));
            bool found = false;
            for (const MarkedPort& entry : *entries) {
                if (entry.mark != key->mark) continue;
                found = true;
                for (const IpAddress& address : *addresses) {
                    script_.step(StepKind::mark_rule,
                                 {std::to_string(entry.mark), address.family() == Family::inet ? "ip" : "ip6",
                                  address.to_string(), entry.protocol, entry.ports});
                }
            }
            if (found) continue;
            return failure(
                fmt::format("{} ({}) finds its packets by a mark, and the file does not say which get it", wanted.name,
                            table::to_string(wanted.place)),
                fmt::format("name them with --marks {}:tcp/80, or say --marks none where others mark them", key->mark));
        }
        return {};
    }

    const Configuration& configuration_;
    const Choices& choices_;
    HostScript script_;
};

Result<std::vector<Document>> director_script(const Configuration& configuration, const Choices& choices) {
    if (configuration.states.front().services.empty())
        return failure(fmt::format("{} has no virtual server, so there is nothing to set up", configuration.name));
    auto text = DirectorScript(configuration, choices).write();
    if (!text) return tl::make_unexpected(text.error());
    return std::vector<Document>{{"director.sh", {}, *std::move(text)}};
}

constexpr std::array director_options{marks_option, vip_option};

}  // namespace

extern const Emitter director_emitter{.kind = "director",
                                      .what = "a script that sets up a director",
                                      .emit = director_script,
                                      .options = director_options,
                                      .reads = Reads::hosts};

}  // namespace lbctl::emit
