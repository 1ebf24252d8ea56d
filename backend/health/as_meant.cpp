#include "backend/health/as_meant.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "backend/health/digest.h"
#include "backend/health/http_page.h"
#include "backend/health/page_search.h"
#include "grammar/base/ascii.h"

namespace lbctl::health {

namespace {

std::string digest_of(std::string_view bytes) {
    Digest digest;
    digest.add(bytes);
    return digest.finish();
}

/// What the page itself comes to.
Verdict judge_page(const model::Url& url, const HttpPage& page, bool closed) {
    if (!page.is_complete) {
        if (!closed) return {State::down, "the answer did not come to its end in time"};
        if (!page.announced) return {State::down, "the answer ended before its last chunk"};
        return {State::down, fmt::format("the answer ended after {} of {} bytes", page.body.size(), *page.announced)};
    }
    if (!url.accepts(page.status)) return {State::down, fmt::format("HTTP {}", page.status)};
    if (!url.digest.empty() && !base::equal_in_any_case(url.digest, digest_of(page.decoded)) &&
        !base::equal_in_any_case(url.digest, digest_of(page.body)))
        return {State::down, fmt::format("the digest is {}", digest_of(page.decoded))};
    if (url.regex) {
        const auto found = is_found_in(*url.regex, page.decoded);
        if (!found) return {State::none, "the regex does not compile"};
        if (*found == url.regex->must_not_match) {
            return {State::down, url.regex->must_not_match ? "the body matches the regular expression"
                                                           : "the body does not match the regular expression"};
        }
    }
    return {State::up, fmt::format("a whole answer, HTTP {}", page.status)};
}

std::optional<Verdict> judge_http(const model::HttpCheck& http, std::size_t url, const Evidence& evidence,
                                  const Verdict& keepalived) {
    if (!evidence.certificate_fault.empty() && keepalived.state == State::up)
        return Verdict{State::down, fmt::format("the certificate is not valid: {}", evidence.certificate_fault)};
    if (evidence.is_cut || keepalived.state == State::none || evidence.answer.empty()) return std::nullopt;
    const bool closed = evidence.ending.has_value();
    const auto page = read_http_page(evidence.answer, closed);
    if (!page) return Verdict{State::down, "this is no HTTP/1 answer"};
    Verdict verdict = judge_page(http.urls.at(url), *page, closed);
    if (!evidence.certificate_fault.empty() && verdict.state == State::up)
        return Verdict{State::down, fmt::format("the certificate is not valid: {}", evidence.certificate_fault)};
    return verdict;
}

/// RFC 5321 section 4.2.1: a reply may have several lines, and a line need not have text.
std::optional<Verdict> judge_smtp(const Evidence& evidence, const Verdict& keepalived) {
    if (keepalived.state != State::down) return std::nullopt;
    const std::string_view wanted = evidence.sent.empty() ? "220" : "250";
    const std::size_t last =
        evidence.answer.rfind(wanted, 0) == 0 ? 0 : evidence.answer.rfind("\n" + std::string(wanted));
    if (last == std::string::npos || evidence.sent.starts_with("QUIT")) return std::nullopt;
    const std::string_view line = std::string_view(evidence.answer).substr(last == 0 ? 0 : last + 1);
    if (!line.ends_with('\n') || line.size() <= wanted.size()) return std::nullopt;
    const char next = line[wanted.size()];
    if (next != '-' && next != '\r' && next != '\n' && next != ' ') return std::nullopt;
    return Verdict{State::up, fmt::format("the reply {} is a good one by RFC 5321", wanted)};
}

std::optional<Verdict> judge_dns(const Evidence& evidence, const Verdict& keepalived) {
    constexpr std::size_t answers_at = 6;
    if (keepalived.state != State::up) return std::nullopt;
    const bool has_answer = evidence.answer.size() > answers_at + 1 &&
                            (evidence.answer[answers_at] != 0 || evidence.answer[answers_at + 1] != 0);
    if (has_answer) return std::nullopt;
    return Verdict{State::down, "the reply holds no answer to the question"};
}

std::optional<Verdict> judge_udp(const model::UdpCheck& udp, const Evidence& evidence, const Verdict& keepalived) {
    if (keepalived.state != State::up) return std::nullopt;
    if (!evidence.has_datagram) return Verdict{State::none, "nothing came, so nobody knows whether it serves"};
    if (!udp.reply_needed) return std::nullopt;
    const std::size_t size = evidence.answer.size();
    if (size < udp.pattern.size())
        return Verdict{State::down,
                       fmt::format("the reply has {} bytes, and the pattern {}", size, udp.pattern.size())};
    const model::UdpCheck built_in;
    const bool has_limits =
        udp.shortest_reply != built_in.shortest_reply || udp.longest_reply != built_in.longest_reply;
    if (has_limits && (size < udp.shortest_reply || size > udp.longest_reply)) {
        return Verdict{State::down, fmt::format("a reply of {} bytes, wanted {} to {}", size, udp.shortest_reply,
                                                udp.longest_reply)};
    }
    return std::nullopt;
}

std::optional<Verdict> judge_ping(const Evidence& evidence, const Verdict& keepalived) {
    constexpr std::size_t icmp_header = 8;
    if (keepalived.state != State::up || evidence.sent.size() < icmp_header || evidence.answer.size() < icmp_header)
        return std::nullopt;
    if (std::string_view(evidence.answer).substr(icmp_header) == std::string_view(evidence.sent).substr(icmp_header))
        return std::nullopt;
    return Verdict{State::down, "the echo reply has other data than the request"};
}

std::optional<Verdict> judge(const model::Checker& checker, std::size_t url, const Evidence& evidence,
                             const Verdict& keepalived) {
    using enum model::CheckerKind;
    switch (checker.kind) {
        case http:
        case https:
            return judge_http(std::get<model::HttpCheck>(checker.details), url, evidence, keepalived);
        case smtp:
            return judge_smtp(evidence, keepalived);
        case dns:
            return judge_dns(evidence, keepalived);
        case udp:
            return judge_udp(std::get<model::UdpCheck>(checker.details), evidence, keepalived);
        case ping:
            return judge_ping(evidence, keepalived);
        case tcp:
        case misc:
        case file:
        case bfd:
            break;
    }
    return std::nullopt;
}

}  // namespace

void Evidence::note(bool is_datagram, std::string_view bytes) {
    if (is_datagram) {
        has_datagram = true;
        answer = bytes;
        return;
    }
    if (is_cut) return;
    if (bytes.size() > most_kept - answer.size()) {
        is_cut = true;
        answer = std::string();  // gives the memory back
        return;
    }
    answer += bytes;
}

std::optional<Verdict> verdict_as_meant(const model::Checker& checker, std::size_t url, const Evidence& evidence,
                                        const Verdict& keepalived) {
    auto verdict = judge(checker, url, evidence, keepalived);
    if (verdict && verdict->state == keepalived.state) return std::nullopt;
    return verdict;
}

}  // namespace lbctl::health
