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
from scipy.special import expit

MAX_PIXELS = 80_000_000  # 240 MB as RGB; below the 89 million at which PIL starts to warn
MAX_RATIO = 1000  # of length to width: a model scales the shorter side, and the longer with it
PHOTOMETRIC, BITS, PLANAR = 262, 258, 284  # tags of a TIFF
FORMATS = ("BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")  # EPS runs Ghostscript
SMALLER = "Shrink it or cut out a region first."
SLIDES = (".svs", ".ndpi", ".mrxs", ".scn", ".bif", ".vsi")  # PIL would open a label or preview
OTHERS = (
    "Other files open elsewhere: pass the picture, or a slice as an array. NIfTI: nibabel. NRRD: "
    "pynrrd. MHA: SimpleITK. HEIC, AVIF: pillow-heif. Slides: openslide. CZI, ND2, LIF: bioio. "
    "HDF5: h5py. Deep TIFF: tifffile. .npy: np.load. Save PDF, SVG or a web page's picture as PNG. "
    "Of an address, pass the bytes. A git-lfs pointer: `git lfs pull`."
)
AS_ARRAY = (
    'Compressed ones may need `pip install "pylibjpeg[all]"`. Or pass an array that pydicom gave: '
    "rescaled, windowed, and turned round where PhotometricInterpretation is MONOCHROME1."
)
SAY_RANGE = (
    "A picture that a model's preprocess made: pass the picture itself. Otherwise say which values "
    "are black and white: np.interp(array, [black, white], [0, 1])."
)


class ImageError(ValueError):
    """A picture cannot be opened. The message says what failed, why, and what to do next."""


def failure(name: str, why: str, then: str) -> ImageError:
    """Return the error with its one complete message."""
    return ImageError(f"Cannot open {name}: {why.rstrip('.')}. {then}")


def expand(path: str | os.PathLike) -> Path:
    """Return the path, with the home folder for `~` (as it is where there is none)."""
    return Path(os.path.expanduser(os.fsdecode(path)))  # noqa: PTH111, which raises there


def open_image(source: Any, *, window=None, frame: int | None = None) -> Image.Image:
    """Return the picture in source as a new PIL image of mode "RGB"; gray stays gray (R = G = B).

    source: a path, encoded bytes, a binary file object, a PIL image, an array (H, W) or
    (H, W, 1 | 3 | 4), or a tensor of these shapes or (1 | 3 | 4, H, W).

    - EXIF orientation is applied. `frame` counts from 0; without it, the first is taken.
    - Transparency is laid over white, as on a page. CMYK becomes RGB without colour profiles.
    - Files of gray of more than 8 bits are scaled from their own 0.1th to 99.9th percentile
      (minimum to maximum where these coincide): 12 bits stored in 16 are not black. Of 16-bit PNGs
      with colour or alpha, PIL keeps the upper 8 bits.
    - Arrays: bool, uint8; uint16, scaled as deep gray is; floats from 0 to 1 or, where the largest
      is over 16, from 0 to 255. What lies up to 20 % or 5 % beyond, as after resizing, is cut. All
      else is refused: a normalised tensor, for instance, is no picture any more.
    - DICOM is rescaled and its first stored window (VOI LUT) applied, or `window=(center, width)`
      in rescaled values (HU in CT). Without either it is scaled as deep gray is, its padding left
      out and drawn black; 8 bits stay as they are. MONOCHROME1 and an inverse presentation are
      turned round. One of many frames needs `frame`. Nothing of a header is shown or told.

    Raises ImageError: broken, truncated or other files, over 80 megapixels or over 1,000 times as
    long as wide (refused before decoding), wrong shapes or types. Threads may call this.
    """
    is_path = isinstance(source, str | os.PathLike)
    name = repr(os.fspath(source)) if is_path else f"the {type(source).__name__}"
    try:
        if is_path:
            path = expand(source)
            if path.suffix.lower() in SLIDES:
                raise failure(name, "it is a whole slide", "Read a region of it with openslide.")
            if path.exists() and not path.is_file():  # a pipe would be read for ever
                raise failure(name, "it is no ordinary file", "Name a file; a folder holds many.")
            source = path.read_bytes()
        elif hasattr(source, "read"):  # a file that is open in binary mode
            source = source.read()
        encoded = isinstance(source, bytes | bytearray | memoryview)
        if encoded and is_dicom(source):
            return from_dicom(bytes(source), name, window, frame)
        if window is not None or (frame is not None and not encoded):
            why = "window is for DICOM files, frame for files of many"
            raise failure(name, why, "Leave them out.")
        if encoded:
            with Image.open(io.BytesIO(source), formats=FORMATS) as image:
                image.seek(frame or 0)
                return to_rgb(image, name)
        if isinstance(source, Image.Image):
            return to_rgb(source, name)
        if hasattr(source, "detach"):  # a torch tensor: there channels come first by convention
            source = source.detach().cpu()
            source = (source.float() if source.is_floating_point() else source).numpy()
            shape = source.shape
            if len(shape) == 3 and shape[0] in (1, 3, 4) and shape[2] not in (1, 3, 4):
                source = source.transpose(1, 2, 0)
        if not hasattr(source, "__array__"):
            raise failure(name, "it is no picture", "Pass a path, bytes, a PIL image or an array.")
        return from_array(source, name)
    except ImageError:
        raise
    except UnidentifiedImageError as error:
        why = f"it is empty, damaged, or none of {', '.join(FORMATS)}, DICOM"
        raise failure(name, why, OTHERS) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise failure(name, f"{error} (the limit is {MAX_PIXELS:,} pixels)", SMALLER) from error
    except Exception as error:  # decoders raise SyntaxError, struct.error, OSError and more
        said = f"{type(error).__name__}, {' '.join(str(error).split())}"
        cut = any(word in said.lower() for word in ("truncated", "broken data", "end of file"))
        then = "Look at the path (of an address, pass the bytes), or save it anew as PNG."
        raise failure(name, "it is cut short" if cut else said, then) from error


def opens(path: Path) -> bool:
    """Return whether the first bytes of a file are those of a picture that open_image takes."""
    if path.suffix.lower() in SLIDES:
        return False
    with path.open("rb") as file:
        if is_dicom(file.read(132)):
            return True
    with contextlib.suppress(Exception), Image.open(path, formats=FORMATS):
        return True
    return False


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
    syntax = "unknown"
    try:
        dataset = pydicom.dcmread(io.BytesIO(content), force=True)
        if "Rows" not in dataset:
            kind = dataset.SOPClassUID.name if "SOPClassUID" in dataset else "unknown"
            raise failure(name, f"it is a DICOM file without pixels, of the kind {kind}", AS_ARRAY)
        check_size(dataset.Columns, dataset.Rows, name)
        frames = int(dataset.get("NumberOfFrames") or 1)
        if frame not in range(frames) and (frame is not None or frames > 1):
            then = f"Choose one: open_image(source, frame=0); the last is {frames - 1}."
            raise failure(name, f"it holds {frames} frames", then)
        frame = frame or 0
        assumed = pydicom.uid.ImplicitVRLittleEndian  # of files without the part that says it
        syntax = dataset.file_meta.setdefault("TransferSyntaxUID", assumed).value.name
        pixels = dicom_pixels.pixel_array(dataset, index=frame)  # YBR has become RGB
        shared = dataset.get("SharedFunctionalGroupsSequence", [])[:1]
        own = dataset.get("PerFrameFunctionalGroupsSequence", [])[frame : frame + 1]
        for group in [*shared, *own]:  # where enhanced files keep what others hold at the top
            for settings in ("PixelValueTransformationSequence", "FrameVOILUTSequence"):
                dataset.update((group.get(settings) or [{}])[0])
        if dataset.PhotometricInterpretation == "PALETTE COLOR":
            pixels = dicom_pixels.apply_color_lut(pixels, dataset)
            top = 255 if pixels.max() < 256 else 65535  # of the palette, whatever it says
        else:
            top = 2 ** dataset.get("BitsStored", 16) - 1
        if pixels.ndim == 2:
            return Image.fromarray(from_dicom_gray(pixels, dataset, name, window)).convert("RGB")
        if window is not None:
            raise failure(name, "it is in colour, and window is for gray", "Leave window out.")
        shares = np.clip(pixels[:, :, :3] / top, 0, 1)
        return Image.fromarray(np.rint(shares * 255).astype(np.uint8))
    except ImageError:
        raise
    except Exception as error:  # its words, and those of its cause, may quote the header
        why = f"it is a damaged or unusual DICOM file ({type(error).__name__}; pixels: {syntax})"
        raise failure(name, why, AS_ARRAY) from None


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
    if window is not None and not (np.shape(window) == (2,) and window[1] > 0):
        raise failure(name, f"window is {window}", "Pass window=(center, width), width over 0.")
    stored_window = dataset.get("WindowCenter"), dataset.get("WindowWidth")
    center, width = (np.ravel([one])[0] for one in window or stored_window)
    if dataset.get("VOILUTSequence") and window is None:
        gray = look_up(values, dataset.VOILUTSequence[0])
    elif center is not None and width is not None and width > 0:
        gray = apply_window(values, center, width, dataset.get("VOILUTFunction") or "LINEAR")
    elif dataset.get("BitsStored", 16) <= 8 and values is stored and stored.min() >= 0:
        gray = stored * (255 / (2**dataset.BitsStored - 1))
    else:
        gray = to_8_bit(values, name, ... if padding.all() else ~padding)
    gray = np.rint(np.clip(gray, 0, 255)).astype(np.uint8)
    shape = dataset.get("PresentationLUTShape")
    if dataset.PhotometricInterpretation == "MONOCHROME1" or shape == "INVERSE":
        gray = 255 - gray
    return np.where(padding, np.uint8(0), gray)


def apply_window(values: np.ndarray, center: float, width: float, function: str) -> np.ndarray:
    """Return values as 0..255 by a window of DICOM (PS3.3, C.11.2.1.2 and C.11.2.1.3)."""
    values = values.astype(np.float64)
    if function == "SIGMOID":
        return 255 * expit(4 * (values - center) / width)
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


def from_array(source: Any, name: str) -> Image.Image:
    """Return an array (H, W) or (H, W, 1 | 3 | 4), as `open_image` describes it, as RGB."""
    if np.ma.is_masked(source):
        raise failure(name, "some of its values are masked", "Fill them: array.filled(0).")
    array = np.asarray(source)
    array = array.astype(array.dtype.newbyteorder("="))
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or channels not in (1, 3, 4) or not array.size:
        why = f"its shape is {array.shape}, not (H, W) or (H, W, 1 | 3 | 4) with pixels"
        then = "Several pictures in a stack: list(array). Channels first: array.transpose(1, 2, 0)."
        raise failure(name, why, then)
    check_size(array.shape[1], array.shape[0], name)
    pixels = array[:, :, 0] if array.ndim == 3 and channels == 1 else array
    if array.dtype.kind == "f":
        pixels = np.rint(255 * to_unit(pixels, name)).astype(np.uint8)
    elif array.dtype == np.uint16 and channels == 4:
        raise failure(name, "its alpha has 16 bits", "Leave it out: array[:, :, :3].")
    elif array.dtype not in (np.bool_, np.uint8, np.uint16):
        why = f"{array.dtype} leaves open which values are black and white"
        raise failure(name, why, SAY_RANGE)
    return to_rgb(Image.fromarray(np.ascontiguousarray(to_8_bit(pixels, name))), name)


def to_unit(array: np.ndarray, name: str) -> np.ndarray:
    """Return floats of 0..1 or 0..255 as 0..1; what resizing left just beyond is cut."""
    low, high = array.min(), array.max()
    if low >= -0.2 and high <= 1.2:
        return np.clip(array, 0, 1)
    if low >= -0.05 * 255 and 16 < high <= 1.05 * 255:
        return np.clip(array / 255, 0, 1)
    why = f"its values, from {low:.4g} to {high:.4g}, lie neither in 0..1 nor in 0..255"
    raise failure(name, why, SAY_RANGE)


def to_8_bit(values: np.ndarray, name: str, counted: Any = ...) -> np.ndarray:
    """Return values as uint8: bool and floats within 0..1 times 255, all else by its own range."""
    if values.dtype == np.uint8:
        return values
    if not np.isfinite(values).all():
        raise failure(name, "it holds NaN or infinity", "Replace them: np.nan_to_num(array).")
    low, high = values[counted].min(), values[counted].max()
    if values.dtype == np.bool_ or (values.dtype.kind == "f" and low >= 0 and high <= 1):
        return np.rint(np.clip(values, 0, 1) * np.float32(255)).astype(np.uint8)
    inner = np.percentile(values[counted], [0.1, 99.9])
    low, high = map(float, inner if inner[0] < inner[1] else (low, high))
    scaled = (values.astype(np.float64) - low) / ((high - low) or 1)
    return np.rint(np.clip(scaled, 0, 1) * 255).astype(np.uint8)


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
    return expand(os.environ.get("NBHELPERS_EXAMPLE_DATA") or ours)


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
