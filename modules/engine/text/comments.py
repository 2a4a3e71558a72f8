"""Comments in prompts: from `#` to the end of the line. There is no escape (contract 5.3)."""

from __future__ import annotations


def without_comments(prompt: str) -> str:
    """Return the prompt without its comments; lines that are nothing else go altogether."""
    return "\n".join(line.partition("#")[0] for line in prompt.split("\n") if not line.startswith("#"))
