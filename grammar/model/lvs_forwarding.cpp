#include "grammar/model/lvs_forwarding.h"

#include "grammar/ast/argument_values.h"

namespace lbctl::model {

namespace {

std::optional<ForwardingKind> kind_of(std::string_view word) {
    if (word == "NAT") return ForwardingKind::nat;
    if (word == "DR") return ForwardingKind::direct_routing;
    if (word == "TUN") return ForwardingKind::tunnel;
    return std::nullopt;
}

/// A method with the options after it; nothing when they do not go together.
std::optional<Forwarding> with_options(ForwardingKind kind, const ast::Node& line) {
    Forwarding read{.kind = kind};
    for (std::size_t i = 1; i < line.arguments.size(); ++i) {
        const std::string_view word = ast::text(line, i);
        if (word == "type") {
            const std::string_view type = ast::text(line, ++i);
            read.tunnel = type == "gue" ? TunnelKind::gue : type == "gre" ? TunnelKind::gre : TunnelKind::ipip;
        } else if (word == "port") {
            read.tunnel_port = static_cast<std::uint16_t>(ast::integer(line, ++i).value_or(0));
        } else if (word == "csum") {
            read.checksums = TunnelChecksums::checksum;
        } else if (word == "remcsum") {
            read.checksums = TunnelChecksums::remote_checksum;
        } else if (word == "nocsum") {
            read.checksums = TunnelChecksums::none;
        }
    }
    const bool port_fits = (read.tunnel_port != 0) == (read.tunnel == TunnelKind::gue);
    const bool checksums_fit = read.checksums == TunnelChecksums::none || read.tunnel == TunnelKind::gue ||
                               (read.tunnel == TunnelKind::gre && read.checksums == TunnelChecksums::checksum);
    return port_fits && checksums_fit ? std::optional(read) : std::nullopt;
}

}  // namespace

void read_forwarding(const ast::Node& line, std::optional<Forwarding>& forwarding) {
    const auto kind = kind_of(ast::text(line, 0));
    if (!kind) return;
    const auto read = line.valid ? with_options(*kind, line) : std::nullopt;
    // Options that are refused leave those of the line before in force.
    if (!forwarding) forwarding.emplace();
    forwarding->kind = *kind;
    if (read) forwarding = read;
}

}  // namespace lbctl::model
