#include "grammar/ast/secret_text.h"

#include <algorithm>
#include <utility>

#include "grammar/base/ascii.h"
#include "grammar/keywords/keyword.h"
#include "grammar/keywords/secrets.h"

namespace lbctl::ast {

namespace {

using Parameters = std::set<std::string, std::less<>>;

constexpr std::size_t none = SecretLines::none;

/// So much of a line is looked at; what a configuration may hold in one is less (syntax::longest_line).
constexpr std::size_t looked_at = 8192;

/// A secret that is not closed does not hide the rest of a file.
constexpr unsigned most_lines = 20;

/// Of names of keywords and parameters.
bool is_of_name(char c) {
    return base::is_letter(c) || base::is_digit(c) || c == '_' || c == '-';
}

std::size_t end_of_name(std::string_view text, std::size_t begin) {
    while (begin < text.size() && is_of_name(text[begin])) ++begin;
    return begin;
}

/// The name in `$NAME` or `${NAME}` at the dollar; empty when there is none.
std::string_view name_of_reference(std::string_view text, std::size_t dollar) {
    const std::size_t begin = dollar + (text.substr(dollar).starts_with("${") ? 2 : 1);
    if (begin >= text.size()) return {};
    return text.substr(begin, end_of_name(text, begin) - begin);
}

std::size_t quotes_in(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count(text, '"'));
}

/// Looks for the keyword after which all of a line is secret.
class LineSearch {
public:
    LineSearch(std::string_view line, std::string_view block, const Parameters& parameters)
        : line_(line.substr(0, looked_at)), block_(block), parameters_(parameters) {}

    /// The byte after the keyword; none when there is no such keyword.
    std::size_t find() {
        for (std::size_t at = 0; at < line_.size();) {
            const char c = line_[at];
            if (base::is_space(c)) {
                ++at;
            } else if (std::string_view("{}\"';#!=()?&").find(c) != std::string_view::npos) {
                first_ = true;
                ++at;
            } else if (c == '@') {  // a condition stands before the keyword
                while (at < line_.size() && !base::is_space(line_[at])) ++at;
            } else if (c == '$') {
                const std::string_view name = name_of_reference(line_, at);
                const std::size_t end = name.empty() ? at + 1 : static_cast<std::size_t>(name.end() - line_.begin());
                if (defines_secret(name, end)) return line_.find('=', end) + 1;
                first_ = false;
                at = end;
            } else {
                const std::size_t begin = std::min(line_.find_first_not_of('-', at), line_.size());
                const std::size_t end = end_of_name(line_, begin);
                if (const std::size_t secret = after_word(begin, end); secret != none) return secret;
                first_ = false;
                at = std::max(end, at + 1);
            }
        }
        return none;
    }

private:
    [[nodiscard]] bool defines_secret(std::string_view name, std::size_t end) const {
        const std::size_t equals = line_.find_first_not_of(" \t}", end);
        if (!first_ || name.empty() || equals == none || line_[equals] != '=') return false;
        return parameters_.contains(name) || keywords::sounds_secret(name);
    }

    /// Where the secret after a word begins; none when the word announces none.
    [[nodiscard]] std::size_t after_word(std::size_t begin, std::size_t end) const {
        const std::string_view word = line_.substr(begin, end - begin);
        if (word.empty()) return none;
        const bool is_option = begin > 0 && line_[begin - 1] == '-';
        const bool is_unmistakable = word.find('_') != std::string_view::npos;
        if ((first_ || is_option || is_unmistakable) && keywords::announces_secret(word)) return end;
        if (!first_) return none;
        for (const keywords::Keyword* keyword : keywords::secret_keywords()) {
            if (keyword->name == word) return is_other_keyword(*keyword) ? none : after_numbers(*keyword, end);
        }
        if (keywords::is_keyword_anywhere(word)) return none;
        for (const keywords::Keyword* keyword : keywords::secret_keywords()) {
            // The blank after it is missing.
            const bool is_glued = word.size() > keyword->name.size() && word.starts_with(keyword->name);
            if (is_glued && keywords::announces_secret(keyword->name)) return begin + keyword->name.size();
        }
        return keywords::sounds_secret(word) ? end : none;
    }

    /// SSL has a `key', too, which is the name of a file.
    [[nodiscard]] bool is_other_keyword(const keywords::Keyword& secret) const {
        if (block_.empty() || secret.context.ends_with(block_)) return false;
        for (const keywords::Keyword* keyword : keywords::find_everywhere(secret.name)) {
            if (keyword->context.ends_with(block_) && !keywords::first_secret_argument(*keyword)) return true;
        }
        return false;
    }

    /// What stands before the secret is a number, or it was forgotten.
    [[nodiscard]] std::size_t after_numbers(const keywords::Keyword& keyword, std::size_t at) const {
        for (std::size_t left = keywords::first_secret_argument(keyword).value_or(0); left > 0; --left) {
            std::size_t begin = at;
            while (begin < line_.size() && base::is_space(line_[begin])) ++begin;
            std::size_t end = begin;
            constexpr std::size_t longest_number = 3;
            while (end < line_.size() && base::is_digit(line_[end]) && end - begin < longest_number) ++end;
            if (end == begin || (end < line_.size() && !base::is_space(line_[end]))) break;
            at = end;
        }
        return at;
    }

    std::string_view line_;
    std::string_view block_;
    const Parameters& parameters_;
    bool first_ = true;  ///< a keyword may begin here
};

std::size_t first_word(std::string_view line, std::size_t from = 0) {
    while (from < line.size() && (base::is_space(line[from]) || line[from] == '=' || line[from] == ':')) ++from;
    return from;
}

bool is_comment(std::string_view text) {
    return text.starts_with('#') || text.starts_with('!');
}

}  // namespace

/// Where a line is secret because of one before it.
std::size_t SecretLines::end_of_open(std::string_view line) {
    if (open_ == Open::nothing || ++lines_ > most_lines) {
        open_ = Open::nothing;
        return none;
    }
    const std::size_t begin = first_word(line);
    const std::string_view text = line.substr(begin);
    switch (open_) {
        case Open::value:
            if (text.empty() || is_comment(text)) return none;
            open_ = Open::nothing;
            if (text.starts_with('{')) open_ = Open::block;
            // The keyword has no value, and this is the next statement.
            if (text.starts_with('}') || text.starts_with('{')) return none;
            if (keywords::is_keyword_anywhere(text.substr(0, end_of_name(text, 0)))) return none;
            return begin;
        case Open::block:
            if (text.find('}') != none) open_ = Open::nothing;
            return text.empty() || text.starts_with('}') ? none : begin;
        case Open::quote:
            if (text.find_first_not_of("{} \t") == none) {  // nothing to hide, and the end of the block that it is in
                open_ = Open::nothing;
                return none;
            }
            if (quotes_in(text) % 2 != 0) open_ = Open::nothing;
            // A keyword shows that the line is one of its own.
            if (open_ == Open::quote && keywords::is_keyword_anywhere(text.substr(0, end_of_name(text, 0)))) {
                open_ = Open::nothing;
                return none;
            }
            return text.empty() ? none : begin;
        case Open::next_line:
            if (!line.ends_with('\\')) open_ = Open::nothing;
            return text.empty() ? none : begin;
        case Open::nothing:
            break;
    }
    return none;
}

std::size_t SecretLines::next(std::string_view line, std::string_view block) {
    return next(line, block, {});
}

std::size_t SecretLines::next(std::string_view line, std::string_view block, const Parameters& parameters) {
    const std::size_t continued = end_of_open(line);
    if (continued != none) return continued;
    if (open_ == Open::value) return none;
    std::size_t keyword_end = LineSearch(line, block, parameters).find();
    if (keyword_end == none) return none;
    // Values that a list gives to a parameter of the line stand before the keyword.
    if (line.substr(first_word(line)).starts_with('~')) keyword_end = std::min(keyword_end, line.find('('));
    lines_ = 0;
    const std::size_t begin = first_word(line, keyword_end);
    const std::string_view secret = line.substr(begin);
    if (secret.empty() || is_comment(secret)) {
        open_ = Open::value;
        return secret.empty() ? none : begin;
    }
    if (secret.ends_with('\\')) {
        open_ = Open::next_line;
    } else if (quotes_in(secret) % 2 != 0) {
        open_ = Open::quote;
    } else if (secret.starts_with('{') && secret.find('}') == none) {
        open_ = Open::block;
    }
    return begin;
}

std::string without_secret(std::string_view line, std::size_t secret_from) {
    if (secret_from >= line.size()) return std::string(line);
    return std::string(line.substr(0, secret_from)).append(hidden_secret);
}

std::string without_secrets(const source::Sources& sources, source::FileId file) {
    const Secrets secrets(sources);
    std::string text;
    std::string_view rest = sources.text(file);
    for (std::uint32_t number = 1; !rest.empty(); ++number) {
        const std::size_t feed = rest.find('\n');
        const std::string_view line = rest.substr(0, feed);
        const std::size_t from = secrets.in_line(file, number);
        text.append(from == none ? std::string(line) : without_secret(line, from));
        if (feed == std::string_view::npos) break;
        text += '\n';
        rest.remove_prefix(feed + 1);
    }
    return text;
}

/// What is secret, and what is known not to be, around the places of a finding.
struct Secrets::Words {
    std::vector<std::string> secret;
    std::vector<std::string> harmless;

    static void add_words(std::string_view text, std::vector<std::string>& words) {
        while (!text.empty()) {
            const std::size_t begin = first_word(text);
            text.remove_prefix(begin);
            const std::size_t end = std::min<std::size_t>(text.find_first_of(" \t\r\v\f"), text.size());
            if (end > 0) words.emplace_back(text.substr(0, end));
            text.remove_prefix(end);
        }
    }

    void add_secret(std::string_view text) {
        while (!text.empty() && base::is_space(text.back())) text.remove_suffix(1);
        std::string bare(text);
        std::erase(bare, '"');
        add_words(text, secret);
        add_words(bare, secret);
        secret.emplace_back(text);
        secret.push_back(std::move(bare));
    }

    void finish() {
        std::erase_if(secret, [](const std::string& word) { return word.empty(); });
        std::ranges::sort(secret, [](const std::string& one, const std::string& other) {
            return one.size() != other.size() ? one.size() > other.size() : one < other;
        });
        secret.erase(std::unique(secret.begin(), secret.end()), secret.end());
    }

    [[nodiscard]] bool is_harmless(std::string_view piece) const {
        std::vector<std::string> words;
        add_words(piece, words);
        return std::ranges::all_of(words, [this](const std::string& word) {
            if (std::ranges::find(harmless, word) != harmless.end() || keywords::is_keyword_anywhere(word)) return true;
            if (word.find(hidden_secret) != std::string::npos) return true;
            if (std::ranges::none_of(word, [](char c) { return is_of_name(c) || (c & 0x80) != 0; })) return true;
            return std::ranges::any_of(keywords::all_value_words(),
                                       [&](const keywords::ValueWord& value) { return value.word == word; });
        });
    }

    /// Every secret word that stands alone in a text, hidden.
    [[nodiscard]] std::string without_words(std::string text) const {
        constexpr std::size_t telling = 4;  // a shorter one may be any word of a message, and counts in quotes only
        for (const std::string& word : secret) {
            for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at)) {
                const char before = at == 0 ? ' ' : text[at - 1];
                const std::size_t end = at + word.size();
                const char behind = end == text.size() ? ' ' : text[end];
                const bool stands_alone = !(is_of_name(before) && is_of_name(word.front())) &&
                                          !(is_of_name(behind) && is_of_name(word.back()));
                const bool is_quoted = before == '`' && behind == '\'';
                if (!(word.size() < telling ? is_quoted : stands_alone)) {
                    ++at;
                    continue;
                }
                text.replace(at, word.size(), hidden_secret);
                at += hidden_secret.size();
            }
        }
        return text;
    }

    /// Messages quote foreign words as `this'; what is not known to be harmless there may be a part of the secret.
    [[nodiscard]] std::string hide(const std::string& message) const {
        std::string text = without_words(message);
        for (std::size_t begin = text.find('`'); begin != std::string::npos; begin = text.find('`', begin)) {
            ++begin;
            const std::size_t end = text.find('\'', begin);
            if (end == std::string::npos) break;
            if (!is_harmless(std::string_view(text).substr(begin, end - begin)))
                text.replace(begin, end - begin, hidden_secret);
        }
        return text;
    }
};

Secrets::Secrets(const source::Sources& sources) : sources_(sources) {
    look_at_new_files();
}

void Secrets::look_at_new_files() {
    const auto end = static_cast<source::FileId>(sources_.file_count());
    const source::FileId first = std::exchange(files_, end);
    if (first == end) return;
    // Parameters whose value is used as a secret, and those that their definitions refer to.
    constexpr unsigned most_rounds = 8;
    std::size_t known = 0;
    for (unsigned round = 0; round < most_rounds; ++round) {
        for (source::FileId file = first; file < end; ++file) {
            std::string_view rest = sources_.text(file);
            if (rest.find('$') == std::string_view::npos) continue;
            while (!rest.empty()) {
                const std::string_view line = source::take_line(rest);
                if (line.find('$') == none) continue;
                const std::size_t from = SecretLines().next(line, {}, parameters_);
                if (from == none) continue;
                const std::string_view secret = line.substr(from, looked_at);
                for (std::size_t at = secret.find('$'); at != none; at = secret.find('$', at + 1)) {
                    const std::string_view name = name_of_reference(secret, at);
                    if (!name.empty()) parameters_.emplace(name);
                }
            }
        }
        if (parameters_.size() == std::exchange(known, parameters_.size())) break;
    }
}

/// The keyword of the block that a line stands in; empty when it is not seen in the lines before.
std::string_view Secrets::block_around(source::FileId file, std::uint32_t line) const {
    int depth = 0;
    for (unsigned back = 1; back <= most_lines && back < line; ++back) {
        const std::string_view text = sources_.line(file, line - back).substr(0, looked_at);
        depth -= static_cast<int>(std::ranges::count(text, '}'));
        depth += static_cast<int>(std::ranges::count(text, '{'));
        if (depth <= 0) continue;
        std::size_t begin = first_word(text);
        if (text.substr(begin).starts_with('{') && back + 1 < line) {
            const std::string_view above = sources_.line(file, line - back - 1).substr(0, looked_at);
            begin = first_word(above);
            return above.substr(begin, end_of_name(above, begin) - begin);
        }
        return text.substr(begin, end_of_name(text, begin) - begin);
    }
    return {};
}

std::size_t Secrets::in_line(source::FileId file, std::uint32_t line) const {
    if (line == 0) return none;
    if (cursor_.file != file || cursor_.line > line || cursor_.line == 0 || line - cursor_.line > most_lines) {
        cursor_ = {file, line > most_lines ? line - most_lines - 1 : 0, none, {}, {}};
        const std::string_view all = sources_.text(file);
        const std::string_view next = sources_.line(file, cursor_.line + 1);
        if (next.data() != nullptr) cursor_.rest = all.substr(static_cast<std::size_t>(next.data() - all.data()));
    }
    for (; cursor_.line < line; ++cursor_.line) {
        const std::string_view text = source::take_line(cursor_.rest);
        SecretLines before = cursor_.lines;
        cursor_.found = cursor_.lines.next(text, {}, parameters_);
        if (cursor_.found == none) continue;
        // What block it is costs more to know, and seldom matters.
        cursor_.lines = before;
        cursor_.found = cursor_.lines.next(text, block_around(file, cursor_.line + 1), parameters_);
    }
    return cursor_.found;
}

void Secrets::collect(source::FileId file, std::uint32_t first, std::uint32_t last, Words& words) const {
    for (std::uint32_t line = first; line <= last && line < first + most_lines; ++line) {
        const std::size_t from = in_line(file, line);
        const std::string_view text = sources_.line(file, line).substr(0, looked_at);
        if (from == none || from >= text.size()) continue;
        words.add_secret(text.substr(from));
        Words::add_words(text.substr(0, from), words.harmless);
    }
}

source::Finding Secrets::shown(const source::Finding& finding) const {
    Words words;
    const auto add = [&](const source::Range& range) { collect(range.file, range.begin.line, range.end.line, words); };
    for (source::OriginId id = finding.where.origin; id != 0; id = sources_.origin(id).parent) {
        const source::Origin& origin = sources_.origin(id);
        if (origin.has_definition) add(origin.defined);
        add(origin.used);
    }
    for (const source::Note& note : finding.notes) {
        const source::Range& range = note.range;
        if (note.sources == nullptr || note.sources == &sources_)
            add(range);
        else  // the other node of a cluster has secrets of its own
            Secrets(*note.sources).collect(range.file, range.begin.line, range.end.line, words);
    }
    add(finding.where.range);
    if (words.secret.empty()) return finding;
    words.finish();
    source::Finding result = finding;
    result.message = words.hide(finding.message);
    result.hint = words.hide(finding.hint);
    for (source::Note& note : result.notes) note.message = words.hide(note.message);
    std::erase_if(result.fixes, [&](const source::Fix& fix) {
        return std::ranges::any_of(fix.edits, [&](const source::Edit& edit) {
            const std::size_t from = in_line(edit.range.file, edit.range.begin.line);
            const bool reaches_secret = from != none && edit.range.end.column - 1 > from;
            return reaches_secret || words.without_words(edit.text) != edit.text;
        });
    });
    for (source::Fix& fix : result.fixes) fix.title = words.hide(fix.title);
    return result;
}

}  // namespace lbctl::ast
