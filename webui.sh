#!/usr/bin/env bash
# Starts Easel, after setting it up when that is needed. Flags: docs/flags.md. Your own settings: webui-user.sh.
set -u

here=${BASH_SOURCE[0]}
while [ -L "$here" ]; do
    target=$(readlink "$here")
    case $target in /*) here=$target ;; *) here=$(dirname "$here")/$target ;; esac
done
program=$(cd "$(dirname "$here")" && pwd)
. "$program/modules/setup/environment.sh"

read_user_settings
prepare_environment "$@"

script=$program/${LAUNCH_SCRIPT:-webui.py}
[ -f "$script" ] || script=$program/webui.py # such as the launch.py of an old webui-user.sh

# The program asks to be started again by leaving tmp/restart behind.
export SD_WEBUI_RESTART=$program/tmp/restart
rm -f "$SD_WEBUI_RESTART"
while true; do
    # In the background, so that a signal to this script reaches the program at once.
    (trap - INT && exec "$python" "$script" "$@") <&0 &
    child=$!
    trap 'kill -TERM "$child" 2>/dev/null' TERM HUP
    trap : INT # a terminal sends it to both
    wait "$child" && code=0 || code=$?
    while kill -0 "$child" 2>/dev/null; do wait "$child" && code=0 || code=$?; done
    [ -f "$SD_WEBUI_RESTART" ] || exit "$code"
    rm -f "$SD_WEBUI_RESTART"
    export SD_WEBUI_RESTARTING=1
done
