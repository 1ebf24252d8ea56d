#include "backend/doctor/firewall_rule.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <utility>

#include "grammar/base/number.h"

namespace lbctl::doctor {

namespace {

constexpr std::array<std::pair<std::string_view, std::uint8_t>, 15> protocol_names{{{"icmp", 1},
                                                                                    {"igmp", 2},
                                                                                    {"ipv4", 4},
                                                                                    {"ipencap", 4},
                                                                                    {"tcp", 6},
                                                                                    {"udp", 17},
                                                                                    {"gre", 47},
                                                                                    {"esp", 50},
                                                                                    {"ah", 51},
                                                                                    {"icmpv6", 58},
                                                                                    {"ipv6-icmp", 58},
                                                                                    {"ospf", 89},
                                                                                    {"vrrp", 112},
                                                                                    {"carp", 112},
                                                                                    {"sctp", 132}}};

std::optional<std::uint8_t> protocol_of(std::string_view word) {
    for (const auto& [name, number] : protocol_names) {
        if (name == word) return number;
    }
    return base::whole_number<std::uint8_t>(word);
}

Matches negated(Matches matches) {
    if (matches == Matches::maybe) return matches;
    return matches == Matches::yes ? Matches::no : Matches::yes;
}

Matches if_equal(bool equal) {
    return equal ? Matches::yes : Matches::no;
}

std::vector<std::string_view> split(std::string_view list) {
    std::vector<std::string_view> parts;
    while (!list.empty()) {
        const std::string_view part = list.substr(0, list.find(','));
        if (!part.empty()) parts.push_back(part);
        list.remove_prefix(std::min(part.size() + 1, list.size()));
    }
    return parts;
}

/// The conditions of one rule, which all have to hold.
class Conditions {
public:
    explicit Conditions(const Packet& packet) : packet_(packet) {}

    void add(Matches matches) {
        if (matches == Matches::no || (matches == Matches::maybe && all_ == Matches::yes)) all_ = matches;
    }
    [[nodiscard]] Matches all() const { return all_; }

    [[nodiscard]] Matches protocol(std::string_view word) const {
        if (word == "all") return Matches::yes;
        const auto number = protocol_of(word);
        return number ? if_equal(*number == packet_.protocol) : Matches::maybe;
    }

    /// An address, a net, or two addresses with a dash.
    [[nodiscard]] Matches address(std::string_view word, bool destination) const {
        if (!destination && !packet_.source)
            return word == "0.0.0.0/0" || word == "::/0" ? Matches::yes : Matches::maybe;
        const IpAddress& own = destination ? packet_.destination : *packet_.source;
        const std::size_t slash = word.find('/');
        const std::size_t dash = word.find('-');
        if (dash != std::string_view::npos) {
            const auto first = IpAddress::parse(word.substr(0, dash));
            const auto last = IpAddress::parse(word.substr(dash + 1));
            if (!first || !last) return Matches::maybe;
            return if_equal(first->distance_to(own).has_value() && own.distance_to(*last).has_value());
        }
        const auto net = IpAddress::parse(word.substr(0, slash));
        if (!net) return Matches::maybe;
        if (net->family() != own.family()) return Matches::no;
        if (slash == std::string_view::npos) return if_equal(*net == own);
        const auto length = base::whole_number<int>(word.substr(slash + 1));
        return length ? if_equal(net->common_bits(own) >= *length) : Matches::maybe;
    }

    /// A device's name, of which a star (nft) or a plus (iptables) at its end leaves the rest open.
    [[nodiscard]] Matches device(std::string_view word) const {
        if (packet_.device.empty()) return Matches::maybe;
        if (word.ends_with('*') || word.ends_with('+'))
            return if_equal(packet_.device.starts_with(word.substr(0, word.size() - 1)));
        return if_equal(word == packet_.device);
    }

    /// A state of a connection. VRRP has no answers, unless two speak to each other directly.
    [[nodiscard]] Matches state(std::string_view word) const {
        if (word == "established" || word == "ESTABLISHED") return packet_.established ? Matches::maybe : Matches::no;
        if (word == "new" || word == "NEW") return packet_.established ? Matches::maybe : Matches::yes;
        if (word == "untracked" || word == "UNTRACKED") return Matches::maybe;
        return Matches::no;
    }

    [[nodiscard]] Matches packet_type(std::string_view word) const {
        return if_equal((word == "multicast" || word == "MULTICAST") == packet_.multicast);
    }

    [[nodiscard]] Family family() const { return packet_.destination.family(); }
    [[nodiscard]] const Packet& packet() const { return packet_; }

    /// Whether one of some values is what the packet has.
    template <class Test>
    static Matches any(const std::vector<std::string_view>& values, Test test) {
        Matches best = values.empty() ? Matches::maybe : Matches::no;
        for (const std::string_view value : values) best = std::max(best, test(value));
        return best;
    }

private:
    const Packet& packet_;
    Matches all_ = Matches::yes;
};

/// A rule of nft as its words, taken one after the other (nft(8)).
class NftRule {
public:
    NftRule(std::string_view text, const Packet& packet) : words_(words_of(text)), conditions_(packet) {}

    Rule read() {
        while (!at_end()) {
            const std::string word = next();
            if (!read_verdict(word)) read_statement(word);
            if (rule_.verdict != Verdict::none) break;
        }
        rule_.matches = conditions_.all();
        return std::move(rule_);
    }

private:
    [[nodiscard]] bool at_end() const { return at_ >= words_.size(); }
    [[nodiscard]] std::string_view peek() const { return at_end() ? std::string_view() : words_[at_]; }
    std::string next() { return at_end() ? std::string() : words_[at_++]; }
    bool take(std::string_view word) {
        if (peek() != word) return false;
        ++at_;
        return true;
    }

    /// The values of a condition; `open` when they cannot be told.
    std::vector<std::string_view> values(bool& negative, bool& open) {
        negative = take("!=");
        if (!negative) take("==");
        open = peek() == "<" || peek() == ">" || peek() == "<=" || peek() == ">=" || peek() == "&" ||
               peek().starts_with('@');
        std::vector<std::string_view> all;
        if (open) {
            // An operator has a value after it, the name of a set has not.
            if (!peek().starts_with('@')) next();
            next();
            return all;
        }
        if (take("{")) {
            while (!at_end() && peek() != "}") {
                for (const std::string_view part : split(words_[at_])) all.push_back(part);
                ++at_;
            }
            take("}");
        } else if (!at_end()) {
            all = split(words_[at_]);
            ++at_;
        }
        return all;
    }

    template <class Test>
    void condition(Test test) {
        bool negative = false;
        bool open = false;
        const auto all = values(negative, open);
        if (peek() == "vmap" || peek() == "map") open = true;
        Matches matches = open ? Matches::maybe : Conditions::any(all, test);
        if (negative) matches = negated(matches);
        conditions_.add(matches);
    }

    bool read_verdict(std::string_view word) {
        if (word == "accept") {
            rule_.verdict = Verdict::accept;
        } else if (word == "drop" || word == "reject") {
            rule_.verdict = Verdict::drop;
        } else if (word == "return") {
            rule_.verdict = Verdict::leave;
        } else if (word == "jump" || word == "goto") {
            rule_.verdict = word == "jump" ? Verdict::jump : Verdict::go;
            rule_.target = next();
        } else if (word == "queue" || word == "vmap" || word == "tproxy" || word == "synproxy") {
            rule_.verdict = Verdict::unknown;
        } else {
            return false;
        }
        return true;
    }

    void read_statement(std::string_view word) {
        if (word == "meta") {
            read_meta(next());
        } else if (word == "iifname" || word == "iif" || word == "oifname" || word == "oif" || word == "pkttype" ||
                   word == "l4proto" || word == "nfproto") {
            read_meta(std::string(word));
        } else if (word == "ip" || word == "ip6") {
            read_header(word == "ip" ? Family::inet : Family::inet6);
        } else if (word == "ct") {
            if (take("state")) {
                condition([&](std::string_view value) { return conditions_.state(value); });
            } else {
                unknown();
            }
        } else if (word == "counter") {
            if (take("packets")) {
                next();
                take("bytes");
                next();
            } else if (take("name")) {
                next();
            }
        } else if (word == "comment") {
            next();
        } else if (word == "log") {
            while (peek() == "prefix" || peek() == "level" || peek() == "group" || peek() == "flags") {
                next();
                next();
            }
        } else if (word == "tcp" || word == "udp" || word == "sctp" || word == "dccp" || word == "icmp" ||
                   word == "icmpv6" || word == "igmp" || word == "udplite" || word == "esp" || word == "ah") {
            // A field of another protocol's header.
            conditions_.add(protocol_of(word) == conditions_.packet().protocol ? Matches::maybe : Matches::no);
            skip_condition();
        } else if (word == "fib" || word == "ether" || word == "th" || word == "limit" || word == "quota") {
            unknown();
        } else {
            conditions_.add(Matches::maybe);
        }
    }

    void read_meta(const std::string& key) {
        if (key == "iifname" || key == "oifname" || key == "iif" || key == "oif") {
            condition([&](std::string_view value) { return conditions_.device(value); });
        } else if (key == "l4proto") {
            condition([&](std::string_view value) { return conditions_.protocol(value); });
        } else if (key == "pkttype") {
            condition([&](std::string_view value) { return conditions_.packet_type(value); });
        } else if (key == "nfproto" || key == "protocol") {
            condition([&](std::string_view value) {
                return if_equal((value == "ipv6" || value == "ip6") == (conditions_.family() == Family::inet6));
            });
        } else if (take("set")) {
            // It changes the packet, and is no condition.
            next();
        } else {
            unknown();
        }
    }

    void read_header(Family family) {
        if (family != conditions_.family()) conditions_.add(Matches::no);
        const std::string field = next();
        if (field == "protocol" || field == "nexthdr") {
            condition([&](std::string_view value) { return conditions_.protocol(value); });
        } else if (field == "daddr" || field == "saddr") {
            condition([&](std::string_view value) { return conditions_.address(value, field == "daddr"); });
        } else if (field == "ttl" || field == "hoplimit") {
            // RFC 5798 section 5.1.1.3: always 255.
            condition([&](std::string_view value) { return if_equal(value == "255"); });
        } else {
            unknown();
        }
    }

    /// Passes over what is left of a condition, up to a verdict.
    void skip_condition() {
        while (!at_end() && !is_verdict(peek())) ++at_;
    }
    void unknown() {
        conditions_.add(Matches::maybe);
        skip_condition();
    }
    static bool is_verdict(std::string_view word) {
        constexpr std::array<std::string_view, 8> verdicts{"accept", "drop", "reject", "return",
                                                           "jump",   "goto", "queue",  "vmap"};
        return std::ranges::find(verdicts, word) != verdicts.end();
    }

    std::vector<std::string> words_;
    std::size_t at_ = 0;
    Conditions conditions_;
    Rule rule_;
};

/// A rule of iptables-save as its words (iptables(8), iptables-extensions(8)).
class IptablesRule {
public:
    IptablesRule(std::string_view text, const Packet& packet) : words_(words_of(text)), conditions_(packet) {}

    Rule read() {
        bool negative = false;
        while (at_ < words_.size()) {
            const std::string word = next();
            if (word == "!") {
                negative = true;
                continue;
            }
            if (word == "-j" || word == "-g") {
                read_target(word == "-g");
                break;
            }
            read_option(word, negative);
            negative = false;
        }
        rule_.matches = conditions_.all();
        return std::move(rule_);
    }

private:
    std::string next() { return at_ < words_.size() ? words_[at_++] : std::string(); }

    template <class Test>
    void condition(bool negative, Test test) {
        const std::string list = next();
        const Matches matches = Conditions::any(split(list), test);
        conditions_.add(negative ? negated(matches) : matches);
    }

    void read_option(std::string_view option, bool negative) {
        if (option == "-p") {
            condition(negative, [&](std::string_view value) { return conditions_.protocol(value); });
        } else if (option == "-d" || option == "-s") {
            condition(negative, [&](std::string_view value) { return conditions_.address(value, option == "-d"); });
        } else if (option == "-i" || option == "-o") {
            condition(negative, [&](std::string_view value) { return conditions_.device(value); });
        } else if (option == "--ctstate" || option == "--state") {
            condition(negative, [&](std::string_view value) { return conditions_.state(value); });
        } else if (option == "--pkt-type" || option == "--dst-type") {
            condition(negative, [&](std::string_view value) { return conditions_.packet_type(value); });
        } else if (option == "-m" || option == "--comment") {
            next();
        } else {
            // Options of other modules: none of them says that the packet is meant for sure.
            conditions_.add(Matches::maybe);
            while (at_ < words_.size() && !words_[at_].starts_with('-') && words_[at_] != "!") ++at_;
        }
    }

    void read_target(bool go) {
        const std::string target = next();
        if (target == "ACCEPT") {
            rule_.verdict = Verdict::accept;
        } else if (target == "DROP" || target == "REJECT") {
            rule_.verdict = Verdict::drop;
        } else if (target == "RETURN") {
            rule_.verdict = Verdict::leave;
        } else if (target == "NFQUEUE" || target == "QUEUE" || target == "TPROXY") {
            rule_.verdict = Verdict::unknown;
        } else {
            // A chain; or what changes or counts packets and lets them go on, whose name no chain has.
            rule_.verdict = go ? Verdict::go : Verdict::jump;
            rule_.target = target;
        }
    }

    std::vector<std::string> words_;
    std::size_t at_ = 0;
    Conditions conditions_;
    Rule rule_;
};

std::optional<std::uint32_t> number_of(std::string_view word) {
    const bool hexadecimal = word.starts_with("0x");
    return base::whole_number<std::uint32_t>(word.substr(hexadecimal ? 2 : 0), hexadecimal ? 16 : 10);
}

}  // namespace

std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    std::string word;
    bool quoted = false;
    bool open = false;
    const auto end_word = [&] {
        if (!open) return;
        if (word.size() > 1 && word.ends_with(',')) word.pop_back();
        words.push_back(std::move(word));
        word.clear();
        open = false;
    };
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char character = line[i];
        if (quoted && character == '\\' && i + 1 < line.size()) {
            word += line[++i];
        } else if (character == '"') {
            quoted = !quoted;
            open = true;
        } else if (!quoted && (character == ' ' || character == '\t')) {
            end_word();
        } else {
            word += character;
            open = true;
        }
    }
    end_word();
    return words;
}

Rule read_rule(const Chain& chain, std::string_view text, const Packet& packet) {
    return chain.tool == FirewallTool::nft ? NftRule(text, packet).read() : IptablesRule(text, packet).read();
}

Marks mark_of_rule(FirewallTool tool, std::string_view text, std::uint32_t mark) {
    const auto words = words_of(text);
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        std::string_view value;
        if (tool == FirewallTool::nft) {
            if (words[i] != "mark" || words[i + 1] != "set" || (i > 0 && words[i - 1] == "ct")) continue;
            if (i + 2 < words.size()) value = words[i + 2];
        } else if (words[i] == "--set-mark" || words[i] == "--set-xmark") {
            value = words[i + 1];
            value = value.substr(0, value.find('/'));
        } else if (words[i] == "--restore-mark" || words[i + 1] == "--restore-mark" || words[i] == "--or-mark") {
            return Marks::maybe;
        } else {
            continue;
        }
        const auto number = number_of(value);
        // A map, the mark of a connection, or some of the bits.
        if (!number) return Marks::maybe;
        if (*number == mark) return Marks::yes;
    }
    return Marks::no;
}

}  // namespace lbctl::doctor
