#include "cli/commands/check_digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "backend/health/page_digests.h"
#include "cli/print.h"
#include "cli/render/check_report.h"
#include "cli/render/digest_report.h"
#include "cli/report_failure.h"
#include "grammar/base/address.h"

namespace lbctl::cli {

namespace {

constexpr std::uint32_t http_port = 80;
constexpr std::uint32_t https_port = 443;

struct Format {
    std::string_view name;
    std::string (*write)(std::span<const health::DigestedPage> pages);
};
constexpr std::array machine_formats = std::to_array<Format>({{"json", digest_json}, {"ndjson", digest_ndjson}});

}  // namespace

Option add_digest_options(Command command, DigestOptions& options) {
    const Option digest = command.flag(
        "--digest", options.wanted, "print the digest that each page of HTTP_GET and SSL_GET has now, as genhash does");
    const Option url =
        command.option("-u,--url", options.url, "with --digest: of this page of --server alone, without a file")
            .type_name("PATH")
            .needs(digest);
    command.option("-p,--port", options.port, "its port (80, with --use-ssl 443)")
        .type_name("PORT")
        .within(1U, 65'535U)
        .needs(url);
    command.flag("-S,--use-ssl", options.tls, "ask for it by TLS").needs(url);
    command.flag("-I,--use-sni", options.sends_server_name, "name the virtual host in the TLS handshake").needs(url);
    command.option("-V,--use-virtualhost", options.virtual_host, "the Host that is asked for (address and port)")
        .type_name("HOST")
        .needs(url);
    command.option("-P,--protocol,--use-protocol", options.protocol, "1.0, 1.0c (with Connection: close) or 1.1 (1.0)")
        .one_of({"1.0", "1.0c", "1.0C", "1.1"})
        .needs(url);
    command.option("-t,--timeout", options.timeout, "how long to wait, as connect_timeout does (5)")
        .type_name("SECONDS")
        .within(0.001, 4294.0)
        .needs(url);
    command.option("-m,--fwmark", options.fwmark, "firewall mark of the packets").type_name("MARK").needs(url);
    command.option("-H,--hash", options.hash, "the kind of digest; keepalived has one").one_of({"md5"}).needs(url);
    command.flag("-v,--verbose", options.verbose, "show the request, the header and the body, and how long it took")
        .needs(url);
    return digest;
}

ExitStatus print_digest(const DigestOptions& options, const std::string& server, const Streams& streams) {
    const auto address = IpAddress::parse(server);
    if (!address) {
        return report_failure(streams,
                              {fmt::format("`{}' is no address that could be asked for {}", server, options.url),
                               "--url needs --server with an address, such as -s 192.0.2.10"});
    }
    health::PageRequest request;
    request.address = *address;
    request.port = static_cast<std::uint16_t>(options.port != 0 ? options.port : options.tls ? https_port : http_port);
    request.path = options.url;
    request.virtual_host = options.virtual_host;
    request.protocol = options.protocol;
    request.tls = options.tls;
    request.sends_server_name = options.sends_server_name;
    request.fwmark = options.fwmark;
    request.timeout = std::chrono::round<std::chrono::microseconds>(std::chrono::duration<double>(options.timeout));
    health::RoundOptions round;
    round.traces = options.verbose;
    const auto result = health::digest_page(request, round);
    if (!result) return report_failure(streams, result.error());
    if (options.verbose) print_text(streams.out, page_dump(*result));
    if (!result->page) {
        return report_failure(
            streams, {fmt::format("{} of {} has no digest: {}", options.url, with_port(request.address, request.port),
                                  escaped_bytes(result->verdict.reason)),
                      {}});
    }
    print_text(streams.out, result->page->digest + "\n");
    if (options.verbose) print_text(streams.out, fmt::format("after {:.6f} s\n", result->seconds));
    return ExitStatus::ok;
}

ExitStatus print_digests(const health::CheckedServices& checked, const health::RoundOptions& round,
                         const source::Sources& sources, const std::string& format, const Streams& streams) {
    const auto* const machine = std::ranges::find(machine_formats, format, &Format::name);
    if (machine == machine_formats.end() && format != "text") {
        return report_failure(
            streams, {fmt::format("--digest is not printed as {}", format), "its formats are text, json and ndjson"});
    }
    const auto pages = health::digest_pages(checked, round);
    if (!pages) return report_failure(streams, pages.error());
    if (pages->empty()) {
        print(streams.err, "lbctl: no HTTP_GET and no SSL_GET has a url here: there are no pages\n");
    }
    print_text(streams.out, machine == machine_formats.end() ? digest_text(*pages, sources) : machine->write(*pages));
    const bool all_well = std::ranges::all_of(*pages, [](const health::DigestedPage& page) {
        const health::DigestState state = health::state_of(page);
        return state == health::DigestState::same || state == health::DigestState::absent;
    });
    return all_well ? ExitStatus::ok : ExitStatus::findings;
}

}  // namespace lbctl::cli
