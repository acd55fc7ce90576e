"""Terms and languages by value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.languages import FUNCTION_WORDS, fold, language_of
from index.lexical import terms
from index.store import Store


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Plus de 49 000 employés d'Orange aujourd'hui", "fr", ["49000", "employ", "orang", "aujourdhui"]),
        ("L’Élysée et l'État qu'ils aiment, jusqu'à présent", "fr", ["elyse", "etat", "aiment", "present"]),
        ("les prud'hommes", "fr", ["prudhomm"]),
        ("e\u0301cole école", "fr", ["ecol", "ecol"]),
        ("1.000,5 1,000.5 3,5 3.5 1 700 1\u202f700 1700 12 345 678", "fr",
         ["1000.5", "1000.5", "3.5", "3.5", "1700", "1700", "1700", "12345678"]),
        ("12:30, 2024-05-12, covid-19, GPT-4o", "fr", ["12", "30", "2024", "05", "12", "covid", "19", "gpt", "4o"]),
        ("the markets are running", "en", ["market", "run"]),
        ("Straße und Häuser", "de-AT", ["strass", "haus"]),
        ("dell'ufficio nella città", "it", ["uffic", "citt"]),
        ("Οι πόλεις της Ελλάδας", "el", ["πολ", "ελλαδ"]),
        ("Όταν έως το ίδιο", "el", ["οταν", "εωσ", "ιδιο"]),  # their stems are empty
        ("города России", "ru", ["город", "росс"]),
        ("我们去公园", "zh", ["我们", "们去", "去公", "公园"]),
        ("日本語のテキスト", "ja", ["日本", "本語", "語の", "のテ", "テキ", "キス", "スト"]),
        ("ไทยดี", "th", ["ไท", "ทย", "ยด", "ดี"]),
        ("المدينة الكبيرة", "ar", ["مدين", "كبير"]),
        ("٣٥ كتابا", "ar", ["35", "كتاب"]),
        ("किताबें पढ़ना ५", "hi", ["किताब", "पढ़", "5"]),
        ("वह बंद है। यह पढ़ना।", "hi", ["बंद", "पढ़"]),
        ("ปิด๚ ราคา฿", "th", ["ปิ", "ิด", "รา", "าค", "คา"]),
        ("។", "km", []),
        ("20 ㎅, ﹙ℋilbert﹚", "en", ["20", "kb", "hilbert"]),
        ("한국어 문장", "ko", ["한국어", "문장"]),
        ("Plus de mots", None, ["plus", "de", "mots"]),
        ("x" * 65, "fr", []),
        ("", "fr", []),
    ],
)  # fmt: skip
def test_terms(text: str, language: str | None, expected: list[str]) -> None:
    assert terms(text, language) == expected


@given(
    st.text(st.characters(categories=["L", "M", "N", "Z", "P"]), max_size=40),
    st.sampled_from(sorted(FUNCTION_WORDS)),
)
def test_no_term_is_empty(text: str, language: str) -> None:
    assert "" not in terms(text, language)


def test_every_term_is_one_to_the_full_text_index_too() -> None:
    letters = (chr(code) for code in range(0x20000) if not 0xD800 <= code < 0xE000)
    found = {term for letter in letters for term in terms(f"a{letter}b {letter}")}
    store = Store.in_memory()
    with store.writing() as cursor:
        cursor.executemany("INSERT INTO terms (context, body) VALUES ('', ?)", ((term,) for term in found))
        assert {term for (term,) in cursor.execute("SELECT term FROM vocabulary")} == found
    store.close()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Le bureau est à Paris et les équipes sont dans la ville.", "fr"),
        ("The office is in Paris and the teams are in the city.", "en"),
        ("La oficina está en París y los equipos están en la ciudad.", "es"),
        ("Das Büro ist in Paris und die Teams sind in der Stadt.", "de"),
        ("L'ufficio è a Parigi e le squadre sono nella città.", "it"),
        ("O escritório fica em Paris e as equipes estão na cidade.", "pt"),
        ("Het kantoor is in Parijs en de teams zijn in de stad.", "nl"),
        ("Офис находится в Париже, и команды не в городе.", "ru"),
        ("المكتب في باريس والفرق في المدينة من هذا", "ar"),
        ("यह कार्यालय पेरिस में है और टीम शहर में हैं", "hi"),
        ("事務所はパリにあります", "ja"),
        ("办公室在巴黎", "zh"),
        ("สำนักงานอยู่ที่ปารีส", "th"),
        ("사무실은 파리에 있습니다", "ko"),
        ("המשרד נמצא בפריז", "he"),
        ("Το γραφείο είναι στο Παρίσι και η πόλη", "el"),
        ("12345", None),
        ("Lorem", None),
        ("", None),
    ],
)
def test_language_of(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_function_words_are_folded_as_the_words_they_are_compared_with() -> None:
    assert [word for words in FUNCTION_WORDS.values() for word in words if fold(word) != word] == []
