#include <fmt/format.h>

#include <algorithm>

#include "backend/emit/emitter.h"
#include "backend/emit/shell_text.h"
#include "backend/ipvsadm/saved_table.h"
#include "backend/table/names.h"

namespace lbctl::emit {

using ipvsadm::SavedForm;

namespace {

/// The functions of the script. Of the two calls the first is the one that may fail, so a message that is shown belongs
/// to a service or a server that could not be added.
constexpr std::string_view functions = R"(
# service SERVICE OPTION...: edits the service, or adds it
# shellcheck disable=SC2086
service() {
    key=$1
    shift
    ipvsadm -E $key "$@" 2>/dev/null || ipvsadm -A $key "$@"
}

# server SERVICE ADDRESS:PORT OPTION...: the same for a real server
# shellcheck disable=SC2086
server() {
    key=$1 real=$2
    shift 2
    ipvsadm -e $key -r "$real" "$@" 2>/dev/null || ipvsadm -a $key -r "$real" "$@"
}

# only SERVICE ADDRESS:PORT...: takes all other real servers out that were there before
# shellcheck disable=SC2086
only() {
    key=$1
    shift
    pattern=$(printf %s "${as:-$key}" | sed 's/[].[]/\\&/g')
    printf '%s\n' "$before" | sed -n "s/^-a $pattern -r \([^ ]*\) .*/\1/p" | while read -r real; do
        case " $* " in
        *" $real "*) ;;
        *) ipvsadm -d $key -r "$real" ;;
        esac
    done
}
)";

std::string service_comment(const table::WantedService& wanted) {
    if (wanted.place.line == 0) return comment(wanted.name);
    return comment(fmt::format("{} ({}:{})", wanted.name, wanted.place.file(), wanted.place.line));
}

/// Options for sh. Some words come from a file as they are (schedulers, engines), and the script is run by root.
std::string quoted_options(std::string_view options) {
    constexpr std::string_view harmless = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.,:/";
    std::string text;
    while (!options.empty()) {
        const std::size_t end = std::min(options.find(' '), options.size());
        const std::string_view word = options.substr(0, end);
        if (!word.empty())
            text +=
                ' ' + (word.find_first_not_of(harmless) == std::string_view::npos ? std::string(word) : quoted(word));
        options.remove_prefix(std::min(end + 1, options.size()));
    }
    return text;
}

void write_service(std::string& text, const table::WantedService& wanted) {
    const table::Service& service = wanted.service;
    const std::string key = ipvsadm::saved_key(service.key);
    const std::string rest = ipvsadm::saved_service(service, ipvsadm::SavedForm::complete).substr(key.size());
    text += fmt::format("\n{}service '{}'{}\n", service_comment(wanted), key, quoted_options(rest));
    std::string destinations;
    for (const table::Destination& destination : service.destinations) {
        const std::string name = table::to_string(destination.key);
        const std::string line = ipvsadm::saved_destination(service.key, destination, ipvsadm::SavedForm::complete);
        const std::size_t options = key.size() + std::string_view(" -r ").size() + name.size();
        text += fmt::format("server '{}' '{}'{}\n", key, name, quoted_options(line.substr(options)));
        destinations += fmt::format(" '{}'", name);
    }
    // ipvsadm prints marks above 2^31 as negative numbers, and the script searches in what it prints.
    const std::string printed = ipvsadm::saved_key(service.key, ipvsadm::SavedForm::ipvsadm);
    if (printed != key) text += fmt::format("as='{}'\n", printed);
    text += fmt::format("only '{}'{}\n", key, destinations);
    if (printed != key) text += "as=\n";
}

/// The script can run any number of times: it adds what is missing, edits what is there, and takes destinations out of
/// its services that are not wanted; other services stay. It stops at the first error.
Result<std::vector<Document>> script(const Configuration& configuration, const Choices&) {
    const table::Wanted& wanted = configuration.wanted;
    std::string text = "#!/bin/sh\n";
    text += comment(fmt::format("The IPVS table of {}, written by lbctl", configuration.name));
    if (!wanted.net_namespace_ipvs.empty()) {
        text += comment(
            fmt::format("Run it in the network namespace: ip netns exec {} sh SCRIPT", wanted.net_namespace_ipvs));
    }
    text += "set -eu\n";
    text += functions;
    const table::Timeouts& timeouts = wanted.timeouts;
    if (timeouts != table::Timeouts{}) {
        text += fmt::format("\nipvsadm --set {} {} {}\n", timeouts.tcp, timeouts.tcp_fin, timeouts.udp);
    }
    if (wanted.daemons) {
        text += "\n# sync daemons: they cannot be edited, only started anew\n";
        for (const std::string_view state : {"master", "backup"}) {
            text += fmt::format("ipvsadm --stop-daemon {} 2>/dev/null || true\n", state);
        }
        for (const table::SyncDaemon& daemon : *wanted.daemons) {
            text += fmt::format(
                "ipvsadm --start-daemon {} --mcast-interface {}{}\n", table::to_string(daemon.state),
                quoted(daemon.interface),
                quoted_options(ipvsadm::saved_daemon(daemon).substr(
                    fmt::format("{} --mcast-interface {}", table::to_string(daemon.state), daemon.interface).size())));
        }
    }
    if (wanted.flush) text += "\n# lvs_flush\nipvsadm -C\n";
    if (!wanted.services.empty())
        text += "\n# what is there before; asked once, for every service is looked up in it\nbefore=$(ipvsadm -S -n)\n";
    for (const table::WantedService& service : wanted.services) write_service(text, service);
    return std::vector<Document>{{"ipvs-table.sh", {}, std::move(text)}};
}

}  // namespace

extern const Emitter ipvsadm_emitter{
    .kind = "ipvsadm", .what = "an sh script of ipvsadm calls that can run again and again", .emit = script};

}  // namespace lbctl::emit
