"""The kinds of upscaler, each with its folder, and the models that are known by name (contract 8.2, 8.3).

Any folder may hold networks of any architecture: the kind only says which settings apply.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from modules.core.flags import Flags
from modules.core.options import Option, Settings
from modules.core.registry import Registry
from modules.enhance import options
from modules.enhance.download import RemoteFile
from modules.enhance.packaged_weights import PackagedFile


@dataclass(frozen=True)
class UpscalerKind:
    """A folder of upscalers.

    Attributes:
        name: of the folder in models/; in small letters what --use-cpu calls it.
        flag: the folder that a flag names instead, if given.
        tile: side of the tiles in pixels, 0 for none.
        model_name: what the API says of its models.
    """

    name: str
    flag: Callable[[Flags], Path | None]
    tile: Option[int]
    overlap: Option[int]
    model_name: str | None = None

    def folder(self, models: Path, flags: Flags) -> Path:
        """Return where its models are."""
        return self.flag(flags) or models / self.name


KINDS: Registry[UpscalerKind] = Registry("kind of upscaler")
KINDS.add(
    UpscalerKind(
        "BSRGAN", lambda flags: flags.bsrgan_models_path, options.ESRGAN_TILE, options.ESRGAN_TILE_OVERLAP, "BSRGAN 4x"
    ),
    UpscalerKind("DAT", lambda flags: flags.dat_models_path, options.DAT_TILE, options.DAT_TILE_OVERLAP),
    UpscalerKind(
        "ESRGAN", lambda flags: flags.esrgan_models_path, options.ESRGAN_TILE, options.ESRGAN_TILE_OVERLAP, "ESRGAN_4x"
    ),
    UpscalerKind("HAT", lambda _flags: None, options.ESRGAN_TILE, options.ESRGAN_TILE_OVERLAP),
    UpscalerKind(
        "RealESRGAN", lambda flags: flags.realesrgan_models_path, options.ESRGAN_TILE, options.ESRGAN_TILE_OVERLAP
    ),
    UpscalerKind(
        "ScuNET",
        lambda flags: flags.scunet_models_path,
        options.SCUNET_TILE,
        options.SCUNET_TILE_OVERLAP,
        "ScuNET GAN",
    ),
    UpscalerKind(
        "SwinIR", lambda flags: flags.swinir_models_path, options.SWIN_TILE, options.SWIN_TILE_OVERLAP, "SwinIR 4x"
    ),
)


@dataclass(frozen=True)
class KnownUpscaler:
    """A published model, fetched when it is first used.

    Attributes:
        kind: whose folder it is kept in.
        shown: the setting that lists the names to show; without one it is always shown.
        only_alone: it is offered only while its folder is empty.
        packaged: what stands in for it where it cannot be fetched.
    """

    name: str
    kind: str
    remote: RemoteFile
    scale: int = 4
    shown: Option[list[str]] | None = None
    only_alone: bool = False
    packaged: PackagedFile | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """The names that its file may have, the better one first."""
        return (self.remote.file, *((self.packaged.file,) if self.packaged else ()))

    def file_among(self, names: Collection[str]) -> str | None:
        """Return the better one of its file names that are among these."""
        return next((file for file in self.files if file in names), None)

    def is_shown(self, settings: Settings) -> bool:
        """Say whether the settings ask for it."""
        return self.shown is None or self.name in settings[self.shown]


def _github(repository: str, release: str, file: str) -> str:
    return f"https://github.com/{repository}/releases/download/{release}/{file}"


PACKAGED_STEMS = {
    "RealESRGAN_x4plus": "realesrgan-x4plus",
    "RealESRGAN_x4plus_anime_6B": "realesrgan-x4plus-anime",
    "realesr-animevideov3": "realesr-animevideov3-x4",
}
"""Real-ESRGAN's files by what they are called in the package that has them too."""


def _real_esrgan(name: str, release: str, file: str, sha256: str, size: int, scale: int = 4) -> KnownUpscaler:
    remote = RemoteFile(file, _github("xinntao/Real-ESRGAN", release, file), sha256, size)
    stem = Path(file).stem
    packaged = PackagedFile(PACKAGED_STEMS[stem], f"{stem}.safetensors") if stem in PACKAGED_STEMS else None
    return KnownUpscaler(name, "RealESRGAN", remote, scale, options.REALESRGAN_SHOWN, packaged=packaged)


def _dat(scale: int, sha256: str, size: int) -> KnownUpscaler:
    file = f"DAT_x{scale}.pth"
    url = f"https://github.com/n0kovo/dat_upscaler_models/raw/main/DAT/{file}"
    return KnownUpscaler(f"DAT x{scale}", "DAT", RemoteFile(file, url, sha256, size), scale, options.DAT_SHOWN)


def _scunet(name: str, file: str, sha256: str, size: int) -> KnownUpscaler:
    return KnownUpscaler(name, "ScuNET", RemoteFile(file, _github("cszn/KAIR", "v1.0", file), sha256, size))


SWINIR_FILE = "003_realSR_BSRGAN_DFOWMFC_s64w8_SwinIR-L_x4_GAN.pth"

KNOWN_UPSCALERS: Registry[KnownUpscaler] = Registry("known upscaler")
KNOWN_UPSCALERS.add(  # Real-ESRGAN's in the order in which A1111's API lists them
    _real_esrgan(
        "R-ESRGAN General 4xV3",
        "v0.2.5.0",
        "realesr-general-x4v3.pth",
        "8dc7edb9ac80ccdc30c3a5dca6616509367f05fbc184ad95b731f05bece96292",
        4885111,
    ),
    _real_esrgan(
        "R-ESRGAN General WDN 4xV3",
        "v0.2.5.0",
        "realesr-general-wdn-x4v3.pth",
        "1641f8c4464b9f097c9fdda5589273713f67cf59f3d909e0bd688f0cee269dca",
        4885111,
    ),
    _real_esrgan(
        "R-ESRGAN AnimeVideo",
        "v0.2.5.0",
        "realesr-animevideov3.pth",
        "b8a8376811077954d82ca3fcf476f1ac3da3e8a68a4f4d71363008000a18b75d",
        2504012,
    ),
    _real_esrgan(
        "R-ESRGAN 4x+",
        "v0.1.0",
        "RealESRGAN_x4plus.pth",
        "4fa0d38905f75ac06eb49a7951b426670021be3018265fd191d2125df9d682f1",
        67040989,
    ),
    _real_esrgan(
        "R-ESRGAN 4x+ Anime6B",
        "v0.2.2.4",
        "RealESRGAN_x4plus_anime_6B.pth",
        "f872d837d3c90ed2e05227bed711af5671a6fd1c9f7d7e91c911a61f155e99da",
        17938799,
    ),
    _real_esrgan(
        "R-ESRGAN 2x+",
        "v0.2.1",
        "RealESRGAN_x2plus.pth",
        "49fafd45f8fd7aa8d31ab2a22d14d91b536c34494a5cfe31eb5d89c2fa266abb",
        67061725,
        2,
    ),
    _dat(2, "7760aa96e4ee77e29d4f89c3a4486200042e019461fdb8aa286f49aa00b89b51", 154100481),
    _dat(3, "581973e02c06f90d4eb90acf743ec9604f56f3c2c6f9e1e2c2b38ded1f80d197", 154839041),
    _dat(4, "391a6ce69899dff5ea3214557e9d585608254579217169faf3d4c353caff049e", 154692051),
    KnownUpscaler(
        "ESRGAN_4x",
        "ESRGAN",
        RemoteFile(
            "ESRGAN_4x.pth",
            _github("cszn/KAIR", "v1.0", "ESRGAN.pth"),
            "65fece06e1ccb48853242aa972bdf00ad07a7dd8938d2dcbdf4221b59f6372ce",
            66929193,
        ),
        only_alone=True,
    ),
    _scunet(
        "ScuNET GAN",
        "scunet_color_real_gan.pth",
        "892c83f812c59173273b74f4f34a14ecaf57a2fdb68df056664589beb55c966e",
        71982835,
    ),
    _scunet(
        "ScuNET PSNR",
        "scunet_color_real_psnr.pth",
        "fa78899ba2caec9d235a900e91d96c689da71c42029230c2028b00f09f809c2e",
        71982841,
    ),
    KnownUpscaler(
        "SwinIR 4x",
        "SwinIR",
        RemoteFile(
            "SwinIR_4x.pth",
            _github("JingyunLiang/SwinIR", "v0.0", SWINIR_FILE),
            "99adfa91350a84c99e946c1eb3d8fce34bc28f57d807b09dc8fe40a316328c0a",
            142473939,
        ),
        only_alone=True,
    ),
)
