#include "backend/health/mail_conversation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace lbctl::health {

namespace {

constexpr std::size_t buffer_size = 1024;

/// An address with a display name has the address itself in angle brackets.
std::string in_brackets(std::string_view address) {
    const std::size_t begin = address.rfind('<');
    if (address.ends_with('>') && begin != std::string_view::npos) return std::string(address.substr(begin));
    return fmt::format("<{}>", address);
}

/// A line of a header: what would end it becomes a blank.
std::string in_header(std::string_view text) {
    std::string line(text);
    std::ranges::replace_if(
        line, [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
    return line;
}

}  // namespace

MailConversation::MailConversation(Mail mail) : mail_(std::move(mail)) {}

void MailConversation::begin(Effects& effects) {
    effects.wait = mail_.timeout;
}

void MailConversation::opened(Effects& effects) {
    step_ = Step::greeting;
    effects.wait = mail_.timeout;
}

std::size_t MailConversation::room() const {
    return buffer_size - buffer_.size();
}

void MailConversation::received(std::string_view bytes, Effects& effects) {
    effects.wait = mail_.timeout;
    buffer_ += bytes;
    for (std::size_t end = buffer_.find("\r\n"); end != std::string::npos && !effects.verdict;
         end = buffer_.find("\r\n")) {
        const std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 2);
        constexpr std::size_t after_code = 3;
        const bool goes_on = line.size() > after_code && line[after_code] == '-';
        if (!goes_on) take(line, effects);
    }
    if (!effects.verdict && buffer_.size() >= buffer_size) {
        buffer_.clear();
        leave("its reply is too long", effects);
    }
}

void MailConversation::take(std::string_view line, Effects& effects) {
    constexpr std::array<std::string_view, 8> wanted{"", "220", "250", "250", "250", "354", "250", "221"};
    if (step_ == Step::quit) {
        effects.decide(is_taken_ ? State::up : State::down, is_taken_ ? "the mail was taken" : fault_);
        return;
    }
    if (!line.starts_with(wanted.at(static_cast<std::size_t>(step_)))) {
        leave(fmt::format("it said `{}'", line.substr(0, 100)), effects);
        return;
    }
    switch (step_) {
        case Step::opening:
        case Step::quit:
            break;
        case Step::greeting:
            say(Step::hello, fmt::format("HELO {}\r\n", in_header(mail_.hello_name)), effects);
            break;
        case Step::hello:
            say(Step::sender, fmt::format("MAIL FROM:{}\r\n", in_header(in_brackets(mail_.sender))), effects);
            break;
        case Step::sender:
        case Step::recipient:
            if (recipient_ < mail_.recipients.size()) {
                say(Step::recipient,
                    fmt::format("RCPT TO:{}\r\n", in_header(in_brackets(mail_.recipients[recipient_]))), effects);
                ++recipient_;
            } else {
                say(Step::data, "DATA\r\n", effects);
            }
            break;
        case Step::data:
            say(Step::body, message(), effects);
            break;
        case Step::body:
            is_taken_ = true;
            say(Step::quit, "QUIT\r\n", effects);
            break;
    }
}

void MailConversation::say(Step step, std::string text, Effects& effects) {
    step_ = step;
    effects.send.push_back(std::move(text));
    effects.wait = mail_.timeout;
}

void MailConversation::leave(std::string reason, Effects& effects) {
    fault_ = std::move(reason);
    say(Step::quit, "QUIT\r\n", effects);
}

std::string MailConversation::message() const {
    std::string to;
    for (const std::string& recipient : mail_.recipients)
        to += fmt::format("{}{}", to.empty() ? " " : ",\r\n ", in_header(recipient));
    std::string text = fmt::format("Date: {}\r\nFrom: {}\r\nSubject: {}\r\nX-Mailer: Keepalived\r\nTo:{}\r\n\r\n",
                                   mail_.date, in_header(mail_.sender), in_header(mail_.subject), to);
    std::string_view rest = mail_.body;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        // RFC 5321 section 4.5.2: a line that begins with a dot would end the mail.
        if (rest.starts_with('.')) text += '.';
        text += in_header(rest.substr(0, end));
        text += "\r\n";
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return text + "\r\n.\r\n";
}

void MailConversation::ended(Ending /*ending*/, Effects& effects) {
    effects.decide(is_taken_ ? State::up : State::down,
                   is_taken_ ? "the mail was taken" : "it closed the connection before it had taken the mail");
}

void MailConversation::expired(Effects& effects) {
    if (is_taken_) {
        effects.decide(State::up, "the mail was taken");
    } else {
        effects.decide(State::down, fmt::format("no {} within {}", step_ == Step::opening ? "connection" : "reply",
                                                in_seconds(mail_.timeout)));
    }
}

}  // namespace lbctl::health
