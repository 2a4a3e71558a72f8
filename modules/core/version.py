"""Which release this is, and which release of A1111 it behaves like."""

EASEL_VERSION = "0.1.0"
A1111_VERSION = "v1.10.1"

# Other programs read the leading `v1.10.1` of an infotext's Version to choose backward-compatible rules;
# the tail names us, in the form of `git describe` that A1111 itself writes between releases.
INFOTEXT_VERSION = f"{A1111_VERSION}-easel-{EASEL_VERSION}"
