#include "cli/render/findings_format.h"

#include <algorithm>

#include "cli/render/findings/list.h"

namespace lbctl::cli {

std::span<const FindingsFormat* const> findings_formats() {
    return all_findings_formats;
}

const FindingsFormat* find_findings_format(std::string_view name) {
    const auto found = std::ranges::find(findings_formats(), name, &FindingsFormat::name);
    return found == findings_formats().end() ? nullptr : *found;
}

std::vector<std::string> findings_format_names() {
    std::vector<std::string> names;
    for (const FindingsFormat* format : findings_formats()) names.emplace_back(format->name);
    return names;
}

}  // namespace lbctl::cli
