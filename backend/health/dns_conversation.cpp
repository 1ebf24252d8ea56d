#include <fmt/format.h>
#include <strings.h>

#include <algorithm>
#include <array>

#include "backend/health/conversation_kinds.h"

// DNS_CHECK: one question by UDP (RFC 1035 section 4.1).
namespace lbctl::health {

namespace {

constexpr std::size_t header_size = 12;

struct TypeRow {
    std::string_view word;
    std::uint16_t number;
};

/// TYPE values of RFC 1035 section 3.2.2, RFC 3596 and RFC 4034.
constexpr std::array type_rows = std::to_array<TypeRow>({
    {"A", 1},
    {"NS", 2},
    {"CNAME", 5},
    {"SOA", 6},
    {"MX", 15},
    {"TXT", 16},
    {"AAAA", 28},
    {"RRSIG", 46},
    {"DNSKEY", 48},
});

struct CodeRow {
    unsigned number;
    std::string_view word;
};

/// RCODEs of RFC 1035 section 4.1.1.
constexpr std::array code_rows = std::to_array<CodeRow>({
    {1, "FORMERR"},
    {2, "SERVFAIL"},
    {3, "NXDOMAIN"},
    {4, "NOTIMP"},
    {5, "REFUSED"},
});

std::uint16_t type_number(std::string_view word) {
    const auto row = std::ranges::find_if(type_rows, [word](const TypeRow& candidate) {
        return candidate.word.size() == word.size() &&
               ::strncasecmp(candidate.word.data(), word.data(), word.size()) == 0;
    });
    constexpr std::uint16_t start_of_authority = 6;
    return row == type_rows.end() ? start_of_authority : row->number;
}

void append(std::string& to, std::uint16_t number) {
    to += static_cast<char>(number >> 8U);
    to += static_cast<char>(number & 0xffU);
}

/// Labels are written as they stand, also those that are too long; a final dot adds nothing.
void append_name(std::string& to, std::string_view name) {
    if (name == ".") name = {};
    while (!name.empty()) {
        const std::string_view label = name.substr(0, name.find('.'));
        to += static_cast<char>(label.size());
        to += label;
        name.remove_prefix(std::min(label.size() + 1, name.size()));
    }
    to += '\0';
}

std::string question(const model::DnsCheck& dns, std::uint16_t number) {
    constexpr std::uint16_t recursion_desired = 0x0100;
    constexpr std::uint16_t internet = 1;
    std::string bytes;
    append(bytes, number);
    append(bytes, recursion_desired);
    for (const std::uint16_t count : std::array<std::uint16_t, 4>{1, 0, 0, 0}) append(bytes, count);
    append_name(bytes, dns.name);
    append(bytes, type_number(dns.type));
    append(bytes, internet);
    return bytes;
}

std::uint16_t number_at(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[at]) << 8U |
                                      static_cast<unsigned char>(bytes[at + 1]));
}

class DnsConversation : public Conversation {
public:
    DnsConversation(const model::Checker& checker, std::uint16_t number, keywords::Version target)
        : question_(question(std::get<model::DnsCheck>(checker.details), number)),
          number_(number),
          patience_(checker.timing.connect_timeout.value),
          shortest_answer_(target < keywords::Version{2, 3, 0} ? 8 : header_size) {}

    void begin(Effects& effects) override { effects.wait = patience_; }

    void opened(Effects& effects) override {
        effects.send.push_back(question_);
        effects.wait = patience_;
    }

    /// What is no answer to this question is passed over, and the time goes on.
    void received(std::string_view bytes, Effects& effects) override {
        constexpr std::uint16_t is_answer = 0x8000;
        constexpr std::uint16_t code_bits = 0x000f;
        if (bytes.size() < shortest_answer_ || number_at(bytes, 0) != number_) return;
        const std::uint16_t flags = number_at(bytes, 2);
        if ((flags & is_answer) == 0) return;
        const unsigned code = flags & code_bits;
        if (code == 0) {
            effects.decide(State::up, "answered without error");
            return;
        }
        const auto row = std::ranges::find(code_rows, code, &CodeRow::number);
        effects.decide(State::down, row == code_rows.end() ? fmt::format("answered with error {}", code)
                                                           : fmt::format("answered {}", row->word));
    }

    void ended(Ending /*ending*/, Effects& effects) override {
        effects.decide(State::down, "no server there (ICMP port unreachable)");
    }

    void expired(Effects& effects) override {
        effects.decide(State::down, fmt::format("no answer within {}", in_seconds(patience_)));
    }

    [[nodiscard]] std::size_t room() const override { return whole_datagram; }

private:
    std::string question_;
    std::uint16_t number_;
    Microseconds patience_;
    std::size_t shortest_answer_;
};

}  // namespace

std::unique_ptr<Conversation> dns_conversation(const model::Checker& checker, std::uint16_t number,
                                               keywords::Version target) {
    return std::make_unique<DnsConversation>(checker, number, target);
}

}  // namespace lbctl::health
