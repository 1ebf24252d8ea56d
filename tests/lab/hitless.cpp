// The two ends of hitless.sh, inside the lab.
//
//   hitless serve PORT                        an echo server
//   hitless client ADDRESS PORT HELD CONTROL  holds HELD connections through a virtual server and makes a new one every
//       20 ms. Each held one sends a byte ten times a second and expects it back, and after 2 to 4 seconds ends and is
//       opened anew, as those of a web browser are, so that a draining server can run empty. Ends when the file CONTROL
//       exists; prints what failed, and exits 1 if anything did.

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

sockaddr_in address_of(const char* host, const char* port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::strtoul(port, nullptr, 10)));
    inet_pton(AF_INET, host, &address.sin_addr);
    return address;
}

int serve(const char* port) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    constexpr int on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const sockaddr_in address = address_of("0.0.0.0", port);
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener, 1000) != 0) {
        fmt::print(stderr, "hitless: cannot listen: {}\n", std::strerror(errno));
        return 2;
    }
    std::vector<pollfd> sockets = {{listener, POLLIN, 0}};
    while (::poll(sockets.data(), sockets.size(), -1) > 0) {
        for (std::size_t i = sockets.size(); i-- > 1;) {
            if (sockets[i].revents == 0) continue;
            char byte = 0;
            if (::read(sockets[i].fd, &byte, 1) == 1 && ::write(sockets[i].fd, &byte, 1) == 1) continue;
            ::close(sockets[i].fd);
            sockets.erase(sockets.begin() + static_cast<std::ptrdiff_t>(i));
        }
        if (sockets.front().revents != 0) {
            if (const int fresh = ::accept(listener, nullptr, nullptr); fresh >= 0)
                sockets.push_back({fresh, POLLIN, 0});
        }
    }
    return 2;
}

/// One connection of the client: connects, then sends and expects a byte again and again, then closes.
struct Connection {
    enum class State { idle, connecting, waiting, resting } state = State::idle;
    int socket = -1;
    int exchanges_left = 0;
    Clock::time_point next;  ///< when to do something, or when to give up waiting
};

class Client {
public:
    Client(const char* host, const char* port, std::size_t held)
        : address_(address_of(host, port)), connections_(held) {
        for (Connection& connection : connections_) connection.next = Clock::now() + milliseconds(below(2000));
    }

    int run(const char* control) {
        auto next_request = Clock::now();
        while (::access(control, F_OK) != 0) {
            const auto now = Clock::now();
            if (now >= next_request) {
                requests_.emplace_back().next = now;
                next_request = now + milliseconds(20);
            }
            for (Connection& connection : connections_) act(connection, true);
            for (Connection& connection : requests_) act(connection, false);
            std::erase_if(requests_,
                          [](const Connection& connection) { return connection.state == Connection::State::idle; });
            wait();
        }
        fmt::print("{} held connections, {} exchanges, {} connections made, {} failures\n{}", connections_.size(),
                   exchanges_, made_, failures_, first_failures_);
        return failures_ != 0 || exchanges_ < connections_.size() ? 1 : 0;
    }

private:
    using State = Connection::State;
    static constexpr auto patience = std::chrono::seconds(15);

    int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }

    void fail(Connection& connection, std::string_view what) {
        if (++failures_ <= 10) first_failures_ += fmt::format("{}: {}\n", what, std::strerror(errno));
        end(connection);
    }

    void end(Connection& connection) {
        if (connection.socket >= 0) ::close(connection.socket);
        connection.socket = -1;
        connection.state = State::idle;
        connection.next = Clock::now();
    }

    void act(Connection& connection, bool held) {
        const auto now = Clock::now();
        if (now < connection.next) return;
        switch (connection.state) {
            case State::idle:
                connection.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
                connection.exchanges_left = held ? 20 + below(20) : 1;
                connection.state = State::connecting;
                connection.next = now + patience;
                if (::connect(connection.socket, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) != 0 &&
                    errno != EINPROGRESS) {
                    fail(connection, "connect");
                }
                break;
            case State::resting:
                send(connection);
                break;
            default:
                errno = ETIMEDOUT;
                fail(connection, connection.state == State::connecting ? "connecting" : "waiting for the echo");
        }
    }

    void send(Connection& connection) {
        if (connection.exchanges_left-- == 0) return end(connection);
        if (::send(connection.socket, "x", 1, MSG_NOSIGNAL) != 1) return fail(connection, "send");
        connection.state = State::waiting;
        connection.next = Clock::now() + patience;
    }

    void ready(Connection& connection) {
        if (connection.state == State::connecting) {
            int error = 0;
            socklen_t size = sizeof error;
            ::getsockopt(connection.socket, SOL_SOCKET, SO_ERROR, &error, &size);
            errno = error;
            if (error != 0) return fail(connection, "connect");
            ++made_;
            return send(connection);
        }
        char byte = 0;
        errno = 0;
        if (::read(connection.socket, &byte, 1) != 1 || byte != 'x') return fail(connection, "echo");
        ++exchanges_;
        connection.state = State::resting;
        connection.next = Clock::now() + milliseconds(100);
    }

    void wait() {
        std::vector<pollfd> polls;
        std::vector<Connection*> owners;
        for (auto* list : {&connections_, &requests_}) {
            for (Connection& connection : *list) {
                if (connection.state != State::connecting && connection.state != State::waiting) continue;
                polls.push_back({connection.socket,
                                 static_cast<short>(connection.state == State::connecting ? POLLOUT : POLLIN), 0});
                owners.push_back(&connection);
            }
        }
        if (::poll(polls.data(), polls.size(), 10) <= 0) return;
        for (std::size_t i = 0; i < polls.size(); ++i) {
            if (polls[i].revents != 0) ready(*owners[i]);
        }
    }

    sockaddr_in address_;
    std::vector<Connection> connections_;
    std::vector<Connection> requests_;
    std::mt19937 random_{1};
    std::size_t exchanges_ = 0;
    std::size_t made_ = 0;
    std::size_t failures_ = 0;
    std::string first_failures_;
};

}  // namespace

int main(int argc, char** argv) {
    const std::string_view mode = argc > 1 ? argv[1] : "";
    if (mode == "serve" && argc == 3) return serve(argv[2]);
    if (mode == "client" && argc == 6) return Client(argv[2], argv[3], std::strtoul(argv[4], nullptr, 10)).run(argv[5]);
    fmt::print(stderr, "usage: hitless serve PORT | hitless client ADDRESS PORT HELD CONTROL\n");
    return 2;
}
