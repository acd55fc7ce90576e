"""A whole pipeline of small real pieces."""

from dataclasses import replace

from index.collection import Collection
from index.documents import Document
from qa import Calibration, HybridRetriever, QAPipeline
from qa.confidence import Models
from tests.eval.keyword_reader import KeywordReader
from tests.index.hash_encoder import HashEncoder
from tests.scales import scales

HARBOUR = "Le capitaine est Yves Le Goff. Le phare mesure 42 mètres.\n\nLe bateau part à 8 h 30. Il revient le soir."
TAVERN = "Le patron est Anne Roy. Le capitaine est Luc Bec."


def product(*texts: str, threshold: float = 0.5) -> QAPipeline:
    collection = Collection.in_memory(HashEncoder())
    for number, text in enumerate(texts):
        collection.add(Document(f"{number}.txt", f"T{number}", text, f"{number}.txt", "fr"))
    calibration = replace(
        Calibration.load(),
        models=Models.of(HashEncoder(), KeywordReader()),
        scales=scales(),
        threshold=threshold,
        irrelevant=0.3,
    )
    return QAPipeline(HybridRetriever(collection), KeywordReader(), calibration, collection=collection)
