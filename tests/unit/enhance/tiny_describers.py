"""Tiny random networks that describe pictures, saved as transformers saves them."""

import torch
from transformers import (
    BertTokenizer,
    BlipConfig,
    BlipForConditionalGeneration,
    CLIPConfig,
    CLIPModel,
    CLIPTokenizer,
)

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[DEC]", "a", "red", "cat", "on", "the", "grey", "mat"]
SMALL = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}


def save_blip(folder):
    torch.manual_seed(1)
    own = {"bos_token_id": 4, "eos_token_id": 2, "sep_token_id": 3, "pad_token_id": 0}
    text = {**SMALL, **own, "vocab_size": len(WORDS), "encoder_hidden_size": 16, "max_position_embeddings": 64}
    config = BlipConfig(text_config=text, vision_config={**SMALL, "image_size": 32, "patch_size": 16})
    model = BlipForConditionalGeneration(config)
    for parameter in model.parameters():
        parameter.data.normal_(0, 0.3)
    folder.mkdir(parents=True)
    model.save_pretrained(folder)
    BertTokenizer(vocab={word: place for place, word in enumerate(WORDS)}).save_pretrained(folder)


def save_clip(folder):
    torch.manual_seed(2)
    letters = "abcdefghijklmnopqrstuvwxyz"
    pieces = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    ends = {"bos_token_id": len(pieces) - 2, "eos_token_id": len(pieces) - 1, "pad_token_id": len(pieces) - 1}
    text = {**SMALL, **ends, "vocab_size": len(pieces), "max_position_embeddings": 24}
    config = CLIPConfig(text_config=text, vision_config={**SMALL, "image_size": 32, "patch_size": 16}, projection_dim=8)
    model = CLIPModel(config)
    for parameter in model.parameters():
        parameter.data.normal_(0, 0.3)
    folder.mkdir(parents=True)
    model.save_pretrained(folder)
    vocabulary = {piece: place for place, piece in enumerate(pieces)}
    CLIPTokenizer(vocab=vocabulary, merges=[]).save_pretrained(folder)
