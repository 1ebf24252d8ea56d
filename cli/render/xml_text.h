#pragma once

#include <string>
#include <string_view>

namespace lbctl::cli {

/// Text as it may stand in an element or an attribute of XML 1.0: `<', `>', `&' and quotes as entities. What XML must
/// not have at all (controls, bytes that are no UTF-8, U+FFFE and U+FFFF) stands as base::shown() shows it.
[[nodiscard]] std::string in_xml(std::string_view text);

}  // namespace lbctl::cli
