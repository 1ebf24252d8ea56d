#!/bin/bash
# What a full disk cuts off must not look like a result: every command says so and fails. Messages that cannot be written
# change nothing.
#   full_disk.sh LBCTL
set -uo pipefail
lbctl=$1
[[ -w /dev/full ]] || { echo "SKIP: no /dev/full" && exit 77; }
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
failed=0

cat >"$work/good.conf" <<'END'
virtual_server 10.0.0.1 80 {
    lb_algo rr
    lb_kind DR
    protocol TCP
    real_server 10.0.0.2 80 {
    }
}
END
sed 's/lb_algo/lb_alg/' "$work/good.conf" >"$work/bad.conf"
echo 'TCP 0A000009 C001 0A000001 0050 0A000002 0050 ESTABLISHED     899' >"$work/captured"
printf -- '-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.0.0.2:80 -g -w 1\n' >"$work/saved"

while read -r -a words; do
    message=$("$lbctl" "${words[@]}" 2>&1 >/dev/full)
    status=$?
    [[ $status == 2 && $message == *"cannot write to standard output; is the disk full?" ]] && continue
    echo "${words[*]} >/dev/full: exit $status, '$message'"
    failed=1
done <<END
lint $work/bad.conf
lint --format json $work/bad.conf
lint --format sarif $work/bad.conf
lint --format junit $work/bad.conf
lint --statistics $work/bad.conf
fmt $work/good.conf
expand $work/good.conf
dump $work/good.conf
dump --table $work/good.conf
dump --schema
explain lb_algo
diff $work/good.conf $work/good.conf --format json
emit ipvsadm $work/good.conf
emit ipvsadm-restore $work/good.conf
connections --from $work/captured
connections --from $work/captured --format json --count
import $work/saved
completion bash
--help
--version
END

status=0
"$lbctl" lint "$work/bad.conf" >"$work/report" 2>/dev/full || status=$?
[[ $status == 1 && -s $work/report ]] || { echo "lint 2>/dev/full: exit $status" && failed=1; }
status=0
"$lbctl" dump "$work/bad.conf" >/dev/null 2>/dev/full || status=$?
[[ $status == 2 ]] || { echo "dump 2>/dev/full: exit $status" && failed=1; }
status=0
"$lbctl" lint "$work/none.conf" 2>&- || status=$?
[[ $status == 2 ]] || { echo "lint 2>&-: exit $status" && failed=1; }
exit $failed
