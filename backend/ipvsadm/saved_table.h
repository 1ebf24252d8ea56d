#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "backend/table/table.h"
#include "grammar/base/result.h"

/// Tables as the text that `ipvsadm --save` prints and `ipvsadm --restore` reads (ipvsadm(8)).
namespace lbctl::ipvsadm {

enum class SavedForm {
    ipvsadm,   ///< byte for byte what `ipvsadm -S -n` prints, which leaves out thresholds, timeouts and daemons
    complete,  ///< all that `ipvsadm -R` can set, so that reading it gives the same table
};

/// The whole table, services and destinations in ipvsadm's order. The complete form begins with `--set` and
/// `--start-daemon` lines where the table has timeouts and daemons.
std::string to_saved_text(const table::Table& table, SavedForm form);

/// "-t 10.0.0.1:80", "-f 7 -6".
std::string saved_key(const table::ServiceKey& key, SavedForm form = SavedForm::complete);

/// "-t 10.0.0.1:80 -s rr -p 360": what follows -A or -E.
std::string saved_service(const table::Service& service, SavedForm form);

/// "-t 10.0.0.1:80 -r 10.0.0.2:80 -g -w 1": what follows -a or -e.
std::string saved_destination(const table::ServiceKey& service, const table::Destination& destination, SavedForm form);

/// "master --mcast-interface eth0 --syncid 1": what follows --start-daemon.
std::string saved_daemon(const table::SyncDaemon& daemon);

/// Reads either form, with everything that ipvsadm -R accepts in -A, -a, --set and --start-daemon lines but host and
/// service names, and what only a kernel that others filled can hold (ipvsadm::Origin::saved_table). Empty lines and
/// lines that begin with # are passed over. `name` stands before the line number in messages. Ports stay as they are
/// written; ipvsadm -R itself gives destinations of -g and -i the service's port.
Result<table::Table> read_saved_text(std::string_view text, std::string_view name);

/// Reads what saved_key() writes.
std::optional<table::ServiceKey> read_saved_key(std::string_view text);

}  // namespace lbctl::ipvsadm
