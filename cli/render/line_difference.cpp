#include "cli/render/line_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "grammar/base/append.h"
#include "grammar/base/shown_text.h"

namespace lbctl::cli {

namespace {

using Lines = std::vector<std::string_view>;

Lines lines_of(std::string_view text) {
    Lines lines;
    while (!text.empty()) {
        const std::size_t feed = text.find('\n');
        lines.push_back(text.substr(0, feed));
        text.remove_prefix(feed == std::string_view::npos ? text.size() : feed + 1);
    }
    return lines;
}

struct Step {
    char sign = ' ';  ///< ' ', '-' or '+'
    std::string_view line;
};

/// The shortest way from one list of lines to the other, by the length of their longest common subsequence.
void add_middle(const Lines& a, const Lines& b, std::vector<Step>& steps) {
    constexpr std::size_t most_cells = 64U << 20U;
    if (a.size() * b.size() > most_cells) {
        for (const auto line : a) steps.push_back({'-', line});
        for (const auto line : b) steps.push_back({'+', line});
        return;
    }
    const std::size_t width = b.size() + 1;
    std::vector<std::uint16_t> common((a.size() + 1) * width, 0);
    for (std::size_t i = a.size(); i-- > 0;) {
        for (std::size_t j = b.size(); j-- > 0;) {
            const auto longer = std::max(common[(i + 1) * width + j], common[i * width + j + 1]);
            const auto both = static_cast<std::uint16_t>(common[(i + 1) * width + j + 1] + 1);
            common[i * width + j] = a[i] == b[j] ? both : longer;
        }
    }
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() || j < b.size()) {
        if (i < a.size() && j < b.size() && a[i] == b[j]) {
            steps.push_back({' ', a[i++]});
            ++j;
        } else if (j == b.size() || (i < a.size() && common[(i + 1) * width + j] >= common[i * width + j + 1])) {
            steps.push_back({'-', a[i++]});
        } else {
            steps.push_back({'+', b[j++]});
        }
    }
}

std::vector<Step> compare(Lines a, Lines b) {
    std::vector<Step> steps;
    std::size_t head = 0;
    while (head < a.size() && head < b.size() && a[head] == b[head]) steps.push_back({' ', a[head++]});
    std::size_t tail = 0;
    while (tail < a.size() - head && tail < b.size() - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
    const Lines end(a.end() - static_cast<std::ptrdiff_t>(tail), a.end());
    const auto cut = [&](Lines& lines) {
        lines.resize(lines.size() - tail);
        lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(head));
    };
    cut(a);
    cut(b);
    add_middle(a, b, steps);
    for (const auto line : end) steps.push_back({' ', line});
    return steps;
}

/// Puts what is shown of a line into the place of what was compared.
void show(std::vector<Step>& steps, const Lines& before, const Lines& after) {
    std::size_t i = 0;
    std::size_t j = 0;
    for (Step& step : steps) {
        step.line = step.sign == '+' ? after[j] : before[i];
        if (step.sign != '+') ++i;
        if (step.sign != '-') ++j;
    }
}

/// A tab does nothing on a terminal that a diff would not be read with.
std::string shown_line(std::string_view line) {
    std::string out;
    for (;;) {
        const std::size_t tab = line.find('\t');
        out += base::shown(line.substr(0, tab));
        if (tab == std::string_view::npos) return out;
        out += '\t';
        line.remove_prefix(tab + 1);
    }
}

}  // namespace

std::string line_difference(const ComparedText& before, const ComparedText& after) {
    constexpr std::size_t context = 3;
    std::vector<Step> steps = compare(lines_of(before.text), lines_of(after.text));
    show(steps, lines_of(before.shown), lines_of(after.shown));
    std::string out;
    std::size_t old_line = 1;
    std::size_t new_line = 1;
    std::size_t at = 0;
    while (at < steps.size()) {
        const auto changed = std::find_if(steps.begin() + static_cast<std::ptrdiff_t>(at), steps.end(),
                                          [](const Step& step) { return step.sign != ' '; });
        if (changed == steps.end()) break;
        const auto first = static_cast<std::size_t>(changed - steps.begin());
        const std::size_t begin = std::max(at, first < context ? 0 : first - context);
        std::size_t end = first;
        for (std::size_t i = first, quiet = 0; i < steps.size() && quiet <= 2 * context; ++i) {
            quiet = steps[i].sign == ' ' ? quiet + 1 : 0;
            if (quiet == 0) end = i + 1;
        }
        end = std::min(end + context, steps.size());
        old_line += begin - at;
        new_line += begin - at;
        std::string hunk;
        std::size_t old_count = 0;
        std::size_t new_count = 0;
        for (std::size_t i = begin; i < end; ++i) {
            if (steps[i].sign != '+') ++old_count;
            if (steps[i].sign != '-') ++new_count;
            base::append(hunk, "{}{}\n", steps[i].sign, shown_line(steps[i].line));
        }
        if (out.empty()) base::append(out, "--- {}\n+++ {}\n", base::shown(before.name), base::shown(after.name));
        base::append(out, "@@ -{},{} +{},{} @@\n{}", old_count == 0 ? old_line - 1 : old_line, old_count,
                     new_count == 0 ? new_line - 1 : new_line, new_count, hunk);
        old_line += old_count;
        new_line += new_count;
        at = end;
    }
    return out;
}

}  // namespace lbctl::cli
