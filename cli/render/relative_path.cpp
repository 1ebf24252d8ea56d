#include "cli/render/relative_path.h"

#include <filesystem>
#include <system_error>

namespace lbctl::cli {

namespace fs = std::filesystem;

namespace {

bool goes_up(const fs::path& path) {
    return !path.empty() && *path.begin() == "..";
}

/// Behind a symbolic link `..' is not the folder before it.
bool is_same_file(const fs::path& one, const fs::path& other) {
    std::error_code fault;
    const fs::path first = fs::weakly_canonical(one, fault);
    if (fault) return false;
    const fs::path second = fs::weakly_canonical(other, fault);
    return !fault && first == second;
}

}  // namespace

std::string relative_path(const std::string& name) {
    if (name.empty() || name == "-") return name;
    const fs::path path(name);
    const fs::path normal = path.lexically_normal();
    if (name.find("..") != std::string::npos && !is_same_file(path, normal)) return name;
    std::error_code fault;
    const fs::path folder = fs::current_path(fault);
    if (fault || (normal.is_relative() && !goes_up(normal))) return normal.string();
    const fs::path relative = (folder / normal).lexically_normal().lexically_relative(folder);
    return relative.empty() || goes_up(relative) ? normal.string() : relative.string();
}

std::string path_from(const std::string& folder, const std::string& name) {
    std::error_code fault;
    const fs::path absolute = fs::absolute(name, fault).lexically_normal();
    return fault ? name : absolute.lexically_relative(folder).string();
}

}  // namespace lbctl::cli
