#include "grammar/ast/configuration_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "grammar/ast/node_json.h"
#include "grammar/ast/secret_text.h"
#include "grammar/base/arena.h"
#include "grammar/keywords/secrets.h"
#include "grammar/syntax/parameters.h"
#include "grammar/syntax/reader.h"
#include "grammar/syntax/script_words.h"
#include "grammar/syntax/template_tag.h"

namespace lbctl::ast {

namespace {

/// Its objects are sorted: one of very many keys takes no more time than others.
using Json = nlohmann::ordered_json;

/// Writes words so that keepalived reads them back.
class Writer {
public:
    Result<std::string> write(const Json& json) {
        if (!json.is_object() || json.value("schema", Json()) != Json(configuration_json)) {
            return failure(
                fmt::format("this is no configuration as JSON: \"schema\" is not \"{}\"", configuration_json));
        }
        const auto statements = json.find("statements");
        if (statements == json.end()) return failure("\"statements\" is missing");
        if (!write_block(*statements, 0, "statements")) return failure(problem_, hint_);
        return std::move(text_);
    }

private:
    struct Line {
        std::string text;
        std::vector<std::string> words;  ///< that it shall hold
    };

    bool fail(std::string problem) {
        problem_ = std::move(problem);
        return false;
    }

    bool word_of(const Json& json, const std::string& path, std::string& word) {
        if (json.is_string()) {
            word = json.get<std::string>();
        } else if (json.is_number_unsigned()) {
            word = std::to_string(json.get<std::uint64_t>());
        } else if (json.is_number_integer()) {
            word = std::to_string(json.get<std::int64_t>());
        } else if (json.is_boolean()) {
            word = json.get<bool>() ? "true" : "false";
        } else if (const auto bytes = json.is_object() ? json.find("hex") : json.end();
                   bytes != json.end() && bytes->is_string()) {
            const auto digits = bytes->get<std::string>();
            if (digits.size() % 2 != 0 || digits.find_first_not_of("0123456789abcdef") != std::string::npos) {
                return fail(path + ": \"hex\" needs pairs of lower-case hexadecimal digits");
            }
            for (std::size_t i = 0; i < digits.size(); i += 2) {
                word += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
            }
        } else {
            return fail(path + ": a word is a string, an integer or a boolean");
        }
        if (word.find_first_of(std::string_view("\n\0", 2)) != std::string::npos)
            return fail(path + ": a word cannot hold a line end or a NUL");
        return true;
    }

    static std::string plain_word(const std::string& word) {
        const bool bare = !word.empty() && word.find_first_of(" \t\r\v\f#!{}\"") == std::string::npos &&
                          word.front() != '@' && word.front() != '~';
        return bare ? word : '"' + word + '"';
    }

    /// A command keeps its own quotes and escapes, so it is wrapped in the kind it does not hold.
    static std::string command_word(const std::string& word) {
        constexpr std::string_view harmless =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:%@^";
        if (!word.empty() && word.find_first_not_of(harmless) == std::string::npos) return word;
        if (word.find('"') == std::string::npos) return '"' + word + '"';
        bool escaped_only = true;
        for (std::size_t i = 0; i < word.size(); ++i) {
            if (word[i] == '\\')
                ++i;
            else if (word[i] == '"')
                escaped_only = false;
        }
        if (escaped_only) return '"' + word + '"';
        if (word.find('\'') == std::string::npos) return '\'' + word + '\'';
        std::string glued;
        for (const char c : word)
            glued += c == '"' ? std::string("'\"'") : c == '\'' ? std::string("\"'\"") : fmt::format("\"{}\"", c);
        return glued;
    }

    /// Adds words to a line, and to the list of those that it holds.
    bool add_words(const Json& words, bool command, const std::string& path, Line& line) {
        if (!words.is_array()) return fail(path + ": an array is needed");
        for (std::size_t i = 0; i < words.size(); ++i) {
            std::string word;
            if (!word_of(words[i], fmt::format("{}[{}]", path, i), word)) return false;
            if (!line.text.empty()) line.text += ' ';
            line.text += command ? command_word(word) : plain_word(word);
            line.words.push_back(std::move(word));
        }
        return true;
    }

    /// Writes a line, and what opens a block after it, unless keepalived would read other words out of it.
    bool write_line(const Line& line, bool command, std::size_t depth, std::string_view end, const std::string& path) {
        std::string text(depth * 4, ' ');
        text.append(line.text).append(end);
        if (text.size() > syntax::longest_line) {
            return fail(fmt::format("{}: its line would have {} bytes, and keepalived reads at most {}", path,
                                    text.size(), syntax::longest_line));
        }
        if (!reads_back(line, command, !end.empty()))
            return fail(path + ": no quoting makes keepalived read these words");
        text_.append(text) += '\n';
        return true;
    }

    static bool reads_back(const Line& line, bool command, bool opens) {
        // By the reader itself, for which some words are more than words: includes, definitions, references.
        source::Sources sources;
        source::Findings findings;
        syntax::ReaderOptions options;
        options.follow_includes = false;
        options.as_daemon = true;
        const auto lines = syntax::read_lines(sources, sources.add("", line.text), options, findings).lines;
        if (syntax::template_tag(line.text)) return false;
        if (lines.size() != 1 || lines.front().kind != syntax::Line::Kind::text) return false;
        // An open quote would hide the brace.
        if (opens && findings.facts().has_open_string()) return false;
        const syntax::Text text = lines.front().text;
        std::vector<std::string_view> read;
        base::Arena room;
        if (command) {
            std::size_t open_quote = std::string_view::npos;
            for (const syntax::Word& word : syntax::split_script_words(room, text, open_quote))
                read.push_back(word.text());
        } else {
            for (const syntax::WordSpan& word : syntax::split_words(text.bytes()).words) read.push_back(word.text);
        }
        return std::ranges::equal(read, line.words);
    }

    bool write_entries(const Json& entries, std::size_t depth, const std::string& path) {
        if (!entries.is_array()) return fail(path + ": an array is needed");
        for (std::size_t i = 0; i < entries.size(); ++i) {
            Line line;
            const std::string entry = fmt::format("{}[{}]", path, i);
            if (!add_words(entries[i], false, entry, line)) return false;
            if (!write_line(line, false, depth, {}, entry)) return false;
        }
        return true;
    }

    bool write_block(const Json& statements, std::size_t depth, const std::string& path) {
        constexpr std::size_t deepest = 16;
        if (!statements.is_array()) return fail(path + ": an array is needed");
        if (depth > deepest) return fail(path + ": blocks are nested too deeply");
        for (std::size_t i = 0; i < statements.size(); ++i) {
            if (!write_statement(statements[i], depth, fmt::format("{}[{}]", path, i))) return false;
        }
        return true;
    }

    /// Written as it is, `********' would be the password.
    static bool hides_secret(std::string_view head, const Json& arguments) {
        const bool is_secret = std::ranges::any_of(
            keywords::secret_keywords(), [&](const keywords::Keyword* keyword) { return keyword->name == head; });
        return is_secret && arguments.is_array() && std::ranges::any_of(arguments, [](const Json& argument) {
                   return argument.is_string() && argument.get_ref<const std::string&>() == hidden_secret;
               });
    }

    bool fail_hidden(const Json& statement, std::string_view head, const std::string& path) {
        problem_ = fmt::format("{}: the secret of `{}' is hidden", path, head);
        const auto line = statement.find("line");
        const auto file = statement.find("file");
        if (line != statement.end() && line->is_number_unsigned() && file != statement.end() && file->is_string()) {
            problem_ += fmt::format(" (it stands in {}:{})", file->get<std::string>(), line->get<std::uint64_t>());
        }
        hint_ = "make the JSON with `lbctl dump --show-secrets'";
        return false;
    }

    bool write_statement(const Json& statement, std::size_t depth, const std::string& path) {
        if (!statement.is_object()) return fail(path + ": an object is needed");
        const auto keyword = statement.find("keyword");
        std::string head;
        if (keyword == statement.end() || !word_of(*keyword, path + ".keyword", head)) {
            return problem_.empty() ? fail(path + ": \"keyword\" is missing") : false;
        }
        Line line{plain_word(head), {head}};
        const auto arguments = statement.find("arguments");
        const auto kind = statement.find("command");
        if (kind != statement.end() && !kind->is_boolean()) return fail(path + ": \"command\" is true or false");
        const bool command = kind != statement.end() && kind->get<bool>();
        if (arguments != statement.end() && hides_secret(head, *arguments)) return fail_hidden(statement, head, path);
        if (arguments != statement.end() && !add_words(*arguments, command, path + ".arguments", line)) return false;
        const auto block = statement.find("block");
        const auto entries = statement.find("entries");
        const bool opens = block != statement.end() || entries != statement.end();
        if (!write_line(line, command, depth, opens ? " {" : "", path)) return false;
        if (!opens) return true;
        const bool written = block != statement.end() ? write_block(*block, depth + 1, path + ".block")
                                                      : write_entries(*entries, depth + 1, path + ".entries");
        text_ += std::string(depth * 4, ' ') + "}\n";
        return written;
    }

    std::string text_;
    std::string problem_;
    std::string hint_;
};

}  // namespace

Result<std::string> configuration_text(const nlohmann::ordered_json& json) {
    return Writer().write(json);
}

}  // namespace lbctl::ast
