#!/bin/sh
# Lints a cluster with many faults, as text and as JSON, and holds the output against what lies beside its files.
# usage: cluster.sh LBCTL FOLDER [--update]
set -u
lbctl=$(realpath "$1")
cd "$2" || exit 2
status=0
for format in text json; do
  got=$("$lbctl" lint --cluster --format $format lb1.conf lb2.conf 2>&1; echo "exit $?")
  if [ "${3:-}" = --update ]; then printf '%s\n' "$got" >expected.$format; fi
  printf '%s\n' "$got" | diff -u expected.$format - || status=1
done
exit $status
