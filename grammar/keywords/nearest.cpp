#include <algorithm>
#include <cstddef>
#include <vector>

#include "grammar/base/ascii.h"
#include "grammar/keywords/keyword.h"

namespace lbctl::keywords {
namespace {

constexpr int step = 10;             // one letter too many, too few or wrong, or two in the wrong order
constexpr int near_step = 2;         // the same letter in the other case, `-' for `_'
constexpr std::size_t longest = 64;  // nobody means a keyword by more

bool is_dash(char c) {
    return c == '-' || c == '_';
}

int change(char from, char to) {
    if (from == to) return 0;
    if (base::lower(from) == base::lower(to) || (is_dash(from) && is_dash(to))) return near_step;
    return step;
}

/// The edit distance in tenths; rows of the matrix that cannot come below `limit` any more end it.
int distance(std::string_view from, std::string_view to, int limit) {
    std::vector<int> before(to.size() + 1);
    std::vector<int> previous(to.size() + 1);
    std::vector<int> current(to.size() + 1);
    for (std::size_t j = 0; j <= to.size(); ++j) previous[j] = static_cast<int>(j) * step;
    for (std::size_t i = 1; i <= from.size(); ++i) {
        current[0] = static_cast<int>(i) * step;
        int smallest = current[0];
        for (std::size_t j = 1; j <= to.size(); ++j) {
            int best = previous[j - 1] + change(from[i - 1], to[j - 1]);
            best = std::min({best, previous[j] + step, current[j - 1] + step});
            if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
                best = std::min(best, before[j - 2] + step);
            }
            current[j] = best;
            smallest = std::min(smallest, best);
        }
        if (smallest > limit) return smallest;
        std::swap(before, previous);
        std::swap(previous, current);
    }
    return previous[to.size()];
}

/// How far a misspelling of a word of that length may go.
int reach(std::size_t length) {
    if (length <= 2) return 2 * near_step;
    if (length <= 5) return step + near_step;
    if (length <= 8) return 2 * step + near_step;
    return 3 * step;
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
    if (word.empty() || word.size() > longest) return {};
    std::string_view best;
    int best_distance = 0;
    for (const std::string_view candidate : candidates) {
        const std::size_t shorter = std::min(word.size(), candidate.size());
        const int limit = best.empty() ? reach(shorter) : std::min(reach(shorter), best_distance - 1);
        const auto difference = static_cast<int>(std::max(word.size(), candidate.size()) - shorter);
        if (candidate.empty() || limit < 0 || difference * step > limit) continue;
        const int found = distance(word, candidate, limit);
        if (found <= limit) {
            best = candidate;
            best_distance = found;
        }
    }
    return best;
}

bool has_same_letters(std::string_view word, std::string_view other) {
    return std::ranges::equal(word, other, [](char a, char b) { return change(a, b) < step; });
}

}  // namespace lbctl::keywords
