#include "tests/simulation/simulated_servers.h"

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

namespace lbctl::tests {

using health::Effects;
using health::Ending;
using health::State;
using nlohmann::json;

namespace {

constexpr Microseconds way = std::chrono::milliseconds(1);

Microseconds seconds(const json& value) {
    return Microseconds(static_cast<std::int64_t>(value.get<double>() * 1e6));
}

/// Characters of a script are bytes.
std::string bytes_of(const std::string& text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c < 0x80 || i + 1 == text.size()) {
            bytes += text[i];
        } else {
            bytes += static_cast<char>((c & 0x03U) << 6U | (static_cast<unsigned char>(text[++i]) & 0x3fU));
        }
    }
    return bytes;
}

std::string from_hex(const std::string& digits) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
        bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
    return bytes;
}

std::string dns_answer(const std::string& query, const json& how) {
    if (query.size() < 12) return {};
    std::string answer = how.value("question", true) ? query : query.substr(0, 12);
    const auto id = static_cast<unsigned>(how.value("id", 0));
    answer[0] = static_cast<char>(static_cast<unsigned char>(answer[0]) ^ (id >> 8U));
    answer[1] = static_cast<char>(static_cast<unsigned char>(answer[1]) ^ (id & 0xffU));
    answer[2] = static_cast<char>((how.value("qr", 1) != 0 ? 0x80 : 0) | 1);
    answer[3] = static_cast<char>(0x80 | how.value("rcode", 0));
    if (how.contains("cut") && how["cut"].is_number()) answer.resize(how["cut"].get<std::size_t>());
    return answer;
}

std::string echo_reply(std::string request, const json& how) {
    constexpr char reply_to_v6 = static_cast<char>(129);
    request[0] = request[0] == 8 ? '\0' : reply_to_v6;
    request[7] = static_cast<char>(request[7] + how.value("seq", 0));
    return request;
}

}  // namespace

/// A try and the script that answers it. It lives as long as something of it is due.
class SimulatedServers::Attempt : public std::enable_shared_from_this<Attempt> {
public:
    Attempt(SimulatedTime& time, const model::Checker& checker, std::size_t url, keywords::Version target,
            std::function<void(State)> told)
        : time_(time),
          told_(std::move(told)),
          conversation_(health::begin_conversation(checker, {.url = url, .number = 0x1234, .target = target})),
          transport_(*health::transport_of(checker)) {}

    void begin(Server* server) {
        act([this](Effects& effects) { conversation_->begin(effects); });
        const bool is_there = server != nullptr && server->up;
        const bool is_datagram = transport_ == health::Transport::udp || transport_ == health::Transport::ping;
        if (is_datagram) {
            server_ = is_there ? server : nullptr;
            act([this](Effects& effects) { conversation_->opened(effects); });
            return;
        }
        if (!is_there) {
            later(way, [this] { finish(State::down); });  // refused
        } else if (server->accepts) {
            script_ = next_script(*server);
            later(way, [this] {
                is_open_ = true;
                act([this](Effects& effects) { conversation_->opened(effects); });
                if (!is_over()) play();
            });
        }
    }

private:
    [[nodiscard]] bool is_over() const { return conversation_ == nullptr; }

    void later(Microseconds delay, std::function<void()> what) {
        time_.after(delay, [self = shared_from_this(), what = std::move(what)] {
            if (!self->is_over()) what();
        });
    }

    void finish(State state) {
        conversation_.reset();
        told_(state);
    }

    void act(const std::function<void(Effects&)>& event) {
        Effects effects;
        event(effects);
        for (const std::string& bytes : effects.send) take(bytes);
        if (effects.wait) {
            const std::size_t timer = ++timer_;
            later(*effects.wait, [this, timer] {
                if (timer == timer_) act([this](Effects& expired) { conversation_->expired(expired); });
            });
        }
        if (effects.verdict) finish(effects.verdict->state);
    }

    static json next_script(Server& server) {
        if (!server.has_play) return json::array({json::array({"hold"})});
        const std::size_t index = std::min(server.played++, server.play.size() - 1);
        return server.play[index];
    }

    /// Bytes go to the server.
    void take(const std::string& bytes) {
        if (transport_ == health::Transport::udp || transport_ == health::Transport::ping) {
            answer_datagram(bytes);
            return;
        }
        inbox_ += bytes;
        later(way, [this] { play(); });
    }

    void answer_datagram(const std::string& bytes) {
        if (server_ == nullptr) {
            if (transport_ == health::Transport::udp)
                later(way, [this] { end(Ending::failure); });  // ICMP port unreachable
            return;
        }
        if (!server_->has_play) return;
        Microseconds at = way;
        for (const json& step : next_script(*server_)) {
            const std::string verb = step[0];
            if (verb == "wait") {
                at += seconds(step[1]);
                continue;
            }
            std::string reply;
            if (verb == "reply") {
                reply = bytes_of(step[1]);
            } else if (verb == "reply_hex") {
                reply = from_hex(step[1]);
            } else if (verb == "dns") {
                reply = dns_answer(bytes, step.size() > 1 ? step[1] : json::object());
            } else if (verb == "echo") {
                reply = echo_reply(bytes, step.size() > 1 ? step[1] : json::object());
            } else {
                continue;
            }
            later(at, [this, reply] { act([&](Effects& effects) { conversation_->received(reply, effects); }); });
        }
    }

    /// Goes on with the script of a connection.
    void play() {
        if (!is_open_ || waits_) return;
        while (step_ < script_.size()) {
            const json& step = script_[step_];
            const std::string verb = step[0];
            if (verb == "read") {
                const std::string wanted = bytes_of(step[1]);
                if (inbox_.find(wanted) == std::string::npos) return;
            } else if (verb == "read_any" || verb == "read_bytes") {
                if (inbox_.size() < (verb == "read_any" ? 1 : step[1].get<std::size_t>())) return;
            } else if (verb == "forget") {
                inbox_.clear();
            } else if (verb == "send" || verb == "hex") {
                const std::string bytes = verb == "send" ? bytes_of(step[1]) : from_hex(step[1]);
                later(way, [this, bytes] { deliver(bytes); });
            } else if (verb == "wait") {
                ++step_;
                pause(seconds(step[1]));
                return;
            } else if (verb == "rst" || verb == "close" || verb == "shut") {
                const Ending ending = verb == "rst" ? Ending::reset : Ending::end_of_stream;
                later(way, [this, ending] { end(ending); });
            } else {
                return;  // hold, hang, read_end: nothing more comes
            }
            ++step_;
        }
        later(way, [this] { end(Ending::end_of_stream); });
        waits_ = true;
    }

    void pause(Microseconds time) {
        waits_ = true;
        later(time, [this] {
            waits_ = false;
            play();
        });
    }

    void end(Ending ending) {
        act([ending, this](Effects& effects) { conversation_->ended(ending, effects); });
    }

    void deliver(std::string_view bytes) {
        while (!bytes.empty() && !is_over()) {
            const std::size_t room = conversation_->room();
            if (room == 0) {
                end(Ending::end_of_stream);
                return;
            }
            const std::string_view piece = bytes.substr(0, room);
            act([&](Effects& effects) { conversation_->received(piece, effects); });
            bytes.remove_prefix(piece.size());
        }
    }

    SimulatedTime& time_;
    std::function<void(State)> told_;
    std::unique_ptr<health::Conversation> conversation_;
    health::Transport transport_;
    Server* server_ = nullptr;
    json script_ = json::array();
    std::size_t step_ = 0;
    std::string inbox_;
    std::size_t timer_ = 0;
    bool is_open_ = false;
    bool waits_ = false;
};

SimulatedServers::SimulatedServers(SimulatedTime& time, const json& servers, keywords::Version target)
    : time_(time), target_(target) {
    for (const json& one : servers) {
        Server server;
        std::istringstream words(one.at("on").get<std::string>());
        words >> server.transport >> server.address >> server.port;
        server.up = one.value("up", true);
        server.accepts = one.value("accept", true);
        server.has_play = one.contains("play");
        if (server.has_play) server.play = one["play"];
        servers_.emplace(one.at("name").get<std::string>(), std::move(server));
    }
}

void SimulatedServers::set_up(const std::string& name, bool up) {
    servers_.at(name).up = up;
}

void SimulatedServers::set_play(const std::string& name, json play) {
    Server& server = servers_.at(name);
    server.play = std::move(play);
    server.has_play = true;
    server.played = 0;
}

SimulatedServers::Server* SimulatedServers::find(const model::Checker& checker) {
    const auto transport = *health::transport_of(checker);
    const std::string wanted = transport == health::Transport::udp    ? "udp"
                               : transport == health::Transport::ping ? "icmp"
                                                                      : "tcp";
    for (auto& [name, server] : servers_) {
        const bool has_port = wanted == "icmp" || server.port == checker.endpoint.port;
        if (server.transport == wanted && has_port && server.address == checker.endpoint.address.to_string())
            return &server;
    }
    return nullptr;
}

void SimulatedServers::try_once(const model::Checker& checker, std::size_t url, std::function<void(State)> told) {
    std::make_shared<Attempt>(time_, checker, url, target_, std::move(told))->begin(find(checker));
}

}  // namespace lbctl::tests
