"""What is asked again is answered the same, and not read again."""

from collections.abc import Sequence

from index.documents import Passage
from qa.answers import Span
from qa.remembering import RememberingReader
from tests.eval.keyword_reader import KeywordReader
from tests.qa.counting_reader import CountingReader


def passage(text: str) -> Passage:
    return Passage("d#0", "d", "d", "d", text, 0, len(text))


def test_the_readings_are_the_reader_s_and_each_is_made_once() -> None:
    counting = CountingReader()
    reader = RememberingReader(counting)
    first, second = passage("Le capitaine est Yves."), passage("Le phare mesure 42 mètres.")
    expected = KeywordReader().read("Le capitaine ?", [first, second, first])
    assert reader.read("Le capitaine ?", [first]) == expected[:1]
    assert reader.read("Le capitaine ?", [first, second, first]) == expected
    assert reader.read("Le capitaine ?", [second]) == expected[1:2]
    assert reader.read("Le phare ?", [second]) == KeywordReader().read("Le phare ?", [second])
    assert counting.seen == [
        ("Le capitaine ?", first.text),
        ("Le capitaine ?", second.text),
        ("Le phare ?", second.text),
    ]
    assert reader.read("Le phare ?", []) == []
    assert (reader.name, reader.checksum) == (counting.name, counting.checksum)


def test_each_verdict_is_given_once() -> None:
    counting = CountingReader()
    reader = RememberingReader(counting)
    harbour = passage("Le capitaine est Yves.")
    captain, verb = Span(17, 21, 3.0), Span(13, 16, 1.0)
    assert reader.verify("Qui ?", [(harbour, captain)]) == [-3.0]
    assert reader.verify("Qui ?", [(harbour, verb), (harbour, captain)]) == [-1.0, -3.0]
    assert reader.verify("Quoi ?", [(harbour, captain)]) == [-3.0]
    assert counting.looked_at == [("Qui ?", "Yves"), ("Qui ?", "est"), ("Quoi ?", "Yves")]


def test_a_reader_without_a_second_look_has_none_remembered() -> None:
    assert RememberingReader(OneLookReader()).verify("Qui ?", [(passage("Yves."), Span(0, 4, 1.0))]) is None


class OneLookReader(KeywordReader):
    """Has no verifier."""

    def verify(self, question: str, spans: Sequence[tuple[Passage, Span]]) -> None:
        return None


def test_what_was_of_use_the_longest_ago_is_forgotten() -> None:
    counting = CountingReader()
    reader = RememberingReader(counting, most=2)
    texts = [passage(f"Le phare {number}.") for number in range(3)]
    for number in (0, 1, 0, 2, 0, 1):
        reader.read("Le phare ?", [texts[number]])
    assert [text for _, text in counting.seen] == [texts[n].text for n in (0, 1, 2, 1)]
