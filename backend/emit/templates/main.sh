
set -eu
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
mode=apply
missing=0
case $#${1-} in
0) ;;
1--check) mode=check ;;
1--undo) mode=undo ;;
1-h | 1--help)
    usage
    exit 0
    ;;
*)
    usage >&2
    exit 2
    ;;
esac
if [ "$mode" != check ] && [ "$(id -u)" != 0 ]; then fail "only root can do this"; fi
if [ "$mode" = undo ]; then
    undo
else
    steps
fi
exit "$missing"
