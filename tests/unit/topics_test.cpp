#include "tests/unit/catch.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "grammar/keywords/keyword.h"
#include "grammar/keywords/topics.h"
#include "grammar/source/sources.h"
#include "grammar/validate/rule.h"

using namespace lbctl;
using keywords::Topic;

namespace {

bool is_value_word(std::string_view word) {
    return std::ranges::find(keywords::all_value_words(), word, &keywords::ValueWord::word) !=
           keywords::all_value_words().end();
}

/// Whether `lbctl explain' has something to say of it.
bool is_explained(std::string_view word) {
    return keywords::find_topic(word) != nullptr || !keywords::find_everywhere(word).empty() || is_value_word(word) ||
           validate::find_rule_page(word) != nullptr;
}

void check_width(std::string_view lines) {
    constexpr std::size_t widest = 76;  // it is printed four columns in
    while (!lines.empty()) {
        const std::string_view line = source::take_line(lines);
        INFO(line);
        CHECK(line.size() <= widest);
    }
}

}  // namespace

TEST_CASE("what people look up has a page that says what is done on the director and on the real servers") {
    for (const std::string_view word : {"DR", "TUN", "NAT", "dr"}) {
        const Topic* topic = keywords::find_topic(word);
        REQUIRE(topic != nullptr);
        CHECK_FALSE(topic->director.empty());
        CHECK_FALSE(topic->real_servers.empty());
    }
    for (const std::string_view word : {"persistence_timeout", "lvs_timeouts", "ops", "nopreempt", "weight", "quorum"})
        CHECK(keywords::find_topic(word) != nullptr);
    CHECK(keywords::find_topic("router_id") == nullptr);
}

TEST_CASE("every scheduler leads to the page that compares them") {
    const auto words = keywords::words_of("lvs_sched");
    REQUIRE(words.size() > 10);
    for (const keywords::ValueWord* word : words) {
        INFO(word->word);
        CHECK(keywords::find_topic(word->word) == keywords::find_topic("lb_algo"));
    }
}

TEST_CASE("pages of topics are as wide as a terminal, found by one word each, and name what there is") {
    std::set<std::string_view> words;
    for (const Topic& topic : keywords::all_topics()) {
        INFO(topic.title);
        for (const std::string_view word : topic.words) CHECK(words.insert(word).second);
        for (const std::string_view text : {topic.text, topic.director, topic.real_servers}) check_width(text);
        std::string_view see = topic.see;
        while (!see.empty()) {
            const std::string_view word = see.substr(0, see.find(", "));
            INFO(word);
            CHECK((is_explained(word) || word == "lint --cluster"));
            see.remove_prefix(std::min(see.size(), word.size() + 2));
        }
    }
}
