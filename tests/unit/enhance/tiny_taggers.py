"""Tiny taggers: an ONNX file of the WD14 layout, and files as those of DeepDanbooru with few weights."""

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from modules.enhance.interrogate.deepdanbooru import DeepDanbooru, Design

SIDE = 16
TAGS = {"general": 9, "1girl": 0, "very_red": 0, "blue_sky_(day)": 0, "o_o": 0}
"""By name the category; 9 is a rating."""
DESIGN = Design(widths=(8, 16, 16), repeats=(1, 2, 0), side=32)
DANBOORU_TAGS = ["red", "green_(colour)", "blue", "rating:safe"]


def save_onnx_tagger(folder, tags=TAGS):
    """Save a network whose scores follow a picture's mean colour: the redder, the surer of very_red."""
    folder.mkdir(parents=True, exist_ok=True)
    weight = np.zeros((3, len(tags)), np.float32)  # from blue, green, red in 0..255
    weight[:, 0] = 1
    weight[2, 2], weight[0, 3] = 0.02, 0.01
    bias = np.array([9, -3, -1, -1.5, 0.7] + [0] * (len(tags) - 5), np.float32)[: len(tags)]
    nodes = [
        helper.make_node("ReduceMean", ["input", "axes"], ["mean"], keepdims=0),
        helper.make_node("Gemm", ["mean", "weight", "bias"], ["sums"]),
        helper.make_node("Sigmoid", ["sums"], ["scores"]),
    ]
    values = {"axes": np.array([1, 2], np.int64), "weight": weight, "bias": bias}
    graph = helper.make_graph(
        nodes,
        "tagger",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", SIDE, SIDE, 3])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", len(tags)])],
        [numpy_helper.from_array(value, name) for name, value in values.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.save(model, folder / "model.onnx")
    rows = [f"{number},{name},{category},7" for number, (name, category) in enumerate(tags.items())]
    (folder / "selected_tags.csv").write_text("\n".join(["tag_id,name,category,count", *rows]) + "\n")


def make_danbooru():
    """Make DeepDanbooru's network with few random weights."""
    torch.manual_seed(3)
    network = DeepDanbooru(DANBOORU_TAGS, DESIGN).eval()
    for parameter in network.parameters():
        parameter.data.normal_(0, 0.4)
    return network


def save_danbooru(path, network, shortcut_place):
    """Save its weights under an exporter's names, the shortcuts of each stage at a place among its first four."""
    convolutions = [network.stem]
    for block in network.blocks:
        order = [block.shrink, block.middle, block.widen]
        if block.shortcut is not None:
            order.insert(shortcut_place, block.shortcut)
        convolutions += order
    state = {"tags": DANBOORU_TAGS}
    for number, convolution in enumerate([*convolutions, network.head]):
        state[f"n_Conv_{number}.weight"] = convolution.weight.data.clone()
        if convolution.bias is not None:
            state[f"n_Conv_{number}.bias"] = convolution.bias.data.clone()
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, path)
