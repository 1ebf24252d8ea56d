#include <fmt/format.h>

#include <algorithm>

#include "backend/health/conversation_kinds.h"

// SMTP_CHECK: greeting, HELO, QUIT.
namespace lbctl::health {

namespace {

constexpr std::size_t longest_line = 511;
constexpr std::size_t most_quoted = 80;

/// Whether a line, without its LF, says that number as keepalived wants it: a blank follows, or nothing.
bool says(std::string_view line, std::string_view number) {
    return line.starts_with(number) && (line.size() == number.size() || line[number.size()] == ' ');
}

class SmtpConversation : public Conversation {
public:
    explicit SmtpConversation(const model::Checker& checker)
        : hello_name_(std::get<model::SmtpCheck>(checker.details).hello_name),
          patience_(checker.timing.connect_timeout.value) {}

    void begin(Effects& effects) override { effects.wait = patience_; }

    void opened(Effects& effects) override {
        step_ = Step::greeting;
        effects.wait = patience_;
    }

    void received(std::string_view bytes, Effects& effects) override {
        effects.wait = patience_;
        buffer_ += bytes;
        const std::size_t end = buffer_.find('\n');
        if (end == std::string::npos) {
            if (buffer_.size() >= longest_line) buffer_.clear();
            return;
        }
        const std::string line = buffer_.substr(0, end);
        // What came after it is lost.
        buffer_.clear();
        take(line, effects);
    }

    void ended(Ending /*ending*/, Effects& effects) override {
        effects.decide(State::down, fmt::format("the server closed the connection, and {} was to come", awaited()),
                       Fault::closed);
    }

    void expired(Effects& effects) override {
        if (step_ == Step::opening) {
            effects.decide(State::down, fmt::format("no connection within {}", in_seconds(patience_)),
                           Fault::slow_to_connect);
        } else {
            effects.decide(State::down, fmt::format("{} did not come within {}", awaited(), in_seconds(patience_)),
                           Fault::silent);
        }
    }

    [[nodiscard]] std::size_t room() const override { return longest_line - buffer_.size(); }

private:
    enum class Step : std::uint8_t { opening, greeting, hello, quit };

    [[nodiscard]] std::string_view awaited() const {
        switch (step_) {
            case Step::opening:
                break;
            case Step::greeting:
                return "a line with 220";
            case Step::hello:
                return "a line with 250";
            case Step::quit:
                return "a line after QUIT";
        }
        return "the connection";
    }

    void take(const std::string& line, Effects& effects) {
        if (step_ == Step::quit) {
            effects.decide(State::up, "greeting and HELO were answered");
            return;
        }
        if (!says(line, step_ == Step::greeting ? "220" : "250")) {
            effects.decide(State::down,
                           fmt::format("`{}' in the place of {}",
                                       line.substr(0, std::min(line.find('\r'), most_quoted)), awaited()),
                           step_ == Step::greeting ? Fault::greeting : Fault::hello);
            return;
        }
        effects.send.push_back(step_ == Step::greeting ? fmt::format("HELO {}\r\n", hello_name_) : "QUIT\r\n");
        step_ = step_ == Step::greeting ? Step::hello : Step::quit;
    }

    std::string_view hello_name_;
    Microseconds patience_;
    Step step_ = Step::opening;
    std::string buffer_;
};

}  // namespace

std::unique_ptr<Conversation> smtp_conversation(const model::Checker& checker) {
    return std::make_unique<SmtpConversation>(checker);
}

}  // namespace lbctl::health
