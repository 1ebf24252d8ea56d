#include "grammar/syntax/reader.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <variant>

#include "grammar/source/files.h"
#include "grammar/syntax/comments.h"
#include "grammar/syntax/include_checks.h"
#include "grammar/syntax/line_grammar.h"
#include "grammar/syntax/parameters.h"
#include "grammar/syntax/physical_lines.h"
#include "grammar/syntax/repetition.h"

namespace lbctl::syntax {

namespace {

using source::Location;
using source::Range;
using source::Severity;

/// More bytes than this for each line that may come out of parameters and sequences are taken for a mistake, too: some
/// 8 MiB for most_expanded_lines.
constexpr std::size_t expanded_bytes_a_line = 84;
/// So are more pieces than this for each of these lines: every brace, and what stands between two, is one.
constexpr std::size_t expanded_pieces_a_line = 3;
/// Every value that a repetition gives to a name counts as so many of these bytes.
constexpr std::size_t bytes_a_value = 16;
/// More files than this in one configuration, or more includes, are taken for a mistake.
constexpr std::size_t most_files = 20000;
/// With more errors than this what is included is taken for no configuration.
constexpr std::size_t most_errors = source::Findings::most;

/// Lines before this release were looked at again after substitution, for conditions and definitions.
constexpr keywords::Version no_second_look{2, 3, 0};

/// The lines of a multi-line parameter that are still to come.
struct PendingLines {
    std::vector<Text> lines;
    std::size_t next = 0;
};

/// A `~SEQ` or `~LST` that has not run out.
struct PendingRepetition {
    Repetition repetition;
    Text body;
    std::size_t next = 0;
};

using Frame = std::variant<PendingLines, PendingRepetition>;

std::string directory_of(const std::string& path) {
    const std::size_t slash = path.find_last_of('/');
    if (slash == std::string::npos) return {};
    return slash == 0 ? "/" : path.substr(0, slash);
}

/// Of an indentation one comparison takes several blanks at a time.
const char* after_blanks(const char* at, const char* end) {
    constexpr std::string_view several("    ");
    while (static_cast<std::size_t>(end - at) >= several.size() && std::memcmp(at, several.data(), several.size()) == 0)
        at += several.size();
    while (at != end && LineTraits::of(*at) == LineTraits::blank) ++at;
    return at;
}

struct OpenFile {
    PhysicalLines lines;
    std::string directory;  ///< what relative names start from
    std::string identity;
    Range directive;               ///< that included it
    IncludeChecks checks_outside;  ///< the checks to go back to at its end
    std::uint32_t open_quote{};    ///< the last line of which it has been told that a quote is open
    std::uint32_t string_until{};  ///< the last line of a string that was told to be open before it
};

/// The files that an include named and that have not been read yet.
struct Waiting {
    std::vector<std::string> paths;  ///< the next one last
    Range directive;
    Severity unreadable;
    std::size_t files_around;  ///< how many files are open when the next one's turn comes
};

struct Collected {
    std::string name;
    std::vector<Text> lines;
};

}  // namespace

class LineReader::Reader {
public:
    Reader(source::Sources& sources, source::FileId file, const ReaderOptions& options, source::Findings& findings);

    bool read(std::size_t count, std::vector<Line>& lines);
    [[nodiscard]] Location end() const { return end_; }
    [[nodiscard]] bool is_included(source::FileId file, source::FileId by) const {
        while (sources_.inclusion(file).included) {
            file = sources_.inclusion(file).directive.file;
            if (file == by) return true;
        }
        return false;
    }
    [[nodiscard]] std::size_t expanded_lines() const { return expanded_lines_; }
    [[nodiscard]] const Conditions& conditions() const { return conditions_; }

private:
    bool next_frame_text(Text& text);
    bool next_physical_line();
    bool is_plain() const;
    void read_plain_lines(std::size_t most);
    /// A line of a file that ends with a line feed.
    struct PlainLine {
        source::FileId file = 0;
        std::uint32_t number = 0;
        const char* begin = nullptr;
        const char* end = nullptr;    ///< of all the text that may be looked at
        std::uint32_t length = 0;     ///< without its end, once it was read
        const char* after = nullptr;  ///< the begin of the next one, once it was read
    };
    bool read_plain_line(PlainLine& line);
    void report_open_quote(const Text& line, std::size_t quote);
    bool strip_physical_line(Text& text);
    void process(Text text, LineTraits traits, bool from_file);
    void emit(const Text& text, LineTraits traits);
    void note_brace(bool open);
    bool is_endless(const Text& text, std::size_t lines, std::size_t bytes);
    void collect(const Text& text);
    bool take_definition(const Text& text);
    bool take_repetition(const Text& text);
    bool take_include(const Text& text);
    bool open_file(const std::string& path, const Range& directive, Severity unreadable);
    bool open_next(Waiting& waiting);
    bool stops_including();
    void strip_again(Text& text);
    [[nodiscard]] Conditions::Line written_at(const Text& text) const;
    void watch_statement(const Line& line);
    void report(std::string_view rule, Severity severity, const Location& where, std::string message,
                std::string hint = {});
    void report_missing(Severity severity, const Location& where, std::string message, std::string hint = {});
    [[nodiscard]] Surroundings surroundings() const {
        return {files_.empty() ? std::string() : files_.back().directory, options_.config_id};
    }

    source::Sources& sources_;
    const ReaderOptions& options_;
    source::Findings& findings_;
    Parameters parameters_;
    std::vector<OpenFile> files_;
    std::vector<Waiting> waiting_;
    std::vector<Frame> frames_;
    std::optional<Text> residue_;  ///< what stands after a brace
    LineTraits residue_traits_;
    std::optional<Collected> collecting_;
    std::optional<Location> gap_;  ///< a comment or line of blanks inside the definition that is being collected
    IncludeChecks checks_;
    Conditions conditions_;
    std::vector<Line>* lines_ = nullptr;
    PhysicalLine physical_;  ///< the one read last
    WordSpans spans_;        ///< of the line that is looked at
    Location end_;
    std::size_t includes_ = 0;
    std::size_t names_left_ = source::most_names;  ///< that patterns may still look at
    std::size_t expanded_lines_ = 0;
    std::size_t expanded_bytes_ = 0;
    std::size_t expanded_pieces_ = 0;
    std::uint32_t indentation_ = 1;
    int depth_ = 0;
    bool endless_ = false;            ///< expansions have been given up
    bool stopped_including_ = false;  ///< included files are read no further
    bool before_global_ = false;      ///< the last line was the keyword global_defs
    bool in_global_ = false;
};

LineReader::Reader::Reader(source::Sources& sources, source::FileId file, const ReaderOptions& options,
                           source::Findings& findings)
    : sources_(sources), options_(options), findings_(findings), parameters_(sources, findings, options.target) {
    for (const auto& [name, value] : options_.definitions) {
        parameters_.define(name, {source::Origin::Kind::command_line, {Text::replacement(value, {})}, false});
    }
    const std::string& name = sources_.name(file);
    files_.push_back({PhysicalLines(sources_, file), directory_of(name), source::file_identity(name), {}, {}});
}

void LineReader::Reader::report(std::string_view rule, Severity severity, const Location& where, std::string message,
                                std::string hint) {
    findings_.push_back({rule, severity, where, std::move(message), std::move(hint), {}, {}});
}

bool LineReader::Reader::next_frame_text(Text& text) {
    while (!frames_.empty()) {
        Frame& frame = frames_.back();
        if (auto* pending = std::get_if<PendingLines>(&frame)) {
            if (pending->next < pending->lines.size()) {
                text = pending->lines[pending->next++];
                return true;
            }
        } else {
            auto& repeated = std::get<PendingRepetition>(frame);
            if (const auto values = repeated.repetition.values(repeated.next)) {
                ++repeated.next;
                expanded_bytes_ += values->size() * bytes_a_value;
                for (std::size_t i = 0; i < values->size(); ++i) {
                    const auto kind =
                        repeated.repetition.is_list() ? source::Origin::Kind::list : source::Origin::Kind::sequence;
                    parameters_.define(repeated.repetition.names()[i],
                                       {kind, {Text::replacement((*values)[i], repeated.repetition.where())}, false});
                }
                text = repeated.body;
                return true;
            }
        }
        frames_.pop_back();
    }
    return false;
}

/// Goes on to the next line of the file that is being read, or of the one around it.
bool LineReader::Reader::next_physical_line() {
    while (!files_.empty()) {
        if (!waiting_.empty() && waiting_.back().files_around == files_.size()) {
            if (!open_next(waiting_.back())) waiting_.pop_back();
            continue;
        }
        PhysicalLines& lines = files_.back().lines;
        const bool found =
            (files_.size() == 1 || !stops_including()) &&
            (options_.as_daemon ? lines.next_as_daemon(physical_, options_.target) : lines.next(physical_, findings_));
        if (found) {
            indentation_ = physical_.indentation;
            return true;
        }
        checks_ = files_.back().checks_outside;
        if (files_.size() == 1) end_ = files_.back().lines.end();
        files_.pop_back();
    }
    return false;
}

/// Whether the physical line holds words and braces and nothing that would have to be looked into.
bool LineReader::Reader::is_plain() const {
    using T = LineTraits;
    const PhysicalLine& line = physical_;
    if (collecting_ || line.traits.any(T::quote | T::backslash | T::comment | T::dollar | T::odd)) return false;
    if (line.indentation > line.bytes.size()) return true;
    return !T::begins_directive(line.bytes[line.indentation - 1]);
}

/// A string over several lines is one mistake.
void LineReader::Reader::report_open_quote(const Text& line, std::size_t quote) {
    OpenFile& file = files_.back();
    const bool is_cut = physical_.bytes.find('\0') != std::string_view::npos;
    if (physical_.start.line <= file.string_until || is_cut) return;
    file.open_quote = physical_.start.line;
    report("unterminated-quote", Severity::error, line.location(quote, quote + 1), "this double quote is never closed",
           "a quoted string cannot go on in the next line");
    const Location where = findings_.back().where;
    findings_.facts().note_open_string(where);
    // The lines of a definition are lines of their own wherever they are used.
    const bool in_definition = collecting_ || trimmed(line).bytes().starts_with('$');
    const auto end = in_definition ? std::nullopt : file.lines.end_of_string();
    if (end) {
        file.string_until = end->begin.line;
        findings_.facts().note_string_goes_on(where, end->begin.line);
        findings_.back().notes.push_back({*end, "what stands up to here may be meant to belong to it"});
    }
}

/// Takes the comment off the physical line. False when nothing is left that has to be read.
bool LineReader::Reader::strip_physical_line(Text& text) {
    const Text written = physical_.text();
    const StrippedLine stripped =
        strip_comment(written, in_global_ ? EscapedComment::literal : EscapedComment::comment, options_.target);
    if (stripped.open_quote) report_open_quote(written, *stripped.open_quote);
    if (stripped.escaped_comment) {
        const std::size_t at = *stripped.escaped_comment;
        const bool crashes = stripped.text.empty();
        if (!in_global_ || crashes) {
            report("escaped-comment", crashes ? Severity::error : Severity::warning, written.location(at, at + 2),
                   crashes ? "a line that begins with an escaped comment character crashes keepalived"
                           : "outside global_defs the backslash does not protect this comment character",
                   "put the word in double quotes");
        }
    }
    // In the copy that its processes read, keepalived has made an empty line of it, which ends the definition.
    if (stripped.text.empty() && collecting_ && !physical_.is_empty() && !options_.as_daemon) {
        if (!gap_) gap_ = written.location();
        return false;
    }
    if (gap_ && collecting_ && !stripped.text.empty()) {
        report("split-definition", Severity::error, written.location(),
               fmt::format("the definition of ${} ends before this line for the daemon's processes", collecting_->name),
               "no comment and no line of blanks may stand inside a definition");
        findings_.back().notes.push_back({gap_->range, "it is cut here: remove this line"});
    }
    gap_.reset();
    if (stripped.text.empty() && !collecting_) return false;
    text = stripped.text;
    return true;
}

void LineReader::Reader::collect(const Text& text) {
    const bool more = text.bytes().ends_with('\\');
    const Text line = more ? trimmed(text.slice(0, text.size() - 1)) : text;
    if (!line.empty()) collecting_->lines.push_back(line);
    if (more) return;
    Parameter parameter{source::Origin::Kind::parameter, std::move(collecting_->lines), true};
    if (parameter.lines.empty()) parameter.lines.push_back(text);
    parameters_.define(collecting_->name, std::move(parameter));
    collecting_.reset();
}

bool LineReader::Reader::take_definition(const Text& text) {
    const auto head = parse_definition(text.bytes());
    if (!head) return false;
    Text value = trimmed(text.slice(head->value));
    if (value.bytes().ends_with('\\')) {
        collecting_ = Collected{std::string(head->name), {}};
        collect(value);
        return true;
    }
    if (value.empty()) value = Text::replacement({}, text.location());
    parameters_.define(head->name, {source::Origin::Kind::parameter, {value}, false});
    return true;
}

bool LineReader::Reader::take_repetition(const Text& text) {
    const RepetitionKind kind = repetition_kind(text.bytes());
    if (kind == RepetitionKind::none) return false;
    if (!frames_.empty()) expanded_bytes_ += text.size();
    const auto resolve = [this](Text number) {
        parameters_.substitute(number, surroundings());
        return std::string(number.bytes());
    };
    std::size_t body = 0;
    auto repetition =
        kind == RepetitionKind::sequence ? Repetition::sequence(text, resolve, body) : Repetition::list(text, body);
    if (!repetition) {
        report(kind == RepetitionKind::sequence ? "bad-sequence" : "bad-list", Severity::error, text.location(),
               repetition.error().message, repetition.error().hint);
        return true;
    }
    if (body < text.size()) frames_.emplace_back(PendingRepetition{std::move(*repetition), text.slice(body), 0});
    return true;
}

/// Whether what is included is no configuration at all, such as what a pattern finds all over a machine. From then on
/// only the main file is read.
bool LineReader::Reader::stops_including() {
    if (findings_.errors() < most_errors) return false;
    if (!stopped_including_) {
        stopped_including_ = true;
        report(
            "include-too-much", Severity::error, {files_[1].directive, 0},
            fmt::format("with what this includes there are more than {} errors: no included file is read any further",
                        most_errors));
    }
    waiting_.clear();
    return true;
}

void LineReader::Reader::report_missing(Severity severity, const Location& where, std::string message,
                                        std::string hint) {
    findings_.facts().note_missing_include({where, message});
    report("include-missing", severity, where, std::move(message), std::move(hint));
}

/// Opens the next one that can be. False when there is none.
bool LineReader::Reader::open_next(Waiting& waiting) {
    while (!waiting.paths.empty()) {
        const std::string path = std::move(waiting.paths.back());
        waiting.paths.pop_back();
        if (const std::string reason = source::unreadable_reason(path); !reason.empty()) {
            report_missing(waiting.unreadable, {waiting.directive, 0}, fmt::format("{} is not read: {}", path, reason));
        } else if (open_file(path, waiting.directive, waiting.unreadable)) {
            return true;
        }
    }
    return false;
}

bool LineReader::Reader::open_file(const std::string& path, const Range& directive, Severity unreadable) {
    const std::string identity = source::file_identity(path);
    for (const OpenFile& open : files_) {
        if (identity.empty() || open.identity != identity) continue;
        report("include-cycle", Severity::error, {directive, 0},
               fmt::format("{} is being read already: it includes itself", path),
               "keepalived would read it until no file descriptors are left");
        return false;
    }
    if (sources_.file_count() >= most_files) {
        report("include-too-much", Severity::error, {directive, 0},
               fmt::format("more than {} files are included", most_files));
        return false;
    }
    const auto file = sources_.add_file(path, {true, directive});
    if (!file) {
        report_missing(unreadable, {directive, 0}, file.error().message);
        return false;
    }
    if (source::is_binary(sources_.text(*file))) {
        report_missing(Severity::error, {directive, 0}, fmt::format("{} is not read: it is no text", path));
        return false;
    }
    files_.push_back({PhysicalLines(sources_, *file), directory_of(path), identity, directive, checks_});
    return true;
}

bool LineReader::Reader::take_include(const Text& text) {
    const auto head = parse_include(text.bytes());
    if (!head || !options_.follow_includes) return head.has_value();
    const Location where = text.location();
    if (includes_ == most_files) return true;
    if (++includes_ == most_files) {
        report("include-too-much", Severity::error, where,
               fmt::format("this is include number {}: none is followed any more", most_files));
        return true;
    }
    const IncludeChecks checks = checks_.with_variant(head->variant);
    const std::string directory = files_.empty() ? std::string() : files_.back().directory;
    source::Matches matches = source::expand_pattern(head->pattern, directory, names_left_);
    if (matches.too_many) {
        report("include-too-much", Severity::error, where,
               names_left_ > 0
                   ? fmt::format("`{}' names more than {} files: none is read", head->pattern, source::most_matches)
                   : fmt::format("to find what `{}' names, more than {} names have to be looked at: nothing "
                                 "is read",
                                 head->pattern, source::most_names));
        return true;
    }
    for (auto& problem : checks.problems(*head, matches)) {
        report_missing(problem.severity, where, std::move(problem.message), std::move(problem.hint));
    }
    if (checks.reads_nothing(matches)) return true;
    std::ranges::reverse(matches.paths);
    Waiting waiting{std::move(matches.paths), where.range, checks.severity_of_unreadable(), files_.size()};
    // The first is opened at once: what else this line's expansion includes is found from its directory, and read
    // first.
    if (open_next(waiting) && !waiting.paths.empty()) waiting_.push_back(std::move(waiting));
    return true;
}

void LineReader::Reader::strip_again(Text& text) {
    const StrippedLine stripped = strip_comment(text, EscapedComment::comment, options_.target);
    const bool is_told = !files_.empty() && frames_.empty() && files_.back().open_quote == physical_.start.line;
    if (stripped.open_quote && !is_told) {
        report("unterminated-quote", Severity::error, text.location(*stripped.open_quote, *stripped.open_quote + 1),
               "with the values of its parameters, a double quote of this line is never closed");
        findings_.facts().note_open_string(findings_.back().where);
    }
    text = stripped.text;
}

/// keepalived's reader acts on two keywords itself: what include_check says, and what global_defs is.
void LineReader::Reader::watch_statement(const Line& line) {
    split_words(line, spans_);
    const std::span spans(spans_.words);
    if (spans.empty()) return;
    before_global_ = depth_ == 0 && spans.front().text == "global_defs";
    if (in_global_ && spans.front().text == "include_check") {
        std::vector<std::string_view> words;
        for (const WordSpan& span : spans.subspan(1)) words.push_back(span.text);
        checks_.set(words);
    }
}

/// Hands out what has been read: every brace, and what stands between them.
void LineReader::Reader::emit(const Text& text, LineTraits traits) {
    const std::string_view bytes = text.bytes();
    const auto add = [&](Line::Kind kind, std::size_t begin, std::size_t end) {
        Text piece = text.slice(begin, end);
        const std::uint32_t line = piece.is_verbatim() ? piece.line() : piece.location().range.begin.line;
        lines_->emplace_back(kind, std::move(piece), source::Position{line, indentation_});
        if (!frames_.empty()) ++expanded_pieces_;
    };
    const BracesOfReferences references =
        options_.as_daemon ? BracesOfReferences::count : BracesOfReferences::pass_over;
    bool after_brace = false;
    for (std::size_t at = 0;;) {
        while (at < bytes.size() && is_blank(bytes[at])) ++at;
        if (at == bytes.size()) return;
        // What stands after a brace is read as a line of its own.
        if (after_brace && (traits.any(LineTraits::dollar) || LineTraits::begins_directive(bytes[at]))) {
            residue_ = trimmed(text.slice(at));
            residue_traits_ = traits;
            return;
        }
        const std::size_t brace = traits.any(LineTraits::brace)
                                      ? at + first_brace(bytes.substr(at), references).value_or(bytes.size() - at)
                                      : bytes.size();
        if (brace > at) {
            std::size_t end = brace;
            while (is_blank(bytes[end - 1])) --end;
            add(Line::Kind::text, at, end);
            // Only inside global_defs, and before it, a line means something to the reader itself.
            if (depth_ == 0 || in_global_) watch_statement(lines_->back());
        }
        if (brace == bytes.size()) return;
        const bool open = bytes[brace] == '{';
        add(open ? Line::Kind::open : Line::Kind::close, brace, brace + 1);
        note_brace(open);
        after_brace = true;
        at = brace + 1;
    }
}

/// Most lines of large configurations hold words, then a brace, or one of both, or nothing. Nothing else has to be
/// asked of these, and as many as follow are read here, but no more than `most`.
void LineReader::Reader::read_plain_lines(std::size_t most) {
    if (options_.as_daemon || residue_ || !frames_.empty() || collecting_ || !waiting_.empty() || files_.empty())
        return;
    if (files_.size() > 1 && findings_.errors() >= most_errors) return;
    PhysicalLines& file = files_.back().lines;
    const std::string_view rest = file.whole_lines();
    const char* at = rest.data();
    const char* const end = at + rest.size();
    PlainLine line{.file = file.file(), .number = file.number(), .end = end};
    for (; most > 0 && at != end; --most) {
        ++line.number;
        line.begin = at;
        if (!read_plain_line(line)) {
            --line.number;
            break;
        }
        at = line.after;
    }
    if (at != rest.data()) file.pass(static_cast<std::size_t>(at - rest.data()), line.number, line.length);
}

/// False where the line has to be looked into: then nothing of it is taken. A quote, a comment or a parameter changes
/// what a word is, and what stands after a brace is read as a line of its own.
bool LineReader::Reader::read_plain_line(PlainLine& line) {
    using T = LineTraits;
    // No loop passes the line feed: it is none of what they pass over.
    const char* const begin = after_blanks(line.begin, line.end);
    const bool is_marker = begin == line.begin && (*begin == '|' || *begin == '=' || *begin == '>');
    if (T::begins_directive(*begin) || is_marker) return false;
    const auto offset = [begin](const char* place) { return static_cast<std::uint16_t>(place - begin); };
    std::array<WordBounds, Line::most_words> words{};
    std::size_t count = 0;
    const char* at = begin;
    const char* text_end = begin;
    while (T::of(*at) == 0) {
        const char* const first = at;
        while (T::of(*at) == 0) ++at;
        if (count < words.size()) words[count] = {offset(first), offset(at)};
        ++count;
        text_end = at;
        while (T::of(*at) == T::blank) ++at;
    }
    const char* const brace = T::of(*at) == T::brace ? at : nullptr;
    if (brace != nullptr) {
        ++at;
        while (T::of(*at) == T::blank) ++at;
    }
    const char* const line_end = at;
    while (*at == '\r') ++at;
    if (*at != '\n' || static_cast<std::size_t>(line_end - line.begin) > longest_line) return false;
    line.length = static_cast<std::uint32_t>(line_end - line.begin);
    line.after = at + 1;
    const source::Position start{line.number, 1 + static_cast<std::uint32_t>(begin - line.begin)};
    if (count > 0) {
        Line& text = lines_->emplace_back(Line::Kind::text, line.file, start, std::string_view(begin, text_end), start);
        if (count <= words.size()) text.word_count = static_cast<std::uint8_t>(count);
        text.words = words;
        if (depth_ == 0 || in_global_) watch_statement(text);
    }
    if (brace != nullptr) {
        const source::Position place{line.number, start.column + offset(brace)};
        lines_->emplace_back(*brace == '{' ? Line::Kind::open : Line::Kind::close, line.file, place,
                             std::string_view(brace, 1), start);
        note_brace(*brace == '{');
    }
    return true;
}

/// Keeps account of where global_defs begins and ends.
void LineReader::Reader::note_brace(bool open) {
    if (open) {
        if (depth_++ == 0) in_global_ = before_global_;
    } else if (depth_ > 0 && --depth_ == 0) {
        in_global_ = false;
    }
    before_global_ = false;
}

/// Whether expansions, with so much more out of them, have made more than anybody can mean. From then on nothing comes
/// out of them any more.
bool LineReader::Reader::is_endless(const Text& text, std::size_t lines, std::size_t bytes) {
    const std::size_t most_bytes = options_.most_lines * expanded_bytes_a_line;
    const std::size_t most_pieces = options_.most_lines * expanded_pieces_a_line;
    if (!endless_) {
        expanded_lines_ += lines;
        expanded_bytes_ += bytes;
        std::string excess;
        if (expanded_lines_ >= options_.most_lines) {
            excess = fmt::format("{} lines", options_.most_lines);
        } else if (expanded_bytes_ >= most_bytes) {
            excess = fmt::format("{} MiB", most_bytes >> 20U);
        } else if (expanded_pieces_ >= most_pieces) {
            excess = fmt::format("{} braces and texts between them", most_pieces);
        } else {
            return false;
        }
        endless_ = true;
        report("endless-expansion", Severity::error, text.location(),
               "parameters and sequences make more than " + excess,
               "the rest of this expansion is not read, nor are those that follow");
    }
    frames_.clear();
    residue_.reset();
    return true;
}

/// Where a text was written: of what came out of a parameter, the line of its definition.
Conditions::Line LineReader::Reader::written_at(const Text& text) const {
    const Location where = text.location();
    const Range& range = where.origin != 0 && sources_.origin(where.origin).has_definition
                             ? sources_.origin(where.origin).defined
                             : where.range;
    return {range.file, range.begin.line, range.begin.column};
}

void LineReader::Reader::process(Text text, LineTraits traits, bool from_file) {
    if (collecting_) {
        collect(text);
        return;
    }
    bool again = true;
    while (again) {
        again = false;
        if (text.bytes().starts_with('@')) {
            const auto condition = parse_condition(text.bytes());
            if (!condition || !condition->text) {
                report("condition-alone", Severity::warning, text.location(), "a condition without text is dropped");
                return;
            }
            const bool holds = (condition->id == options_.config_id) != condition->negated;
            conditions_.note(condition->id, condition->negated, written_at(text), holds);
            if (!holds) return;
            text = text.slice(*condition->text);
        }
        if (take_definition(text) || take_repetition(text)) return;
        if (traits.any(LineTraits::dollar) && !text.bytes().starts_with('~')) {
            Substitution substitution = parameters_.substitute(text, surroundings());
            if (!substitution.further_lines.empty())
                frames_.emplace_back(PendingLines{std::move(substitution.further_lines), 0});
            if (substitution.replaced) {
                traits = {};
                strip_again(text);
                again = options_.target < no_second_look && text.bytes().find('$') != std::string_view::npos &&
                        (parse_definition(text.bytes()) || repetition_kind(text.bytes()) != RepetitionKind::none);
            }
        }
    }
    if (text.empty() || take_include(text)) return;
    if (!from_file && is_endless(text, 0, text.size())) return;
    emit(text, traits);
}

bool LineReader::Reader::read(std::size_t count, std::vector<Line>& lines) {
    lines_ = &lines;
    const std::size_t before = lines.size();
    Text text;
    while (lines.size() < before + count) {
        read_plain_lines(before + count - lines.size());
        if (lines.size() >= before + count) break;
        if (residue_) {
            text = *std::exchange(residue_, std::nullopt);
            process(std::move(text), residue_traits_, true);
        } else if (!frames_.empty() && next_frame_text(text)) {
            // Lines that give no text count as well: repetitions of repetitions, conditions, definitions.
            if (!is_endless(text, 1, 0)) process(std::move(text), {}, false);
        } else if (!next_physical_line()) {
            if (collecting_) collect(Text::replacement({}, {}));
            break;
        } else if (is_plain()) {
            emit(physical_.text(), physical_.traits);
        } else if (strip_physical_line(text)) {
            process(std::move(text), physical_.traits, true);
        }
    }
    return lines.size() > before;
}

void split_words(const Line& line, WordSpans& spans) {
    const std::string_view bytes = line.text.bytes();
    if (line.word_count == 0) {
        split_words(bytes, spans);
        return;
    }
    spans.unmatched_quote.reset();
    spans.words.resize(line.word_count);
    std::transform(line.words.begin(), line.words.begin() + line.word_count, spans.words.begin(),
                   [&](const WordBounds& word) {
                       return WordSpan{bytes.substr(word.begin, word.end - word.begin), word.begin, word.end, false};
                   });
}

LineReader::LineReader(source::Sources& sources, source::FileId file, const ReaderOptions& options,
                       source::Findings& findings)
    : reader_(std::make_unique<Reader>(sources, file, options, findings)) {}

LineReader::~LineReader() = default;

bool LineReader::read(std::size_t count, std::vector<Line>& lines) {
    return reader_->read(count, lines);
}

std::size_t LineReader::expanded_lines() const {
    return reader_->expanded_lines();
}

const Conditions& LineReader::conditions() const {
    return reader_->conditions();
}

bool LineReader::is_included(source::FileId file, source::FileId by) const {
    return reader_->is_included(file, by);
}

source::Location LineReader::end() const {
    return reader_->end();
}

ReadLines read_lines(source::Sources& sources, source::FileId file, const ReaderOptions& options,
                     source::Findings& findings) {
    ReadLines result;
    LineReader reader(sources, file, options, findings);
    constexpr std::size_t many = 4096;
    while (reader.read(many, result.lines)) {
    }
    result.end = reader.end();
    return result;
}

std::string default_config_id() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0) return {};
    const std::string node = name.data();
    return node.substr(0, node.find('.'));
}

}  // namespace lbctl::syntax
