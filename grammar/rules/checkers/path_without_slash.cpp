#include <fmt/format.h>

#include "grammar/ast/argument_values.h"
#include "grammar/rules/rule.h"

namespace lbctl::rules {

namespace {

void check(const Context& context, const CheckerPlace& place) {
    for (const ast::Node& child : place.node.children) {
        if (!child.is("url"_kw)) continue;
        const ast::Node* line = ast::last_valid(child, "path"_kw);
        if (line == nullptr || line->arguments.empty()) continue;
        const std::string_view path = ast::text(*line, 0);
        // A whole address is asked of proxies and understood by all servers (RFC 9112 section 3.2.2).
        if (path.starts_with('/') || path.find("://") != std::string_view::npos) continue;
        auto& finding = context.report(
            "path-without-slash", Severity::warning, ast::place(*line, 0),
            fmt::format("this path does not begin with a slash: keepalived sends `GET {} HTTP/1.0', which is no valid "
                        "request",
                        path));
        finding.hint = fmt::format("path /{}", path);
    }
}

}  // namespace

extern const Rule path_without_slash{.page = {.id = "path-without-slash",
                                              .family = "checkers",
                                              .severity = Severity::warning,
                                              .summary = "The path of a url does not begin with a slash",
                                              .detail = "keepalived puts the word into its request as it is "
                                                        "(check_http.c), and the target of a request is a path from "
                                                        "the root, `/index.html', or a whole address (RFC 9112 section "
                                                        "3.2). Servers answer 400 to anything else, so the "
                                                        "check fails. Write the slash.",
                                              .example = "HTTP_GET {\n    url {\n        path index.html\n    }\n}",
                                              .origin = Origin::lbctl},
                                     .checker = check,
                                     .kinds = {model::CheckerKind::http, model::CheckerKind::https}};

}  // namespace lbctl::rules
