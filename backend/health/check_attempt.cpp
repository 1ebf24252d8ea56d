#include "backend/health/check_attempt.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "backend/health/check_socket.h"
#include "backend/table/track_file.h"

namespace lbctl::health {

namespace {

/// How long a command may go on after SIGTERM, and again after each SIGKILL.
constexpr auto patience_after_signal = std::chrono::seconds(2);

std::uint16_t random_number() {
    std::uint16_t number = 0;
    if (::getrandom(&number, sizeof number, 0) != static_cast<ssize_t>(sizeof number)) number = 1;
    return number;
}

std::string_view reason_of(model::Removal removal) {
    switch (removal) {
        case model::Removal::none:
            break;
        case model::Removal::no_url:
            return "it has no url with a path";
        case model::Removal::no_interface:
            return "a link-local address needs bind_if";
        case model::Removal::no_command:
            return "it has no misc_path";
        case model::Removal::no_file:
            return "it names no track_file that is defined above";
        case model::Removal::no_session:
            return "it names no bfd_instance";
    }
    return {};
}

/// What the result says beside keepalived's verdict, or in its place.
void hear_second_judge(CheckResult& result, Verdict meant, const CheckOptions& options) {
    result.meant = std::move(meant);
    if (options.judges_as_meant) std::swap(*result.meant, result.verdict);
}

CheckResult removed(const ast::Node* line, std::string_view why, const CheckOptions& options) {
    CheckResult result;
    result.line = line;
    // As it was meant, the server is checked.
    result.is_removed = !options.judges_as_meant;
    result.verdict = {State::none, fmt::format("keepalived removes this checker: {}", why)};
    return result;
}

CheckResult without_attempt(const ast::Node* line, State state, std::string reason) {
    CheckResult result;
    result.line = line;
    result.verdict = {state, std::move(reason)};
    return result;
}

std::size_t bytes_of(const std::vector<Traffic>& traffic, bool sent) {
    std::size_t count = 0;
    for (const Traffic& one : traffic) {
        if (one.sent == sent) count += one.bytes.size();
    }
    return count;
}

}  // namespace

CheckOptions check_options(const ast::Node& root, keywords::Version target) {
    CheckOptions options;
    options.target = target;
    options.tls = model::tls_identity_of(root);
    options.script_user = model::script_user_of(root);
    return options;
}

bool TlsPlaces::take(std::uint64_t number) {
    const auto found = std::ranges::find(waiting_, number);
    const bool is_next = waiting_.empty() || found == waiting_.begin();
    if (is_next && taken_ < most_tls_connections) {
        if (found != waiting_.end()) waiting_.erase(found);
        ++taken_;
        wake_next();
        return true;
    }
    if (found == waiting_.end()) waiting_.push_back(number);
    return false;
}

void TlsPlaces::give_back() {
    --taken_;
    wake_next();
}

void TlsPlaces::forget(std::uint64_t number) {
    std::erase(waiting_, number);
    wake_next();
}

void TlsPlaces::wake_next() {
    if (!waiting_.empty() && taken_ < most_tls_connections) loop_.set_time(waiting_.front(), EventLoop::Clock::now());
}

const Result<TlsClient>& CheckMeans::tls_client() {
    if (!tls_) tls_.emplace(TlsClient::make(options_.tls, options_.has_second_judge));
    return *tls_;
}

std::optional<CheckResult> settled_result(const model::Checker& checker, const CheckOptions& options,
                                          CheckCommand& command) {
    if (checker.removal != model::Removal::none) return removed(checker.node, reason_of(checker.removal), options);
    if (const auto* misc = std::get_if<model::MiscCheck>(&checker.details)) {
        auto prepared = prepare_command({misc->command, misc->user, misc->group}, options.script_user, options.target);
        if (!prepared) return removed(misc->path_line, prepared.error().reason, options);
        command = *std::move(prepared);
        if (options.runs_scripts) return std::nullopt;
        return without_attempt(misc->path_line, State::none, "commands are not run (--no-scripts)");
    }
    if (const auto* file = std::get_if<model::FileCheck>(&checker.details)) {
        const table::FileEffect effect = table::effect_of(file->file);
        CheckResult result =
            without_attempt(file->name_line, effect.failed ? State::down : State::up,
                            effect.failed ? fmt::format("what is in {} counts as failed", file->file.path)
                                          : fmt::format("{} adds {} to the weight", file->file.path, effect.weight));
        if (options.has_second_judge && !table::has_number(file->file.path)) {
            hear_second_judge(result, {State::none, fmt::format("there is no number in {}", file->file.path)}, options);
        }
        return result;
    }
    if (checker.kind == model::CheckerKind::bfd)
        return without_attempt(checker.node, State::none, "the state of a BFD session is known to keepalived alone");
    return std::nullopt;
}

CheckAttempt::CheckAttempt(CheckMeans& means, const model::Checker& checker, const CheckCommand& command,
                           std::uint64_t number, CheckResult& result)
    : means_(means), checker_(checker), command_(command), number_(number), result_(result) {}

CheckAttempt::~CheckAttempt() {
    leave_place();
}

void CheckAttempt::begin(std::size_t url) {
    url_ = url;
    result_.line = checker_.node;
    if (const auto transport = transport_of(checker_)) {
        transport_ = *transport;
        open();
    } else {
        begin_command(std::get<model::MiscCheck>(checker_.details));
    }
}

void CheckAttempt::ready(std::uint32_t events) {
    if (over_) return;
    if (process_) {
        finish_command();
    } else if (transport_ == Transport::udp || transport_ == Transport::ping) {
        read_datagrams(events);
    } else if (place_ == Place::awaited) {
        finish({State::down, "the server ended the connection before TLS began"});
    } else if (!is_open_) {
        go_on_opening(events);
    } else {
        read_stream();
    }
}

void CheckAttempt::expired() {
    if (over_) return;
    if (process_) {
        stop_command();
    } else if (place_ == Place::awaited) {
        go_on_opening(EPOLLOUT);
    } else {
        act([this](Effects& effects) { conversation_->expired(effects); });
    }
}

void CheckAttempt::finish(Verdict verdict) {
    over_ = true;
    means_.loop().set_time(number_, std::nullopt);
    result_.verdict = std::move(verdict);
    result_.meant.reset();
    if (means_.options().has_second_judge) {
        if (tls_ && is_open_) evidence_.certificate_fault = tls_->certificate_fault();
        if (auto meant = verdict_as_meant(checker_, url_, evidence_, result_.verdict))
            hear_second_judge(result_, *std::move(meant), means_.options());
        evidence_ = Evidence();  // thousands of checks may be over before the last one is
    }
    conversation_.reset();
    tls_.reset();
    leave_place();
    socket_ = base::Descriptor();
    is_open_ = false;
}

void CheckAttempt::wait(std::chrono::microseconds time) {
    deadline_ = EventLoop::Clock::now() + time;
    means_.loop().set_time(number_, deadline_);
}

bool CheckAttempt::watch(int descriptor, std::uint32_t events, bool is_new) {
    const int error =
        is_new ? means_.loop().watch(descriptor, events, number_) : means_.loop().change(descriptor, events, number_);
    if (error == 0) return true;
    finish({State::none, fmt::format("the socket could not be watched: {}", std::strerror(error))});
    return false;
}

// Conversations.

void CheckAttempt::open() {
    if (const auto* http = std::get_if<model::HttpCheck>(&checker_.details)) result_.line = http->urls.at(url_).node;
    const std::uint16_t number = checker_.kind == model::CheckerKind::dns ? random_number() : std::uint16_t{0};
    conversation_ =
        begin_conversation(checker_, {url_, number, means_.options().target, means_.options().wants_digests});
    if (transport_ == Transport::tls && !means_.tls_client()) {
        finish({State::none, means_.tls_client().error().message});
        return;
    }
    OpenedSocket opened = open_socket(checker_, transport_);
    if (opened.verdict) {
        finish(*std::move(opened.verdict));
        return;
    }
    socket_ = std::move(opened.socket);
    is_raw_ = opened.strips_header;
    const bool is_datagram = transport_ == Transport::udp || transport_ == Transport::ping;
    if (!watch(socket_.number(), is_datagram ? EPOLLIN : EPOLLOUT, true)) return;
    act([this](Effects& effects) { conversation_->begin(effects); });
    if (is_datagram && conversation_) {
        is_open_ = true;
        act([this](Effects& effects) { conversation_->opened(effects); });
    }
}

/// Tells the conversation what happened, and does what it wants.
template <class Event>
void CheckAttempt::act(const Event& event) {
    Effects effects;
    event(effects);
    for (const std::string& bytes : effects.send) {
        if (!send(bytes)) return;
    }
    if (effects.wait) wait(*effects.wait);
    if (!effects.verdict) return;
    if (tls_ && is_open_) tls_->shut_down();
    result_.page = std::move(effects.page);
    finish(*std::move(effects.verdict));
}

/// False when the conversation is over.
bool CheckAttempt::send(const std::string& bytes) {
    note(true, bytes);
    int error = 0;
    if (tls_) {
        if (tls_->write(bytes)) return true;
        finish({State::down, fmt::format("the request could not be sent: {}", tls_->fault())});
        return false;
    }
    if (transport_ == Transport::ping) {
        if (is_raw_) identifier_ = random_number();
        error = send_echo(socket_.number(), is_raw_, checker_.endpoint.address.family(), identifier_, bytes);
    } else if (::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
               static_cast<ssize_t>(bytes.size())) {
        error = errno;
    }
    if (error == 0) return true;
    finish({State::down, fmt::format("it could not be sent: {}", std::strerror(error))});
    return false;
}

void CheckAttempt::note(bool sent, std::string_view bytes) {
    if (means_.options().has_second_judge) {
        if (sent) {
            evidence_.sent = bytes;
        } else {
            evidence_.note(transport_ == Transport::udp || transport_ == Transport::ping, bytes);
        }
    }
    if (!means_.options().traces) return;
    bytes = bytes.substr(0, most_traced - std::min(most_traced, bytes_of(result_.traffic, sent)));
    if (bytes.empty()) return;
    const auto& endpoint = checker_.endpoint;
    result_.traffic.push_back(
        {sent,
         transport_ == Transport::ping ? endpoint.address.to_string() : with_port(endpoint.address, endpoint.port),
         std::string(bytes)});
}

// Streams.

void CheckAttempt::go_on_opening(std::uint32_t events) {
    if (!tls_) {
        const bool has_error = (events & (EPOLLERR | EPOLLHUP)) != 0;
        if (const int error = has_error ? connection_error(socket_.number()) : 0; error != 0) {
            finish({State::down, std::strerror(error), Fault::no_connection});
            return;
        }
        if (transport_ == Transport::tls) {
            if (!take_place()) return;
            begin_tls();
        }
    }
    if (tls_ && !shake_hands()) return;
    is_open_ = true;
    act([this](Effects& effects) { conversation_->opened(effects); });
    if (!over_) watch(socket_.number(), EPOLLIN, false);
}

void CheckAttempt::begin_tls() {
    const auto& url = std::get<model::HttpCheck>(checker_.details).urls.at(url_);
    const std::string peer = !means_.options().has_second_judge ? std::string()
                             : !url.server_name.value.empty()   ? std::string(url.server_name.value)
                             : !url.virtual_host.value.empty()  ? std::string(url.virtual_host.value)
                                                                : checker_.endpoint.address.to_string();
    tls_.emplace(means_.tls_client()->session(socket_.number(), url.server_name.value, url.tls_compliant, peer));
}

/// False: it has to wait. The time stands still meanwhile.
bool CheckAttempt::take_place() {
    if (means_.tls_places().take(number_)) {
        if (place_ == Place::awaited) wait(left_);
        place_ = Place::taken;
        return true;
    }
    if (place_ == Place::awaited) {
        means_.loop().set_time(number_, std::nullopt);
        return false;
    }
    place_ = Place::awaited;
    left_ = std::chrono::duration_cast<std::chrono::microseconds>(deadline_ - EventLoop::Clock::now());
    means_.loop().set_time(number_, std::nullopt);
    // Nothing but its end is of interest.
    watch(socket_.number(), 0, false);
    return false;
}

void CheckAttempt::leave_place() {
    const Place before = std::exchange(place_, Place::none);
    if (before == Place::taken) means_.tls_places().give_back();
    if (before == Place::awaited) means_.tls_places().forget(number_);
}

/// False as long as the handshake is not done.
bool CheckAttempt::shake_hands() {
    switch (tls_->handshake()) {
        case TlsStep::done:
            return true;
        case TlsStep::wants_read:
            watch(socket_.number(), EPOLLIN, false);
            return false;
        case TlsStep::wants_write:
            watch(socket_.number(), EPOLLOUT, false);
            return false;
        case TlsStep::farewell:
        case TlsStep::failed:
            break;
    }
    const std::string fault = tls_->fault();
    finish({State::down, fmt::format("the TLS handshake failed{}{}", fault.empty() ? "" : ": ", fault)});
    return false;
}

void CheckAttempt::read_stream() {
    std::array<char, 4096> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): what is read fills it
    const std::size_t room = std::min(conversation_->room(), buffer.size());
    if (room == 0) {
        act([this](Effects& effects) { conversation_->ended(Ending::end_of_stream, effects); });
        return;
    }
    if (tls_) {
        read_tls(buffer.data(), room);
        return;
    }
    const ssize_t count = ::recv(socket_.number(), buffer.data(), room, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count > 0) {
        take({buffer.data(), static_cast<std::size_t>(count)});
    } else {
        const Ending ending = count == 0            ? Ending::end_of_stream
                              : errno == ECONNRESET ? Ending::reset
                                                    : Ending::failure;
        end_stream(ending);
    }
}

void CheckAttempt::read_tls(char* into, std::size_t room) {
    std::size_t count = 0;
    switch (tls_->read(into, room, count)) {
        case TlsStep::done:
            take({into, count});
            return;
        case TlsStep::wants_read:
        case TlsStep::wants_write:
            take({});
            return;
        case TlsStep::farewell:
            end_stream(Ending::farewell);
            return;
        case TlsStep::failed:
            break;
    }
    if (means_.options().has_second_judge) evidence_.certificate_fault = tls_->certificate_fault();
    is_open_ = false;  // nothing more may be said on a stream that broke
    end_stream(Ending::failure);
}

void CheckAttempt::end_stream(Ending ending) {
    evidence_.ending = ending;
    act([this, ending](Effects& effects) { conversation_->ended(ending, effects); });
}

void CheckAttempt::take(std::string_view bytes) {
    note(false, bytes);
    act([this, bytes](Effects& effects) { conversation_->received(bytes, effects); });
}

// Datagrams.

void CheckAttempt::read_datagrams(std::uint32_t events) {
    if ((events & EPOLLERR) != 0 && checker_.kind == model::CheckerKind::udp && take_icmp_error(socket_.number())) {
        act([this](Effects& effects) { conversation_->ended(Ending::failure, effects); });
        return;
    }
    std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): what is read fills it
    const ssize_t count = ::recv(socket_.number(), buffer.data(), buffer.size(), 0);
    if (count < 0) {
        // Only what the server refuses is told to an UDP socket without IP_RECVERR; ping sockets are told more.
        const bool is_told = checker_.kind == model::CheckerKind::dns && errno != EAGAIN && errno != EINTR;
        if (is_told) act([this](Effects& effects) { conversation_->ended(Ending::failure, effects); });
        return;
    }
    std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
    if (is_raw_ && !is_for_us(bytes)) return;
    take(bytes);
}

/// A raw socket sees every packet that comes from the server, requests to ourselves among them.
bool CheckAttempt::is_for_us(std::string_view& bytes) const {
    constexpr std::size_t icmp_header = 8;
    constexpr std::size_t identifier_at = 4;
    const bool is_inet = checker_.endpoint.address.family() == Family::inet;
    if (is_inet && !bytes.empty()) {
        const std::size_t header = (static_cast<unsigned char>(bytes[0]) & 0x0fU) * 4U;
        bytes.remove_prefix(std::min(header, bytes.size()));
    }
    if (bytes.size() < icmp_header) return false;
    constexpr unsigned char echo_reply = 0;
    constexpr unsigned char echo_reply_v6 = 129;
    const auto type = static_cast<unsigned char>(bytes[0]);
    const unsigned identifier = static_cast<unsigned>(static_cast<unsigned char>(bytes[identifier_at])) << 8U |
                                static_cast<unsigned char>(bytes[identifier_at + 1]);
    return type == (is_inet ? echo_reply : echo_reply_v6) && identifier == identifier_;
}

// Commands and files.

void CheckAttempt::begin_command(const model::MiscCheck& misc) {
    result_.line = misc.path_line;
    auto process = CheckProcess::start(command_);
    if (!process) {
        finish({State::none, process.error().message});
        return;
    }
    process_ = std::move(*process);
    if (watch(process_->descriptor(), EPOLLIN, true)) wait(misc.timeout.value);
}

void CheckAttempt::stop_command() {
    process_->send_signal(was_stopped_ ? SIGKILL : SIGTERM);
    was_stopped_ = true;
    wait(patience_after_signal);
}

void CheckAttempt::finish_command() {
    const auto& misc = std::get<model::MiscCheck>(checker_.details);
    const int status = process_->take_status();
    process_.reset();
    CommandVerdict end = judge_command(misc, command_, status, was_stopped_, means_.options().target);
    result_.weight = end.weight;
    result_.exit_code = end.exit_code;
    finish(std::move(end.verdict));
    if (means_.options().has_second_judge && end.meant)
        hear_second_judge(result_, *std::move(end.meant), means_.options());
}

}  // namespace lbctl::health
