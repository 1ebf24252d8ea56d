#pragma once

#include <string>
#include <vector>

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
};

/// Grouped by virtual server: + comes, - goes, ~ changes, with the place in the file.
std::string difference_text(const DifferenceView& view);

/// One line of numbers.
std::string difference_summary(const DifferenceView& view);

/// Lines that `ipvsadm -R` carries out to get from the one side to the other.
std::string difference_saved(const DifferenceView& view);

/// Schema "lbctl-diff/1": {"schema", "before", "after", "services": [{"change": "add|remove|edit", "service", "file",
/// "line", "fields": [{"field", "before", "after"}], "destinations": [{"change", "destination", "file", "line",
/// "fields"}]}], "timeouts": [fields], "daemons": [{"change", "daemon"}], "foreign": ["TCP 10.0.0.9:80"]}
std::string difference_json(const DifferenceView& view);

}  // namespace lbctl::cli
