#include "grammar/ast/daemon_reading.h"

#include <string>

#include "backend/ipvsadm/saved_table.h"
#include "backend/table/compile.h"
#include "grammar/validate/analysis.h"
#include "tests/unit/catch.h"

using namespace lbctl;

namespace {

struct Taken {
    std::string table;
    bool ended = false;
};

Taken taken(const std::string& text, keywords::Version target = {2, 2, 7}) {
    validate::AnalysisOptions options;
    options.target = target;
    validate::Analysis analysis = validate::analyse("test.conf", text, options);
    validate::read_as_daemon(analysis, options);
    if (analysis.daemon_end) return {{}, true};
    const auto wanted = table::compile(analysis.root, analysis.sources);
    REQUIRE(wanted);
    return {ipvsadm::to_saved_text(table::table_of(*wanted), ipvsadm::SavedForm::complete), false};
}

std::string service(const std::string& head, const std::string& body) {
    return "virtual_server " + head + " {\nprotocol TCP\nlvs_sched rr\nlvs_method NAT\n" + body + "}\n";
}

const std::string server = "real_server 10.1.1.1 80 {\n}\n";
const std::string service_line = "-A -t 10.0.0.1:80 -s rr\n";
const std::string server_line = "-a -t 10.0.0.1:80 -r 10.1.1.1:80 -m -w 1\n";

}  // namespace

TEST_CASE("the running keepalived takes the digits that a number begins with", "[daemon]") {
    const auto with_weight = [](const std::string& weight) {
        return taken(service("10.0.0.1 80", "real_server 10.1.1.1 80 {\nweight " + weight + "\n}\n")).table;
    };
    const std::string begin = service_line + "-a -t 10.0.0.1:80 -r 10.1.1.1:80 -m -w ";
    CHECK(with_weight("5x") == begin + "5\n");
    CHECK(with_weight("2;") == begin + "2\n");
    CHECK(with_weight("1.5") == begin + "1\n");
    CHECK(with_weight("abc") == begin + "0\n");
    CHECK(with_weight("-0") == begin + "0\n");
    CHECK(with_weight("-1") == begin + "1\n");
    CHECK(with_weight("99999999999999999999") == begin + "1\n");
    CHECK(taken(service("10.0.0.1 80tcp", "real_server 10.1.1.1 80; {\n}\n")).table == service_line + server_line);
    CHECK(taken(service("10.0.0.1 tcp", server)).table.empty());
    CHECK(taken("virtual_server fwmark 7a {\nlvs_sched rr\n" + server + "}\n").table ==
          "-A -f 7 -s rr\n-a -f 7 -r 10.1.1.1:80 -m -w 1\n");
    CHECK(taken("virtual_server_group g {\nfwmark 7a\nfwmark 8 inet4\n10.0.0.1 80x\n10.0.0.8-9x 80\n10.0.0.1-10.0.0.5x "
                "80\n}\n" +
                service("group g", server))
              .table == service_line + server_line +
                            "-A -t 10.0.0.8:80 -s rr\n-a -t 10.0.0.8:80 -r 10.1.1.1:80 -m -w 1\n"
                            "-A -t 10.0.0.9:80 -s rr\n-a -t 10.0.0.9:80 -r 10.1.1.1:80 -m -w 1\n"
                            "-A -f 7 -s rr\n-a -f 7 -r 10.1.1.1:80 -m -w 1\n");
}

TEST_CASE("of some numbers the running keepalived takes all or nothing", "[daemon]") {
    CHECK(taken(service("10.0.0.1 80", "persistence_timeout 300s\n" + server)).table == service_line + server_line);
    CHECK(taken(service("10.0.0.1 80", "lvs_method TUN type gue port 80x\n" + server)).table ==
          service_line + "-a -t 10.0.0.1:80 -r 10.1.1.1:80 -i -w 1 --tun-type ipip\n");
}

TEST_CASE("a quorum that is none is 1", "[daemon]") {
    const std::string body = "quorum 3\nquorum abc\nsorry_server 10.1.9.9 80\n" + server;
    CHECK(taken(service("10.0.0.1 80", body)).table == service_line + server_line);
}

TEST_CASE("a keyword without its word ends keepalived, and lines are not joined", "[daemon]") {
    CHECK(taken(service("10.0.0.1 80", "lb_kind\nNAT\n" + server)).ended);
    CHECK(taken(service("10.0.0.1 80", "real_server\n10.1.1.1 80 {\n}\n")).ended);
    CHECK(taken(service("10.0.0.1 80", "real_server 10.1.1.1 80 {\nweight\n5\n}\n")).ended);
    CHECK(taken("virtual_server_group g {\nfwmark\n2\n}\n" + service("group g", server)).ended);
    CHECK(taken("virtual_server_group a b {\n}\n" + service("10.0.0.1 80", server)).ended);
    CHECK(taken("virtual_server_group a\n10.0.0.1 80\n}\n" + service("group a", server)).ended);
    CHECK(taken(service("fwmark", server)).ended);
    CHECK(taken(service("group", server)).ended);
    CHECK(taken("global_defs {\nvrrp_version\n}\n" + service("10.0.0.1 80", server)).ended);
    CHECK(taken("vrrp_script s {\ninterval\n}\nvrrp_instance a {\n}\n" + service("10.0.0.1 80", server)).ended);
}

TEST_CASE("a word is not missed where nobody looks for it, or where its process does not run", "[daemon]") {
    const std::string sound = service("10.0.0.1 80", "persistence_timeout\nvirtualhost\n" + server);
    CHECK(taken(sound).table == "-A -t 10.0.0.1:80 -s rr -p 360\n" + server_line);
    CHECK(taken("vrrp_script s {\ninterval\n}\n" + service("10.0.0.1 80", server)).table == service_line + server_line);
    CHECK_FALSE(taken("virtual_server_group g {\nfwmark\n}\n").ended);
    CHECK(taken("global_defs {\nsmtp_server\n}\n" + service("10.0.0.1 80", server)).table ==
          service_line + server_line);
}

TEST_CASE("a blank that is none belongs to the word", "[daemon]") {
    const std::string group = "virtual_server_group g {\n10.0.0.1 80\n10.0.0.9\xC2\xA0 80\nfwmark\xC2\xA0 5\n}\n";
    CHECK(taken(group + service("group g", server)).table == service_line + server_line);
    CHECK(taken(service("10.0.0.1\xE3\x80\x80 80", server)).table.empty());
    CHECK(taken("\xEF\xBB\xBF" + service("10.0.0.1 80", server)).table.empty());
}

TEST_CASE("a backslash behind a brace is an entry of its own and takes no other with it", "[daemon]") {
    CHECK(taken("virtual_server_group g { \\\n10.0.0.1 80\n}\n" + service("group g", server)).table ==
          service_line + server_line);
}

TEST_CASE("a carriage return alone ends no line", "[daemon]") {
    CHECK(taken("virtual_server 10.0.0.1 80 {\nprotocol TCP\nlb_kind NAT\r lb_algo rr\n" + server + "}\r\n").table ==
          "-A -t 10.0.0.1:80 -s wlc\n" + server_line);
}

TEST_CASE("the block of an unknown keyword is read as a part of the one around it", "[daemon]") {
    CHECK(taken(service("10.0.0.1 80", "nonsense {\n" + server + "}\n" + "real_server 10.1.1.2 80 {\n}\n")).table ==
          service_line + server_line);
    CHECK(taken("nonsense {\n" + service("10.0.0.1 80", server) + "}\n").table == service_line + server_line);
}

TEST_CASE("a lost brace changes what is read as keepalived's count of braces has it", "[daemon]") {
    // The second virtual server stands in the first.
    const std::string open = "virtual_server 10.0.0.1 80 {\nprotocol TCP\nlvs_sched rr\n" + server;
    CHECK(taken(open + service("10.0.0.2 80", "real_server 10.1.1.2 80 {\n}\n")).table ==
          service_line + server_line + "-a -t 10.0.0.1:80 -r 10.1.1.2:80 -m -w 1\n");
    // What belongs to another process is passed over to its last brace.
    CHECK(taken("vrrp_instance a {\nauthentication {\n}\n" + service("10.0.0.1 80", server)).table.empty());
    CHECK(taken("virtual_server 10.0.0.1 80\nprotocol TCP\nlvs_sched rr\n" + server + "}\n").table ==
          service_line + server_line);
}

TEST_CASE("a virtual server that the parent does not see starts no checker", "[daemon]") {
    // The checker's group ends at the first `}', the parent counts the braces.
    const std::string group = "virtual_server_group g {\n10.0.0.1 80\n{\n}\n";
    CHECK(taken(group + service("group g", server)).table.empty());
    CHECK(taken(group + "}\n" + service("group g", server)).table == service_line + server_line);
}

TEST_CASE("quoted braces count where keepalived compares words", "[daemon]") {
    CHECK(taken("vrrp_script a {\nscript \"{\"\n}\n" + service("10.0.0.1 80", server)).table.empty());
    CHECK(taken("virtual_server 10.0.0.1 80 \"{\"\nprotocol TCP\nlvs_sched rr\n" + server + "\"}\"\n").table ==
          service_line + server_line);
}

TEST_CASE("lines that are too long or hold a NUL are cut before 2.3 and dropped since", "[daemon]") {
    const std::string long_line = "lvs_sched wrr" + std::string(1100, ' ') + "\n";
    const std::string with_long = service("10.0.0.1 80", long_line + server);
    CHECK(taken(with_long).table == "-A -t 10.0.0.1:80 -s wrr\n" + server_line);
    CHECK(taken(with_long, {2, 4, 3}).table == service_line + server_line);
    const std::string with_nul = service("10.0.0.1 80", "lvs_sched wrr" + std::string(1, '\0') + "x\n" + server);
    CHECK(taken(with_nul).table == "-A -t 10.0.0.1:80 -s wrr\n" + server_line);
    CHECK(taken(with_nul, {2, 4, 3}).table == service_line + server_line);
}

TEST_CASE("braces of a parameter that is not defined are those of a block", "[daemon]") {
    CHECK(taken(service("10.0.0.1 80", "real_server 10.1.1.1 80 {\nweight ${NONE}\n}\n" +
                                           std::string("real_server 10.1.1.2 80 {\n}\n")))
              .table == service_line + "-a -t 10.0.0.1:80 -r 10.1.1.1:80 -m -w 0\n");
}

TEST_CASE("an old release takes what stands in a refused block without brace for the server before", "[daemon]") {
    const std::string text = service("10.0.0.1 80", server + "real_server 10.1.1 80\nweight 9\n}\n");
    CHECK(taken(text).table == service_line + "-a -t 10.0.0.1:80 -r 10.1.1.1:80 -m -w 9\n");
    CHECK(taken(text, {2, 4, 3}).table == service_line + server_line);
}

TEST_CASE("a sound configuration is read by both ways alike", "[daemon]") {
    const std::string text = "$A=10.0.0.1\n" +
                             service("${A} 80", "~SEQ(I, 1, 2) real_server 10.1.1.$I 80 { weight $I }\n") +
                             "vrrp_script a {\nscript \"/bin/true x\"\n}\n";
    validate::AnalysisOptions options;
    validate::Analysis analysis = validate::analyse("test.conf", text, options);
    const auto wanted = table::compile(analysis.root, analysis.sources);
    REQUIRE(wanted);
    CHECK(taken(text, options.target).table ==
          ipvsadm::to_saved_text(table::table_of(*wanted), ipvsadm::SavedForm::complete));
}
