#!/usr/bin/env bash
# Runs every libFuzzer target of a build for some seconds: run.sh BUILD SECONDS. New inputs go to
# the build tree; what breaks a target is left there as crash-*.
set -euo pipefail
build=$(cd "$1" && pwd)
seconds=$2
corpus=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/corpus
failed=0
for seeds in "$corpus"/*/; do
  target=$(basename "$seeds")
  found="$build/found/$target"
  mkdir -p "$found"
  if (cd "$found" && "$build/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 "$found" "$seeds" >log.txt 2>&1); then
    runs=$(awk '/number_of_executed_units/ {print $2}' "$found/log.txt")
    echo "$target: clean after ${seconds} s, $runs inputs"
  else
    echo "$target: FAILED, see $found/log.txt"
    tail -n 20 "$found/log.txt"
    failed=1
  fi
done
exit $failed
