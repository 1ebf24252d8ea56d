#include "backend/import/ldirectord_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "backend/ipvsadm/port_name.h"
#include "grammar/base/number.h"
#include "grammar/base/shortened.h"
#include "grammar/syntax/parameters.h"

namespace lbctl::imports::ldirectord {

namespace {

constexpr std::string_view blanks = " \t\r";

/// What is longer has no room in a line of keepalived.conf.
constexpr std::size_t longest_value = syntax::longest_line;

std::string_view trim(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

std::string unquote(std::string_view text) {
    if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front()) {
        text = text.substr(1, text.size() - 2);
    }
    return std::string(text);
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    for (text = trim(text); !text.empty(); text = trim(text)) {
        // Quoted words hold blanks; commas part the request from what is to be received.
        std::size_t end = std::min(text.find_first_of(" \t,"), text.size());
        if (text.front() == '"') end = std::min(text.find('"', 1), text.size() - 1) + 1;
        if (end != 0) words.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end == 0 ? 1 : end, text.size()));
        if (!text.empty() && text.front() == ',') text.remove_prefix(1);
    }
    return words;
}

/// ADDRESS[:PORT] with IPv6 in brackets. Names are not looked up: keepalived.conf holds addresses.
std::optional<Endpoint> read_place(std::string_view text) {
    Endpoint place;
    std::string_view host = text;
    std::string_view port;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        host = text.substr(1, close - 1);
        port = text.substr(close + 1);
    } else if (const std::size_t colon = text.rfind(':'); colon != std::string_view::npos) {
        host = text.substr(0, colon);
        port = text.substr(colon);
    }
    const auto address = IpAddress::parse(host);
    if (!address || (!port.empty() && port.front() != ':')) return std::nullopt;
    place.address = *address;
    if (port.empty()) return place;
    const auto number = ipvsadm::read_port(port.substr(1));
    if (!number) return std::nullopt;
    place.port = *number;
    return place;
}

class Reader {
public:
    explicit Reader(Losses& losses) : losses_(losses) {}

    /// Nothing once there are more than most_servers; line() is where.
    std::optional<std::vector<Service>> read(std::string_view text) {
        constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
        if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
        while (!text.empty() && servers_ <= most_servers) {
            ++line_;
            const std::size_t end = std::min(text.find('\n'), text.size());
            read_line(text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        if (servers_ > most_servers) return std::nullopt;
        finish_service();
        for (Service& service : services_) take_globals(service);
        return std::move(services_);
    }

    [[nodiscard]] unsigned line() const { return line_; }

private:
    void lose(std::string_view what) { losses_.add(line_, what); }
    void read_line(std::string_view line);
    void open_service(std::string_view value);
    void read_servers(std::string_view value);
    std::optional<Server> read_server(std::string_view value);
    void add_server(Server server);
    void read_option(const std::string& key, std::string_view value);
    void finish_service();
    void take_globals(Service& service);

    Losses& losses_;
    unsigned line_ = 0;
    std::size_t servers_ = 0;      ///< of all services
    std::set<std::string> heads_;  ///< of the services, as ldirectord compares them
    std::map<std::string, std::string> globals_;
    std::array<std::optional<Server>, 2> global_fallbacks_;  ///< of IPv4 and of IPv6 services
    std::optional<Service> service_;
    bool skipping_ = false;
    std::vector<Service> services_;
};

constexpr auto known_options = std::to_array<std::string_view>(
    {"scheduler",  "persistent",   "netmask",       "protocol",     "checktype",       "service",          "request",
     "receive",    "checkport",    "virtualhost",   "httpmethod",   "checkcommand",    "quiescent",        "ops",
     "checkcount", "checktimeout", "checkinterval", "failurecount", "fallbackcommand", "negotiatetimeout", "schedflags",
     "fork"});

/// How ldirectord itself runs; keepalived has its own ways.
constexpr auto silent_options =
    std::to_array<std::string_view>({"autoreload", "logfile", "supervised", "readdquiescent"});

/// Options that keepalived knows elsewhere, and where.
constexpr auto other_places = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"emailalert", "notification_email in global_defs is its like"},
    {"emailalertfrom", "notification_email_from in global_defs is its like"},
    {"smtp", "smtp_server in global_defs is its like"},
    {"maintenancedir", "`lbctl drain' and track_file of real_server are for maintenance"},
});

void Reader::read_line(std::string_view line) {
    constexpr std::size_t longest_read = std::size_t{64} << 10U;
    if (line.size() > longest_read) return lose(fmt::format("a line of {} bytes; it is left out", line.size()));
    const bool indented = !line.empty() && (line.front() == ' ' || line.front() == '\t');
    line = trim(line);
    // A number sign begins a comment at the beginning of a line or after a blank.
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) line = trim(line.substr(0, i));
    }
    if (line.empty()) return;
    const std::size_t equals = line.find('=');
    const std::string key(trim(line.substr(0, equals)));
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : trim(line.substr(equals + 1));
    if (key == "virtual" || key == "virtual6") return open_service(value);
    if (!indented && !skipping_) finish_service();
    if (skipping_ && indented) return;
    skipping_ = false;
    if (service_ && (key == "real" || key == "real6")) return read_servers(value);
    if (key == "fallback" || key == "fallback6") {
        (service_ ? service_->fallback : global_fallbacks_[key == "fallback" ? 0 : 1]) = read_server(value);
        return;
    }
    if (std::find(known_options.begin(), known_options.end(), key) != known_options.end()) {
        return read_option(key, value);
    }
    // To remove the services at the end is what keepalived does.
    if (key == "cleanstop" && unquote(value) == "yes") return;
    if (std::find(silent_options.begin(), silent_options.end(), key) != silent_options.end()) return;
    const auto* other = std::find_if(other_places.begin(), other_places.end(),
                                     [&key](const auto& place) { return place.first == key; });
    lose(other == other_places.end() ? fmt::format("`{}' has no counterpart; it is left out", key)
                                     : fmt::format("`{}' is left out; {}", key, other->second));
}

/// Of these ldirectord takes the first digits, wherever they stand.
constexpr auto numeric_options = std::to_array<std::string_view>(
    {"persistent", "checkport", "checkcount", "checktimeout", "checkinterval", "failurecount", "negotiatetimeout"});

void Reader::read_option(const std::string& key, std::string_view value) {
    std::string word = unquote(value);
    if (word.empty()) return lose(fmt::format("`{}' has no value; it is left out", key));
    if (word.size() > longest_value)
        return lose(
            fmt::format("`{}' has {} bytes, more than a line of keepalived.conf; it is left out", key, word.size()));
    const bool is_numeric = std::find(numeric_options.begin(), numeric_options.end(), key) != numeric_options.end();
    if (is_numeric) {
        constexpr std::string_view digits = "0123456789";
        const std::size_t begin = std::min(word.find_first_of(digits), word.size());
        const std::string number = word.substr(begin, word.find_first_not_of(digits, begin) - begin);
        if (base::whole_number<std::uint32_t>(number).value_or(0) == 0)
            return lose(fmt::format("`{}' is no number that `{}' can have; it is left out", word, key));
        if (number != word)
            lose(fmt::format("of `{}' ldirectord takes {} for `{}', and so it is here", word, number, key));
        word = number;
    }
    (service_ ? service_->options : globals_)[key] = std::move(word);
}

void Reader::open_service(std::string_view value) {
    finish_service();
    skipping_ = false;
    Service service;
    service.line = line_;
    service.mark = base::whole_number<std::uint32_t>(value).value_or(0);
    if (service.mark == 0) {
        const std::size_t colon = value.rfind(':');
        const bool has_port = colon != std::string_view::npos && value.find(']', colon) == std::string_view::npos;
        if (has_port) service.place = read_place(value);
        if (!service.place) {
            lose(fmt::format(
                "`{}' is no address with a port and no mark; names are not looked up; the service is left out", value));
            skipping_ = true;
            return;
        }
    }
    service_ = std::move(service);
}

void Reader::add_server(Server server) {
    if (++servers_ > most_servers) return;
    service_->servers.push_back(std::move(server));
}

std::optional<Server> Reader::read_server(std::string_view value) {
    const auto parts = words_of(value);
    Server server;
    server.line = line_;
    const auto place = parts.empty() ? std::nullopt : read_place(parts.front());
    if (!place) {
        lose(fmt::format("`{}' is no address; names are not looked up; the server is left out", value));
        return std::nullopt;
    }
    server.place = *place;
    std::size_t next = 1;
    if (next < parts.size()) server.method = std::string(parts[next++]);
    if (server.method != "gate" && server.method != "masq" && server.method != "ipip") {
        lose(fmt::format("`{}' is none of gate, masq and ipip; gate is taken", server.method));
        server.method = "gate";
    }
    const auto is_threshold = [](std::string_view part) { return part.starts_with("l:") || part.starts_with("u:"); };
    if (next < parts.size() && parts[next].front() != '"' && !is_threshold(parts[next])) {
        const std::string_view number = parts[next++];
        if (const auto weight = base::whole_number<std::uint32_t>(number)) {
            server.weight = *weight;
        } else {
            lose(fmt::format("`{}' is no weight; 1 is taken", number));
        }
    }
    for (auto* text : {&server.request, &server.receive}) {
        if (next >= parts.size() || is_threshold(parts[next])) break;
        const std::string_view part = parts[next++];
        if (part.size() > longest_value) {
            lose(fmt::format("`{}' is longer than a line of keepalived.conf; it is left out", part));
        } else {
            *text = unquote(part);
        }
    }
    for (; next < parts.size(); ++next) {
        const std::string_view part = parts[next];
        const auto number = is_threshold(part) ? base::whole_number<std::uint32_t>(part.substr(2)) : std::nullopt;
        if (!number) {
            lose(fmt::format("`{}' has no meaning after a server; it is left out", part));
        } else {
            (part.front() == 'l' ? server.lower_threshold : server.upper_threshold) = *number;
        }
    }
    return server;
}

/// ADDRESS->LAST:PORT stands for every address between.
void Reader::read_servers(std::string_view value) {
    const std::size_t arrow = value.find("->");
    if (arrow == std::string_view::npos) {
        if (auto server = read_server(value)) add_server(std::move(*server));
        return;
    }
    std::string_view begin = value.substr(0, arrow);
    if (begin.starts_with('[') && begin.ends_with(']')) begin = begin.substr(1, begin.size() - 2);
    const auto first = IpAddress::parse(begin);
    const auto last = read_server(value.substr(arrow + 2));
    if (!last) return;
    constexpr std::uint64_t most = 65536;
    const auto count = first ? first->distance_to(last->place.address) : std::nullopt;
    if (!count || *count > most)
        return lose(fmt::format("`{}' is no range of addresses; its servers are left out", value));
    for (std::uint64_t i = 0; i <= *count && servers_ <= most_servers; ++i) {
        Server server = *last;
        server.place.address = first->advanced(i).value_or(last->place.address);
        add_server(std::move(server));
    }
}

void Reader::finish_service() {
    if (!service_) return;
    const std::string head =
        service_->place
            ? fmt::format("{} {} {}", service_->option("protocol", service_->place->port == 53 ? "udp" : "tcp"),
                          service_->place->address.to_string(), service_->place->port)
            : fmt::format("{}", service_->mark);
    if (!service_->servers.empty() &&
        !heads_.insert(fmt::format("{} {}", head, to_string(service_->family()))).second) {
        losses_.add(service_->line, "the service is there a second time, which ldirectord refuses; it is left out");
    } else if (service_->servers.empty()) {
        losses_.add(service_->line, "the service has no real servers, which keepalived drops; it is left out");
    } else {
        services_.push_back(std::move(*service_));
    }
    service_.reset();
}

/// What stands outside of services is for all of them, also for those above it.
void Reader::take_globals(Service& service) {
    const auto own_interval = service.options.find("checkinterval");
    const auto fork = globals_.find("fork");
    if (own_interval != service.options.end() && (fork == globals_.end() || fork->second != "yes")) {
        losses_.add(service.line, "ldirectord heeds a service's own checkinterval with `fork = yes' only; left out");
        service.options.erase(own_interval);
    }
    service.options.insert(globals_.begin(), globals_.end());
    if (!service.fallback) service.fallback = global_fallbacks_[service.family() == Family::inet ? 0 : 1];
}

}  // namespace

std::string Service::option(const std::string& key, const std::string& otherwise) const {
    const auto found = options.find(key);
    return found == options.end() ? otherwise : found->second;
}

Family Service::family() const {
    return place ? place->address.family() : servers.front().place.address.family();
}

void Losses::add(unsigned line, std::string_view what) {
    constexpr std::size_t longest_loss = 400;
    std::string loss = fmt::format("{}:{}: {}", file_, line, base::shortened(what, longest_loss));
    if (seen_.insert(loss).second) losses_.emplace_back(line, std::move(loss));
}

std::vector<std::string> Losses::take() {
    std::stable_sort(losses_.begin(), losses_.end(),
                     [](const auto& one, const auto& other) { return one.first < other.first; });
    std::vector<std::string> texts;
    for (auto& loss : losses_) texts.push_back(std::move(loss.second));
    losses_.clear();
    seen_.clear();
    return texts;
}

Result<std::vector<Service>> read_services(std::string_view text, std::string_view name, Losses& losses) {
    Reader reader(losses);
    auto services = reader.read(text);
    if (services) return *std::move(services);
    return failure(
        fmt::format("{}:{}: with this line the file has more than {} real servers", name, reader.line(), most_servers),
        "is a range too large, or do several services have the same one?");
}

}  // namespace lbctl::imports::ldirectord
