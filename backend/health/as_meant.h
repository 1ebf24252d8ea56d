#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "backend/health/conversation.h"
#include "backend/health/verdict.h"
#include "grammar/model/checker.h"

namespace lbctl::health {

/// What was seen of a server in one try, for a second judge.
struct Evidence {
    std::string sent;               ///< the last thing
    std::string answer;             ///< of a stream all that came, of datagrams the last one
    bool is_cut = false;            ///< more came than is kept, and so nothing is: a part proves nothing
    bool has_datagram = false;      ///< one came, perhaps an empty one
    std::optional<Ending> ending;   ///< how the stream ended; nothing: the time was over, or the judge had heard enough
    std::string certificate_fault;  ///< why a client that verifies certificates would not go on; empty: it would

    /// Of one try so much is kept.
    static constexpr std::size_t most_kept = 65536;
    void note(bool is_datagram, std::string_view bytes);
};

/// The verdict that whoever wrote the checker expects, where it is another one than keepalived's: a whole answer counts
/// although the connection stays open, a certificate has to be valid, silence is no answer. Nothing where both agree,
/// and where the evidence does not suffice. `url` is the place of the one that was asked.
std::optional<Verdict> verdict_as_meant(const model::Checker& checker, std::size_t url, const Evidence& evidence,
                                        const Verdict& keepalived);

}  // namespace lbctl::health
