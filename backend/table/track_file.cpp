#include "backend/table/track_file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

namespace lbctl::table {

namespace {

constexpr std::int64_t least = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
/// Longer than any number; the rest of a file does not matter.
constexpr std::streamsize read_at_most = 127;

std::optional<std::int64_t> number_in(const std::string& path) {
    // Opening a pipe would wait for somebody to write.
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) return std::nullopt;
    std::ifstream file(path);
    if (!file) return std::nullopt;
    std::string text(read_at_most, '\0');
    file.read(text.data(), read_at_most);
    text.resize(static_cast<std::size_t>(file.gcount()));
    // As in C: 0x10 and 010 are numbers, too. What is out of range is passed over.
    const long long number = std::strtoll(text.c_str(), nullptr, 0);
    return number < least || number > most + 1 ? 0 : number;
}

std::int64_t value_of(const ast::FileCheck& check) {
    if (check.overwritten_at_start && check.written_at_start) return *check.written_at_start;
    const auto found = number_in(check.path);
    return found ? *found : check.written_at_start.value_or(0);
}

}  // namespace

FileEffect effect_of(const ast::FileCheck& check) {
    const std::int64_t value = value_of(check);
    // Both are some 32 bits wide, so the product is in range.
    const std::int64_t product = value * check.weight;
    return {value != 0 && (check.weight == 0 || product <= least), product};
}

}  // namespace lbctl::table
