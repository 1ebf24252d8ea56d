#include "backend/emit/keepalived.h"
#include "backend/import/ldirectord.h"
#include "backend/ipvsadm/saved_table.h"
#include "tests/unit/catch.h"

using namespace lbctl;
using namespace lbctl::emit;
using namespace lbctl::imports;

namespace {

LdirectordImport imported_from(std::string_view text, std::string_view name) {
    auto imported = from_ldirectord(text, name);
    REQUIRE(imported);
    return *std::move(imported);
}

KeepalivedText text_of(std::string_view saved) {
    const auto table = ipvsadm::read_saved_text(saved, "text");
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
    const auto imported = imported_from(
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
    CHECK(text.find("virtual_server 192.168.6.240 80 {\n    delay_loop 10\n    lb_algo rr\n    lb_kind DR\n    "
                    "protocol TCP\n    "
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
    REQUIRE(imported.losses.size() == 3);
    CHECK(imported.losses[0].find("ldirectord.cf:17: nothing says at which port to check") == 0);
    CHECK(imported.losses[1].find("ldirectord.cf:20: `load'") == 0);
    CHECK(imported.losses[2].find("ldirectord.cf:21:") == 0);
}

TEST_CASE("ldirectord.cf: ports, fallbacks and protocols as ldirectord takes them") {
    const auto imported = imported_from(
        "fallback=127.0.0.1:81\nfallback6=[::1]:81\n"
        "virtual=10.0.0.1:80\n\treal=10.0.1.1:8080 gate\n\treal=10.0.1.2:8080 masq\n\treal=10.0.1.3 masq\n"
        "\tchecktype=connect\n"
        "virtual6=[fd00::1]:80\n\treal6=[fd00::2]:80 ipip\n\tchecktype=on\n"
        "virtual=10.0.0.2:53\n\treal=10.0.1.1:53 masq\n\tchecktype=connect\n\tfallback=[fd00::3]\n"
        "virtual=7\n\treal=10.0.1.1:80 gate\n\tservice=https\n\tchecktype=connect\n",
        "f");
    const std::string& text = imported.configuration;
    CHECK(text.find("sorry_server 127.0.0.1 80\n") != std::string::npos);
    CHECK(text.find(
              "real_server 10.0.1.1 80 {\n        weight 1\n        lvs_method DR\n        TCP_CHECK {\n            "
              "connect_port 8080\n") != std::string::npos);
    CHECK(text.find("real_server 10.0.1.2 8080 {") != std::string::npos);
    CHECK(text.find("real_server 10.0.1.3 80 {") != std::string::npos);
    CHECK(text.find("sorry_server ::1 80\n") != std::string::npos);
    CHECK(text.find(
              "virtual_server 10.0.0.2 53 {\n    delay_loop 10\n    lb_algo wrr\n    lb_kind NAT\n    protocol UDP\n"
              "\n    real_server 10.0.1.1 53 {\n        weight 1\n        lvs_method NAT\n"
              "        PING_CHECK {\n            connect_timeout 5\n            retry 0\n        }\n") !=
          std::string::npos);
    CHECK(text.find("sorry_server 127.0.0.1\n    sorry_server_lvs_method DR\n\n    real_server 10.0.1.1 {\n") !=
          std::string::npos);
    CHECK(text.find("connect_port 80\n") != std::string::npos);
    REQUIRE(imported.losses.size() == 4);
    CHECK(imported.losses[0].find("f:1: with gate a packet keeps its port: in the table 127.0.0.1 has port 80") == 0);
    CHECK(imported.losses[1].find("f:2: with gate a packet keeps its port: in the table ::1 has port 80") == 0);
    CHECK(imported.losses[2].find("f:4: with gate a packet keeps its port: in the table 10.0.1.1 has port 80") == 0);
    CHECK(imported.losses[3].find("f:14: fallback fd00::3") == 0);
}

TEST_CASE("ldirectord.cf: checks") {
    const auto check = [](std::string_view options) {
        auto imported =
            imported_from(std::string("virtual=10.0.0.1:80\n\treal=10.0.1.1:80 masq\n").append(options), "f");
        const std::size_t begin = imported.configuration.find("lvs_method NAT\n");
        return std::pair(imported.configuration.substr(begin), imported.losses);
    };
    SECTION("failures count from one, and a negotiation has a timeout of its own") {
        const auto [text, losses] = check("\tfailurecount=3\n\tcheckcount=9\n\tchecktimeout=4\n\tnegotiatetimeout=8\n");
        CHECK(text.find("            connect_timeout 8\n            retry 2\n") != std::string::npos);
        CHECK(losses.empty());
    }
    SECTION("attempts are those of pings") {
        const auto [text, losses] = check("\tchecktype=ping\n\tcheckcount=2\n\tchecktimeout=4\n");
        CHECK(text.find("PING_CHECK {\n            connect_timeout 4\n            retry 1\n") != std::string::npos);
        CHECK(losses.empty());
    }
    SECTION("a program has a timeout") {
        const auto [text, losses] = check("\tchecktype=external\n\tcheckcommand=/bin/c\n\tchecktimeout=4\n");
        CHECK(text.find("misc_path \"/bin/c 10.0.0.1 80 10.0.1.1 80\"\n            misc_timeout 4\n") !=
              std::string::npos);
        CHECK(losses.empty());
    }
    SECTION("no program, no check") {
        const auto [text, losses] = check("\tchecktype=external\n");
        CHECK(text.find("MISC_CHECK") == std::string::npos);
        REQUIRE(losses.size() == 1);
        CHECK(losses[0].find("f:1: checktype external without a checkcommand") == 0);
    }
    SECTION("quotation marks") {
        const auto [text, losses] = check("\trequest=\"a?b=\"c\"\"\n\treceive=\"say \\\"yes\\\"\"\n");
        CHECK(text.find("path \"/a?b=%22c%22\"\n                regex \"say .yes.\"\n") != std::string::npos);
    }
    SECTION("what a backslash of a pattern stands for stays so") {
        const auto [text, losses] = check("\treceive=\"v\\d+ ok\\\\\"\n");
        CHECK(text.find("regex \"v\\\\d+ ok\\\\\\\\\"\n") != std::string::npos);
    }
    SECTION("where nothing is said, ldirectord's own times and counts") {
        CHECK(check("").first.find("            connect_timeout 30\n            retry 0\n") != std::string::npos);
        const auto connects = check("\tchecktype=connect\n").first;
        CHECK(connects.find("            connect_timeout 5\n            retry 0\n") != std::string::npos);
    }
    SECTION("one-packet scheduling is for UDP") {
        const std::string ops = "\treal=10.0.1.1:53 masq\n\tchecktype=on\n\tops=yes\n\tprotocol=";
        CHECK(imported_from("virtual=10.0.0.1:53\n" + ops + "udp\n", "f").configuration.find("    ops\n") !=
              std::string::npos);
        CHECK(imported_from("virtual=10.0.0.1:53\n" + ops + "tcp\n", "f").configuration.find("    ops\n") ==
              std::string::npos);
    }
    SECTION("a program for the time without servers") {
        const auto imported =
            imported_from("fallbackcommand=\"/bin/f\"\nvirtual=10.0.0.1:81\n\treal=10.0.1.1:80 masq\n", "f");
        CHECK(imported.configuration.find("quorum_up \"/bin/f stop\"\n    quorum_down \"/bin/f start\"\n") !=
              std::string::npos);
    }
    SECTION("a blank cannot stand in a path") {
        CHECK(check("\trequest=\"/a page\"\n").first.find("path \"/a%20page\"\n") != std::string::npos);
    }
    SECTION("most checks of a number only connect") {
        const auto [text, losses] = check("\tchecktype=3\n");
        CHECK(text.find("HTTP_GET {") != std::string::npos);
        REQUIRE(losses.size() == 1);
        CHECK(losses[0].find("f:1: with checktype 3 most checks") == 0);
        CHECK(check("\tchecktype=0\n").second.empty());
    }
    SECTION("of nothing that can be asked for, all checks of a number only connect") {
        const auto [text, losses] = check("\tchecktype=3\n\tservice=none\n");
        CHECK(text.find("TCP_CHECK {\n            connect_timeout 5\n") != std::string::npos);
        CHECK(losses.empty());
        CHECK(check("\tchecktype=negotiate\n\tservice=none\n").first.find("_CHECK") == std::string::npos);
    }
    SECTION("a server's own request counts also where it is empty, and only its service's without one") {
        const auto own = imported_from(
            "virtual=10.0.0.1:80\n\treal=10.0.1.1:80 masq 1 \"a b\", \"\"\n\treal=10.0.1.2:80 masq\n"
            "\trequest=\"other page\"\n\treceive=\"ok\"\n",
            "f");
        CHECK(own.configuration.find("path \"/a%20b\"\n                status_code 200-299\n") != std::string::npos);
        CHECK(own.configuration.find("path \"/other%20page\"\n                regex \"ok\"\n") != std::string::npos);
        CHECK(own.losses.empty());
    }
    SECTION("a URL of another machine") {
        const auto url =
            imported_from("virtual=10.0.0.1:80\n\treal=10.0.1.1:80 masq 1 \"http://www/a\", \"ok\"\n", "f");
        REQUIRE(url.losses.size() == 1);
        CHECK(url.losses[0].find("f:2: ldirectord asks a whole URL") == 0);
    }
    SECTION("names for DNS") {
        const std::string dns = "virtual=10.0.0.1:53\n\treal=10.0.1.1:53 masq\n\treceive=\"1\"\n\trequest=";
        CHECK(imported_from(dns + "\"/www.example.com\"\n", "f").configuration.find("name www.example.com\n") !=
              std::string::npos);
        const auto blank = imported_from(dns + "\"www example\"\n", "f");
        CHECK(blank.configuration.find("name ") == std::string::npos);
        CHECK(blank.losses.front().find("f:1: `www example' is no name") == 0);
    }
    SECTION("methods in any case") {
        CHECK(check("\thttpmethod=get\n").second.empty());
        CHECK(check("\thttpmethod=head\n").second.size() == 1);
    }
    SECTION("programs get IPv6 addresses in brackets") {
        const auto imported = imported_from(
            "virtual6=[fd00::1]:80\n\treal6=[fd00::2]:81 masq\n\tchecktype=external\n\tcheckcommand=/bin/c\n", "f");
        CHECK(imported.configuration.find("misc_path \"/bin/c [fd00::1] 80 [fd00::2] 81\"\n") != std::string::npos);
    }
    SECTION("servers that are never active") {
        const auto imported = imported_from("virtual=10.0.0.1:81\n\treal=10.0.1.1:80 masq\n\tchecktype=off\n", "f");
        CHECK(imported.configuration.empty());
        REQUIRE(imported.losses.size() == 1);
        CHECK(imported.losses[0].find("f:1: with checktype off") == 0);
    }
}

TEST_CASE("ldirectord.cf: what is said of all services") {
    const std::string service = "virtual=10.0.0.1:81\n\treal=10.0.1.1:80 masq\n\tchecktype=connect\n";
    const auto import = [](const std::string& text) { return imported_from(text, "f"); };
    SECTION("counts for those above it") {
        CHECK(import(service + "checktimeout=7\n").configuration.find("connect_timeout 7\n") != std::string::npos);
    }
    SECTION("servers that are down are removed unless they are to be quiescent") {
        CHECK(import(service).configuration.find("inhibit_on_failure") == std::string::npos);
        CHECK(import(service + "quiescent=yes\n").configuration.find("inhibit_on_failure") != std::string::npos);
    }
    SECTION("an interval of one service needs a process of its own") {
        const auto alone = import("checkinterval=8\nfork=yes\n" + service + "\tcheckinterval=3\n");
        CHECK(alone.configuration.find("delay_loop 3\n") != std::string::npos);
        CHECK(alone.losses.empty());
        const auto together = import("checkinterval=8\n" + service + "\tcheckinterval=3\n");
        CHECK(together.configuration.find("delay_loop 8\n") != std::string::npos);
        REQUIRE(together.losses.size() == 1);
        CHECK(together.losses[0].find("f:2: ldirectord heeds") == 0);
    }
    SECTION("a mark of the byte order is no word") {
        CHECK(import("\xEF\xBB\xBF" + service).losses.empty());
    }
}

TEST_CASE("ldirectord.cf: flags of the scheduler") {
    const auto import = [](const std::string& options) {
        return imported_from("virtual=10.0.0.1:81\n\treal=10.0.1.1:80 masq\n\tchecktype=on\n" + options, "f");
    };
    const auto hashed = import("\tscheduler=sh\n\tschedflags=sh-port,flag-3\n");
    CHECK(hashed.configuration.find("    lb_algo sh\n    sh-port\n    flag-3\n") != std::string::npos);
    CHECK(hashed.losses.empty());
    const auto others = import("\tschedflags=sh-port,flag-1\n");
    CHECK(others.configuration.find("    lb_algo wrr\n    flag-1\n") != std::string::npos);
    REQUIRE(others.losses.size() == 1);
    CHECK(others.losses[0].find("f:1: `sh-port' is no flag of scheduler wrr") == 0);
}

TEST_CASE("ldirectord.cf: thresholds of a server") {
    const auto both = imported_from("virtual=10.0.0.1:81\n\treal=10.0.1.1:80 masq 2 l:5 u:9\n\tchecktype=on\n", "f");
    CHECK(both.configuration.find("weight 2\n        lvs_method NAT\n        uthreshold 9\n        lthreshold 5\n") !=
          std::string::npos);
    CHECK(both.losses.empty());
    const auto behind =
        imported_from("virtual=10.0.0.1:81\n\treal=10.0.1.1:80 masq \"a\", \"b\" u:9 more\n\tchecktype=on\n", "f");
    CHECK(behind.configuration.find("weight 1\n        lvs_method NAT\n        uthreshold 9\n") != std::string::npos);
    REQUIRE(behind.losses.size() == 1);
    CHECK(behind.losses[0].find("f:2: `more' has no meaning after a server") == 0);
}

TEST_CASE("ldirectord.cf: what keepalived takes once") {
    SECTION("a real server") {
        const auto twice = imported_from(
            "virtual=10.0.0.1:80\n\treal=10.0.1.1:80 gate 1\n\treal=10.0.1.1 gate 2\n\treal=10.0.1.0->10.0.1.2 gate\n"
            "\tchecktype=on\n",
            "f");
        CHECK(twice.configuration.find("10.0.1.1 80") == twice.configuration.rfind("10.0.1.1 80"));
        REQUIRE(twice.losses.size() == 2);
        CHECK(twice.losses[0].find("f:3: real server 10.0.1.1 80 is there already, in line 2") == 0);
        CHECK(twice.losses[1].find("f:4: real server 10.0.1.1 80 is there already, in line 2") == 0);
    }
    SECTION("but one at two ports of its own is two") {
        CHECK(imported_from("virtual=10.0.0.1:80\n\treal=10.0.1.1:80 masq\n\treal=10.0.1.1:81 masq\n", "f")
                  .losses.empty());
    }
    SECTION("a virtual server") {
        const std::string server = "\treal=10.0.1.1:80 masq\n\tchecktype=on\n";
        const auto twice = imported_from("virtual=10.0.0.1:80\n" + server + "virtual=10.0.0.1:http\n" + server +
                                             "virtual=10.0.0.1:80\n" + server + "\tprotocol=udp\n",
                                         "f");
        REQUIRE(twice.losses.size() == 1);
        CHECK(twice.losses[0].find("f:4: the service is there a second time") == 0);
    }
}

TEST_CASE("ldirectord.cf: numbers are read as ldirectord reads them") {
    const auto with = [](const std::string& option) {
        return imported_from("virtual=10.0.0.1:81\n\treal=10.0.1.1:80 masq\n\tchecktype=connect\n\t" + option + "\n",
                             "f");
    };
    CHECK(with("persistent=600s").configuration.find("persistence_timeout 600\n") != std::string::npos);
    CHECK(with("persistent=600s").losses.size() == 1);
    CHECK(with("persistent=600").losses.empty());
    for (const std::string option : {"persistent", "checkport", "checktimeout", "negotiatetimeout", "failurecount"}) {
        INFO(option);
        CHECK(with(option + "=soon").losses.size() == 1);
        CHECK(with(option + "=0").losses.size() == 1);
        CHECK(with(option + "=soon").configuration.find("soon") == std::string::npos);
    }
}

TEST_CASE("ldirectord.cf: what stands for too much is refused") {
    const std::string range = "\treal=10.0.0.0->10.0.255.255:80 gate 1\n";
    const auto refused = from_ldirectord("virtual=10.0.0.1:80\n" + range + range, "f");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "f:3: with this line the file has more than 100000 real servers");
}

TEST_CASE("ldirectord.cf: nothing is taken without its value") {
    const auto imported = imported_from(
        "virtual=10.0.0.1\n\treal=10.0.1.1:80 masq\nvirtual=[fd00::1]\n\treal=[fd00::2]:80 masq\n"
        "virtual=10.0.0.1:81\n\treal=10.0.1.1:80 masq\n\tpersistent=\n\tchecktype=on\n",
        "f");
    REQUIRE(imported.losses.size() == 3);
    CHECK(imported.losses[0].find("f:1: `10.0.0.1' is no address with a port") == 0);
    CHECK(imported.losses[1].find("f:3: `[fd00::1]' is no address with a port") == 0);
    CHECK(imported.losses[2].find("f:7: `persistent' has no value") == 0);
}

TEST_CASE("ldirectord.cf: losses stand in the order of the lines and are said once") {
    const auto imported = imported_from(
        "callback=\"/bin/c\"\ncleanstop=no\nemailalert=\"a@b\"\n"
        "virtual=10.0.0.1:21\n\treal=10.0.1.1->10.0.1.3:21 bad\n\treal=10.0.1.4:21 masq many\n\tlogin=\"x\"\n",
        "f");
    REQUIRE(imported.losses.size() == 7);
    const auto begins =
        std::to_array<std::string_view>({"f:1: `callback'", "f:2: `cleanstop'", "f:3: `emailalert'",
                                         "f:4: a conversation in `ftp'", "f:5: `bad'", "f:6: `many'", "f:7: `login'"});
    for (std::size_t i = 0; i < begins.size(); ++i) CHECK(imported.losses[i].find(begins[i]) == 0);
}
