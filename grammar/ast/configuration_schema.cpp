#include "grammar/ast/configuration_schema.h"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "grammar/keywords/argument_pattern.h"
#include "grammar/keywords/keyword.h"

namespace lbctl::ast {

namespace {

using Json = nlohmann::ordered_json;
using keywords::Keyword;
using keywords::Kind;

Json reference(std::string_view definition) {
    return {{"$ref", "#/$defs/" + std::string(definition)}};
}

/// Contexts are paths, and `/' has a meaning of its own in references.
std::string definition_of(std::string_view context) {
    std::string name = context == "/" ? std::string("top level") : std::string(context);
    for (char& c : name) {
        if (c == '/') c = '.';
        if (c == ' ') c = '-';
    }
    return name;
}

bool needs_argument(const Keyword& keyword) {
    const auto match = keywords::match_keyword(keyword, {});
    return !match.fits() && match.mismatches.front().kind == keywords::MismatchKind::missing;
}

Json words(bool at_least_one) {
    Json array{{"type", "array"}, {"items", reference("word")}};
    if (at_least_one) array["minItems"] = 1;
    return array;
}

/// What holds for the statements with some keywords.
Json rule(Json keyword, Json properties, Json required = Json::array()) {
    Json then{{"properties", std::move(properties)}};
    if (!required.empty()) then["required"] = std::move(required);
    return {{"if", {{"properties", {{"keyword", std::move(keyword)}}}}}, {"then", std::move(then)}};
}

/// A block holds statements of its context, or entries of one word or more.
Json rule_of_block(const Keyword& keyword) {
    const bool entries = keyword.kind != Kind::block;
    Json content = entries ? words(true) : reference(definition_of(context_inside(keyword)));
    Json properties = Json::object();
    properties[entries ? "entries" : "block"] = {{"type", "array"}, {"items", std::move(content)}};
    properties[entries ? "block" : "entries"] = false;
    Json required = Json::array();
    required.push_back(entries ? "entries" : "block");
    return rule({{"const", keyword.name}}, std::move(properties), std::move(required));
}

Json statements_of(std::string_view context) {
    Json all = Json::array();
    Json plain = Json::array();
    Json with_argument = Json::array();
    Json rules = Json::array();
    for (const Keyword* keyword : keywords::keywords_of(context)) {
        all.push_back(keyword->name);
        if (needs_argument(*keyword)) with_argument.push_back(keyword->name);
        if (keyword->opens_block()) {
            rules.push_back(rule_of_block(*keyword));
        } else {
            plain.push_back(keyword->name);
        }
    }
    if (!plain.empty()) rules.push_back(rule({{"enum", std::move(plain)}}, {{"block", false}, {"entries", false}}));
    if (!with_argument.empty()) {
        rules.push_back(rule({{"enum", std::move(with_argument)}}, {{"arguments", {{"minItems", 1}}}}));
    }
    Json properties = Json::object();
    properties["keyword"] = {{"enum", std::move(all)}};
    properties["command"] = {{"const", true}};
    properties["arguments"] = words(false);
    for (const auto* name : {"line", "column"}) properties[name] = {{"type", "integer"}, {"minimum", 1}};
    properties["file"] = {{"type", "string"}};
    for (const auto* name : {"block", "entries"}) properties[name] = {{"type", "array"}};
    return {{"type", "object"},
            {"properties", std::move(properties)},
            {"required", {"keyword", "arguments"}},
            {"additionalProperties", false},
            {"allOf", std::move(rules)}};
}

}  // namespace

nlohmann::ordered_json configuration_schema() {
    Json definitions = Json::object();
    definitions["word"] = {
        {"description", "A word: a number or a boolean where it says nothing more, text that is no UTF-8 as its bytes"},
        {"anyOf",
         {{{"type", {"string", "integer", "boolean"}}},
          {{"type", "object"},
           {"properties", {{"hex", {{"type", "string"}, {"pattern", "^([0-9a-f]{2})+$"}}}}},
           {"required", {"hex"}},
           {"additionalProperties", false}}}}};
    for (const auto context : keywords::all_contexts()) {
        // Include directives are gone when a configuration has been read.
        if (context != "*") definitions[definition_of(context)] = statements_of(context);
    }
    Json schema = Json::object();
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
    schema["title"] = "A keepalived configuration as `lbctl dump' prints it and `lbctl build' reads it";
    schema["type"] = "object";
    schema["properties"] = {
        {"schema", {{"const", "lbctl-configuration/1"}}},
        {"statements", {{"type", "array"}, {"items", reference(definition_of("/"))}}},
    };
    schema["required"] = {"schema", "statements"};
    schema["additionalProperties"] = false;
    schema["$defs"] = std::move(definitions);
    return schema;
}

}  // namespace lbctl::ast
