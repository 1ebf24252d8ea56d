#pragma once

#include <string>

#include "cli/analysis_options.h"
#include "cli/command.h"
#include "cli/render/watch_log.h"

namespace lbctl::cli {

struct WatchOptions {
    AnalysisArguments analysis;
    std::string file;
    WatchFormat format = WatchFormat::text;
    bool runs_scripts = true;
    bool applies = false;       ///< the live table follows, and whoever the file names is told
    bool leaves_table = false;  ///< at the end it stays as it is
    bool plain = false;         ///< on a terminal lines, too, and no screen
    bool force = false;         ///< beside a keepalived, too
};

/// `check --watch': goes on with the timers of the file until SIGTERM or SIGINT comes. SIGHUP reads the file anew.
ExitStatus watch_checks(const WatchOptions& options, const Streams& streams);

}  // namespace lbctl::cli
