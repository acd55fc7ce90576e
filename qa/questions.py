"""What kind of answer a question asks for, by its words: a short fact, or more than that.

Patterns are over folded text (`index.languages.fold`: lower case, no accents) in the languages the
product is measured in; a question in another language is taken to ask for a fact.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Literal

from index.errors import QuestionError
from index.languages import ALL_FUNCTION_WORDS, fold, language_of
from index.lexical import UNSPACED

MOST_CHARACTERS = 1_000  # of a question


class TooLongError(QuestionError):
    """A question longer than what is read of one."""

    def __init__(self, length: int, limit: int, unit: Literal["characters", "tokens"]) -> None:
        super().__init__(f"the question has {length:,} {unit}, the limit is {limit:,}; ask it shorter")
        self.limit = limit
        self.unit = unit


class Kind(Enum):
    """What a good answer is made of."""

    FACT = "fact"  # the shortest span
    EXPLANATION = "explanation"  # why, how: a clause or sentence
    QUOTATION = "quotation"  # what somebody said: their words
    DECISION = "decision"  # yes or no: the sentence that decides
    LIST = "list"  # all members
    SUMMARY = "summary"  # key sentences

    @property
    def is_told_in_a_sentence(self) -> bool:
        """Is a sentence the shortest good answer?"""
        return self in (Kind.EXPLANATION, Kind.DECISION, Kind.QUOTATION)


def cleaned(question: str) -> str:
    """The question without surrounding or repeated white space, nor what no model could read.

    >>> cleaned("  Qui  est là ? ")
    'Qui est là ?'
    """
    return " ".join(legible(question).replace("\x00", " ").split())


def legible(text: str) -> str:
    """Half of a surrogate pair is no character: neither a tokenizer nor JSON could take it.

    >>> legible("Qui \\ud83d ?")
    'Qui ? ?'
    """
    return text.encode("utf-8", "replace").decode("utf-8")


def checked(question: str) -> str:
    """The cleaned question; QuestionError when it can't be asked."""
    words = cleaned(question)
    if not any(character.isalnum() for character in words):
        raise QuestionError(
            f"{question[:40]!r}: no question in it; type one, such as 'Qui est Julie Lavet ?'"
        )
    if len(words) > MOST_CHARACTERS:
        raise TooLongError(len(words), MOST_CHARACTERS, "characters")
    return words


def kind_of(question: str) -> Kind:
    """The kind of answer that `question` asks for.

    >>> kind_of("Pourquoi OpenAI vient-il à Paris ?"), kind_of("How many people work there?")
    (<Kind.EXPLANATION: 'explanation'>, <Kind.FACT: 'fact'>)
    """
    words = _COURTESY.sub("", fold(_NAME_LIKE_A_VERB.sub("x", question)).replace("’", "'"))
    german = _asks_what_in_german(question)
    asks_a_fact = _ASKS_FOR_A_FACT.match(words) or (_ASKS_WHETHER.match(words) and not german)
    for kind, pattern in _KINDS:
        wanted = (
            kind not in (Kind.SUMMARY, Kind.QUOTATION) or not asks_a_fact
        )  # "Who wrote the summary?" wants none
        if wanted and pattern.search(words):
            return kind
    if _DECISION.search(words) and not german:
        return Kind.DECISION
    if _GERMAN_WAS.match(words) and language_of(question) != "en":  # not "War and Peace"
        return Kind.DECISION
    # A question without a question word decides, if it is in a language whose question words are known here.
    looks_asked = words.rstrip().endswith(("?", "？", "؟")) or _INVERTED.search(words)
    without_word = looks_asked and not _ASKS.search(words)
    if without_word and language_of(question) in _KNOWN_LANGUAGES:
        return Kind.DECISION
    return Kind.FACT


def _asks_what_in_german(question: str) -> bool:
    """German "was" is English "what". A verb follows it, in small letters, where English has a name or an article."""
    return _GERMAN_WHAT.search(question) is not None


def subject_of(summary_question: str) -> str:
    """What a question for a summary wants summed up, folded; empty when it is the whole.

    >>> subject_of("Peux-tu résumer l'article en trois points ?"), subject_of("Résume les critiques")
    ('', 'critiques')
    """
    rest = re.findall(r"\w+", _SUMMARY_WORDS.sub(" ", _FORM_OF_SUMMARY.sub(" ", fold(summary_question))))
    return " ".join(word for word in rest if word not in ALL_FUNCTION_WORDS)


def asks_for_words(word: str) -> bool:
    """Does a word only help to ask what somebody says or thinks, and tell nothing of who or on what?

    >>> [word for word in ("Que", "pense", "le", "préfet", "du", "port") if not asks_for_words(word)]
    ['préfet', 'port']
    """
    folded = fold(word)
    if _OF_OTHERS.fullmatch(folded):
        return False
    return folded in ALL_FUNCTION_WORDS or _SAYING.fullmatch(folded) is not None


_NAME_LIKE_A_VERB = re.compile(  # behind a verb of thinking, where an infinitive could stand: Olivier, Pierre, Javier
    r"(?<=\b(?i:pense) )[A-ZÀ-Þ]\w+(?:er|ir|re)\b|(?<=\b(?i:piensa) )[A-ZÀ-Þ]\w+[aei]r\b|(?<=\b(?i:opina) )[A-ZÀ-Þ]\w+[aei]r\b"
)
_KNOWN_LANGUAGES = frozenset({"fr", "en", "es", "de", "it", "pt", "ar", "zh"})
_GERMAN_WHAT = re.compile(
    r"^\W*[Ww]as (?!(?:it|that|what|not|most|just|part|art|\w*ment)\b)(?:[a-zäöüß]+t|sind|haben|war|waren|wird|kann|soll|will|machen|tun|halten|denken|meinen|kosten|bieten|bringen|bedeuten"
    r"|f[üu]r|genau|alles|k[öo]nnen|konnten?|m[üu]ssen|d[üu]rfen|sollen|wollen|werden|wurden?"
    r"|[a-zäöüß]+ten? (?=[A-ZÄÖÜ]|(?:das|der|die|den|er|sie|es|man|eine?[nrsm]?)\b))\b"
)
_COURTESY = re.compile(  # "Can you tell me who runs it?" asks who does
    r"^\W*(?:(?:can|could|would|will) you (?:please )?(?:tell|say|explain|show)(?: me| us)?(?: please)?|do you know"
    r"|(?:peux-tu|peut-on|pouvez-vous|pourrais-tu|pourriez-vous) (?:me |nous )?(?:dire|indiquer|expliquer)|(?:sais-tu|savez-vous)"
    r"|(?:kannst du|konnen sie) (?:mir |uns )?(?:bitte )?sagen|(?:weisst du|weiss man|wissen sie)"
    r"|(?:puedes|podria|podrias) decirme|sabes|(?:puoi|puo) dirmi|sai|(?:voce )?sabe)\W+"
    r"(?=(?:qui|que|quoi|quand|ou|combien|quel(?:le)?s?|comment|pourquoi|who|whom|whose|what|which|when|where|why|how"
    r"|wer|wen|wem|was|wann|wo|wie|warum|welche[mnrs]?|quien(?:es)?|cual(?:es)?|cuando|donde|cuant[oa]s?|como|por que"
    r"|chi|cosa|che|quale|quali|dove|quando|quant[oiea]|perche|quem|qual|quais|onde)\b)"
)
_ASKS_WHETHER = re.compile(r"\W*(?:will(?! you\b)|did|does|is|are|was|were|has|have|had|should|may|might)\b")
_ASKS_FOR_A_FACT = re.compile(
    r"\W*(?:qui|ou|quand|combien|a quelle date|who|where|when|how (?:many|much|long|old)|wer|wo|wann|wie ?viele?|wie (?:lange|hoch|alt)"
    r"|quien(?:es)?|donde|cuando|cuant[oa]s?|chi|dove|quando|quant[oiae]|quem|onde|quantos|quantas)\b"
)
_SUMMARY = (
    r"\bresum(?:e[rz]?|es|o|en|ir|a|ez|ame|eme|i)\b|\bsynthese\b|\bsummar|\bde quoi (?:parle|traite)|\btl;?dr\b|\bzusammenfass|\bfass\w* .*zusammen"
    r"|\bworum geht es\b|\bde que (?:trata|habla|va)\b(?! a\b)|\b(?:do|de) que (?:trata|fala)\b|\bdi (?:che )?cosa (?:parla|tratta)\b"
    r"|\briassum|\bsintesi\b|\bl'essentiel de\b|\bmain points?\b|\bwhat is (?:this|the) (?:article|text|document) about"
    r"|总结|概括|摘要|概述|لخص|ملخص"
)
_QUOTATION = (
    r"\b(?:que|qu'|quoi) ?(?:dit|disent|declare(?:nt)?|affirme(?:nt)?|repond(?:ent)?|demande(?:nt)?|ironise|commente(?:nt)?|(?:a|ont) (?:\w+ )?(?:dit|declare|affirme))\b"
    r"|\bqu'(?:a|ont)(?:-t-(?:il|elle|on))? ?(?:\w+ ){0,3}(?:dit|declare|affirme|repondu|lance)\b|\bqu'est-ce que .*\b(?:dit|declare)\b"
    r"|\bquels? (?:propos|mots)\b(?! cles\b)|\bquelle (?:citation|formule(?! (?:d|chimi|mathema|tarif))|phrase|declaration|critique ironique)\b|\bcitation de\b"
    r"|\bwhat (?:did|does|has|do) .*\b(?:say|said|declare[sd]?|comment(?:ed)?)\b|\bquote\b|\bin (?:his|her|their) (?:own )?words\b"
    r"|\bque (?:dijo|dice|declaro|ha dicho|afirmo)\b|\bpalabras\b|\bcomentario\b"
    r"|\bwas sagte?\b|\bwas hat .*\bgesagt\b|\bzitat\b|\bmit welchen worten\b"
    r"|\bcosa (?:ha detto|dice|ha dichiarato)\b|\bche cosa (?:ha detto|dice)\b|\bparole\b|\bo que (?:disse|diz|declarou)\b"
    r"|ماذا (?:قال|يقول|تقول|صرح)|说了什么|说什么|怎么说|的原话|ما قول"
)
_OPINION = (  # what somebody thinks: from the question's first word on, since "l'avis" and "the view" are things as well
    r"|^\W*(?:que|qu'en|qu'est-ce qu(?:e |'en |')(?:.{0,40}\s)?)\s?pens(?:e|ent|ait|aient)\b(?! \w+(?:er|ir|re)\b)"
    r"|^\W*quel(?:le)? (?:est|etait) (?:(?:l'|son |leur )(?:avis|opinion)|(?:le|son|leur) point de vue)\b"
    r"|^\W*what (?:does|did|do) .{1,60}\bthink\b(?! tank)|^\W*what (?:is|are|was|were) (?:.{1,60}'s?|his|her|their) (?:opinions?|views?|point of view)\b"
    r"|^\W*what (?:is|was) the (?:opinion|point of view) of\b"
    r"|^\W*was (?:denk(?:t|en)|mein(?:t|en|te|ten))\b(?! (?:der|das|ein) (?:begriff|wort|ausdruck)\b)|^\W*was ist die meinung von\b"
    r"|^\W*was (?:halt|halten|hielt|hielten) .*(?:davon|von (?!unten|oben|aussen|innen)(?:[\w'-]+ ?){1,4})\W*$"
    r"|^\W*que (?:piensan?|opinan?)\b(?! \w+(?:ar|er|ir)\b)|^\W*(?:cual es la|que) opinion (?:de|tienen?)\b"
    r"|^\W*(?:che )?cosa (?:ne )?pensano?\b|^\W*qual e l'opinione\b|^\W*o que (?:pensam?|acham?)\b|^\W*qual e a opiniao\b"
    r"|ما رأي(?!ت)|ماذا يعتقد|怎么看待|怎么看[？?]?$|对.+怎么看|什么看法|看法是什么"
)
_OF_OTHERS = re.compile(  # beside a name: what is said of it, or to it, or of somebody that it does not name
    r"about|regarding|concerning|uber|sobre|acerca|sur|sulla|davon|daruber|to|on|it|she|he|they|him|her|them|man|one"
    r"|il|elle|ils|elles|lui|eux|leur|sie|er|ihn|ihm|ihr|lei|loro|ele|ela|eles|elas|ella|ellos"
)
_SAYING = re.compile(
    r"dit|disent|declare\w*|affirme\w*|commente\w*|pense\w*|avis|opinions?|propos|mots|citations?|phrases?|declarations?|points?|vue"
    r"|say|says|said|declare[sd]?|comment(?:ed|s)?|quote[sd]?|think|thinks|thought|views?|words?"
    r"|dijo|dice|dicho|declaro|afirmo|piensan?|opinan?|palabras|comentarios?"
    r"|sagte?|gesagt|zitat|worten|denk(?:t|en)|mein(?:t|en|te|ten)|meinung|halt|halten|hielten|hielt"
    r"|detto|dichiarato|pensano?|opinione|parole|disse|diz|declarou|pensam?|acham?|opiniao"
)
_EXPLANATION = (
    r"\bpourquoi\b|\bpour quelles? raisons?\b|\bde quelle (?:maniere|facon)\b|\ben quoi\b|\bgrace a quoi\b|\bpar quels? moyens?\b"
    r"|(?<!\bthe )(?<!\ba )(?<!\bthis )(?<!\bno )(?<!\bto )(?<!\bany )\bcomment\b(?! on (?:the|this|that|it)\b)(?! (?:s'appel|se nomm|se prenom|s'intitul))"
    r"|\bwhy\b|\bhow (?!many|much|old|long|far|often|tall|big|large|high|deep|fast)|\bin what way\b|\bhow come\b"
    r"|\bpor que\b|\bde que (?:manera|modo|forma|maneira)\b|^\W*como (?!se (?:llama|chama))|^\W*(?:y|e) como "
    r"|\bwarum\b|\bwieso\b|\bweshalb\b|\binwiefern\b|\bauf welche weise\b"
    r"|\bwie (?!viel|heiss|alt|lange?\b|oft|gross|hoch|weit)|\bperche\b|\bin che modo\b|^\W*come (?!si chiama)"
    r"|لماذا|كيف|为什么|为何|怎么|怎样|如何"
)
_LIST = (
    r"\b(?:quels|quelles|lesquels|lesquelles|citez|cite-moi|enumere[rz]?|liste[rz]?)\b|\bdonne[rz]? (?:moi )?la liste\b"
    r"|\b(?:which|what) (?:(?:are|were) (?:the )?)?(?:(?!(?:is|was|do|does|did|has|had|will|can|could|would|should|the|an?|its)\b)\w+ ){0,3}?"
    r"(?!is\b|was\b|does\b|has\b|this\b|its\b|his\b|us\b|\w+(?:ss|us|is)\b)\w{3,}s\b(?! (?:the|an?|its|his|her|their|to)\b)|\b(?:list|name) (?:the|all|three|two)\b|\bwho are\b"
    r"|\b(?:cuales|quais|que (?:empresas|startups|companias))\b|\bwelchen?\b|\bnenne\b|\bquali\b|哪些|ما هي ال\w+ات"
)
_SUMMARY_WORDS = re.compile(
    rf"\bfass\w*|\bzusammen\b|[^\W{UNSPACED}]*(?:{_SUMMARY})[^\W{UNSPACED}]*"
    r"|\b(?:articles?|textes?|documents?|text|texto|testo|dokumente?|artikel|articulo|articolo|artigo)\b"
    r"|\b(?:peux|peut|pouvez|pourrais|pourriez|faire|fais|faites|donne[rz]?|please|bitte|kannst|konnt[ae]?|konnen|grandes? lignes?|moi)\b|文章|这篇"
)
_FORM_OF_SUMMARY = re.compile(  # "in three points", "in English", "give me": how it is wanted, not of what
    r"\b(?:en|in|auf|into)\s+(?:\d+|une?|deux|trois|quatre|cinq|six|dix|quelques|an?|one|two|three|four|five|six|ten|(?:a )?few|some"
    r"|ein(?:em|en|er)?|zwei|drei|vier|funf|zehn|wenigen|einigen|dos|tres|cuatro|cinco|diez|pocas|unas|due|tre|quattro|cinque|poche"
    r"|duas|dois|quatro|poucas)\s+(?:\w+\s+)?(?:points?|phrases?|mots?|lignes?|paragraphes?|sentences?|words?|lines?|bullets?"
    r"|paragraphs?|satz(?:en)?|worten|zeilen|(?:stich)?punkten|frases?|palabras|lineas|puntos|frasi|parole|righe|punti|palavras|linhas|pontos)\b"
    r"|\b(?:en|in|auf)\s+(?:francais|anglais|english|french|deutsch|allemand|ingles|inglese|frances|francese|espanol|espagnol|spanish|german"
    r"|italiano|italien|italian|portugues|portugais|franzosisch|englisch|spanisch|italienisch|chinese|chinois|arabic|arabe)\b"
    r"|\b(?:give|write|make|me|us|gib|mir|schreibe?|dame|hazme|fammi|briefly|brievement|rapidement|kurz|brevemente|plait|svp|stp|merci|thanks?|thank you|por favor|per favore|danke)\b"
)
_KINDS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (Kind.SUMMARY, _SUMMARY),
        (Kind.QUOTATION, _QUOTATION + _OPINION),
        (Kind.EXPLANATION, _EXPLANATION),
        (Kind.LIST, _LIST),
    )
)
_DECISION = re.compile(
    r"^\W*est-ce qu(?!.*\b(?:qui|quoi|quand|ou)\b)|^\W*(?:is|are|was|were|do(?! que\b)|does|did|has|have|had|can|could|will|would|should|may)\b"
    r"|^\W*(?:ist|sind|hat|haben|wird|kann|gibt)\b|^\W*هل\b|吗|是否|有没有"
)
_INVERTED = re.compile(  # "Sarah Friar est elle directrice", as it is typed
    r"\b(?:est|sont|etait|a|ont|avait|aura|peut|va|doit|veut|utilise)(?:-t-|[ -])(?:ils?|elles?|on)\b"
)
_GERMAN_WAS = re.compile(r"\W*war\b")
_ASKS = re.compile(
    r"\b(?:qui|que|quoi|qu'|quand|ou|combien|quel|quelle|quels|quelles|comment|pourquoi|lequel|laquelle|dont"
    r"|who|whom|whose|what|which|when|where|why|how|quien|quienes|cual|cuales|cuando|donde|cuanto|cuanta|cuantos|cuantas|como"
    r"|wer|wen|wem|wessen|was|wann|wo|wohin|woher|wie|wieviel|warum|welche[mnrs]?|wofur|womit|woran|worum"
    r"|chi|cosa|che|quale|quali|quando|dove|quanto|quanti|quanta|quante|come|perche"
    r"|quem|qual|quais|onde|quantos|quantas)\b|[谁何哪几]|什么|多少|多久|怎"
    r"|\b(?:من|ما|ماذا|متى|[اأ]ين|كم|كيف|لماذا|[اأ]ي)\b"
)
