"""Each form of LoRA against its formula, written element by element here."""

import math

import pytest
import torch

from modules.engine.networks.lora import read_lora
from modules.engine.networks.lora_forms import FORMS

OUT, IN, RANK = 6, 8, 2
LAYER = "lora_unet_x"


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed + sum(shape)), dtype=torch.float64)


def change_of(parts, original, ranks=None):
    state = {f"{LAYER}.{name}": tensor for name, tensor in parts.items()}
    lora = read_lora("x", "x", state)
    assert lora.unknown == ()
    (layer,) = lora.layers.values()
    return layer.form.name, layer.weight_change(original.float(), ranks)


def assert_change(parts, original, wanted, form, ranks=None):
    name, change = change_of(parts, original, ranks)
    assert name == form
    assert change is not None
    assert change.shape == original.shape
    assert change.dtype == torch.float32
    torch.testing.assert_close(change, wanted.float(), rtol=1e-5, atol=1e-6)


def product(up, down, scale=1.0):
    """Return the sum over ranks of the outer products, the long way."""
    total = torch.zeros(up.shape[0], *down.shape[1:], dtype=torch.float64)
    for o in range(up.shape[0]):
        for r in range(down.shape[0]):
            total[o] += up[o, r] * down[r] * scale
    return total


@pytest.mark.parametrize("alpha", [None, 1.0, 4.0])
def test_lora_of_a_linear_layer(alpha):
    up, down = random(OUT, RANK), random(RANK, IN)
    parts = {"lora_up.weight": up, "lora_down.weight": down}
    parts |= {"alpha": torch.tensor(alpha)} if alpha else {}
    assert_change(parts, random(OUT, IN), product(up, down, alpha / RANK if alpha else 1), "LoRA")


def test_lora_with_a_part_of_its_ranks():
    up, down = random(OUT, 4), random(4, IN)
    parts = {"lora_up.weight": up, "lora_down.weight": down, "alpha": torch.tensor(2.0)}
    assert_change(parts, random(OUT, IN), product(up[:, :3], down[:3], 0.5), "LoRA", ranks=3)
    assert_change(parts, random(OUT, IN), product(up, down, 0.5), "LoRA", ranks=100)


def test_locon_of_a_convolution():
    up, down = random(OUT, RANK, 1, 1), random(RANK, IN, 3, 3)
    parts = {"lora_up.weight": up, "lora_down.weight": down, "alpha": torch.tensor(1.0)}
    assert_change(parts, random(OUT, IN, 3, 3), product(up[..., 0, 0], down, 0.5), "LoRA")


def test_locon_with_a_core():
    up, middle, down = random(OUT, RANK, 1, 1), random(RANK, RANK, 3, 3), random(RANK, IN, 1, 1)
    wanted = torch.zeros(OUT, IN, 3, 3, dtype=torch.float64)
    for n in range(RANK):
        for m in range(RANK):
            for o in range(OUT):
                for i in range(IN):
                    wanted[o, i] += up[o, n, 0, 0] * middle[n, m] * down[m, i, 0, 0]
    parts = {"lora_up.weight": up, "lora_mid.weight": middle, "lora_down.weight": down}
    assert_change(parts, random(OUT, IN, 3, 3), wanted, "LoRA")


@pytest.mark.parametrize(("file", "weight"), [((1, 1), ()), ((), (1, 1))])
def test_a_matrix_does_for_a_convolution_of_one_point(file, weight):
    up, down = random(OUT, RANK), random(RANK, IN)
    parts = {"lora_up.weight": up.reshape(OUT, RANK, *file), "lora_down.weight": down.reshape(RANK, IN, *file)}
    assert_change(parts, random(OUT, IN, *weight), product(up, down).reshape(OUT, IN, *weight), "LoRA")


def test_further_channels_of_an_inpainting_model_are_left_alone():
    up, down = random(OUT, RANK, 1, 1), random(RANK, 4, 3, 3)
    wanted = torch.zeros(OUT, 9, 3, 3, dtype=torch.float64)
    wanted[:, :4] = product(up[..., 0, 0], down)
    assert_change({"lora_up.weight": up, "lora_down.weight": down}, random(OUT, 9, 3, 3), wanted, "LoRA")


def hada(shape, core=False):
    tensors = {}
    for number in "12":
        if core:
            tensors |= {f"hada_w{number}_a": random(RANK, OUT, seed=int(number))}
            tensors |= {f"hada_w{number}_b": random(RANK, IN, seed=int(number))}
            tensors |= {f"hada_t{number}": random(RANK, RANK, 3, 3, seed=int(number))}
        else:
            tensors |= {f"hada_w{number}_a": random(OUT, RANK, seed=int(number))}
            tensors |= {f"hada_w{number}_b": random(RANK, math.prod(shape[1:]), seed=int(number))}
    return tensors


@pytest.mark.parametrize("shape", [(OUT, IN), (OUT, IN, 3, 3)])
def test_loha(shape):
    parts = hada(shape)
    first, second = (product(parts[f"hada_w{n}_a"], parts[f"hada_w{n}_b"]) for n in "12")
    wanted = (first * second * (3 / RANK)).reshape(shape)
    assert_change({**parts, "alpha": torch.tensor(3.0)}, random(*shape), wanted, "LoHa")


def with_core(core, first, second):
    total = torch.zeros(first.shape[1], second.shape[1], *core.shape[2:], dtype=torch.float64)
    for i in range(core.shape[0]):
        for j in range(core.shape[1]):
            for o in range(first.shape[1]):
                for c in range(second.shape[1]):
                    total[o, c] += core[i, j] * first[i, o] * second[j, c]
    return total


def test_loha_with_cores():
    parts = hada((OUT, IN, 3, 3), core=True)
    first, second = (with_core(parts[f"hada_t{n}"], parts[f"hada_w{n}_a"], parts[f"hada_w{n}_b"]) for n in "12")
    assert_change(parts, random(OUT, IN, 3, 3), first * second, "LoHa")


def kronecker(first, second):
    """Return the matrix of blocks first[i, j] * second."""
    rows = [torch.cat([first[i, j] * second for j in range(first.shape[1])], dim=1) for i in range(first.shape[0])]
    return torch.cat(rows, dim=0)


def test_lokr_of_whole_and_decomposed_factors():
    w1, w2 = random(2, 4), random(3, 2)
    w1_a, w1_b, w2_a, w2_b = random(2, RANK), random(RANK, 4), random(3, RANK), random(RANK, 2)
    alpha = {"alpha": torch.tensor(4.0)}
    original = random(6, 8)
    assert_change({"lokr_w1": w1, "lokr_w2": w2, **alpha}, original, kronecker(w1, w2), "LoKr")
    parts = {"lokr_w1": w1, "lokr_w2_a": w2_a, "lokr_w2_b": w2_b, **alpha}
    assert_change(parts, original, 2 * kronecker(w1, product(w2_a, w2_b)), "LoKr")
    parts = {"lokr_w1_a": w1_a, "lokr_w1_b": w1_b, "lokr_w2": w2, **alpha}
    assert_change(parts, original, 2 * kronecker(product(w1_a, w1_b), w2), "LoKr")


def test_lokr_of_a_convolution():
    w1, w2 = random(2, 4), random(3, 2, 3, 3)
    wanted = kronecker(w1, w2)
    assert_change({"lokr_w1": w1, "lokr_w2": w2}, random(6, 8, 3, 3), wanted, "LoKr")
    flat = {"lokr_w1": w1, "lokr_w2_a": torch.eye(3), "lokr_w2_b": w2.reshape(3, -1)}
    assert_change(flat, random(6, 8, 3, 3), wanted, "LoKr")
    core, a, b = random(RANK, RANK, 3, 3), random(RANK, 3), random(RANK, 2)
    parts = {"lokr_w1": w1, "lokr_t2": core, "lokr_w2_a": a, "lokr_w2_b": b}
    assert_change(parts, random(6, 8, 3, 3), kronecker(w1, with_core(core, a, b)), "LoKr")


@pytest.mark.parametrize("shape", [(OUT, IN), (OUT, IN, 3, 3)])
@pytest.mark.parametrize("on_input", [True, False])
def test_ia3(shape, on_input):
    original, factors = random(*shape), random(IN if on_input else OUT)
    wanted = torch.stack(
        [torch.stack([original[o, i] * factors[i if on_input else o] for i in range(IN)]) for o in range(OUT)]
    )
    form = factors.reshape(1, -1) if on_input else factors.reshape(-1, 1)
    assert_change({"weight": form, "on_input": torch.tensor(on_input)}, original, wanted, "IA3")


def test_full_and_norm():
    difference, bias = random(OUT, IN), random(OUT)
    assert_change({"diff": difference, "diff_b": bias}, random(OUT, IN), difference, "Full")
    assert_change({"w_norm": bias, "b_norm": bias}, random(OUT), bias, "Norm")


@pytest.mark.parametrize("names", [("diff", "diff_b"), ("w_norm", "b_norm")])
def test_biases(names):
    tensors = (random(OUT), random(OUT, seed=1))
    state = {f"{LAYER}.{name}": tensor for name, tensor in zip(names, tensors, strict=True)}
    (layer,) = read_lora("x", "x", state).layers.values()
    torch.testing.assert_close(layer.bias_change(), tensors[1].float())


@pytest.mark.parametrize("outputs", [OUT, IN])
def test_glora_in_either_order_of_its_matrices(outputs):
    original = random(outputs, IN)
    a_first, a_second = random(IN, RANK), random(RANK, IN)
    b_first, b_second = random(outputs, RANK), random(RANK, IN, seed=5)
    wanted = 0.5 * (b_first @ b_second + original @ a_first @ a_second)
    alpha = {"alpha": torch.tensor(1.0)}
    new = {"a2.weight": a_first, "a1.weight": a_second, "b2.weight": b_first, "b1.weight": b_second}
    old = {"a1.weight": a_first, "a2.weight": a_second, "b1.weight": b_first, "b2.weight": b_second}
    assert_change({**new, **alpha}, original, wanted, "GLoRA")
    assert_change({**old, **alpha}, original, wanted, "GLoRA")


def cayley(block):
    skew = block - block.T
    identity = torch.eye(block.shape[0], dtype=torch.float64)
    return (identity + skew) @ torch.linalg.inv(identity - skew)


@pytest.mark.parametrize("rest", [(IN,), (IN, 3, 3)])
def test_oft_turns_each_block_of_rows(rest):
    blocks, original = random(3, 2, 2), random(OUT, *rest)
    rows = original.reshape(OUT, -1)
    turned = torch.cat([cayley(block).T @ rows[2 * k : 2 * k + 2] for k, block in enumerate(blocks)])
    wanted = turned.reshape(original.shape) - original
    assert_change({"oft_blocks": blocks}, original, wanted, "OFT")
    assert_change({"oft_diag": blocks}, original, wanted, "OFT")
    assert_change({"oft_blocks": blocks, "alpha": torch.tensor(0.0)}, original, wanted, "OFT")
    finished = torch.stack([cayley(block) for block in blocks])
    assert_change({"oft_diag": finished}, original, wanted, "OFT")
    assert turned.norm().item() == pytest.approx(original.norm().item())


def test_oft_is_bounded_and_rescaled():
    blocks, original = random(3, 2, 2), random(OUT, IN)
    bound = 0.01 * OUT
    skew = blocks - blocks.transpose(1, 2)
    small = blocks * (bound / skew.norm())
    turned = torch.cat([cayley(block).T @ original[2 * k : 2 * k + 2] for k, block in enumerate(small)])
    scales = random(OUT, 1).abs()
    parts = {"oft_blocks": blocks, "alpha": torch.tensor(0.01), "rescale": scales}
    assert_change(parts, original, turned * scales - original, "OFT")


def test_boft_turns_rows_in_blocks_that_mix_at_each_level():
    outputs, size, levels = 8, 2, 3
    blocks, original = random(levels, outputs // size, size, size), random(outputs, IN)
    rows = original.clone()
    for level in range(levels):
        span = 2**level
        order = [
            group * 2 * span + side * span + place
            for group in range(outputs // (2 * span))
            for place in range(span)
            for side in range(2)
        ]
        mixed = rows[order]
        turned = torch.cat(
            [cayley(blocks[level, d]) @ mixed[size * d : size * d + size] for d in range(outputs // size)]
        )
        rows = torch.empty_like(rows)
        rows[order] = turned
    assert_change({"oft_blocks": blocks}, original, rows - original, "OFT")


@pytest.mark.parametrize("by", ["row", "row of PEFT", "column"])
@pytest.mark.parametrize("shape", [(OUT, IN), (IN, IN), (OUT, IN, 3, 3)])
def test_dora_gives_each_row_or_column_its_length(by, shape):
    up, down = random(shape[0], RANK), random(RANK, *shape[1:])
    original = random(*shape)
    changed = original + product(up, down, 0.5)
    rest = [1] * (len(shape) - 2)
    if by == "column":
        magnitude = random(1, shape[1], *rest).abs()
        columns = [changed[:, i] * magnitude.flatten()[i] / changed[:, i].norm() for i in range(shape[1])]
        wanted = torch.stack(columns, dim=1)
    else:
        magnitude = random(shape[0], 1, *rest).abs()
        wanted = torch.stack([changed[o] * magnitude.flatten()[o] / changed[o].norm() for o in range(shape[0])])
        magnitude = magnitude.flatten() if by == "row of PEFT" else magnitude
    parts = {"lora_up.weight": up.reshape(*up.shape, *rest), "lora_down.weight": down, "alpha": torch.tensor(1.0)}
    assert_change({**parts, "dora_scale": magnitude}, original, wanted - original, "LoRA")


def test_scale_of_the_file_wins_over_alpha():
    up, down = random(OUT, RANK), random(RANK, IN)
    parts = {"lora_up.weight": up, "lora_down.weight": down, "alpha": torch.tensor(1.0), "scale": torch.tensor(3.0)}
    assert_change(parts, random(OUT, IN), product(up, down, 3), "LoRA")


def test_every_form_is_tested_here():
    assert set(FORMS.names()) == {"LoRA", "LoHa", "LoKr", "IA3", "Full", "Norm", "GLoRA", "OFT"}


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_halves_are_computed_in_32_bits(dtype):
    up, down = random(OUT, RANK).to(dtype), random(RANK, IN).to(dtype)
    parts = {"lora_up.weight": up, "lora_down.weight": down}
    assert_change(parts, random(OUT, IN), up.double() @ down.double(), "LoRA")


@pytest.mark.parametrize("shape", [(OUT, IN + 1), (OUT + 1, IN), (OUT, IN, 3, 3), (OUT, 9, 1, 1)])
def test_a_layer_of_another_shape_is_refused(shape):
    with pytest.raises((ValueError, RuntimeError)):
        change_of({"lora_up.weight": random(OUT, RANK), "lora_down.weight": random(RANK, IN)}, random(*shape))
