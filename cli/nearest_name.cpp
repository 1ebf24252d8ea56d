#include "cli/nearest_name.h"

#include <algorithm>
#include <array>
#include <vector>

#include "grammar/keywords/keyword.h"

namespace lbctl::cli {

namespace {

struct OtherName {
    std::string_view word;
    std::string_view meant;
};

/// What similar programs call these commands.
constexpr auto other_names = std::to_array<OtherName>({
    {"validate", "lint"},
    {"verify", "lint"},
    {"test", "lint"},
    {"format", "fmt"},
    {"show", "list"},
    {"ls", "list"},
    {"status", "list"},
    {"plan", "apply --dry-run"},
    {"reload", "apply"},
    {"restore", "apply --saved"},
    {"rollback", "confirm --roll-back"},
    {"convert", "import"},
    {"generate", "emit"},
    {"script", "emit"},
    {"undrain", "enable"},
    {"disable", "drain"},
    {"watch", "connections --watch"},
    {"help", "--help"},
    {"version", "--version"},
});

}  // namespace

std::string nearest_name(std::string_view word, std::span<const std::string> names) {
    const std::vector<std::string_view> known(names.begin(), names.end());
    if (const std::string_view near = keywords::nearest(word, known); !near.empty()) return std::string(near);
    const auto begins = [word](std::string_view name) { return name.starts_with(word); };
    constexpr std::size_t fewest = 2;
    if (word.size() < fewest || word == "--" || std::ranges::count_if(known, begins) != 1) return {};
    return std::string(*std::ranges::find_if(known, begins));
}

std::string meant_command(std::string_view word, std::span<const std::string> commands) {
    const auto* other = std::ranges::find(other_names, word, &OtherName::word);
    if (other != other_names.end()) return std::string(other->meant);
    return nearest_name(word, commands);
}

}  // namespace lbctl::cli
