#pragma once

#include <string>

#include "backend/listing/names.h"
#include "backend/listing/notes.h"
#include "backend/listing/text.h"
#include "backend/procfs/connections.h"

namespace lbctl::procfs {

/// What a listing of connections shows beyond the fields that every row has.
struct ConnectionColumns {
    bool engine = false;                           ///< persistence engine and its data, as ipvsadm --persistent-conn
    bool origin = false;                           ///< who made the connection; ipvsadm has no such column
    listing::NameCache* names = nullptr;           ///< names instead of numbers
    std::string_view remark;                       ///< after the row of a table
    const listing::ListingNotes* notes = nullptr;  ///< names of services in a configuration, after each row
};

/// The two title lines of `ipvsadm -Lc`.
std::string connection_title(const ConnectionColumns& columns);

/// The row of `ipvsadm -Lc`. Unlike ipvsadm, engine data is whole, however long the line.
void write_row(listing::text::Output& out, const Connection& connection, const ConnectionColumns& columns);

/// One JSON object of schema lbctl-connections/1, without newline. Bytes of engine data above 0x7f become
/// \u0080-\u00ff.
void write_json(listing::text::Output& out, const Connection& connection, const ConnectionColumns& columns);

/// The names of the fields of write_csv(), with newline.
std::string csv_title(const ConnectionColumns& columns);

/// One record (RFC 4180, but with a bare newline at the end).
void write_csv(listing::text::Output& out, const Connection& connection, const ConnectionColumns& columns);

/// The IANA number of the kernel's protocol word, 0 where it has no names for ports.
std::uint16_t protocol_number(std::string_view word);

/// What a connection or template goes to, by the kernel's protocol word and what it prints as the service: of a
/// template of a firewall mark, that mark.
table::ServiceKey service_key(std::string_view protocol, const Endpoint& service);

/// An endpoint as rows show it.
std::string endpoint_text(const Endpoint& endpoint, std::uint16_t protocol, listing::NameCache* names);

}  // namespace lbctl::procfs
