#include "grammar/ast/node_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "grammar/ast/bind.h"
#include "grammar/ast/secret_text.h"
#include "grammar/base/utf8.h"
#include "grammar/keywords/secrets.h"

namespace lbctl::ast {

namespace {

using Json = nlohmann::ordered_json;

/// The first argument of a node that is secret. Where a secret fills no more than its own place, what stands before it
/// may be shown.
std::size_t first_secret(const Node& node) {
    constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
    const auto first = node.keyword == nullptr ? std::nullopt : keywords::first_secret_argument(*node.keyword);
    if (!first) return none;
    // A key without its number stands in the number's place.
    return node.valid ? *first : 0;
}

std::string hex(std::string_view bytes) {
    std::string text;
    for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    return text;
}

Json text_json(std::string_view text) {
    if (base::is_utf8(text)) return text;
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
    const std::size_t secret = first_secret(node);
    Json words = Json::array();
    for (std::size_t i = 0; i < node.arguments.size(); ++i) {
        const std::string_view word = node.arguments[i].text();
        if (i < secret) {
            words.push_back(value_json(word, values[i]));
        } else if (!options.show_secrets) {
            words.push_back(hidden_secret);
        } else {
            // One that looks as if it were hidden is told from that.
            words.push_back(word == hidden_secret ? Json{{"hex", hex(word)}} : value_json(word, values[i]));
        }
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
    Json object = Json::object();
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

}  // namespace

nlohmann::ordered_json to_json(const Node& root, const JsonOptions& options) {
    Json document = Json::object();
    document["schema"] = configuration_json;
    document["statements"] = Json::array();
    for (const Node& child : root.children) document["statements"].push_back(node_json(child, options));
    return document;
}

}  // namespace lbctl::ast
