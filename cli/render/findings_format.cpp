#include "cli/render/findings_format.h"

#include <algorithm>
#include <array>

namespace lbctl::cli {

#define LBCTL_FINDINGS_FORMAT(name) extern const FindingsFormat name##_format;
#include "cli/render/findings/formats.def"
#undef LBCTL_FINDINGS_FORMAT

namespace {

constexpr std::array formats = std::to_array<const FindingsFormat*>({
#define LBCTL_FINDINGS_FORMAT(name) &name##_format,
#include "cli/render/findings/formats.def"
#undef LBCTL_FINDINGS_FORMAT
});

}  // namespace

std::span<const FindingsFormat* const> findings_formats() {
    return formats;
}

const FindingsFormat* find_findings_format(std::string_view name) {
    const auto found = std::ranges::find(formats, name, &FindingsFormat::name);
    return found == formats.end() ? nullptr : *found;
}

}  // namespace lbctl::cli
