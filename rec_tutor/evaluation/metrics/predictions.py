"""Predictions of single ratings or clicks."""

import numpy as np
import pandas as pd


def rmse(truth: np.ndarray, predicted: np.ndarray) -> float:
    r"""Root mean squared error, $\sqrt{\frac{1}{n}\sum (y - \hat y)^2}$, in units of
    the rating.
    """
    truth, predicted = _pair(truth, predicted)
    return float(np.sqrt(np.mean((truth - predicted) ** 2)))


def mae(truth: np.ndarray, predicted: np.ndarray) -> float:
    r"""Mean absolute error, $\frac{1}{n}\sum |y - \hat y|$, in units of the rating."""
    truth, predicted = _pair(truth, predicted)
    return float(np.mean(np.abs(truth - predicted)))


def log_loss(truth: np.ndarray, probability: np.ndarray) -> float:
    r"""Mean negative log-likelihood of 0/1 outcomes,
    $-\frac{1}{n}\sum y \ln p + (1 - y) \ln (1 - p)$: nats.

    A probability of exactly 0 or 1 is moved inside by float64's epsilon, 2.2e-16, so
    that being certain and wrong costs 36 instead of infinity.
    """
    truth, probability = _outcomes(truth, probability)
    eps = np.finfo(np.float64).eps
    p = np.clip(probability, eps, 1 - eps)
    return float(-np.mean(truth * np.log(p) + (1 - truth) * np.log1p(-p)))


def calibration_curve(
    truth: np.ndarray, probability: np.ndarray, bins: int = 10
) -> pd.DataFrame:
    """Predicted against observed frequency in `bins` equally wide bins of the predicted
    probability.

    Returns:
        The columns `predicted` (mean probability in the bin), `observed` (share of
        ones) and `count`, one row per bin that is not empty. A bin includes its upper
        edge, and the first one 0 as well.
    """
    truth, probability = _outcomes(truth, probability)
    if bins < 1:
        raise ValueError(f"bins must be at least 1; it is {bins}.")
    which = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], probability)
    count = np.bincount(which, minlength=bins)
    used = count > 0
    predicted = (
        np.bincount(which, weights=probability, minlength=bins)[used] / count[used]
    )
    observed = np.bincount(which, weights=truth, minlength=bins)[used] / count[used]
    return pd.DataFrame(
        {"predicted": predicted, "observed": observed, "count": count[used]}
    )


def calibration_error(
    truth: np.ndarray, probability: np.ndarray, bins: int = 10
) -> float:
    r"""Expected calibration error:
    $\sum_b \frac{n_b}{n} |\mathrm{observed}_b - \mathrm{predicted}_b|$.

    The bins are those of `calibration_curve`. 0 is perfect, 1 the worst. Naeini, Cooper
    & Hauskrecht, AAAI 2015, doi:10.1609/aaai.v29i1.9602.
    """
    curve = calibration_curve(truth, probability, bins)
    return float(
        np.average(
            np.abs(curve["observed"] - curve["predicted"]), weights=curve["count"]
        )
    )


def _pair(truth: np.ndarray, predicted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    truth, predicted = (
        np.asarray(truth, dtype=np.float64),
        np.asarray(predicted, dtype=np.float64),
    )
    if truth.shape != predicted.shape or truth.ndim != 1 or len(truth) == 0:
        raise ValueError(
            "truth and prediction must be one-dimensional, of one length and not"
            f" empty; their shapes are {truth.shape} and {predicted.shape}."
        )
    return truth, predicted


def _outcomes(
    truth: np.ndarray, probability: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    truth, probability = _pair(truth, probability)
    if not np.isin(truth, (0, 1)).all():
        raise ValueError("truth must hold only 0 and 1.")
    if not ((probability >= 0) & (probability <= 1)).all():
        raise ValueError(
            "probability must lie between 0 and 1; apply the sigmoid to logits first."
        )
    return truth, probability
