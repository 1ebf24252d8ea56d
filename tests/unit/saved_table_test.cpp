#include "backend/table/saved_table.h"

#include <string>

#include "backend/table/ipvsadm_order.h"
#include "tests/unit/catch.h"

using namespace lbctl;
using namespace lbctl::table;

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

TEST_CASE("faults name their line", "[saved_table]") {
    CHECK(again("\n-A -t 10.0.0.1:http", SavedForm::complete) ==
          "text:2: `10.0.0.1:http' is not ADDRESS:PORT in numbers");
    CHECK(again("-a -t 10.0.0.1:80 -r 10.0.1.1:80", SavedForm::complete).starts_with("text:1: no -A line"));
    CHECK(again("-D -t 10.0.0.1:80", SavedForm::complete) == "text:1: `-D' does not belong to a saved table");
    CHECK(again("-A -t 10.0.0.1:80\n-A -t 10.0.0.1:80", SavedForm::complete) ==
          "text:2: service TCP 10.0.0.1:80 is there twice");
    CHECK(again("-A -t 10.0.0.1:80 -s", SavedForm::complete) == "text:1: `-s' lacks its value");
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
