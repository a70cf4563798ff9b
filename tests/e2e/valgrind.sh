#!/usr/bin/env bash
# A small simulation with transfers, failures and every order under valgrind, which sees what the
# sanitizers do not: SimGrid is not instrumented. valgrind.sh BUILD
set -euo pipefail
build=$(cd "$1" && pwd)
scenario=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/small.yaml
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
# Simulations are children: each has a log of its own. SimGrid keeps globals until the end, so
# memory that is still reachable is no leak.
valgrind --quiet --trace-children=yes --error-exitcode=9 --leak-check=full \
  --show-leak-kinds=definite --errors-for-leak-kinds=definite --log-file="$log/%p" \
  "$build/tandem" simulate "$scenario" -o "$log/out" --quiet >"$log/table" || {
  cat "$log"/[0-9]*
  exit 1
}
if [ -n "$(cat "$log"/[0-9]*)" ]; then
  cat "$log"/[0-9]*
  exit 1
fi
head -n 2 "$log/table"
echo "valgrind: clean, $(ls "$log"/[0-9]* | wc -l) processes"
