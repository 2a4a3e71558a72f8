import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from modules.core.errors import InputError
from modules.core.flag_kinds import Status
from modules.core.flags import PROGRAM_FOLDER, Flags, flag_fields, flag_info, flag_name, parse_flags

KNOWN = [shlex.split(line) for line in Path(__file__).with_name("known_flags.txt").read_text().splitlines()]


def parse(line="", **environ):
    return parse_flags(shlex.split(line), environ)


def test_no_flags_are_the_defaults():
    assert parse() == Flags()


@pytest.mark.parametrize("tokens", KNOWN, ids=lambda tokens: tokens[0])
def test_every_flag_of_a1111_and_forge_is_known(tokens):
    flags = parse_flags(tokens, {})

    assert not any("Unknown" in notice for notice in flags.notices)
    assert len(vars(flags)) == len(vars(Flags()))


def test_every_flag_of_the_table_is_in_the_known_list():
    assert {flag_name(entry) for entry in flag_fields()} == {tokens[0] for tokens in KNOWN}


@pytest.mark.parametrize("entry", flag_fields(), ids=lambda entry: entry.name)
def test_every_flag_is_explained_without_a_word_too_many(entry):
    assert 5 < len(flag_info(entry).help) < 100
    assert not flag_info(entry).help.endswith(".")


def test_names_become_attributes_as_in_a1111():
    flags = parse("--no-half-vae --medvram --port 7000 --use-cpu ALL interrogate --gradio-img2img-tool color-sketch")
    assert (flags.no_half_vae, flags.medvram, flags.lowvram) == (True, True, False)
    assert flags.port == 7000
    assert flags.use_cpu == ("all", "interrogate")
    assert flags.gradio_img2img_tool == "color-sketch"


def test_the_environment_adds_flags_after_those_of_the_command_line():
    flags = parse("--port 1 --listen", COMMANDLINE_ARGS='--port 2 --gradio-auth "me:a b"')
    assert (flags.port, flags.listen, flags.gradio_auth) == (2, True, "me:a b")


def test_paths_become_absolute(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    flags = parse("--data-dir 'my data' --gradio-allowed-path a --gradio-allowed-path /b")
    assert flags.data_dir == tmp_path / "my data"
    assert flags.gradio_allowed_path == (tmp_path / "a", Path("/b").absolute())


def test_the_data_folder_is_the_programs_unless_said_otherwise():
    assert Flags().data_dir == PROGRAM_FOLDER
    assert (PROGRAM_FOLDER / "webui.py").exists()


def test_unknown_flags_are_named_with_their_values_and_the_rest_counts():
    flags = parse("--medvram --made-up 'a b' -zz 3 --xformers stray")
    assert flags.medvram and flags.xformers
    assert flags.notices == ("Unknown on the command line, so ignored: --made-up 'a b' -zz 3 stray",)


def test_unknown_flags_can_be_passed_over_in_silence():
    assert parse("--made-up", IGNORE_CMD_ARGS_ERRORS="1").notices == ()


def test_the_beginning_of_a_flag_is_enough_if_it_can_mean_one_only():
    assert parse("--lyco-dir /x").lyco_dir_backcompat == Path("/x").absolute()
    assert "--opt" in parse("--opt").notices[0]


def test_what_is_not_there_yet_is_said_in_one_line(monkeypatch):
    not_yet = [flag_name(entry) for entry in flag_fields() if flag_info(entry).status is Status.NOT_YET]
    switches = [tokens[0] for tokens in KNOWN if len(tokens) == 1 and tokens[0] in not_yet]
    flags = parse_flags(switches, {})
    assert len(flags.notices) == 1
    assert all(switch in flags.notices[0] for switch in switches)


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("--port abc", "--port takes a whole number"),
        ("--port 65536", "from 0 to 65535"),
        ("--port -1", "--port"),
        ("--port", "--port expected one argument"),
        ("--precision double", "must be one of full, half, autocast"),
        ("--data-dir ''", "not an empty text"),
        ("--ngrok-options [1]", "JSON object"),
        ("--ngrok-options {", "JSON object"),
        ("--filenames-max-length 0", "of 1 or more"),
        ("--medvram=yes", "--medvram"),
        ("--use-cpu", "--use-cpu"),
    ],
)
def test_a_bad_value_is_one_sentence(line, part):
    with pytest.raises(InputError) as caught:
        parse(line)
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_open_quote_in_the_environment_is_one_sentence():
    with pytest.raises(InputError, match="quotation mark"):
        parse(COMMANDLINE_ARGS='--gradio-auth "me')


def test_choices_disregard_case():
    assert parse("--precision FULL --loglevel debug").precision == "full"
    assert parse("--loglevel debug").loglevel == "DEBUG"
    assert parse(SD_WEBUI_LOG_LEVEL="error").loglevel == "ERROR"
    assert parse(SD_WEBUI_LOG_LEVEL="nonsense").loglevel is None


def test_extensions_add_flags_and_read_them_as_attributes():
    def preload(parser):
        parser.add_argument("--ext-folder", type=str, default="here")
        parser.add_argument_group("more").add_argument("--ext-count", type=int, default=1)
        parser.add_argument("--lora-dir", type=str, default="already known")

    flags = parse_flags(["--ext-count", "3"], {}, extend=preload)
    assert (flags.ext_folder, flags.ext_count) == ("here", 3)
    assert flags.notices == ()
    assert flags.lora_dir is None


def test_a_misspelt_flag_is_an_attribute_error():
    with pytest.raises(AttributeError, match="medvramm"):
        _ = Flags().medvramm
    assert not hasattr(Flags(), "medvramm")


def test_only_a_page_that_others_can_reach_is_non_local():
    assert not Flags().webui_is_non_local
    for given in ({"listen": True}, {"share": True}, {"ngrok": "token"}, {"server_name": "0.0.0.0"}):
        assert replace(Flags(), **given).webui_is_non_local
        assert replace(Flags(), **given).disable_extension_access
    assert not replace(Flags(), listen=True, enable_insecure_extension_access=True).disable_extension_access


def test_flags_that_follow_from_others():
    assert parse("--nowebui").api
    assert parse("--test-server").api and parse("--test-server").disable_nan_check


def test_a_hundred_thousand_unknown_words_are_shortened():
    notice = parse_flags(["--huge", "x" * 100_000], {}).notices[0]
    assert len(notice) < 400
