
# tunnel NAME TYPE LOCAL OPTION...: a device that unpacks what the directors pack for the address LOCAL
tunnel() {
    device=$1 type=$2 own=$3
    shift 3
    state=$(ip -d -o link show dev "$device" 2>/dev/null) || state=
    case $state in
    '')
        if only_told "device $device ($type) that unpacks for $own"; then return 0; fi
        remember tunnel "$device" ''
        ip link add "$device" type "$type" local "$own" "$@" ||
            fail "cannot make the device $device (type $type, local $own)"
        ;;
    *" local $own "*) kept tunnel "$device" ;;
    *) fail "there is a device $device which does not unpack for $own; remove it first: ip link delete $device" ;;
    esac
    case ${state%%>*} in
    *[\<,]UP | *[\<,]UP,*) return 0 ;;
    esac
    if only_told "device $device is down"; then return 0; fi
    ip link set "$device" up || fail "cannot bring $device up"
    done_so "device $device ($type) unpacks for $own"
}

put_back_tunnel() {
    [ -z "$(ip -o link show dev "$1" 2>/dev/null)" ] || ip link delete "$1"
}
