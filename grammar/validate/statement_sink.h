#pragma once

#include "grammar/ast/node.h"
#include "grammar/source/sources.h"

namespace lbctl::validate {

/// Is shown the statements of a configuration while it is read, so that not all of them have to be kept: memory then
/// does not grow with the number of virtual servers.
class StatementSink {
public:
    StatementSink() = default;
    StatementSink(const StatementSink&) = delete;
    StatementSink& operator=(const StatementSink&) = delete;
    virtual ~StatementSink() = default;

    /// The next bound statement of the top level. True when it is needed no more: then it is forgotten, unless `stays`
    /// says that a rule has to see it again. What is not forgotten stands in the root of the analysis at the end.
    virtual bool take(const ast::Node& statement, const source::Sources& sources, bool stays) = 0;

    /// Everything that was taken is void: the whole configuration is read again, or otherwise, and all of it stands in
    /// the root of the analysis. Nothing is shown any more.
    virtual void void_all() = 0;
};

/// Needs no statement.
class ForgettingSink final : public StatementSink {
public:
    bool take(const ast::Node& /*statement*/, const source::Sources& /*sources*/, bool /*stays*/) override {
        return true;
    }
    void void_all() override {}
};

}  // namespace lbctl::validate
