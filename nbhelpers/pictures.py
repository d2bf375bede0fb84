"""Pictures: whatever may hold one becomes an RGB picture, or an ImageError says why not."""

import contextlib
import csv
import io
import os
import re
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from PIL import Image, ImageChops, ImageOps, UnidentifiedImageError
from pydicom import pixels as dicom_pixels
from scipy.special import expit

MAX_PIXELS = 80_000_000  # 240 MB as RGB; below the 89 million at which PIL starts to warn
PHOTOMETRIC, BITS, PLANAR = 262, 258, 284  # tags of a TIFF
FORMATS = ("BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")  # EPS runs Ghostscript
SLIDES = (".svs", ".ndpi", ".mrxs", ".scn", ".bif", ".vsi")  # PIL would open a label or preview
DICOM = re.compile(rb".{128}DICM|\x02\0|\x08\0|\0\x08", re.DOTALL)  # the mark, or a first group
OTHERS = (
    f"it is empty, damaged, or none of {', '.join(FORMATS)}, DICOM. Pass the picture or an array. "
    "NIfTI: nibabel. NRRD: pynrrd. MHA: SimpleITK. HEIC, AVIF: pillow-heif. CZI, ND2: bioio. HDF5: "
    "h5py. Deep TIFF: tifffile. PDF, SVG, web page: save as PNG. A git-lfs pointer: `git lfs pull`."
)
BAD_DICOM = (
    'it is DICOM, damaged or without pixels. Perhaps `pip install "pylibjpeg[all]"`. Or pass an '
    "array: rescaled, windowed, and turned round where PhotometricInterpretation is MONOCHROME1."
)


class ImageError(ValueError):
    """A picture cannot be opened. The message says what failed, why, and what to do next."""


def expand(path: str | os.PathLike) -> Path:
    """Return the path, with the home folder for `~` (as it is where there is none)."""
    return Path(os.path.expanduser(os.fsdecode(path)))  # noqa: PTH111, which raises there


def open_image(source: Any, *, window=None, frame: int | None = None) -> Image.Image:
    """Return the picture in source as a new PIL image of mode "RGB"; gray stays gray (R = G = B).

    source: a path, encoded bytes, a binary file, a PIL image, a pydicom Dataset, an array (H, W) or
    (H, W, 1 | 3 | 4), or a tensor, also (1 | 3 | 4, H, W). EXIF orientation is applied,
    transparency laid over white. Raises ImageError, also over 80 megapixels.

    - Gray of more than 8 bits, also of uint16 arrays, is scaled from its 0.1th to 99.9th percentile
      (minimum to maximum where these coincide), or from 0 to 1 where all values are within.
    - Other arrays: bool, uint8; floats of 0..1, or of 0..255 where the largest is over 16. What is
      up to 20 % or 5 % beyond, as after resizing, is cut. A normalised tensor is refused.
    - DICOM is rescaled and its first stored window (VOI LUT) applied, or `window=(center, width)`
      in rescaled values (HU in CT). Without either, 8 bits stay; more are scaled without the
      padding, which is black. MONOCHROME1 is turned round. `frame` counts from 0."""
    is_path = isinstance(source, str | os.PathLike)
    name = repr(os.fspath(source)) if is_path else f"the {type(source).__name__}"
    dicom = isinstance(source, pydicom.Dataset)
    try:
        if is_path:
            path = expand(source)
            if path.suffix.lower() in SLIDES:
                raise ImageError("it is a whole slide. Read a region of it with openslide.")
            if path.exists() and not path.is_file():  # a pipe would be read for ever
                raise ImageError("it is no ordinary file. Name a file; a folder holds many.")
            source = path.read_bytes()
        elif hasattr(source, "read"):  # a file that is open in binary mode
            source = source.read()
        encoded = isinstance(source, bytes | bytearray | memoryview)
        if encoded and DICOM.match(source):
            dicom = True
            source = pydicom.dcmread(io.BytesIO(source), force=True)
        if dicom:
            return from_dicom(deepcopy(source), window, frame)
        if window is not None or (frame is not None and not encoded):
            raise ImageError("window is for DICOM, frame for files of many. Leave them out.")
        if encoded:
            source = Image.open(io.BytesIO(source), formats=FORMATS)
            source.seek(frame or 0)
        if isinstance(source, Image.Image):
            return to_rgb(source)
        if hasattr(source, "detach"):  # a torch tensor, maybe of bfloat16, channels first
            source = source.detach().cpu()
            source = (source.float() if source.is_floating_point() else source).numpy()
            if source.ndim == 3 and len(source) in (1, 3, 4) and source.shape[2] not in (1, 3, 4):
                source = source.transpose(1, 2, 0)
        return from_array(source)
    except ImageError as error:
        raise ImageError(f"Cannot open {name}: {error}") from None
    except Exception as error:  # decoders raise SyntaxError, struct.error, OSError and more
        if dicom:  # the words of the error, and those of its cause, may quote the header
            raise ImageError(f"Cannot open {name}: {BAD_DICOM}") from None
        known = not isinstance(error, UnidentifiedImageError)
        why = f"{type(error).__name__}, {error}. Look at the path, or save it anew as PNG."
        raise ImageError(f"Cannot open {name}: {why if known else OTHERS}") from error


def opens(path: Path) -> bool:
    """Return whether the first bytes of a file are those of a picture that open_image takes."""
    with path.open("rb") as file, contextlib.suppress(Exception):
        known = DICOM.match(file.read(132)) or Image.open(file, formats=FORMATS)
        return bool(known) and path.suffix.lower() not in SLIDES
    return False


def to_rgb(image: Image.Image) -> Image.Image:
    """Return a new PIL image: upright, RGB, transparency over white, deep gray stretched."""
    check_size(*image.size)
    tags = getattr(image, "tag_v2", {})  # of a TIFF
    if tags.get(PLANAR) == 2 and max(tags.get(BITS, (8,))) > 8:  # colours that are stored apart
        raise ImageError("PIL garbles such TIFFs. Pass tifffile.imread(path).transpose(1, 2, 0).")
    image.load()
    plain_cmyk = image.mode == "CMYK" and image.format == "JPEG" and "adobe" not in image.info
    with contextlib.suppress(Exception):  # unreadable EXIF is no reason to refuse the picture
        image = ImageOps.exif_transpose(image)
    if plain_cmyk:  # PIL takes every CMYK JPEG for one of Adobe's, which are stored inverted
        image = ImageChops.invert(image)
    if image.mode.startswith(("I", "F")):
        gray = stretch(np.asarray(image))
        image = Image.fromarray(255 - gray if tags.get(PHOTOMETRIC) == 0 else gray)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def from_dicom(dataset: pydicom.Dataset, window, frame: int | None) -> Image.Image:
    """Return one frame of a dataset, which is changed, as RGB: as a viewer shows it."""
    check_size(dataset.Columns, dataset.Rows)
    frames = int(dataset.get("NumberOfFrames") or 1)
    if frame not in range(frames) and (frame is not None or frames > 1):
        raise ImageError(f"it holds {frames} frames. Choose one, from frame=0 on.")
    frame = frame or 0
    dataset.file_meta.setdefault("TransferSyntaxUID", pydicom.uid.ImplicitVRLittleEndian)
    pixels = dicom_pixels.pixel_array(dataset, index=frame)  # YBR has become RGB
    for groups, place in (("Shared", 0), ("PerFrame", frame)):  # of enhanced files
        for group in dataset.get(f"{groups}FunctionalGroupsSequence", [])[place : place + 1]:
            for settings in ("PixelValueTransformationSequence", "FrameVOILUTSequence"):
                dataset.update((group.get(settings) or [{}])[0])
    top = 2 ** dataset.get("BitsStored", 16) - 1
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        pixels = dicom_pixels.apply_color_lut(pixels, dataset)
        top = 255 if pixels.max() < 256 else 65535  # of the palette, whatever it says
    if pixels.ndim == 3:
        if window is not None:
            raise ImageError("it is in colour, and window is for gray. Leave window out.")
        return Image.fromarray(to_8_bit(pixels[:, :, :3] * (255 / top)))
    stored, values = pixels, dicom_pixels.apply_modality_lut(pixels, dataset)
    padding = np.zeros(stored.shape, bool)
    if (first := dataset.get("PixelPaddingValue")) is not None:
        ends = [first, dataset.get("PixelPaddingRangeLimit", first)]
        padding = (stored >= min(ends)) & (stored <= max(ends))
    if window is not None and not (np.shape(window) == (2,) and window[1] > 0):
        raise ImageError(f"window is {window}. Pass window=(center, width), width over 0.")
    stored_window = dataset.get("WindowCenter"), dataset.get("WindowWidth")
    center, width = (np.ravel([one])[0] for one in window or stored_window)
    if dataset.get("VOILUTSequence") and window is None:
        table = dataset.VOILUTSequence[0]
        entries, lowest, bits = table.LUTDescriptor
        table.LUTDescriptor = [entries, lowest, 16]  # of 8 bits, pydicom wraps places round
        places = np.clip(np.rint(values), lowest, lowest + (entries or 65536) - 1).astype(int)
        gray = dicom_pixels.apply_voi(places, dataset) * (255 / (2**bits - 1))
    elif center is not None and width is not None and width > 0:  # PS3.3, C.11.2.1.2 and .3
        function = dataset.get("VOILUTFunction") or "LINEAR"
        if function == "LINEAR" and width >= 1:  # from the first to the last of whole values
            center, width = center - 0.5, width - 1
        places = (values - center) / (width or 1e-6)
        gray = 255 * (expit(4 * places) if function == "SIGMOID" else places + 0.5)
    elif dataset.get("BitsStored", 16) <= 8 and stored.min() >= 0 and (values == stored).all():
        gray = stored * (255 / (2**dataset.BitsStored - 1))
    else:
        gray = stretch(values, ... if padding.all() else ~padding)
    gray, shape = to_8_bit(gray), dataset.get("PresentationLUTShape")
    if dataset.PhotometricInterpretation == "MONOCHROME1" or shape == "INVERSE":
        gray = 255 - gray
    return Image.fromarray(np.where(padding, np.uint8(0), gray)).convert("RGB")


def from_array(source: Any) -> Image.Image:
    """Return an array (H, W) or (H, W, 1 | 3 | 4), as `open_image` describes it, as RGB."""
    if np.ma.is_masked(source):
        raise ImageError("some of its values are masked. Fill them: array.filled(0).")
    array = np.asarray(source)
    array = array.astype(array.dtype.newbyteorder("="))
    if array.ndim < 2 or array.shape[2:] not in ((), (1,), (3,), (4,)) or not array.size:
        remedy = "A stack: list(array). Channels first: array.transpose(1, 2, 0)."
        raise ImageError(f"its shape is {array.shape}, not (H, W) or (H, W, 1 | 3 | 4). {remedy}")
    check_size(array.shape[1], array.shape[0])
    pixels = array[:, :, 0] if array.shape[2:] == (1,) else array
    if array.dtype == np.uint16 and array.shape[2:] != (4,):  # alpha is no gray to count
        pixels = stretch(pixels)
    elif array.dtype.kind in "bf" and array.min() >= -0.2 and array.max() <= 1.2:
        pixels = to_8_bit(pixels * 255)
    elif array.dtype.kind == "f" and array.min() >= -0.05 * 255 and 16 < array.max() <= 1.05 * 255:
        pixels = to_8_bit(pixels)
    elif array.dtype != np.uint8:
        why = f"{array.dtype} from {np.unique(array)[[0, -1]]} leaves open what is black and white"
        raise ImageError(f"{why}. Pass the picture, or np.interp(array, [black, white], [0, 1]).")
    return to_rgb(Image.fromarray(np.ascontiguousarray(pixels)))


def stretch(values: np.ndarray, counted: Any = ...) -> np.ndarray:
    """Return values as uint8 by the range of those counted; where that is within 0..1, by 0..1."""
    ends = np.percentile(values[counted].astype(np.float64), [0, 0.1, 99.9, 100])
    if not np.isfinite(ends).all():
        raise ImageError("it holds NaN or infinity. Replace them: np.nan_to_num(array).")
    low, high = ends[1:3] if ends[1] < ends[2] else ends[[0, 3]]
    if ends[0] >= 0 and ends[3] <= 1:
        low, high = 0, 1
    return to_8_bit((values - low) * (255 / ((high - low) or 1)))


def to_8_bit(values: np.ndarray) -> np.ndarray:
    """Return values of 0..255 as uint8, rounded; what lies beyond is cut."""
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)


def check_size(width: int, height: int) -> None:
    """Refuse a picture that would fill the memory, as it is or once a model scales it."""
    if width * height > MAX_PIXELS or max(width, height, 1) > 1000 * min(width, height):
        raise ImageError(f"{width} x {height} pixels: too many, or 1,000 times as long as wide.")


@dataclass(frozen=True)
class ExampleImage:
    """One real, openly licensed picture: goes wherever a path goes, as to open_image."""

    file: Path
    label: str
    caption: str
    modality: str
    source: str
    licence: str
    credit: str

    def __fspath__(self) -> str:
        return str(self.file)

    open = open_image  # image.open() is open_image(image)


def example_data() -> Path:
    """Return the folder example_data: the repository's, or what NBHELPERS_EXAMPLE_DATA names."""
    ours = Path(__file__).resolve().parents[1] / "example_data"
    return expand(os.environ.get("NBHELPERS_EXAMPLE_DATA") or ours)


def example_images(labels: str | Iterable[str] | None = None) -> list[ExampleImage]:
    """Return the example images in the order of images.csv, all or those with these labels."""
    folder = example_data()
    with (folder / "images.csv").open(encoding="utf-8", newline="") as file:
        rows = [row | {"file": folder / "images" / row["file"]} for row in csv.DictReader(file)]
    images = [ExampleImage(*[row[name] for name in ExampleImage.__annotations__]) for row in rows]
    known = dict.fromkeys(image.label for image in images)
    wanted = {labels} if isinstance(labels, str) else set(known if labels is None else labels)
    if unknown := wanted - set(known):
        raise ValueError(f"No image has the label {unknown.pop()!r}. Labels: {', '.join(known)}.")
    return [image for image in images if image.label in wanted]
