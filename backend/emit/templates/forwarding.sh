
# forwarding ipv4|ipv6 WHY: the machine passes packets on. The kernel then changes settings of every device, too.
forwarding() {
    case $1 in
    ipv4) switch=net/ipv4/ip_forward ;;
    *) switch=net/ipv6/conf/all/forwarding ;;
    esac
    if [ "$(cat /proc/sys/$switch)" = 1 ]; then
        kept setting $switch
        return 0
    fi
    if only_told "$switch = 1: $2"; then return 0; fi
    if ! known setting $switch; then remember_forwarding "$1" $switch; fi
    echo 1 >/proc/sys/$switch || fail "cannot set $switch"
    done_so "$switch = 1: $2"
}

remember_forwarding() {
    # What was written down last is put back first: the switch, and then what it changed.
    for file in /proc/sys/net/"$1"/conf/*/forwarding /proc/sys/net/"$1"/conf/all/accept_redirects; do
        case $file in
        */all/forwarding) ;;
        *) remember setting "${file#/proc/sys/}" "$(cat "$file")" ;;
        esac
    done
    remember setting "$2" "$(cat "/proc/sys/$2")"
}
