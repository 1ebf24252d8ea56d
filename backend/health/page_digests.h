#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "backend/health/checked_services.h"
#include "backend/health/first_round.h"
#include "grammar/base/address.h"
#include "grammar/base/result.h"

namespace lbctl::health {

/// One page of one real server, as HTTP_GET and SSL_GET ask for it.
struct DigestedPage {
    const CheckedService* service = nullptr;
    const CheckedServer* server = nullptr;
    const model::Url* url = nullptr;
    CheckResult result;  ///< result.page has the digest, where the page was read
};

/// Whether the digest of the file is that of the page.
enum class DigestState : std::uint8_t {
    same,
    other,
    absent,   ///< the file has none
    unknown,  ///< the page could not be read to its end
};
DigestState state_of(const DigestedPage& page);

/// Asks for every page of those services, all at the same time, whatever the other pages of a checker are like. Points
/// into `checked`. Fails when the machine has no means for it.
Result<std::vector<DigestedPage>> digest_pages(const CheckedServices& checked, RoundOptions options);

/// A page that no file speaks of: what genhash(1) is told of it.
struct PageRequest {
    IpAddress address;
    std::uint16_t port = 80;
    std::string_view path;          ///< goes out as it is
    std::string_view virtual_host;  ///< of the Host header; empty: address and port
    std::string_view protocol = "1.0";
    bool tls = false;
    bool sends_server_name = false;  ///< the virtual host goes into the TLS handshake
    std::uint32_t fwmark = 0;
    std::chrono::microseconds timeout = std::chrono::seconds(5);
};

/// The same for one page. What the request views must live until it is back.
Result<CheckResult> digest_page(const PageRequest& request, RoundOptions options);

}  // namespace lbctl::health
