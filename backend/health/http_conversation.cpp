#include <fmt/format.h>

#include <algorithm>

#include "backend/health/conversation_kinds.h"
#include "backend/health/http_answer.h"
#include "grammar/base/ascii.h"
#include "grammar/model/regex.h"

// HTTP_GET and SSL_GET: one url.
namespace lbctl::health {

namespace {

/// keepalived makes the request in a buffer of 2048 bytes and sends what fits.
constexpr std::size_t longest_request = 2047;

std::string host_of(const model::Url& url, const model::Endpoint& endpoint) {
    if (!url.virtual_host.value.empty()) return std::string(url.virtual_host.value);
    return with_port(endpoint.address, endpoint.port);
}

std::string request_for(const model::HttpCheck& http, const model::Url& url, const model::Endpoint& endpoint) {
    const bool is_newer = http.protocol == "1.1";
    std::string request =
        fmt::format("GET {} HTTP/1.{}\r\nUser-Agent: KeepAliveClient\r\n{}Host: {}\r\n\r\n", url.path, is_newer ? 1 : 0,
                    http.protocol == "1.0" ? "" : "Connection: close\r\n", host_of(url, endpoint));
    request.resize(std::min(request.size(), longest_request));
    return request;
}

class HttpConversation : public Conversation {
public:
    HttpConversation(const model::Checker& checker, const model::Url& url, bool wants_digest)
        : http_(std::get<model::HttpCheck>(checker.details)),
          url_(url),
          endpoint_(checker.endpoint),
          patience_(checker.timing.connect_timeout.value),
          wants_digest_(wants_digest),
          answer_(url, wants_digest) {}

    void begin(Effects& effects) override { effects.wait = patience_; }

    void opened(Effects& effects) override {
        if (url_.regex) {
            if (const model::CompiledRegex compiled = model::compile(*url_.regex); !compiled.code) {
                effects.decide(State::none, fmt::format("regex does not compile ({}): keepalived crashes at the answer",
                                                        compiled.fault));
                return;
            }
        }
        is_open_ = true;
        effects.send.push_back(request_for(http_, url_, endpoint_));
        effects.wait = patience_;
    }

    void received(std::string_view bytes, Effects& effects) override {
        // By TLS there is one time for all that follows the first sign of an answer, otherwise one after each read.
        if (!http_.tls || !is_answering_) effects.wait = patience_;
        is_answering_ = true;
        if (!bytes.empty()) answer_.add(bytes);
    }

    void ended(Ending ending, Effects& effects) override {
        if (!answer_.has_header()) {
            effects.decide(State::down, answer_.room() == 0 ? "a header of more than 4094 bytes"
                                                            : "closed without a whole HTTP header");
        } else if (!http_.tls && ending == Ending::reset) {
            effects.decide(State::down, "the server ended the connection by a reset");
        } else if (!http_.tls && ending == Ending::failure) {
            effects.decide(State::down, "the answer could not be read to its end");
        } else {
            judge(effects);
        }
    }

    void expired(Effects& effects) override {
        const std::string time = in_seconds(patience_);
        if (!is_open_) {
            effects.decide(State::down,
                           fmt::format("no {} within {}", http_.tls ? "TLS connection" : "connection", time));
        } else if (!is_answering_) {
            effects.decide(State::down, fmt::format("no answer within {}", time));
        } else if (http_.tls) {
            effects.decide(State::down, fmt::format("the answer had not ended {} after it began", time));
        } else {
            effects.decide(State::down, fmt::format("the connection was not closed within {} after the last bytes of "
                                                    "the answer",
                                                    time));
        }
    }

    [[nodiscard]] std::size_t room() const override { return answer_.room(); }

private:
    /// What keepalived looks at, in its order.
    void judge(Effects& effects) {
        const unsigned status = answer_.status();
        const std::string digest = answer_.digest();
        if (wants_digest_) effects.page = Page{status, digest};
        if (status == 0) {
            effects.decide(State::down, fmt::format("no status in `{}'", answer_.first_line()));
            return;
        }
        if (!url_.accepts(status)) {
            effects.decide(State::down, fmt::format("HTTP {}, wanted {}", status, wanted_status()));
            return;
        }
        if (!url_.digest.empty()) {
            if (!base::equal_in_any_case(digest, url_.digest)) {
                effects.decide(State::down, fmt::format("the digest is {}, wanted {}", digest, url_.digest));
                return;
            }
        }
        if (url_.regex && answer_.matched() == url_.regex->must_not_match) {
            effects.decide(State::down, url_.regex->must_not_match ? "the page matches the regular expression"
                                                                   : "the page does not match the regular expression");
            return;
        }
        effects.decide(State::up, fmt::format("HTTP {}", status));
    }

    [[nodiscard]] std::string wanted_status() const {
        std::string text;
        const auto& good = url_.good_status;
        for (std::size_t i = 0; i < good.size(); ++i) {
            if (!good.test(i)) continue;
            std::size_t last = i;
            while (last + 1 < good.size() && good.test(last + 1)) ++last;
            if (!text.empty()) text += ", ";
            text += fmt::format("{}", i + model::lowest_status);
            if (last != i) text += fmt::format("-{}", last + model::lowest_status);
            i = last;
        }
        return text;
    }

    const model::HttpCheck& http_;
    const model::Url& url_;
    const model::Endpoint& endpoint_;
    Microseconds patience_;
    bool wants_digest_;
    HttpAnswer answer_;
    bool is_open_ = false;
    bool is_answering_ = false;
};

}  // namespace

std::unique_ptr<Conversation> http_conversation(const model::Checker& checker, const model::Url& url,
                                                bool wants_digest) {
    return std::make_unique<HttpConversation>(checker, url, wants_digest);
}

}  // namespace lbctl::health
