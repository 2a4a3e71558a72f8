#!/usr/bin/env bash
# Sets up what the tests need, then runs the linters and the tests, several at a time: ./test.sh
# With arguments, these tests only, one after the other: ./test.sh tests/unit -k flags
set -u

program=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$program/modules/setup/environment.sh"

# Set EASEL_CHROMIUM to a browser for the tests that click.
provide_browser() {
    local candidate
    [ -x "${EASEL_CHROMIUM:-}" ] && return
    if ! find_browser && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        echo "Installing chromium"
        mkdir -p "$program/tmp"
        {
            DEBIAN_FRONTEND=noninteractive apt-get update &&
                DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium fonts-dejavu-core
        } >"$program/tmp/browser.log" 2>&1 </dev/null || tail -n 5 "$program/tmp/browser.log"
        find_browser
    fi
    [ -n "${EASEL_CHROMIUM:-}" ] && return
    echo "Installing Playwright's browser"
    "$python" -m playwright install chromium || echo "No browser could be installed: tests that need one will fail." >&2
    candidate=$("$python" -c 'from playwright.sync_api import sync_playwright
with sync_playwright() as playwright: print(playwright.chromium.executable_path)' 2>/dev/null)
    [ -x "$candidate" ] && export EASEL_CHROMIUM=$candidate
}

find_browser() {
    local candidate
    for candidate in chromium chromium-browser google-chrome google-chrome-stable \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
        "/Applications/Chromium.app/Contents/MacOS/Chromium"; do
        candidate=$(command -v "$candidate") || continue
        export EASEL_CHROMIUM=$candidate
        return
    done
    return 1
}

# Run a linter, and remember its failure for the end.
lint() {
    echo "== $*"
    "$tools/$1" "${@:2}" || failed="${failed:+$failed, }$1"
}

# pyright brings no Node.js along and cannot run everywhere.
check_types() {
    if "$tools/pyright" --version >/dev/null 2>&1; then
        lint pyright
    else
        echo "pyright cannot run here, so types are not checked." >&2
    fi
}

# Print how many tests to run at a time: one for each core, at most four, for each of them holds models in memory.
# Set EASEL_TEST_WORKERS to another number.
count_workers() {
    local cores
    # nproc would take OMP_NUM_THREADS for the number of cores.
    cores=$(env -u OMP_NUM_THREADS nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
    echo "${EASEL_TEST_WORKERS:-$((cores < 4 ? cores : 4))}"
}

export EASEL_TEST_PACKAGES=1
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}" # the models are tiny: threads would mostly wait for each other
read_user_settings
export COMMANDLINE_ARGS= # the user's flags are not for the tests
# shellcheck disable=SC2119 # nor are the arguments of pytest
prepare_environment
unset COMMANDLINE_ARGS EASEL_TEST_PACKAGES
provide_browser

cd "$program" || exit 1
tools=$("$python" -c 'import sysconfig; print(sysconfig.get_path("scripts"))')
failed=
if [ $# -eq 0 ]; then
    lint ruff check .
    lint ruff format --check .
    lint lint-imports
    lint shellcheck -x webui.sh test.sh modules/setup/environment.sh .ci/run
    check_types
    workers=$(count_workers)
    # A file's tests stay together, for they share servers and models, and those that click stay last.
    if [ "$workers" -gt 1 ]; then set -- -n "$workers" --dist loadfile --no-loadscope-reorder; fi
fi

echo "== pytest"
"$python" -m pytest "$@"
code=$?
if [ -n "$failed" ]; then echo "These complained, see above: $failed" >&2; fi
[ "$code" -eq 0 ] && [ -n "$failed" ] && exit 1
exit "$code"
