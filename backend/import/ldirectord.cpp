#include "backend/import/ldirectord.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "backend/import/ldirectord_file.h"
#include "grammar/base/ascii.h"
#include "grammar/base/number.h"
#include "grammar/keywords/scheduler_flag.h"

namespace lbctl::imports {

namespace {

using ldirectord::Endpoint;
using ldirectord::Losses;
using ldirectord::Server;
using ldirectord::Service;

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
                                                                                              {636, "ldaps"},
                                                                                              {993, "imaps"},
                                                                                              {995, "pops"},
                                                                                              {1521, "oracle"},
                                                                                              {1812, "radius"},
                                                                                              {3128, "http_proxy"},
                                                                                              {3306, "mysql"},
                                                                                              {5432, "pgsql"},
                                                                                              {5060, "sip"}});

// What ldirectord takes where nothing is said, in seconds: keepalived's defaults are others.
constexpr const char* default_scheduler = "wrr";
constexpr const char* default_interval = "10";
constexpr const char* default_check_timeout = "5";
constexpr const char* default_negotiate_timeout = "30";
constexpr const char* default_failures = "1";

constexpr std::size_t most_configuration = std::size_t{64} << 20U;

std::string words(const Endpoint& place) {
    return place.port == 0 ? place.address.to_string() : fmt::format("{} {}", place.address.to_string(), place.port);
}

/// Writes one service. What the program does was read from ldirectord 4.12 itself; its manual differs in places.
class Writer {
public:
    Writer(const Service& service, std::string& configuration, Losses& losses)
        : service_(service), configuration_(configuration), losses_(losses) {}

    /// False when the configuration grows larger than most_configuration.
    bool write();

private:
    void lose(std::string_view what) { losses_.add(service_.line, what); }
    void put(std::size_t depth, std::string_view line) {
        configuration_.append(4 * depth, ' ').append(line).append("\n");
    }

    void write_head();
    void write_scheduler_flags();
    void write_fallback();
    void tell_of_port(const Server& server);
    void write_server(const Server& server);
    void write_check(const Server& server);
    void write_external(const Server& server, const std::string& type);
    void write_negotiation(const Server& server, const std::string& service);
    void write_ping();
    void write_connection(const Server& server, const std::string& timeout);
    void write_retry();
    std::string protocol() const;
    std::string checked_service() const;
    std::string check_timeout() const;
    Endpoint place_in_table(const Server& server) const;

    const Service& service_;
    std::string& configuration_;
    Losses& losses_;
};

std::string kind_of(const std::string& method) {
    if (method == "masq") return "NAT";
    return method == "ipip" ? "TUN" : "DR";
}

std::string Writer::protocol() const {
    if (service_.mark != 0) return "fwm";
    return service_.option("protocol", service_.place->port == 53 ? "udp" : "tcp");
}

/// By the port of the virtual service where no word says it.
std::string Writer::checked_service() const {
    std::string given = service_.option("service");
    if (!given.empty()) return given;
    const std::uint16_t port = service_.place ? service_.place->port : 0;
    const auto* found = std::find_if(services_of_ports.begin(), services_of_ports.end(),
                                     [port](const auto& pair) { return pair.first == port; });
    return found == services_of_ports.end() ? "none" : std::string(found->second);
}

/// Only masquerading can change the port: elsewhere ldirectord takes that of the service.
Endpoint Writer::place_in_table(const Server& server) const {
    Endpoint place = server.place;
    const std::uint16_t own = service_.place ? service_.place->port : 0;
    if (server.method != "masq" || place.port == 0) place.port = own;
    return place;
}

void Writer::write_retry() {
    // A count of one means that the first failure counts.
    const bool pings = service_.option("checktype", "negotiate") == "ping";
    const std::string text =
        service_.option("failurecount", pings ? service_.option("checkcount", default_failures) : default_failures);
    const unsigned count = base::whole_number<unsigned>(text).value_or(0);
    if (count == 0) return lose(fmt::format("`{}' is no count of failures; keepalived's default is taken", text));
    put(3, fmt::format("retry {}", count - 1));
}

void Writer::write_connection(const Server& server, const std::string& timeout) {
    std::string port = service_.option("checkport");
    if (port.empty() && server.place.port != 0 && server.place.port != place_in_table(server).port)
        port = std::to_string(server.place.port);
    if (port.empty() && place_in_table(server).port == 0) {
        const std::string name = checked_service();
        const auto* found = std::find_if(services_of_ports.begin(), services_of_ports.end(),
                                         [&name](const auto& pair) { return pair.second == name; });
        if (found != services_of_ports.end()) {
            port = std::to_string(found->first);
        } else {
            lose("nothing says at which port to check; write connect_port into the checks");
        }
    }
    if (!port.empty()) put(3, "connect_port " + port);
    put(3, "connect_timeout " + timeout);
    write_retry();
}

/// Of all checks but negotiations.
std::string Writer::check_timeout() const {
    return service_.option("checktimeout", service_.option("negotiatetimeout", default_check_timeout));
}

void Writer::write_ping() {
    put(2, "PING_CHECK {");
    put(3, "connect_timeout " + check_timeout());
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

/// A pattern: keepalived takes a backslash away, with what it makes of the character after it.
std::string with_escaped_backslashes(std::string_view text) {
    std::string result;
    for (const char c : text) result.append(c == '\\' ? 2 : 1, c);
    return result;
}

/// As it stands in a request for it: neither blanks nor quotation marks can.
std::string path_of(std::string_view request) {
    std::string path = request.starts_with('/') ? "" : "/";
    for (const char c : without_quotes(request, "%22")) {
        if (c == ' ') {
            path += "%20";
        } else {
            path += c;
        }
    }
    return path;
}

void Writer::write_negotiation(const Server& server, const std::string& service) {
    const std::string request = server.request.value_or(service_.option("request"));
    const std::string receive = server.receive.value_or(service_.option("receive"));
    if (service == "http" || service == "https") {
        if (base::upper(service_.option("httpmethod", "GET")) != "GET")
            lose(fmt::format("httpmethod {} has no counterpart; GET is taken", service_.option("httpmethod")));
        if (server.request && request.find("://") != std::string::npos) {
            losses_.add(server.line,
                        "ldirectord asks a whole URL for itself, wherever it is; here the real server is "
                        "asked for a path of that text");
        }
        put(2, service == "http" ? "HTTP_GET {" : "SSL_GET {");
        put(3, "url {");
        put(4, fmt::format("path \"{}\"", path_of(request)));
        if (receive.empty()) {
            put(4, "status_code 200-299");
        } else {
            put(4, fmt::format("regex \"{}\"", with_escaped_backslashes(without_quotes(receive, "."))));
        }
        if (const std::string host = service_.option("virtualhost"); !host.empty())
            put(4, fmt::format("virtualhost \"{}\"", host));
        put(3, "}");
    } else if (service == "smtp" || service == "submission") {
        put(2, "SMTP_CHECK {");
    } else if (service == "dns") {
        put(2, "DNS_CHECK {");
        // ldirectord puts a slash before every request, and takes one off a name.
        const std::string name = request.substr(request.starts_with('/') ? 1 : 0);
        if (IpAddress::parse(name)) {
            lose(fmt::format("keepalived cannot ask for the name of `{}'; any answer of the server will do", name));
        } else if (name.find_first_of(" \t\"") != std::string::npos) {
            lose(fmt::format("`{}' is no name that DNS can be asked for; any answer of the server will do", name));
        } else if (!name.empty()) {
            put(3, "type A");
            put(3, "name " + name);
        }
        if (!receive.empty()) lose("the answer that DNS should give has no counterpart; any answer will do");
    } else if (protocol() == "udp") {
        lose(fmt::format("a conversation in `{}' has no counterpart; the servers are pinged", service));
        return write_ping();
    } else {
        if (service != "simpletcp" || !receive.empty()) {
            lose(fmt::format("a conversation in `{}' has no counterpart; only the connection is checked", service));
        }
        put(2, "TCP_CHECK {");
    }
    write_connection(server,
                     service_.option("negotiatetimeout", service_.option("checktimeout", default_negotiate_timeout)));
    put(2, "}");
}

/// As ldirectord hands addresses to programs.
std::string in_brackets(const IpAddress& address) {
    const std::string text = address.to_string();
    return address.family() == Family::inet6 ? "[" + text + "]" : text;
}

void Writer::write_external(const Server& server, const std::string& type) {
    const std::string command = service_.option("checkcommand");
    if (command.empty()) return lose("checktype external without a checkcommand; the servers are not checked");
    const Endpoint own = service_.place.value_or(Endpoint{});
    put(2, "MISC_CHECK {");
    put(3, fmt::format("misc_path \"{} {} {} {} {}\"", command,
                       service_.mark != 0 ? std::to_string(service_.mark) : in_brackets(own.address), own.port,
                       in_brackets(server.place.address), server.place.port));
    put(3, "misc_timeout " + check_timeout());
    write_retry();
    put(2, "}");
    if (type == "external-perl") lose("an external-perl check runs as a program of its own");
}

void Writer::write_check(const Server& server) {
    const std::string type = service_.option("checktype", "negotiate");
    if (type == "on") return;
    if (type == "ping") return write_ping();
    if (type == "external" || type == "external-perl") return write_external(server, type);
    const auto connects = base::whole_number<unsigned>(type);
    if (connects.value_or(0) != 0 && checked_service() != "none") {
        lose(
            fmt::format("with checktype {} most checks of ldirectord only connect; here every check negotiates", type));
    }
    const bool negotiate = type == "negotiate" || connects;
    if (!negotiate && type != "connect") lose(fmt::format("checktype `{}' is unknown; connect is taken", type));
    const std::string name = checked_service();
    if (connects.value_or(0) != 0 && name == "none") {
        // Nothing is asked between the connections.
        if (protocol() == "udp") return write_ping();
        put(2, "TCP_CHECK {");
        write_connection(server, check_timeout());
        return put(2, "}");
    }
    if (negotiate && name == "none") return;
    if (negotiate) return write_negotiation(server, name);
    if (protocol() == "udp") return write_ping();
    put(2, "TCP_CHECK {");
    write_connection(server, check_timeout());
    put(2, "}");
}

/// The same for a fallback.
void Writer::tell_of_port(const Server& server) {
    const Endpoint place = place_in_table(server);
    // A mark has no port that could be another one.
    if (service_.mark != 0 || server.place.port == 0 || server.place.port == place.port) return;
    losses_.add(server.line,
                fmt::format("with {} a packet keeps its port: in the table {} has port {}, as with ldirectord; port {} "
                            "is only where it is checked",
                            server.method, place.address.to_string(), place.port, server.place.port));
}

void Writer::write_server(const Server& server) {
    tell_of_port(server);
    put(0, "");
    put(1, fmt::format("real_server {} {{", words(place_in_table(server))));
    put(2, fmt::format("weight {}", server.weight));
    put(2, "lvs_method " + kind_of(server.method));
    if (server.upper_threshold != 0) put(2, fmt::format("uthreshold {}", server.upper_threshold));
    if (server.lower_threshold != 0) put(2, fmt::format("lthreshold {}", server.lower_threshold));
    write_check(server);
    put(1, "}");
}

void Writer::write_scheduler_flags() {
    const std::string scheduler = service_.option("scheduler", default_scheduler);
    const std::string flags = service_.option("schedflags");
    std::string_view rest = flags;
    while (!rest.empty()) {
        const std::string_view word = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(word.size() + 1, rest.size()));
        const keywords::SchedulerFlag* flag = keywords::find_scheduler_flag(word);
        if (flag != nullptr && flag->goes_with(scheduler)) {
            put(1, word);
        } else if (!word.empty()) {
            lose(fmt::format("`{}' is no flag of scheduler {}; it is left out", word, scheduler));
        }
    }
}

void Writer::write_head() {
    const bool marked = service_.mark != 0;
    put(0, marked ? fmt::format("virtual_server fwmark {} {{", service_.mark)
                  : fmt::format("virtual_server {} {{", words(*service_.place)));
    put(1, "delay_loop " + service_.option("checkinterval", default_interval));
    put(1, "lb_algo " + service_.option("scheduler", default_scheduler));
    write_scheduler_flags();
    put(1, "lb_kind " + kind_of(service_.servers.front().method));
    if (!marked) {
        put(1, "protocol " + base::upper(protocol()));
    } else {
        put(1, fmt::format("ip_family {}", to_string(service_.family())));
    }
    // ldirectord, too, heeds it for UDP only.
    if (service_.option("ops", "no") == "yes" && protocol() == "udp") put(1, "ops");
    if (const std::string persistent = service_.option("persistent"); !persistent.empty()) {
        put(1, "persistence_timeout " + persistent);
        if (const std::string netmask = service_.option("netmask"); !netmask.empty())
            put(1, "persistence_granularity " + netmask);
    } else if (!service_.option("netmask").empty()) {
        lose("a netmask without `persistent' means nothing; it is left out");
    }
    if (const std::string host = service_.option("virtualhost"); !host.empty())
        put(1, fmt::format("virtualhost \"{}\"", host));
    // A server that is down is removed, unless told otherwise: ldirectord(8) has it the other way round, the program
    // not.
    if (service_.option("quiescent", "no") == "yes") put(1, "inhibit_on_failure");
    // It is to run with `start' when the last server fails, and with `stop' when the first one is back.
    if (const std::string command = service_.option("fallbackcommand"); !command.empty()) {
        put(1, fmt::format("quorum_up \"{} stop\"", command));
        put(1, fmt::format("quorum_down \"{} start\"", command));
    }
}

void Writer::write_fallback() {
    if (!service_.fallback) return;
    const Server& fallback = *service_.fallback;
    if (fallback.place.address.family() != service_.family()) {
        return losses_.add(fallback.line,
                           fmt::format("fallback {} is not of the service's address family; it is left out",
                                       fallback.place.address.to_string()));
    }
    tell_of_port(fallback);
    put(1, fmt::format("sorry_server {}", words(place_in_table(fallback))));
    put(1, "sorry_server_lvs_method " + kind_of(fallback.method));
}

bool Writer::write() {
    if (service_.option("checktype") == "off") {
        lose("with checktype off no server of the service is ever active; it is left out");
        return true;
    }
    write_head();
    write_fallback();
    std::map<std::pair<IpAddress, std::uint16_t>, unsigned> lines;
    for (const Server& server : service_.servers) {
        const Endpoint place = place_in_table(server);
        const auto [first, fresh] = lines.emplace(std::pair(place.address, place.port), server.line);
        if (fresh) {
            write_server(server);
        } else {
            losses_.add(server.line,
                        fmt::format("real server {} is there already, in line {}, which counts; keepalived "
                                    "takes each once",
                                    words(place), first->second));
        }
        if (configuration_.size() > most_configuration) return false;
    }
    put(0, "}\n");
    return true;
}

}  // namespace

Result<LdirectordImport> from_ldirectord(std::string_view text, std::string_view name) {
    LdirectordImport import;
    Losses losses(name);
    const auto services = ldirectord::read_services(text, name, losses);
    if (!services) return tl::make_unexpected(services.error());
    for (const Service& service : *services) {
        if (!Writer(service, import.configuration, losses).write()) {
            return failure(fmt::format("{}:{}: up to this service the configuration has more than {} MiB", name,
                                       service.line, most_configuration >> 20U),
                           "are there too many servers, with long requests?");
        }
    }
    import.losses = losses.take();
    return import;
}

}  // namespace lbctl::imports
