#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "grammar/keywords/version.h"
#include "grammar/source/finding.h"
#include "grammar/syntax/line_grammar.h"
#include "grammar/syntax/text.h"

/// `$NAME=VALUE` and what becomes of `$NAME`.
namespace lbctl::syntax {

/// The longest line, after substitution too; longer replacements are not made.
inline constexpr std::size_t longest_line = 1022;

/// `${_ENV VARIABLE}` came with this release.
inline constexpr keywords::Version environment_parameters{2, 4, 0};

/// What a name stands for.
struct Parameter {
    source::Origin::Kind kind = source::Origin::Kind::parameter;
    std::vector<Text> lines;  ///< one, or for a multi-line definition all of them
    bool multi_line = false;
};

/// What the predefined parameters tell.
struct Surroundings {
    std::string directory;  ///< `_PWD`
    std::string config_id;  ///< `_INSTANCE`
};

/// A line after substitution.
struct Substitution {
    bool replaced = false;            ///< the line must be stripped of comments again
    std::vector<Text> further_lines;  ///< of a multi-line parameter at the line's end
};

/// The parameters known at one moment of reading.
class Parameters {
public:
    Parameters(source::Sources& sources, source::Findings& findings, keywords::Version target)
        : sources_(sources), findings_(findings), target_(target) {}

    void define(std::string_view name, Parameter parameter);
    [[nodiscard]] const Parameter* find(std::string_view name) const;

    /// Replaces every reference in `line` whose name is known, from left to right, values included.
    Substitution substitute(Text& line, const Surroundings& surroundings);

private:
    [[nodiscard]] std::optional<std::string> predefined(const Reference& reference, const Surroundings& surroundings,
                                                        const source::Location& where);
    [[nodiscard]] bool refers_to_itself(const source::Location& reference, std::string_view name,
                                        const source::Range& definition) const;
    void report(std::string_view rule, source::Severity severity, const source::Location& where, std::string message,
                std::string hint = {});

    source::Sources& sources_;
    source::Findings& findings_;
    keywords::Version target_;
    std::map<std::string, Parameter, std::less<>> parameters_;
};

}  // namespace lbctl::syntax
