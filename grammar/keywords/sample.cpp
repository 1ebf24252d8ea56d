#include "grammar/keywords/sample.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "grammar/keywords/argument_pattern.h"
#include "grammar/keywords/notation.h"

namespace lbctl::keywords {
namespace {

using notation::Atom;
using notation::Pattern;
using notation::Reading;

constexpr std::int64_t usual_most = 1000;  // of numbers without a limit of their own

class Sampler {
public:
    Sampler(RandomEngine& random, Version release) : random_(random), release_(release) {}

    void write(const Pattern& pattern) {
        std::visit([this](const auto& node) { write_node(node); }, pattern.node);
    }

    [[nodiscard]] std::vector<std::string> take() { return std::move(words_); }

private:
    std::int64_t number(std::int64_t low, std::int64_t high) {
        return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
    }
    bool coin() { return number(0, 1) == 1; }
    template <class Container>
    const auto& pick(const Container& container) {
        return container[static_cast<std::size_t>(number(0, static_cast<std::int64_t>(container.size()) - 1))];
    }

    void write_node(const notation::Sequence& node) {
        for (const Pattern& item : node.items) write(item);
    }
    void write_node(const notation::Choice& node) { write(pick(node.ways)); }
    void write_node(const notation::Optional& node) {
        if (coin()) write(node.inner.front());
    }
    void write_node(const notation::Repeat& node) { write(node.inner.front()); }
    void write_node(const notation::Skipping& node) { write(node.inner.front()); }
    void write_node(const Atom& node) { words_.push_back(word_of(node)); }
    void write_node(const notation::Literal& node) { words_.push_back(node.word); }
    void write_node(const notation::OneOf& node) { words_.push_back(pick(node.words)); }
    void write_node(const notation::SetWord& node) {
        std::vector<const ValueWord*> known;
        for (const ValueWord* word : node.words) {
            const bool there = word->since <= release_ && (word->removed == Version{} || release_ < word->removed);
            // Words that draw a complaint whatever stands with them are no good sample.
            if (there && word->replaced_by.empty() && word->arguments != "DROPPED") known.push_back(word);
        }
        if (known.empty()) return;
        const ValueWord& word = *pick(known);
        words_.emplace_back(word.word);
        if (const Pattern* arguments = notation::find_parsed(word.arguments)) write(*arguments);
    }
    void write_node(const notation::End& /*node*/) {}

    std::string decimal(const Atom& atom) {
        const std::int64_t low = atom.low.value_or(0);
        std::int64_t scale = 1;
        for (int i = 0; i < atom.type->digits; ++i) scale *= 10;
        const std::int64_t units =
            number(low, std::min(atom.high.value_or(low + usual_most * scale), low + usual_most * scale));
        return fmt::format("{}.{:0{}}", units / scale, units % scale, atom.type->digits);
    }

    std::string hex(std::size_t digits) {
        std::string text;
        for (std::size_t i = 0; i < digits; ++i) text += "0123456789abcdef"[number(0, 15)];
        return text;
    }

    std::string address(const Atom& atom) {
        const bool v6 = atom.type->families == notation::Families::inet6;
        if (atom.type->reading == Reading::multicast) {
            return v6 ? fmt::format("ff02::{:x}", number(1, 0xffff)) : fmt::format("224.0.0.{}", number(1, 254));
        }
        return v6 ? fmt::format("2001:db8::{:x}", number(1, 0xffff)) : fmt::format("192.0.2.{}", number(1, 254));
    }

    std::string word_of(const Atom& atom) {
        switch (atom.type->reading) {
            case Reading::integer:
            case Reading::c_number: {
                const std::int64_t low = atom.low.value_or(0);
                return std::to_string(number(low, std::min(atom.high.value_or(low + usual_most), low + usual_most)));
            }
            case Reading::wide_integer:
                return std::to_string(number(0, std::numeric_limits<std::int64_t>::max()));
            case Reading::decimal:
                return decimal(atom);
            case Reading::boolean:
                return pick(std::array<std::string, 6>{"on", "true", "yes", "off", "false", "no"});
            case Reading::address:
            case Reading::exact_address:
            case Reading::multicast:
                return address(atom);
            case Reading::network:
                return fmt::format("192.0.2.{}/{}", number(1, 254), number(0, 32));
            case Reading::address_range:
                return coin() ? address(atom) : fmt::format("192.0.2.{}-{}", number(1, 100), number(101, 255));
            case Reading::netmask:
                return "255.255.255.0";
            case Reading::hex:
            case Reading::hex_pattern:
                return hex(8);
            case Reading::md5:
                return hex(32);
            case Reading::mac:
                return fmt::format("02:00:00:00:00:{:02x}", number(0, 255));
            case Reading::interface:
                return fmt::format("eth{}", number(0, 9));
            case Reading::label:
                return fmt::format("eth0:{}", number(0, 9));
            case Reading::status:
                return coin() ? "200" : fmt::format("200-{}", number(200, 299));
            case Reading::range:
                return fmt::format("{}-{}", number(1, 100), number(100, 200));
            case Reading::mark:
                return coin() ? fmt::format("{:#x}", number(1, 255)) : fmt::format("{}/0xff", number(1, 255));
            case Reading::round_trip:
                return fmt::format("{}ms", number(200, 1000));
            case Reading::hmac_key:
                return fmt::format("hex:{}", hex(64));
            case Reading::umask:
                return "IWGRP|IWOTH";
            case Reading::dns_name:
                return "www.example.com";
            case Reading::dropped:
                return "word";
            case Reading::text:
                return text_of(atom);
        }
        return {};
    }

    std::string text_of(const Atom& atom) {
        struct Example {
            std::string_view type;
            std::string_view text;
        };
        constexpr std::array<Example, 20> examples{{{"PATH", "/etc/hostname"}, {"FILE", "/etc/hostname"},
                                                    {"NEW_FILE", "/tmp/new"},  {"DIRECTORY", "/etc"},
                                                    {"IFGROUP", "0"},          {"NFTABLE", "100"},
                                                    {"ROUTE_PROTOCOL", "6"},   {"GLOB", "/etc/keepalived/none-*.conf"},
                                                    {"SCRIPT", "/bin/true"},   {"REGEX", "ok"},
                                                    {"USER", "root"},          {"GROUP", "root"},
                                                    {"HOST", "192.0.2.1"},     {"EMAIL", "root@example.com"},
                                                    {"TABLE", "100"},          {"PROTOCOL", "6"},
                                                    {"REALMS", "1/2"},         {"DSFIELD", "0x10"},
                                                    {"MPLS", "100"},           {"LOCATOR", "1:2:3:4"}}};
        const auto* example = std::ranges::find(examples, atom.type->name, &Example::type);
        if (example != examples.end()) return std::string(example->text);
        return fmt::format("name{}", number(1, 9));
    }

    RandomEngine& random_;
    Version release_;
    std::vector<std::string> words_;
};

/// A word that no word of the notation's types fits where something other than free text is read.
constexpr std::string_view misfit = "/:no-such-word";

bool fits(std::string_view notation, const std::vector<std::string>& words, Version release) {
    const std::vector<std::string_view> views(words.begin(), words.end());
    const auto match = match_arguments(notation, "sample", views, release);
    return match && match->fits();
}

}  // namespace

std::optional<std::vector<std::string>> good_sample(std::string_view text, RandomEngine& random, Version release) {
    const Pattern* known = notation::find_parsed(text);
    const auto parsed = known == nullptr ? notation::parse(text) : Result<Pattern>(*known);
    if (!parsed) return std::nullopt;
    // Parts of a notation that are free to stand in any order can come out in one that its author did not mean.
    constexpr int tries = 20;
    for (int i = 0; i < tries; ++i) {
        Sampler sampler(random, release);
        sampler.write(*parsed);
        auto words = sampler.take();
        if (fits(text, words, release)) return words;
    }
    return std::nullopt;
}

std::optional<BadSample> bad_sample(std::string_view text, RandomEngine& random, Version release) {
    const auto good = good_sample(text, random, release);
    if (!good) return std::nullopt;
    // Which words can be wrong is for the matcher to say.
    std::vector<BadSample> wrong;
    for (std::size_t i = 0; i < good->size(); ++i) {
        BadSample sample{*good, i};
        sample.words[i] = misfit;
        const std::vector<std::string_view> views(sample.words.begin(), sample.words.end());
        const auto match = match_arguments(text, "sample", views, release);
        if (match && match->mismatches.size() == 1 && !is_used(match->mismatches.front().kind) &&
            match->mismatches.front().word == i) {
            wrong.push_back(std::move(sample));
        }
    }
    if (good->empty() || fits(text, {}, release)) {
        // Nothing has to stand there: a single wrong word may still be one.
        const std::vector<std::string_view> views{misfit};
        const auto match = match_arguments(text, "sample", views, release);
        if (match && match->mismatches.size() == 1 && !is_used(match->mismatches.front().kind)) {
            wrong.push_back({{std::string(misfit)}, 0});
        }
    }
    if (wrong.empty() && !good->empty() && !fits(text, {}, release)) wrong.push_back({{}, 0});
    if (wrong.empty()) return std::nullopt;
    const auto last = static_cast<std::int64_t>(wrong.size()) - 1;
    return wrong[static_cast<std::size_t>(std::uniform_int_distribution<std::int64_t>(0, last)(random))];
}

}  // namespace lbctl::keywords
