#pragma once

#include <string>

namespace lbctl::cli {

/// The name of a file as findings tell it: without `.', `..' and doubled slashes where that names the same file, and
/// relative to the working directory when it lies in there. "-" stays as it is.
[[nodiscard]] std::string relative_path(const std::string& name);

/// The name of a file as seen from an absolute folder, by the text of both: `../a.conf' when it is not in there.
[[nodiscard]] std::string path_from(const std::string& folder, const std::string& name);

}  // namespace lbctl::cli
