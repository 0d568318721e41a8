#!/bin/sh
# Runs format, lint, types, contracts, checks of security and all tests; installs first what they need.
# sh test.sh [pytest arguments]; with arguments only pytest runs.
set -eu
cd "$(dirname "$0")"

. ./.ci/environment.sh
prepare_environment requirements-dev.txt

postgres=/usr/lib/postgresql/15/bin
wanted=""
[ -x /usr/bin/redis-server ] || wanted="$wanted redis-server"
[ -x /usr/bin/chromium ] || wanted="$wanted chromium"
[ -x $postgres/initdb ] || wanted="$wanted postgresql-15"
ls /usr/share/fonts/opentype/noto/NotoSansCJK* >/dev/null 2>&1 || wanted="$wanted fonts-noto-cjk"
# shellcheck disable=SC2086
[ -z "$wanted" ] || install_packages $wanted
# Pages alone, without the windows around them, which cost much. Without it tests do with Chromium itself.
[ -x /usr/bin/chromium-headless-shell ] || install_packages chromium-headless-shell || echo "tests go on without it"

# Some machines forbid it, and then each of the many processes compiles all modules anew.
unset PYTHONDONTWRITEBYTECODE

# A PostgreSQL of our own in a temporary folder; it refuses to run as root.
folder=$(mktemp -d)
chmod 755 "$folder"
as_postgres() { "$@"; }
if [ "$(id -u)" = 0 ]; then
    chown postgres "$folder"
    as_postgres() { runuser -u postgres -- "$@"; }
fi
types=
stop() {
    [ -z "$types" ] || kill "$types" 2>/dev/null || true
    as_postgres $postgres/pg_ctl -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM
as_postgres $postgres/initdb -D "$folder/data" -U tester -A trust -E UTF8 --locale=C >/dev/null
port=$(.venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
as_postgres $postgres/pg_ctl -D "$folder/data" -w -l "$folder/log" \
    -o "-p $port -k $folder -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c autovacuum=off" start >/dev/null
export TEST_POSTGRESQL_URL="postgresql+psycopg://tester@127.0.0.1:$port/postgres"

if [ $# -gt 0 ]; then
    .venv/bin/python -m pytest "$@"
    exit
fi
echo "format" && .venv/bin/ruff format --check .
echo "lint" && .venv/bin/ruff check .
# Types take longest of what is looked at, so the rest is done beside them.
.venv/bin/mypy app.py data queries dashboard benchmarks docs >"$folder/types" 2>&1 &
types=$!
echo "contracts" && .venv/bin/lint-imports
echo "careless code" && .venv/bin/python tests/careless_code.py
echo "known weaknesses" && .venv/bin/python tests/known_weaknesses.py
echo "types"
wait "$types" || { cat "$folder/types"; exit 1; }
types=
cat "$folder/types"
# One process more than there are processors: those of browsers mostly wait. tests/conftest.py says in which order files
# are shared out.
processes=$(($(nproc) + 1))
echo "tests" && .venv/bin/python -m pytest --numprocesses "$processes" --maxprocesses 4 --dist loadfile --no-loadscope-reorder
