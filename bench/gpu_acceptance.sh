#!/usr/bin/env bash
# The acceptance on a machine with a GPU, in one call of less than 8 minutes: bench/gpu_acceptance.py says what it does.
#
#   WHEELS=.whl OUT=/tmp/acceptance bash bench/gpu_acceptance.sh
#
# PYTHON names the interpreter with torch and triton (python3). WHEELS is a folder with wheels of what the image lacks:
# nothing is fetched, and the machine needs no way out. OUT, if set, is a folder that gets three files: table.txt,
# results.jsonl (all that every probe told) and logs.tar.gz (the logs of the failures).
# Exit status: 0 all held, 1 something did not, 2 it could not begin, 3 no GPU is here.
#
# The wheels (18 MiB) for an image with Python 3.12 on x86-64, made on a machine that can reach a package index; other
# needs of logsleuth (fastapi, uvicorn, ...) are those of its server, which this leaves alone:
#
#   python3 -m pip download --no-deps --only-binary=:all: --python-version 3.12 --implementation cp \
#     --platform manylinux_2_28_x86_64 --platform manylinux_2_27_x86_64 --platform manylinux_2_17_x86_64 \
#     --platform manylinux2014_x86_64 --platform manylinux1_x86_64 -d .whl \
#     cachetools cramjam drain3-improved hyperscan jsonpickle msgspec orjson pcre2 zstandard
#
# Where the image lacks them too: packaging pyyaml regex rich typer nvidia-ml-py pytest.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
whole_s=465 # what is left of 8 minutes is for the end: freeing the card, packing the logs

export PYTHONPATH="$root${PYTHONPATH:+:$PYTHONPATH}"
export LOGSLEUTH_CACHE="$work/cache" TOKENIZERS_PARALLELISM=false PYTHONUNBUFFERED=1
export LOGS="$work/logs"
unset CC CXX # one of the failures is that no compiler is found
mkdir -p "$LOGS"
if [[ -n ${OUT:-} ]]; then
  mkdir -p "$OUT"
fi

if [[ -n ${WHEELS:-} ]]; then
  if ! "$python" -m pip install -q --no-index --no-deps --no-compile --no-cache-dir --disable-pip-version-check \
    --target "$work/site" "$WHEELS"/*.whl; then
    echo "the wheels in $WHEELS could not be installed" >&2
    exit 2
  fi
  PYTHONPATH="$PYTHONPATH:$work/site"
fi

if ! "$python" -c 'import drain3, hyperscan, pcre2, zstandard, logsleuth.api, logsleuth.probing'; then
  echo "logsleuth cannot be imported by $python: put wheels of what is missing into a folder and name it in WHEELS" >&2
  exit 2
fi

status=0
limit_s=$((whole_s - SECONDS))
export ALLOWED_S=$((limit_s - 20))
timeout --kill-after=5 "$limit_s" "$python" "$root/bench/gpu_acceptance.py" | tee "$LOGS/table.txt" || status=$?
if [[ $status -eq 124 || $status -eq 137 ]]; then
  echo "it ran out of its $limit_s seconds" >&2
  status=1
fi
if [[ -n ${OUT:-} ]]; then
  (cd "$LOGS" && cp -f ./*.txt ./*.jsonl "$OUT" 2>/dev/null) || true
  tar -C "$LOGS" --exclude=broken --exclude=tools -czf "$OUT/logs.tar.gz" . || true
fi
exit "$status"
