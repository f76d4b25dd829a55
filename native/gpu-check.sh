#!/usr/bin/env bash
# Checks the native core on a GPU, with nothing but this repository's native/ and a libtorch, such as that of Python's torch:
#
#   native/gpu-check.sh [--device cuda:0] [--libtorch DIR] [--build DIR] [--report FILE] [--quick]
#
# --libtorch  a libtorch from 2.10 on; else that of python3's torch
# --build     a folder in which the tests are built already
# --quick     tiny models and few tests, to try the script itself: with --device sim:0 on a machine without GPUs
#
# One report, on standard output and in FILE (gpu-check.txt): what the machine is, the tests on the device, CPU against device
# (each kernel and 20 steps of training, in float32 and TF32), one device against two, the all-reduce of two, speed beside PyTorch where
# python3 has it, and the kernels of a step.
# Ten minutes at most besides building. The exit code is 0 when nothing failed.
set -uo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
device=cuda:0 libtorch='' build='' report=gpu-check.txt quick=''
while [ $# -gt 0 ]; do
  case $1 in
    --device) device=${2:?} && shift 2 ;;
    --libtorch) libtorch=${2:?} && shift 2 ;;
    --build) build=${2:?} && shift 2 ;;
    --report) report=${2:?} && shift 2 ;;
    --quick) quick=yes && shift ;;
    *) echo "gpu-check: $1 is unknown; see the first lines of $0" >&2 && exit 2 ;;
  esac
done
kind=${device%%:*}
[ "$device" != "$kind" ] || [ "$kind" = cpu ] || device=$kind:0
patience=1
[ -z "$quick" ] || patience=4 # the device is simulated, on processors that others use too
end=$((SECONDS + 600 * patience))
failed=()
[ "${GPU_CHECK_GOES_ON:-}" = yes ] || : >"$report"

say() {
  printf '%s\n' "$@" | tee -a "$report"
}

# step SECONDS TITLE COMMAND...: runs a command within the time, its output into the report
step() {
  local limit=$(($1 * patience)) title=$2 code
  shift 2
  say "" "== $title"
  if [ "$limit" -gt $((end - SECONDS)) ]; then
    limit=$((end - SECONDS))
  fi
  if [ "$limit" -le 0 ]; then
    say "left out: the ten minutes are over"
    return 0
  fi
  [ "$(type -t "$1")" != function ] || set -- bash -c "$(declare -f; declare -p root 2>/dev/null); \"\$@\"" _ "$@" # timeout runs programs
  timeout --kill-after=10 "$limit" "$@" 2>&1 | tee -a "$report"
  code=${PIPESTATUS[0]}
  [ "$code" -ne 124 ] || say "took longer than $limit s and was ended"
  [ "$code" -eq 0 ] || failed+=("$title")
  return "$code"
}

has_torch() {
  python3 -c 'import torch' >/dev/null 2>&1
}

machine() {
  date -u '+%Y-%m-%d %H:%M UTC'
  grep -m 1 'model name' /proc/cpuinfo
  if command -v nvidia-smi >/dev/null; then
    nvidia-smi --query-gpu=index,name,driver_version,memory.total,memory.free,compute_cap --format=csv
    nvidia-smi topo -m
  else
    echo "there is no nvidia-smi here"
  fi
  python3 -c 'import torch; print("python: torch", torch.__version__, "CUDA", torch.version.cuda, "NCCL", torch.cuda.is_available() and torch.cuda.nccl.version())' 2>/dev/null ||
    echo "python3 has no torch: no speed of PyTorch's own"
}

compile() {
  cmake -S "$root" -B "$build" -DLIBTORCH="$libtorch" -DCMAKE_BUILD_TYPE=Release --log-level=WARNING &&
    cmake --build "$build" --parallel
}

devices() {
  case $kind in
    cuda) nvidia-smi -L 2>/dev/null | grep -c '^GPU' ;;
    sim) echo 2 ;;
    *) echo 1 ;;
  esac
}

say "Trireme on $device"
step 30 "machine" machine
if [ -z "$build" ]; then
  build=$PWD/build-gpu-check
  if [ -z "$libtorch" ]; then
    has_torch || { say "python3 has no torch; install it, or give a libtorch with --libtorch DIR" && exit 2; }
    libtorch=$(python3 -c 'import os, torch; print(os.path.dirname(torch.__file__))')
  fi
  say "" "== building with $libtorch in $build"
  compile >"$report.build" 2>&1 || { tail -n 40 "$report.build" | tee -a "$report" && say "the build failed" && exit 1; }
  end=$((SECONDS + 600 * patience)) # a first build takes as long as it takes
fi
check=$build/native/device_check
tests='^(kernels_aten|stage|gradient_buckets|generation|pipeline)_test$'
shapes=(gpt2 llama-1b)
steps=10 tokens=64
if [ -n "$quick" ]; then
  tests='^stage_test$'
  shapes=(tiny)
  steps=2 tokens=4
fi
export OMP_WAIT_POLICY=PASSIVE
[ "$kind" != sim ] || export OMP_NUM_THREADS=1 # its operators are the CPU's

peer=
[ "$kind" = sim ] || ! has_torch || peer=$root/native/test/gpu_peer.py

for precision in float32 tf32; do
  step 60 "each kernel, CPU against $device, $precision" env TRIREME_DEVICE="$device" TRIREME_PRECISION="$precision" "$build/native/kernels_aten_test"
  step 60 "20 steps of training, CPU against $device, $precision" "$check" steps "$device" "$precision"
done
step 180 "tests on $device" env TRIREME_DEVICE="$device" TRIREME_PAIRWISE=1 ctest --test-dir "$build" -R "$tests" --timeout $((150 * patience)) --output-on-failure
if [ "$(devices)" -gt 1 ]; then
  step 60 "20 steps of training, $kind:0 against a stage on $kind:0 and one on $kind:1" "$check" split "$kind:0" "$kind:1"
else
  say "" "there is one device: none is compared with two"
fi
if [ -n "$peer" ] && { [ "$kind" != cuda ] || [ "$(devices)" -gt 1 ]; }; then
  step 60 "all-reduce, PyTorch" python3 "$peer" all-reduce "$kind"
fi
for shape in "${shapes[@]}"; do
  for precision in float32 tf32; do
    step 60 "training $shape in $precision, Trireme" "$check" train "$device" "$shape" "$precision" "$steps"
    [ -z "$peer" ] || step 60 "training $shape in $precision, PyTorch" python3 "$peer" train "$device" "$shape" "$precision" "$steps"
    [ "$kind" = cuda ] || break
  done
  step 60 "decoding $shape, Trireme" "$check" decode "$device" "$shape" float32 "$tokens"
  [ -z "$peer" ] || step 60 "decoding $shape, PyTorch" python3 "$peer" decode "$device" "$shape" float32 "$tokens"
done
step 60 "the kernels of a step of ${shapes[0]}" "$check" profile "$device" "${shapes[0]}" float32

say ""
if [ ${#failed[@]} -eq 0 ]; then
  [ "${GPU_CHECK_GOES_ON:-}" = yes ] || say "nothing failed; the report is $report"
else
  say "${#failed[@]} failed:" "${failed[@]/#/  }"
  exit 1
fi
