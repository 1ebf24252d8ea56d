#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/base/ascii.h"
#include "grammar/rules/checkers/settings.h"

namespace lbctl::rules {

namespace {

/// MD5 of no bytes at all (RFC 1321 section A.5).
constexpr std::string_view digest_of_no_bytes = "d41d8cd98f00b204e9800998ecf8427e";

bool is_of_nothing(std::string_view digest) {
    return base::equal_in_any_case(digest, digest_of_no_bytes);
}

/// Whether each status that is good has no body, or mostly none: 1xx, 204, 205, 3xx (RFC 9110 section 15).
bool has_no_body(const model::Url& url) {
    for (std::size_t i = 0; i < url.good_status.size(); ++i) {
        const std::size_t status = i + model::lowest_status;
        const bool bare = status < 200 || status == 204 || status == 205 || (status >= 300 && status < 400);
        if (url.good_status.test(i) && !bare) return false;
    }
    return true;
}

void check(const Context& context, const CheckerPlace& place) {
    for (const ast::Node& child : place.node.children) {
        if (!child.is("url"_kw)) continue;
        const ast::Node* line = ast::last_valid(child, "digest"_kw);
        if (line == nullptr || !is_of_nothing(ast::text(*line, 0))) continue;
        const model::Checker checker = resolve(context, place);
        const auto* http = std::get_if<model::HttpCheck>(&checker.details);
        if (http == nullptr) continue;
        const auto url = std::ranges::find(http->urls, &child, &model::Url::node);
        if (url != http->urls.end() && has_no_body(*url)) continue;
        context.report(
            "digest-of-nothing", Severity::warning, ast::place(*line, 0),
            "this is the digest of an empty page: whoever made it got no data, and a page with a body fails");
    }
}

}  // namespace

extern const Rule digest_of_nothing{
    .page =
        {.id = "digest-of-nothing",
         .family = "checkers",
         .severity = Severity::warning,
         .summary = "A digest that only an empty page has",
         .detail =
             "d41d8cd98f00b204e9800998ecf8427e is the MD5 of no bytes (RFC 1321 section A.5). genhash(1) prints it "
             "when the "
             "page that it asked for had no body, mostly because the address, the host name or the port was wrong; the "
             "page "
             "that is meant fails the check for ever. Ask again for the digest, or leave it out and use `status_code'. "
             "Where only statuses without a body are good, such as 204 and redirects, the digest is right and passed "
             "over.",
         .example = "HTTP_GET {\n    url {\n        path /\n        digest d41d8cd98f00b204e9800998ecf8427e\n    }\n}",
         .origin = Origin::lbctl},
    .checker = check,
    .kinds = {model::CheckerKind::http, model::CheckerKind::https}};

}  // namespace lbctl::rules
