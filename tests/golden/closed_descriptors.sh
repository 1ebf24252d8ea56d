#!/bin/bash
# Descriptors 0 to 2 that are closed at the start: no file that a command reads or writes gets what is meant for them, and
# what cannot be read or written is an error. All eight combinations.
#   closed_descriptors.sh LBCTL
set -uo pipefail
lbctl=$1
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cd "$work" || exit 1
failed=0

cat >laid-out.conf <<'END'
virtual_server 10.0.0.1 80 {
    lb_algo rr
    lb_kind DR
    protocol TCP
    real_server 10.0.0.2 80 {
    }
}
END
sed 's/^ *//' laid-out.conf >plain.conf
sed 's/lb_algo/lb_alg/' laid-out.conf >bad.conf
echo 'TCP 0A000009 C001 0A000001 0050 0A000002 0050 ESTABLISHED     899' >captured
printf -- '-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.0.0.2:80 -g -w 1\n' >saved
chmod a-w laid-out.conf bad.conf captured saved

# without CLOSED WORDS...   runs lbctl without these descriptors, what is left of 1 and 2 in the files out and err
without() {
    local closed=$1
    shift
    : >out && : >err
    (
        exec <saved >out 2>err
        [[ $closed != *0* ]] || exec <&-
        [[ $closed != *1* ]] || exec >&-
        [[ $closed != *2* ]] || exec 2>&-
        exec "$lbctl" "$@"
    )
}

fail() {
    echo "without '$closed': $*: exit $status"
    failed=1
}

for closed in '' 0 1 2 01 02 12 012; do
    before=$(cat laid-out.conf bad.conf captured saved | cksum)

    # A message while a file is being written: into neither of them.
    cp plain.conf a.conf
    without "$closed" fmt -w a.conf missing.conf a.conf
    status=$?
    { [[ $status == 2 ]] && cmp -s a.conf laid-out.conf; } || fail fmt -w
    [[ $closed == *2* ]] || grep -q 'missing.conf' err || fail fmt -w, the message

    # Results and messages of commands that read: on a closed output they are an error, and go nowhere else.
    while read -r wanted words; do
        # shellcheck disable=SC2086
        without "$closed" $words
        status=$?
        [[ $closed != *1* ]] || wanted=2
        [[ $status == "$wanted" ]] || fail "$words"
        [[ $closed == *1* || -s out ]] || fail "$words, nothing written"
    done <<'END'
1 lint bad.conf
0 fmt plain.conf
0 expand laid-out.conf
0 dump laid-out.conf
0 dump --table laid-out.conf
0 emit ipvsadm laid-out.conf
1 diff laid-out.conf bad.conf --keep-going
0 connections --from captured
0 import saved
0 completion bash
0 explain lb_algo
0 --help
0 ipvsadm --help
END

    # What was to come from a closed input is not taken for nothing.
    for words in 'import -' 'emit ipvsadm --saved -' 'lint -'; do
        # shellcheck disable=SC2086
        without "$closed" $words
        status=$?
        case $closed$words in
            *0*) [[ $status == 2 ]] || fail "$words" ;;
            *lint*) ;;
            *1*) [[ $status == 2 ]] || fail "$words" ;;
            *) [[ $status == 0 ]] || fail "$words" ;;
        esac
    done

    [[ $before == "$(cat laid-out.conf bad.conf captured saved | cksum)" ]] || { echo "without '$closed': a file was changed" && failed=1; }
done
exit $failed
