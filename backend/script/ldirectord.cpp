#include "backend/script/ldirectord.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>

#include "grammar/ast/address.h"

namespace lbctl::script {

namespace {

constexpr std::string_view blanks = " \t\r";

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

struct Place {
    IpAddress address;
    std::uint16_t port = 0;  ///< 0 without one
};

std::optional<std::uint16_t> read_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error == std::errc{} && end == text.data() + text.size()) return port;
    std::array<char, 1024> memory{};
    servent entry{};
    servent* found = nullptr;
    const std::string name(text);
    if (getservbyname_r(name.c_str(), nullptr, &entry, memory.data(), memory.size(), &found) != 0 || found == nullptr)
        return std::nullopt;
    return ntohs(static_cast<std::uint16_t>(found->s_port));
}

/// ADDRESS[:PORT] with IPv6 in brackets. Names are not looked up: keepalived.conf holds addresses.
std::optional<Place> read_place(std::string_view text) {
    Place place;
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
    const auto number = read_port(port.substr(1));
    if (!number) return std::nullopt;
    place.port = *number;
    return place;
}

std::string words(const Place& place) {
    return place.port == 0 ? place.address.to_string() : fmt::format("{} {}", place.address.to_string(), place.port);
}

struct Server {
    unsigned line = 0;
    Place place;
    std::string method = "gate";
    std::uint32_t weight = 1;
    std::string request;
    std::string receive;
};

/// One block of the file; options that are not given are those before the first block.
struct Block {
    unsigned line = 0;
    std::optional<Place> place;
    std::uint32_t mark = 0;
    std::map<std::string, std::string> options;
    std::vector<Server> servers;
    std::optional<Server> fallback;
};

class Reader {
public:
    explicit Reader(std::string_view name) : name_(name) {}

    LdirectordImport read(std::string_view text) {
        while (!text.empty()) {
            ++line_;
            const std::size_t end = std::min(text.find('\n'), text.size());
            read_line(text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        finish_block();
        std::stable_sort(losses_.begin(), losses_.end(),
                         [](const auto& one, const auto& other) { return one.first < other.first; });
        for (auto& loss : losses_) out_.losses.push_back(std::move(loss.second));
        return std::move(out_);
    }

private:
    void lose(std::string_view what) { lose_at(line_, what); }
    /// What a block as a whole loses is found at every server, and said once.
    void lose_at(unsigned line, std::string_view what) {
        std::pair loss(line, fmt::format("{}:{}: {}", name_, line, what));
        if (std::find(losses_.begin(), losses_.end(), loss) == losses_.end()) losses_.push_back(std::move(loss));
    }
    void lose_of_block(std::string_view what) { lose_at(block_->line, what); }
    void put(std::size_t depth, std::string_view line) {
        out_.configuration.append(4 * depth, ' ').append(line).append("\n");
    }
    std::string option(const std::string& key, const std::string& otherwise = {}) const {
        if (const auto own = block_->options.find(key); own != block_->options.end()) return own->second;
        const auto general = globals_.find(key);
        return general == globals_.end() ? otherwise : general->second;
    }

    void read_line(std::string_view line);
    void open_block(std::string_view value);
    void read_servers(std::string_view value);
    std::optional<Server> read_server(std::string_view value);
    void finish_block();
    void write_head();
    void write_fallback();
    void write_server(const Server& server);
    void write_check(const Server& server);
    void write_external(const Server& server, const std::string& type);
    void write_negotiation(const Server& server, const std::string& service);
    void write_ping();
    void write_connection(const Server& server, const std::string& timeout);
    void write_retry();
    std::string protocol() const;
    std::string service() const;
    Family family() const;
    Place place_in_table(const Server& server) const;

    std::string name_;
    unsigned line_ = 0;
    std::map<std::string, std::string> globals_;
    std::array<std::optional<Server>, 2> global_fallbacks_;  ///< of IPv4 and of IPv6 services
    std::optional<Block> block_;
    bool skipping_ = false;
    std::vector<std::pair<unsigned, std::string>> losses_;  ///< with their lines
    LdirectordImport out_;
};

constexpr auto known_options = std::to_array<std::string_view>(
    {"scheduler",  "persistent",   "netmask",       "protocol",     "checktype",       "service",         "request",
     "receive",    "checkport",    "virtualhost",   "httpmethod",   "checkcommand",    "quiescent",       "ops",
     "checkcount", "checktimeout", "checkinterval", "failurecount", "fallbackcommand", "negotiatetimeout"});

/// How ldirectord itself runs; keepalived has its own ways.
constexpr auto silent_options =
    std::to_array<std::string_view>({"autoreload", "logfile", "supervised", "fork", "readdquiescent"});

/// Options that keepalived knows elsewhere, and where.
constexpr auto other_places = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"emailalert", "notification_email in global_defs is its like"},
    {"emailalertfrom", "notification_email_from in global_defs is its like"},
    {"smtp", "smtp_server in global_defs is its like"},
    {"maintenancedir", "`lbctl drain' and track_file of real_server are for maintenance"},
});

/// What ldirectord checks at a port when no `service' is given, and where it looks for a service without a port.
constexpr auto services_of_ports = std::to_array<std::pair<std::uint16_t, std::string_view>>({{21, "ftp"},
                                                                                              {25, "smtp"},
                                                                                              {53, "dns"},
                                                                                              {80, "http"},
                                                                                              {110, "pop"},
                                                                                              {119, "nntp"},
                                                                                              {143, "imap"},
                                                                                              {389, "ldap"},
                                                                                              {443, "https"},
                                                                                              {587, "submission"},
                                                                                              {993, "imaps"},
                                                                                              {995, "pops"},
                                                                                              {1521, "oracle"},
                                                                                              {1812, "radius"},
                                                                                              {3128, "http_proxy"},
                                                                                              {3306, "mysql"},
                                                                                              {5432, "pgsql"},
                                                                                              {5060, "sip"}});

void Reader::read_line(std::string_view line) {
    const bool indented = !line.empty() && (line.front() == ' ' || line.front() == '\t');
    line = trim(line);
    // A number sign begins a comment at the beginning of a line or behind a blank.
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) line = trim(line.substr(0, i));
    }
    if (line.empty()) return;
    const std::size_t equals = line.find('=');
    const std::string key(trim(line.substr(0, equals)));
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : trim(line.substr(equals + 1));
    if (key == "virtual" || key == "virtual6") return open_block(value);
    if (!indented && !skipping_) finish_block();
    if (skipping_ && indented) return;
    skipping_ = false;
    if (block_ && (key == "real" || key == "real6")) return read_servers(value);
    if (key == "fallback" || key == "fallback6") {
        (block_ ? block_->fallback : global_fallbacks_[key == "fallback" ? 0 : 1]) = read_server(value);
        return;
    }
    if (std::find(known_options.begin(), known_options.end(), key) != known_options.end()) {
        (block_ ? block_->options : globals_)[key] = unquote(value);
        return;
    }
    // To remove the services at the end is what keepalived does.
    if (key == "cleanstop" && unquote(value) == "yes") return;
    if (std::find(silent_options.begin(), silent_options.end(), key) != silent_options.end()) return;
    const auto* other = std::find_if(other_places.begin(), other_places.end(),
                                     [&key](const auto& place) { return place.first == key; });
    lose(other == other_places.end() ? fmt::format("`{}' has no counterpart; it is left out", key)
                                     : fmt::format("`{}' is left out; {}", key, other->second));
}

void Reader::open_block(std::string_view value) {
    finish_block();
    skipping_ = false;
    Block block;
    block.line = line_;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), block.mark);
    if (error != std::errc{} || end != value.data() + value.size() || block.mark == 0) {
        block.mark = 0;
        block.place = read_place(value);
        if (!block.place) {
            lose(fmt::format(
                "`{}' is no address with a port and no mark; names are not looked up; the service is left out", value));
            skipping_ = true;
            return;
        }
    }
    block_ = std::move(block);
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
    if (next < parts.size() && parts[next].front() != '"') {
        const std::string_view number = parts[next++];
        std::uint32_t weight = 0;
        const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), weight);
        if (error == std::errc{} && end == number.data() + number.size()) {
            server.weight = weight;
        } else {
            lose(fmt::format("`{}' is no weight; 1 is taken", number));
        }
    }
    if (next < parts.size()) server.request = unquote(parts[next++]);
    if (next < parts.size()) server.receive = unquote(parts[next++]);
    return server;
}

/// ADDRESS->LAST:PORT stands for every address between.
void Reader::read_servers(std::string_view value) {
    const std::size_t arrow = value.find("->");
    if (arrow == std::string_view::npos) {
        if (auto server = read_server(value)) block_->servers.push_back(std::move(*server));
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
    for (std::uint64_t i = 0; i <= *count; ++i) {
        Server server = *last;
        server.place.address = first->advanced(i).value_or(last->place.address);
        block_->servers.push_back(std::move(server));
    }
}

std::string kind_of(const std::string& method) {
    if (method == "masq") return "NAT";
    return method == "ipip" ? "TUN" : "DR";
}

std::string Reader::protocol() const {
    if (block_->mark != 0) return "fwm";
    return option("protocol", block_->place->port == 53 ? "udp" : "tcp");
}

/// By the port of the virtual service where no word says it.
std::string Reader::service() const {
    const std::string given = option("service");
    if (!given.empty()) return given;
    const std::uint16_t port = block_->place ? block_->place->port : 0;
    const auto* found = std::find_if(services_of_ports.begin(), services_of_ports.end(),
                                     [port](const auto& pair) { return pair.first == port; });
    return found == services_of_ports.end() ? "none" : std::string(found->second);
}

Family Reader::family() const {
    return block_->place ? block_->place->address.family() : block_->servers.front().place.address.family();
}

/// Only masquerading can change the port: elsewhere ldirectord takes that of the service.
Place Reader::place_in_table(const Server& server) const {
    Place place = server.place;
    const std::uint16_t own = block_->place ? block_->place->port : 0;
    if (server.method != "masq" || place.port == 0) place.port = own;
    return place;
}

void Reader::write_retry() {
    // A count of one means that the first failure counts.
    unsigned count = 0;
    std::string text = option("failurecount");
    if (text.empty() && option("checktype", "negotiate") == "ping") text = option("checkcount");
    if (text.empty()) return;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || end != text.data() + text.size() || count == 0)
        return lose_of_block(fmt::format("`{}' is no count of failures; keepalived's default is taken", text));
    put(3, fmt::format("retry {}", count - 1));
}

void Reader::write_connection(const Server& server, const std::string& timeout) {
    std::string port = option("checkport");
    if (port.empty() && server.place.port != 0 && server.place.port != place_in_table(server).port)
        port = std::to_string(server.place.port);
    if (port.empty() && place_in_table(server).port == 0) {
        const std::string name = service();
        const auto* found = std::find_if(services_of_ports.begin(), services_of_ports.end(),
                                         [&name](const auto& pair) { return pair.second == name; });
        if (found != services_of_ports.end()) {
            port = std::to_string(found->first);
        } else {
            lose_of_block("nothing says at which port to check; write connect_port into the checks");
        }
    }
    if (!port.empty()) put(3, "connect_port " + port);
    if (!timeout.empty()) put(3, "connect_timeout " + timeout);
    write_retry();
}

void Reader::write_ping() {
    put(2, "PING_CHECK {");
    if (const std::string timeout = option("checktimeout", option("negotiatetimeout")); !timeout.empty())
        put(3, "connect_timeout " + timeout);
    write_retry();
    put(2, "}");
}

/// A word in quotation marks, which know no way to hold one.
std::string without_quotes(std::string_view text, std::string_view instead) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '"') continue;
        if (text[i] == '"') {
            result += instead;
        } else {
            result += text[i];
        }
    }
    return result;
}

void Reader::write_negotiation(const Server& server, const std::string& service) {
    const std::string request = server.request.empty() ? option("request") : server.request;
    const std::string receive = server.receive.empty() ? option("receive") : server.receive;
    if (service == "http" || service == "https") {
        if (option("httpmethod", "GET") != "GET")
            lose_of_block(fmt::format("httpmethod {} has no counterpart; GET is taken", option("httpmethod")));
        put(2, service == "http" ? "HTTP_GET {" : "SSL_GET {");
        put(3, "url {");
        put(4, fmt::format("path \"{}{}\"", request.starts_with('/') ? "" : "/", without_quotes(request, "%22")));
        if (receive.empty()) {
            put(4, "status_code 200-299");
        } else {
            put(4, fmt::format("regex \"{}\"", without_quotes(receive, ".")));
        }
        if (const std::string host = option("virtualhost"); !host.empty())
            put(4, fmt::format("virtualhost \"{}\"", host));
        put(3, "}");
    } else if (service == "smtp" || service == "submission") {
        put(2, "SMTP_CHECK {");
    } else if (service == "dns") {
        put(2, "DNS_CHECK {");
        if (IpAddress::parse(request)) {
            lose_of_block(
                fmt::format("keepalived cannot ask for the name of `{}'; any answer of the server will do", request));
        } else if (!request.empty()) {
            put(3, "type A");
            put(3, "name " + request);
        }
        if (!receive.empty()) lose_of_block("the answer that DNS should give has no counterpart; any answer will do");
    } else if (protocol() == "udp") {
        lose_of_block(fmt::format("a conversation in `{}' has no counterpart; the servers are pinged", service));
        return write_ping();
    } else {
        if (service != "simpletcp" || !receive.empty()) {
            lose_of_block(
                fmt::format("a conversation in `{}' has no counterpart; only the connection is checked", service));
        }
        put(2, "TCP_CHECK {");
    }
    write_connection(server, option("negotiatetimeout", option("checktimeout")));
    put(2, "}");
}

void Reader::write_external(const Server& server, const std::string& type) {
    const std::string command = option("checkcommand");
    if (command.empty()) return lose_of_block("checktype external without a checkcommand; the servers are not checked");
    const Place own = block_->place.value_or(Place{});
    put(2, "MISC_CHECK {");
    put(3, fmt::format("misc_path \"{} {} {} {} {}\"", command,
                       block_->mark != 0 ? std::to_string(block_->mark) : own.address.to_string(), own.port,
                       server.place.address.to_string(), server.place.port));
    if (const std::string timeout = option("checktimeout", option("negotiatetimeout")); !timeout.empty())
        put(3, "misc_timeout " + timeout);
    write_retry();
    put(2, "}");
    if (type == "external-perl") lose_of_block("an external-perl check runs as a program of its own");
}

void Reader::write_check(const Server& server) {
    const std::string type = option("checktype", "negotiate");
    if (type == "on") return;
    if (type == "ping") return write_ping();
    if (type == "external" || type == "external-perl") return write_external(server, type);
    const bool negotiate =
        type == "negotiate" || (!type.empty() && type.find_first_not_of("0123456789") == std::string::npos);
    if (!negotiate && type != "connect")
        lose_of_block(fmt::format("checktype `{}' is unknown; connect is taken", type));
    const std::string name = service();
    if (negotiate && name == "none") return;
    if (negotiate) return write_negotiation(server, name);
    if (protocol() == "udp") return write_ping();
    put(2, "TCP_CHECK {");
    write_connection(server, option("checktimeout", option("negotiatetimeout")));
    put(2, "}");
}

void Reader::write_server(const Server& server) {
    put(0, "");
    put(1, fmt::format("real_server {} {{", words(place_in_table(server))));
    put(2, fmt::format("weight {}", server.weight));
    put(2, "lvs_method " + kind_of(server.method));
    write_check(server);
    put(1, "}");
}

void Reader::write_head() {
    const bool marked = block_->mark != 0;
    put(0, marked ? fmt::format("virtual_server fwmark {} {{", block_->mark)
                  : fmt::format("virtual_server {} {{", words(*block_->place)));
    if (const std::string interval = option("checkinterval"); !interval.empty()) put(1, "delay_loop " + interval);
    put(1, "lb_algo " + option("scheduler", "wrr"));
    put(1, "lb_kind " + kind_of(block_->servers.front().method));
    if (!marked) {
        std::string name = protocol();
        std::transform(name.begin(), name.end(), name.begin(),
                       [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
        put(1, "protocol " + name);
    } else {
        put(1, fmt::format("ip_family {}", to_string(family())));
    }
    if (option("ops", "no") == "yes") put(1, "ops");
    if (const std::string persistent = option("persistent"); !persistent.empty()) {
        put(1, "persistence_timeout " + persistent);
        if (const std::string netmask = option("netmask"); !netmask.empty())
            put(1, "persistence_granularity " + netmask);
    } else if (!option("netmask").empty()) {
        lose_of_block("a netmask without `persistent' means nothing; it is left out");
    }
    if (const std::string host = option("virtualhost"); !host.empty()) put(1, fmt::format("virtualhost \"{}\"", host));
    // A server that is down stays with weight 0, unless told otherwise.
    if (option("quiescent", "yes") == "yes") put(1, "inhibit_on_failure");
    // It is to run with `start' when the last server fails, and with `stop' when the first one is back.
    if (const std::string command = option("fallbackcommand"); !command.empty()) {
        put(1, fmt::format("quorum_up \"{} stop\"", command));
        put(1, fmt::format("quorum_down \"{} start\"", command));
    }
}

void Reader::write_fallback() {
    const auto& general = global_fallbacks_[family() == Family::inet ? 0 : 1];
    const std::optional<Server>& fallback = block_->fallback ? block_->fallback : general;
    if (!fallback) return;
    if (fallback->place.address.family() != family()) {
        return lose_at(fallback->line, fmt::format("fallback {} is not of the service's address family; it is left out",
                                                   fallback->place.address.to_string()));
    }
    put(1, fmt::format("sorry_server {}", words(place_in_table(*fallback))));
    put(1, "sorry_server_lvs_method " + kind_of(fallback->method));
}

void Reader::finish_block() {
    if (!block_) return;
    if (block_->servers.empty()) {
        lose_of_block("the service has no real servers, which keepalived drops; it is left out");
    } else if (option("checktype") == "off") {
        lose_of_block("with checktype off no server of the service is ever active; it is left out");
    } else {
        write_head();
        write_fallback();
        for (const Server& server : block_->servers) write_server(server);
        put(0, "}\n");
    }
    block_.reset();
}

}  // namespace

LdirectordImport from_ldirectord(std::string_view text, std::string_view name) {
    return Reader(name).read(text);
}

}  // namespace lbctl::script
