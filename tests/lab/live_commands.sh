#!/bin/bash
# Runs inside the lab: connections --watch, list --config and the weights of real servers. $1 is lbctl, $2
# inject_connections. Says what failed, exits 1 if anything did.
set -u
lbctl=$1 inject=$2
# shellcheck source-path=SCRIPTDIR source=expect.sh
. "$(dirname -- "$0")/expect.sh"
exec </dev/null

cat >"$work/table" <<'END_OF_TABLE'
-A -t 10.0.0.1:443 -s rr
-a -t 10.0.0.1:443 -r 10.0.1.1:443 -m -w 5
-a -t 10.0.0.1:443 -r 10.0.1.2:443 -m -w 0
-A -t 10.0.0.1:80 -s rr
-a -t 10.0.0.1:80 -r 10.0.1.1:80 -m -w 1
-a -t 10.0.0.1:80 -r 10.0.1.2:80 -m -w 2
-A -t [fd00::1]:443 -s wlc
-a -t [fd00::1]:443 -r [fd00:1::1]:443 -g -w 3
-A -f 7 -s wrr
-a -f 7 -r 10.0.1.1:0 -i -w 1
-A -f 7 -6 -s wrr
-a -f 7 -6 -r [fd00:1::1]:0 -g -w 9
END_OF_TABLE
expect 0 "$lbctl" apply --saved "$work/table"
ip link add sync0 type dummy && ip link set sync0 up && ip addr add 192.0.2.1/24 dev sync0
ipvsadm --start-daemon backup --mcast-interface sync0
connect() { "$inject" --interface sync0 --service 10.0.0.1 "$@" || fail "inject"; }

# --watch says once what is new, what changed and from what, and what is gone
connect --server 10.0.1.1 --count 3
for _ in {1..50}; do
    (($("$lbctl" connections --count) == 3)) && break
    sleep 0.1
done
for format in table ndjson csv; do
    "$lbctl" connections --watch 0.3 --format "$format" >"$work/watch.$format" 2>"$work/watch.err" &
done
"$lbctl" connections --watch 0.3 --client 172.16.0.0/16 --state FIN_WAIT >"$work/watch.filtered" &
soon watch.table ' 3 connections, 0 new, 0 gone, 0 changed'
soon watch.ndjson '"connections":3'
soon watch.csv '^time,event,state_before,protocol,client_address,'
soon watch.filtered ' 0 connections'
connect --server 10.0.1.2 --start 10 --count 2
soon_times watch.table 2 '^+ TCP 1[45]:.. *ESTABLISHED .*10.0.1.2:80$'
soon_times watch.ndjson 2 '"event":"new"'
soon_times watch.csv 2 ',new,,TCP,'
connect --server 10.0.1.2 --start 10 --count 1 --inactive --state 4
soon_times watch.table 1 '^~ TCP .* FIN_WAIT .*10.0.1.2:80  was ESTABLISHED$'
soon_times watch.ndjson 1 '"event":"changed","state_before":"ESTABLISHED"'
soon_times watch.csv 1 ',changed,ESTABLISHED,TCP,.*,FIN_WAIT,'
soon_times watch.filtered 1 '^+ TCP .* FIN_WAIT'
says watch.ndjson '"event":"look","time":"20..-..-..T..:..:..Z","connections":3,'
quiet watch.csv '{'
quiet watch.filtered ESTABLISHED
python3 -c 'import json, sys; [json.loads(line) for line in sys.stdin]' <"$work/watch.ndjson" || fail "watch: no JSON"
connect --server 10.0.1.2 --start 20 --count 1 --timeout 2
soon_times watch.table 1 '^- TCP .*:1044 '
soon_times watch.ndjson 1 '"event":"gone"'
soon_times watch.csv 1 ',gone,,TCP,'
soon_times watch.table 3 '^+ '
for job in $(jobs -p); do kill -INT "$job" && kill "$job" && wait "$job" 2>/dev/null; done
[[ ! -s $work/watch.err ]] || fail "watch: $(cat "$work/watch.err")"
timeout 10 "$lbctl" connections --watch 0.1 | head -n 2 >"$work/out"
((PIPESTATUS[0] == 141)) || fail "watch does not end with its reader"
expect 2 "$lbctl" connections --watch --count
expect 2 "$lbctl" connections --watch 0
ipvsadm --stop-daemon backup

# Metrics have every series once.
expect 0 "$lbctl" stats --format prometheus
[[ -z $(grep -v '^#' "$work/out" | cut -d' ' -f1 | sort | uniq -d) ]] || fail "metrics with the same labels"

# The file's services and servers; of one service nothing else is called missing.
cat >"$work/shop.conf" <<'END_OF_FILE'
virtual_server 10.0.0.1 80 { # the shop
  lb_algo rr
  lb_kind NAT
  protocol TCP
  real_server 10.0.1.1 80 {
    weight 4
  }
  real_server 10.0.1.77 80 {
    weight 1
  }
}
virtual_server 10.9.9.9 25 {
  lb_algo rr
  lb_kind NAT
  protocol TCP
  real_server 10.0.1.1 25 {
    weight 1
  }
}
END_OF_FILE
expect 0 "$lbctl" list --config "$work/shop.conf"
says out '^TCP  10.0.0.1:80 rr  # virtual_server 10.0.0.1 80, "the shop"'
says out '10.0.1.2:80 .*# not in the file'
says out '10.0.1.77:80 .*# not in the kernel'
says out '10.0.1.1:80 .*# weight 4 in the file'
says out '^TCP  10.9.9.9:25 .*not in the kernel'
expect 0 "$lbctl" stats -t 10.0.0.1:80 --config "$work/shop.conf" --format json
says out 10.0.1.77
quiet out 10.9.9.9
expect 0 "$lbctl" list --config "$work/shop.conf" --format csv
says out '^protocol,.*,configuration$'
says out '^TCP,10.0.0.1:80,,.*,"virtual_server 10.0.0.1 80, ""the shop"""$'
says out '^TCP,10.0.0.1:80,10.0.1.2:80,.*,"not in the file"$'
expect 0 "$lbctl" stats --config "$work/shop.conf" --format prometheus
says out '^lbctl_ipvs_service_info{local_address="10.0.0.1",local_mark="",local_port="80",proto="TCP",name="virtual_server 10.0.0.1 80",comment="the shop"} 1$'
says out '^lbctl_ipvs_backend_info{.*,remote_address="10.0.1.2",remote_port="80",in_configuration="0"} 1$'
[[ -z $(grep -v '^#' "$work/out" | cut -d' ' -f1 | sort | uniq -d) ]] || fail "metrics with the same labels"

# Services and servers by any of their names, and again and again.
expect 0 "$lbctl" list 10.0.0.1:http fwmark:7
(($(grep -c '^[A-Z][A-Z]* .*[0-9]' "$work/out") == 3)) || fail "list of targets: $(cat "$work/out")"
expect 0 "$lbctl" stats 10.0.1.2
says out '^TCP  10.0.0.1:80 '
quiet out '10.0.1.1:80'
quiet out '\[fd00'
expect 2 "$lbctl" rate 10.9.9.9
says err "no service and no real server is called .10.9.9.9'"
expect 2 "$lbctl" list 10.0.0.1 -t 10.0.0.1:80
expect 0 "$lbctl" rate --watch 0.1 --looks 3 10.0.0.1:80
(($(grep -c '^20..-..-.. ..:..:..$' "$work/out") == 3)) || fail "rate --watch: $(cat "$work/out")"
(($(grep -c '^TCP  10.0.0.1:80 ' "$work/out") == 3)) || fail "rate --watch: $(cat "$work/out")"
expect 0 "$lbctl" stats --watch 0.1 --looks 2 --format json
(($(grep -c lbctl-stats/2 "$work/out") == 2)) || fail "stats --watch: $(cat "$work/out")"
(($(grep -c '"time": "20..-..-..T..:..:..Z"' "$work/out") == 2)) || fail "stats --watch has no time: $(cat "$work/out")"
expect 0 "$lbctl" stats --watch 0.1 --looks 2 --format csv
(($(grep -c '^time,protocol,' "$work/out") == 1)) || fail "the titles of stats --watch: $(cat "$work/out")"
(($(grep -c '^20..-..-..T..:..:..Z,TCP,10.0.0.1:80,,' "$work/out") == 2)) || fail "stats --watch: $(cat "$work/out")"

# What keepalived.conf can say comes back from it, and lint has nothing against it.
"$lbctl" save --format keepalived >"$work/saved.conf"
expect 0 "$lbctl" lint "$work/saved.conf"
expect 0 "$lbctl" diff "$work/saved.conf"

# Weights: in the order of the listing, by any spelling of an address, any case of a protocol
expect 1 "$lbctl" weight 10.0.1.1 7 -n
[[ $(cut -d' ' -f1,2 "$work/out" | paste -sd,) == 'TCP 10.0.0.1:80,TCP 10.0.0.1:443,FWM 7' ]] || fail "order: $(cat "$work/out")"
expect 1 "$lbctl" weight fd00:1:0::1 8 -n --service 'tcp [fd00:0::1]:443'
(($(wc -l <"$work/out") == 1)) || fail "spelling: $(cat "$work/out")"
expect 1 "$lbctl" weight '[fd00:1:0:0::1]:443' 8 -n
expect 1 "$lbctl" weight '[fd00:1::1]' 8 -n
expect 1 "$lbctl" weight '[fd00:1:*]' 8 -n
expect 1 "$lbctl" weight '[fd00:*]:443' 8 -n --service '[fd00::?]:443'
expect 1 "$lbctl" weight 10.0.1.1:http 7 -n --service 'tcp 10.0.0.1:http'
expect 1 "$lbctl" weight '[fd00:1::1]:https' 8 -n --service '[fd00::1]:https'
expect 1 "$lbctl" drain '*:http' -n
expect 2 "$lbctl" weight 10.0.1.1:htp 7 -n
expect 1 "$lbctl" drain '*' -n --service '*' --format json
(($(grep -c '"after": 0' "$work/out") == 6)) || fail "drain -n: $(cat "$work/out")"
expect 0 "$lbctl" weight 10.0.1.1 1 --service 10.0.0.1:80
says err 'no weight changes'
expect 2 "$lbctl" weight 10.0.1.1 7 --service nope
says err ".nope' is no address"
expect 2 "$lbctl" weight 10.0.1.1 7 --service 10.9.9.9
says err "no service is called .10.9.9.9'"
expect 2 "$lbctl" weight 10.0.1.9 7
says err "no service has a real server .10.0.1.9'"
expect 2 "$lbctl" weight 10.0.1.9 7 --service 'TCP *'
says err "no service that .TCP \*' names has a real server .10.0.1.9'"
expect 2 "$lbctl" weight 10.0.1.1 -5
says err 'whole number from 0 to'
expect 0 "$lbctl" drain '10.0.1.*:80' --force
says err 'TCP 10.0.0.1:80 has no server left that takes new connections'
expect 0 "$lbctl" enable '10.0.1.*' --service '*:80'
ipvsadm -Sn | grep -q -- '-r 10.0.1.2:80 -m -w 2' || fail "enable: $(ipvsadm -Sn)"
# What was remembered is forgotten when something else gives the server a weight, also when it has 0 again later.
expect 0 "$lbctl" drain 10.0.1.2:80
ipvsadm -e -t 10.0.0.1:80 -r 10.0.1.2:80 -m -w 5
expect 0 "$lbctl" enable 10.0.1.2:80
says err 'no weight changes'
ipvsadm -e -t 10.0.0.1:80 -r 10.0.1.2:80 -m -w 0
expect 0 "$lbctl" enable 10.0.1.2:80
says out 'weight 0 → 1$'

# ipvsadm saves no thresholds, and that is said
expect 0 "$lbctl" save
quiet err thresholds
ipvsadm -e -t 10.0.0.1:80 -r 10.0.1.2:80 -m -w 1 -x 9
expect 0 "$lbctl" save
says err 'thresholds are left out'
expect 0 "$lbctl" save --format complete
quiet err thresholds

# input that cannot be read changes nothing
ln -s "$lbctl" "$work/ipvsadm-restore"
before=$(ipvsadm -Sn)
expect 1 "$work/ipvsadm-restore" <"$work"
says err 'cannot read standard input: it is a directory'
expect 1 "$work/ipvsadm-restore" </proc/$$/mem
says err 'cannot read standard input: Input/output error'
expect 1 "$lbctl" ipvsadm -R <"$work"
says err 'cannot read standard input'
[[ $(ipvsadm -Sn) == "$before" ]] || fail "an unreadable input changed the table: $(ipvsadm -Sn)"

ipvsadm -C
expect 2 "$lbctl" drain '*'
says err 'the table is empty'

((failures == 0))
