"""Looks at calibration data for what makes quantized models wrong, and says why and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from litesmith.quantization.channel_checks import dead_channels
from litesmith.quantization.evidence import Evidence
from litesmith.quantization.findings import CODES, Finding, say
from litesmith.quantization.input_checks import equal_samples, few_samples, noise, unused_inputs
from litesmith.quantization.result_checks import constant_outputs, outliers, saturated_outputs
from litesmith.quantization.scale_checks import wrong_scale

if TYPE_CHECKING:
    from litesmith import _core
    from litesmith.quantization.observations import Observations

__all__ = ["CODES", "Finding", "lint", "lint_and_warn"]

_CHECKS = (
    few_samples,
    equal_samples,
    noise,
    wrong_scale,
    unused_inputs,
    outliers,
    saturated_outputs,
    constant_outputs,
    dead_channels,
)
# what follows from another finding is not said as well
_CONSEQUENCES = {
    "equal-samples": {"noise", "outlier", "constant-output", "saturated-output", "dead-channels"},
    "noise": {"scale-255", "scale-1", "outlier", "constant-output", "saturated-output", "dead-channels"},
    "scale-255": {"outlier", "constant-output", "saturated-output", "dead-channels"},
    "scale-1": {"outlier", "constant-output", "saturated-output", "dead-channels"},
    "few-samples": {"dead-channels"},
    "saturated-output": {"constant-output", "dead-channels"},
    "constant-output": {"dead-channels"},
}


def lint(conversion: _core.Conversion, observations: Observations) -> tuple[Finding, ...]:
    """What is wrong with the samples that a model was observed on.

    Args:
        conversion: the float model.
        observations: what was seen of it; parts that were merged give the findings of one pass.

    Returns:
        Causes without what merely follows from them; empty for good data.
    """
    evidence = Evidence(conversion, observations)
    findings = [finding for check in _CHECKS for finding in check(evidence)]
    hidden: set[str] = set()
    for code in dict.fromkeys(finding.code for finding in findings):
        if code not in hidden:
            hidden |= _CONSEQUENCES.get(code, set())
    return tuple(finding for finding in findings if finding.code not in hidden)


def lint_and_warn(conversion: _core.Conversion, observations: Observations) -> None:
    """Issue what ``lint`` finds as warnings, and keep it in ``observations.warnings``."""
    findings = lint(conversion, observations)
    observations.warnings = tuple(map(str, findings))
    say(findings)
