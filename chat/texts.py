"""What the interface says, in French and in English. Sources are never translated: they speak for themselves."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Texts:
    """Every word of the interface in one language; a missing one is a type error."""

    language: str  # BCP 47
    ask_tab: str
    library_tab: str
    opening: str
    opening_one: str  # {title}
    opening_many: str  # {documents}, {passages}
    opening_none: str
    promise: str
    try_these: str
    recent: str
    question_label: str
    question_hint: str
    ask: str
    clear: str
    searching: str
    sure: str
    likely: str
    check: str
    percent: str  # {number}
    sure_why: str
    likely_why: str
    check_why: str
    confidence_what: str  # {percent}
    uncalibrated: str
    uncalibrated_why: str
    understood_as: str
    edit: str
    copy: str
    copied: str
    link: str
    linked: str
    not_linkable: str
    not_linkable_why: str
    retry: str
    show_source: str
    hide_source: str
    evidence: str
    source: str  # {number}
    source_of: str  # {number}, {count}
    previous: str
    next: str
    page: str  # {page}
    excerpt: str
    document_shown: str
    nothing_indexed: str
    nothing_indexed_why: str
    nothing_relevant: str
    nothing_relevant_why: str
    no_answer: str
    no_answer_why: str
    nearest: str
    nearest_place: str  # {letter}
    refused_confidence: str  # {percent}
    empty_question: str
    long_question: str  # {limit}
    busy: str
    failed: str
    gone: str
    failed_file: str
    greeting: str
    thanks: str
    bye: str
    help: str
    scope: str
    library: str
    mine: str
    choose: str
    choose_hint: str
    add: str
    add_title: str
    add_why: str
    add_drop: str  # {formats}, {megabytes}
    forget: str
    forgotten: str
    reading: str
    passages: str  # {number}
    passage: str
    documents: str  # {number}
    document: str
    unknown_format: str  # {name}, {formats}
    too_large: str  # {name}, {megabytes}
    full: str  # {name}, {limit}
    unreadable: str  # {name}, {reason}
    column_title: str
    column_language: str
    column_passages: str
    column_added: str
    map_title: str
    map_why: str
    map_lit: str
    map_empty: str
    good: str
    bad: str
    noted: str


FRENCH = Texts(
    language="fr",
    ask_tab="Questions",
    library_tab="Documents",
    opening="Posez une question.",
    opening_one="La réponse vient de « {title} », citée mot pour mot.",
    opening_many="La réponse vient de {documents} documents ({passages} passages), citée mot pour mot.",
    opening_none="Il n’y a encore aucun document : ajoutez les vôtres.",
    promise="Rien n’est inventé : si les documents ne répondent pas, c’est dit.",
    try_these="Pour commencer",
    recent="Vos dernières questions",
    question_label="Votre question",
    question_hint="Posez une question…",
    ask="Demander",
    clear="Tout effacer",
    searching="Lecture des passages…",
    sure="sûr",
    likely="probable",
    check="à vérifier",
    percent="{number} %",
    sure_why="Le texte répond clairement.",
    likely_why="Le texte répond sans doute ; un coup d’œil à la source suffit.",
    check_why="Lisez la source avant de vous y fier.",
    confidence_what="Sur cent réponses notées ainsi, environ {percent} sont justes : c’est une probabilité mesurée sur des "
    "questions dont la réponse est connue, pas une impression.",
    uncalibrated="non étalonné",
    uncalibrated_why="La confiance de ce modèle de lecture n’a pas été étalonnée : le nombre ne vaut que comme indice.",
    understood_as="Compris comme",
    edit="Modifier",
    copy="Copier avec la source",
    copied="Copié",
    link="Lien",
    linked="Lien copié",
    not_linkable="Sans lien",
    not_linkable_why="Vos documents ne sont qu’à vous : cette réponse ne peut pas être partagée par un lien.",
    retry="Reposer",
    show_source="Voir la source",
    hide_source="Replier la source",
    evidence="Source de la réponse",
    source="Source {number}",
    source_of="Source {number} sur {count}",
    previous="Citation précédente",
    next="Citation suivante",
    page="p. {page}",
    excerpt="Extrait d’un document plus long",
    document_shown="Le document",
    nothing_indexed="Il n’y a aucun document à lire.",
    nothing_indexed_why="Ajoutez-en un, puis reposez la question.",
    nothing_relevant="Les documents n’en parlent pas.",
    nothing_relevant_why="Aucun passage ne porte sur cette question.",
    no_answer="Les documents n’y répondent pas.",
    no_answer_why="Des passages en parlent, mais aucun ne répond assez clairement à la question.",
    nearest="Les passages les plus proches de votre question — pas une réponse",
    nearest_place="Passage voisin {letter} — pas une réponse",
    refused_confidence="La meilleure piste n’avait que {percent} de chances d’être juste.",
    empty_question="Écrivez une question, par exemple « Qui est Julie Lavet ? »",
    long_question="Cette question est trop longue : {limit} caractères au plus. Posez-la plus court.",
    busy="Beaucoup de questions en même temps : réessayez dans un instant.",
    failed="Cette question n’a pas pu être traitée. Réessayez ; si cela se répète, le journal du serveur dit pourquoi.",
    gone="Vos documents ne sont plus en mémoire : ajoutez-les à nouveau, ou cherchez dans la bibliothèque.",
    failed_file="Le journal du serveur dit pourquoi.",
    greeting="Bonjour ! Posez-moi une question : je cherche la réponse dans les documents et je vous montre où elle est écrite.",
    thanks="Avec plaisir. Une autre question ?",
    bye="À bientôt !",
    help="Je réponds aux questions avec les mots mêmes des documents. Chaque réponse porte un numéro : il mène à l’endroit exact de la "
    "source, surligné. La confiance est une probabilité. Si les documents ne répondent pas, je le dis et je montre ce qui s’en "
    "approche. Vous pouvez poser la question dans une autre langue que celle des documents, et ajouter les vôtres dans l’onglet Documents.",
    scope="Chercher dans",
    library="La bibliothèque",
    mine="Mes documents",
    choose="Seulement dans",
    choose_hint="Tous les documents",
    add="Ajouter des documents",
    add_title="Vos documents",
    add_why="Ils restent en mémoire, pour vous seul, le temps de cette page. Personne d’autre ne peut les lire ni les chercher.",
    add_drop="Formats : {formats}. {megabytes} Mo par fichier au plus.",
    forget="Oublier mes documents",
    forgotten="Vos documents ont été effacés de la mémoire.",
    reading="lecture…",
    passages="{number} passages",
    passage="1 passage",
    documents="{number} documents",
    document="1 document",
    unknown_format="{name} : ce format n’est pas lu ici. Formats lus : {formats}.",
    too_large="{name} : fichier trop gros, {megabytes} Mo au plus. Coupez-le en plusieurs.",
    full="{name} : plus de place, {limit} caractères au plus par visiteur. Oubliez d’abord vos documents.",
    unreadable="{name} : illisible. {reason}",
    column_title="Document",
    column_language="Langue",
    column_passages="Passages",
    column_added="Ajouté le",
    map_title="La carte des passages",
    map_why="Chaque point est un passage, le trait suit l’ordre du texte ; deux points proches parlent de choses proches.",
    map_lit="Les points cerclés ont servi à la dernière question.",
    map_empty="Il faut au moins trois passages pour dessiner une carte.",
    good="Bonne réponse",
    bad="Mauvaise réponse",
    noted="Merci, c’est noté",
)

ENGLISH = Texts(
    language="en",
    ask_tab="Questions",
    library_tab="Documents",
    opening="Ask a question.",
    opening_one="The answer comes from “{title}”, quoted word for word.",
    opening_many="The answer comes from {documents} documents ({passages} passages), quoted word for word.",
    opening_none="There is no document yet: add your own.",
    promise="Nothing is made up: when the documents do not answer, you are told.",
    try_these="To start with",
    recent="Your latest questions",
    question_label="Your question",
    question_hint="Ask a question…",
    ask="Ask",
    clear="Clear all",
    searching="Reading the passages…",
    sure="sure",
    likely="likely",
    check="check this",
    percent="{number}%",
    sure_why="The text answers clearly.",
    likely_why="The text very probably answers; a glance at the source will do.",
    check_why="Read the source before you rely on it.",
    confidence_what="Of a hundred answers marked like this one, about {percent} are right: a probability measured on questions "
    "whose answers are known, not an impression.",
    uncalibrated="uncalibrated",
    uncalibrated_why="This reading model’s confidence has not been calibrated: take the number as a hint only.",
    understood_as="Understood as",
    edit="Edit",
    copy="Copy with source",
    copied="Copied",
    link="Link",
    linked="Link copied",
    not_linkable="No link",
    not_linkable_why="Your documents are yours alone: this answer cannot be shared by a link.",
    retry="Ask again",
    show_source="Show the source",
    hide_source="Hide the source",
    evidence="Source of the answer",
    source="Source {number}",
    source_of="Source {number} of {count}",
    previous="Previous citation",
    next="Next citation",
    page="p. {page}",
    excerpt="Excerpt of a longer document",
    document_shown="The document",
    nothing_indexed="There is no document to read.",
    nothing_indexed_why="Add one, then ask again.",
    nothing_relevant="The documents do not speak of it.",
    nothing_relevant_why="No passage is about this question.",
    no_answer="The documents do not answer this.",
    no_answer_why="Some passages are about it, but none answers the question clearly enough.",
    nearest="The passages nearest to your question — not an answer",
    nearest_place="Nearby passage {letter} — not an answer",
    refused_confidence="The best lead had only a {percent} chance of being right.",
    empty_question="Type a question, such as “Who is Julie Lavet?”",
    long_question="This question is too long: {limit} characters at most. Ask it shorter.",
    busy="Many questions at once: try again in a moment.",
    failed="This question could not be processed. Try again; if it happens twice, the server’s log says why.",
    gone="Your documents are no longer in memory: add them again, or search the library.",
    failed_file="The server’s log says why.",
    greeting="Hello! Ask me a question: I look for the answer in the documents and show you where it is written.",
    thanks="You are welcome. Another question?",
    bye="See you soon!",
    help="I answer questions in the documents’ own words. Each answer carries a number: it leads to the exact place in the source, "
    "highlighted. The confidence is a probability. When the documents do not answer, I say so and show what comes near. You can ask "
    "in another language than the documents’, and add your own under the Documents tab.",
    scope="Search in",
    library="The library",
    mine="My documents",
    choose="Only in",
    choose_hint="All documents",
    add="Add documents",
    add_title="Your documents",
    add_why="They stay in memory, for you alone, as long as this page. Nobody else can read or search them.",
    add_drop="Formats: {formats}. {megabytes} MB a file at most.",
    forget="Forget my documents",
    forgotten="Your documents have been wiped from memory.",
    reading="reading…",
    passages="{number} passages",
    passage="1 passage",
    documents="{number} documents",
    document="1 document",
    unknown_format="{name}: this format cannot be read here. Formats read: {formats}.",
    too_large="{name}: the file is too large, {megabytes} MB at most. Split it.",
    full="{name}: no room left, {limit} characters a visitor at most. Forget your documents first.",
    unreadable="{name}: cannot be read. {reason}",
    column_title="Document",
    column_language="Language",
    column_passages="Passages",
    column_added="Added on",
    map_title="The map of passages",
    map_why="Each dot is a passage, the line follows the text; two dots close together speak of similar things.",
    map_lit="The circled dots served the last question.",
    map_empty="A map needs at least three passages.",
    good="Good answer",
    bad="Wrong answer",
    noted="Thank you, noted",
)

LANGUAGES = {"fr": FRENCH, "en": ENGLISH}


def texts_for(accept_language: str | None) -> Texts:
    """The interface's language for a browser's `Accept-Language`; French when it speaks neither.

    >>> texts_for("de-DE,en;q=0.7,fr;q=0.3").language
    'en'
    """
    wishes = []
    for part in (accept_language or "").split(","):
        tag, _, parameters = part.strip().partition(";")
        weight = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d*)?)\s*", parameters)
        wishes.append((float(weight[1]) if weight else 1.0, tag.strip().lower().split("-")[0]))
    for wish, language in sorted(wishes, key=lambda wish: -wish[0]):
        if wish > 0 and language in LANGUAGES:
            return LANGUAGES[language]
    return FRENCH


def translations() -> dict[str, dict[str, str]]:
    """The same texts as Gradio's `I18n` takes them, for its own components."""
    return {language: asdict(texts) for language, texts in LANGUAGES.items()}


def counted(number: int, one: str, many: str) -> str:
    """`one` as it is, or `many` with the number set in.

    >>> counted(3, ENGLISH.document, ENGLISH.documents)
    '3 documents'
    """
    return one if number == 1 else many.format(number=number)
