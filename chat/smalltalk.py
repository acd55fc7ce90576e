"""A greeting, a thank-you, "what can you do?": said to the interface, not asked of the documents."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

_HONORIFIC = r"(?: (?:a )?(?:tous|toutes|madame|monsieur|there|all|everyone|you|a todos|zusammen|mot a mot))?"


class Talk(StrEnum):
    """What was meant. The values are the names of the replies in `Texts`."""

    GREETING = "greeting"
    THANKS = "thanks"
    BYE = "bye"
    HELP = "help"


_PHRASES = {
    Talk.GREETING: (
        r"(?:bonjour|bonsoir|salut|coucou|rebonjour|hello|hi|hey|good (?:morning|afternoon|evening)|hallo|moin|guten (?:morgen|tag|abend)"
        r"|hola|buenos dias|buenas(?: tardes| noches)?|ciao|buongiorno|buonasera|salve|ola|oi|bom dia|boa (?:tarde|noite)"
        r"|مرحبا|اهلا|اهلا وسهلا|السلام عليكم|صباح الخير|مساء الخير)"
        rf"{_HONORIFIC}"
        r"(?: (?:ca va|comment (?:ca va|vas tu|allez vous)|how are you|wie gehts|que tal|come stai|tudo bem))?"
    ),
    Talk.THANKS: (
        r"(?:(?:un |ein |many |muchas |mille |grand |super |ok |parfait |genial |great |perfect )*"
        r"(?:merci|thanks|thank you|thx|danke(?: schon| sehr)?|dankeschon|vielen dank|gracias|grazie|obrigad[oa]|شكرا|شكرا جزيلا))"
        r"(?: (?:beaucoup|bien|infiniment|so much|very much|a lot|mille|muito|tante|a toi|a vous|pour (?:tout|ton aide|votre aide)|for (?:your|the) help))*"
    ),
    Talk.BYE: (
        r"(?:au revoir|a bientot|a plus|bonne (?:journee|soiree|nuit)|adieu|bye(?: bye)?|goodbye|see you(?: soon| later)?|tschuss|auf wiedersehen"
        r"|adios|hasta luego|arrivederci|tchau|ate logo|مع السلامة|وداعا)"
    ),
    Talk.HELP: (
        r"(?:aide(?: moi)?|a l aide|au secours|help(?: me)?|hilfe|ayuda|aiuto|ajuda|مساعدة"
        r"|(?:que|qu est ce que) (?:sais tu|savez vous|peux tu|pouvez vous|tu sais|tu peux|vous savez|vous pouvez) faire"
        r"|(?:tu|vous) (?:peux|pouvez|sais|savez) faire quoi|comment (?:ca|cela) (?:marche|fonctionne)|comment (?:tu )?(?:marches|fonctionnes) tu"
        r"|qui (?:es tu|etes vous)|a quoi (?:sers tu|servez vous)|c est quoi mot a mot"
        r"|what can (?:you|i) (?:do|ask)(?: here| for me)?|what do you do|how does (?:this|it) work|how do you work|who are you|what are you"
        r"|was kannst du(?: alles)?(?: tun| machen)?|wer bist du|wie funktioniert (?:das|es)"
        r"|(?:que|quien) (?:puedes hacer|sabes hacer|eres)|como funciona(?:s)?"
        r"|(?:che )?cosa (?:puoi|sai) fare|chi sei|come funziona|o que (?:voce )?(?:pode|sabe) fazer|quem e voce"
        r"|ماذا يمكنك ان تفعل|من انت|كيف يعمل هذا)"
    ),
}
_LONGEST = 200  # characters: more is no mere greeting
_PATTERNS = {talk: re.compile(phrases) for talk, phrases in _PHRASES.items()}


def talk_of(message: str) -> Talk | None:
    """What kind of small talk the whole message is, or None when it asks something.

    >>> talk_of("Merci beaucoup !"), talk_of("Bonjour, qui est Julie Lavet ?")
    (<Talk.THANKS: 'thanks'>, None)
    """
    if len(message) > _LONGEST:
        return None
    words = _plain(message)
    for talk, pattern in _PATTERNS.items():
        if pattern.fullmatch(words):
            return talk
    return None


def _plain(message: str) -> str:
    """Lower case, without accents (Arabic vowel signs and hamza seats too), punctuation or symbols."""
    folded = unicodedata.normalize("NFKD", message.casefold())
    letters = (c for c in folded if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w]|_", " ", "".join(letters)).split())
