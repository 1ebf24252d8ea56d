#include "backend/procfs/statistics.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace lbctl::procfs {

namespace {

/// The five hexadecimal numbers of a line.
std::optional<std::array<std::uint64_t, 5>> read_numbers(std::string_view line) {
    std::array<std::uint64_t, 5> numbers{};
    for (std::uint64_t& number : numbers) {
        line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
        const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number, 16);
        if (error != std::errc{}) return std::nullopt;
        line.remove_prefix(static_cast<std::size_t>(end - line.data()));
    }
    if (line.find_first_not_of(' ') != std::string_view::npos) return std::nullopt;
    return numbers;
}

template <class Numbers>
Numbers named(const std::array<std::uint64_t, 5>& numbers) {
    return {numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]};
}

}  // namespace

std::optional<Statistics> parse_statistics(std::string_view text) {
    // Two titles, counters, an empty line, a title, rates.
    std::array<std::string_view, 6> lines;
    for (std::string_view& line : lines) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    const auto counters = read_numbers(lines[2]);
    const auto rates = read_numbers(lines[5]);
    if (!counters || !rates) return std::nullopt;
    return Statistics{named<table::Counters>(*counters), named<table::Rates>(*rates)};
}

}  // namespace lbctl::procfs
