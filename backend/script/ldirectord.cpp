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
    Place place;
    std::string method = "gate";
    std::uint32_t weight = 1;
    std::string request;
    std::string receive;
};

/// One block of the file; options that are not given are those before the first block.
struct Block {
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
        return std::move(out_);
    }

private:
    void lose(std::string_view what) { out_.losses.push_back(fmt::format("{}:{}: {}", name_, line_, what)); }
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
    void write_server(const Server& server);
    void write_check(const Server& server);
    void write_negotiation(const Server& server, const std::string& service);
    void write_connection(std::size_t depth);

    std::string name_;
    unsigned line_ = 0;
    std::map<std::string, std::string> globals_;
    std::optional<Server> global_fallback_;
    std::optional<Block> block_;
    bool skipping_ = false;
    LdirectordImport out_;
};

constexpr std::array<std::string_view, 17> block_options{
    "scheduler", "persistent", "netmask",    "protocol",     "checktype",    "service",
    "request",   "receive",    "checkport",  "virtualhost",  "httpmethod",   "checkcommand",
    "quiescent", "ops",        "checkcount", "checktimeout", "checkinterval"};
constexpr std::array<std::string_view, 11> silent_options{
    "autoreload",     "logfile",  "supervised",       "fork",           "cleanstop",     "maintenancedir",
    "emailalertfreq", "callback", "emailalertstatus", "emailalertfrom", "readdquiescent"};

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
        (block_ ? block_->fallback : global_fallback_) = read_server(value);
        return;
    }
    const bool known = std::find(block_options.begin(), block_options.end(), key) != block_options.end() ||
                       key == "failurecount" || key == "negotiatetimeout";
    if (known) {
        (block_ ? block_->options : globals_)[key] = unquote(value);
    } else if (std::find(silent_options.begin(), silent_options.end(), key) == silent_options.end()) {
        lose(fmt::format("`{}' has no counterpart; it is left out", key));
    }
}

void Reader::open_block(std::string_view value) {
    finish_block();
    skipping_ = false;
    Block block;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), block.mark);
    if (error != std::errc{} || end != value.data() + value.size() || block.mark == 0) {
        block.mark = 0;
        block.place = read_place(value);
        if (!block.place) {
            lose(fmt::format("`{}' is no address with a port and no mark; the service is left out", value));
            skipping_ = true;
            return;
        }
    }
    block_ = std::move(block);
}

std::optional<Server> Reader::read_server(std::string_view value) {
    const auto parts = words_of(value);
    Server server;
    const auto place = parts.empty() ? std::nullopt : read_place(parts.front());
    if (!place) {
        lose(fmt::format("`{}' is no address; the server is left out", value));
        return std::nullopt;
    }
    server.place = *place;
    std::size_t next = 1;
    if (next < parts.size()) server.method = std::string(parts[next++]);
    if (next < parts.size() && parts[next].front() != '"') {
        const std::string_view number = parts[next++];
        std::from_chars(number.data(), number.data() + number.size(), server.weight);
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

void Reader::write_connection(std::size_t depth) {
    if (const std::string port = option("checkport"); !port.empty()) put(depth, "connect_port " + port);
    if (const std::string timeout = option("checktimeout"); !timeout.empty()) put(depth, "connect_timeout " + timeout);
    if (const std::string count = option("checkcount"); !count.empty()) put(depth, "retry " + count);
}

void Reader::write_negotiation(const Server& server, const std::string& service) {
    const std::string request = server.request.empty() ? option("request") : server.request;
    const std::string receive = server.receive.empty() ? option("receive") : server.receive;
    const std::string timeout = option("negotiatetimeout");
    if (service == "http" || service == "https") {
        put(2, service == "http" ? "HTTP_GET {" : "SSL_GET {");
        put(3, "url {");
        put(4, fmt::format("path \"{}{}\"", request.starts_with('/') ? "" : "/", request));
        if (receive.empty()) {
            put(4, "status_code 200-299");
        } else {
            put(4, fmt::format("regex \"{}\"", receive));
        }
        if (const std::string host = option("virtualhost"); !host.empty())
            put(4, fmt::format("virtualhost \"{}\"", host));
        put(3, "}");
    } else if (service == "smtp" || service == "submission") {
        put(2, "SMTP_CHECK {");
    } else if (service == "dns") {
        put(2, "DNS_CHECK {");
        if (!request.empty()) put(3, "name " + request);
        if (!receive.empty()) lose("the answer that DNS should give has no counterpart; any answer will do");
    } else {
        if (service != "simpletcp" || !receive.empty()) {
            lose(fmt::format("a conversation in `{}' has no counterpart; only the connection is checked", service));
        }
        put(2, "TCP_CHECK {");
    }
    write_connection(3);
    put(2, "}");
}

void Reader::write_check(const Server& server) {
    const std::string type = option("checktype", "negotiate");
    const std::string protocol = option("protocol", block_->mark != 0 ? "fwm" : "tcp");
    if (type == "off" || type == "on") return;
    if (type == "ping") {
        put(2, "PING_CHECK {");
        if (const std::string count = option("checkcount"); !count.empty()) put(3, "retry " + count);
        put(2, "}");
        return;
    }
    if (type == "external" || type == "external-perl") {
        const Place own = block_->place.value_or(Place{});
        put(2, "MISC_CHECK {");
        put(3, fmt::format("misc_path \"{} {} {} {} {}\"", option("checkcommand"),
                           block_->mark != 0 ? std::to_string(block_->mark) : own.address.to_string(), own.port,
                           server.place.address.to_string(), server.place.port));
        put(2, "}");
        if (type == "external-perl") lose("an external-perl check runs as a program of its own");
        return;
    }
    std::string service = option("service");
    if (service.empty()) {
        // Without a word, ldirectord takes it from the port.
        constexpr std::array<std::pair<std::uint16_t, std::string_view>, 5> known{
            {{80, "http"}, {443, "https"}, {25, "smtp"}, {53, "dns"}, {587, "submission"}}};
        const auto* found =
            std::find_if(known.begin(), known.end(), [&](const auto& pair) { return pair.first == server.place.port; });
        service = found == known.end() ? "none" : std::string(found->second);
    }
    const bool negotiate =
        type == "negotiate" || (!type.empty() && type.find_first_not_of("0123456789") == std::string::npos);
    if (negotiate && service != "none") return write_negotiation(server, service);
    if (protocol == "udp")
        return lose("a check of a connection over UDP has no counterpart; the server is not checked");
    put(2, "TCP_CHECK {");
    write_connection(3);
    put(2, "}");
}

void Reader::write_server(const Server& server) {
    put(0, "");
    put(1, fmt::format("real_server {} {{", words(server.place)));
    put(2, fmt::format("weight {}", server.weight));
    put(2, "lvs_method " + kind_of(server.method));
    write_check(server);
    put(1, "}");
}

void Reader::finish_block() {
    if (!block_) return;
    if (block_->servers.empty()) {
        lose("the service above has no real servers, which keepalived drops; it is left out");
        block_.reset();
        return;
    }
    const bool marked = block_->mark != 0;
    put(0, marked ? fmt::format("virtual_server fwmark {} {{", block_->mark)
                  : fmt::format("virtual_server {} {{", words(*block_->place)));
    if (const std::string interval = option("checkinterval"); !interval.empty()) put(1, "delay_loop " + interval);
    put(1, "lb_algo " + option("scheduler", "wrr"));
    put(1, "lb_kind " + kind_of(block_->servers.front().method));
    if (!marked) {
        std::string protocol = option("protocol", "tcp");
        std::transform(protocol.begin(), protocol.end(), protocol.begin(),
                       [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
        put(1, "protocol " + protocol);
    } else {
        put(1, fmt::format("ip_family {}", to_string(block_->servers.front().place.address.family())));
    }
    if (option("ops", "no") == "yes") put(1, "ops");
    if (const std::string persistent = option("persistent"); !persistent.empty()) {
        put(1, "persistence_timeout " + persistent);
        if (const std::string netmask = option("netmask"); !netmask.empty())
            put(1, "persistence_granularity " + netmask);
    } else if (!option("netmask").empty()) {
        lose("a netmask without `persistent' means nothing; it is left out");
    }
    if (const std::string host = option("virtualhost"); !host.empty()) put(1, fmt::format("virtualhost \"{}\"", host));
    // A server that is down stays with weight 0, unless told otherwise.
    if (option("quiescent", "yes") == "yes") put(1, "inhibit_on_failure");
    const std::optional<Server>& fallback = block_->fallback ? block_->fallback : global_fallback_;
    if (fallback) {
        put(1, fmt::format("sorry_server {}", words(fallback->place)));
        put(1, "sorry_server_lvs_method " + kind_of(fallback->method));
    }
    for (const Server& server : block_->servers) write_server(server);
    put(0, "}\n");
    block_.reset();
}

}  // namespace

LdirectordImport from_ldirectord(std::string_view text, std::string_view name) {
    return Reader(name).read(text);
}

}  // namespace lbctl::script
