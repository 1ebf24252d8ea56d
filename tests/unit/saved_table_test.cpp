#include "backend/ipvsadm/saved_table.h"

#include <string>

#include "backend/ipvsadm/order.h"
#include "tests/unit/catch.h"

using namespace lbctl;
using namespace lbctl::table;
using namespace lbctl::ipvsadm;

namespace {

std::string again(const std::string& text, SavedForm form) {
    const auto table = read_saved_text(text, "text");
    return table ? to_saved_text(*table, form) : table.error().message;
}

}  // namespace

TEST_CASE("saved text reads back as it was written", "[saved_table]") {
    const std::string text =
        "--set 900 120 300\n"
        "--start-daemon master --mcast-interface eth0 --syncid 7\n"
        "-A -t 10.0.0.1:80 -s sh -p 360 -M 255.255.255.0 -b sh-fallback,sh-port\n"
        "-a -t 10.0.0.1:80 -r 10.0.1.1:80 -g -w 0 -x 100 -y 50\n"
        "-a -t 10.0.0.1:80 -r 10.0.1.2:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-remcsum\n"
        "-A -u [fd00::1]:53 -s rr -o -b flag-3\n"
        "-A -f 7 -6 -s wlc\n";
    CHECK(again(text, SavedForm::complete) == text);
}

TEST_CASE("ipvsadm's form leaves out what ipvsadm leaves out", "[saved_table]") {
    CHECK(again("-A -f 4294967295\n-a -f 4294967295 -r 10.0.1.1:0 -m -x 9\n", SavedForm::ipvsadm) ==
          "-A -f -1 -s wlc\n-a -f -1 -r 10.0.1.1:0 -m -w 1\n");
    CHECK(again("-A -f -1 -s rr\n", SavedForm::complete) == "-A -f 4294967295 -s rr\n");
}

TEST_CASE("the words of ipvsadm -R in all their forms", "[saved_table]") {
    CHECK(again("ipvsadm --add-service --tcp-service=10.0.0.1:80 --scheduler rr -p\r\n# a note\n\n"
                "-a -t10.0.0.1:80 -r 10.0.1.1 -mw 5",
                SavedForm::complete) == "-A -t 10.0.0.1:80 -s rr -p 360\n-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 5\n");
}

TEST_CASE("ports have the names of services(5), as for ipvsadm -R", "[saved_table]") {
    CHECK(again("-A -t 10.0.0.1:http -s rr\n-a -t 10.0.0.1:http -r 10.0.0.2:https -m\n"
                "-A -u [fd00::1]:domain -s rr\n-a -u [fd00::1]:domain -r [fd00::2]:53 -m\n",
                SavedForm::complete) ==
          "-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.0.0.2:443 -m -w 1\n"
          "-A -u [fd00::1]:53 -s rr\n-a -u [fd00::1]:53 -r [fd00::2]:53 -m -w 1\n");
}

TEST_CASE("destinations of a large service are each there once", "[saved_table]") {
    std::string text = "-A -t 10.0.0.1:80 -s rr\n";
    const auto server = [](int number) {
        return "-a -t 10.0.0.1:80 -r 10.0.1." + std::to_string(number) + ":80 -m -w 1\n";
    };
    for (int i = 0; i < 100; ++i) text += server(i);
    CHECK(again(text, SavedForm::complete) == text);
    for (const int repeated : {0, 31, 32, 33, 99})
        CHECK(again(text + server(repeated), SavedForm::complete) ==
              "text:102: destination 10.0.1." + std::to_string(repeated) + ":80 is there twice");
}

TEST_CASE("of a long word a message has the beginning", "[saved_table]") {
    const std::string told = again("-A -t " + std::string(100'000, 'x') + "\n", SavedForm::complete);
    CHECK(told.starts_with("text:1: `xxx"));
    CHECK(told.size() < 400);
}

TEST_CASE("faults name their line", "[saved_table]") {
    CHECK(again("\n-A -t 10.0.0.1:htp", SavedForm::complete) ==
          "text:2: `10.0.0.1:htp' is not ADDRESS:PORT, with the address in numbers");
    CHECK(again("-a -t 10.0.0.1:80 -r 10.0.1.1:80", SavedForm::complete).starts_with("text:1: no -A line"));
    CHECK(again("-A -u 10.0.0.1:53 -s rr ops", SavedForm::complete) ==
          "text:1: unexpected argument ops: the option is written --ops");
    CHECK(again("-A -u 10.0.0.1:53 -s rr oops", SavedForm::complete) == "text:1: unexpected argument oops");
    CHECK(again("-D -t 10.0.0.1:80", SavedForm::complete) == "text:1: `-D' does not begin a line of a saved table");
    CHECK(again("-A -t 10.0.0.1:80\n-A -t 10.0.0.1:80", SavedForm::complete) ==
          "text:2: service TCP 10.0.0.1:80 is there twice");
    CHECK(again("-A -t 10.0.0.1:80 -s", SavedForm::complete) == "text:1: -s: missing argument");
}

TEST_CASE("a saved table holds more than ipvsadm takes") {
    for (const std::string text :
         {"-A -t 10.0.0.1:0 -s rr\n", "-A -t 10.0.0.1:80 -s rr -p 0\n", "-A -t 10.0.0.1:80 -s rr -o\n",
          "-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.0.1.1:8080 -g -w 1\n",
          "-A -f 1 -s rr\n-a -f 1 -r 10.0.1.1:0 -m -w 1 -x 4294967295 -y 4294967294\n"}) {
        CHECK(again(text, SavedForm::complete) == text);
    }
}

TEST_CASE("a saved table holds no more than the kernel and ipvsadm's words") {
    const auto fault = [](const std::string& line) { return again("-A -t 10.0.0.1:80\n" + line, SavedForm::complete); };
    CHECK(fault("-a -t 10.0.0.1:80 -r 10.0.1.1:80 -w -1") == "text:2: illegal weight specified (`-1')");
    CHECK(fault("-a -t 10.0.0.1:80 -r www:80") == "text:2: `www:80' is not ADDRESS:PORT, with the address in numbers");
    CHECK(fault("-A -t 10.0.0.2:80 -M www") == "text:2: illegal virtual server persistent mask specified (`www')");
    CHECK(fault("-A -t 10.0.0.2:80 -p 2678401") == "text:2: invalid timeout value `2678401' specified");
    CHECK(fault("-A -t 10.0.0.2 -s rr") == "text:2: Zero port specified for non-persistent service");
    CHECK(fault("-A -f 0") == "text:2: invalid fwmark value `0' specified");
    CHECK(fault("-A -6 -f 1") == "text:2: -6 used before -f");
    CHECK(fault("-A -t 10.0.0.2:80 -w 1") == "text:2: Illegal 'weight' option with the 'add-service' command");
    CHECK(fault("-C") == "text:2: -C would empty the table that the lines before make");
    CHECK(fault("nonsense") == "text:2: `nonsense' does not begin a line of a saved table");
    CHECK(fault("-R").starts_with("text:2: `-R' does not begin"));
}

TEST_CASE("keys read back", "[saved_table]") {
    for (const std::string text :
         {"-t 10.0.0.1:80", "-u [fd00::1]:53", "--sctp-service 10.0.0.1:0", "-f 4294967295 -6"}) {
        const auto key = read_saved_key(text);
        REQUIRE(key);
        CHECK(saved_key(*key) == text);
    }
    CHECK_FALSE(read_saved_key("nonsense"));
}

TEST_CASE("ipvsadm's order takes differences as signed", "[saved_table]") {
    CHECK(again("-A -t 10.0.0.1:80 -s rr\n-A -t 255.255.255.254:80 -s rr\n", SavedForm::complete) ==
          "-A -t 255.255.255.254:80 -s rr\n-A -t 10.0.0.1:80 -s rr\n");
}
