# Shell functions shared by start.sh and test.sh; sourced, not run.

# A Python 3.11 or newer, by name.
find_python() {
    for name in python3.11 python3; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "Python 3.11 is needed: apt-get install python3.11 python3.11-venv" >&2
    return 1
}

# install_packages PACKAGE…: Debian packages, when this is root; else a message.
install_packages() {
    if [ "$(id -u)" != 0 ]; then
        echo "missing system packages; as root: apt-get install $*" >&2
        return 1
    fi
    echo "installing $* …"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# prepare_environment FILE: .venv with what FILE pins; does nothing when it is there already.
prepare_environment() {
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        install_packages python3-venv python3.11-venv
    fi
    if [ ! -x .venv/bin/python ]; then
        echo "making the virtual environment .venv …"
        "$python" -m venv .venv
    fi
    stamp=.venv/installed-$1-$(cat requirements*.txt | cksum | cut -d' ' -f1)
    if [ ! -e "$stamp" ]; then
        echo "installing $1 …"
        .venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$1"
        touch "$stamp"
    fi
}
