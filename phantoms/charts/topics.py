"""What charts are about: places, genes, patients, diseases, epidemics, measurements."""

from dataclasses import dataclass

import numpy as np

from ..drawing import choose, either
from .axes import Scale, dates, linear

COUNTRIES = [
    "Italy",
    "Spain",
    "France",
    "Germany",
    "USA",
    "China",
    "Brazil",
    "India",
    "UK",
    "Iran",
    "South Korea",
    "Japan",
    "Sweden",
    "Turkey",
    "Russia",
    "Mexico",
    "Peru",
    "Belgium",
    "Canada",
    "Chile",
    "South Africa",
    "Poland",
    "Israel",
    "Denmark",
    "Norway",
    "Portugal",
    "Argentina",
    "Austria",
    "New York",
    "Lombardy",
]
GENES = [
    "TP53",
    "BRCA1",
    "EGFR",
    "KRAS",
    "MYC",
    "PTEN",
    "IL6",
    "TNF",
    "VEGFA",
    "CD8A",
    "STAT3",
    "AKT1",
    "GAPDH",
    "MTOR",
    "CDK4",
    "BCL2",
    "FOXP3",
    "PDL1",
    "CXCL8",
    "HIF1A",
    "ALK",
    "NRAS",
    "BRAF",
    "JAK2",
    "CASP3",
    "IFNG",
    "MAPK1",
    "GATA3",
    "SOX2",
    "NOTCH1",
]
GROUPS = [
    "Control",
    "Treated",
    "Vehicle",
    "Drug A",
    "Drug B",
    "Placebo",
    "Low dose",
    "High dose",
    "Sham",
    "WT",
    "KO",
    "Untreated",
    "siRNA",
    "Healthy",
    "Patients",
    "Male",
    "Female",
    "Baseline",
    "Week 4",
    "Week 12",
    "Obese",
    "Lean",
    "Group 1",
    "Group 2",
    "Group 3",
    "Combined",
    "Saline",
    "Insulin",
    "PBS",
    "LPS",
]
DISEASES = [
    "Diabetes",
    "Hypertension",
    "Asthma",
    "COPD",
    "Stroke",
    "Cancer",
    "Obesity",
    "CKD",
    "Heart failure",
    "Depression",
    "Anemia",
    "Sepsis",
    "Dementia",
    "Arthritis",
    "Pneumonia",
    "HIV",
    "Malaria",
    "Tuberculosis",
    "Influenza",
    "Hepatitis",
]
CELL_TYPES = [
    "T cells",
    "B cells",
    "NK cells",
    "Monocytes",
    "DC",
    "CD4",
    "CD8",
    "Fibroblasts",
    "Neurons",
    "Astrocytes",
    "Tumor",
    "Epithelial",
]


def curve(rng: np.random.Generator, shape: str, t: np.ndarray) -> np.ndarray:
    """One course over t in 0 … 1, of height about 1."""
    k, middle = rng.uniform(3, 9), rng.uniform(0.3, 0.7)
    match shape:
        case "exponential":
            return np.exp(k * (t - 1))
        case "waves":
            peaks = [
                rng.uniform((0.05, 0.04, 0.2), (1, 0.13, 1)) for _ in range(rng.integers(2, 5))
            ]
            return 0.02 + sum(
                h * np.exp(-(((t - m) / w) ** 2) / np.where(t > m, 2.6, 1.4)) for m, w, h in peaks
            )
        case "peak":
            return np.exp(-(((t - middle) / rng.uniform(0.1, 0.25)) ** 2)) + 0.02
        case "pharmacokinetic":
            rise, fall = rng.uniform(10, 40), rng.uniform(2, 5)
            return 1.3 * (np.exp(-fall * t) - np.exp(-rise * t))
        case "logistic":
            return 1 / (1 + np.exp(-(k + 5) * (t - middle)))
        case "inhibition":
            return 1 / (1 + np.exp((k + 6) * (t - middle)))
        case "saturation":
            return 1 - np.exp(-k * t)
        case "decline":
            return rng.uniform(0.02, 0.3) + 0.7 * np.exp(-k * 0.6 * t)
        case "roc":
            return np.minimum(1, t ** rng.uniform(0.08, 0.6))
        case "cumulative":
            steps = curve(rng, "waves", t)
            return np.cumsum(steps) / steps.sum()
        case "loss":  # what training writes down: a steep fall that levels off, with spikes
            jitter = np.abs(rng.normal(0, rng.choice([0.01, 0.05, 0.15]), t.size))
            return (
                rng.uniform(0.05, 0.4)
                + np.exp(-t * rng.uniform(4, 40))
                + jitter * np.exp(-t * rng.uniform(0.5, 3))
            )
        case "score":
            fall = curve(rng, "loss", t)
            return np.clip(1.35 - fall / fall.max(), 0, None) ** rng.uniform(0.5, 1.5)
        case "profile":  # of a signal around a site: a broad hill or dip in the middle
            hill = np.exp(-((np.abs(t - 0.5) / rng.uniform(0.08, 0.3)) ** rng.uniform(1, 2)))
            rough = rng.uniform(0.002, 0.02) * rng.standard_normal(t.size)
            return rng.uniform(0.2, 0.8) + hill * rng.choice([0.6, 0.6, -0.15]) + rough
        case "steps":
            return np.searchsorted(np.sort(rng.random(8)), t) / 8 + 0.05
        case "oscillation":
            wave = 0.35 * np.sin(2 * np.pi * (t * rng.uniform(2, 7) + rng.random()))
            return 0.5 + wave * (1 - rng.uniform(0, 0.6) * t)
    steps = rng.normal(rng.normal(0, 0.25), 1, t.size).cumsum()  # a random walk
    return 0.15 + 0.8 * (steps - steps.min()) / max(np.ptp(steps), 1e-6)


TRENDS = {
    "exponential": "rising",
    "logistic": "rising",
    "saturation": "rising",
    "cumulative": "rising",
    "roc": "rising",
    "steps": "rising in steps",
    "inhibition": "falling",
    "decline": "falling",
    "peak": "peaking",
    "waves": "waves",
    "pharmacokinetic": "peaking",
    "oscillation": "oscillating",
    "loss": "levelling off low",
    "score": "levelling off high",
    "profile": "centred",
    "walk": "fluctuating",
}
COVID_MEASURES = tuple(
    (measure, shapes.split(","))
    for measure, shapes in (
        ("confirmed cases", "exponential,logistic,cumulative"),
        ("total deaths", "exponential,logistic,cumulative"),
        ("daily new cases", "waves,waves,peak,exponential"),
        ("daily deaths", "waves,peak"),
        ("cases per million", "waves,cumulative,exponential"),
        ("deaths per million", "waves,cumulative,logistic"),
        ("hospital admissions", "waves,peak,decline"),
        ("ICU patients", "waves,peak"),
        ("active cases", "peak,waves"),
        ("test positivity (%)", "waves,walk"),
        ("vaccinated people (%)", "logistic,steps,saturation"),
        ("reproduction number", "decline,walk,oscillation"),
    )
)
STRAINS = ["Alpha", "Beta", "Delta", "Omicron", "Wuhan", "B.1.1.7", "BA.2", "BA.5"]
SCENARIOS = [
    "Observed",
    "Predicted",
    "No lockdown",
    "Lockdown",
    "Model",
    "SEIR fit",
    "Susceptible",
    "Infected",
    "Recovered",
    "Dead",
]
TRAINING, SEASONS = ["Training", "Validation", "Test"], ["2015", "2016", "2017", "2018", "2019"]
# y axis, x axis, x range, y range, shapes, names of the series, extra name of the picture
LAB_TOPICS = (
    (
        "Glucose (mg/dL)",
        "Time (min)",
        120,
        350,
        "peak,decline,pharmacokinetic",
        GROUPS,
        "glucose tolerance curve",
    ),
    (
        "Tumor volume (mm³)",
        "Days post-injection",
        35,
        2000,
        "exponential",
        GROUPS,
        "tumour growth curve",
    ),
    ("Body weight (g)", "Weeks", 16, 45, "saturation,walk", GROUPS, "body weight curve"),
    (
        "Cell viability (%)",
        "Concentration (µM)",
        100,
        110,
        "inhibition",
        GENES,
        "dose-response curve",
    ),
    (
        "Plasma conc. (ng/mL)",
        "Time (h)",
        24,
        800,
        "pharmacokinetic",
        GROUPS,
        "pharmacokinetic curve",
    ),
    ("OD600", "Time (h)", 24, 1.8, "logistic", GROUPS, "bacterial growth curve"),
    ("True positive rate", "1 - Specificity", 1, 1, "roc", GENES, "ROC curve"),
    ("Accuracy", "Epoch", 100, 1, "saturation,score", TRAINING, "learning curve"),
    ("Loss", "Epoch", 200, 2.5, "decline,loss", TRAINING, "loss curve"),
    ("loss", "epoch", 50, 0.02, "loss,walk", TRAINING, "training loss curve"),
    ("train/loss", "", 300, 7, "loss", TRAINING, "training loss over steps"),
    ("Loss value", "Iterations", 80000, 1.2, "loss", TRAINING, "training loss by iteration"),
    ("Dice score", "Iterations", 80000, 0.9, "score", TRAINING, "validation metric curve"),
    ("AUC", "Number of samples", 1000, 0.95, "score,saturation", GENES, "learning curve"),
    ("Read count", "Distance to TSS (bp)", 3000, 0.3, "profile", GENES, "average signal profile"),
    ("Coverage", "Position (kb)", 50, 80, "profile,walk", GROUPS, "coverage profile"),
    ("Cases", "Week", 52, 900, "waves,peak", COUNTRIES, "curve of cases over time"),
    ("Temperature (°C)", "Day", 14, 40, "walk,oscillation", GROUPS, "time series"),
    ("ΔF/F", "Time (s)", 60, 4, "oscillation,walk,waves", GENES, "fluorescence trace"),
    (
        "Incidence per 100,000",
        "Year",
        30,
        80,
        "decline,walk,saturation",
        DISEASES,
        "disease incidence over time",
    ),
    ("Mortality (%)", "Year", 25, 20, "decline,walk,exponential", DISEASES, "mortality trend"),
    (
        "Relative expression",
        "Time (h)",
        72,
        10,
        "saturation,peak,walk",
        GENES,
        "gene expression time course",
    ),
    (
        "Heart rate (bpm)",
        "Time (min)",
        90,
        180,
        "walk,peak,oscillation",
        GROUPS,
        "heart rate over time",
    ),
    ("Absorbance (a.u.)", "Wavelength (nm)", 700, 2, "waves,peak", GROUPS, "absorption spectrum"),
    (
        "CD4 count (cells/µL)",
        "Months",
        48,
        900,
        "saturation,walk,decline",
        GROUPS,
        "CD4 count over time",
    ),
    (
        "Pain score (VAS)",
        "Days after surgery",
        14,
        10,
        "decline,walk",
        GROUPS,
        "pain score over time",
    ),
    ("Influenza cases", "Week", 52, 5000, "peak,waves", SEASONS, "epidemic curve"),
)


@dataclass
class Topic:
    """What a line chart is about, and the curves and axes that go with it."""

    name: str
    measure: str
    title: str
    names: list[str]  # what the picture may be called
    x: Scale
    top: float  # of the y axis
    shape: str
    pool: list[str]  # of names for the lines
    noise: float
    xlabel: str
    ylabel: str


def covid_topic(rng: np.random.Generator) -> Topic:
    """A measure of the pandemic in some country, over dates or days."""
    measure, shapes = choose(rng, COVID_MEASURES)
    place, days = choose(rng, COUNTRIES), choose(rng, (30, 45, 60, 90, 120, 200, 350, 500, 700))
    since = rng.random() < 0.25
    x = linear(0, days, 5, pad=False) if since else dates(rng, days)
    top = 100 if "%" in measure else 3 if "number" in measure else 10 ** rng.uniform(1.5, 6.3)
    names = [
        either(rng, "covid line chart|COVID-19 line chart|line chart of the COVID-19 pandemic"),
        either(rng, "coronavirus cases line graph|COVID-19 cases over time|covid line graph"),
        f"COVID-19 {measure} over time",
        "COVID-19 epidemic curve",
    ]
    pool = STRAINS if rng.random() < 0.1 else SCENARIOS if rng.random() < 0.15 else COUNTRIES
    title = either(
        rng,
        f"COVID-19 {measure} in {place}|Coronavirus: {measure} by country|"
        f"Daily update: COVID-19 {measure}|"
        f"SARS-CoV-2 {measure}, {place}|How COVID-19 {measure} changed over time|"
        f"{place}: COVID-19 {measure}",
    )
    shape = choose(rng, shapes)
    smooth = measure.startswith(("confirmed", "total", "vaccinated"))
    noise = 0 if smooth else choose(rng, (0, 0, 0.02, 0.08, 0.2))
    xlabel = (
        either(rng, "Days since 100th case|Days since first case|Day")
        if since
        else choose(rng, ("", "", "Date"))
    )
    ylabel = choose(rng, ("", measure.capitalize(), measure.capitalize(), f"COVID-19 {measure}"))
    return Topic("COVID-19", measure, title, names, x, top, shape, pool, noise, xlabel, ylabel)


def lab_topic(rng: np.random.Generator) -> Topic:
    """What any other line chart is about."""
    ylabel, xlabel, long, top, shapes, pool, name = choose(rng, LAB_TOPICS)
    start, end = {
        "Year": (1990, 1990 + long),
        "Wavelength (nm)": (300, long),
        "Distance to TSS (bp)": (-long, long),
    }.get(xlabel, (0, long))
    x = linear(start, end, int(rng.integers(3, 8)), pad=False)
    title = choose(rng, (name.capitalize(), ylabel))
    top = top * rng.uniform(0.6, 1.4) if top > 2 else top
    shape, noise = choose(rng, shapes.split(",")), choose(rng, (0, 0.01, 0.03, 0.06))
    noise = noise if shape not in ("loss", "score", "profile") else 0
    return Topic(
        name,
        ylabel.split(" (")[0].lower(),
        title,
        [name],
        x,
        top,
        shape,
        pool,
        noise,
        xlabel,
        ylabel,
    )


def line_values(rng: np.random.Generator, topic: Topic, n: int, samples: int) -> np.ndarray:
    """(n, samples) curves between 0 and the top of the axis, alike in kind, different in size."""
    t = np.linspace(0, 1, samples)
    rows = []
    for _ in range(n):
        shape = (
            choose(rng, ("peak", "logistic", "inhibition"))
            if topic.pool is SCENARIOS
            else topic.shape
        )
        row = curve(rng, shape, t) * (1 if topic.shape == "roc" else rng.uniform(0.25, 1))
        if topic.name == "COVID-19" and topic.noise:  # fewer reports at weekends
            row = row * (1 + topic.noise * np.sin(2 * np.pi * t * topic.x.hi / 7))
        rows.append(np.clip(row * (1 + topic.noise * rng.standard_normal(samples)), 0, None))
    values = np.array(rows)
    if topic.shape == "roc":
        values[:, 0] = 0
        return np.clip(values, 0, 1)
    return values / values.max() * topic.top
