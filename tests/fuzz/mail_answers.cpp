#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "backend/health/mail_conversation.h"
#include "tests/fuzz/played_server.h"

/// A mail server that answers anything ends the delivery: the mail was taken or it was not.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace lbctl;
    const fuzz::Stopwatch stopwatch;
    fuzz::Server server(std::make_unique<health::MailConversation>(health::Mail{
                            .hello_name = "lb.example",
                            .sender = "lb@example.org",
                            .recipients = {"admin@example.org", "night@example.org"},
                            .date = "Mon, 30 Nov 2026 12:00:00 +0000",
                            .subject = "Realserver [10.0.0.2]:tcp:80 - DOWN",
                            .body = "=> CHECK failed on service <=\n.\n",
                            .timeout = std::chrono::seconds(2),
                        }),
                        true);
    fuzz::play(server, fuzz::Input(data, size));
    fuzz::hold(server.is_over(), "a delivery ends");
    fuzz::hold(server.verdict()->state != health::State::none, "a mail was taken or not");
    return 0;
}
