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

/// A statement with one of some keywords; `inside` names the member that holds its block, if it opens one.
Json statement(Json keyword, bool needs, std::string_view inside = {}, Json content = {}) {
    Json properties;
    properties["keyword"] = std::move(keyword);
    properties["command"] = {{"const", true}};
    properties["arguments"] = words(needs);
    for (const auto* name : {"line", "column"}) properties[name] = {{"type", "integer"}, {"minimum", 1}};
    properties["file"] = {{"type", "string"}};
    Json required{"keyword", "arguments"};
    if (!inside.empty()) {
        properties[std::string(inside)] = {{"type", "array"}, {"items", std::move(content)}};
        required.push_back(inside);
    }
    return {{"type", "object"},
            {"properties", std::move(properties)},
            {"required", std::move(required)},
            {"additionalProperties", false}};
}

Json statements_of(std::string_view context) {
    Json plain = Json::array();
    Json with_argument = Json::array();
    Json ways = Json::array();
    for (const Keyword* keyword : keywords::keywords_of(context)) {
        if (!keyword->opens_block()) {
            (needs_argument(*keyword) ? with_argument : plain).push_back(keyword->name);
            continue;
        }
        const bool needs = needs_argument(*keyword);
        const Json name{{"const", keyword->name}};
        ways.push_back(keyword->kind == Kind::block
                           ? statement(name, needs, "block", reference(definition_of(context_inside(*keyword))))
                           : statement(name, needs, "entries", words(true)));
        ways.back()["description"] = keyword->documentation;
    }
    if (!plain.empty()) ways.push_back(statement({{"enum", std::move(plain)}}, false));
    if (!with_argument.empty()) ways.push_back(statement({{"enum", std::move(with_argument)}}, true));
    return {{"anyOf", std::move(ways)}};
}

}  // namespace

nlohmann::ordered_json configuration_schema() {
    Json definitions;
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
    Json schema;
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
