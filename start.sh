#!/bin/sh
# Starts the three screens: sets up what is missing, builds the demo city once, serves.
set -eu
cd "$(dirname "$0")"

site=""
if [ "${1:-}" = "--site" ]; then
    site="${2:?--site needs the name of a site in data/sites, or a folder}"
    shift 2
fi

if [ "${1:-}" = "--help" ] || [ "${1:-}" = "-h" ]; then
    cat <<'HELP'
sh start.sh [--site NAME] [--help]

Makes a virtual environment in .venv, installs requirements.txt, builds the demo city in var/demo
(once; under a minute) and serves wall, tablet and phone on port 8050.

--site shows another site of data/sites, such as s3_erqi, from databases of its own in var/demo/NAME.

To show your own databases instead of the demo city, set both addresses:
    CASE_DATABASE_URL=…  POPULATION_DATABASE_URL=…  sh start.sh

Everything else that can be set, with its default:
HELP
    if [ -x .venv/bin/python ]; then .venv/bin/python app.py --help; else
        echo "    (start once without --help, then python app.py --help prints the list)"
    fi
    exit 0
fi

. ./.ci/environment.sh
prepare_environment requirements.txt

if [ -z "${CASE_DATABASE_URL:-}" ] && [ -z "${POPULATION_DATABASE_URL:-}" ]; then
    .venv/bin/python -m data.demo ${site:+--site "$site"}
    exec .venv/bin/python app.py --demo ${site:+--site "$site"}
fi
exec .venv/bin/python app.py ${site:+--site "$site"}
