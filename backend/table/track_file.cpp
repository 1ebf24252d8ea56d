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
constexpr std::size_t read_at_most = 127;

/// What decides in a file; nothing when there is none.
std::optional<std::string> beginning_of(const std::string& path) {
    // Opening a pipe would wait for somebody to write.
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) return std::nullopt;
    std::ifstream file(path);
    if (!file) return std::nullopt;
    std::string text(read_at_most, '\0');
    file.read(text.data(), static_cast<std::streamsize>(read_at_most));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

std::int64_t number_at_start(const model::FileWeight& check) {
    if (check.overwritten_at_start && check.written_at_start) return *check.written_at_start;
    const auto text = beginning_of(check.path);
    return text ? tracked_number(*text).value_or(0) : check.written_at_start.value_or(0);
}

}  // namespace

std::optional<std::int64_t> tracked_number(const std::string& text) {
    // As in C: 0x10 and 010 are numbers, too.
    const long long number = std::strtoll(text.substr(0, read_at_most).c_str(), nullptr, 0);
    if (number < least || number > most + 1) return std::nullopt;
    return number;
}

std::optional<std::int64_t> read_tracked_number(const std::string& path) {
    return tracked_number(beginning_of(path).value_or(std::string()));
}

bool has_number(const std::string& path) {
    const std::string text = beginning_of(path).value_or(std::string());
    char* end = nullptr;
    (void)std::strtoll(text.c_str(), &end, 0);
    return end != text.c_str();
}

FileEffect effect_of(const model::FileWeight& check) {
    const std::int64_t number = number_at_start(check);
    // Both are some 32 bits wide, so the product is in range.
    const std::int64_t product = number * check.weight;
    return {number != 0 && (check.weight == 0 || product <= least), product};
}

FileEffect effect_of_change(const model::FileWeight& check, std::int64_t number) {
    if (check.weight == 0) return {check.reverse == (number == 0), 0};
    const std::int64_t product = number * check.weight;
    return {product <= least, product};
}

}  // namespace lbctl::table
