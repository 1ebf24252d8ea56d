#pragma once

#include <string>
#include <string_view>

#include "backend/health/checked_services.h"
#include "backend/health/service_health.h"

namespace lbctl::health {

/// How keepalived names a virtual server in its FIFOs: "[10.0.0.1]:tcp:80", "FWM 7", "[group]:0".
std::string notice_name(const CheckedService& service);
/// "[10.0.1.1]:tcp:80"
std::string notice_name(const CheckedService& service, const CheckedServer& server);

/// The line of a notice, without its end: "RS [10.0.1.1]:tcp:80 [10.0.0.1]:tcp:80 DOWN".
std::string fifo_line(const CheckedService& service, const Notice& notice);

/// The subject of a mail: "[LB1] Realserver [10.0.1.1]:tcp:80 of virtual server [10.0.0.1]:tcp:80 - DOWN".
std::string mail_subject(std::string_view router_id, const CheckedService& service, const Notice& notice);

/// The sentence in such a mail, in keepalived's words: "=> TCP CHECK failed on service <=". Of a FILE_CHECK there is no
/// mail.
std::string mail_sentence(const model::Checker& checker, bool up, Fault fault);

/// The same for a virtual server. `starts`: keepalived has just filled its table, or read the configuration.
std::string mail_sentence(const ServiceHealth& health, bool up, bool starts);

}  // namespace lbctl::health
