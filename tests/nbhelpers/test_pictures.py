"""What open_image and example_images promise, on real encoded files and the example images."""

import contextlib
import csv
import hashlib
import io
import os
import struct
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pydicom
import pytest
import tifffile
import torch
from PIL import Image

from nbhelpers import ExampleImage, ImageError, example_images, open_image
from nbhelpers.pictures import expand

FOLDER = Path(__file__).parents[2] / "example_data"
LABELS = {
    "adenocarcinoma histopathology",
    "hematoxylin and eosin histopathology",
    "immunohistochemistry histopathology",
    "brain MRI",
    "chest X-ray",
    "bone X-ray",
    "abdominal MRI",
    "joint MRI",
    "chest CT",
    "abdominal CT",
    "ultrasound",
    "Doppler ultrasound",
    "fundus photograph",
    "bone scan",
    "fluorescence microscopy",
    "phase contrast microscopy",
    "electron microscopy",
    "ECG",
    "line chart",
    "pie chart",
    "bar chart",
    "scatter plot",
    "survival curve",
    "flow chart",
}
with (FOLDER / "images.csv").open(encoding="utf-8", newline="") as table:
    ROWS = list(csv.DictReader(table))
RAMP = (
    np.arange(48, dtype=np.uint8).reshape(6, 8) * 5
)  # every value once, so that a turn or flip shows


def encode(picture, kind, **options):
    """Return the bytes of a PIL image or array in the format `kind`."""
    picture = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def gray(image):
    """Return the single channel of an RGB picture whose channels must agree."""
    pixels = np.asarray(image)
    assert image.mode == "RGB"
    assert (pixels == pixels[:, :, :1]).all()
    return pixels[:, :, 0]


def png_header(width, height):
    """Return a PNG that declares a size and holds next to no data."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0")), (b"IEND", b"")]
    parts = [
        struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def dicom(pixels, syntax=pydicom.uid.ExplicitVRLittleEndian, **tags):
    """Return the bytes of a DICOM file that holds an array of pixels and these tags."""
    dataset = pydicom.Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = pydicom.uid.CTImageStorage, "1.2.3"
    kind = "RGB" if pixels.shape[-1] == 3 else "MONOCHROME2"
    bits = tags.pop("BitsStored", 8 * pixels.itemsize)
    dataset.set_pixel_data(pixels, tags.pop("PhotometricInterpretation", kind), bits)
    for key, value in tags.items():
        setattr(dataset, key, value)
    dataset.file_meta.TransferSyntaxUID = syntax
    file = io.BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()


def message(source, **how):
    """Return the text of the ImageError that opening source must raise: one line."""
    with pytest.raises(ImageError) as caught:
        open_image(source, **how)
    text = str(caught.value)
    assert text.startswith("Cannot open ")
    assert text[-1] in ".?"
    assert "\n" not in text
    return text


def test_every_kind_of_source_gives_the_same_picture(tmp_path):
    content = encode(RAMP, "PNG")
    path = tmp_path / "ramp.png"
    path.write_bytes(content)
    sources = [
        path,
        str(path),
        content,
        bytearray(content),
        io.BytesIO(content),
        Image.fromarray(RAMP),
        RAMP,
        RAMP[:, :, None],
        np.repeat(RAMP[:, :, None], 3, axis=2),
        torch.from_numpy(RAMP),
        torch.from_numpy(RAMP)[None],
        torch.from_numpy(RAMP / 255).repeat(3, 1, 1),
    ]
    for source in sources:
        assert (gray(open_image(source)) == RAMP).all()
    with path.open("rb") as file:
        assert (gray(open_image(file)) == RAMP).all()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF", "PPM", "WEBP", "JPEG2000"])
def test_lossless_formats_come_through_unchanged(kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    assert (gray(open_image(encode(RAMP, kind, **options))) == RAMP).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_exif_orientation_is_applied(orientation, kind):
    upright = np.arange(24, dtype=np.uint8).reshape(4, 6) * 10
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: np.rot90(upright),
        7: upright[::-1, ::-1].T,
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    content = encode(np.ascontiguousarray(stored), kind, exif=exif, **options)
    assert (gray(open_image(content)) == upright).all()


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_exif_does_not_lose_the_picture():
    content = encode(RAMP, "PNG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7fgarbage")
    assert (gray(open_image(content)) == RAMP).all()


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("top", [4095, 65535])
def test_16_bit_gray_is_scaled_by_its_own_range_and_not_clipped_to_white(kind, top):
    deep = np.linspace(0, top, 10_000).astype(np.uint16).reshape(100, 100)
    pixels = gray(open_image(encode(deep, kind)))
    assert np.abs(pixels - deep * (255 / top)).max() < 2
    assert (pixels == 255).mean() < 0.01


def test_hot_pixels_do_not_darken_a_16_bit_picture():
    deep = np.tile(np.linspace(100, 3000, 200).astype(np.uint16), (200, 1))
    deep[5, 5] = 65535
    assert 100 < np.median(gray(open_image(deep))) < 155


def test_a_sparse_16_bit_picture_keeps_its_few_bright_pixels():
    deep = np.zeros((200, 200), np.uint16)
    deep[3, 3] = 900
    assert gray(open_image(deep))[3, 3] == 255


def test_32_bit_integer_and_float_tiffs_open():
    whole = np.linspace(-1000, 3000, 10_000).astype(np.int32).reshape(100, 100)
    for values in (whole, whole.astype(np.float32)):
        pixels = gray(open_image(encode(values, "TIFF")))
        assert pixels[0, 0] == 0
        assert pixels[-1, -1] == 255
        assert abs(int(pixels[50, 0]) - 128) < 3


def test_tiffs_in_which_white_is_zero_are_not_turned_into_negatives():
    for values in (RAMP, RAMP.astype(np.uint16) * 257, RAMP.astype(np.float32) * 3):
        file = io.BytesIO()
        tifffile.imwrite(file, values.max() - values, photometric="miniswhite")
        assert np.corrcoef(gray(open_image(file.getvalue())).ravel(), RAMP.ravel())[0, 1] > 0.999


def test_deep_tiffs_with_colours_apart_are_refused_and_not_garbled():
    colours = np.stack([RAMP, RAMP[::-1], RAMP]).astype(np.uint16) * 257
    file = io.BytesIO()
    tifffile.imwrite(file, colours, planarconfig="separate", photometric="rgb")
    assert "transpose(1, 2, 0)" in message(file.getvalue())
    assert open_image(colours.transpose(1, 2, 0)).mode == "RGB"


@pytest.mark.parametrize(
    ("size", "words"),
    [((1, 30_000), "as long"), ((20_000, 2), "as long"), ((0, 5), "0 x 5"), ((0, 0), "0 x 0")],
)
def test_lines_and_nothings_are_refused_before_a_model_blows_them_up(size, words):
    assert words in message(Image.new("RGB", size))


@pytest.mark.parametrize("kind", [np.float64, np.float16])
def test_tiffs_that_pil_does_not_read_say_what_does(kind):
    file = io.BytesIO()
    tifffile.imwrite(file, RAMP.astype(kind))
    assert "tifffile" in message(file.getvalue())


HOUNSFIELD = np.arange(-1000, 1000, 5, dtype=np.int16).reshape(20, 20)


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize("window", [None, (50, 400)])
def test_a_dicom_file_is_rescaled_and_windowed_as_pydicom_does_it(function, window):
    stored = (HOUNSFIELD + 1024).astype(np.uint16)
    tags = {"RescaleSlope": 1, "RescaleIntercept": -1024, "VOILUTFunction": function}
    content = dicom(stored, WindowCenter=[-600, 40], WindowWidth=[1500, 80], **tags)
    dataset = pydicom.dcmread(io.BytesIO(content))
    if window:
        dataset.WindowCenter, dataset.WindowWidth = window
    shown = pydicom.pixels.apply_windowing(HOUNSFIELD, dataset)
    black, white = -1024, 65535 - 1024
    expected = (shown - black) / (white - black) * 255
    np.testing.assert_allclose(gray(open_image(content, window=window)), expected, atol=0.51)


def test_a_dicom_file_in_which_white_is_zero_is_turned_round_once():
    tags = {"WindowCenter": 0, "WindowWidth": 2000}
    shown = gray(open_image(dicom(HOUNSFIELD, **tags)))
    turned = {"PhotometricInterpretation": "MONOCHROME1"}
    for more in (turned, {"PresentationLUTShape": "INVERSE"}):
        for both in (more, {**more, "PresentationLUTShape": "INVERSE"}):
            assert (gray(open_image(dicom(HOUNSFIELD, **tags, **both))) == 255 - shown).all()


def test_without_a_window_padding_does_not_count_and_is_black():
    padded = HOUNSFIELD.copy()
    padded[0] = 30_000
    pixels = gray(open_image(dicom(padded, PixelPaddingValue=30_000)))
    assert (pixels[0] == 0).all()
    assert pixels[1, 0] == 0
    assert pixels[-1, -1] == 255
    assert 126 < np.median(pixels[1:]) < 130


def test_a_table_of_a_dicom_file_shows_its_values():
    for bits, entries in ((8, [0, 50, 100, 255]), (12, [0, 803, 1606, 4095])):
        table = pydicom.Dataset()
        table.LUTDescriptor, table.LUTData = [4, 10, bits], entries
        table["LUTData"].VR = table["LUTDescriptor"].VR = "US"
        stored = np.array([[0, 10, 11, 12, 13, 300]], np.uint16)
        pixels = gray(open_image(dicom(stored, VOILUTSequence=[table])))
        assert pixels.tolist() == [[0, 0, 50, 100, 255, 255]]


def test_a_long_table_of_8_bits_does_not_begin_anew_after_256_entries():
    table = pydicom.Dataset()
    table.LUTDescriptor, table.LUTData = [1024, 0, 8], list(np.arange(1024) // 4)
    table["LUTData"].VR = table["LUTDescriptor"].VR = "US"
    stored = np.array([[0, 255, 256, 1023, 60_000]], np.uint16)
    pixels = gray(open_image(dicom(stored, VOILUTSequence=[table])))
    assert pixels.tolist() == [[0, 63, 64, 255, 255]]


def test_an_open_dataset_is_shown_as_its_file_is_and_left_as_it_was():
    table = pydicom.Dataset()
    table.LUTDescriptor, table.LUTData = [256, 0, 8], list(range(256))
    table["LUTData"].VR = table["LUTDescriptor"].VR = "US"
    content = dicom(RAMP.astype(np.uint16), VOILUTSequence=[table])
    dataset = pydicom.dcmread(io.BytesIO(content))
    before = str(dataset)
    for _ in range(2):
        assert (gray(open_image(dataset)) == RAMP).all()
    assert str(dataset) == before


def test_8_bits_of_a_dicom_file_stay_as_they_are_and_1_bit_is_black_and_white():
    assert (gray(open_image(dicom(RAMP))) == RAMP).all()
    nothing = {"RescaleSlope": 1, "RescaleIntercept": 0}
    assert (gray(open_image(dicom(RAMP // 4, **nothing))) == RAMP // 4).all()
    mask = RAMP % 2
    assert (gray(open_image(dicom(mask, BitsStored=1))) == mask * 255).all()


@pytest.mark.parametrize(
    ("file", "frame"),
    [
        ("SC_rgb_small_odd_big_endian.dcm", None),
        ("SC_ybr_full_422_uncompressed.dcm", None),
        ("SC_rgb_jpeg_dcmtk.dcm", None),
        ("SC_rgb_rle_16bit_2frame.dcm", 1),
        ("examples_ybr_color.dcm", 29),
        ("examples_palette.dcm", None),
    ],
)
def test_colours_of_dicom_files_are_those_of_pydicom(file, frame):
    path = Path(pydicom.__file__).parent / "data" / "test_files" / file
    if not path.is_file():
        pytest.skip("this pydicom does not bring the file")
    dataset = pydicom.dcmread(path)
    pixels = pydicom.pixels.pixel_array(dataset, index=frame)
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        pixels = pydicom.pixels.apply_color_lut(pixels, dataset)
    expected = pixels * (255 / np.iinfo(pixels.dtype).max)
    np.testing.assert_allclose(open_image(path, frame=frame), expected, atol=0.51)


def test_a_dicom_file_of_many_frames_asks_for_one():
    frames = np.stack([RAMP, RAMP[::-1]])
    assert "frame=0" in message(dicom(frames))
    assert (gray(open_image(dicom(frames), frame=1)) == RAMP[::-1]).all()
    assert "2 frames" in message(dicom(frames), frame=2)
    assert "2 frames" in message(dicom(frames), frame=-1)


def test_each_frame_of_an_enhanced_dicom_file_has_its_own_window_and_rescaling():
    groups = []
    for intercept in (0, -1000):
        rescale, window, group = pydicom.Dataset(), pydicom.Dataset(), pydicom.Dataset()
        rescale.RescaleSlope, rescale.RescaleIntercept = 1, intercept
        window.WindowCenter, window.WindowWidth = intercept + 128, 256
        group.PixelValueTransformationSequence = [rescale]
        group.FrameVOILUTSequence = [window]
        groups.append(group)
    frames = np.stack([RAMP, RAMP]).astype(np.uint16)
    content = dicom(frames, PerFrameFunctionalGroupsSequence=groups)
    for frame in (0, 1):
        assert (gray(open_image(content, frame=frame)) == RAMP).all()


def test_a_dicom_file_is_known_by_its_content_with_and_without_preamble(tmp_path):
    content = dicom(RAMP)
    (tmp_path / "IM000001").write_bytes(content)
    for source in (tmp_path / "IM000001", io.BytesIO(content), content[132:]):
        assert (gray(open_image(source)) == RAMP).all()
    for syntax in (pydicom.uid.ExplicitVRLittleEndian, pydicom.uid.ImplicitVRLittleEndian):
        content = dicom(RAMP, syntax)
        start = content.index(b"\x08\0\x16\0")  # without file meta information
        assert (gray(open_image(content[start:])) == RAMP).all()


def test_nothing_of_a_dicom_header_is_told(tmp_path, caplog, recwarn):
    secret = "NAME^NOT^TO^BE^SHOWN"
    warnings.simplefilter("always")
    content = dicom(HOUNSFIELD, PatientName=secret, PatientID=secret, StudyDescription=secret)
    for tag in (b"\x08\0\x20\0DA", b"\x10\0\x30\0DA", b"\x28\0\x50\x10DS"):
        bad = tag + len(secret).to_bytes(2, "little") + secret.encode()
        start = content.index(b"\x08\0\x16\0" if tag[0] == 8 else b"\x28\0\x02\0")
        for source in (content[:start] + bad + content[start:], content[: len(content) // 2]):
            with contextlib.suppress(ImageError):
                open_image(source)
                continue
            assert "NOT^TO" not in message(source)
    report = pydicom.dcmread(io.BytesIO(content))
    report.SOPClassUID = pydicom.uid.BasicTextSRStorage
    del report.Rows
    report.save_as(tmp_path / "report.dcm")
    assert "without pixels" in message(tmp_path / "report.dcm")
    told = [str(one.message) for one in recwarn] + caplog.messages
    assert not [one for one in told if "NOT^TO" in one]


def test_dicom_files_that_cannot_be_decoded_say_what_is_missing():
    damaged = bytes(128) + b"DICM" + bytes(100)
    assert "MONOCHROME1" in message(damaged)
    path = Path(pydicom.__file__).parent / "data" / "test_files" / "JPEGLSNearLossless_08.dcm"
    assert "pip install" in message(path)


def test_window_and_frame_are_refused_where_they_mean_nothing():
    assert "window" in message(RAMP, window=(40, 80))
    assert "window" in message(encode(RAMP, "PNG"), window=(40, 80))
    assert "colour" in message(dicom(np.dstack([RAMP] * 3)), window=(40, 80))
    assert "frame" in message(RAMP, frame=0)
    for wrong in ((40, 0), (40,), 400):
        assert "window=(center, width)" in message(dicom(RAMP), window=wrong)
    pages = encode(RAMP, "TIFF", save_all=True, append_images=[Image.fromarray(RAMP[::-1])])
    assert (gray(open_image(pages, frame=1)) == RAMP[::-1]).all()
    message(pages, frame=2)


def test_floats_within_0_and_1_are_taken_as_they_are():
    assert set(np.unique(open_image(np.full((4, 4), 0.5)))) == {128}
    assert np.asarray(open_image(np.float16([[0.2, 0.4]])))[0, :, 0].tolist() == [51, 102]


def test_what_resizing_leaves_beyond_0_and_1_does_not_change_the_picture():
    for pixels in (RAMP / 255, RAMP / 1.0):
        beyond = pixels.copy()
        beyond[0, 0], beyond[-1, -1] = -0.02 * pixels.max(), 1.05 * beyond[-1, -1]
        shown = gray(open_image(beyond.astype(np.float32)))
        assert (shown.ravel()[:-1] == RAMP.ravel()[:-1]).all()


def test_floats_from_0_to_255_are_the_same_picture_as_bytes():
    pale = RAMP // 2 + 100
    for source in (pale / 1.0, np.dstack([pale, pale, pale, np.full_like(pale, 255)]) / 1.0):
        assert (gray(open_image(source)) == pale).all()


@pytest.mark.parametrize(
    "source",
    [
        torch.randn(3, 8, 8),
        np.linspace(-3, 7, 16).reshape(4, 4),
        np.full((4, 4), 3.0),
        np.linspace(0, 4095, 16).reshape(4, 4),
        RAMP.astype(np.int64),
        RAMP.astype(np.int16) - 1000,
    ],
)
def test_numbers_that_leave_black_and_white_open_are_refused_with_a_line_that_does_no_harm(source):
    text = message(source)
    assert "Pass the picture, or" in text
    assert "np.interp(array, [black, white], [0, 1])" in text


def test_a_stack_of_pictures_is_refused_with_how_to_pass_them_one_by_one():
    for stack in (np.zeros((10, 28, 28), np.uint8), np.zeros((1, 28, 28, 3), np.uint8)):
        assert "list(array)" in message(stack)


def test_arrays_of_other_layouts_in_memory_are_the_same_picture():
    deep = RAMP.astype(np.uint16) * 200
    assert (gray(open_image(deep.astype(">u2"))) == gray(open_image(deep))).all()
    shares = torch.from_numpy(RAMP / 256)
    for source in (shares.bfloat16(), shares.half(), shares.numpy().astype(">f4")):
        expected = np.rint(np.asarray(torch.as_tensor(shares).float() * 255))
        assert np.abs(gray(open_image(source)) - expected).max() <= 1
    frozen = RAMP.copy()
    frozen.flags.writeable = False
    assert (gray(open_image(frozen[:, ::-1])) == RAMP[:, ::-1]).all()
    assert "filled" in message(np.ma.masked_less(RAMP, 50))


def test_bool_arrays_and_1_bit_files_are_black_and_white():
    mask = np.eye(4, dtype=bool)
    assert (gray(open_image(mask)) == mask * 255).all()
    assert (gray(open_image(encode(Image.fromarray(mask), "PNG"))) == mask * 255).all()


def test_alpha_is_laid_over_white():
    half = np.zeros((2, 2, 4), np.uint8)
    half[..., 0], half[..., 3] = 200, [[0, 255], [128, 255]]
    for source in (half, encode(half, "PNG"), half / 255):
        pixels = np.asarray(open_image(source))
        assert pixels[0, 0].tolist() == [255, 255, 255]
        assert pixels[0, 1].tolist() == [200, 0, 0]
        assert abs(int(pixels[1, 0, 1]) - 127) <= 1


def test_gray_with_alpha_stays_gray():
    image = Image.merge(
        "LA", [Image.new("L", (2, 1), 100), Image.fromarray(np.array([[0, 255]], np.uint8))]
    )
    assert gray(open_image(encode(image, "PNG")))[0].tolist() == [255, 100]


def test_palette_with_transparency_shows_white_there():
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((1, 0), 1)
    for kind in ("PNG", "GIF"):
        pixels = np.asarray(open_image(encode(image, kind, transparency=0)))
        assert pixels[0].tolist() == [[255, 255, 255], [0, 0, 255]]


def test_cmyk_jpegs_have_the_right_colours_with_and_without_adobes_marker():
    image = Image.new("CMYK", (16, 16), (0, 255, 255, 0))  # red
    adobe = encode(image, "JPEG", quality=95)
    start = adobe.index(b"\xff\xee")
    length = struct.unpack(">H", adobe[start + 2 : start + 4])[0]
    plain = adobe[:start] + adobe[start + 2 + length :]
    red, inverted = (np.asarray(open_image(content))[8, 8] for content in (adobe, plain))
    assert red[0] > 240
    assert red[1:].max() < 15
    assert (
        np.abs(255 - np.asarray(open_image(encode(Image.new("CMYK", (8, 8)), "TIFF")), int)).max()
        == 0
    )
    assert (
        inverted.max() < 15
    )  # the same bytes without inversion: no cyan, but black ink everywhere


def test_animations_and_many_pages_give_the_first_frame():
    frames = [Image.new("L", (8, 8), value) for value in (200, 10, 60)]
    for kind in ("GIF", "TIFF", "WEBP"):
        options = {"lossless": True} if kind == "WEBP" else {}
        content = encode(frames[0], kind, save_all=True, append_images=frames[1:], **options)
        assert gray(open_image(content)).tolist() == [[200] * 8] * 8


def test_the_callers_image_and_pils_settings_are_left_alone():
    image, limit = Image.fromarray(RAMP), Image.MAX_IMAGE_PIXELS
    open_image(image).paste(0, (0, 0, 6, 6))
    colour = Image.new("RGB", (4, 4), "red")
    open_image(colour).paste(0, (0, 0, 4, 4))
    assert (np.asarray(image) == RAMP).all()
    assert colour.getpixel((0, 0)) == (255, 0, 0)
    message(png_header(60_000, 60_000))
    assert limit == Image.MAX_IMAGE_PIXELS


def test_many_threads_may_open_at_once():
    deep = encode(np.linspace(0, 4095, 4096).astype(np.uint16).reshape(64, 64), "PNG")
    with ThreadPoolExecutor(4) as pool:
        results = list(
            pool.map(
                lambda k: open_image(deep).tobytes() if k % 2 else message(deep[:60]), range(60)
            )
        )
    assert len(set(results)) == 2


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP"])
def test_truncated_files_are_refused_wherever_they_are_cut(kind):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    content = encode(noise, kind)
    for part in (0.02, 0.1, 0.3, 0.5, 0.8, 0.95):
        message(content[: int(len(content) * part)])
    if kind in ("PNG", "JPEG", "BMP"):
        assert "truncated" in message(content[: len(content) // 2])


def test_damaged_files_never_raise_anything_else():
    generator = np.random.default_rng(1)
    for kind in ("PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP", "JPEG2000"):
        content = encode(np.dstack([RAMP] * 3), kind)
        for _ in range(60):
            damaged = bytearray(content)
            for place in generator.integers(0, len(damaged), 4):
                damaged[place] = generator.integers(0, 256)
            with warnings.catch_warnings(), contextlib.suppress(ImageError):
                warnings.simplefilter("ignore")
                open_image(bytes(damaged))


@pytest.mark.parametrize("size", [(60_000, 60_000), (10_000, 9_000), (9_000, 9_000)])
def test_decompression_bombs_are_refused_before_decoding(size):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text = message(png_header(*size))
    assert "too many" in text or "exceeds limit" in text
    warnings.simplefilter("error")  # a caller who turns warnings into errors sees an ImageError too
    message(png_header(*size))


@pytest.mark.parametrize(
    "content",
    [
        b"plain words, not a picture\n",
        b"<!DOCTYPE html><html><body>not found</body></html>",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 3\n",
        b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7\n\xe2\xe3",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
        b"\x1f\x8b\x08\0\0\0",
        b"PK\x03\x04\x14\0",
        b"\0\0\0\x18ftypheic\0\0\0\0",
        b"\x93NUMPY\x01\0v\0",
        bytes([92, 1]) + bytes(342) + b"n+1\0",
        b"\x00\x01\x02\x03\xff" * 9,
    ],
)
def test_other_kinds_of_files_are_refused_with_what_opens_them(tmp_path, content):
    path = tmp_path / "figure.png"
    path.write_bytes(content)
    assert "figure.png" in message(path)
    for package in ("nibabel", "tifffile", "PNG"):
        assert package in message(content)


def test_a_whole_slide_is_left_to_openslide_and_not_shown_by_its_label(tmp_path):
    for ending in (".svs", ".MRXS", ".ndpi"):
        path = tmp_path / f"slide{ending}"
        path.write_bytes(encode(RAMP, "TIFF"))
        assert "openslide" in message(path)


def test_a_path_may_begin_with_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "ramp.png").write_bytes(encode(RAMP, "PNG"))
    assert (gray(open_image("~/ramp.png")) == RAMP).all()
    assert expand("~nobody-of-this-name/a") == Path("~nobody-of-this-name/a")


def test_nothing_is_said_to_be_empty():
    for content in (b"", bytes(200)):
        assert "is empty" in message(content)


def test_missing_and_special_files_are_refused(tmp_path):
    assert "No such file" in message(tmp_path / "nowhere" / "a.png")
    assert "no ordinary file" in message(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        assert "no ordinary file" in message(tmp_path / "pipe")
    message("name\0with null")
    message("x" * 5000)


@pytest.mark.parametrize("source", [None, 7, ["a.png"], {"a": 1}, object()])
def test_things_that_are_no_picture_are_refused(source):
    message(source)


def test_file_objects_in_text_mode_or_at_their_end_are_refused():
    message(io.StringIO("abc"))
    file = io.BytesIO(encode(RAMP, "PNG"))
    file.seek(0, 2)
    assert "is empty" in message(file)
    file.close()
    message(file)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((0, 5), np.uint8), "shape"),
        (np.zeros(5, np.uint8), "shape"),
        (np.uint8(3)[()] * np.ones((), np.uint8)[None], "shape"),
        (np.zeros((4, 4, 2), np.uint8), "shape"),
        (np.zeros((3, 40, 40), np.uint8), "transpose"),
        (np.zeros((2, 3, 4, 3), np.uint8), "shape"),
        (np.zeros((4, 4), np.int64), "np.interp"),
        (np.zeros((4, 4), np.complex64), "np.interp"),
        (np.array([["a"]]), "np.interp"),
        (np.full((4, 4), np.nan), "nan"),
        (np.array([[1.0, np.inf]]), "inf"),
        (np.zeros((4, 4, 4), np.uint16), "np.interp"),
        (np.broadcast_to(np.uint8(0), (60_000, 60_000)), "too many"),
    ],
)
def test_arrays_that_are_no_pictures_are_refused(array, words):
    assert words in message(array)


def test_the_cause_stays_attached():
    with pytest.raises(ImageError) as caught:
        open_image(encode(RAMP, "PNG")[:50])
    assert caught.value.__cause__ is not None
    assert isinstance(caught.value, ValueError)


def test_there_are_enough_examples_with_valid_labels_and_a_source_for_each():
    assert len([row for row in ROWS if row["modality"] != "chart"]) >= 26
    assert {row["label"] for row in ROWS} <= LABELS
    assert len({row["file"] for row in ROWS}) == len({row["sha256"] for row in ROWS}) == len(ROWS)
    assert sorted(row["file"] for row in ROWS) == sorted(
        path.name for path in (FOLDER / "images").iterdir()
    )
    assert all(value.strip() for row in ROWS for value in row.values())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_an_example_is_as_listed_small_and_without_metadata(row):
    content = (FOLDER / "images" / row["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == row["sha256"]
    position, kinds = 8, set()
    while position < len(content):
        kinds.add(content[position + 4 : position + 8])
        position += 12 + struct.unpack(">I", content[position : position + 4])[0]
    assert kinds == {b"IHDR", b"IDAT", b"IEND"}
    with Image.open(io.BytesIO(content)) as image:
        assert max(image.size) <= 768
        assert image.mode in ("L", "RGB")
        pixels = np.asarray(image).astype(int)
    if image.mode == "RGB":
        assert np.abs(pixels - pixels.mean(axis=2, keepdims=True)).max() > 0, (
            "a gray picture is stored as RGB"
        )
    else:
        assert row["modality"] in (
            "radiography",
            "MRI",
            "CT",
            "ultrasound",
            "microscopy",
            "nuclear medicine",
            "chart",
        )


def test_examples_go_wherever_a_path_goes():
    pictures = example_images()
    assert isinstance(pictures, list)
    assert [picture.file.name for picture in pictures] == [row["file"] for row in ROWS]
    first = pictures[0]
    assert isinstance(first, ExampleImage)
    assert os.fspath(first) == str(first.file)
    assert open_image(first).tobytes() == first.open().tobytes() == open_image(first.file).tobytes()
    with pytest.raises(AttributeError):
        first.label = "other"


def test_examples_can_be_chosen_by_label():
    assert {picture.label for picture in example_images("brain MRI")} == {"brain MRI"}
    assert {picture.label for picture in example_images(["ECG", "pie chart"])} == {
        "ECG",
        "pie chart",
    }
    assert example_images([]) == []
    with pytest.raises(ValueError, match=r"brain mri.*Labels: .*brain MRI"):
        example_images("brain mri")


def test_missing_examples_say_where_they_come_from(monkeypatch, tmp_path):
    monkeypatch.setenv("NBHELPERS_EXAMPLE_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"images\.csv"):
        example_images()
    (tmp_path / "images.csv").write_bytes((FOLDER / "images.csv").read_bytes())
    assert "No such file" in message(example_images()[0])
