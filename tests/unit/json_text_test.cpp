#include "grammar/base/json_text.h"

#include <nlohmann/json.hpp>
#include <string>

#include "tests/unit/catch.h"

using namespace lbctl::base;

TEST_CASE("JSON is read as the library reads it, its members in their order") {
    const std::string text = R"({"z": [1, -2, 2.5, true, false, null, "\u00e4"], "a": {"b": [], "c": {}}, "": 0})";
    const auto read = read_json(text);
    REQUIRE(read);
    CHECK(*read == nlohmann::ordered_json::parse(text));
    CHECK(read->begin().key() == "z");
    CHECK(read->at("z")[0].is_number_unsigned());
    CHECK(read->at("z")[1].is_number_integer());
}

TEST_CASE("a value that is no object is JSON, too") {
    CHECK(read_json("7").value() == 7);
    CHECK(read_json("null")->is_null());
    CHECK(read_json(" [ ] ")->is_array());
}

TEST_CASE("of two members with one name the first is found") {
    CHECK(read_json(R"({"a": 1, "a": 2})")->at("a") == 1);
}

TEST_CASE("what is no JSON is refused with its place") {
    CHECK(read_json("").error().message.starts_with("parse error at line 1, column 1: "));
    CHECK(read_json("{\"a\": 1").error().message.starts_with("parse error at line 1, column 8: "));
    CHECK(read_json("[1]\n x").error().message.starts_with("parse error at line 2, column 2: "));
    CHECK_FALSE(read_json("\"\xff\""));
    CHECK_FALSE(read_json("1e999"));
}

TEST_CASE("JSON may be nested a hundred levels deep, and no deeper") {
    const auto nested = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
    CHECK(read_json(nested(100)));
    CHECK(read_json(nested(101)).error().message == "it is nested too deeply");
    CHECK(read_json(nested(1'000'000)).error().message == "it is nested too deeply");
}

TEST_CASE("an object of a million members is read in proportion to its size") {
    std::string text = "{";
    for (int i = 0; i < 1'000'000; ++i) text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
    const auto read = read_json(text + "}");
    REQUIRE(read);
    CHECK(read->size() == 1'000'000);
}
