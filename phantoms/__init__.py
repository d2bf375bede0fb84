"""Synthetic biomedical figures ("phantoms") with captions and ground truth."""

# ruff: noqa: F401, I001 (importing a module registers its kinds: this order is the order of KINDS)
from .histology import adenocarcinoma
from .projection import angiogram
from .charts import bar
from .projection import bone_scan
from .projection import bone_xray
from .slices import ct
from .slices import chest_ct
from .projection import chest_xray
from .clinical import dermoscopy
from .ultrasound import doppler
from .laboratory import ecg
from .microscopy import electron
from .clinical import endoscopy
from .charts import flow
from .microscopy import fluorescence
from .clinical import fundus
from .laboratory import gel
from .histology import hematoxylin_eosin
from .histology import immunostains
from .slices import mri
from .slices import joints
from .charts import line
from .microscopy import phase_contrast
from .charts import pie
from .charts import scatter
from .histology import squamous_carcinoma
from .charts import survival
from .ultrasound import gray_scale

from .kinds import KINDS, Kind
from .publish import Phantom, phantom

__all__ = ["KINDS", "Kind", "Phantom", "phantom"]
