"""Phantoms: synthetic biomedical figures with captions and ground truth, and the training of PhantomCLIP on them."""

# The modules that draw; importing them fills KINDS.
from . import (  # noqa: F401
    adenocarcinoma,
    angiogram,
    bar_chart,
    bone_scan,
    bone_xray,
    chest_ct,
    chest_xray,
    ct,
    dermoscopy,
    doppler,
    ecg,
    electron,
    endoscopy,
    flow_chart,
    fluorescence,
    fundus,
    gel,
    hematoxylin_eosin,
    immunostains,
    joints,
    line_chart,
    mri,
    phase_contrast,
    pie_chart,
    scatter_plot,
    squamous_carcinoma,
    survival_curve,
    ultrasound,
)
from .figure import Phantom, phantom
from .kinds import KINDS, Kind

__all__ = ["KINDS", "Kind", "Phantom", "phantom"]
