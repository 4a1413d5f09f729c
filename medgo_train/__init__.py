"""Feed versioned medical corpora to pre-training, SFT, preference alignment and evaluation."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("medgo")
except PackageNotFoundError:  # read from a checkout that was never installed
    __version__ = "0+unknown"
