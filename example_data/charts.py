"""The charts and the ECG among the example images, drawn with matplotlib's defaults for rebuild.py.

Every function returns an RGB array (H, W, 3) uint8. Data are synthetic unless the docstring names
their source.
"""

from io import BytesIO

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np


def canvas(width=6.4, height=4.8):
    """Return a figure and axes in matplotlib's default style, 100 pixels per inch."""
    plt.rcdefaults()
    return plt.subplots(figsize=(width, height), dpi=100, layout="constrained")


def rasterise(figure):
    """Return the drawn figure as an array (H, W, 3) uint8 and close it."""
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3].copy()
    plt.close(figure)
    return pixels


def epidemic_lines():
    """Daily cases of a made-up epidemic in three regions: Gaussian waves with Poisson noise."""
    generator = np.random.default_rng(19)
    days = np.arange(330)
    figure, axes = canvas()
    waves = {
        "Region A": [(80, 18, 950), (250, 30, 1500)],
        "Region B": [(100, 22, 600), (265, 26, 2100)],
        "Region C": [(125, 30, 420), (285, 35, 900)],
    }
    for region, bumps in waves.items():
        expected = sum(
            peak * np.exp(-(((days - day) / width) ** 2) / 2) for day, width, peak in bumps
        )
        cases = generator.poisson(expected * (1 - 0.25 * (days % 7 > 4)))
        axes.plot(days[6:], np.convolve(cases, np.ones(7) / 7, mode="valid"), label=region)
    axes.set(
        xlabel="Days since first confirmed case",
        ylabel="Confirmed cases per day",
        title="COVID-like epidemic, 7-day average (synthetic data)",
    )
    axes.grid(alpha=0.3)
    axes.legend()
    return rasterise(figure)


def throughput_lines():
    """Images per second of BiomedCLIP's image tower, measured here on two CPU cores."""
    figure, axes = canvas()
    speeds = {"int8": [26, 29, 27], "bf16": [17.9, 20.5, 15.5], "fp32": [5.7, 6.1, 5.5]}
    for (precision, speed), marker in zip(speeds.items(), "os^", strict=True):
        axes.plot([1, 8, 32], speed, marker=marker, label=precision)
    axes.set(xlabel="Batch size", ylabel="Images per second", xticks=[1, 8, 32], ylim=(0, 35))
    axes.set_title("Throughput of the image tower, two CPU cores")
    axes.legend(loc="upper right", ncols=3)
    return rasterise(figure)


def modality_pie():
    """Shares of imaging examinations in a made-up department."""
    figure, axes = canvas(5.4, 4.8)
    names = ["Radiography", "Ultrasound", "CT", "MRI", "Nuclear medicine"]
    axes.pie(
        [46, 22, 18, 11, 3], labels=names, autopct="%1.0f%%", startangle=90, counterclock=False
    )
    axes.set_title("Imaging examinations (synthetic data)")
    return rasterise(figure)


def benchmark_bars():
    """Zero-shot results of BiomedCLIP from published/benchmarks.csv."""
    figure, axes = canvas()
    names = ["PCam", "LC25000\n(lung)", "LC25000\n(colon)", "TCGA-TIL\n(AUROC)", "RSNA"]
    bars = axes.bar(names, [73.41, 65.23, 92.98, 67.04, 78.95], color=[f"C{k}" for k in range(5)])
    axes.bar_label(bars, fmt="%.1f")
    axes.set(ylabel="Score (%)", ylim=(0, 100), title="Zero-shot classification, BiomedCLIP")
    return rasterise(figure)


def biomarker_scatter():
    """Two made-up, correlated biomarkers in two made-up groups, with a regression line."""
    generator = np.random.default_rng(4)
    figure, axes = canvas()
    every_x, every_y = [], []
    for name, centre in {"Controls": 3.2, "Patients": 5.4}.items():
        x = generator.normal(centre, 1.0, 60)
        y = 12 + 6.5 * x + generator.normal(0, 6, 60)
        axes.scatter(x, y, label=name, alpha=0.8)
        every_x.append(x)
        every_y.append(y)
    x, y = np.concatenate(every_x), np.concatenate(every_y)
    ends = np.array([x.min(), x.max()])
    axes.plot(
        ends,
        np.polyval(np.polyfit(x, y, 1), ends),
        "k--",
        label=f"r = {np.corrcoef(x, y)[0, 1]:.2f}",
    )
    axes.set(
        xlabel="Biomarker A (ng/mL)", ylabel="Biomarker B (U/L)", title="Synthetic data, n = 120"
    )
    axes.legend()
    return rasterise(figure)


def survival_curves():
    """Kaplan-Meier estimates of two made-up arms of 90, censored at 24 to 60 months.

    Survival times are exponential.
    """
    generator = np.random.default_rng(11)
    figure, axes = canvas()
    for arm, mean in {"Treatment": 55, "Control": 30}.items():
        event, censor = generator.exponential(mean, 90), generator.uniform(24, 60, 90)
        months, died = np.minimum(event, censor), event <= censor
        order = np.argsort(months)
        months, died = months[order], died[order]
        survival = np.cumprod(1 - died / np.arange(90, 0, -1))
        (line,) = axes.step(np.r_[0, months], np.r_[1, survival], where="post", label=arm)
        axes.plot(months[~died], survival[~died], "+", color=line.get_color(), markersize=7)
    axes.set(
        xlabel="Months since randomisation", ylabel="Overall survival", ylim=(0, 1.02), xlim=(0, 60)
    )
    axes.set_title("Kaplan–Meier estimate (synthetic data)")
    axes.legend()
    return rasterise(figure)


def study_flow():
    """The flow of participants through a made-up trial."""
    figure, axes = canvas(6.4, 6.0)
    axes.set(xlim=(0, 10), ylim=(0, 10))
    axes.axis("off")
    boxes = [
        (5, 9.2, "Assessed for eligibility\n(n = 312)"),
        (7.9, 7.6, "Excluded (n = 72)\nnot eligible 51\ndeclined 21"),
        (5, 6.0, "Randomised\n(n = 240)"),
        (2.6, 4.2, "Allocated to treatment\n(n = 120)"),
        (7.4, 4.2, "Allocated to control\n(n = 120)"),
        (2.6, 2.5, "Lost to follow-up\n(n = 9)"),
        (7.4, 2.5, "Lost to follow-up\n(n = 13)"),
        (2.6, 0.8, "Analysed\n(n = 111)"),
        (7.4, 0.8, "Analysed\n(n = 107)"),
    ]
    frame = {"boxstyle": "square,pad=0.5", "facecolor": "white", "edgecolor": "black"}
    for x, y, text in boxes:
        axes.text(x, y, text, ha="center", va="center", fontsize=9, bbox=frame, zorder=3)
    arrows = [
        ((5, 9.2), (5, 6.6)),
        ((5, 7.6), (6.75, 7.6)),
        ((5, 6.0), (2.6, 4.7)),
        ((5, 6.0), (7.4, 4.7)),
        ((2.6, 4.2), (2.6, 3.1)),
        ((7.4, 4.2), (7.4, 3.1)),
        ((2.6, 2.5), (2.6, 1.4)),
        ((7.4, 2.5), (7.4, 1.4)),
    ]
    for start, end in arrows:
        axes.annotate(
            "", xy=end, xytext=start, zorder=1, arrowprops={"arrowstyle": "-|>", "color": "black"}
        )
    return rasterise(figure)


def ecg(dicom_bytes):
    """A 12-lead ECG: 2.5 s per lead over a rhythm strip of 10 s of lead II, on millimetre paper.

    25 mm/s, 10 mm/mV.
    """
    import pydicom

    dataset = pydicom.dcmread(BytesIO(dicom_bytes))
    waveform = dataset.WaveformSequence[0]
    rate = float(waveform.SamplingFrequency)
    channels = waveform.ChannelDefinitionSequence
    microvolts = {"uV": 1e-3, "mV": 1.0, "V": 1e3}
    units = [
        microvolts[channel.ChannelSensitivityUnitsSequence[0].CodeValue] for channel in channels
    ]
    signal = dataset.waveform_array(0) * np.array(units)  # (samples, 12), millivolts
    leads = {
        channel.ChannelSourceSequence[0].CodeMeaning.split()[1]: k
        for k, channel in enumerate(channels)
    }
    signal = signal - np.median(signal, axis=0)
    figure, axes = canvas(7.6, 3.6)
    for step, width in ((1, 0.3), (5, 0.9)):
        axes.vlines(np.arange(0, 261, step) / 25, -1.6, 10.4, color="#f2a0a8", linewidth=width)
        axes.hlines(np.arange(-16, 105, step) / 10, 0, 10.4, color="#f2a0a8", linewidth=width)
    rows = [["I", "aVR", "V1", "V4"], ["II", "aVL", "V2", "V5"], ["III", "aVF", "V3", "V6"]]
    for row, names in enumerate(rows):
        for column, name in enumerate(names):
            part = slice(int(column * 2.5 * rate), int((column + 1) * 2.5 * rate))
            time = np.arange(part.start, part.stop) / rate + 0.2
            axes.plot(time, signal[part, leads[name]] + 9 - 2.9 * row, color="black", linewidth=0.7)
            axes.text(column * 2.5 + 0.25, 9.75 - 2.9 * row, name, fontsize=9)
    axes.plot(
        np.arange(len(signal)) / rate + 0.2,
        signal[:, leads["II"]] + 0.2,
        color="black",
        linewidth=0.7,
    )
    axes.text(0.25, 0.95, "II", fontsize=9)
    axes.text(0.05, -1.45, "25 mm/s   10 mm/mV", fontsize=7)
    axes.set(xlim=(0, 10.4), ylim=(-1.6, 10.4), aspect=0.4)
    axes.axis("off")
    figure.set_facecolor("#fff6f6")
    return rasterise(figure)
