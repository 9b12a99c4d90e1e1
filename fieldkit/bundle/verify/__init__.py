"""Checking a bundle: needs fieldkit and the bundle, no vault, and believes nothing that the bundle says of itself."""

from fieldkit.bundle.verify.checks import Progress, verify_bundle
from fieldkit.bundle.verify.report import Fault, Report

__all__ = ["Fault", "Progress", "Report", "verify_bundle"]
