#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "backend/table/wanted.h"
#include "grammar/ast/node.h"
#include "grammar/source/sources.h"

namespace lbctl::listing {

/// By what people know a virtual_server or real_server, beyond its address.
struct ListingLabel {
    std::string virtualhost;  ///< the block's own virtualhost
    std::string comment;      ///< beside the block's head, else directly above it; one line of at most 80 bytes
};

/// `virtualhost www.example.com, "the shop"`
std::string to_string(const ListingLabel& label);

/// The labels of all virtual_servers and real_servers of a configuration, by the place of their head.
class ListingLabels {
public:
    ListingLabels() = default;
    ListingLabels(const ast::Node& root, const source::Sources& sources);

    /// Null for places without a label.
    [[nodiscard]] const ListingLabel* find(const table::SourcePlace& place) const;

private:
    std::map<std::pair<std::string, std::uint32_t>, ListingLabel> by_place_;
};

}  // namespace lbctl::listing
