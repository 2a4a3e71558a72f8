"""The file formats pictures are saved in."""

from dataclasses import dataclass

from PIL.Image import Image

from modules.core.registry import Registry


@dataclass(frozen=True)
class ImageFormat:
    """A file format. `name` is also the extension of its files, without the dot.

    Attributes:
        pillow: Pillow's name.
        modes: Pillow modes it can hold; other pictures are converted.
        longest_side: pixels; larger pictures cannot be written.
        most_metadata: bytes of EXIF it can hold; None is no limit we meet.
    """

    name: str
    pillow: str
    modes: tuple[str, ...]
    mime_type: str
    longest_side: int = 2**31 - 1
    most_metadata: int | None = None
    aliases: tuple[str, ...] = ()

    def holds(self, image: Image) -> bool:
        """Say whether a picture of this size can be written."""
        return max(image.size) <= self.longest_side

    def converted(self, image: Image) -> Image:
        """Return the picture in a mode of this format, the same object if it is in one already."""
        if image.mode in self.modes:
            return image
        if image.mode == "I":
            return self.converted(image.convert("I;16"))
        if image.mode.startswith("I;16"):
            return self.converted(image.point(lambda level: level * (1 / 256)).convert("L"))
        if image.has_transparency_data and "RGBA" in self.modes:
            return image.convert("RGBA")
        return image.convert("RGB")


# Longest sides: those of libjpeg, WebP and GIF, and what readers of AVIF accept in both directions at once.
IMAGE_FORMATS: Registry[ImageFormat] = Registry("image format")
IMAGE_FORMATS.add(
    ImageFormat("png", "PNG", ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"), "image/png"),
    ImageFormat("jpg", "JPEG", ("L", "RGB"), "image/jpeg", 65500, most_metadata=65533, aliases=("jpeg",)),
    ImageFormat("webp", "WEBP", ("RGB", "RGBA"), "image/webp", 16383),
    ImageFormat("avif", "AVIF", ("RGB", "RGBA"), "image/avif", 16384),
    ImageFormat("gif", "GIF", ("1", "L", "P", "RGB", "RGBA"), "image/gif", 65535),
)

PNG = IMAGE_FORMATS.get("png")


def find_format(name: str) -> ImageFormat | None:
    """Return the format of an extension such as `png`, `.PNG` or `jpeg`."""
    return IMAGE_FORMATS.find(name.strip().removeprefix("."))
