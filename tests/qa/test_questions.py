"""Kinds of questions, by value, in the languages that are measured."""

import pytest

from index.errors import QuestionError
from qa.questions import Kind, checked, kind_of, subject_of


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Qui est Julie Lavet ?", Kind.FACT),
        ("Combien d'employés compte OpenAI ?", Kind.FACT),
        ("directrise financiere openai", Kind.FACT),
        ("Comment s'appelle la ministre ?", Kind.FACT),
        ("How many people work there?", Kind.FACT),
        ("Wie viele Leute arbeiten dort?", Kind.FACT),
        ("¿Cómo se llama la ministra?", Kind.FACT),
        ("Who wrote the summary?", Kind.FACT),
        ("Qui a rédigé la synthèse ?", Kind.FACT),
        ("Vem är chef?", Kind.FACT),
        ("誰が社長ですか?", Kind.FACT),
        ("Was baute Orange?", Kind.FACT),
        ("Was kostete das Projekt?", Kind.FACT),
        ("Was für ein Werkzeug hat Orange gebaut?", Kind.FACT),
        ("Was genau ist ChatGPT?", Kind.FACT),
        ("Was können Kunden tun?", Kind.FACT),
        ("War and Peace was written by whom?", Kind.FACT),
        ("Who posted the comment?", Kind.FACT),
        ("War OpenAI schon in Paris?", Kind.DECISION),
        ("Was the office opened?", Kind.DECISION),
        ("Was artificial intelligence used at Orange?", Kind.DECISION),
        ("Was nothing decided?", Kind.DECISION),
        ("Comment on utilise ChatGPT chez Orange ?", Kind.EXPLANATION),
        ("Will you summarise the article?", Kind.SUMMARY),
        ("¿De qué va a depender el precio?", Kind.FACT),
        ("Will OpenAI resume hiring in Paris?", Kind.DECISION),
        ("Did talks resume?", Kind.DECISION),
        ("Is he out on parole?", Kind.DECISION),
        ("Do que trata o artigo?", Kind.SUMMARY),
        ("Worum geht es in dem Artikel?", Kind.SUMMARY),
        ("Pourquoi OpenAI vient-il à Paris ?", Kind.EXPLANATION),
        ("How does Orange use it?", Kind.EXPLANATION),
        ("¿Por qué vino?", Kind.EXPLANATION),
        ("Warum kommt OpenAI nach Paris?", Kind.EXPLANATION),
        ("لماذا جاءت الشركة؟", Kind.EXPLANATION),
        ("为什么来巴黎？", Kind.EXPLANATION),
        ("Que dit Clara Chappaz ?", Kind.QUOTATION),
        ("Qu'a déclaré Sarah Friar ?", Kind.QUOTATION),
        ("What did she say about France?", Kind.QUOTATION),
        ("Was hat Sarah Friar gesagt?", Kind.QUOTATION),
        ("Que pense Guillaume Champeau de cette arrivée ?", Kind.QUOTATION),
        ("Quel est l'avis de Clara Chappaz ?", Kind.QUOTATION),
        ("What does Guillaume Champeau think of it?", Kind.QUOTATION),
        ("What is Polu's opinion?", Kind.QUOTATION),
        ("Was hält Champeau davon?", Kind.QUOTATION),
        ("¿Qué piensa Champeau?", Kind.QUOTATION),
        ("ما رأي غيوم شامبو؟", Kind.QUOTATION),
        ("Qu'est-ce que Champeau pense de l'arrivée ?", Kind.QUOTATION),
        ("Quel est son avis ?", Kind.QUOTATION),
        ("What is the opinion of Champeau?", Kind.QUOTATION),
        ("Was halten die Gewerkschaften davon?", Kind.QUOTATION),
        ("Was halten Experten von OpenAI?", Kind.QUOTATION),
        ("Was meinte Stanislas Polu?", Kind.QUOTATION),
        ("Cosa ne pensano i sindacati?", Kind.QUOTATION),
        ("Qual è l'opinione dell'autore?", Kind.QUOTATION),
        ("O que acham os sindicatos?", Kind.QUOTATION),
        ("¿Qué opinión tiene Champeau?", Kind.QUOTATION),
        ("尚波对此有什么看法？", Kind.QUOTATION),
        ("Que pense faire OpenAI à Paris ?", Kind.FACT),
        ("Combien d'emplois est-ce que pense créer OpenAI ?", Kind.FACT),
        ("Quand l'avis de Guillaume Champeau a-t-il été publié ?", Kind.FACT),
        ("À quelle date l'avis d'imposition est-il envoyé ?", Kind.FACT),
        ("Pourquoi l'avis de Guillaume Champeau est-il critique ?", Kind.EXPLANATION),
        ("Est-ce que l'avis de la CNIL est favorable ?", Kind.DECISION),
        ("Quelle formule d'abonnement coûte 20 euros ?", Kind.FACT),
        ("Combien de mots compte l'avis ?", Kind.FACT),
        ("What does the think tank of Champeau recommend?", Kind.FACT),
        ("How many people share Champeau's view?", Kind.FACT),
        ("Was meint der Begriff Token?", Kind.FACT),
        ("Was hält Unternehmen davon ab, KI einzusetzen?", Kind.FACT),
        ("Wo ist die Meinung von Anne erschienen?", Kind.FACT),
        ("¿Quién es el ministro que piensa dimitir?", Kind.FACT),
        ("¿Cuántas palabras tiene el texto?", Kind.FACT),
        ("Quante parole ha il testo?", Kind.FACT),
        ("ما رأيت في المكتب؟", Kind.FACT),
        ("أين يقع المكتب؟", Kind.FACT),
        ("أي شركة افتتحت المكتب؟", Kind.FACT),
        ("Est-ce que tout le monde est content ?", Kind.DECISION),
        ("Sanofi utilise-t-elle les modèles ?", Kind.DECISION),
        ("Is this the first office?", Kind.DECISION),
        ("هل هذا أول مكتب؟", Kind.DECISION),
        ("这是第一个办事处吗？", Kind.DECISION),
        ("Quelles start-up sont citées ?", Kind.LIST),
        ("Which companies use the models?", Kind.LIST),
        ("哪些企业用了？", Kind.LIST),
        ("Résume l'article", Kind.SUMMARY),
        ("Can you summarize the text?", Kind.SUMMARY),
        ("Was kostet das Büro in Paris?", Kind.FACT),
        ("Was verkauft Mirakl?", Kind.FACT),
        ("Was Microsoft founded in 1975?", Kind.DECISION),
        ("Was it built in 1900?", Kind.DECISION),
        ("Was government money used?", Kind.DECISION),
        ("In welchem Jahr wurde die Firma gegründet?", Kind.FACT),
        ("Quando apre il nuovo ufficio?", Kind.FACT),
        ("Can you tell me who runs OpenAI?", Kind.FACT),
        ("Do you know when the office opens?", Kind.FACT),
        ("Do you know the captain?", Kind.DECISION),
        ("Peux-tu me dire pourquoi OpenAI vient ?", Kind.EXPLANATION),
        ("What is the status of the project?", Kind.FACT),
        ("What was the previous price?", Kind.FACT),
        ("Which address is it?", Kind.FACT),
        ("What does the business cost?", Kind.FACT),
        ("What are the three companies?", Kind.LIST),
        ("Which French companies already use the models?", Kind.LIST),
        ("Which company uses the models?", Kind.FACT),
        ("Which bus goes to the port?", Kind.FACT),
        ("Sarah Friar est elle directrice financière", Kind.DECISION),
        ("sarah friar age quand est elle née", Kind.FACT),
        ("Que disent les observateurs ?", Kind.QUOTATION),
        ("Que pense Olivier Godement de l'IA ?", Kind.QUOTATION),
        ("Que pense faire Orange ?", Kind.FACT),
        ("Fasse den Artikel zusammen", Kind.SUMMARY),
    ],
)
def test_kinds(question: str, kind: Kind) -> None:
    assert kind_of(question) is kind


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("Peux-tu me résumer l'article ?", ""),
        ("Résume les critiques, s'il te plaît", "critiques"),
        ("Peux-tu résumer l'article en trois points ?", ""),
        ("Give me a summary in two sentences", ""),
        ("Summarise the article in English", ""),
        ("Give me a summary of the criticism in 3 bullet points", "criticism"),
        ("Fasse die Kritik in drei Sätzen zusammen", "kritik"),
        ("Kannst du die Kritik zusammenfassen?", "kritik"),
        ("总结批评意见", "批评意见"),
        ("总结这篇文章", ""),
    ],
)
def test_the_subject_of_a_summary(question: str, subject: str) -> None:
    assert subject_of(question) == subject


@pytest.mark.parametrize("nothing", ["", "   ", "?!", "\x00", "🙂"])
def test_what_is_no_question_is_told(nothing: str) -> None:
    with pytest.raises(QuestionError, match="no question in it"):
        checked(nothing)


def test_a_question_of_ten_thousand_characters_is_told_its_limit() -> None:
    with pytest.raises(QuestionError, match=r"10,000 characters, the limit is 1,000"):
        checked("a" * 10_000)


def test_half_a_character_is_none() -> None:
    assert checked("Qui \ud800 est là ?") == "Qui ? est là ?"


def test_white_space_and_nul_are_no_part_of_a_question() -> None:
    assert checked("  Qui\r\n est\x00là ? ") == "Qui est là ?"
