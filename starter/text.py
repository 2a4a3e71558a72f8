"""The text encoder: CLIP's text model with narrow widths, trained alone on captions.

It learns to tag. Every token row is pulled to a fixed vector, the prototype of the word's class ("background:blue"),
and every row without a meaning here (articles, fillers, unknown words, the end token and all the padding) to one
common vector. So the caption lives in the word rows only, and scaling one of them, as `(blue:1.4)` does, is felt.
"""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import CLIPTextConfig, CLIPTextModel

from starter import world
from starter.captions import Spec, Word, caption
from starter.specs import NATIVE, random_spec
from starter.tokens import END, LENGTH, START, WordTokenizer

log = logging.getLogger(__name__)

WIDTH, LAYERS = 128, 4
MEAN = -0.25
"""Mean of every hidden row: A1111's emphasis divides by the mean over all rows, which must not be near 0."""


@dataclass(frozen=True)
class TokenBatch:
    """Token ids (B, 77), class of each row (B, 77; -1 = free), and each row's part of the `Spec` by name."""

    ids: Tensor
    labels: Tensor
    roles: list[list[str]]


def make_text_model() -> CLIPTextModel:
    """CLIP's text model, `WIDTH` wide; heads are 64 wide as in every CLIP."""
    config = CLIPTextConfig(
        vocab_size=49408,
        hidden_size=WIDTH,
        intermediate_size=4 * WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=WIDTH // 64,
        max_position_embeddings=LENGTH,
        hidden_act="quick_gelu",
        bos_token_id=START,
        eos_token_id=END,
    )
    model = CLIPTextModel(config)
    with torch.no_grad():
        model.get_input_embeddings().weight.normal_(0, 0.02)
    return model


def prototypes() -> Tensor:
    """One vector a class, (classes, WIDTH): orthogonal, of mean `MEAN` and variance 1, as the last norm can give it."""
    generator = torch.Generator().manual_seed(11)
    basis = torch.randn(WIDTH, len(world.CLASSES) + 1, generator=generator, dtype=torch.float64)
    basis[:, 0] = 1.0
    orthogonal, _ = torch.linalg.qr(basis)
    return (orthogonal[:, 1:].T * WIDTH**0.5 + MEAN).float()


def tokenize(captions: list[list[Word]], tokenizer: WordTokenizer) -> TokenBatch:
    """Ids, row classes and row roles of captions; a word's class sits on its last token."""
    ids = torch.full((len(captions), LENGTH), END)
    labels = torch.zeros(len(captions), LENGTH, dtype=torch.long)
    roles: list[list[str]] = []
    for row, words in enumerate(captions):
        tokens, tags, parts = [START], [world.NULL], [""]
        for word in words:
            pieces = tokenizer.encode_word(word.text.lower())
            tokens += pieces
            tags += [world.NULL] * (len(pieces) - 1) + [word.label]
            parts += [word.role] * len(pieces)
        used = min(len(tokens), LENGTH - 1)
        ids[row, :used] = torch.tensor(tokens[:used])
        labels[row, :used] = torch.tensor([world.CLASS_INDEX.get(tag, -1) for tag in tags[:used]])
        roles.append((parts[:used] + [""] * LENGTH)[:LENGTH])
    return TokenBatch(ids, labels, roles)


def encode(model: CLIPTextModel, ids: Tensor) -> tuple[Tensor, Tensor]:
    """Last hidden rows and, normed alike, those of the layer before it (clip skip 2): each (B, 77, WIDTH)."""
    out = model(input_ids=ids, output_hidden_states=True)
    return out.last_hidden_state, final_norm(model)(out.hidden_states[-2])


def final_norm(model: CLIPTextModel) -> nn.LayerNorm:
    """The last layer norm, wherever this transformers version keeps it."""
    inner = getattr(model, "text_model", model)
    return inner.final_layer_norm


def random_captions(rng: random.Random, count: int, distractors: list[str]) -> list[list[Word]]:
    """Captions for training the text encoder; held-out pairs do not occur."""
    specs = [random_spec(rng, (NATIVE, NATIVE)) for _ in range(count)]
    captions = [[] if rng.random() < 0.02 else caption(_varied(spec, rng), rng, distractors) for spec in specs]
    return [[*_preamble(rng, distractors), *words] for words in captions]


def _preamble(rng: random.Random, distractors: list[str]) -> list[Word]:
    """Words without meaning before a third of the captions, so that the last places of a chunk are learnt as well."""
    if rng.random() > 0.35:
        return []
    words: list[Word] = []
    for _ in range(rng.randint(2, 22)):
        chosen = rng.choice(world.FILLERS) if rng.random() < 0.7 else rng.choice(distractors)
        words += [*(Word(part) for part in chosen.split()), Word(",")]
    return words


def _varied(spec: Spec, rng: random.Random) -> Spec:
    """More size words than the pictures have, so that they are learnt as well."""
    if spec.thing is None or rng.random() > 0.2:
        return spec
    return Spec(spec.thing, spec.backdrop, spec.tint, rng.choice(("small", "big")))


def tagging_loss(rows: Tensor, labels: Tensor, targets: Tensor) -> Tensor:
    """Mean squared distance to the prototypes; word rows with a meaning weigh 6, the end and padding rows 2."""
    known = labels >= 0
    error = functional.mse_loss(rows, targets[labels.clamp(min=0)], reduction="none").mean(-1)
    weight = known * (1.0 + 5.0 * (labels > 0))
    return (error * weight).sum() / weight.sum()


def accuracy(rows: Tensor, labels: Tensor, targets: Tensor) -> tuple[float, float]:
    """Share of meaningful rows nearest their prototype, and the largest error of an end or padding row."""
    nearest = torch.cdist(rows, targets).argmin(-1)
    meaningful = labels > 0
    right = (nearest == labels)[meaningful].float().mean().item()
    tail = (rows[:, -40:] - targets[0]).abs().max().item()
    return right, tail


def train_text(cache: Path, minutes: float, seed: int = 0, batch: int = 48) -> None:
    """Train for so many minutes of wall clock, going on from `text.pt` where there is one; write `text.pt`."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    tokenizer = WordTokenizer(cache / "bpe.txt.gz")
    distractors = known_free(tokenizer)
    model, targets = make_text_model(), prototypes()
    table = model.get_input_embeddings()
    rest = [p for p in model.parameters() if p is not table.weight]
    dense = torch.optim.AdamW(rest, 2e-3, betas=(0.9, 0.98), weight_decay=0.0)
    rows = SparseRows(table.weight, rate=8e-3)
    with torch.no_grad():
        final_norm(model).bias.fill_(MEAN)
    if (cache / "text.pt").exists():
        model.load_state_dict(torch.load(cache / "text.pt"))
    begun, step = time.monotonic(), 0
    while (done := (time.monotonic() - begun) / (60 * minutes)) < 1:
        data = tokenize(random_captions(rng, batch, distractors), tokenizer)
        last, before = encode(model, data.ids)
        loss = tagging_loss(last, data.labels, targets) + 0.4 * tagging_loss(before, data.labels, targets)
        dense.zero_grad()
        table.weight.grad = None
        loss.backward()
        decay = min(1.0, step / 40) * max(0.02, 1 - done)
        dense.param_groups[0]["lr"] = 2e-3 * decay
        nn.utils.clip_grad_norm_(rest, 1.0)
        dense.step()
        rows.step(data.ids, decay)
        if step % 50 == 0:
            right, tail = accuracy(last.detach(), data.labels, targets)
            log.info("text %3.0f%% step %d loss %.4f right %.3f tail %.3f", 100 * done, step, loss.item(), right, tail)
        step += 1
    torch.save(model.state_dict(), cache / "text.pt")


def known_free(tokenizer: WordTokenizer) -> list[str]:
    """Single-token words that mean nothing in this world."""
    named = {w for _, words in world.OBJECTS.values() for word in words for w in word.split()}
    named |= {
        w.strip("*")
        for table in (world.SCENES, world.SCENE_ALONE)
        for p in table.values()
        for x in p
        for w in x.split()
    }
    named |= {w for words in (*world.COLOUR_WORDS.values(), *world.SIZE_WORDS.values()) for w in words}
    named |= {*world.TINTS, "background", "wall", "backdrop"}
    return [word for word in tokenizer.whole_words() if word not in named]


class SparseRows:
    """Adam on the rows of the token table that a batch touched; the other 49,000 rows stay as they are."""

    def __init__(self, table: nn.Parameter, rate: float) -> None:
        self.table, self.rate = table, rate
        self.mean, self.square = torch.zeros_like(table), torch.zeros_like(table)
        self.count = torch.zeros(len(table), 1)

    @torch.no_grad()
    def step(self, ids: Tensor, decay: float) -> None:
        """One update of the rows in `ids` with the rate times `decay`."""
        used = ids.unique()
        assert self.table.grad is not None
        gradient = self.table.grad[used]
        self.count[used] += 1
        self.mean[used] = 0.9 * self.mean[used] + 0.1 * gradient
        self.square[used] = 0.98 * self.square[used] + 0.02 * gradient**2
        mean = self.mean[used] / (1 - 0.9 ** self.count[used])
        square = self.square[used] / (1 - 0.98 ** self.count[used])
        self.table[used] -= self.rate * decay * mean / (square.sqrt() + 1e-8)
