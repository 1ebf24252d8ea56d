#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "grammar/rules/checkers/settings.h"

namespace lbctl::rules {

namespace {

bool speaks_tls(std::uint16_t port) {
    return port == 443 || port == 8443;
}

bool speaks_plain(std::uint16_t port) {
    return port == 80 || port == 8080;
}

/// Servers answer 400 to plain HTTP at their TLS port, which some take for a sign of life.
bool expects_bad_request(const Context& context, const CheckerPlace& place) {
    constexpr std::size_t bad_request = 400 - model::lowest_status;
    const model::Checker checker = resolve(context, place);
    const auto* http = std::get_if<model::HttpCheck>(&checker.details);
    return http != nullptr &&
           std::ranges::any_of(http->urls, [](const model::Url& url) { return url.good_status.test(bad_request); });
}

void check(const Context& context, const CheckerPlace& place) {
    const bool is_plain = place.kind == model::CheckerKind::http;
    const std::uint16_t port = asked_port(place.server, place.node);
    if (is_plain ? !speaks_tls(port) || expects_bad_request(context, place) : !speaks_plain(port)) return;
    context.report("http-tls-port", Severity::info, place.node.head.where(),
                   is_plain
                       ? fmt::format("HTTP_GET speaks plain HTTP to port {}, where servers expect TLS: SSL_GET is for "
                                     "https",
                                     port)
                       : fmt::format("SSL_GET begins TLS at port {}, where servers expect plain HTTP: HTTP_GET is for "
                                     "that",
                                     port));
}

}  // namespace

extern const Rule http_tls_port{
    .page =
        {.id = "http-tls-port",
         .family = "checkers",
         .severity = Severity::info,
         .summary = "HTTP_GET at a port of HTTPS, or SSL_GET at a port of HTTP",
         .detail =
             "HTTP_GET never uses TLS and SSL_GET always does (keepalived.conf(5)). Port 443 is for HTTP over TLS and "
             "80 for "
             "plain HTTP (RFC 9110 sections 4.2.1 and 4.2.2), 8443 and 8080 by custom. A TLS server answers plain HTTP "
             "with "
             "400 or closes, a plain one does not understand a TLS hello: the check fails. Use the other keyword, or "
             "`connect_port' if the health page has a port of its own.",
         .example =
             "real_server 10.0.0.2 443 {\n    HTTP_GET {\n        url {\n            path /\n        }\n    }\n}",
         .origin = Origin::lbctl},
    .checker = check,
    .kinds = {model::CheckerKind::http, model::CheckerKind::https}};

}  // namespace lbctl::rules
