
# started_unit UNIT: systemd starts it with the machine; without systemd that is left to others
started_unit() {
    [ -d /run/systemd/system ] || return 0
    found=$(systemctl is-enabled "$1" 2>/dev/null) || found=${found:-missing}
    if [ "$found" = enabled ]; then
        kept started_unit "$1"
        return 0
    fi
    if only_told "$1 is not started with the machine (it is $found)"; then return 0; fi
    [ "$found" != missing ] || fail "there is no $1: install it first"
    remember started_unit "$1" "$found"
    systemctl --quiet enable "$1" || fail "cannot enable $1"
    done_so "$1 is started with the machine (it was $found)"
}

put_back_started_unit() {
    case $2 in
    disabled) systemctl --quiet disable "$1" ;;
    masked) systemctl --quiet disable "$1" && systemctl --quiet mask "$1" ;;
    esac
}
