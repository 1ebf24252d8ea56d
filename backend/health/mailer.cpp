#include "backend/health/mailer.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <ctime>
#include <deque>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "backend/health/check_socket.h"
#include "grammar/base/descriptor.h"

namespace lbctl::health {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t most_waiting = 200;

struct FreeAddresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

/// The name of the machine with its domain, as keepalived has it.
std::string name_of_machine() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
    addrinfo hints{};
    hints.ai_flags = AI_CANONNAME;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(name.data(), nullptr, &hints, &found) != 0) return name.data();
    const Addresses list(found);
    return list->ai_canonname != nullptr ? list->ai_canonname : name.data();
}

std::string default_sender(const std::string& machine) {
    const passwd* const user = ::getpwuid(::getuid());
    return fmt::format("{}@{}", user != nullptr ? user->pw_name : "root", machine);
}

/// Waits for the socket. False when the time is over first.
bool wait_for(int socket, short events, Clock::time_point end) {
    pollfd descriptor{socket, events, 0};
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
        if (left <= 0) return false;
        const int count = ::poll(&descriptor, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
        if (count > 0) return true;
        if (count < 0 && errno != EINTR) return false;
    }
}

/// A socket that is connected or is going to be.
base::Descriptor open_towards(const std::string& server, std::uint16_t port, std::string& fault) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (const int error = ::getaddrinfo(server.c_str(), std::to_string(port).c_str(), &hints, &found); error != 0) {
        fault = ::gai_strerror(error);
        return base::Descriptor();
    }
    const Addresses list(found);
    base::Descriptor socket(::socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket.is_open() && (::connect(socket.number(), list->ai_addr, list->ai_addrlen) == 0 || errno == EINPROGRESS))
        return socket;
    fault = std::strerror(errno);
    return base::Descriptor();
}

/// Plays the conversation over the socket, with waiting.
class Delivery {
public:
    Delivery(int socket, Mail mail) : socket_(socket), conversation_(std::move(mail)) {}

    Verdict run() {
        act([this](Effects& effects) { conversation_.begin(effects); });
        if (!wait_for(socket_, POLLOUT, end_)) {
            act([this](Effects& effects) { conversation_.expired(effects); });
            return verdict_.value_or(Verdict{State::down, "no connection"});
        }
        if (const int error = connection_error(socket_); error != 0) return {State::down, std::strerror(error)};
        act([this](Effects& effects) { conversation_.opened(effects); });
        while (!verdict_) step();
        return *std::move(verdict_);
    }

private:
    void step() {
        if (!wait_for(socket_, POLLIN, end_)) {
            act([this](Effects& effects) { conversation_.expired(effects); });
            return;
        }
        std::array<char, 1024> buffer{};
        const ssize_t count = ::recv(socket_, buffer.data(), std::min(conversation_.room(), buffer.size()), 0);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (count > 0) {
            act([&](Effects& effects) {
                conversation_.received({buffer.data(), static_cast<std::size_t>(count)}, effects);
            });
        } else {
            act([this](Effects& effects) { conversation_.ended(Ending::end_of_stream, effects); });
        }
    }

    template <class Event>
    void act(const Event& event) {
        Effects effects;
        event(effects);
        if (effects.wait) end_ = Clock::now() + *effects.wait;
        for (const std::string& text : effects.send) {
            if (::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
                effects.decide(State::down, fmt::format("it could not be sent: {}", std::strerror(errno)));
        }
        verdict_ = std::move(effects.verdict);
    }

    int socket_;
    MailConversation conversation_;
    Clock::time_point end_ = Clock::now();
    std::optional<Verdict> verdict_;
};

Verdict deliver(const std::string& server, std::uint16_t port, Mail mail) {
    std::string fault;
    const base::Descriptor socket = open_towards(server, port, fault);
    if (!socket.is_open()) return {State::down, fault};
    return Delivery(socket.number(), std::move(mail)).run();
}

/// All that the file says of mail in one text.
std::string text_of(const model::MailRoute& route, std::string_view router_id) {
    return fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}", route.server, route.port, route.sender, route.hello_name,
                       route.timeout.count(), router_id, fmt::join(route.recipients, "\n"));
}

}  // namespace

/// What the thread and its owner share.
struct Mailer::Queue {
    Queue(std::string name, std::uint16_t number) : server(std::move(name)), port(number) {}

    void run() {
        std::unique_lock lock(mutex);
        for (;;) {
            changed.wait(lock, [this] { return !waiting.empty() || ends; });
            if (waiting.empty()) return;
            Mail mail = waiting.front();
            lock.unlock();
            const Verdict verdict = deliver(server, port, std::move(mail));
            lock.lock();
            waiting.pop_front();
            if (verdict.state == State::up) {
                is_full = false;
            } else {
                complaints.push_back(fmt::format("mail is not sent: {} port {}: {}", server, port, verdict.reason));
            }
            changed.notify_all();
        }
    }

    [[nodiscard]] bool is_empty() const { return waiting.empty() || !runs; }

    const std::string server;
    const std::uint16_t port;
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Mail> waiting;  ///< the first one is being sent
    std::vector<std::string> complaints;
    bool runs = true;      ///< false: there is nobody who sends
    bool is_full = false;  ///< mail has been dropped since the last one that was sent
    bool ends = false;
};

Mailer::Mailer(const model::MailRoute& route, std::string_view router_id)
    : named_(text_of(route, router_id)),
      router_id_(router_id),
      queue_(std::make_shared<Queue>(std::string(route.server), route.port)) {
    const std::string machine = name_of_machine();
    if (router_id_.empty()) router_id_ = machine;
    pattern_.sender = route.sender.empty() ? default_sender(machine) : std::string(route.sender);
    pattern_.hello_name = route.hello_name.empty() ? machine : std::string(route.hello_name);
    pattern_.timeout = route.timeout;
    for (const std::string_view recipient : route.recipients) pattern_.recipients.emplace_back(recipient);
    try {
        std::thread([queue = queue_] { queue->run(); }).detach();
    } catch (const std::system_error& error) {
        queue_->complaints.push_back(fmt::format("no mail is sent, for there is no thread for it: {}", error.what()));
        queue_->runs = false;
    }
}

Mailer::~Mailer() {
    const std::lock_guard lock(queue_->mutex);
    queue_->ends = true;
    queue_->changed.notify_all();
}

bool Mailer::goes_on_with(const std::optional<model::MailRoute>& route, std::string_view router_id) const {
    return route && text_of(*route, router_id) == named_;
}

void Mailer::send(std::string subject, std::string body) {
    const std::lock_guard lock(queue_->mutex);
    if (!queue_->runs) return;
    if (queue_->waiting.size() >= most_waiting) {
        if (!std::exchange(queue_->is_full, true)) {
            queue_->complaints.push_back(
                fmt::format("{} mails wait for {}: more are dropped", most_waiting, queue_->server));
        }
        return;
    }
    Mail mail = pattern_;
    const std::time_t now = std::time(nullptr);
    mail.date = fmt::format("{:%a, %d %b %Y %H:%M:%S %z}", fmt::localtime(now));
    mail.subject = std::move(subject);
    mail.body = std::move(body);
    queue_->waiting.push_back(std::move(mail));
    queue_->changed.notify_all();
}

void Mailer::finish(std::chrono::milliseconds most) const {
    std::unique_lock lock(queue_->mutex);
    queue_->changed.wait_for(lock, most, [this] { return queue_->is_empty(); });
}

std::vector<std::string> Mailer::complaints() const {
    const std::lock_guard lock(queue_->mutex);
    return std::exchange(queue_->complaints, {});
}

}  // namespace lbctl::health
