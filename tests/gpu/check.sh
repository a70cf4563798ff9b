#!/usr/bin/env bash
# Everything that a machine with a GPU can check, in one call of at most nine minutes: builds against
# the LibTorch of its python3, runs the tests, trains and serves on the GPU, measures, and prints one
# table.
# Packages that `./dev gpu pack` has collected in .gpu are put where none are. Results: $OUT, or
# results/gpu.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

out=${OUT:-results/gpu}
mkdir -p "$out"
begun=$SECONDS
lasts=${TANDEM_GPU_SECONDS:-540}
left() { echo $((lasts - (SECONDS - begun))); }

# A package's files, where this machine has no file of that name.
put_packages() {
  [ -d .gpu ] || return 0
  local root
  root=$(mktemp -d)
  for package in .gpu/*.deb; do dpkg -x "$package" "$root"; done
  cp -an "$root/." / && ldconfig
}

# row NAME RESULT: a line of the table.
row() { printf '%-44s %s\n' "$1" "$2" | tee -a "$out/table.txt"; }

# part NAME COMMAND…: runs it in the time that is left; its output goes to a file of that name.
part() {
  local name=$1 status
  shift
  if [ "$(left)" -lt 20 ]; then
    row "$name" "not run: no time left"
    return 1
  fi
  timeout "$(left)" "$@" >"$out/$name.log" 2>&1
  status=$?
  if [ $status -eq 0 ]; then row "$name" ok; else row "$name" "failed ($status), see $name.log"; fi
  return $status
}

: >"$out/table.txt"
row device "$(nvidia-smi --query-gpu=name,memory.total --format=csv,noheader 2>/dev/null || echo 'no GPU')"
put_packages
torch=${TORCH_ROOT:-$(python3 -c 'import os, torch; print(os.path.dirname(torch.__file__))')}
row LibTorch "$(sed -n 's/.*TORCH_VERSION \(.*\)$/\1/p' "$torch/include/torch/headeronly/version.h" \
  "$torch/include/torch/csrc/api/include/torch/version.h" 2>/dev/null | head -1) in $torch"
# The libraries that a wheel finds in its neighbours.
LD_LIBRARY_PATH=$(find "$(dirname "$torch")/nvidia" -name lib -type d 2>/dev/null | paste -sd:)
export LD_LIBRARY_PATH=$torch/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} CUBLAS_WORKSPACE_CONFIG=:4096:8

targets="unit_train unit_layouts unit_parallel unit_collective unit_infer unit_gpu_training
  unit_gpu_decoding bench_gpu_training bench_gpu_decoding tandem tandem-sim tandem-run tandem-worker"
part configure cmake --preset release -B build/gpu -DTORCH_ROOT="$torch" -DTANDEM_CUDA=ON \
  -DTANDEM_EXECUTOR=ON -DBUILD_TESTING=ON || exit 1
part build cmake --build build/gpu -j "$(nproc)" --target $targets || exit 1
for what in training decoding; do
  part "tests-of-$what-on-gpu" "build/gpu/unit_gpu_$what"
  row "" "$(grep -E '^\[  (PASSED|SKIPPED|FAILED)' "$out/tests-of-$what-on-gpu.log" | head -2 | paste -sd' ')"
done
part tests-of-collectives build/gpu/unit_collective
part tests-of-the-trainer build/gpu/unit_train
part tests-of-the-served-model build/gpu/unit_infer
part run-on-gpu python3 tests/gpu/run_on_gpu.py build/gpu
part decoding build/gpu/bench_gpu_decoding --benchmark_counters_tabular=true
part decoding-by-others python3 tests/gpu/decoding.py
part throughput build/gpu/bench_gpu_training --benchmark_counters_tabular=true
part pytorch python3 tests/gpu/pytorch.py
grep -hE '^(train|decode|prefill)/' "$out/decoding.log" "$out/throughput.log" | tee -a "$out/table.txt"
grep -h '^{' "$out/decoding-by-others.log" "$out/pytorch.log" | tee -a "$out/table.txt"
row "seconds" "$((SECONDS - begun))"
! grep -q failed "$out/table.txt"
