#include "cli/application.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>

#include "cli/ipvsadm.h"

namespace lbctl::cli {

int run_application(int argc, const char* const* argv, const Streams& streams) {
    try {
        if (const auto status = run_as_ipvsadm(argc, argv, streams)) return *status;
        CLI::App app{"keepalived.conf compiler and IPVS control", "lbctl"};
        app.require_subcommand(1);
        app.set_version_flag("--version", "lbctl " LBCTL_VERSION);
        Invocation invocation;
        if (argc < 2 || !add_listing_alone(argv[1], app, invocation)) {
            add_lint(app, invocation);
            add_fmt(app, invocation);
            add_expand(app, invocation);
            add_dump(app, invocation);
            add_build(app, invocation);
            add_explain(app, invocation);
            add_diff(app, invocation);
            add_apply(app, invocation);
            add_confirm(app, invocation);
            add_weight(app, invocation);
            add_drain(app, invocation);
            add_enable(app, invocation);
            add_emit(app, invocation);
            add_list(app, invocation);
            add_stats(app, invocation);
            add_rate(app, invocation);
            add_connections(app, invocation);
            add_save(app, invocation);
            add_import(app, invocation);
            add_ipvsadm(app, invocation);
            add_completion(app, invocation);
        }
        try {
            app.parse(argc, argv);
        } catch (const CLI::CallForHelp& call) {
            app.exit(call);
            return static_cast<int>(ExitStatus::ok);
        } catch (const CLI::CallForVersion& call) {
            app.exit(call);
            return static_cast<int>(ExitStatus::ok);
        } catch (const CLI::ParseError& error) {
            fmt::print(streams.err, "lbctl: {}\nlbctl: `lbctl --help' lists the commands\n", error.what());
            return static_cast<int>(ExitStatus::failed);
        }
        return static_cast<int>(invocation.run(streams));
    } catch (const std::exception& error) {
        fmt::print(streams.err, "lbctl: internal error: {}\n", error.what());
        return static_cast<int>(ExitStatus::failed);
    }
}

}  // namespace lbctl::cli
