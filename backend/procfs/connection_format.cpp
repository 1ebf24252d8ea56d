#include "backend/procfs/connection_format.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <cstring>

#include "backend/table/table.h"
#include "grammar/base/json_text.h"
#include "grammar/base/shown_text.h"

namespace lbctl::procfs {

namespace text = listing::text;

namespace {

constexpr std::size_t protocol_width = 3;
constexpr std::size_t expires_width = 6;
constexpr std::size_t state_width = 11;
constexpr std::size_t origin_width = 6;
constexpr std::size_t endpoint_width = 18;

// ipvsadm's titles and rows of --persistent-conn disagree about the widths; both are kept.
constexpr std::size_t row_destination_width = 16;
constexpr std::size_t row_engine_width = 18;

/// More than any row without names takes: six columns of which three are endpoints, and engine data, of which every
/// byte may be shown as `\x80`.
constexpr std::size_t longest_row = 512 + 4 * longest_line;

std::string_view origin_word(Origin origin) {
    switch (origin) {
        case Origin::local:
            return "LOCAL";
        case Origin::synced:
            return "SYNC";
        case Origin::unsaid:
            break;
    }
    return "";
}

char* put_column(char* out, std::string_view value, std::size_t width) {
    char* end = text::pad_to(out, text::put(out, value), width);
    *end++ = ' ';
    return end;
}

// Not inlined: the rows without names would save registers that only this needs.
[[gnu::noinline]] char* put_named_endpoint(char* out, const Endpoint& endpoint, std::uint16_t protocol,
                                           listing::NameCache& names) {
    return text::put(out, names.endpoint(endpoint.address(), endpoint.port, protocol));
}

char* put_endpoint(char* out, const Endpoint& endpoint, std::uint16_t protocol, listing::NameCache* names) {
    return names == nullptr ? text::put_endpoint(out, endpoint.family, endpoint.bytes, endpoint.port)
                            : put_named_endpoint(out, endpoint, protocol, *names);
}

/// ipvsadm reads engine data as a word, so it ends at the first blank.
std::string_view first_word(std::string_view data) {
    return data.substr(0, data.find(' '));
}

char* put_json_bytes(char* out, std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x7f || byte < 0x20) {
            out = text::put(out, "\\u00");
            *out++ = digits[byte >> 4];
            *out++ = digits[byte & 0xf];
        } else {
            if (c == '"' || c == '\\') *out++ = '\\';
            *out++ = c;
        }
    }
    return out;
}

char* put_json_text(char* out, std::string_view key, std::string_view value) {
    out = text::put(out, key);
    *out++ = '"';
    out = put_json_bytes(out, value);
    *out++ = '"';
    return out;
}

/// `key` begins with its comma, as in `,"client`; "_address", "_port" and "_name" are put after it.
char* put_json_endpoint(char* out, std::string_view key, const Endpoint& endpoint, std::uint16_t protocol,
                        listing::NameCache* names) {
    out = text::put(out, key);
    out = text::put(out, "_address\":\"");
    out = text::put_address(out, endpoint.family, endpoint.bytes);
    *out++ = '"';
    out = text::put(out, key);
    out = text::put(out, "_port\":");
    out = text::put_decimal(out, endpoint.port);
    if (names == nullptr) return out;
    out = text::put(out, key);
    return put_json_text(out, "_name\":", names->endpoint(endpoint.address(), endpoint.port, protocol));
}

char* put_csv_endpoint(char* out, const Endpoint& endpoint, std::uint16_t protocol, listing::NameCache* names) {
    out = text::put_address(out, endpoint.family, endpoint.bytes);
    *out++ = ',';
    out = text::put_decimal(out, endpoint.port);
    *out++ = ',';
    if (names == nullptr) return out;
    out = text::put(out, names->endpoint(endpoint.address(), endpoint.port, protocol));
    *out++ = ',';
    return out;
}

char* put_csv_quoted(char* out, std::string_view value) {
    if (value.find_first_of("\",") == std::string_view::npos) return text::put(out, value);
    *out++ = '"';
    for (const char c : value) {
        if (c == '"') *out++ = '"';
        *out++ = c;
    }
    *out++ = '"';
    return out;
}

/// The server that it goes to; of a template without a port the first with the address.
table::DestinationKey server_of(const Connection& connection, const table::Service& service) {
    const Endpoint& end = connection.destination;
    table::DestinationKey server{end.address(), end.port};
    if (connection.protocol != "IP") return server;
    for (const table::Destination& destination : service.destinations) {
        if (destination.key.address == server.address) return destination.key;
    }
    return server;
}

/// The service's name in the configuration; empty when the file does not have it.
std::string note_on(const Connection& connection, const listing::ListingNotes& notes) {
    const table::ServiceKey key = service_key(connection.protocol, connection.service);
    const table::WantedService* service = notes.find(key);
    if (service == nullptr) return {};
    const table::DestinationKey server = server_of(connection, service->service);
    if (!notes.knows(key, server)) return service->name + ", a server that is not in the file";
    std::string text = service->name;
    for (const listing::ListingLabel* label : {notes.label(key), notes.label(key, server)}) {
        if (label != nullptr) text += ", " + to_string(*label);
    }
    return text;
}

}  // namespace

std::uint16_t protocol_number(std::string_view word) {
    if (word == "TCP") return static_cast<std::uint16_t>(table::Protocol::tcp);
    if (word == "UDP") return static_cast<std::uint16_t>(table::Protocol::udp);
    if (word == "SCTP") return static_cast<std::uint16_t>(table::Protocol::sctp);
    return 0;
}

table::ServiceKey service_key(std::string_view protocol, const Endpoint& service) {
    if (protocol == "IP") {
        std::uint32_t mark = 0;
        std::memcpy(&mark, service.bytes.data(), sizeof mark);
        return table::FwmarkKey{service.family, ntohl(mark)};
    }
    return table::AddressKey{static_cast<table::Protocol>(protocol_number(protocol)), service.address(), service.port};
}

std::string endpoint_text(const Endpoint& endpoint, std::uint16_t protocol, listing::NameCache* names) {
    std::string result(text::longest_endpoint + listing::longest_name, '\0');
    result.resize(static_cast<std::size_t>(put_endpoint(result.data(), endpoint, protocol, names) - result.data()));
    return result;
}

std::string connection_title(const ConnectionColumns& columns) {
    const std::string state =
        columns.origin ? fmt::format("{:<11} {:<6}", "state", "origin") : fmt::format("{:<11}", "state");
    std::string title =
        fmt::format("IPVS connection entries\npro expire {} {:<18} {:<18} ", state, "source", "virtual");
    title += columns.engine ? fmt::format("{:<18} {:<16} {}\n", "destination", "pe name", "pe_data") : "destination\n";
    return title;
}

void write_row(text::Output& out, const Connection& connection, const ConnectionColumns& columns) {
    const std::uint16_t protocol = columns.names == nullptr ? std::uint16_t{0} : protocol_number(connection.protocol);
    char* at = out.room(longest_row);
    at = put_column(at, connection.protocol, protocol_width);
    at = text::pad_to(at, text::put_minutes(at, connection.expires), expires_width);
    *at++ = ' ';
    at = put_column(at, connection.state, state_width);
    if (columns.origin) at = put_column(at, origin_word(connection.origin), origin_width);
    at = text::pad_to(at, put_endpoint(at, connection.client, protocol, columns.names), endpoint_width);
    *at++ = ' ';
    at = text::pad_to(at, put_endpoint(at, connection.service, protocol, columns.names), endpoint_width);
    *at++ = ' ';
    char* destination = at;
    at = put_endpoint(at, connection.destination, protocol, columns.names);
    if (columns.engine && !connection.engine.empty()) {
        at = text::pad_to(destination, at, row_destination_width);
        *at++ = ' ';
        // A client chose the data (the Call-ID of SIP).
        at = put_column(at, base::shown(connection.engine), row_engine_width);
        at = text::put(at, base::shown(first_word(connection.engine_data)));
    }
    if (!columns.remark.empty()) {
        out.advance(at);
        out.write("  ");
        out.write(columns.remark);
        at = out.room(1);
    }
    if (columns.notes != nullptr) {
        out.advance(at);
        if (const std::string note = note_on(connection, *columns.notes); !note.empty())
            out.write("  # " + base::shown(note));
        at = out.room(1);
    }
    *at++ = '\n';
    out.advance(at);
}

void write_json(text::Output& out, const Connection& connection, const ConnectionColumns& columns) {
    const std::uint16_t protocol = protocol_number(connection.protocol);
    char* at = out.room(longest_row + 12 * longest_line);
    at = put_json_text(at, "{\"protocol\":", connection.protocol);
    at = put_json_endpoint(at, ",\"client", connection.client, protocol, columns.names);
    at = put_json_endpoint(at, ",\"service", connection.service, protocol, columns.names);
    at = put_json_endpoint(at, ",\"real_server", connection.destination, protocol, columns.names);
    at = put_json_text(at, ",\"state\":", connection.state);
    at = text::put(at, ",\"expires\":");
    at = text::put_decimal(at, connection.expires);
    if (connection.origin != Origin::unsaid) {
        at = text::put(at, connection.origin == Origin::synced ? ",\"origin\":\"sync\"" : ",\"origin\":\"local\"");
    }
    if (!connection.engine.empty()) {
        at = put_json_text(at, ",\"engine\":", connection.engine);
        at = put_json_text(at, ",\"engine_data\":", connection.engine_data);
    }
    if (columns.notes != nullptr) {
        if (const std::string note = note_on(connection, *columns.notes); !note.empty()) {
            at = text::put(at, ",\"configuration\":");
            at = text::put(at, base::json_string(note.substr(0, longest_line)));
        }
    }
    *at++ = '}';
    out.advance(at);
}

std::string csv_title(const ConnectionColumns& columns) {
    std::string title = "protocol,";
    for (const std::string_view end : {"client", "service", "real_server"}) {
        title += fmt::format("{0}_address,{0}_port,", end);
        if (columns.names != nullptr) title += fmt::format("{}_name,", end);
    }
    title += "state,expires";
    if (columns.origin) title += ",origin";
    if (columns.engine) title += ",engine,engine_data";
    if (columns.notes != nullptr) title += ",configuration";
    return title + "\n";
}

void write_csv(text::Output& out, const Connection& connection, const ConnectionColumns& columns) {
    const std::uint16_t protocol = protocol_number(connection.protocol);
    char* at = out.room(longest_row + 8 * longest_line);
    at = text::put(at, connection.protocol);
    *at++ = ',';
    at = put_csv_endpoint(at, connection.client, protocol, columns.names);
    at = put_csv_endpoint(at, connection.service, protocol, columns.names);
    at = put_csv_endpoint(at, connection.destination, protocol, columns.names);
    at = text::put(at, connection.state);
    *at++ = ',';
    at = text::put_decimal(at, connection.expires);
    if (columns.origin) {
        *at++ = ',';
        at = text::put(at, origin_word(connection.origin));
    }
    if (columns.engine) {
        *at++ = ',';
        at = text::put(at, base::shown(connection.engine));
        *at++ = ',';
        at = put_csv_quoted(at, base::shown(connection.engine_data));
    }
    if (columns.notes != nullptr) {
        *at++ = ',';
        at = put_csv_quoted(at, base::shown(note_on(connection, *columns.notes)).substr(0, longest_line));
    }
    *at++ = '\n';
    out.advance(at);
}

}  // namespace lbctl::procfs
