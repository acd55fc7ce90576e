"""Calibrations that can be followed by hand."""

from collections.abc import Mapping

from qa.confidence import Form, Logistic, Scale

MARGIN = Logistic(0.0, {"margin": 1.0})
_NEAR = 15.0  # logits that a cosine is worth between two sentences


def scales(chance: Logistic = MARGIN, verified: Logistic | None = None) -> Mapping[Form, Scale]:
    """Spans in the order of their margins, sentences also of their nearness; those looked at again as likely and in the order of `verified`."""
    again = verified or chance
    near = Logistic(0.0, {"margin": 1.0, "nearness": _NEAR})
    return {
        Form.SPAN: Scale(MARGIN, chance),
        Form.SENTENCE: Scale(near, chance),
        Form.VERIFIED_SPAN: Scale(verified or MARGIN, again),
        Form.VERIFIED_SENTENCE: Scale(verified or near, again),
    }
