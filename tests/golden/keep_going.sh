#!/bin/bash
# What --keep-going answers, whichever command is asked: usage: keep_going.sh LBCTL
set -u
lbctl=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
fail() {
    echo "FAIL: $*"
    failed=1
}

service() { # BODY...
    printf 'virtual_server 10.0.0.1 80 {\n    protocol TCP\n    lb_algo rr\n    lb_kind NAT\n%s\n}\n' "$*"
}

# A template is no configuration to any of them.
printf 'virtual_server {{ vip }} 80 {\n}\n' >"$work/template.conf"
for command in 'dump' 'dump --table' 'emit ipvsadm'; do
    # shellcheck disable=SC2086
    out=$("$lbctl" $command --keep-going "$work/template.conf" 2>&1)
    status=$?
    [ $status = 2 ] || fail "$command --keep-going of a template: exit $status"
    case $out in
        *'is a template, so nothing was done with it'*'give it what the template becomes'*) ;;
        *) fail "$command --keep-going of a template says: $out" ;;
    esac
done

# Where keepalived ends, the table is empty, and it is said why.
service '    real_server 10.1.1.1 80 {
        weight
    }' >"$work/ends.conf"
out=$("$lbctl" dump --table --format save --keep-going "$work/ends.conf" 2>"$work/said")
[ $? = 0 ] && [ -z "$out" ] || fail "the table of a file that ends keepalived: $out"
grep -q "keepalived ends at $work/ends.conf:6, and nothing of the file is in force: weight lacks a word" "$work/said" ||
    fail "where keepalived ends: $(cat "$work/said")"

# What dump says of faults, build takes, and dump says again.
same() { # NAME
    local release
    for release in 2.2.7 2.4.3; do
        "$lbctl" dump --keep-going --show-secrets --target-version $release "$work/$1" >"$work/first" 2>"$work/said" ||
            fail "dump $1: $(cat "$work/said")"
        "$lbctl" build "$work/first" >"$work/built" 2>"$work/said" || fail "build $1: $(cat "$work/said")"
        "$lbctl" dump --keep-going --show-secrets --target-version $release - <"$work/built" >"$work/second" 2>"$work/said" ||
            fail "dump of what is built of $1: $(cat "$work/said")"
        cmp -s "$work/first" "$work/second" || fail "$1 comes back with differences: $(diff "$work/first" "$work/second")"
    done
}
printf 'vrrp_instance a {\n    authentication {\n        auth_type PASS\xe3\x80\x80\n        auth_pass\xe3\x80\x80x\n    }\n}\n' >"$work/blank.conf"
printf 'vrrp_instance a {\n    notify "/bin/a" "b\n    notify_master "/bin/c\n    state MASTER\n}\n' >"$work/quote.conf"
printf 'virtual_server_group g { \\\n    10.0.0.1 80\n    { 10.0.0.2 80\n}\n}\nglobal_defs {\n    include_check "a \\"{"\n}\n' >"$work/braces.conf"
printf 'virtual_server 10.0.0 80\n    lb_algo rr\n    real_server $x 80\n        weight 5x\n    }\n}\n' >"$work/no-brace.conf"
service '    real_server
 10.1.1.2 80 {
  weight
 5
  }' >"$work/split.conf"
for name in blank quote braces no-brace split ends; do same $name.conf; done
"$lbctl" dump --keep-going "$work/braces.conf" 2>/dev/null | grep -q '"10.0.0.1"' || fail "the entry behind \`{ \\' is lost"

[ $failed = 0 ] && echo ok
exit $failed
