# shellcheck shell=bash
# Sourced by webui.sh and test.sh: the user's settings, a Python, and the packages.
: "${program:?}" # the folder of webui.sh

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# Print the Python to make the virtual environment with: python_cmd, or the first that is 3.11 or newer.
find_python() {
    local candidate version
    if [ -n "${python_cmd:-}" ]; then
        if is_new_enough "$python_cmd" || [[ " $* ${COMMANDLINE_ARGS:-} " == *" --skip-python-version-check "* ]]; then
            printf '%s' "$python_cmd"
            return
        fi
        version=$("$python_cmd" --version 2>&1) || version="not a Python that runs"
        fail "python_cmd=$python_cmd is ${version}. Easel needs Python 3.11 or newer: change python_cmd in webui-user.sh."
    fi
    for candidate in python3.13 python3.12 python3.11 python3 python; do
        if is_new_enough "$candidate"; then
            printf '%s' "$candidate"
            return
        fi
    done
    version=$(python3 --version 2>/dev/null) || version="no Python 3"
    fail "Easel needs Python 3.11 or newer, and here is ${version}." \
        "Install one (Debian, Ubuntu: sudo apt install python3 python3-venv; macOS: brew install python@3.12;" \
        "else from python.org) and start again. python_cmd in webui-user.sh may name its path."
}

# Read webui-user.sh.
read_user_settings() {
    set +u # the file is the user's
    # shellcheck source=/dev/null
    if [ -f "$program/webui-user.sh" ]; then . "$program/webui-user.sh"; fi
    set -u
    export COMMANDLINE_ARGS venv_dir LAUNCH_SCRIPT TORCH_COMMAND TORCH_INDEX_URL INDEX_URL REQS_FILE XFORMERS_PACKAGE
    : "${COMMANDLINE_ARGS=}" "${venv_dir=venv}"
}

# Set `python` to the Python that has the packages, after installing what is missing. Ends the script if it cannot.
prepare_environment() {
    local code
    case $venv_dir in
        -) python= ;;
        /*) python=$venv_dir/bin/python ;;
        *) python=$program/$venv_dir/bin/python ;;
    esac
    local maker=$python
    if ! is_new_enough "$maker"; then maker=$(find_python "$@") || exit 1; fi
    (cd "$program" && exec "$maker" -m modules.setup "$@") && code=0 || code=$?
    [ "$code" -eq 3 ] && exit 0
    [ "$code" -eq 0 ] || exit "$code"
    [ -x "$python" ] || python=$maker
}
