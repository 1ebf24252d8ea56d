#include "grammar/ast/node_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "grammar/ast/bind.h"
#include "grammar/source/utf8.h"

namespace lbctl::ast {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view schema = "lbctl-configuration/1";
constexpr std::string_view hidden = "********";

/// Settings whose arguments are not for everybody's eyes: keyword, and the first argument that is secret.
struct Secret {
    std::string_view context;
    std::string_view keyword;
    std::size_t argument;
};
constexpr std::array<Secret, 3> secrets{
    {{"vrrp_instance/authentication", "auth_pass", 0}, {"vrrp_instance/auth_hmac", "key", 1}, {"SSL", "password", 0}}};

bool is_secret(const Node& node, std::size_t argument) {
    return node.keyword != nullptr && std::any_of(secrets.begin(), secrets.end(), [&](const Secret& secret) {
               return node.keyword->context == secret.context && node.keyword->name == secret.keyword &&
                      argument >= secret.argument;
           });
}

std::string hex(std::string_view bytes) {
    std::string text;
    for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    return text;
}

Json text_json(std::string_view text) {
    if (source::is_utf8(text)) return text;
    return Json{{"hex", hex(text)}};
}

/// A number only where the word says nothing more than the number: `010` and `+5` stay text, so that what comes back is
/// what was written.
Json value_json(std::string_view word, const keywords::Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value); number != nullptr && std::to_string(*number) == word) {
        return *number;
    }
    if (const auto* boolean = std::get_if<bool>(&value)) {
        if (word == (*boolean ? "true" : "false")) return *boolean;
    }
    return text_json(word);
}

/// The arguments of a node; `block` is the keyword of the block that an entry stands in.
Json words_json(const Node& node, const keywords::Keyword* block, const JsonOptions& options) {
    const std::vector<keywords::Value> values = values_of(node, block, options.target);
    Json words = Json::array();
    for (std::size_t i = 0; i < node.arguments.size(); ++i) {
        const bool hide = !options.show_secrets && is_secret(node, i);
        words.push_back(hide ? Json(hidden) : value_json(node.arguments[i].text(), values[i]));
    }
    return words;
}

Json node_json(const Node& node, const JsonOptions& options);

void add_children(Json& object, const Node& node, const JsonOptions& options) {
    const bool entries = node.keyword->kind != keywords::Kind::block;
    Json list = Json::array();
    for (const Node& child : node.children) {
        if (!entries) {
            list.push_back(node_json(child, options));
            continue;
        }
        list.push_back(words_json(child, node.keyword, options));
    }
    object[entries ? "entries" : "block"] = std::move(list);
}

Json node_json(const Node& node, const JsonOptions& options) {
    Json object;
    object["keyword"] = text_json(node.head.text());
    if (node.takes_command) object["command"] = true;
    object["arguments"] = words_json(node, nullptr, options);
    if (options.positions && options.sources != nullptr) {
        const source::Range range = node.head.where().range;
        object["file"] = options.sources->name(range.file);
        object["line"] = range.begin.line;
        object["column"] = range.begin.column;
    }
    if (node.keyword != nullptr && node.keyword->opens_block()) add_children(object, node, options);
    return object;
}

/// Writes words so that keepalived reads them back.
class Writer {
public:
    Result<std::string> write(const Json& json) {
        if (!json.is_object() || json.value("schema", Json()) != Json(schema)) {
            return failure(fmt::format("this is no configuration as JSON: \"schema\" is not \"{}\"", schema));
        }
        const auto statements = json.find("statements");
        if (statements == json.end()) return failure("\"statements\" is missing");
        if (!write_block(*statements, 0, "statements")) return failure(problem_);
        return std::move(text_);
    }

private:
    bool fail(std::string problem) {
        problem_ = std::move(problem);
        return false;
    }

    bool word_of(const Json& json, const std::string& path, std::string& word) {
        if (json.is_string()) {
            word = json.get<std::string>();
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
                          word.front() != '@' && word.front() != '~' && word.back() != '\\';
        return bare ? word : '"' + word + '"';
    }

    /// A command keeps its own quotes and escapes, so it is wrapped in the kind it does not hold.
    static std::string command_word(const std::string& word) {
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

    bool write_words(const Json& words, bool command, const std::string& path, std::string& line) {
        if (!words.is_array()) return fail(path + ": an array is needed");
        for (std::size_t i = 0; i < words.size(); ++i) {
            std::string word;
            if (!word_of(words[i], fmt::format("{}[{}]", path, i), word)) return false;
            if (!line.empty()) line += ' ';
            line += command ? command_word(word) : plain_word(word);
        }
        return true;
    }

    bool write_entries(const Json& entries, std::size_t depth, const std::string& path) {
        if (!entries.is_array()) return fail(path + ": an array is needed");
        for (std::size_t i = 0; i < entries.size(); ++i) {
            std::string line;
            if (!write_words(entries[i], false, fmt::format("{}[{}]", path, i), line)) return false;
            text_ += std::string(depth * 4, ' ') + line + '\n';
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

    bool write_statement(const Json& statement, std::size_t depth, const std::string& path) {
        if (!statement.is_object()) return fail(path + ": an object is needed");
        const auto keyword = statement.find("keyword");
        std::string head;
        if (keyword == statement.end() || !word_of(*keyword, path + ".keyword", head)) {
            return problem_.empty() ? fail(path + ": \"keyword\" is missing") : false;
        }
        std::string line = plain_word(head);
        const auto arguments = statement.find("arguments");
        const bool command = statement.value("command", false);
        if (arguments != statement.end() && !write_words(*arguments, command, path + ".arguments", line)) return false;
        const auto block = statement.find("block");
        const auto entries = statement.find("entries");
        text_ += std::string(depth * 4, ' ') + line;
        if (block == statement.end() && entries == statement.end()) {
            text_ += '\n';
            return true;
        }
        text_ += " {\n";
        const bool written = block != statement.end() ? write_block(*block, depth + 1, path + ".block")
                                                      : write_entries(*entries, depth + 1, path + ".entries");
        text_ += std::string(depth * 4, ' ') + "}\n";
        return written;
    }

    std::string text_;
    std::string problem_;
};

}  // namespace

nlohmann::ordered_json to_json(const Node& root, const JsonOptions& options) {
    Json document;
    document["schema"] = schema;
    document["statements"] = Json::array();
    for (const Node& child : root.children) document["statements"].push_back(node_json(child, options));
    return document;
}

Result<std::string> configuration_text(const nlohmann::ordered_json& json) {
    return Writer().write(json);
}

}  // namespace lbctl::ast
