#include "grammar/syntax/template_tag.h"

#include <algorithm>
#include <array>

#include "grammar/source/sources.h"

namespace lbctl::syntax {

namespace {

struct Brackets {
    std::string_view open;
    std::string_view close;
};
constexpr std::array<Brackets, 3> known{{{"{{", "}}"}, {"{%", "%}"}, {"<%", "%>"}}};

/// Whether something is asked for between the brackets, and no block of a configuration.
bool is_expression(std::string_view text) {
    return text.find_first_not_of(" \t") != std::string_view::npos &&
           text.find_first_of("{}") == std::string_view::npos;
}

}  // namespace

std::optional<TemplateTag> template_tag(std::string_view line) {
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '"') quoted = !quoted;
        if (quoted) continue;
        if ((line[i] == '#' || line[i] == '!') && (i == 0 || line[i - 1] != '\\')) return std::nullopt;
        const std::string_view rest = line.substr(i);
        const auto brackets =
            std::ranges::find_if(known, [&](const Brackets& pair) { return rest.starts_with(pair.open); });
        if (brackets == known.end()) continue;
        const std::size_t close = rest.find(brackets->close, brackets->open.size());
        if (close == std::string_view::npos) continue;
        if (!is_expression(rest.substr(brackets->open.size(), close - brackets->open.size()))) continue;
        return TemplateTag{i, rest.substr(0, close + brackets->close.size())};
    }
    return std::nullopt;
}

bool is_template(std::string_view text) {
    while (!text.empty()) {
        if (template_tag(source::take_line(text))) return true;
    }
    return false;
}

}  // namespace lbctl::syntax
