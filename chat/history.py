"""What was asked before, as a program tells it → the turns that the page would have kept of the same conversation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chat.smalltalk import talk_of
from index.errors import QuestionError
from qa.conversation import Turn, understood
from qa.questions import checked


@dataclass(frozen=True, slots=True)
class Asked:
    """A message of a conversation, and what was answered to it."""

    message: str
    understood_as: str | None = None  # as the answer told; None = not told
    answer: str | None = None  # the text of the answer; None = refused


def turns_of(conversation: Iterable[Asked]) -> list[Turn]:
    """The turns to understand the next question by, oldest first.

    Small talk and what could not be asked are no turns. A follow-up whose meaning is not told is
    understood again by the turns before it, so that chains of them hold together.

    >>> turns = turns_of([Asked("Que fait Sanofi ?"), Asked("Merci !"), Asked("Et Orange ?")])
    >>> [turn.understood_as for turn in turns]
    ['Que fait Sanofi ?', 'Que fait Orange ?']
    """
    turns: list[Turn] = []
    for asked in conversation:
        if talk_of(asked.understood_as or asked.message) is not None:
            continue
        try:
            meant = asked.understood_as or understood(checked(asked.message), turns)
        except QuestionError:
            continue  # it was answered with that error
        turns.append(Turn(asked.message, meant, asked.answer))
    return turns
