#pragma once

#include <string>

namespace lbctl::cli {

/// The name of a file as findings tell it: without `.', `..' and doubled slashes where that names the same file, and
/// relative to the working directory when it lies in there. "-" stays as it is.
[[nodiscard]] std::string relative_path(const std::string& name);

}  // namespace lbctl::cli
