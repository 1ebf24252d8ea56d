#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "backend/health/conversation.h"

namespace lbctl::health {

/// A mail as it goes out.
struct Mail {
    std::string hello_name;
    std::string sender;
    std::vector<std::string> recipients;
    std::string date;  ///< of RFC 5322
    std::string subject;
    std::string body;        ///< lines, each with its \n
    Microseconds timeout{};  ///< of the connection, and of each reply
};

/// The delivery of one mail to a mail server, in the bytes that keepalived sends: HELO, MAIL, RCPT for each recipient,
/// DATA, QUIT. A reply may have several lines. Up: the server took it; down: it did not, and why.
class MailConversation : public Conversation {
public:
    explicit MailConversation(Mail mail);

    void begin(Effects& effects) override;
    void opened(Effects& effects) override;
    void received(std::string_view bytes, Effects& effects) override;
    void ended(Ending ending, Effects& effects) override;
    void expired(Effects& effects) override;
    [[nodiscard]] std::size_t room() const override;

private:
    enum class Step : std::uint8_t { opening, greeting, hello, sender, recipient, data, body, quit };

    void take(std::string_view line, Effects& effects);
    void say(Step step, std::string text, Effects& effects);
    void leave(std::string reason, Effects& effects);
    [[nodiscard]] std::string message() const;

    Mail mail_;
    Step step_ = Step::opening;
    std::size_t recipient_ = 0;
    bool is_taken_ = false;
    std::string fault_;
    std::string buffer_;
};

}  // namespace lbctl::health
