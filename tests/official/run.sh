#!/usr/bin/env bash
# Drives `questdesk serve` with the official clients, ouro-py and ouro-mcp, and says how many of its checks hold.
# Needs python3 (3.11 or newer) with venv, and PyPI once: the clients are kept in the target folder.
set -euo pipefail
cd "$(dirname "$0")/../.."

stop() { echo "official clients: $*" >&2; exit 1; }

python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
  || stop "python3, 3.11 or newer, is not here"
python3 -c 'import venv, ensurepip' 2>/dev/null || stop "python3 is here without its venv module"

home=${CARGO_TARGET_DIR:-target}/official-clients
wanted=tests/official/requirements.txt
if ! cmp -s "$wanted" "$home/installed.txt"; then
  rm -rf "$home"
  python3 -m venv "$home"
  "$home/bin/python" -m pip install -q --disable-pip-version-check --no-input -r "$wanted" \
    || stop "the clients cannot be installed: is PyPI in reach?"
  cp "$wanted" "$home/installed.txt"
fi

binary=${QUESTDESK:-}
if [ -z "$binary" ]; then
  cargo build --locked -q --bin questdesk
  binary=${CARGO_TARGET_DIR:-target}/debug/questdesk
fi
export PYTHONDONTWRITEBYTECODE=1
exec "$home/bin/python" -W ignore tests/official/main.py "$binary"
