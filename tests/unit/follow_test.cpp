#include "backend/change/follow.h"

#include <string>

#include "backend/ipvsadm/saved_table.h"
#include "tests/unit/catch.h"

using namespace lbctl;

namespace {

table::Table saved(const std::string& text) {
    const auto table = ipvsadm::read_saved_text(text, "test");
    REQUIRE(table);
    return *table;
}

table::Wanted wanted(const std::string& text) {
    return table::wanted_from(saved(text), "test");
}

std::string text_of(const table::Wanted& wanted) {
    return ipvsadm::to_saved_text(table::table_of(wanted), ipvsadm::SavedForm::complete);
}

const std::string service = "-A -t 10.0.0.1:80 -s rr\n";
const std::string other = "-A -t 10.0.0.2:80 -s rr\n-a -t 10.0.0.2:80 -r 10.1.0.1:80 -m -w 1\n";

std::string server(int number, int weight) {
    return "-a -t 10.0.0.1:80 -r 10.1.0." + std::to_string(number) + ":80 -m -w " + std::to_string(weight) + "\n";
}

}  // namespace

TEST_CASE("what a change of the wanted table does not speak of stays as it is in the live one", "[follow]") {
    const table::Wanted before = wanted(service + server(1, 1) + server(2, 2) + other);
    const table::Wanted after = wanted(service + server(2, 2) + server(3, 3) + other);
    // Somebody gave the second another weight, added a fourth, chose a scheduler, and took the other service away.
    const table::Table live = saved("-A -t 10.0.0.1:80 -s wlc\n" + server(1, 1) + server(2, 0) + server(4, 4));
    const table::Wanted changed = change::followed(live, before, after);
    CHECK(text_of(changed) ==
          text_of(wanted("-A -t 10.0.0.1:80 -s wlc\n" + server(2, 0) + server(4, 4) + server(3, 3))));
    CHECK(change::followed(live, before, before).services.empty());
}

TEST_CASE("a service that somebody took away comes back whole with its next change", "[follow]") {
    const table::Wanted after = wanted(service + server(2, 2));
    CHECK(text_of(change::followed({}, wanted(service + server(1, 1) + server(2, 2)), after)) == text_of(after));
}

TEST_CASE("who serves when nobody knows yet goes on, and nobody else", "[follow]") {
    const table::Table live = saved(service + server(1, 5) + server(9, 1));
    const table::Wanted nobody = wanted(service);
    const table::Wanted configured = wanted(service + server(1, 1) + server(2, 2));
    CHECK(text_of(change::with_those_serving(nobody, live, configured)) == text_of(wanted(service + server(1, 5))));
    CHECK(text_of(change::with_those_serving(nobody, {}, configured)) == text_of(nobody));
}

TEST_CASE("no sorry server comes beside those who serve when nobody knows yet", "[follow]") {
    const table::Wanted configured = wanted(service + server(1, 1) + server(2, 2));
    const table::Wanted sorry = wanted(service + server(7, 1));
    const auto beside = [&](const std::string& live) {
        return text_of(change::with_those_serving(sorry, saved(service + live), configured));
    };
    CHECK(beside(server(1, 5)) == text_of(wanted(service + server(1, 5))));
    CHECK(beside(server(7, 1)) == text_of(sorry));
    CHECK(beside("") == text_of(sorry));
    // Nobody serves with weight 0, and one that is there already is not taken away either.
    CHECK(beside(server(1, 0)) == text_of(wanted(service + server(7, 1) + server(1, 0))));
    CHECK(beside(server(1, 5) + server(7, 1)) == text_of(wanted(service + server(7, 1) + server(1, 5))));
}

TEST_CASE("who serves keeps the weight when the file would inhibit it until it is known", "[follow]") {
    const table::Wanted configured = wanted(service + server(1, 1) + server(2, 2));
    const table::Wanted inhibited = wanted(service + server(1, 0) + server(2, 0));
    const table::Table live = saved(service + server(1, 5) + server(2, 0));
    CHECK(text_of(change::with_those_serving(inhibited, live, configured)) ==
          text_of(wanted(service + server(1, 5) + server(2, 0))));
}
