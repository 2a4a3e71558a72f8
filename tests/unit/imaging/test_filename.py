import hashlib
import time
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from modules.imaging.filename import FILENAME_PATTERNS, FilenameValues, NameRules, clean_name, cut_name, fill_pattern

VALUES = FilenameValues(
    seed=1234, all_seeds=(1233, 1234, 1235), prompt="a red cat, (masterpiece:1.2)", negative_prompt="dog",
    prompt_without_styles="a red cat", styles=("Ink", "Old photo"), steps=20, cfg_scale=7.0, width=512, height=768,
    sampler="DPM++ 2M", scheduler="Karras", model_name="sub_model", model_hash="85d6e36ef7", vae_filename="vae-ft",
    clip_skip=2, denoising_strength=0.7, batch_size=2, batch_count=3, batch_index=1, iteration=2,
    job_timestamp="20260203040506", user="ann", basename="photo", max_prompt_words=3,
    now=datetime(2026, 2, 3, 4, 5, 6),
)  # fmt: skip
ALONE = replace(VALUES, all_seeds=(1234,), batch_size=1, batch_count=1, batch_index=0, iteration=0)
RULES = NameRules()


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("[seed]", "1234"),
        ("[seed_first]-[seed_last]", "1233-1235"),
        ("[steps]-[cfg]-[width]x[height]", "20-7.0-512x768"),
        ("[styles]", "Ink, Old photo"),
        ("[sampler]-[scheduler]-[sampler_scheduler]", "DPM++ 2M-Karras-DPM++ 2M Karras"),
        ("[model_name] [model_hash] [vae_filename]", "sub_model 85d6e36ef7 vae-ft"),
        ("[date]", "2026-02-03"),
        ("[datetime]", "20260203040506"),
        ("[datetime<%Y>]", "2026"),
        ("[datetime<%H:%M>]", "04_05"),
        ("[datetime<%Y><Nowhere/Land>]", "20260203040506"),
        ("[job_timestamp]", "20260203040506"),
        ("[prompt]", "a_red_cat,_(masterpiece_1.2)"),
        ("[prompt_spaces]", "a red cat, (masterpiece_1.2)"),
        ("[prompt_no_styles]", "a red cat"),
        ("[prompt_words]", "a red cat"),
        ("[prompt_hash]", sha256(VALUES.prompt)[:8]),
        ("[prompt_hash<12>]", sha256(VALUES.prompt)[:12]),
        ("[prompt_hash<x>]", sha256(VALUES.prompt)[:8]),
        ("[negative_prompt_hash]", sha256("dog")[:8]),
        ("[full_prompt_hash]", sha256(VALUES.prompt + " dog")[:8]),
        ("[hasprompt<red cat><dog|no dog><fish>]", "red_catno_dog"),
        ("[clip_skip]-[denoising]-[user]-[basename]", "2-0.7-ann-photo"),
        ("[batch_number]-[batch_size]-[generation_number]", "2-2-6"),
        ("a[none]b", "ab"),
        ("[SEED][Prompt_Words]", "1234a red cat"),
        ("[unknown]-[seed]", "[unknown]-1234"),
        ("[unknown<a>]", "[unknown_a_]"),
        ("[[model_name]]", "[sub_model]"),
        ("[seed", "[seed"),
        ("[]", "[]"),
        ("", ""),
    ],
)
def test_patterns(pattern, name):
    assert fill_pattern(pattern, VALUES, RULES) == name


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("[seed]-batch[batch_number]", "1234"),
        ("[seed]-no[generation_number]-end", "1234-end"),
        ("[seed]-[seed_last]", "1234"),
        ("[seed]-strength[denoising]", "1234"),
        ("gone[batch_number]", ""),
    ],
)
def test_patterns_without_a_value_drop_the_text_before_them(pattern, name):
    assert fill_pattern(pattern, replace(ALONE, denoising_strength=None), RULES) == name


def test_a_time_zone_is_applied():
    noon = datetime.fromisoformat("2026-06-01T12:00:00+00:00")

    assert fill_pattern("[datetime<%H><Asia/Tokyo>]", replace(VALUES, now=noon), RULES) == "21"


def test_the_hash_of_the_picture():
    image = Image.new("RGB", (2, 2), "red")
    digest = hashlib.sha256(image.tobytes()).hexdigest()

    names = [
        fill_pattern(pattern, replace(VALUES, image=image), RULES) for pattern in ("[image_hash]", "[image_hash<10>]")
    ]

    assert names == [digest, digest[:10]]


def test_words_of_a_prompt_without_any():
    assert fill_pattern("[prompt_words]", replace(VALUES, prompt=" ,,() "), RULES) == "empty"


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("[date]/[seed]", "2026-02-03/1234"),
        ("[date]\\[seed]", "2026-02-03/1234"),
        ("../../[seed]", "1234"),
        ("/etc//./ .. /[seed]", "etc/1234"),
        ("C:\\[seed]", "C_/1234"),
        ("[prompt]/x", "__x_y_z/x"),
    ],
)
def test_slashes_of_the_pattern_make_folders_and_never_lead_out(pattern, path):
    assert fill_pattern(pattern, replace(VALUES, prompt="/\\x/y z"), RULES) == path


@given(st.text(), st.text())
def test_whatever_is_asked_the_path_stays_inside(pattern, prompt):
    for rules in (RULES, NameRules(unix=True)):
        parts = fill_pattern(f"{pattern}[prompt]{pattern}", replace(VALUES, prompt=prompt), rules).split("/")
        assert not {".", ".."} & set(parts)
        assert all(len(part.encode()) <= 240 and "\0" not in part for part in parts)


@given(st.text())
def test_values_never_make_folders(prompt):
    values = replace(VALUES, prompt=prompt)

    for name in ("prompt", "prompt_spaces", "hasprompt<zz|a/b\\c>"):
        for rules in (RULES, NameRules(unix=True)):
            assert "/" not in fill_pattern(f"x[{name}]", values, rules)


def test_what_no_file_system_takes_is_replaced():
    assert clean_name('  a#<b>:"/\\|?*\n\r\t\x01\x00\ud800z. .', RULES) == f"a__b{'_' * 14}z"
    assert clean_name(' a#<b>:"/\\|?*\n\x00z.', NameRules(unix=True)) == 'a#<b>:"_\\|?*\n_z'


def test_marks_that_turn_letters_around_are_replaced():
    for rules in (RULES, NameRules(unix=True)):
        assert clean_name("photo\u202egnp.exe \u2067x\u2069", rules) == "photo_gnp.exe _x_"
        assert clean_name("עברית 👩‍🎨", rules) == "עברית 👩‍🎨"


@pytest.mark.parametrize("name", ["CON", "nul.png", "com1", "LPT9.txt"])
def test_names_of_devices_are_not_used(name):
    assert clean_name(name, RULES) == f"_{name}"


def test_length_of_values_is_limited():
    assert fill_pattern("[prompt]", replace(VALUES, prompt="a" * 500), RULES) == "a" * 128
    assert fill_pattern("[prompt]-x", replace(VALUES, prompt="a" * 500), NameRules(max_length=5)) == "aaaaa-x"


def test_no_character_is_cut_in_two():
    assert cut_name("猫猫猫", 8) == "猫猫"
    assert cut_name("ab. c", 4) == "ab"


@pytest.mark.parametrize("pattern", list(FILENAME_PATTERNS), ids=lambda pattern: pattern.name)
def test_every_pattern_is_filled_whatever_is_known(pattern):
    for values in (FilenameValues(), VALUES, ALONE):
        for arguments in ([], [""], ["%Q", "x", "y"], ["9" * 50], ["\0", "\0"], ["\ud800"]):
            inside = pattern.name + "".join(f"<{argument}>" for argument in arguments)
            assert f"[{pattern.name}" not in fill_pattern(f"x[{inside}]", values, RULES)


@pytest.mark.parametrize(
    "pattern", ["[" * 10**6, "[a" * 10**6, "[seed<" + "<" * 10**6, "[" + "a" * 10**6, "a/" * 10**6]
)
def test_hostile_patterns_end_soon(pattern):
    start = time.process_time()
    fill_pattern(pattern, VALUES, RULES)
    assert time.process_time() - start < 3
