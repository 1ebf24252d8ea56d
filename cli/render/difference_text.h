#pragma once

#include <string>
#include <vector>

#include "backend/keepalived/daemon.h"
#include "backend/keepalived/difference_class.h"
#include "backend/table/difference.h"

/// How a difference looks.
namespace lbctl::cli {

/// What a difference is shown with, besides itself.
struct DifferenceView {
    const table::Difference& difference;
    const table::Wanted& after;
    const std::vector<const table::Service*>& foreign;  ///< neither wanted nor lbctl's
    std::string before_name;                            ///< "the live table"
    std::string after_name;                             ///< "keepalived.conf"
    unsigned ignored = 0;
    bool colour = false;
    /// Why it is different; null: nobody asked.
    const keepalived::Explanations* explanations = nullptr;
    const keepalived::Daemon* daemon = nullptr;  ///< the keepalived that runs
    keepalived::InStep in_step = keepalived::InStep::unknown;
};

/// Grouped by virtual server: + comes, - goes, ~ changes, with the place in the file.
std::string difference_text(const DifferenceView& view);

/// One line of numbers.
std::string difference_summary(const DifferenceView& view);

/// Lines that `ipvsadm -R` carries out to get from the one side to the other. Beside keepalived without what is
/// explained by its checks, by a drain or by a role.
std::string difference_saved(const DifferenceView& view);

/// Schema "lbctl-diff/1": {"schema", "before", "after", "services": [{"change": "add|remove|edit", "service", "file",
/// "line", "fields": [{"field", "before", "after"}], "destinations": [{"change", "destination", "file", "line",
/// "fields"}]}], "timeouts": [fields], "daemons": [{"change", "daemon"}], "foreign": ["TCP 10.0.0.9:80"]}
/// With explanations every "change" has "class" and "reason" beside it, and "timeouts_class" is there, and
/// "keepalived": {"process", "in_step"} where one runs.
std::string difference_json(const DifferenceView& view);

}  // namespace lbctl::cli
