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

/// Finds one thing in a line again and again, from places that only go forward: no byte is looked at twice.
class Finder {
public:
    /// The first place from `from` on that `find` knows; npos when there is none.
    template <class Find>
    std::size_t next(std::size_t from, const Find& find) {
        if (!looked_ || found_ < from) {
            found_ = find(from);
            looked_ = true;
        }
        return found_;
    }

private:
    std::size_t found_ = 0;
    bool looked_ = false;
};

/// Whether two characters side by side look like the beginning of a tag. Every line that opens a block is asked, and
/// hardly any is worth a closer look.
bool may_hold_tag(std::string_view line) {
    for (const char first : {'{', '<'}) {
        for (std::size_t at = line.find(first); at != std::string_view::npos; at = line.find(first, at + 1)) {
            const char second = at + 1 < line.size() ? line[at + 1] : '\0';
            if (second == '{' || second == '%') return true;
        }
    }
    return false;
}

}  // namespace

std::optional<TemplateTag> template_tag(std::string_view line) {
    if (!may_hold_tag(line)) return std::nullopt;
    bool quoted = false;
    std::array<Finder, known.size()> closes;
    Finder braces;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '"') quoted = !quoted;
        if (quoted) continue;
        if ((line[i] == '#' || line[i] == '!') && (i == 0 || line[i - 1] != '\\')) return std::nullopt;
        const std::string_view rest = line.substr(i);
        const auto* const brackets =
            std::ranges::find_if(known, [&](const Brackets& pair) { return rest.starts_with(pair.open); });
        if (brackets == known.end()) continue;
        const std::size_t inside = i + brackets->open.size();
        const std::size_t close = closes[static_cast<std::size_t>(brackets - known.begin())].next(
            inside, [&](std::size_t from) { return line.find(brackets->close, from); });
        if (close == std::string_view::npos) continue;
        // Something is asked for between the brackets, and it is no block of a configuration.
        if (line.find_first_not_of(" \t", inside) >= close) continue;
        if (braces.next(inside, [&](std::size_t from) { return line.find_first_of("{}", from); }) < close) continue;
        return TemplateTag{i, line.substr(i, close + brackets->close.size() - i)};
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
