#include "grammar/base/arena.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "catch.h"

using namespace lbctl;

TEST_CASE("what is put into an arena keeps its address and its bytes while the arena grows and moves") {
    base::Arena arena;
    std::vector<std::pair<std::string, std::string_view>> kept;
    for (std::size_t i = 0; i < 3000; ++i) {
        const std::string text(i % 701, static_cast<char>('a' + i % 26));
        kept.emplace_back(text, arena.keep(text));
    }
    const std::string large(5U << 20U, 'L');
    kept.emplace_back(large, arena.keep(large));
    const base::Arena moved = std::move(arena);
    for (const auto& [text, view] : kept) CHECK((text == view));
}

TEST_CASE("an arena that was moved from can be filled anew") {
    base::Arena first;
    const std::string_view before = first.keep("before");
    base::Arena second = std::move(first);
    first = base::Arena();
    const std::string_view after = first.keep("after!");
    CHECK(before == "before");
    CHECK(after == "after!");
    CHECK(second.keep("more") == "more");
}

TEST_CASE("values in an arena are aligned as their type asks") {
    base::Arena arena;
    for (int round = 0; round < 100; ++round) {
        arena.keep("x");
        const auto values = arena.make_all<std::uint64_t>(3);
        CHECK(reinterpret_cast<std::uintptr_t>(values.data()) % alignof(std::uint64_t) == 0);
        CHECK(values[2] == 0);
    }
    CHECK(arena.make_all<int>(0).empty());
}

TEST_CASE("the unused end of the last allocation is given back") {
    base::Arena arena;
    const auto room = arena.make_room(1000);
    room[0] = 'a';
    arena.shrink_last(room.data(), 1);
    const std::string_view next = arena.keep("b");
    CHECK(next.data() > room.data());
    CHECK(next.data() < room.data() + 100);
    CHECK(room[0] == 'a');
}

TEST_CASE("an arena that was rewound uses the memory behind the mark again, and keeps what lies before it") {
    base::Arena arena;
    const std::string_view before = arena.keep("before");
    const base::Arena::Mark mark = arena.mark();
    const char* first = nullptr;
    for (int round = 0; round < 100; ++round) {
        // More than what is left of the first piece of memory.
        const std::string_view text = arena.keep(std::string(100'000, static_cast<char>('a' + round % 26)));
        CHECK(text.back() == 'a' + round % 26);
        if (round == 1) first = text.data();
        if (round > 1) CHECK(text.data() == first);
        arena.rewind(mark);
    }
    CHECK(before == "before");
    CHECK(arena.keep("after") == "after");
}
