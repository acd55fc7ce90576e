"""Small talk is told from questions."""

from __future__ import annotations

import pytest

from chat.smalltalk import Talk, talk_of


@pytest.mark.parametrize(
    ("message", "talk"),
    [
        ("Bonjour !", Talk.GREETING),
        ("Salut, ça va ?", Talk.GREETING),
        ("👋 hello", Talk.GREETING),
        ("Guten Tag", Talk.GREETING),
        ("¡Buenos días!", Talk.GREETING),
        ("Buongiorno", Talk.GREETING),
        ("Olá", Talk.GREETING),
        ("مرحبًا", Talk.GREETING),
        ("Merci beaucoup !", Talk.THANKS),
        ("thank you very much", Talk.THANKS),
        ("Danke schön", Talk.THANKS),
        ("muchas gracias", Talk.THANKS),
        ("Obrigado!", Talk.THANKS),
        ("شكراً", Talk.THANKS),
        ("Au revoir", Talk.BYE),
        ("Que sais-tu faire ?", Talk.HELP),
        ("AIDE", Talk.HELP),
        ("What can you do?", Talk.HELP),
        ("¿Qué puedes hacer?", Talk.HELP),
        ("Was kannst du?", Talk.HELP),
        ("من أنت؟", Talk.HELP),
        ("Bonjour, qui est Julie Lavet ?", None),
        ("Qui dit merci ?", None),
        ("Aide médicale en France", None),
        ("À qui Sarah Friar dit-elle bonjour ?", None),
        ("😀", None),
        ("", None),
    ],
)
def test_kinds(message: str, talk: Talk | None) -> None:
    assert talk_of(message) is talk


def test_a_long_message_costs_nothing() -> None:
    assert talk_of("merci " * 100_000) is None
