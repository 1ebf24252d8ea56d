#include "backend/health/page_digests.h"

#include <utility>

#include "grammar/base/ascii.h"

namespace lbctl::health {

namespace {

/// The checker with one of its urls alone, so that a page which fails does not hide the next one.
model::Checker with_one_url(const model::Checker& checker, const model::Url& url) {
    model::Checker one = checker;
    std::get<model::HttpCheck>(one.details).urls = {url};
    return one;
}

}  // namespace

DigestState state_of(const DigestedPage& page) {
    if (!page.result.page) return DigestState::unknown;
    if (page.url->digest.empty()) return DigestState::absent;
    return base::equal_in_any_case(page.url->digest, page.result.page->digest) ? DigestState::same : DigestState::other;
}

Result<std::vector<DigestedPage>> digest_pages(const CheckedServices& checked, RoundOptions options) {
    std::vector<DigestedPage> pages;
    std::vector<model::Checker> checkers;
    for (const CheckedService& service : checked.services) {
        for (const CheckedServer& server : service.servers) {
            for (std::size_t i = 0; i < server.checker_count; ++i) {
                const model::Checker& checker = checked.checkers[server.first_checker + i];
                const auto* http = std::get_if<model::HttpCheck>(&checker.details);
                if (http == nullptr || checker.removal != model::Removal::none) continue;
                for (const model::Url& url : http->urls) {
                    pages.push_back({&service, &server, &url, {}});
                    checkers.push_back(with_one_url(checker, url));
                }
            }
        }
    }
    options.wants_digests = true;
    auto results = run_first_round(checkers, options);
    if (!results) return tl::make_unexpected(results.error());
    for (std::size_t i = 0; i < pages.size(); ++i) pages[i].result = std::move((*results)[i]);
    return pages;
}

Result<CheckResult> digest_page(const PageRequest& request, RoundOptions options) {
    model::Checker checker;
    checker.kind = request.tls ? model::CheckerKind::https : model::CheckerKind::http;
    checker.endpoint.address = request.address;
    checker.endpoint.port = request.port;
    checker.endpoint.fwmark = request.fwmark;
    checker.timing.connect_timeout.value = request.timeout;
    model::HttpCheck http;
    http.tls = request.tls;
    http.protocol = request.protocol;
    model::Url url;
    url.path = request.path;
    url.good_status.set();
    url.virtual_host.value = request.virtual_host;
    if (request.sends_server_name) url.server_name.value = request.virtual_host;
    http.urls.push_back(std::move(url));
    checker.details = std::move(http);
    options.wants_digests = true;
    auto results = run_first_round({&checker, 1}, options);
    if (!results) return tl::make_unexpected(results.error());
    return std::move(results->front());
}

}  // namespace lbctl::health
