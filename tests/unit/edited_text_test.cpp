#include "tests/unit/catch.h"

#include <string>
#include <vector>

#include "grammar/source/edited_text.h"

using lbctl::source::Edit;
using lbctl::source::EditedText;
using lbctl::source::Position;

namespace {

Edit edit(Position begin, Position end, std::string before, std::string text) {
    return {{0, begin, end}, std::move(before), std::move(text)};
}

}  // namespace

TEST_CASE("edits are made in the order of the text, in whichever order they come") {
    EditedText text("one two\nthree\n");
    CHECK(text.add(std::vector{edit({2, 1}, {2, 6}, "three", "3")}));
    CHECK(text.add(std::vector{edit({1, 5}, {1, 8}, "two", "2")}));
    CHECK(text.add(std::vector{edit({1, 1}, {1, 1}, "", "> ")}));
    CHECK(text.text() == "> one 2\n3\n");
}

TEST_CASE("an edit may take lines out, and write behind the last one") {
    EditedText text("one\ntwo\n");
    CHECK(text.add(std::vector{edit({1, 1}, {2, 1}, "one\n", "")}));
    CHECK(text.add(std::vector{edit({3, 1}, {3, 1}, "", "three\n")}));
    CHECK(text.text() == "two\nthree\n");
}

TEST_CASE("an edit of other bytes than it speaks of is not made") {
    EditedText text("one two\n");
    CHECK_FALSE(text.add(std::vector{edit({1, 1}, {1, 4}, "two", "2")}));
    CHECK_FALSE(text.add(std::vector{edit({7, 1}, {7, 4}, "one", "1")}));
    CHECK_FALSE(text.add(std::vector{edit({1, 5}, {1, 90}, "two", "2")}));
    CHECK_FALSE(text.is_changed());
    CHECK(text.text() == "one two\n");
}

TEST_CASE("of edits that overlap the first is made, and of several that belong together all or none") {
    EditedText text("one two three\n");
    CHECK(text.add(std::vector{edit({1, 1}, {1, 8}, "one two", "1 2")}));
    CHECK_FALSE(text.add(std::vector{edit({1, 5}, {1, 8}, "two", "2")}));
    CHECK_FALSE(text.add(std::vector{edit({1, 9}, {1, 14}, "three", "3"), edit({1, 1}, {1, 4}, "one", "1")}));
    CHECK(text.text() == "1 2 three\n");
}
