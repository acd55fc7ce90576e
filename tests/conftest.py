"""Hypothesis without a clock: what else the machine does is no property of ours."""

from hypothesis import settings

settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
