#pragma once

#include <cstdint>
#include <memory>

#include "backend/table/serving.h"
#include "backend/table/wanted.h"
#include "grammar/ast/node.h"
#include "grammar/base/result.h"
#include "grammar/model/lvs.h"
#include "grammar/source/sources.h"
#include "grammar/validate/statement_sink.h"

namespace lbctl::table {

/// The protocol of a virtual server; UDP where none is written.
Protocol protocol_of(const model::VirtualServer& service);

/// The most addresses that one virtual_server_group may stand for.
inline constexpr std::uint64_t most_group_addresses = 65536;
/// The most real servers in all services together: groups multiply them. A table of so many takes about a gigabyte.
inline constexpr std::uint64_t most_destinations = 4'000'000;

/// Makes the table that keepalived installs when it starts with this bound configuration: all real servers count as
/// healthy, but for those that `alpha` holds back, and files of FILE_CHECK are read for their weights. Without a
/// virtual server keepalived leaves IPVS alone, and nothing is wanted. Where keepalived itself is wrong the table is
/// the one that was meant: ranges cross octets, granularity reaches group services, servers without a port get the one
/// of their service. Fails on a group of more than most_group_addresses addresses, and on more than most_destinations.
/// Where it is known who serves for a virtual server, it is the table with these.
Result<Wanted> compile(const ast::Node& root, const source::Sources& sources, const Servings* servings = nullptr);

/// The same for a configuration that is read statement by statement, so that a virtual server is a part of the table
/// before the next one is read.
class Compilation final : public validate::StatementSink {
public:
    /// `servings' have to outlive it; null: all count as healthy.
    explicit Compilation(const Servings* servings = nullptr);
    ~Compilation() override;

    bool take(const ast::Node& statement, const source::Sources& sources, bool stays) override;
    void void_all() override;

    /// The table, once all statements have been taken. `root` holds those that were not, in their order.
    Result<Wanted> finish(const ast::Node& root, const source::Sources& sources);

private:
    class Work;
    const Servings* servings_;
    std::unique_ptr<Work> work_;
};

}  // namespace lbctl::table
