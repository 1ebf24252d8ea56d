#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "backend/emit/emitter.h"
#include "backend/emit/host_script.h"
#include "backend/emit/real_server_files.h"
#include "backend/emit/real_server_plan.h"
#include "backend/emit/real_servers.h"
#include "backend/table/names.h"

namespace lbctl::emit {

namespace {

constexpr std::array<std::string_view, 5> forms{"script", "systemd-networkd", "ifupdown", "netplan", "nmcli"};

constexpr EmitterOption as_option{
    .name = "--as",
    .value_name = "FORM",
    .what = "with files, too, by which the server sets itself up when it starts; script: without",
    .words = forms};

class RealServerScript {
public:
    RealServerScript(const Configuration& configuration, const RealServer& server, const RealServerPlan& plan,
                     const FileForm* form)
        : server_(server),
          plan_(plan),
          form_(form),
          own_(server.address.to_string()),
          script_(fmt::format("Sets up the real server {} for the services of {}; written by `lbctl emit real-server'.",
                              own_, configuration.name),
                  fmt::format("real-server-{}", own_),
                  form == nullptr ? HostScript::Lasts::until_reboot : HostScript::Lasts::beyond_reboot) {}

    Result<std::string> write() {
        script_.note("It serves:");
        for (const std::string& line : served_lines(server_)) script_.note("  " + line);
        script_.heading("No other machine is changed by mistake.");
        script_.step(StepKind::here, {own_});
        write_tunnels();
        write_addresses();
        write_segment_sizes();
        if (plan_.gateway) {
            script_.heading(fmt::format(
                "NAT: answers must go back through the director that changed the packets; its inside address: {}",
                plan_.gateway->from));
            script_.step(StepKind::default_route, {family_option(), plan_.gateway->address.to_string(), own_});
        }
        if (form_ == nullptr) return script_.text();
        const auto files = form_->write(plan_);
        if (!files) return tl::make_unexpected(files.error());
        script_.heading(fmt::format("The same when the machine starts, by {}.", form_->word));
        if (!plan_.segment_sizes.empty())
            script_.note("The size of segments is not among it: then all hangs on path MTU discovery.");
        for (const HostFile& file : *files)
            script_.step(StepKind::file, {file.path, std::string(file.mode), file.text});
        return script_.text();
    }

private:
    [[nodiscard]] std::string family_option() const { return server_.address.family() == Family::inet ? "-4" : "-6"; }

    void write_setting(const HostSetting& setting) {
        script_.step(StepKind::setting, {setting.path, setting.value, setting.good, std::string(setting.why)});
    }

    void write_tunnels() {
        for (const PlannedTunnel& tunnel : plan_.tunnels) {
            script_.heading("The device on which tunnelled packets come out.");
            script_.step(StepKind::module, {std::string(tunnel.module)});
            std::vector<std::string> words{std::string(tunnel.name), std::string(tunnel.link_type), own_};
            std::ranges::copy(link_options(tunnel), std::back_inserter(words));
            script_.step(StepKind::tunnel, words);
            if (tunnel.takes_inet) write_setting(reverse_path_setting(tunnel.name));
        }
        if (plan_.gue_ports.empty()) return;
        script_.heading("GUE: the kernel takes such UDP packets for tunnelled ones (ip-fou(8)).");
        script_.step(StepKind::module, {"fou"});
        for (const std::uint16_t port : plan_.gue_ports)
            script_.step(StepKind::gue_port, {std::to_string(port), family_option()});
    }

    void write_addresses() {
        if (plan_.addresses.empty()) return;
        if (!plan_.settings.empty()) {
            script_.heading(
                "Only the director may answer ARP for the virtual addresses, so this comes before they do.");
            for (const HostSetting& setting : plan_.settings) write_setting(setting);
        }
        script_.heading("The virtual addresses, or the packets would not be for this machine.");
        if (std::ranges::any_of(plan_.addresses, [](const PlannedAddress& planned) {
                return planned.address.family() == Family::inet6;
            }))
            script_.note("IPv6 asks nothing else: neighbours are told only addresses of the interface that is asked.");
        for (const PlannedAddress& planned : plan_.addresses)
            script_.step(StepKind::address, {with_full_length(planned.address), std::string(planned.device)});
    }

    void write_segment_sizes() {
        if (plan_.segment_sizes.empty()) return;
        script_.heading("MTU: what clients send must still fit with the tunnel's headers before it.");
        for (const PlannedSegmentSize& planned : plan_.segment_sizes) {
            script_.step(StepKind::segment_size,
                         {planned.address.to_string(), own_, std::to_string(planned.header_bytes),
                          planned.address.family() == Family::inet ? "ip" : "ip6"});
        }
    }

    const RealServer& server_;
    const RealServerPlan& plan_;
    const FileForm* form_;
    std::string own_;
    HostScript script_;
};

Result<std::vector<Document>> real_server_scripts(const Configuration& configuration, const Choices& choices) {
    const auto form = std::ranges::find(file_forms(), choices.word(as_option), &FileForm::word);
    return for_each_real_server(configuration, choices, ".sh", [&](const RealServer& server) -> Result<std::string> {
        const auto plan = plan_for(configuration, choices, server);
        if (!plan) return tl::make_unexpected(plan.error());
        return RealServerScript(configuration, server, *plan, form == file_forms().end() ? nullptr : &*form).write();
    });
}

constexpr std::array real_server_options{as_option, for_option, vip_option, gateway_option};

}  // namespace

extern const Emitter real_server_emitter{.kind = "real-server",
                                         .what = "scripts that set up Linux real servers",
                                         .emit = real_server_scripts,
                                         .options = real_server_options,
                                         .reads = Reads::hosts};

}  // namespace lbctl::emit
