#!/bin/bash
# The steps of emitted scripts that need nft, in a network namespace of their own: the lab's kernel has no nft for IPv4 and
# IPv6. All other steps are taken out of the scripts before.
#   tests/golden/nft_steps.sh LBCTL
# Exit status 77 where there is no nft, or no privilege for a namespace.
set -euo pipefail

lbctl=$(realpath -- "$1")
PATH=$PATH:/usr/sbin:/sbin
type -P nft >/dev/null || { echo "SKIP: there is no nft" && exit 77; }
if [[ ${2-} != inside ]]; then
    unshare --net nft -c add table inet lbctl 2>/dev/null || { echo "SKIP: no nft in a network namespace of one's own" && exit 77; }
    exec unshare --net --mount "$0" "$lbctl" inside
fi
mount -t tmpfs tmpfs /run
# shellcheck source=tests/lab/expect.sh
. "$(dirname -- "$0")/../lab/expect.sh"
cd "$work"
ip link set lo mtu 1500 up
ip address add 10.0.9.12/24 dev lo
ip address add fd00:9::12/64 dev lo

only() { sed "/^    \(here\|module\|forwarding\|setting\|started_unit\|tunnel\|gue_port\|address\) /d"; }

twice_is_once() { # SCRIPT
    does_it sh "$1"
    nft list ruleset >rules
    expect 0 sh "$1"
    quiet out .
    diff rules <(nft list ruleset) || fail "$1: a second run changed something"
}
put_back() {
    expect 0 sh "$1" --undo
    [[ -z $(nft list ruleset) ]] || fail "--undo of $1 leaves rules: $(nft list ruleset)"
}

cat >marks.conf <<'END'
virtual_server fwmark 7 {
 lb_algo rr
 lb_kind DR
 real_server 10.0.9.13 {
 }
}
virtual_server fwmark 4294967295 {
 lb_algo rr
 lb_kind DR
 ip_family inet6
 real_server fd00:9::13 {
 }
}
END
"$lbctl" emit director marks.conf --vip 10.0.8.9,10.0.8.10,fd00:8::9 --marks 7:tcp/80,7:udp/8000-8010,4294967295:tcp/443 | only >marks.sh
twice_is_once marks.sh
for rule in 'ip daddr 10.0.8.9 tcp dport 80 meta mark set 0x00000007' 'ip daddr 10.0.8.10 udp dport 8000-8010 meta mark set 0x00000007' \
    'ip6 daddr fd00:8::9 tcp dport 443 meta mark set 0xffffffff'; do
    says rules "$rule"
done
(($(grep -c 'meta mark set' rules) == 5)) || fail "not five rules: $(cat rules)"
nft delete rule inet lbctl_marks prerouting handle "$(nft -a list ruleset | sed -n '/8000-8010/{s/.*handle //p;q}')"
expect 1 sh marks.sh --check
says out '8000-8010'
expect 0 sh marks.sh
put_back marks.sh

for family in 4 6; do
    case $family in
    4) addresses='10.0.8.9 10.0.9.12' size=1440 word=ip ;;
    6) addresses='fd00:8::9 fd00:9::12' size=1400 word=ip6 ;;
    esac
    # shellcheck disable=SC2086
    printf 'virtual_server %s 80 {\n protocol TCP\n lb_algo rr\n lb_kind TUN\n real_server %s 80 {\n }\n}\n' $addresses >tunnel.conf
    "$lbctl" emit real-server tunnel.conf | only >tunnel.sh
    twice_is_once tunnel.sh
    says rules "$word saddr ${addresses% *} tcp flags.*maxseg size > $size tcp option maxseg size set $size"
    put_back tunnel.sh
done
((failures == 0))
