"""Pictures: whatever may hold one becomes an RGB picture, or an ImageError says why not."""

import contextlib
import csv
import io
import os
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from PIL import Image, ImageChops, ImageOps, UnidentifiedImageError
from pydicom import pixels as dicom_pixels

MAX_PIXELS = 80_000_000  # 240 MB as RGB; below the 89 million at which PIL starts to warn
MAX_RATIO = 1000  # of length to width: a model scales the shorter side, and the longer with it
PHOTOMETRIC, BITS, PLANAR = 262, 258, 284  # tags of a TIFF
FORMATS = ("BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")  # EPS runs Ghostscript
SMALLER = "Shrink it or cut out a region first."
GROUPS = "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"
NO_PIXELS = "Pass the image files of the study: this one is a report, a plan, or cut short."
AS_ARRAY = (
    "Fetch it anew, or pass an array that pydicom gave: rescaled, windowed, and turned round where "
    "PhotometricInterpretation is MONOCHROME1."
)
OTHERS = (
    "Another kind of file opens elsewhere: DICOM with pydicom, NIfTI with nibabel, deep TIFFs with "
    "tifffile, .npy with np.load: pass its array. Save HEIC, PDF, SVG or a web page's picture as "
    "PNG. Of an address, pass the bytes. A git-lfs pointer: `git lfs pull`."
)


class ImageError(ValueError):
    """A picture cannot be opened. The message says what failed, why, and what to do next."""


def failure(name: str, why: str, then: str) -> ImageError:
    """Return the error with its one complete message."""
    return ImageError(f"Cannot open {name}: {why.rstrip('.')}. {then}")


def open_image(source: Any, *, window=None, frame: int | None = None) -> Image.Image:
    """Return the picture in source as a new PIL image of mode "RGB"; gray stays gray (R = G = B).

    source: a path, encoded bytes, a binary file object, a PIL image, an array
    (H, W) or (H, W, 1 | 3 | 4), or a tensor of these shapes or (1 | 3 | 4, H, W). Arrays are bool,
    uint8, uint16 or finite floats; floats within 0..1 are taken as they are.

    - EXIF orientation is applied; of an animation or a many-page TIFF the first frame is taken.
    - Transparency is laid over white, as on a page. CMYK becomes RGB without colour profiles.
    - Gray of more than 8 bits, uint16 arrays and floats beyond 0..1 are scaled from their own 0.1th
      to 99.9th percentile (minimum to maximum where these coincide): 12 bits stored in 16 are not
      black. Of 16-bit PNGs with colour or alpha, PIL keeps the upper 8 bits.

    DICOM is rescaled, and its first stored window (VOI LUT) applied, or `window=(center, width)` in
    rescaled values (HU in CT). Without either it is scaled as deep gray is, its padding left out
    and drawn black; 8 bits stay as they are. MONOCHROME1 and an inverse presentation are turned
    round. `frame` counts from 0; a DICOM of many frames needs it. No name or date of a header gets
    into a picture or a message.

    Raises ImageError: broken, truncated or other files, over 80 megapixels or over 1,000 times as
    long as wide (refused before decoding), wrong shapes or types. Threads may call this.
    """
    is_path = isinstance(source, str | os.PathLike)
    name = repr(os.fspath(source)) if is_path else f"the {type(source).__name__}"
    try:
        if window is not None and not (len(window) == 2 and 0 < window[1] < np.inf):
            raise failure(name, f"window is {window}", "Pass window=(center, width), width over 0.")
        in_memory = isinstance(source, Image.Image | np.ndarray) or hasattr(source, "cpu")
        if in_memory and (window, frame) != (None, None):
            raise failure(name, "window and frame are for files", "Leave them out.")
        if hasattr(source, "cpu"):  # a torch tensor: there channels come first by convention
            source = source.detach().cpu().numpy()
            shape = source.shape
            if len(shape) == 3 and shape[0] in (1, 3, 4) and shape[2] not in (1, 3, 4):
                source = source.transpose(1, 2, 0)
        if isinstance(source, Image.Image):
            return to_rgb(source, name)
        if isinstance(source, np.ndarray):
            return from_array(source, name)
        if is_path:
            path = Path(os.fsdecode(source)).expanduser()
            if path.exists() and not path.is_file():  # a pipe would be read for ever
                raise failure(name, "it is no ordinary file", "Name a file; a folder holds many.")
            source = path.read_bytes()
        elif not isinstance(source, bytes | bytearray | memoryview):
            source = source.read()  # of a file that is open in binary mode
        if is_dicom(source):
            return from_dicom(bytes(source), name, window, frame)
        if window is not None:
            raise failure(name, "it is no DICOM file, and window is for those", "Leave window out.")
        with Image.open(io.BytesIO(source), formats=FORMATS) as image:
            image.seek(frame or 0)
            return to_rgb(image, name)
    except ImageError:
        raise
    except UnidentifiedImageError as error:
        why = f"it is empty, damaged, or none of {', '.join(FORMATS)}"
        raise failure(name, why, OTHERS) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise failure(name, f"{error} (the limit is {MAX_PIXELS:,} pixels)", SMALLER) from error
    except Exception as error:  # decoders raise SyntaxError, struct.error, OSError and more
        said = f"{type(error).__name__}, {' '.join(str(error).split())}"
        cut = any(word in said.lower() for word in ("truncated", "broken data", "end of file"))
        then = "Look at the path (of an address, pass the bytes), or save it anew as PNG."
        raise failure(name, "it is cut short" if cut else said, then) from error


def to_rgb(image: Image.Image, name: str) -> Image.Image:
    """Return a new PIL image: upright, RGB, transparency over white, deep gray as in `to_8_bit`."""
    check_size(*image.size, name)
    tags = getattr(image, "tag_v2", {})  # of a TIFF
    if tags.get(PLANAR) == 2 and max(tags.get(BITS, (8,))) > 8:
        then = "Pass the array, colours last: tifffile.imread(path), array.transpose(1, 2, 0)."
        raise failure(name, "PIL garbles deep TIFFs whose colours are stored apart", then)
    image.load()
    plain_cmyk = image.mode == "CMYK" and image.format == "JPEG" and "adobe" not in image.info
    with contextlib.suppress(Exception):  # unreadable EXIF is no reason to refuse the picture
        image = ImageOps.exif_transpose(image)
    if plain_cmyk:  # PIL takes every CMYK JPEG for one of Adobe's, which are stored inverted
        image = ImageChops.invert(image)
    if image.mode.startswith(("I", "F")):
        gray = Image.fromarray(to_8_bit(np.asarray(image), name))
        white_is_zero = tags.get(PHOTOMETRIC) == 0
        return (ImageOps.invert(gray) if white_is_zero else gray).convert("RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")


def is_dicom(content: bytes) -> bool:
    """Return whether a file that begins so is DICOM: it has the mark, or begins with a group."""
    return content[128:132] == b"DICM" or bytes(content[:2]) in (b"\2\0", b"\x08\0", b"\0\x08")


def from_dicom(content: bytes, name: str, window, frame: int | None) -> Image.Image:
    """Return one frame of a DICOM file as RGB. Errors quote nothing that the file says."""
    compressed = False
    try:
        dataset = pydicom.dcmread(io.BytesIO(content), force=True)
        kind = pydicom.uid.UID(dataset.get("SOPClassUID") or "1.2")
        if "Rows" not in dataset:
            why = (
                f"it is a DICOM file ({kind.name if kind.keyword else 'kind unknown'}), no picture"
            )
            raise failure(name, why, NO_PIXELS if kind.keyword else AS_ARRAY)
        check_size(dataset.Columns, dataset.Rows, name)
        frames = int(dataset.get("NumberOfFrames") or 1)
        if frame not in range(frames) and (frame is not None or frames > 1):
            then = f"Choose one: open_image(source, frame=0); the last is {frames - 1}."
            raise failure(name, f"it holds {frames} frames", then)
        frame = frame or 0
        if "TransferSyntaxUID" not in dataset.file_meta:
            implicit, little = dataset.original_encoding
            explicit = pydicom.uid.ExplicitVRLittleEndian if little else "1.2.840.10008.1.2.2"
            syntax = pydicom.uid.ImplicitVRLittleEndian if implicit else explicit
            dataset.file_meta.TransferSyntaxUID = syntax
        compressed = dataset.file_meta.TransferSyntaxUID.is_compressed
        pixels = dicom_pixels.pixel_array(dataset, index=frame)  # YBR has become RGB
        compressed = False
        for group in GROUPS:  # where enhanced files keep what others hold at the top
            for item in dataset.get(group, [])[frame if group == GROUPS[1] else 0 :][:1]:
                for settings in ("PixelValueTransformationSequence", "FrameVOILUTSequence"):
                    dataset.update(item.get(settings, [{}])[0])
        if dataset.PhotometricInterpretation == "PALETTE COLOR":
            pixels = dicom_pixels.apply_color_lut(pixels, dataset)
            top = 255 if pixels.max() < 256 else 65535  # of the palette, whatever it says
        else:
            top = 2 ** dataset.get("BitsStored", 16) - 1
        if pixels.ndim == 2:
            return Image.fromarray(from_dicom_gray(pixels, dataset, name, window)).convert("RGB")
        if window is not None:
            raise failure(name, "it is in colour, and window is for gray", "Leave window out.")
        return Image.fromarray(np.rint(pixels[:, :, :3] * (255 / top)).astype(np.uint8))
    except ImageError:
        raise
    except Exception as error:  # its words, and those of its cause, may quote the header
        why = f"it is a damaged or unusual DICOM file (pydicom: {type(error).__name__})"
        if not compressed:
            raise failure(name, why, AS_ARRAY) from None
        why = f"pydicom has no decoder for its {dataset.file_meta.TransferSyntaxUID.name} pixels"
        then = f'Type `pip install "pylibjpeg[all]"`. If that does not help: {AS_ARRAY}'
        raise failure(name, f"{why}, or it is damaged", then) from None


def from_dicom_gray(stored: np.ndarray, dataset: Any, name: str, window) -> np.ndarray:
    """Return the stored values (H, W) of a gray frame as uint8, as a viewer shows them."""
    values = stored
    rescale = dataset.get("RescaleSlope"), dataset.get("RescaleIntercept")
    if dataset.get("ModalityLUTSequence") or None not in rescale:
        values = dicom_pixels.apply_modality_lut(stored, dataset)
    padding = np.zeros(stored.shape, bool)
    if (first := dataset.get("PixelPaddingValue")) is not None:
        ends = sorted([first, dataset.get("PixelPaddingRangeLimit", first)])
        padding = (stored >= ends[0]) & (stored <= ends[1])
    stored_window = dataset.get("WindowCenter"), dataset.get("WindowWidth")
    center, width = (np.ravel([one])[0] for one in window or stored_window)
    if dataset.get("VOILUTSequence") and window is None:
        gray = look_up(values, dataset.VOILUTSequence[0])
    elif center is not None and width is not None and width > 0:
        gray = apply_window(values, center, width, dataset.get("VOILUTFunction") or "LINEAR")
    elif dataset.get("BitsStored", 16) <= 8 and values is stored and stored.min() >= 0:
        gray = stored * (255 / (2**dataset.BitsStored - 1))
    elif np.isfinite(values).all():
        gray = stretch(values, ... if padding.all() else ~padding)
    else:
        raise failure(name, "it holds NaN or infinity", "Say which values count: window=(…, …).")
    gray = np.rint(gray).astype(np.uint8)
    shape = dataset.get("PresentationLUTShape")
    if dataset.PhotometricInterpretation == "MONOCHROME1" or shape == "INVERSE":
        gray = 255 - gray
    return np.where(padding, np.uint8(0), gray)


def apply_window(values: np.ndarray, center: float, width: float, function: str) -> np.ndarray:
    """Return values as 0..255 by a window of DICOM (PS3.3, C.11.2.1.2 and C.11.2.1.3)."""
    values = values.astype(np.float64)
    if function == "SIGMOID":
        return 255 / (1 + np.exp(-4 * (values - center) / width))
    if function == "LINEAR" and width >= 1:  # from the first to the last of `width` whole values
        center, width = center - 0.5, width - 1
    return 255 * np.clip((values - center) / (width or 1e-6) + 0.5, 0, 1)


def look_up(values: np.ndarray, lut: Any) -> np.ndarray:
    """Return values as 0..255 by a lookup table of DICOM (PS3.3, C.11.2.1.1)."""
    entries, first, bits = lut.LUTDescriptor
    table = lut.LUTData
    if isinstance(table, bytes):  # 8 bits, or 16 where the entries take two bytes
        table = np.frombuffer(table, np.uint8 if len(table) < 2 * (entries or 65536) else "<u2")
    places = np.clip(np.rint(values) - first, 0, len(table) - 1).astype(int)
    return np.asarray(table)[places] * (255 / (2**bits - 1))


def from_array(array: np.ndarray, name: str) -> Image.Image:
    """Return an array (H, W) or (H, W, 1 | 3 | 4) of bool, uint8, uint16 or floats as RGB."""
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or channels not in (1, 3, 4) or not array.size:
        why = "pictures have the shape (H, W) or (H, W, 1 | 3 | 4) and at least one pixel"
        raise failure(name, why, "Channels that come first: array.transpose(1, 2, 0).")
    check_size(array.shape[1], array.shape[0], name)
    if array.dtype not in (np.bool_, np.uint8, np.uint16) and array.dtype.kind != "f":
        then = "Say it: array.astype(np.uint8) for 0..255, or (array - low) / (high - low)."
        raise failure(name, "its type leaves open which values are black and white", then)
    pixels = to_8_bit(array[:, :, :3] if channels == 4 else array, name)
    if channels == 4:  # alpha is never stretched: its full range is the type's, or 0..1
        full = np.iinfo(array.dtype).max if array.dtype.kind == "u" else 1
        alpha = np.rint(np.clip(array[:, :, 3:] / full, 0, 1) * 255)
        pixels = np.concatenate([pixels, alpha.astype(np.uint8)], axis=2)
    if pixels.ndim == 3 and channels == 1:
        pixels = pixels[:, :, 0]
    return to_rgb(Image.fromarray(np.ascontiguousarray(pixels)), name)


def to_8_bit(values: np.ndarray, name: str) -> np.ndarray:
    """Return values as uint8: bool and floats within 0..1 times 255, all else by its own range."""
    if values.dtype == np.uint8:
        return values
    if not np.isfinite(values).all():
        raise failure(name, "it holds NaN or infinity", "Replace them: np.nan_to_num(array).")
    low, high = values.min(), values.max()
    if values.dtype == np.bool_ or (values.dtype.kind == "f" and low >= 0 and high <= 1):
        return np.rint(values * np.float32(255)).astype(np.uint8)
    return np.rint(stretch(values)).astype(np.uint8)


def stretch(values: np.ndarray, counted=...) -> np.ndarray:
    """Return values scaled to 0..255 from the 0.1th to the 99.9th percentile of those counted."""
    low, high = np.percentile(values[counted], [0.1, 99.9])
    if low == high:  # of a few bright pixels on nothing
        low, high = values[counted].min(), values[counted].max()
    scaled = (values.astype(np.float64) - float(low)) / (float(high) - float(low) or 1)
    return np.clip(scaled, 0, 1) * 255


def check_size(width: int, height: int, name: str) -> None:
    """Refuse a picture that would fill the memory, before its pixels are decoded."""
    size = f"it has {width:,} x {height:,} pixels"
    if min(width, height) < 1 or max(width, height) > MAX_RATIO * min(width, height):
        raise failure(name, f"{size}: a line, not a picture", "Cut out a region first.")
    if width * height > MAX_PIXELS:
        raise failure(name, f"{size}, over the limit of {MAX_PIXELS:,}", SMALLER)


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

    def open(self) -> Image.Image:
        """Return the picture as a PIL image of mode "RGB"."""
        return open_image(self)


def example_data() -> Path:
    """Return the folder example_data: the repository's, or what NBHELPERS_EXAMPLE_DATA names."""
    ours = Path(__file__).resolve().parents[1] / "example_data"
    return Path(os.environ.get("NBHELPERS_EXAMPLE_DATA") or ours).expanduser()


def example_images(labels: str | Iterable[str] | None = None) -> list[ExampleImage]:
    """Return the example images in the order of images.csv, all or those with these labels."""
    folder = example_data()
    if not (folder / "images.csv").is_file():
        then = "Clone the repository, or set NBHELPERS_EXAMPLE_DATA to its folder example_data."
        raise failure(f"the folder {str(folder)!r}", "images.csv is not there", then)
    with (folder / "images.csv").open(encoding="utf-8", newline="") as file:
        rows = [row | {"file": folder / "images" / row["file"]} for row in csv.DictReader(file)]
    names = [field.name for field in fields(ExampleImage)]
    images = [ExampleImage(**{name: row[name] for name in names}) for row in rows]
    known = dict.fromkeys(image.label for image in images)
    wanted = {labels} if isinstance(labels, str) else set(known if labels is None else labels)
    if unknown := wanted - set(known):
        raise ValueError(f"No image has the label {unknown.pop()!r}. Labels: {', '.join(known)}.")
    return [image for image in images if image.label in wanted]
