"""Opening pictures: whatever may hold one becomes an RGB picture, or an ImageError says why not."""

import contextlib
import difflib
import http.client
import io
import os
import time
import urllib.parse
import urllib.request
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageOps, UnidentifiedImageError

MAX_PIXELS = 80_000_000  # 240 MB as RGB; below the 89 million at which PIL itself starts to warn
SMALLER = "Shrink it or cut out a region first."
MAX_RATIO = 1000  # of length to width: a model scales the shorter side to its own size, and the longer with it
MAX_BYTES = 512 * 2**20  # of an encoded file
TIMEOUT = 20.0  # seconds a server may stay silent; a whole download may take three times as long
PHOTOMETRIC, BITS, PLANAR = 262, 258, 284  # tags of a TIFF
FORMATS = (
    "BMP",
    "GIF",
    "JPEG",
    "JPEG2000",
    "PNG",
    "PPM",
    "TIFF",
    "WEBP",
)  # no EPS: PIL runs Ghostscript for it
OTHER_KINDS = {  # how other files start: what they are, what to do
    b"version https://git-lfs": (
        "a git-lfs pointer, not the picture",
        "Run `git lfs pull` and try again.",
    ),
    b"%pdf": ("a PDF", "Export the page or the figure as PNG and open that."),
    b"%!ps": ("PostScript", "Export the figure as PNG and open that."),
    b"<svg": ("an SVG drawing, not pixels", "Export it as PNG and open that."),
    b"<": (
        "a web page or XML, not a picture",
        "Copy the address of the picture itself, not of its page.",
    ),
    b"\x93numpy": ("an array of NumPy", "Load it with np.load, and pass the array."),
    b"\x1f\x8b": (
        "gzip-compressed",
        "Unpack it; a volume (.nii.gz) opens with nibabel, slice by slice.",
    ),
    b"pk\x03\x04": ("a zip archive", "Unpack it and open a picture in it."),
}


class ImageError(ValueError):
    """A picture cannot be opened. The message says what failed, the likely reason, and what to do next."""


def failure(name: str, why: str, then: str) -> ImageError:
    """Return the error with its one complete message."""
    return ImageError(f"Cannot open {name}: {why.rstrip('.')}. {then}")


def open_image(source) -> Image.Image:
    """Return the picture in source as a new PIL image of mode "RGB"; gray pictures stay gray (R = G = B).

    source: a path (str or os.PathLike, an ExampleImage too), an http(s) URL, encoded bytes, a binary file object, a
    PIL image, a NumPy array (H, W) or (H, W, 1 | 3 | 4), or a torch tensor of these shapes or (1 | 3 | 4, H, W).
    Arrays are bool, uint8, uint16 or finite floats; floats within 0..1 are taken as they are.

    - EXIF orientation is applied; of an animation or a multi-page TIFF the first frame is taken.
    - Transparency is laid over white, as on a page. CMYK becomes RGB by PIL's formula, without colour profiles.
    - Gray of more than 8 bits, uint16 arrays and floats beyond 0..1 are scaled from their own 0.1th to 99.9th
      percentile (minimum to maximum where these coincide): 12 bits stored in 16 don't come out black, and a few hot
      pixels don't darken the rest. Of 16-bit PNGs with colour or alpha, PIL keeps the upper 8 bits.

    Raises ImageError for all else: broken or truncated files, other kinds of files, over 80 megapixels or over 1,000
    times as long as wide (refused before decoding), wrong shapes or types. PIL's global settings are left alone, and
    threads may call this.
    """
    name = describe(source)
    try:
        if hasattr(source, "cpu"):  # a torch tensor: there channels come first by convention
            source = source.detach().cpu().numpy()
            if (
                source.ndim == 3
                and source.shape[0] in (1, 3, 4)
                and source.shape[2] not in (1, 3, 4)
            ):
                source = source.transpose(1, 2, 0)
        if isinstance(source, Image.Image):
            return to_rgb(source, name)
        if isinstance(source, np.ndarray):
            return from_array(source, name)
        return decode(read_bytes(source, name), name)
    except ImageError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise failure(name, f"{error} (here: {MAX_PIXELS:,} pixels)", SMALLER) from error
    except MemoryError as error:
        raise failure(name, "memory ran out", SMALLER) from error
    except (
        Exception
    ) as error:  # decoders raise SyntaxError, struct.error, OSError and more for damaged files
        cut = any(
            word in str(error).lower()
            for word in ("truncated", "broken data", "premature", "end of file")
        )
        why = "it is cut short, its end is missing" if cut else f"{type(error).__name__}, {error}"
        raise failure(name, why, "Download or copy it again, or save it anew as PNG.") from error


def describe(source) -> str:
    """Return a few words that tell the reader which picture is meant."""
    if isinstance(source, str | os.PathLike):
        return repr(os.fspath(source))
    if hasattr(source, "shape") and hasattr(source, "dtype"):
        return f"the array of shape {tuple(source.shape)} and type {source.dtype}"
    return f"the {type(source).__name__}" + (
        f" of {len(source):,} bytes" if isinstance(source, bytes) else ""
    )


def read_bytes(source, name) -> bytes:
    """Return the encoded bytes that a path, URL, bytes or file object stands for."""
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source)
    if isinstance(source, str) and source.lower().startswith(("http://", "https://")):
        return download(source, name)
    if isinstance(source, str | os.PathLike):
        return read_path(Path(os.fsdecode(source)).expanduser(), name)
    if not hasattr(source, "read"):
        raise failure(
            name, "it is no picture", "Give a path, a URL, bytes, a file, an array or a PIL image."
        )
    if not isinstance(content := source.read(MAX_BYTES + 1), bytes):
        raise failure(name, "it is open in text mode", 'Open it with open(path, "rb").')
    return content


def read_path(path, name) -> bytes:
    """Return a file's bytes, or say which file was probably meant."""
    if path.is_dir():
        raise failure(
            name,
            "it is a folder",
            f"Name a file in it; list them: `list(Path({str(path)!r}).iterdir())`.",
        )
    if not path.exists():
        here = path.parent.is_dir()
        close = difflib.get_close_matches(
            path.name, [other.name for other in path.parent.iterdir()] if here else []
        )
        why = "there is no such file" if here else f"there is no folder {str(path.parent)!r}"
        then = (
            f"Did you mean {' or '.join(map(repr, close))}?"
            if close
            else f"Python looks from {str(Path.cwd())!r}."
        )
        raise failure(name, why, then)
    if not path.is_file() or path.stat().st_size > MAX_BYTES:
        raise failure(name, f"it is no ordinary file of at most {MAX_BYTES:,} bytes", SMALLER)
    return path.read_bytes()


def download(url, name) -> bytes:
    """Return what the server sends, within TIMEOUT and MAX_BYTES."""
    content, deadline = bytearray(), time.monotonic() + 3 * TIMEOUT
    try:
        quoted = urllib.parse.quote(url, safe="%/:=&?~#+!$,;'@()*[]")  # an umlaut or a blank in it
        request = urllib.request.Request(quoted, headers={"User-Agent": "nbhelpers"})
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            size = int(response.headers.get("Content-Length") or 0)
            while max(size, len(content)) <= MAX_BYTES and (part := response.read1(2**16)):
                content += part
                if time.monotonic() > deadline:
                    raise TimeoutError(f"not complete after {3 * TIMEOUT:.0f} s")
        if max(size, len(content)) > MAX_BYTES:
            raise OSError(f"over the limit of {MAX_BYTES:,} bytes")
        if len(content) < size:
            raise OSError(f"cut short at {len(content):,} of {size:,} bytes")
    except (OSError, ValueError, http.client.HTTPException) as error:
        by_hand = "Download it by hand, as with a browser, and give the path of the file."
        raise failure(name, f"the download failed ({error})", by_hand) from error
    return bytes(content)


def decode(content, name) -> Image.Image:
    """Return the RGB picture in encoded bytes."""
    if not content.strip(b"\0"):
        raise failure(
            name, "it is empty", "Download or copy it again; rewind a file object with .seek(0)."
        )
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            return to_rgb(image, name)
    except UnidentifiedImageError as error:
        raise failure(name, *other_kind(content)) from error


def other_kind(content) -> tuple[str, str]:
    """Return what bytes that are no picture are, and what to do."""
    if content[4:8] == b"ftyp":
        return (
            "it is HEIC, AVIF or a film",
            "Export it as JPEG or PNG (on an iPhone: Settings, Camera, Formats, Most Compatible).",
        )
    if content[:4] in (b"II*\0", b"MM\0*"):
        return (
            "it is a TIFF of a kind that PIL does not read",
            "Read it with tifffile.imread, and pass the array.",
        )
    if content[344:347] == b"n+1":
        return "it is a NIfTI volume", "Open it with nibabel, and pass a slice as an array."
    if content[128:132] == b"DICM":
        return (
            "it is a DICOM file",
            "Convert it with pydicom: dcmread(path).pixel_array, then choose a window.",
        )
    start = content[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    start = (
        b"<svg" if start.startswith(b"<") and b"<svg" in start and b"<html" not in start else start
    )
    for signature, (kind, then) in OTHER_KINDS.items():
        if start.startswith(signature):
            return f"it is {kind}", then
    if all((byte >= 32 and byte != 127) or byte in b"\t\r\n" for byte in start):
        return "it is text, not a picture", "Check the path, and look at the file in an editor."
    return (
        "it is in no format known here or its start is damaged",
        f"Known formats: {', '.join(FORMATS)}.",
    )


def to_rgb(image: Image.Image, name: str) -> Image.Image:
    """Return a new PIL image: upright, RGB, transparency laid over white, deep gray scaled as `to_8_bit` does."""
    check_size(*image.size, name)
    tags = getattr(image, "tag_v2", {})  # of a TIFF
    if tags.get(PLANAR) == 2 and max(tags.get(BITS, (8,))) > 8:
        then = "Read it with tifffile.imread, and pass the array with the colours last: array.transpose(1, 2, 0)."
        raise failure(
            name, "PIL does not read TIFFs of more than 8 bits whose colours are stored apart", then
        )
    image.load()
    plain_cmyk = image.mode == "CMYK" and image.format == "JPEG" and "adobe" not in image.info
    with contextlib.suppress(Exception):  # unreadable EXIF is no reason to refuse the picture
        image = ImageOps.exif_transpose(image)
    if plain_cmyk:  # PIL takes every CMYK JPEG for one of Adobe's, which are stored inverted
        image = ImageChops.invert(image)
    if image.mode.startswith(("I", "F")):
        gray = Image.fromarray(to_8_bit(np.asarray(image), name))
        return (ImageOps.invert(gray) if tags.get(PHOTOMETRIC) == 0 else gray).convert(
            "RGB"
        )  # 0: white is zero
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")


def from_array(array: np.ndarray, name: str) -> Image.Image:
    """Return an array (H, W) or (H, W, 1 | 3 | 4) of bool, uint8, uint16 or finite floats as an RGB picture."""
    if (
        array.ndim not in (2, 3)
        or (array.ndim == 3 and array.shape[2] not in (1, 3, 4))
        or not array.size
    ):
        shapes = "pictures have the shape (H, W) or (H, W, 1 | 3 | 4) and at least one pixel"
        raise failure(
            name, shapes, "Reshape it; channels that come first: array.transpose(1, 2, 0)."
        )
    check_size(array.shape[1], array.shape[0], name)
    if array.dtype not in (np.bool_, np.uint8, np.uint16) and array.dtype.kind != "f":
        choice = "Say it: array.astype(np.uint8) for 0..255, or (array - low) / (high - low) for a window."
        raise failure(name, "its type leaves open which values are black and white", choice)
    colours = 3 if array.ndim == 3 and array.shape[2] == 4 else None
    pixels = to_8_bit(array if colours is None else array[:, :, :3], name)
    if colours:  # alpha is never stretched: its full range is the type's, or 0..1
        full = np.iinfo(array.dtype).max if array.dtype.kind == "u" else 1
        alpha = np.rint(np.clip(array[:, :, 3:] / full, 0, 1) * 255)
        pixels = np.concatenate([pixels, alpha.astype(np.uint8)], axis=2)
    return to_rgb(
        Image.fromarray(
            np.ascontiguousarray(pixels[:, :, 0] if pixels.shape[2:] == (1,) else pixels)
        ),
        name,
    )


def to_8_bit(values: np.ndarray, name: str) -> np.ndarray:
    """Return values as uint8: 8 bits as they are, bool and floats within 0..1 times 255, all else by their own range.

    That range is the 0.1th to the 99.9th percentile, or minimum to maximum where these two coincide.
    """
    if values.dtype == np.uint8:
        return values
    if not np.isfinite(values).all():
        raise failure(
            name, "it holds NaN or infinite values", "Replace them: np.nan_to_num(array)."
        )
    low, high = values.min(), values.max()
    if values.dtype == np.bool_ or (values.dtype.kind == "f" and low >= 0 and high <= 1):
        return np.rint(values * np.float32(255)).astype(np.uint8)
    inner = np.percentile(values, [0.1, 99.9])
    low, high = map(float, inner if inner[0] < inner[1] else (low, high))
    scaled = (values.astype(np.float64) - low) / ((high - low) or 1)
    return np.rint(np.clip(scaled, 0, 1) * 255).astype(np.uint8)


def check_size(width: int, height: int, name: str) -> None:
    """Refuse a picture that would fill the memory, before its pixels are decoded."""
    if min(width, height) < 1:
        raise failure(
            name,
            f"it has {width} x {height} pixels",
            "Look at what wrote it: there is nothing in it.",
        )
    if max(width, height) > MAX_RATIO * min(width, height):
        raise failure(
            name,
            f"{width:,} x {height:,} pixels are a line, not a picture",
            "Cut out a region first.",
        )
    if width * height > MAX_PIXELS:
        raise failure(
            name, f"{width:,} x {height:,} pixels are over the limit of {MAX_PIXELS:,}", SMALLER
        )
