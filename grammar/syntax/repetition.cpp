#include "grammar/syntax/repetition.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>

#include "grammar/syntax/line_grammar.h"

namespace lbctl::syntax {

namespace {

/// A number as C reads it: sign, `0x`, and octal after a leading 0; none at all is 0.
std::optional<std::int64_t> sequence_number(const std::string& text) {
    if (text.empty()) return 0;
    char* end = nullptr;
    errno = 0;
    const long long value = std::strtoll(text.c_str(), &end, 0);
    if (errno != 0 || *end != '\0') return std::nullopt;
    return value;
}

/// How many steps lead from start to end, both included; the step points the right way.
std::uint64_t steps_between(std::int64_t start, std::int64_t end, std::int64_t step) {
    const auto distance = step > 0 ? static_cast<std::uint64_t>(end) - static_cast<std::uint64_t>(start)
                                   : static_cast<std::uint64_t>(start) - static_cast<std::uint64_t>(end);
    const std::uint64_t width = step > 0 ? static_cast<std::uint64_t>(step) : 0 - static_cast<std::uint64_t>(step);
    const std::uint64_t steps = distance / width;
    return steps == UINT64_MAX ? steps : steps + 1;
}

}  // namespace

Result<Repetition> Repetition::sequence(const Text& line, const Resolve& resolve, std::size_t& body) {
    const std::string_view bytes = line.bytes();
    const auto head = parse_sequence(bytes);
    if (!head)
        return failure("this is no sequence",
                       "write ~SEQ(NAME, START, STEP, END) text; START and STEP may be left out");
    std::vector<std::int64_t> numbers;
    for (const std::string_view written : head->numbers) {
        const auto offset = static_cast<std::size_t>(written.data() - bytes.data());
        const auto number = sequence_number(resolve(line.slice(offset, offset + written.size())));
        if (!number)
            return failure(fmt::format("`{}' is no number for a sequence", written),
                           "a leading 0 makes it octal, 0x hexadecimal");
        numbers.push_back(*number);
    }
    Repetition repetition;
    repetition.names_.emplace_back(head->name);
    repetition.where_ = line.location();
    repetition.hexadecimal_ = head->hexadecimal;
    const std::int64_t end = numbers.back();
    if (numbers.size() == 1) {
        repetition.start_ = end < 0 ? -1 : 1;
    } else {
        repetition.start_ = numbers.front();
    }
    repetition.step_ = end < repetition.start_ ? -1 : 1;
    if (numbers.size() == 3) repetition.step_ = numbers[1];
    const bool wrong_way =
        (repetition.step_ > 0 && end < repetition.start_) || (repetition.step_ < 0 && end > repetition.start_);
    if (repetition.step_ == 0 || wrong_way) {
        return failure(fmt::format("step {} does not lead from {} to {}", repetition.step_, repetition.start_, end));
    }
    if (repetition.hexadecimal_ && (repetition.start_ < 0 || end < 0)) {
        return failure("~SEQx takes no negative numbers");
    }
    repetition.count_ = steps_between(repetition.start_, end, repetition.step_);
    body = head->body;
    return repetition;
}

Result<Repetition> Repetition::list(const Text& line, std::size_t& body) {
    const auto head = parse_list(line.bytes());
    if (!head)
        return failure("this is no list", "write ~LST(NAME, VALUE, ...) text or ~LST({N1, N2}, {V1, V2}, ...) text");
    Repetition repetition;
    repetition.is_list_ = true;
    repetition.where_ = line.location();
    repetition.names_.assign(head->names.begin(), head->names.end());
    for (const auto& tuple : head->tuples) {
        if (tuple.size() > head->names.size()) {
            return failure(fmt::format("{} values for {} names", tuple.size(), head->names.size()));
        }
        repetition.tuples_.emplace_back(tuple.begin(), tuple.end());
    }
    repetition.count_ = repetition.tuples_.size();
    body = head->body;
    return repetition;
}

std::optional<std::vector<std::string>> Repetition::values(std::size_t step) const {
    if (step >= count_) return std::nullopt;
    if (is_list_) {
        std::vector<std::string> values = tuples_[step];
        values.resize(names_.size());
        return values;
    }
    const auto value = static_cast<std::int64_t>(static_cast<std::uint64_t>(start_) +
                                                 static_cast<std::uint64_t>(step_) * static_cast<std::uint64_t>(step));
    return std::vector<std::string>{hexadecimal_ ? fmt::format("{:x}", value) : fmt::format("{}", value)};
}

}  // namespace lbctl::syntax
