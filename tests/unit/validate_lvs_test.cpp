#include "tests/unit/validate_cases.h"

namespace lbctl::test {

namespace {

const std::string group = block("virtual_server_group g", "10.0.0.1 80");
const std::string mark_group = block("virtual_server_group g", "fwmark 1");
const std::string get = "HTTP_GET";
const std::string path = block("url", "path /");

}  // namespace

TEST_CASE("rules: virtual servers") {
    const RuleCase cases[] = {
        {"service-repeated", good_service(server()) + good_service(server()), good_service(server())},
        {"service-repeated", service(server(), "fwmark 7") + service(server(), "fwmark 7"),
         service(server(), "fwmark 7") + service(server({}, "fd00::2 80"), "fwmark 7")},
        {"service-group-missing", service(server(), "group g"), group + service(server(), "group g")},
        {"service-group-family", group + service(server({}, "fd00::2 80"), "group g"),
         group + service(server(), "group g")},
        {"service-without-real-servers", good_service(""), good_service(server())},
        {"fwmark-zero", service(server(), "fwmark 0"), service(server(), "fwmark 1")},
        {"protocol-missing", service(server()), good_service(server())},
        {"protocol-with-fwmark", service("protocol TCP\n" + server(), "fwmark 1"), service(server(), "fwmark 1")},
        {"zero-port-without-persistence", service(server(), "10.0.0.1"),
         service("persistence_timeout 60\n" + server(), "10.0.0.1")},
        {"scheduler-missing", service(server()), good_service(server())},
        {"forwarding-missing", service(server()), service(server("lvs_method DR"))},
        {"ops-needs-udp", good_service("ops\n" + server()), service("protocol UDP\nops\n" + server())},
        {"ha-suspend-with-fwmark", service("ha_suspend\n" + server(), "fwmark 1"),
         good_service("ha_suspend\n" + server())},
        {"family-conflict", good_service("ip_family inet6\n" + server()), good_service("ip_family inet\n" + server())},
        {"granularity-family", good_service("persistence_granularity 24\n" + server()),
         good_service("persistence_granularity 255.0.0.0\n" + server())},
        {"granularity-family", service("persistence_granularity 255.255.255.0\n", "fd00::1 80"),
         good_service("persistence_granularity 255.255.255.0\n" + server())},
        {"tunnel-options", service("lvs_method TUN type gue\n" + server()),
         service("lvs_method TUN type gue port 6080\n" + server())},
        {"scheduler-flag", good_service("sh-port\n" + server()), service("lvs_sched sh\nsh-port\n" + server())},
        {"sorry-server-missing", good_service("sorry_server_inhibit\n" + server()),
         good_service("sorry_server 10.0.0.3 80\nsorry_server_inhibit\n" + server())},
        {"sorry-server-family", good_service("sorry_server fd00::3 80\n" + server()),
         good_service("sorry_server 10.0.0.3 80\n" + server())},
        {"real-server-family", good_service(server({}, "fd00::2 80")), good_service(server())},
        {"real-server-repeated", good_service(server() + server()), good_service(server() + server({}, "10.0.0.2 81"))},
        {"port-mismatch", service("lvs_method DR\n" + server({}, "10.0.0.2 81")),
         good_service(server({}, "10.0.0.2 81"))},
        {"port-with-fwmark", service("lvs_method DR\n" + server(), "fwmark 1"),
         service("lvs_method DR\n" + server({}, "10.0.0.2"), "fwmark 1")},
        {"port-with-fwmark", mark_group + service("lvs_method DR\n" + server(), "group g"),
         mark_group + service("lvs_method NAT\n" + server(), "group g")},
        {"port-differs-from-group", group + service("lvs_method DR\n" + server({}, "10.0.0.2 81"), "group g"),
         group + service("lvs_method DR\n" + server(), "group g")},
        {"sorry-inhibit-differs", good_service("sorry_server 10.0.0.2 80\nsorry_server_inhibit\n" + server()),
         good_service("sorry_server 10.0.0.2 80\nsorry_server_inhibit\n" + server("inhibit_on_failure"))},
        {"quorum-above-weight", good_service("quorum 2\n" + server()), good_service("quorum 2\n" + server("weight 2"))},
        {"hysteresis-above-quorum", good_service("hysteresis 1\n" + server()),
         good_service("quorum 2\nhysteresis 1\n" + server("weight 2"))},
        {"alpha-without-checkers", checked("alpha"), checked("alpha\n" + block("TCP_CHECK", ""))},
        {"alpha-without-checkers", good_service("alpha\n" + server()),
         good_service("alpha\n" + server(block("TCP_CHECK", "")))},
        {"thresholds-reversed", checked("uthreshold 1\nlthreshold 2"), checked("uthreshold 2\nlthreshold 1")},
        {"group-empty", block("virtual_server_group g", ""), group},
        {"group-families", block("virtual_server_group g", "10.0.0.1 80\nfd00::1 80\nfwmark 1"),
         block("virtual_server_group g", "10.0.0.1 80\nfwmark 1")},
        {"group-repeated", group + group, group},
        {"group-unused", group, group + service(server(), "group g")},
        {"ssl-repeated", block("SSL", "ca /a") + block("SSL", "ca /b"), block("SSL", "ca /a\ncertificate /b")},
    };
    hold(cases, {"lvs"});
}

TEST_CASE("rules: what stands above a server counts for it") {
    const std::string no_group = block("virtual_server_group g", "10.0.0.1 80\nfd00::1 80\nfwmark 1");
    const std::string other = server({}, "fd00::2 80");
    const RuleCase cases[] = {
        // A fault in the options of a tunnel costs the options only.
        {"real-server-family", service(other + server() + "lvs_method TUN"),
         service("lvs_method TUN type gue port abc\n" + other + server())},
        {"real-server-family", service(other + server("lvs_method TUN type gue port abc")),
         service(server("lvs_method TUN type gue port abc", "fd00::2 80") + server())},
        {"port-mismatch", service("lvs_method DR\n" + server({}, "10.0.0.2 81") + "lvs_method NAT"),
         service("lvs_method NAT\n" + server({}, "10.0.0.2 81") + "lvs_method DR")},
        {"sorry-server-family", service("sorry_server fd00::3 80\nlvs_method TUN\n" + server()),
         service("lvs_method TUN\nsorry_server fd00::3 80\nlvs_method NAT\n" + server())},
        // A sorry server that keepalived drops needs no method.
        {"forwarding-missing", service("sorry_server 10.0.0.3 80\n" + server("lvs_method DR")),
         service("sorry_server fd00::3 80\n" + server("lvs_method DR"))},
        {"zero-port-without-persistence", service("persistence_granularity 255.0.0.0\n" + other, "fd00::1"),
         service("persistence_granularity 64\n" + other, "fd00::1")},
        // A group that keepalived drops leaves its name to the next.
        {"port-differs-from-group",
         no_group + group + service("lvs_method DR\n" + server({}, "10.0.0.2 81"), "group g"),
         no_group + group + service("lvs_method DR\n" + server(), "group g")},
        {"group-repeated", no_group + group + group, no_group + group},
        {"engine-unknown",
         block("virtual_server_group g", "10.0.0.1") + service("persistence_engine x\n" + server(), "group g"),
         group + service("persistence_engine x\n" + server(), "group g")},
    };
    hold(cases, {});
}

TEST_CASE("rules: checkers") {
    const std::string file = block("track_file f", "file /etc/f");
    const std::string bfd = block("bfd_instance b", "neighbor_ip 10.0.0.5");
    const auto bfd_check = checked(block("BFD_CHECK", "name b"));
    const RuleCase cases[] = {
        {"misc-path-missing", checked(block("MISC_CHECK", "misc_timeout 1")),
         checked(block("MISC_CHECK", "misc_path /bin/true"))},
        {"url-missing", checked(block(get, "")), checked(block(get, path))},
        {"url-path-missing", checked(block(get, block("url", "status_code 200"))), checked(block(get, path))},
        {"regex-settings-without-regex", checked(block(get, block("url", "path /\nregex_no_match"))),
         checked(block(get, block("url", "path /\nregex a\nregex_no_match")))},
        {"regex-offsets-reversed",
         checked(block(get, block("url", "path /\nregex a\nregex_min_offset 9\nregex_max_offset 2"))),
         checked(block(get, block("url", "path /\nregex a\nregex_min_offset 2\nregex_max_offset 9")))},
        {"reply-lengths-reversed", checked(block("UDP_CHECK", "min_reply_length 300")),
         checked(block("UDP_CHECK", "min_reply_length 300\nmax_reply_length 400"))},
        {"last-octet-refused", checked(block("UDP_CHECK", "payload 00ff")), checked(block("UDP_CHECK", "payload 1ff")),
         keywords::Version{2, 3, 2}},
        {"last-octet-refused", checked(block("UDP_CHECK", "require_reply \"0 fF \"")),
         checked(block("UDP_CHECK", "require_reply ff xx")), keywords::Version{2, 2, 7}},
        {"bind-if-missing", checked(block("TCP_CHECK", "connect_ip fe80::1")),
         checked(block("TCP_CHECK", "connect_ip fe80::1\nbind_if eth0"))},
        {"checker-families-differ", checked(block("TCP_CHECK", "bindto fd00::1")),
         checked(block("TCP_CHECK", "bindto 10.0.0.7"))},
        {"track-file-missing", file + checked(block("FILE_CHECK", "weight 1")),
         file + checked(block("FILE_CHECK", "track_file f"))},
        {"track-file-not-found", checked(block("FILE_CHECK", "track_file f")) + file,
         file + checked(block("FILE_CHECK", "track_file f"))},
        {"bfd-name-missing", bfd + checked(block("BFD_CHECK", "")), bfd + bfd_check},
        {"bfd-not-found", bfd_check + bfd, bfd + bfd_check},
        {"bfd-repeated", bfd + checked(block("BFD_CHECK", "name b") + block("BFD_CHECK", "name b")), bfd + bfd_check},
        {"bfd-repeated",
         bfd + block("bfd_instance c", "neighbor_ip 10.0.0.6") + checked(block("BFD_CHECK", "name b\nname c")),
         bfd + bfd_check},
    };
    hold(cases, {"checkers"});
}

TEST_CASE("rules: what the kernel takes") {
    const auto group_of = [](const std::string& line) {
        return block("virtual_server_group g", line) +
               service("protocol TCP\nlvs_sched rr\nlvs_method NAT\n" + server(), "group g");
    };
    const std::string daemon = block("global_defs", "lvs_sync_daemon eth0");
    const std::string tunnel = good_service(server("lvs_method TUN", "fd00::2 80"));
    const RuleCase cases[] = {
        {"server-address-refused", good_service(server({}, "224.0.0.5 80")), good_service(server())},
        {"server-address-refused", good_service("sorry_server 0.0.0.0 80\n" + server()),
         good_service("sorry_server 10.0.0.9 80\n" + server())},
        {"engine-unknown", good_service("persistence_timeout 60\npersistence_engine http\n" + server()),
         good_service("persistence_timeout 60\npersistence_engine sip\n" + server())},
        {"thresholds-reversed", checked("uthreshold 10\nlthreshold 20"), checked("uthreshold 20\nlthreshold 10")},
        {"mixed-family-with-sync", daemon + tunnel, tunnel},
        {"keepalived-differs", group_of("10.0.0.250-10.0.1.5 80"), group_of("10.0.0.1-5 80")},
    };
    hold(cases, {"kernel"});
}

}  // namespace lbctl::test
