#include <fmt/format.h>

#include "cli/commands/ipvsadm.h"

namespace lbctl::cli::ipvsadm {

std::string version_text() {
    return "ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)\n";
}

std::string help_text(const std::string& program) {
    constexpr std::string_view text = R"(lbctl, taking the command line of ipvsadm 1.31.

{0} COMMAND [OPTION]...
The command comes first; without any, the table is listed.

Services (SERVICE is one of -t HOST:PORT, -u HOST:PORT,
--sctp-service HOST:PORT, -f MARK [-6]):
  -A, --add-service SERVICE     -s -p -M -o --pe -b may follow
  -E, --edit-service SERVICE    the same; what is not given becomes its default
  -D, --delete-service SERVICE
  -C, --clear                   all services
  -Z, --zero [SERVICE]          set the counters to zero

Real servers (SERVER is -r HOST[:PORT]):
  -a, --add-server SERVICE SERVER
                                -g -i -m -w -x -y --tun-... may follow
  -e, --edit-server SERVICE SERVER
                                the same; what is not given becomes its default
  -d, --delete-server SERVICE SERVER

Listing:
  -L, -l, --list [SERVICE]      the table, or with -c, --timeout or --daemon
                                what these name
  -S, --save [-n]               the table as command lines
  -R, --restore                 such command lines from standard input, all
                                checked before the first is obeyed

Namespace-wide:
  --set TCP TCPFIN UDP          timeouts in seconds, 0 keeps one
  --start-daemon master|backup  --mcast-interface --syncid --sync-maxlen
                                --mcast-group --mcast-port --mcast-ttl
  --stop-daemon master|backup

Options of services:
  -t, --tcp-service HOST:PORT
  -u, --udp-service HOST:PORT
  --sctp-service HOST:PORT
  -f, --fwmark-service MARK     1-4294967295; -6, --ipv6 behind it for IPv6
  -s, --scheduler NAME          rr wrr lc wlc lblc lblcr dh sh sed nq fo ovf mh
                                twos; wlc without
  -p, --persistent [SECONDS]    360 without a value
  -M, --netmask MASK            clients of one network count as one: IPv4 mask,
                                or IPv6 prefix length
  -o, --ops                     one-packet scheduling, for UDP and marks
  --pe NAME                     persistence engine (sip)
  -b, --sched-flags FLAG,...    flag-1 flag-2 flag-3 sh-fallback sh-port
                                mh-fallback mh-port

Options of real servers:
  -r, --real-server HOST[:PORT] without a port: that of the service
  -g, --gatewaying              direct routing (without -g, -i, -m this is it)
  -i, --ipip                    tunnel: --tun-type ipip|gue|gre --tun-port
                                --tun-nocsum --tun-csum --tun-remcsum
  -m, --masquerading            NAT
  -w, --weight N                1 without
  -x, --u-threshold N           most connections
  -y, --l-threshold N           fewer than this before new ones come again

Options of listings:
  -n, --numeric                 numbers instead of names
  -X, --exact                   large numbers in full
  -c, --connection              connections
  --nosort                      the kernel's order; --sort does nothing
  --stats                       totals
  --rate                        averages a second
  --thresholds                  limits
  --persistent-conn             persistent connections, engine data with -c
  --tun-info                    tunnels
  --timeout, --daemon           timeouts; sync daemons

  -h, --help    -v, --version
)";
    return fmt::format(text, program);
}

}  // namespace lbctl::cli::ipvsadm
