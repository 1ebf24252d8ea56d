#include "grammar/ast/configuration_text.h"

#include <nlohmann/json.hpp>
#include <string>

#include "catch.h"
#include "grammar/ast/node_json.h"

using namespace lbctl;

namespace {

nlohmann::ordered_json statement(const std::string& keyword, const nlohmann::ordered_json& arguments, bool command) {
    nlohmann::ordered_json object{{"keyword", keyword}};
    if (command) object["command"] = true;
    object["arguments"] = arguments;
    return {{"schema", ast::configuration_json}, {"statements", {object}}};
}

std::string built(const nlohmann::ordered_json& arguments, bool command = false) {
    const auto text = ast::configuration_text(statement("x", arguments, command));
    return text ? *text : text.error().message;
}

constexpr const char* unsayable = "statements[0]: no quoting makes keepalived read these words";

}  // namespace

TEST_CASE("words are quoted where keepalived would read something else out of them") {
    CHECK(built({"a", 5, true}) == "x a 5 true\n");
    CHECK(built({"a b", "", "#c", "{"}) == "x \"a b\" \"\" \"#c\" \"{\"\n");
    CHECK(built({"a\\"}) == "x a\\\n");
    CHECK(built({"/x", "a b", "it's"}, true) == "x /x \"a b\" \"it's\"\n");
    CHECK(built({"/x", "say \"a\""}, true) == "x /x 'say \"a\"'\n");
}

TEST_CASE("words that no line can hold are refused") {
    CHECK(built({"a\"b"}) == unsayable);
    CHECK(built({"/x", "\\"}, true) == unsayable);
    CHECK(built({std::string(1100, 'a')}) ==
          "statements[0]: its line would have 1102 bytes, and keepalived reads at most 1022");
    CHECK(built({std::string("a\nb")}).ends_with("a word cannot hold a line end or a NUL"));
    CHECK(ast::configuration_text(statement("x\"y", nlohmann::ordered_json::array(), false)).error().message ==
          unsayable);
}

TEST_CASE("words that keepalived would not read as words are refused, however they are quoted") {
    const auto written = [](const char* keyword, const nlohmann::ordered_json& arguments) {
        const auto text = ast::configuration_text(statement(keyword, arguments, false));
        return text ? *text : text.error().message;
    };
    const auto none = nlohmann::ordered_json::array();
    CHECK(written("include", {"/etc/x.conf"}) == unsayable);
    CHECK(written("$A=b", none) == unsayable);
    CHECK(written("x", {"${_INSTANCE}"}) == unsayable);
    CHECK(written("<%", {"x", "%>"}) == unsayable);
    CHECK(written("x", {"$UNKNOWN"}) == "x $UNKNOWN\n");
}

TEST_CASE("numbers stay what they are, and a member of another kind is named") {
    CHECK(built({18446744073709551615U, -3}) == "x 18446744073709551615 -3\n");
    auto json = statement("x", nlohmann::ordered_json::array(), false);
    json["statements"][0]["command"] = "yes";
    CHECK(ast::configuration_text(json).error().message == "statements[0]: \"command\" is true or false");
}
