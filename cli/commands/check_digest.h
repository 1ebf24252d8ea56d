#pragma once

#include <cstdint>
#include <string>

#include "backend/health/checked_services.h"
#include "backend/health/first_round.h"
#include "cli/command.h"
#include "grammar/source/sources.h"

namespace lbctl::cli {

/// `check --digest', with the options of genhash(1).
struct DigestOptions {
    bool wanted = false;
    std::string url;  ///< empty: the pages of the file
    std::uint32_t port = 0;
    std::string virtual_host;
    std::string protocol = "1.0";
    std::string hash = "md5";
    double timeout = 5;
    std::uint32_t fwmark = 0;
    bool tls = false;
    bool sends_server_name = false;
    bool verbose = false;
};

/// They need --digest, and those that describe one page need --url. Gives --digest.
Option add_digest_options(Command command, DigestOptions& options);

/// Prints the digest of one page, as genhash does. `server` is its address.
ExitStatus print_digest(const DigestOptions& options, const std::string& server, const Streams& streams);

/// Prints the digest of every page of those services.
ExitStatus print_digests(const health::CheckedServices& checked, const health::RoundOptions& round,
                         const source::Sources& sources, const std::string& format, const Streams& streams);

}  // namespace lbctl::cli
