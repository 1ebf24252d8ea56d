#include "backend/script/keepalived.h"
#include "backend/script/ldirectord.h"
#include "backend/table/saved_table.h"
#include "tests/unit/catch.h"

using namespace lbctl;
using namespace lbctl::script;

namespace {

KeepalivedText text_of(std::string_view saved) {
    const auto table = table::read_saved_text(saved, "text");
    REQUIRE(table);
    return to_keepalived(*table);
}

}  // namespace

TEST_CASE("a service as keepalived.conf") {
    const auto text = text_of(
        "-A -t 10.0.0.1:80 -s sh -p 60 -M 255.255.255.0 -b sh-port\n"
        "-a -t 10.0.0.1:80 -r 10.0.1.1:8080 -m -w 3 -x 9 -y 4\n"
        "-a -t 10.0.0.1:80 -r 10.0.1.2:80 -i -w 1 --tun-type gue --tun-port 5555 --tun-csum\n");
    CHECK(text.losses.empty());
    CHECK(text.configuration ==
          "virtual_server 10.0.0.1 80 {\n    lb_algo sh\n    sh-port\n    protocol TCP\n    persistence_timeout 60\n"
          "    persistence_granularity 255.255.255.0\n    lb_kind NAT\n\n    real_server 10.0.1.1 8080 {\n        "
          "weight 3\n"
          "        uthreshold 9\n        lthreshold 4\n    }\n\n    real_server 10.0.1.2 80 {\n        weight 1\n"
          "        lvs_method TUN type gue port 5555 csum\n    }\n}\n\n");
}

TEST_CASE("services that share their servers stand on a group") {
    const auto text = text_of(
        "-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.0.1.1:80 -g\n"
        "-A -t 10.0.0.2:81 -s rr\n-a -t 10.0.0.2:81 -r 10.0.1.1:81 -g\n"
        "-A -u 10.0.0.2:81 -s rr\n-a -u 10.0.0.2:81 -r 10.0.1.1:81 -g\n");
    CHECK(text.losses.empty());
    CHECK(text.configuration.find("virtual_server_group group_1 {\n    10.0.0.1 80\n    10.0.0.2 "
                                  "81\n}\n\nvirtual_server group group_1 {\n") == 0);
    CHECK(text.configuration.find("virtual_server 10.0.0.2 81 {") != std::string::npos);
    CHECK(text.configuration.find("    real_server 10.0.1.1 {\n") != std::string::npos);
}

TEST_CASE("granularity keeps services apart") {
    const auto text = text_of(
        "-A -t 10.0.0.1:80 -s rr -p 60 -M 255.255.255.0\n-a -t 10.0.0.1:80 -r 10.0.1.1:80 -g\n"
        "-A -t 10.0.0.2:80 -s rr -p 60 -M 255.255.255.0\n-a -t 10.0.0.2:80 -r 10.0.1.1:80 -g\n");
    CHECK(text.configuration.find("group") == std::string::npos);
}

TEST_CASE("what keepalived.conf cannot say is said") {
    const auto text = text_of(
        "-A -t 10.0.0.1:80 -s none\n-a -t 10.0.0.1:80 -r 10.0.1.1:80 -g\n"
        "-A -t 10.0.0.2:80 -s rr\n"
        "-A -f 7 -s rr\n-a -f 7 -r 10.0.1.1:80 -g\n");
    REQUIRE(text.losses.size() == 3);
    CHECK(text.configuration.find("fwmark 7 {\n    lb_algo rr\n    ip_family inet\n") != std::string::npos);
}

TEST_CASE("ldirectord.cf") {
    const auto imported = from_ldirectord(
        "checktimeout=3\nquiescent=no\nautoreload=yes\n"
        "# a comment\n"
        "virtual=192.168.6.240:80\n"
        "\treal=192.168.1.1->192.168.1.3:80 gate 5\n"
        "\treal=192.168.6.6:80 masq 2 \"/.testpage\", \"test page\"\n"
        "\tfallback=127.0.0.1:80 gate\n"
        "\tservice=http\n\trequest=\"index.html\"\n\tvirtualhost=www.x.y.z\n\tscheduler=rr\n\tpersistent="
        "600\n\tnetmask=255.255.255.0\n"
        "\tprotocol=tcp\n\tchecktype=negotiate\n"
        "virtual=7\n\treal=10.0.0.1 ipip\n\tchecktype=connect\n\tload=\"x\"\n"
        "virtual=name:80\n\treal=10.0.0.1:80 gate\n",
        "ldirectord.cf");
    const std::string& text = imported.configuration;
    CHECK(text.find("virtual_server 192.168.6.240 80 {\n    lb_algo rr\n    lb_kind DR\n    protocol TCP\n    "
                    "persistence_timeout 600\n"
                    "    persistence_granularity 255.255.255.0\n    virtualhost \"www.x.y.z\"\n    sorry_server "
                    "127.0.0.1 80\n") == 0);
    for (const std::string server : {"192.168.1.1", "192.168.1.2", "192.168.1.3"}) {
        CHECK(text.find("    real_server " + server +
                        " 80 {\n        weight 5\n        lvs_method DR\n        HTTP_GET {\n") != std::string::npos);
    }
    CHECK(text.find("path \"/.testpage\"\n                regex \"test page\"") != std::string::npos);
    CHECK(text.find("virtual_server fwmark 7 {") != std::string::npos);
    CHECK(text.find("TCP_CHECK {\n            connect_timeout 3\n") != std::string::npos);
    REQUIRE(imported.losses.size() == 2);
    CHECK(imported.losses[0].find("ldirectord.cf:20: `load'") == 0);
    CHECK(imported.losses[1].find("ldirectord.cf:21:") == 0);
}
