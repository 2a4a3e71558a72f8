"""Writers of textual inversions, as the programs that made them wrote them."""

import base64
import io
import json

import torch
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from safetensors.torch import save_file


def vectors(count=2, width=32, seed=0):
    return torch.randn(count, width, generator=torch.Generator().manual_seed(seed))


def write_pt(path, tensor, **more):
    torch.save({"string_to_token": {"*": 265}, "string_to_param": {"*": tensor}, "name": "other", **more}, path)


def write_bin(path, tensor, word="<word>"):
    torch.save({word: tensor}, path)


def write_safetensors(path, **tensors):
    save_file(tensors, path)


def write_png(path, tensor, **more):
    data = {"string_to_param": {"*": {"TORCHTENSOR": tensor.tolist()}}, "name": "other", **more}
    write_png_text(path, base64.b64encode(json.dumps(data).encode()).decode())


def write_png_text(path, text):
    info = PngInfo()
    if text is not None:
        info.add_text("sd-ti-embedding", text)
    Image.new("RGB", (8, 8)).save(path, pnginfo=info)


def torch_bytes(value, **options):
    file = io.BytesIO()
    torch.save(value, file, **options)
    return file.getvalue()
