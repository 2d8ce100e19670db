#!/usr/bin/env bash
# The acceptance on a machine with a GPU, in one call: bench/gpu_acceptance.py says what it does.
#
#   WHEELS=wheels bash bench/gpu_acceptance.sh
#
# PYTHON names the interpreter (python3). WHEELS is a folder with wheels of what the image lacks; nothing is fetched.
# OUT, if set, is a folder in which the logs of the failures are kept.
# Exit status: 0 all held, 1 something did not, 2 it could not begin, 3 no GPU is here.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

export PYTHONPATH="$root${PYTHONPATH:+:$PYTHONPATH}"
export LOGSLEUTH_CACHE="$work/cache" TOKENIZERS_PARALLELISM=false PYTHONUNBUFFERED=1
if [[ -n ${OUT:-} ]]; then
  mkdir -p "$OUT"
fi

if [[ -n ${WHEELS:-} ]]; then
  if ! "$python" -m pip install -q --no-index --no-deps --no-compile --target "$work/site" "$WHEELS"/*.whl; then
    echo "the wheels in $WHEELS could not be installed" >&2
    exit 2
  fi
  PYTHONPATH="$PYTHONPATH:$work/site"
fi

if ! "$python" -c 'import logsleuth.api'; then
  echo "logsleuth cannot be imported by $python: put wheels of what is missing into a folder and name it in WHEELS" >&2
  exit 2
fi

status=0
timeout --kill-after=10 475 "$python" "$root/bench/gpu_acceptance.py" || status=$?
if [[ $status -eq 124 || $status -eq 137 ]]; then
  echo "it ran out of its 475 seconds" >&2
  status=1
fi
exit "$status"
