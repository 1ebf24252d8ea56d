
# default_route -4|-6 GATEWAY OWN: answers leave through GATEWAY, by the device that has the address OWN
default_route() {
    case "$(ip "$1" -o route show default) " in
    "default via $2 "*)
        kept default_route "$1"
        return 0
        ;;
    esac
    # Routes are told in the order in which they count. Only one that is replaced has to be put back: that of metric 0,
    # which is not printed, and with IPv6 that of metric 1.
    case $1 in
    -4) found=$(ip -4 -o route show default | sed -e '/ metric /d' -e q) metric='' ;;
    *) found=$(ip -6 -o route show default | sed -n '/ metric 1 /p') metric='metric 1' ;;
    esac
    if only_told "default route through $2${found:+ (it is: $found)}"; then return 0; fi
    device=$(ip -o address show to "$3" | awk '{ print $2; exit }')
    remember default_route "$1" "$2 $(printf %s "$found" | tr '\\\t' '  ')"
    # shellcheck disable=SC2086 # words of ip
    ip "$1" route replace default via "$2" dev "$device" $metric || fail "cannot route through $2"
    done_so "default route through $2${found:+ (it was: $found)}"
}

put_back_default_route() {
    found=$(printf %s "${2#* }" | sed -e 's/ dead//g' -e 's/ linkdown//g')
    # shellcheck disable=SC2086 # words of ip
    if [ -n "$found" ]; then
        ip "$1" route replace $found
    else
        case "$(ip "$1" -o route show default) " in
        "default via ${2%% *} "*) ip "$1" route delete default via "${2%% *}" ;;
        esac
    fi
}
