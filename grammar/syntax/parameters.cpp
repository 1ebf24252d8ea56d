#include "grammar/syntax/parameters.h"
#include "grammar/base/number.h"

#include <fmt/format.h>

#include <cstdlib>

namespace lbctl::syntax {

namespace {

using source::Location;
using source::Origin;
using source::Severity;

/// Whether places of a line, each after the one before, stand between double quotes. Up to the last one the line must
/// stay as it is.
class Quotes {
public:
    bool around(std::string_view line, std::size_t offset) {
        for (; looked_at_ < offset; ++looked_at_) quoted_ ^= line[looked_at_] == '"';
        return quoted_;
    }

private:
    std::size_t looked_at_ = 0;
    bool quoted_ = false;
};

}  // namespace

void Parameters::report(std::string_view rule, Severity severity, const Location& where, std::string message,
                        std::string hint) {
    findings_.push_back({rule, severity, where, std::move(message), std::move(hint), {}, {}});
    findings_.facts().note_spoilt(where);
}

void Parameters::define(std::string_view name, Parameter parameter) {
    parameters_.insert_or_assign(std::string(name), std::move(parameter));
}

const Parameter* Parameters::find(std::string_view name) const {
    const auto found = parameters_.find(name);
    return found == parameters_.end() ? nullptr : &found->second;
}

bool Parameters::refers_to_itself(const Location& reference, std::string_view name,
                                  const source::Range& definition) const {
    constexpr int deepest = 200;
    int depth = 0;
    for (source::OriginId id = reference.origin; id != 0; id = sources_.origin(id).parent) {
        const Origin& origin = sources_.origin(id);
        if (++depth > deepest) return true;
        if (origin.name != name || !origin.has_definition || origin.defined.file != definition.file) continue;
        if (origin.defined.begin.line >= definition.begin.line && origin.defined.end.line <= definition.end.line)
            return true;
    }
    return false;
}

std::optional<std::string> Parameters::predefined(const Reference& reference, const Surroundings& surroundings,
                                                  const Location& where) {
    const auto& arguments = reference.arguments;
    if (reference.name == "_RANDOM") {
        if (arguments.size() > 2) {
            report("bad-parameter", Severity::error, where,
                   fmt::format("${{_RANDOM}} takes at most MIN and MAX, not {} words", arguments.size()));
            return std::nullopt;
        }
        const auto minimum = arguments.empty() ? std::optional<long>(0) : base::whole_number<long>(arguments[0]);
        const auto maximum = arguments.size() < 2 ? std::optional<long>(32767) : base::whole_number<long>(arguments[1]);
        if (!minimum || !maximum) {
            report("bad-parameter", Severity::error, where, "${_RANDOM} takes numbers only");
            return std::nullopt;
        }
        if (*minimum > *maximum && arguments.size() == 2) {
            report("bad-parameter", Severity::error, where,
                   fmt::format("${{_RANDOM}}: MIN {} is above MAX {}", *minimum, *maximum));
        }
        // Any number in the range is right; the lowest makes two runs alike.
        return std::to_string(*minimum);
    }
    if (reference.name == "_ENV" && target_ >= environment_parameters) {
        if (arguments.size() != 1) {
            report("bad-parameter", Severity::error, where, "${_ENV} needs the name of one environment variable",
                   "keepalived crashes on this; write ${_ENV NAME}");
            return std::nullopt;
        }
        const char* value = std::getenv(std::string(arguments[0]).c_str());
        return std::string(value == nullptr ? "" : value);
    }
    if (!arguments.empty()) return std::nullopt;
    if (reference.name == "_PWD") return surroundings.directory;
    if (reference.name == "_INSTANCE") return surroundings.config_id;
    if (reference.name == "_HASH") return "#";
    if (reference.name == "_BANG") return "!";
    return std::nullopt;
}

Substitution Parameters::substitute(Text& line, const Surroundings& surroundings) {
    Substitution result;
    Quotes quotes;
    std::size_t at = 0;
    while ((at = line.bytes().find('$', at)) != std::string_view::npos && at + 1 < line.size()) {
        const auto reference = parse_reference(line.bytes(), at);
        if (!reference) {
            ++at;
            continue;
        }
        const Location where = line.location(at, reference->end);
        Origin origin{Origin::Kind::predefined, std::string(reference->name), {}, false, where.range, where.origin};
        Text value;
        if (const Parameter* parameter = find(reference->name); parameter != nullptr && reference->arguments.empty()) {
            if (parameter->multi_line && reference->end != line.size()) {
                report("undefined-parameter", Severity::error, where,
                       fmt::format("${} has several lines and can only stand at the end of a line", reference->name));
                at = reference->end;
                continue;
            }
            const source::Range first = parameter->lines.front().location().range;
            const source::Range whole{first.file, first.begin, parameter->lines.back().location().range.end};
            if (refers_to_itself(where, reference->name, whole)) {
                report("reference-cycle", Severity::error, where, fmt::format("${} refers to itself", reference->name),
                       "keepalived would never finish reading this");
                return result;
            }
            origin.kind = parameter->kind;
            origin.has_definition = parameter->kind != Origin::Kind::command_line;
            for (std::size_t i = 0; i < parameter->lines.size(); ++i) {
                origin.defined = parameter->lines[i].location().range;
                const Location expanded{where.range, sources_.add_origin(origin)};
                Text text = Text::replacement(parameter->lines[i].bytes(), expanded);
                if (i == 0)
                    value = std::move(text);
                else
                    result.further_lines.push_back(std::move(text));
            }
        } else if (auto text = predefined(*reference, surroundings, where)) {
            if (reference->name == "_ENV") origin.kind = Origin::Kind::environment;
            value = Text::replacement(*text, {where.range, sources_.add_origin(origin)});
        } else {
            if (reference->braced && !quotes.around(line.bytes(), at)) {
                report("undefined-parameter", Severity::error, where,
                       fmt::format("no parameter `{}' is defined before this line", reference->name),
                       "keepalived leaves the reference as it is, and its braces open and close blocks");
            }
            at = reference->end;
            continue;
        }
        if (reference->blank_before_close) {
            report("bad-parameter", Severity::error, where,
                   "a blank stands before the `}': keepalived leaves a brace behind, which closes a block",
                   fmt::format("write ${{{}{}{}}}", reference->name, reference->arguments.empty() ? "" : " ",
                               fmt::join(reference->arguments, " ")));
        }
        if (line.size() - (reference->end - at) + value.size() > longest_line) {
            report("line-too-long", Severity::error, where,
                   fmt::format("with the value of ${} the line has more than {} bytes", reference->name, longest_line),
                   "keepalived leaves the reference as it is, without a word");
            return result;
        }
        line = line.replaced(at, reference->end, value);
        result.replaced = true;
        std::string_view put = value.bytes();
        while (!put.empty() && is_blank(put.front())) put.remove_prefix(1);
        if (put.starts_with('~')) return result;
    }
    return result;
}

}  // namespace lbctl::syntax
