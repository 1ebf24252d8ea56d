#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "grammar/base/result.h"
#include "grammar/syntax/text.h"

namespace lbctl::syntax {

/// What `~SEQ` and `~LST` run through: for every step one value for each name.
class Repetition {
public:
    /// Replaces the parameters in a number of a sequence.
    using Resolve = std::function<std::string(Text)>;

    /// Reads `~SEQ(...)` at the start of a line; `body` becomes the offset of the text that is repeated.
    static Result<Repetition> sequence(const Text& line, const Resolve& resolve, std::size_t& body);
    /// Reads `~LST(...)`.
    static Result<Repetition> list(const Text& line, std::size_t& body);

    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
    [[nodiscard]] bool is_list() const { return is_list_; }
    [[nodiscard]] const source::Location& where() const { return where_; }

    /// The values of step `step`, counted from 0; nothing after the last one.
    [[nodiscard]] std::optional<std::vector<std::string>> values(std::size_t step) const;

private:
    std::vector<std::string> names_;
    bool is_list_ = false;
    source::Location where_;
    std::vector<std::vector<std::string>> tuples_;  ///< as written: the values of names at the end may be left out
    std::int64_t start_ = 0;
    std::int64_t step_ = 1;
    std::uint64_t count_ = 0;
    bool hexadecimal_ = false;
};

}  // namespace lbctl::syntax
