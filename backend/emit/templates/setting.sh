
# setting NAME VALUE GOOD WHY: a kernel setting (sysctl), unless it has one of the values in GOOD
setting() {
    if [ -e "/proc/sys/$1" ]; then
        found=$(cat "/proc/sys/$1")
    else
        found='not there'
    fi
    case " $3 " in
    *" $found "*)
        kept setting "$1"
        return 0
        ;;
    esac
    if only_told "$1 = $2 (it is $found): $4"; then return 0; fi
    [ "$found" != 'not there' ] || fail "this kernel has no setting $1"
    remember setting "$1" "$found"
    printf '%s\n' "$2" >"/proc/sys/$1" || fail "cannot set $1"
    done_so "$1 = $2 (it was $found): $4"
}

put_back_setting() {
    [ ! -e "/proc/sys/$1" ] || printf '%s\n' "$2" >"/proc/sys/$1"
}
