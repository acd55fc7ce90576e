"""Question → answer in the sources' own words, with citations, or an honest refusal.

>>> from qa import QAPipeline
>>> qa = QAPipeline.open()                        # the bundled article
>>> qa.ask("Qui est la directrice financière d'OpenAI ?").text
'Sarah Friar'
"""

from index.errors import CollectionError, DocumentError, ModelError, MotAMotError, QuestionError
from qa.answers import Answer, Citation, Part, Refusal, Span
from qa.confidence import Calibration
from qa.conversation import Turn
from qa.opening import open_models
from qa.pipeline import QAPipeline, Settings
from qa.reader import ExtractiveReader, Reader
from qa.retriever import HybridRetriever, Retriever

__all__ = [
    "Answer",
    "Calibration",
    "Citation",
    "CollectionError",
    "DocumentError",
    "ExtractiveReader",
    "HybridRetriever",
    "ModelError",
    "MotAMotError",
    "Part",
    "QAPipeline",
    "QuestionError",
    "Reader",
    "Refusal",
    "Retriever",
    "Settings",
    "Span",
    "Turn",
    "open_models",
]
