#include "backend/doctor/kernel_release.h"

#include "grammar/base/number.h"

namespace lbctl::doctor {

std::optional<KernelRelease> release_of(std::string_view text) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const std::string_view rest = text.substr(dot + 1);
    const auto major = base::whole_number<int>(text.substr(0, dot));
    const auto minor = base::whole_number<int>(rest.substr(0, rest.find_first_not_of("0123456789")));
    if (!major || !minor) return std::nullopt;
    return KernelRelease{*major, *minor};
}

}  // namespace lbctl::doctor
