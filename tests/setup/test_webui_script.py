"""webui.sh in a small copy of the program, with a package made here in place of the real ones."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="webui.sh is not for Windows")


def test_a_fresh_copy_is_set_up_and_started(fresh_copy):
    done = fresh_copy.start("--port", "1234", "--medvram")

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "started --port 1234 --medvram"
    assert fresh_copy.installed_version() == "1.0"


def test_exit_ends_after_the_set_up(copy):
    copy.write("requirements.txt", "easelthing==2.0\n")
    done = copy.start("--exit")
    assert done.returncode == 0, done.stderr
    assert "started" not in done.stdout
    assert copy.installed_version() == "2.0"


def test_a_second_start_installs_nothing_and_is_quick(copy):
    shutil.rmtree(copy.wheels)
    seconds = []
    for _ in range(3):
        before = time.perf_counter()
        done = copy.start()
        seconds.append(time.perf_counter() - before)
        assert done.stdout == "started\n"
    assert min(seconds) < 1.5  # 0.15 s on a quiet machine


def test_changed_requirements_are_installed(copy):
    copy.write("requirements.txt", "easelthing==2.0\n")
    assert copy.start().stdout.endswith("started\n")
    assert copy.installed_version() == "2.0"


def test_it_runs_through_a_symbolic_link_from_anywhere(copy, tmp_path):
    link, second = tmp_path / "start easel", tmp_path / "again"
    link.symlink_to(copy.folder / "webui.sh")
    second.symlink_to("start easel")
    assert copy.start("a b", script=second, cwd=tmp_path).stdout == "started a b\n"


def test_the_users_settings_are_read(copy):
    (copy.folder / "venv").rename(copy.folder / "my env")
    copy.write("webui-user.sh", 'export COMMANDLINE_ARGS="--exit $UNSET_BY_THE_USER"\nvenv_dir="my env"\n')
    done = copy.start()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_wishes_of_a_pip_configuration_do_no_harm(copy, tmp_path):
    (tmp_path / "pip.conf").write_text("[global]\nuser = true\n")
    copy.write("requirements.txt", "easelthing==2.0\n")
    copy.start("--exit", PIP_CONFIG_FILE=str(tmp_path / "pip.conf"))
    assert copy.installed_version() == "2.0"


def test_root_and_the_old_way_to_allow_it_are_fine(copy):
    assert copy.start("-f").stdout == "started -f\n"


def test_the_exit_code_is_the_programs(copy):
    copy.write("webui.py", "import sys; sys.exit(7)")
    assert copy.start().returncode == 7


def test_a_bad_value_is_one_sentence_before_anything_is_installed(fresh_copy):
    done = fresh_copy.start("--port", "abc")
    assert done.returncode == 2
    assert done.stderr.startswith("--port takes a whole number")
    assert len(done.stderr.splitlines()) == 1
    assert not (fresh_copy.folder / "venv").exists()


def test_help_is_shown_once(copy):
    done = copy.start("--help")
    assert done.returncode == 0
    assert done.stdout.count("--no-half-vae") >= 1 and "started" not in done.stdout


def test_nothing_is_installed_when_so_asked(fresh_copy):
    done = fresh_copy.start("--skip-install")
    assert done.stdout == "started --skip-install\n", done.stderr
    assert not (fresh_copy.folder / "venv").exists()


def test_the_program_is_started_again_while_it_asks_for_it(copy):
    program = """
import os, pathlib
again = os.environ.get("SD_WEBUI_RESTARTING")
print("again" if again else "first", flush=True)
if not again:
    pathlib.Path(os.environ["SD_WEBUI_RESTART"]).touch()
"""
    copy.write("webui.py", program)
    (copy.folder / "tmp").mkdir()
    (copy.folder / "tmp" / "restart").touch()  # left behind by a crash; must not count
    done = copy.start()
    assert done.stdout.splitlines()[-2:] == ["first", "again"]
    assert not (copy.folder / "tmp" / "restart").exists()


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP], ids=["TERM", "HUP"])
def test_a_signal_ends_the_program_too(copy, sent):
    copy.write("webui.py", "import os, time; print(os.getpid(), flush=True); time.sleep(60)")
    script = subprocess.Popen([copy.folder / "webui.sh"], env=copy.environ(), stdout=subprocess.PIPE, text=True)
    program = int(script.stdout.readline())
    script.send_signal(sent)
    script.wait(40)
    with pytest.raises(ProcessLookupError):
        os.kill(program, 0)


def test_the_terminals_interrupt_reaches_the_program_once(copy):
    program = """
import signal, sys, time
caught = []
signal.signal(signal.SIGINT, lambda *_: caught.append(1))
print("ready", flush=True)
while not caught: time.sleep(0.01)
time.sleep(0.3)
sys.exit(40 + len(caught))
"""
    copy.write("webui.py", program)
    pid, terminal = os.forkpty()
    if pid == 0:
        os.execve(copy.folder / "webui.sh", ["webui.sh"], copy.environ())
    assert b"ready" in os.read(terminal, 1000)
    os.write(terminal, b"\x03")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 41
    os.close(terminal)


# --- set-ups that fail or are cut short ---------------------------------------------------------------------------


def test_a_python_that_is_too_old_is_refused(fresh_copy):
    old = fresh_copy.folder / "old-python"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && exec echo Python 3.8.1\nexit 1\n')
    old.chmod(0o755)
    done = fresh_copy.start(python_cmd=str(old))
    assert done.returncode == 1
    assert "Python 3.8.1" in done.stderr and "3.11 or newer" in done.stderr


def test_no_python_at_all_is_one_message(fresh_copy, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("bash", "dirname", "readlink", "rm"):
        (tools / tool).symlink_to(shutil.which(tool))
    done = fresh_copy.start(PATH=str(tools))
    assert done.returncode == 1
    assert "no Python 3" in done.stderr and "sudo apt install" in done.stderr


def test_a_python_without_venv_is_told_what_to_install(fresh_copy):
    fake = fresh_copy.folder / "python-without-venv"
    fake.write_text(f'#!/bin/sh\nPYTHONPATH="{fresh_copy.folder}/fake" exec {sys.executable} "$@"\n')
    fake.chmod(0o755)
    (fresh_copy.folder / "fake").mkdir()
    fresh_copy.write("fake/sitecustomize.py", "import sys; sys._base_executable = sys.argv[0] and sys.executable")
    fresh_copy.write("fake/venv.py", "import sys; sys.exit('Error: ensurepip is not available')")
    done = fresh_copy.start(python_cmd=str(fake))
    assert done.returncode == 1
    assert "-venv" in done.stderr and "Traceback" not in done.stderr


def test_a_package_that_does_not_exist_is_one_message(copy):
    copy.write("requirements.txt", "easelthing==9.9\n")
    done = copy.start()
    assert done.returncode == 1
    assert "There is no easelthing==9.9 for Python" in done.stderr
    assert "tmp/setup.log" in done.stderr and "started" not in done.stdout
    copy.write("requirements.txt", "easelthing==1.0\n")
    assert copy.start().stdout.endswith("started\n")


def test_a_download_that_fails_is_one_message(copy):
    index = "http://127.0.0.1:9/simple"  # nothing listens there
    copy.write("requirements.txt", "easelthing==2.0\n")
    done = copy.start(PIP_NO_INDEX="", PIP_FIND_LINKS="", INDEX_URL=index, PIP_RETRIES="1")
    assert done.returncode == 1
    assert "A download failed. Check the connection" in done.stderr


def test_a_set_up_that_was_killed_goes_on(copy):
    (copy.folder / "venv" / "easel-unfinished").touch()
    module = next((copy.folder / "venv").glob("lib/*/site-packages/easelthing.py"))
    module.unlink()
    module.write_text("")  # cut short by the kill
    assert "cut short" in copy.start("--exit").stdout
    assert copy.installed_version() == "1.0"
    assert "cut short" not in copy.start("--exit").stdout


def test_a_half_made_environment_is_made_again(fresh_copy):
    (fresh_copy.folder / "venv" / "bin").mkdir(parents=True)
    (fresh_copy.folder / "venv" / "lib").mkdir()
    (fresh_copy.folder / "venv" / "bin" / "python").symlink_to(sys.executable)
    fresh_copy.start("--exit")
    assert fresh_copy.installed_version() == "1.0"


def test_an_environment_whose_python_is_gone_is_made_again(copy):
    python = copy.folder / "venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python")
    assert copy.start().stdout.endswith("started\n")


def test_a_folder_with_other_things_is_not_cleared(fresh_copy):
    (fresh_copy.folder / "photos").mkdir()
    fresh_copy.write("photos/holiday.txt", "mine")
    done = fresh_copy.start(venv_dir="photos")
    assert done.returncode == 2
    assert "holds other things than a virtual environment" in done.stderr
    assert (fresh_copy.folder / "photos" / "holiday.txt").read_text() == "mine"


def test_killing_it_at_any_moment_loses_nothing(fresh_copy):
    for delay in (0.3, 1.0, 2.5):
        script = subprocess.Popen(
            [fresh_copy.folder / "webui.sh", "--exit"],
            env=fresh_copy.environ(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(delay)
        os.killpg(script.pid, signal.SIGKILL)
        script.wait()
    done = fresh_copy.start()
    assert done.stdout.endswith("started\n"), done.stderr
    assert fresh_copy.installed_version() == "1.0"


def test_two_set_ups_at_once_do_not_disturb_each_other(fresh_copy):
    scripts = [
        subprocess.Popen([fresh_copy.folder / "webui.sh"], env=fresh_copy.environ(), stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    outputs = [script.communicate(timeout=60)[0] for script in scripts]
    assert [script.returncode for script in scripts] == [0, 0]
    assert all(output.endswith("started\n") for output in outputs)
    assert sum("Making the virtual environment" in output for output in outputs) == 1
