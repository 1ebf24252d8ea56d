#!/bin/bash
# The program is built so that a mistake in memory ends it: what CMakeLists.txt asks of compiler and linker is in the file.
#   hardening.sh LBCTL CONFIGURATION LIBRARY...
# The libraries are the static ones that lbctl's own code is linked from: what Debian built into the program is hardened
# anyway, and proves nothing.
# Other configurations than the optimised ones are built without (exit 77).
set -uo pipefail
export LC_ALL=C
lbctl=$1
libraries=("${@:3}")
case ${2-} in
    Release | RelWithDebInfo | MinSizeRel) ;;
    *) echo "SKIP: ${2:-no configuration} is built without" && exit 77 ;;
esac
command -v readelf >/dev/null || { echo "SKIP: no readelf" && exit 77; }
failed=0
header=$(readelf -hW "$lbctl")
segments=$(readelf -lW "$lbctl")
dynamic=$(readelf -dW "$lbctl")
symbols=$(readelf --dyn-syms -W "$lbctl")
notes=$(readelf -nW "$lbctl")

# holds WHAT TEXT PATTERN, lacks WHAT TEXT PATTERN
holds() { grep -Eq -- "$3" <<<"$2" || { echo "missing: $1" && failed=1; }; }
lacks() { ! grep -Eq -- "$3" <<<"$2" || { echo "there is: $1" && failed=1; }; }

holds "a position-independent executable" "$header" 'Type: +DYN'
holds "a position-independent executable (DF_1_PIE)" "$dynamic" 'FLAGS_1.*PIE'
holds "a part that is read-only after relocation" "$segments" 'GNU_RELRO'
holds "all symbols bound at the start (BIND_NOW)" "$dynamic" 'BIND_NOW|FLAGS_1.*NOW'
holds "a stack segment" "$segments" 'GNU_STACK'
lacks "an executable stack" "$segments" 'GNU_STACK.* RWE? *E '
lacks "a segment that is written and executed" "$segments" ' LOAD .* RWE '
lacks "relocations in the code" "$dynamic" 'TEXTREL'
lacks "a search path for libraries" "$dynamic" 'RPATH|RUNPATH'
holds "stack protector" "$symbols" '__stack_chk_fail'
holds "fortified functions" "$symbols" '__[a-z_]+_chk'
own=
for library in "${libraries[@]}"; do
    undefined=$(readelf -sW "$library" | grep ' UND ')
    own+=$undefined
    holds "stack protector in $library" "$undefined" '__stack_chk_fail'
    holds "assertions of the standard library in $library" "$undefined" 'glibcxx_assert_fail'
done
holds "fortified functions in lbctl's own code" "$own" '__[a-z_]+_chk'
case $header in
    *X86-64*)
        holds "the mark of a shadow stack" "$notes" 'SHSTK'
        for library in "${libraries[@]}"; do
            objects=$(ar t "$library" | wc -l)
            protected=$(readelf -nW "$library" | grep -c 'IBT, SHSTK')
            ((objects == protected)) || { echo "control flow is protected in $protected of $objects objects of $library" && failed=1; }
        done
        ;;
esac
exit $failed
