"""Which language a text is in, by its script and its function words.

The same short lists keep function words out of the lexical index. They are for documents: in a
question of five words a guess would often be wrong, so nothing here is asked about questions.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

_WORDS = {
    "fr": "le la les un une des du de d l et en a au aux il elle ils elles on nous vous je tu qui que quoi dont ou "
    "est sont sera etait ont ete ce cet cette ces se s sa son ses leur leurs dans par pour sur avec sans ne pas "
    "plus qu n y c j m t mais donc car si comme quel quelle quels quelles comment pourquoi quand combien lui "
    "eux meme aussi etre avoir fait tout tous toute toutes entre vers chez sous ainsi",
    "en": "the a an of and to in is are was were be been it its he she they we you i that this these those which "
    "who whom what when where why how for on with as by at from or not but has have had do does did will would "
    "can could should may his her their our your my me him them us there than then so if into about s t",
    "es": "el la los las un una unos unas de del y e en a al que quien quienes cual cuales es son fue era ser ha han "
    "se su sus lo le les por para con sin no mas pero como cuando donde cuanto cuantos cuantas porque este esta "
    "estos estas ese esa muy ya si sobre entre o tambien hay",
    "de": "der die das den dem des ein eine einer eines einem einen und oder in im zu zum zur von vom mit auf fur an "
    "am ist sind war waren wird werden wurde hat haben hatte sein er sie es wir ihr ich nicht auch als wie was "
    "wer wo wann warum welche welcher welches dass bei aus nach um uber so nur noch sich durch wenn aber man",
    "it": "il lo la i gli le un uno una di del della dei delle dello degli e ed in nel nella nei a al alla ai alle da "
    "dal dalla che chi cui non e sono era stato ha hanno si su sul con per tra fra come quando dove quanto quanti "
    "perche piu anche ma o se questo questa questi queste suo sua l d dell all nell un quale quali cosa",
    "pt": "o a os as um uma uns umas de do da dos das e em no na nos nas ao aos que quem qual quais foi era sao ser "
    "tem se seu sua seus suas por para com sem nao mais mas como quando onde quanto quantos porque este esta "
    "isso ou ja muito tambem pelo pela entre ate",
    "nl": "de het een en van in op te is zijn was werd worden dat die dit deze niet met voor aan er om ook als bij "
    "door naar uit maar of hij zij ze wij ik je hoe wat wie waar wanneer waarom welke heeft hebben had nog over",
    "ro": "si de la in un o al ai ale cu pe din pentru este sunt a fost nu se sa ca care ce cine cand unde cum mai "
    "sau dar lui ei lor prin dupa despre cel cea cei cele unui unei",
    "sv": "och att det som en ett i pa av for med den till ar var inte har hade han hon de vi om men sa fran vid vad "
    "vem hur nar varfor eller kan ska sig",
    "da": "og i at det er en et den til af pa for med som de var ikke har havde han hun vi om men sa fra ved hvad "
    "hvem hvor hvornar hvorfor eller kan skal sig",
    "fi": "ja on ei se etta oli han ovat mutta joka myos kuin tai kun niin olla mika kuka missa milloin miksi sen",
    "hu": "a az es hogy nem is egy van volt meg de ez ki mi mit hol mikor miert vagy csak mint aki ami",
    "tr": "ve bir bu da de ile icin ne kim nerede zaman nasil neden olarak olan cok daha en gibi kadar mi ama veya o",
    "ru": "и в не на что с по как это он она они мы вы я к из у за от о для же был была было были быть его ее их но "
    "или кто где когда почему какой какая какие сколько при до так все",
    "el": "και το ο η τα τη την τον του της των στο στη στην σε με για απο να που ειναι ηταν δεν οτι πως ποιος ποια "
    "τι ποτε γιατι ποσα μια ενα οι τους",
    "ar": "في من على الى إلى عن أن ان ما هو هي هم التي الذي هذا هذه ذلك تلك لا لم كان كانت مع او أو كما قد كل بعد قبل بين "
    "متى أين اين كيف لماذا كم هل أي اي",
    "hi": "के का की में है हैं से को और पर ने यह वह एक कि था थी थे जो क्या कौन कब कहाँ कहां क्यों कैसे कितने इस उस लिए नहीं भी तक हो",
}

_SCRIPTS = (
    (re.compile(r"[\u3040-\u30ff]"), "ja"),
    (re.compile(r"[\uac00-\ud7af]"), "ko"),
    (re.compile(r"[\u4e00-\u9fff]"), "zh"),
    (re.compile(r"[\u0e00-\u0e7f]"), "th"),
    (re.compile(r"[\u0590-\u05ff]"), "he"),
)
_WORD = re.compile(r"[^\W\d_]+")
_SAMPLE = 20_000  # characters


_MARKS = re.compile(
    "[\u0300-\u036f\u0640\u200b\u200c\u200d\ufeff]"
)  # accents, and what joins or stretches letters


def fold(text: str) -> str:
    """Lower case without accents, compatibility forms unified; Arabic and Indic marks stay letters' own.

    >>> fold("L'Élysée reçoit Œuvre ﬁne")
    "l'elysee recoit oeuvre fine"
    """
    unified = unicodedata.normalize("NFKD", text.casefold()).casefold()  # "㎅" becomes "KB" first
    plain = unified.replace("œ", "oe").replace("æ", "ae")
    return unicodedata.normalize("NFC", _MARKS.sub("", plain))


FUNCTION_WORDS = {language: frozenset(map(fold, words.split())) for language, words in _WORDS.items()}
"""BCP 47 → its function words, folded as `fold` does."""
ALL_FUNCTION_WORDS = frozenset().union(*FUNCTION_WORDS.values())
"""Of every language."""


def language_of(text: str) -> str | None:
    """The language of a text of some length, or None when nothing tells.

    >>> language_of("Le bureau est à Paris et les équipes sont dans la ville.")
    'fr'
    """
    sample = text[:_SAMPLE]
    letters = sum(c.isalpha() for c in sample)
    for script, language in _SCRIPTS:
        # A fifth of kana is Japanese even among many Chinese characters, so it is asked first.
        if letters and len(script.findall(sample)) > letters / 5:
            return language
    counts = Counter(_WORD.findall(fold(sample)))
    votes = {
        language: sum(counts[word] for word in words) / sum(counts.values())
        for language, words in FUNCTION_WORDS.items()
        if counts
    }
    best = max(votes, key=votes.__getitem__, default=None)
    return best if best is not None and votes[best] >= 0.1 else None
