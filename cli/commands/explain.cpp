#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "backend/doctor/check.h"
#include "cli/analysis_options.h"
#include "cli/command.h"
#include "cli/counted.h"
#include "cli/print.h"
#include "cli/report_failure.h"
#include "grammar/base/json_text.h"
#include "grammar/keywords/keyword.h"
#include "grammar/keywords/topics.h"
#include "grammar/keywords/usage.h"
#include "grammar/keywords/version.h"
#include "grammar/source/sources.h"
#include "grammar/validate/rule.h"

namespace lbctl::cli {

namespace {

using Json = nlohmann::ordered_json;
using keywords::Keyword;
using keywords::Kind;
using keywords::Topic;
using keywords::ValueWord;
using keywords::Version;
using validate::RulePage;

struct ExplainArguments {
    std::string word;
    std::string target_version = keywords::default_target.to_string();
    std::string format = "text";
    bool rules = false;
};

/// What there is to say about a word.
struct Answer {
    std::vector<const Keyword*> keywords;
    std::vector<const ValueWord*> words;
    const RulePage* page = nullptr;
    std::string context;  ///< when the word is the path of a context
    const Topic* topic = nullptr;
    [[nodiscard]] bool empty() const {
        return keywords.empty() && words.empty() && page == nullptr && context.empty() && topic == nullptr;
    }
};

std::string_view kind_name(Kind kind) {
    switch (kind) {
        case Kind::value:
            return "value";
        case Kind::flag:
            return "flag";
        case Kind::block:
            return "block";
        case Kind::line_block:
            return "block of lines";
        case Kind::list:
            return "list";
    }
    return {};
}

/// "the top level" or the path.
std::string place_of(std::string_view context) {
    if (context == "/") return "the top level";
    if (context == "*") return "any place";
    return std::string(context);
}

std::string usage_line(const Keyword& keyword, Version target) {
    std::string text(keyword.name);
    const std::string usage = keywords::usage_of(keywords::arguments_in(keyword, target), target);
    const bool braces =
        keyword.kind != Kind::value && keyword.kind != Kind::flag && usage.find(" | ") != std::string::npos;
    if (!usage.empty()) text += braces ? fmt::format(" ({})", usage) : fmt::format(" {}", usage);
    if (keyword.kind == Kind::block) text += " { ... }";
    if (keyword.kind == Kind::line_block || keyword.kind == Kind::list) {
        text += fmt::format(" {{ {}{} }}", keywords::usage_of(keywords::entry_notation(keyword), target),
                            keyword.kind == Kind::list ? " ..." : "");
    }
    return text;
}

std::vector<std::string_view> sets_of(const Keyword& keyword) {
    auto sets = keywords::sets_in(keyword.arguments);
    for (const std::string_view set : keywords::sets_in(keywords::entry_notation(keyword))) {
        if (std::ranges::find(sets, set) == sets.end()) sets.push_back(set);
    }
    return sets;
}

std::string releases(Version since, Version removed) {
    if (since == keywords::unreleased) return "in its sources, and in no release yet";
    if (removed == Version{}) return fmt::format("since {}", since.to_string());
    return fmt::format("since {}, until {}", since.to_string(), removed.to_string());
}

bool is_known(const ValueWord& word, Version target) {
    return word.since <= target && (word.removed == Version{} || target < word.removed);
}

std::string text_of(const ValueWord& word, Version target) {
    std::string head(word.word);
    const std::string usage = keywords::usage_of(word.arguments, target);
    if (!usage.empty()) head += fmt::format(" {}", usage);
    constexpr std::size_t column = 28;
    std::string text = fmt::format("        {:<{}} ", head, column);
    if (head.size() > column) text += fmt::format("\n        {:<{}} ", "", column);
    text += word.documentation;
    if (!is_known(word, target)) text += fmt::format(" ({})", releases(word.since, word.removed));
    text += '\n';
    return text;
}

std::string text_of(const Keyword& keyword, Version target, bool with_children) {
    std::string text = fmt::format("{} in {}\n", keyword.name, place_of(keyword.context));
    text += fmt::format("    {}\n\n", keyword.documentation);
    text += fmt::format("    usage       {}\n", usage_line(keyword, target));
    if (!keyword.default_value.empty()) text += fmt::format("    default     {}\n", keyword.default_value);
    text += fmt::format("    keepalived  {}", releases(keyword.since, keyword.removed));
    if (!keyword.known_to(target)) text += fmt::format(", not in {}", target.to_string());
    if (keyword.optional_build) text += ", not in every build";
    text += "\n";
    if (!keyword.replaced_by.empty()) text += fmt::format("    instead     {}\n", keyword.replaced_by);
    if (keyword.deprecated != Version{}) {
        text += fmt::format("                keepalived complains of it since {}\n", keyword.deprecated.to_string());
    }
    if (keyword.kind == Kind::block && with_children) {
        std::string inside;
        for (const Keyword* child : keywords::keywords_of(keywords::context_inside(keyword))) {
            if (!child->known_to(target)) continue;
            inside += fmt::format("{}{}", inside.empty() ? "" : " ", child->name);
        }
        if (!inside.empty()) text += fmt::format("    inside      {}\n", inside);
    }
    for (const std::string_view set : sets_of(keyword)) {
        text += fmt::format("    <{}>\n", set);
        for (const ValueWord* word : keywords::words_of(set)) text += text_of(*word, target);
    }
    return text;
}

/// Who judges.
std::string_view origin_text(validate::Origin origin) {
    switch (origin) {
        case validate::Origin::keepalived:
            return "keepalived, which refuses, skips, changes or reports it";
        case validate::Origin::kernel:
            return "kernel, which refuses it";
        case validate::Origin::lbctl:
            break;
    }
    return "lbctl: keepalived accepts it";
}

std::string text_of(const RulePage& page) {
    std::string text = fmt::format("{}\n    {}\n\n    family      {}\n    severity    {}\n", page.id, page.summary,
                                   page.family, source::to_string(page.severity));
    for (const auto& other : page.others) {
        if (!other.when.empty())
            text += fmt::format("                {} {}\n", source::to_string(other.severity), other.when);
    }
    text += fmt::format("    origin      {}\n", origin_text(page.origin));
    if (!page.detail.empty()) text += fmt::format("\n{}\n", page.detail);
    if (!page.example.empty()) text += fmt::format("\nFor example:\n\n{}\n", page.example);
    return text;
}

/// The lines, further in.
std::string indented(std::string_view lines) {
    std::string text;
    while (!lines.empty()) text += fmt::format("    {}\n", source::take_line(lines));
    return text;
}

std::string text_of(const Topic& topic) {
    std::string text = fmt::format("{}\n{}", topic.title, indented(topic.text));
    if (!topic.director.empty()) text += fmt::format("\nOn the director:\n{}", indented(topic.director));
    if (!topic.real_servers.empty()) text += fmt::format("\nOn the real servers:\n{}", indented(topic.real_servers));
    return text + fmt::format("\nSee also: {}\n", topic.see);
}

std::string text_of_context(const std::string& context, Version target) {
    std::string text = fmt::format("{}\n", place_of(context));
    for (const Keyword* keyword : keywords::keywords_of(context)) {
        if (!keyword->known_to(target)) continue;
        text += fmt::format("    {:<36} {}\n", keyword->name, keyword->documentation);
    }
    return text;
}

std::string text_of(const Answer& answer, Version target) {
    std::string text;
    const auto part = [&text](const std::string& more) { text += fmt::format("{}{}", text.empty() ? "" : "\n", more); };
    if (answer.topic != nullptr) part(text_of(*answer.topic));
    if (answer.page != nullptr) part(text_of(*answer.page));
    for (const Keyword* keyword : answer.keywords) part(text_of(*keyword, target, answer.context.empty()));
    if (!answer.context.empty()) part(text_of_context(answer.context, target));
    if (!answer.words.empty()) {
        std::string words;
        for (const ValueWord* word : answer.words)
            words += fmt::format("    <{}>\n{}", word->set, text_of(*word, target));
        part(fmt::format("{} as a word of\n{}", answer.words.front()->word, words));
    }
    return text;
}

Json or_null(Version version) {
    return version == Version{} ? Json() : Json(version.to_string());
}

Json or_null(std::string_view text) {
    return text.empty() ? Json() : Json(text);
}

Json json_of(const ValueWord& word, Version target) {
    return {{"set", word.set},
            {"word", word.word},
            {"arguments", keywords::usage_of(word.arguments, target)},
            {"since", word.since.to_string()},
            {"removed", or_null(word.removed)},
            {"replaced_by", or_null(word.replaced_by)},
            {"documentation", word.documentation}};
}

Json json_of(const Keyword& keyword, Version target) {
    Json words = Json::array();
    for (const std::string_view set : sets_of(keyword)) {
        for (const ValueWord* word : keywords::words_of(set)) words.push_back(json_of(*word, target));
    }
    return {{"context", keyword.context},
            {"keyword", keyword.name},
            {"kind", kind_name(keyword.kind)},
            {"usage", usage_line(keyword, target)},
            {"arguments", keywords::arguments_in(keyword, target)},
            {"entry", or_null(keywords::entry_notation(keyword))},
            {"default", or_null(keyword.default_value)},
            {"since", keyword.since.to_string()},
            {"removed", or_null(keyword.removed)},
            {"deprecated", or_null(keyword.deprecated)},
            {"replaced_by", or_null(keyword.replaced_by)},
            {"optional_build", keyword.optional_build},
            {"known", keyword.known_to(target)},
            {"documentation", keyword.documentation},
            {"words", std::move(words)}};
}

Json json_of(const RulePage& page) {
    Json others = Json::array();
    for (const auto& other : page.others) {
        if (!other.when.empty())
            others.push_back({{"severity", source::to_string(other.severity)}, {"when", other.when}});
    }
    return {{"id", page.id},
            {"family", page.family},
            {"severity", source::to_string(page.severity)},
            {"origin", to_string(page.origin)},
            {"summary", page.summary},
            {"detail", page.detail},
            {"example", page.example},
            {"other_severities", std::move(others)}};
}

Json json_of(const Topic& topic) {
    return {{"words", topic.words},
            {"title", topic.title},
            {"text", topic.text},
            {"director", or_null(topic.director)},
            {"real_servers", or_null(topic.real_servers)},
            {"see", topic.see}};
}

Json json_of(const Answer& answer, Version target) {
    Json object{{"schema", "lbctl-explain/1"}, {"target_version", target.to_string()}};
    object["topic"] = answer.topic == nullptr ? Json() : json_of(*answer.topic);
    object["keywords"] = Json::array();
    for (const Keyword* keyword : answer.keywords) object["keywords"].push_back(json_of(*keyword, target));
    if (!answer.context.empty()) {
        for (const Keyword* keyword : keywords::keywords_of(answer.context)) {
            object["keywords"].push_back(json_of(*keyword, target));
        }
    }
    object["words"] = Json::array();
    for (const ValueWord* word : answer.words) object["words"].push_back(json_of(*word, target));
    object["rules"] = Json::array();
    if (answer.page != nullptr) object["rules"].push_back(json_of(*answer.page));
    return object;
}

/// Whether `path` is `tail`, or ends with it after a slash.
bool ends_with_path(std::string_view path, std::string_view tail) {
    if (!path.ends_with(tail)) return false;
    return path.size() == tail.size() || path[path.size() - tail.size() - 1] == '/';
}

/// A keyword, a context, a keyword with its context or the end of that before it ("real_server/weight"), a word or the
/// id of a rule.
Answer answer_for(const std::string& word) {
    Answer answer;
    answer.topic = keywords::find_topic(word);
    answer.page = validate::find_rule_page(word);
    if (answer.page == nullptr) answer.page = doctor::find_page(word);
    answer.keywords = keywords::find_everywhere(word);
    const auto contexts = keywords::all_contexts();
    if (const std::size_t slash = word.rfind('/'); slash != std::string::npos && slash + 1 < word.size()) {
        const std::string context = slash == 0 ? "/" : word.substr(0, slash);
        const std::string name = word.substr(slash + 1);
        if (const Keyword* keyword = keywords::find_keyword(context, name)) {
            answer.keywords.push_back(keyword);
        } else {
            for (const Keyword* found : keywords::find_everywhere(name)) {
                if (ends_with_path(found->context, context)) answer.keywords.push_back(found);
            }
        }
    }
    if (std::ranges::find(contexts, word) != contexts.end()) {
        answer.context = word;
    } else if (word.find('/') != std::string::npos) {
        const auto is_end = [&word](std::string_view context) { return ends_with_path(context, word); };
        if (std::ranges::count_if(contexts, is_end) == 1) answer.context = *std::ranges::find_if(contexts, is_end);
    }
    for (const ValueWord& known : keywords::all_value_words()) {
        if (known.word == word) answer.words.push_back(&known);
    }
    return answer;
}

std::string nearest_to(const std::string& word) {
    std::vector<std::string_view> known;
    for (const Keyword& keyword : keywords::all_keywords()) known.push_back(keyword.name);
    const auto pages = validate::all_rule_pages();
    for (const RulePage& page : pages) known.push_back(page.id);
    for (const ValueWord& value : keywords::all_value_words()) known.push_back(value.word);
    for (const Topic& topic : keywords::all_topics()) known.insert(known.end(), topic.words.begin(), topic.words.end());
    return std::string(keywords::nearest(word, known));
}

void print_contexts(const Streams& streams, bool json, Version target) {
    Json list = Json::array();
    for (const std::string_view context : keywords::all_contexts()) {
        const auto rows = keywords::keywords_of(context);
        const auto count = std::ranges::count_if(rows, [&](const Keyword* row) { return row->known_to(target); });
        if (count == 0) continue;
        if (json) {
            list.push_back({{"context", context}, {"keywords", count}});
        } else {
            print(streams.out, "{:<48} {}\n", context, counted(static_cast<std::uint64_t>(count), "keyword"));
        }
    }
    if (!json) return;
    const Json object{
        {"schema", "lbctl-explain/1"}, {"target_version", target.to_string()}, {"contexts", std::move(list)}};
    print_text(streams.out, base::json_text(object, 2) + "\n");
}

void print_rules(const Streams& streams, bool json) {
    Json list = Json::array();
    for (const RulePage& page : validate::all_rule_pages()) {
        if (json) {
            list.push_back(json_of(page));
        } else {
            print(streams.out, "{:<32} {:<8} {}\n", page.id, source::to_string(page.severity), page.summary);
        }
    }
    if (json)
        print_text(streams.out, base::json_text({{"schema", "lbctl-explain/1"}, {"rules", std::move(list)}}, 2) + "\n");
}

ExitStatus explain(const ExplainArguments& arguments, const Streams& streams) {
    const auto target = target_version(arguments.target_version);
    if (!target) return report_failure(streams, target.error());
    const bool json = arguments.format == "json";
    if (arguments.rules) {
        print_rules(streams, json);
        return ExitStatus::ok;
    }
    if (arguments.word.empty()) {
        print_contexts(streams, json, *target);
        return ExitStatus::ok;
    }
    const Answer answer = answer_for(arguments.word);
    if (answer.empty()) {
        const std::string near = nearest_to(arguments.word);
        return report_failure(streams, {fmt::format("`{}' is no keyword, no word and no rule", arguments.word),
                                        near.empty() ? "`lbctl explain' lists where keywords stand"
                                                     : fmt::format("did you mean `{}'?", near)});
    }
    if (json) {
        print_text(streams.out, base::json_text(json_of(answer, *target), 2) + "\n");
    } else {
        print_text(streams.out, text_of(answer, *target));
    }
    return ExitStatus::ok;
}

void add_explain(Command program, Invocation& invocation) {
    Command command = program.command("explain", "what a keyword, a word of its values or a rule means");
    auto arguments = std::make_shared<ExplainArguments>();
    const Option rules = command.flag("--rules", arguments->rules, "list every rule of lint");
    command.option("WORD", arguments->word, "a keyword, BLOCK/KEYWORD, a block, a word or the id of a rule")
        .type_name("")
        .excludes(rules);
    command.option("--target-version", arguments->target_version, "the keepalived release to speak of (2.4.3)")
        .type_name("RELEASE");
    command.option("--format", arguments->format, "text or json").one_of({"text", "json"});
    command.on_chosen([&invocation, arguments] {
        invocation.run = [arguments](const Streams& streams) { return explain(*arguments, streams); };
    });
}

}  // namespace

extern const Registration explain_command{
    .name = "explain", .heading = Heading::configurations, .rights = Rights::none, .add = add_explain};

}  // namespace lbctl::cli
