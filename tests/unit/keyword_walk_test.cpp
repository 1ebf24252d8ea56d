#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "grammar/keywords/argument_pattern.h"
#include "grammar/keywords/keyword.h"
#include "grammar/keywords/notation.h"
#include "grammar/keywords/sample.h"
#include "grammar/validate/analysis.h"
#include "grammar/validate/rule.h"
#include "tests/random/document.h"
#include "tests/random/habits.h"
#include "tests/random/random_configuration.h"
#include "tests/unit/catch.h"

// Every keyword of the table in a configuration that nothing else is wrong with: read, parsed, bound and checked.
using namespace lbctl;
using keywords::Keyword;
using keywords::Kind;
using test::Place;
using test::Statement;

namespace {

struct Found {
    std::string rule;
    Place place;
    std::string message;
};

std::vector<Found> findings_of(const std::string& text, bool host = false) {
    validate::AnalysisOptions options;
    options.config_id = "walk";
    options.host = host;
    const auto analysis = validate::analyse("walk.conf", text, options);
    std::vector<Found> found;
    for (const source::Finding& finding : analysis.findings) {
        // What is only worth knowing (that a script's user has to exist) is no fault.
        if (finding.severity == source::Severity::info && finding.rule != "deprecated-keyword") continue;
        // What keepalived accepts is none of the table's either.
        const auto* page = validate::find_rule_page(finding.rule);
        if (page != nullptr && page->origin == validate::Origin::lbctl) continue;
        const source::Position& begin = finding.where.range.begin;
        found.push_back({std::string(finding.rule), {begin.line, begin.column}, finding.message});
    }
    return found;
}

std::string listed(const std::vector<Found>& found) {
    std::string text;
    for (const Found& each : found) {
        text += std::to_string(each.place.line) + ':' + std::to_string(each.place.column) + ' ' + each.rule + ": " +
                each.message + '\n';
    }
    return text;
}

/// The whole configuration with one statement more.
class Site {
public:
    /// Opens the blocks of the context, makes room and puts in what the keyword needs. The keyword itself comes with
    /// `put`.
    Site(std::string_view context, const Keyword* keyword)
        : document_(test::read_document(test::whole_configuration())) {
        block_ = &document_;
        std::string_view rest = context == "/" ? std::string_view() : context;
        std::string path;
        while (!rest.empty()) {
            const auto end = std::min(rest.find('/'), rest.size());
            const std::string_view name = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            const Keyword* row = keywords::find_keyword(path.empty() ? "/" : path, name);
            if (!block_->has(name)) {
                make_room(*row);
                block_->inside.push_back(test::new_block(*row));
            }
            block_ = block_->find(name);
            path = keywords::context_inside(*row);
        }
        if (keyword == nullptr) return;
        make_room(*keyword);
        // What others refer to stays where it is.
        const auto first = std::ranges::find(block_->inside, keyword->name, &Statement::name);
        if (first != block_->inside.end()) {
            place_ = static_cast<std::size_t>(first - block_->inside.begin());
            earlier_ = *first;
            block_->inside.erase(first);
        }
        if (keyword->context != "/") block_->remove(keyword->name);
        const Statement needed = test::read_document(test::habit_of(*keyword).needs);
        for (const Statement& line : needed.inside) {
            block_->remove(line.name());
            block_->inside.push_back(line);
        }
    }

    /// A block has what stood in the one whose place it takes.
    Statement& put(Statement statement) {
        if (earlier_ && statement.is_block) statement.inside = earlier_->inside;
        const bool top = block_ == &document_ && earlier_;
        const auto at = top ? block_->inside.begin() + static_cast<std::ptrdiff_t>(place_) : block_->inside.end();
        return *block_->inside.insert(at, std::move(statement));
    }

    /// The statement whose place the keyword takes, if there is one.
    [[nodiscard]] const std::optional<Statement>& earlier() const { return earlier_; }
    [[nodiscard]] Statement& document() { return document_; }

private:
    void make_room(const Keyword& keyword) {
        std::erase_if(block_->inside, [&](const Statement& other) {
            const Keyword* row = keywords::find_keyword(keyword.context, other.name());
            return row != nullptr && row != &keyword && !test::get_along(keyword, *row);
        });
    }

    Statement document_;
    Statement* block_ = nullptr;
    std::optional<Statement> earlier_;
    std::size_t place_ = 0;
};

std::string called(const Keyword& keyword) {
    return std::string(keyword.context) + " " + std::string(keyword.name);
}

/// Whether every block on the way to a context is there today.
bool is_present(std::string_view context) {
    if (context == "*") return false;
    return std::ranges::none_of(keywords::all_keywords(), [&](const Keyword& row) {
        if (row.kind != Kind::block || row.removed == keywords::Version{}) return false;
        const std::string inside = keywords::context_inside(row);
        return context == inside || context.starts_with(inside + "/");
    });
}

/// A keyword of today: those that went away have a test of their own.
bool is_present(const Keyword& keyword) {
    return keyword.known_to(keywords::default_target) && is_present(keyword.context);
}

/// The statement for the keyword with some arguments; blocks hold what they need, lists one entry.
Statement statement_of(const Keyword& keyword, std::vector<std::string> words, keywords::RandomEngine& random) {
    Statement statement;
    if (keyword.opens_block()) statement = test::new_block(keyword);
    statement.words = std::move(words);
    statement.is_block = keyword.opens_block();
    if (keyword.kind == Kind::line_block || keyword.kind == Kind::list) {
        auto notation = test::entry_habit(keyword.name, false);
        // Members of name1 are taken, and eth7 is what a sync group may track.
        if (keyword.context == "vrrp_sync_group" && keyword.name == "track_interface") notation = "{eth7}";
        if (keyword.name == "group") {
            statement.inside = {{{"name1"}, false}, {{"name2"}, false}};
        } else if (const auto entry = keywords::good_sample(notation, random)) {
            statement.inside.push_back({*entry, false});
        }
    }
    return statement;
}

std::vector<std::string> good_words(const Keyword& keyword, keywords::RandomEngine& random) {
    if (keyword.opens_block()) return test::new_block(keyword).words;
    return test::fitting_words(keyword, random, keywords::default_target);
}

/// The rules that a keyword draws whatever its value; none for most.
std::vector<std::string_view> rules_of_keyword(const Keyword& keyword) {
    std::vector<std::string_view> rules;
    if (!keyword.replaced_by.empty() || keyword.deprecated != keywords::Version{})
        rules.emplace_back("deprecated-keyword");
    if (keyword.optional_build) rules.emplace_back("keyword-optional-build");
    return rules;
}

/// Whether the context itself draws a finding when its block is written.
bool is_old(std::string_view context) {
    return std::ranges::any_of(keywords::all_keywords(), [&](const Keyword& row) {
        return row.kind == Kind::block && !row.replaced_by.empty() && keywords::context_inside(row) == context;
    });
}

/// The first word that a notation reads, if it is a number with an upper limit.
const keywords::notation::Atom* limited_number(const keywords::notation::Pattern& pattern) {
    using namespace keywords::notation;
    if (const auto* atom = std::get_if<Atom>(&pattern.node)) {
        return atom->type->reading == Reading::integer && atom->high ? atom : nullptr;
    }
    if (const auto* sequence = std::get_if<Sequence>(&pattern.node)) {
        return sequence->items.empty() ? nullptr : limited_number(sequence->items.front());
    }
    return nullptr;
}

/// One finding, of that rule and at that place. Gives whether it is one.
bool check_only(const std::vector<Found>& found, std::string_view rule, const Place& place) {
    CHECK(found.size() == 1);
    if (found.size() != 1) return false;
    CHECK(found.front().rule == rule);
    CHECK(found.front().place == place);
    return true;
}

}  // namespace

TEST_CASE("the configuration that the walk starts from is faultless", "[walk]") {
    const auto document = test::read_document(test::whole_configuration());
    const auto found = findings_of(test::to_text(document));
    INFO(listed(found));
    CHECK(found.empty());
}

TEST_CASE("every keyword with a good value in its place draws no finding", "[walk]") {
    keywords::RandomEngine random(5);
    for (const Keyword& keyword : keywords::all_keywords()) {
        if (!is_present(keyword)) continue;
        constexpr int rounds = 3;
        for (int round = 0; round < rounds; ++round) {
            Site site(keyword.context, &keyword);
            const bool same = keyword.opens_block() && site.earlier();
            const auto words = same ? site.earlier()->words : good_words(keyword, random);
            INFO(called(keyword));
            CHECK_FALSE(words.empty());
            const Statement& statement = site.put(statement_of(keyword, words, random));
            const Place head = test::place_of(site.document(), statement, 0);
            const std::string text = test::to_text(site.document());
            auto found = findings_of(text);
            if (const auto rules = rules_of_keyword(keyword); !rules.empty()) {
                INFO(called(keyword) << "\n" << listed(found) << text);
                CHECK(std::erase_if(found, [&](const Found& each) {
                          return each.place == head && std::ranges::find(rules, each.rule) != rules.end();
                      }) > 0);
            }
            INFO(called(keyword) << "\n" << listed(found) << text);
            if (is_old(keyword.context))
                std::erase_if(found, [](const Found& each) { return each.rule == "deprecated-keyword"; });
            CHECK(found.empty());
        }
    }
}

TEST_CASE("every keyword with a bad value draws one finding, at the value", "[walk]") {
    keywords::RandomEngine random(6);
    for (const Keyword& keyword : keywords::all_keywords()) {
        if (!is_present(keyword) || !rules_of_keyword(keyword).empty() || is_old(keyword.context)) continue;
        const auto bad = keywords::bad_sample(keyword.arguments, random);
        if (!bad) continue;
        auto words = bad->words;
        words.insert(words.begin(), std::string(keyword.name));
        Site site(keyword.context, &keyword);
        const Statement& statement = site.put(statement_of(keyword, words, random));
        const Place head = test::place_of(site.document(), statement, 0);
        const Place value = test::place_of(site.document(), statement, bad->wrong + 1);
        const bool missing = bad->wrong == bad->words.size();
        const std::string text = test::to_text(site.document());
        const auto found = findings_of(text);
        INFO(called(keyword) << "\n" << listed(found) << text);
        CHECK(found.size() == 1);
        if (found.size() != 1) continue;
        // What is not there is missed at the keyword.
        CHECK(found.front().place == (missing ? head : value));
    }
}

TEST_CASE("every keyword with a number above its limit draws one finding, at the number", "[walk]") {
    keywords::RandomEngine random(7);
    int walked = 0;
    for (const Keyword& keyword : keywords::all_keywords()) {
        if (!is_present(keyword) || !rules_of_keyword(keyword).empty() || is_old(keyword.context)) continue;
        const auto pattern = keywords::notation::parse(keyword.arguments);
        const auto* number = pattern ? limited_number(*pattern) : nullptr;
        if (number == nullptr) continue;
        auto words = keywords::good_sample(keyword.arguments, random);
        REQUIRE(words.has_value());
        words->front() = std::to_string(*number->high + 1);
        words->insert(words->begin(), std::string(keyword.name));
        Site site(keyword.context, &keyword);
        const Statement& statement = site.put(statement_of(keyword, *words, random));
        const Place value = test::place_of(site.document(), statement, 1);
        const std::string text = test::to_text(site.document());
        const auto found = findings_of(text);
        INFO(called(keyword) << "\n" << listed(found) << text);
        if (check_only(found, "out-of-range", value)) ++walked;
    }
    CHECK(walked > 80);
}

TEST_CASE("every keyword in a context that does not have it draws one finding, at the keyword", "[walk]") {
    keywords::RandomEngine random(8);
    std::vector<std::string_view> contexts;
    for (const auto context : keywords::all_contexts()) {
        if (is_present(context)) contexts.push_back(context);
    }
    for (const Keyword& keyword : keywords::all_keywords()) {
        if (!is_present(keyword)) continue;
        std::ranges::shuffle(contexts, random);
        int walked = 0;
        for (const auto context : contexts) {
            if (keywords::find_keyword(context, keyword.name) != nullptr) continue;
            constexpr int enough = 3;
            if (++walked > enough) break;
            Site site(context, nullptr);
            const Statement& statement = site.put(statement_of(keyword, good_words(keyword, random), random));
            const Place head = test::place_of(site.document(), statement, 0);
            const std::string text = test::to_text(site.document());
            auto found = findings_of(text);
            // The block itself may be an old one.
            std::erase_if(found, [](const Found& each) { return each.rule == "deprecated-keyword"; });
            INFO(called(keyword) << " in " << context << "\n" << listed(found) << text);
            check_only(found, "misplaced-keyword", head);
        }
    }
}

TEST_CASE("every keyword that went away draws one finding, at the keyword", "[walk]") {
    keywords::RandomEngine random(9);
    for (const Keyword& keyword : keywords::all_keywords()) {
        if (keyword.removed == keywords::Version{} || !is_present(keyword.context)) continue;
        Site site(keyword.context, nullptr);
        const auto arguments = keywords::good_sample(keyword.arguments, random, keyword.since);
        REQUIRE(arguments.has_value());
        std::vector<std::string> words{std::string(keyword.name)};
        words.insert(words.end(), arguments->begin(), arguments->end());
        const Statement& statement = site.put(statement_of(keyword, words, random));
        const Place head = test::place_of(site.document(), statement, 0);
        const std::string text = test::to_text(site.document());
        const auto found = findings_of(text);
        INFO(called(keyword) << "\n" << listed(found) << text);
        check_only(found, "keyword-removed", head);
    }
}

namespace {

/// A type whose words name something of the machine, and one that no machine has.
struct MissingThing {
    std::string_view type;
    std::string_view word;
    std::string_view rule;
};
constexpr std::array<MissingThing, 16> missing_things{{
    {"IFNAME", "nosuch0", "host-interface-missing"},
    {"SCRIPT", "/nosuch/script", "host-script-missing"},
    {"USER", "nosuchuser", "host-user-missing"},
    {"GROUP", "nosuchgroup", "host-group-missing"},
    {"FILE", "/nosuch/file", "host-file-missing"},
    {"NEW_FILE", "/nosuch/file", "host-directory-missing"},
    {"DIRECTORY", "/nosuch", "host-directory-missing"},
    {"OWN_IPADDR", "192.0.2.99", "host-source-missing"},
    {"NETNS", "nosuchnetns", "host-namespace-missing"},
    {"CPU", "9999", "host-cpu-missing"},
    {"TABLE", "nosuchtable", "host-table-missing"},
    {"IFGROUP", "nosuchgroup", "host-name-missing"},
    {"DSFIELD", "nosuchfield", "host-name-missing"},
    {"REALMS", "nosuchrealm", "host-name-missing"},
    {"ROUTE_PROTOCOL", "nosuchprotocol", "host-name-missing"},
    {"PROTOCOL", "nosuchprotocol", "host-name-missing"},
}};

/// Words that fit a notation with the missing thing in the place of a word of that type, after `option` where one is
/// given; and which word it is.
struct WordsWithMissing {
    std::vector<std::string> words;
    std::size_t at = 0;
};
template <class TypesOf>
std::optional<WordsWithMissing> with_missing(std::string_view notation, const MissingThing& thing,
                                             std::string_view option, keywords::RandomEngine& random,
                                             const TypesOf& types_of) {
    constexpr int tries = 2000;
    for (int i = 0; i < tries; ++i) {
        auto words = keywords::good_sample(notation, random);
        if (!words) return std::nullopt;
        const std::vector<std::string_view> views(words->begin(), words->end());
        const auto types = types_of(views);
        for (std::size_t at = 0; at < types.size(); ++at) {
            const bool behind = option.empty() || (at > 0 && (*words)[at - 1] == option);
            if (types[at].type != thing.type || !behind) continue;
            (*words)[at] = std::string(thing.word);
            return WordsWithMissing{*words, at};
        }
    }
    return std::nullopt;
}

/// Whether a notation has a word of that type, not counting those of the sets in it.
bool names_type(std::string_view notation, std::string_view type) {
    const auto is_part = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
    for (std::size_t at = notation.find(type); at != std::string_view::npos; at = notation.find(type, at + 1)) {
        const std::size_t end = at + type.size();
        if ((at == 0 || !is_part(notation[at - 1])) && (end == notation.size() || !is_part(notation[end]))) return true;
    }
    return false;
}

void check_missing(const MissingThing& thing, Site& site, const Statement& statement, const Statement& line,
                   std::size_t word) {
    const Place place = test::place_of(site.document(), line, word);
    const std::string text = test::to_text(site.document());
    const auto found = findings_of(text, true);
    INFO(thing.type << " of " << statement.name() << "\n" << listed(found) << text);
    CHECK(
        std::ranges::any_of(found, [&](const Found& each) { return each.rule == thing.rule && each.place == place; }));
}

}  // namespace

TEST_CASE("what a word names and this machine lacks is told with --host, for every keyword and option", "[walk]") {
    keywords::RandomEngine random(10);
    int walked = 0;
    for (const MissingThing& thing : missing_things) {
        for (const Keyword& keyword : keywords::all_keywords()) {
            if (!is_present(keyword)) continue;
            if (names_type(keyword.arguments, thing.type)) {
                const auto made = with_missing(keyword.arguments, thing, {}, random, [&](const auto& words) {
                    return keywords::types_of_arguments(keyword, words);
                });
                INFO(called(keyword) << " " << thing.type);
                CHECK(made.has_value());
                if (!made) continue;
                auto words = made->words;
                words.insert(words.begin(), std::string(keyword.name));
                Site site(keyword.context, &keyword);
                const Statement& statement = site.put(statement_of(keyword, words, random));
                check_missing(thing, site, statement, statement, made->at + 1);
                ++walked;
            }
            const std::string_view entry = keywords::entry_notation(keyword);
            if (entry.empty()) continue;
            // The entry itself, and every option that it can have.
            std::vector<std::string_view> options;
            if (names_type(entry, thing.type)) options.emplace_back();
            for (const keywords::ValueWord& option : keywords::all_value_words()) {
                const std::string set = "<" + std::string(option.set) + ">";
                if (entry.find(set) != std::string_view::npos && names_type(option.arguments, thing.type) &&
                    option.removed == keywords::Version{})
                    options.push_back(option.word);
            }
            for (const std::string_view option : options) {
                const auto made = with_missing(entry, thing, option, random, [&](const auto& words) {
                    return keywords::types_of_entry(keyword, words);
                });
                INFO(called(keyword) << " " << option << " " << thing.type);
                CHECK(made.has_value());
                if (!made) continue;
                Site site(keyword.context, &keyword);
                const auto heads =
                    keyword.opens_block() && site.earlier() ? site.earlier()->words : good_words(keyword, random);
                Statement& statement = site.put(statement_of(keyword, heads, random));
                statement.inside = {{made->words, false}};
                check_missing(thing, site, statement, statement.inside.front(), made->at);
                ++walked;
            }
        }
    }
    CHECK(walked > 90);
}
