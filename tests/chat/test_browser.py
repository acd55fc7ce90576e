"""The chat in a real browser, on the bundled article, with the real models."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docx
import pytest
from playwright.sync_api import Browser, Page, expect

from chat.texts import ENGLISH, FRENCH
from index.loading import FORMATS
from tests.chat.conftest import another_writer
from tests.index.milvus_server import MilvusServer

pytestmark = [pytest.mark.browser, pytest.mark.models]
PHONE = {"width": 390, "height": 844}
LAMPS = list(enumerate(("Marie", "Jeanne", "Louise", "Anne"), start=1))


@pytest.fixture
def visit(chat: str, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Opens the chat as a new visitor. Whatever leaves this machine, or breaks on the page, fails the test."""
    contexts: list[Any] = []
    wrong: list[str] = []

    def local(url: str) -> bool:
        return url.startswith((f"{chat}/", "data:", "blob:"))

    def opened(address: str = "/", locale: str = "fr-FR", **options: Any) -> Page:
        context = chromium.new_context(
            locale=locale, viewport=options.pop("viewport", {"width": 1280, "height": 800}), **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("request", lambda request: None if local(request.url) else wrong.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
        page.goto(chat + address)
        page.wait_for_selector(".turn")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


def ask(page: Page, question: str) -> Any:
    """Types a question, presses Enter, waits for the reply; returns the turn."""
    before = page.locator(".conversation .turn").count()
    page.fill("#question textarea", question)
    page.keyboard.press("Enter")
    turn = page.locator(".conversation .turn").nth(before)
    expect(turn.locator(".reply:not(.searching)")).to_be_visible(timeout=15_000)
    return turn


def test_an_answer_stands_beside_its_highlighted_source(visit: Callable[..., Page]) -> None:
    turn = ask(visit(), "Avec quelles start-up OpenAI veut-elle resserrer ses liens ?")
    expect(turn.locator(".quote")).to_have_text("Dust, Mirakl et Pigment")
    expect(turn.locator(".sentence mark")).to_have_text("Dust, Mirakl et Pigment")
    evidence = turn.locator(".evidence")
    expect(evidence).to_be_visible()
    expect(evidence.locator(".where:visible")).to_contain_text(
        "Une équipe mondiale qui courtise les start-up"
    )
    marked = evidence.locator(".passage.here mark")
    expect(marked).to_have_text("Dust, Mirakl et Pigment")
    expect(marked).to_be_in_viewport()
    # The whole document is there, so that the neighbours can be read.
    expect(evidence.locator(".source")).to_contain_text("il devient impossible de se passer")


def test_a_refusal_shows_what_is_near_but_no_source(visit: Callable[..., Page]) -> None:
    turn = ask(visit(), "Quel est le plus haut sommet du monde ?")
    expect(turn.locator(".said")).to_contain_text("Les documents n’")
    assert turn.locator(".quote, mark, [data-copy]").count() == 0
    if not turn.locator(".nearest").evaluate("nearest => nearest.open"):
        turn.locator(".nearest summary").click()
    expect(turn.locator(".nearest li").first).to_be_visible()
    expect(turn.locator(".evidence .which:visible")).to_contain_text("pas une réponse")


def test_on_a_phone_the_source_unfolds_under_its_answer(visit: Callable[..., Page]) -> None:
    page = visit(viewport=PHONE)
    turn = ask(page, "Combien d'employés OpenAI compte-t-elle dans le monde ?")
    expect(turn.locator(".evidence")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    turn.get_by_role("button", name="Voir la source").click()
    expect(turn.locator(".evidence mark").first).to_be_in_viewport()
    answer, evidence = turn.locator(".quote").bounding_box(), turn.locator(".evidence").bounding_box()
    assert evidence["y"] > answer["y"] + answer["height"]
    turn.get_by_role("button", name="Replier la source").click()
    expect(turn.locator(".evidence")).to_be_hidden()


def test_the_interface_speaks_the_browsers_language(visit: Callable[..., Page]) -> None:
    page = visit(locale="en-GB")
    expect(page.get_by_role("heading", name="Ask a question.")).to_be_visible()
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    expect(page.get_by_role("tab", name="Documents")).to_be_visible()
    turn = ask(page, "How many Orange employees does the tool serve?")
    expect(turn.locator(".quote")).to_contain_text("49 000")
    assert page.evaluate("document.documentElement.lang") == "en"


def test_thanks_get_a_word_and_no_citation(visit: Callable[..., Page]) -> None:
    turn = ask(visit(), "Merci beaucoup !")
    expect(turn.locator(".word")).to_contain_text("Avec plaisir")
    assert turn.locator(".evidence, .cite, mark").count() == 0


def test_a_link_asks_its_question_again(visit: Callable[..., Page]) -> None:
    page = visit("/?q=Qui%20a%20cofond%C3%A9%20Dust%20%3F")
    expect(page.locator(".conversation .asked")).to_have_text("Qui a cofondé Dust ?")
    expect(page.locator(".conversation .quote")).to_contain_text("Stanislas Polu")
    link = page.locator("[data-link]").get_attribute("data-link")
    assert link == "?q=Qui%20a%20cofond%C3%A9%20Dust%20%3F"


def upload(page: Page, *files: Path) -> None:
    """Adds the visitor's own files, and comes back to the conversation."""
    page.get_by_role("tab", name="Documents").click()
    page.set_input_files("#files input[type=file]", [str(file) for file in files])
    expect(page.locator(".uploads li")).to_have_count(len(files))
    expect(page.locator(".uploads[data-busy]")).to_have_count(0, timeout=30_000)
    page.get_by_role("tab", name="Questions").click()


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_a_follow_up_is_shown_as_it_was_understood(visit: Callable[..., Page]) -> None:
    page = visit()
    ask(page, "Qui est Stanislas Polu ?")
    turn = ask(page, "Et Olivier Godement ?")
    expect(turn.locator(".understood em")).to_have_text("Qui est Olivier Godement ?")
    turn.get_by_role("button", name="Modifier").click()
    expect(page.locator("#question textarea")).to_have_value("Qui est Olivier Godement ?")


def test_an_earlier_answer_can_be_looked_at_again(visit: Callable[..., Page]) -> None:
    page = visit()
    first = ask(page, "Qui a cofondé Dust ?")
    second = ask(page, "Combien d'employés d'Orange utilisent l'outil ?")
    expect(first.locator(".evidence")).to_be_hidden()
    first.locator(".cite").first.click()
    expect(first.locator(".evidence mark").first).to_be_in_viewport()
    expect(second.locator(".evidence")).to_be_hidden()


def test_a_question_sent_before_the_reply_waits_for_it(visit: Callable[..., Page]) -> None:
    page = visit()
    box = page.locator("#question textarea")
    for question in ("Qui a cofondé Dust ?", "Combien d'employés d'Orange utilisent l'outil ?"):
        box.fill(question)
        box.press("Enter")
        page.wait_for_function("document.querySelector('#question textarea').value === ''")
    box.press("Enter")  # an empty box asks nothing
    replies = page.locator(".conversation .turn .reply:not(.searching)")
    expect(replies.nth(1)).to_be_visible()
    expect(page.locator(".conversation .quote")).to_have_text(["Stanislas Polu", "plus de 49 000 employés"])
    expect(replies).to_have_count(2)


def test_the_confidence_is_explained_on_request(visit: Callable[..., Page]) -> None:
    turn = ask(visit(), "Qui a cofondé Dust ?")
    expect(turn.locator(".confidence summary")).to_contain_text("%")
    expect(turn.locator(".confidence p")).to_be_hidden()
    turn.locator(".confidence summary").click()
    expect(turn.locator(".confidence p")).to_be_visible()


def test_an_answer_is_copied_with_its_source(visit: Callable[..., Page]) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    turn = ask(page, "Qui a cofondé Dust ?")
    turn.get_by_role("button", name="Copier avec la source").click()
    expect(turn.get_by_role("button", name="Copié")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("« Stanislas Polu")
    assert copied.endswith("— OpenAI s'installe en France · De la démonstration à l'usage")


def test_suggestions_are_asked_with_a_click_and_kept_for_the_next_visit(visit: Callable[..., Page]) -> None:
    page = visit()
    page.get_by_role("button", name="Que craignent les observateurs").click()
    expect(page.locator(".conversation .quote, .conversation .said")).to_be_visible(timeout=15_000)
    page.reload()
    expect(
        page.locator(".recent").get_by_role("button", name="Que craignent les observateurs")
    ).to_be_visible()


def test_clearing_leads_back_to_the_welcome(visit: Callable[..., Page]) -> None:
    page = visit()
    ask(page, "Merci")
    page.get_by_role("button", name="Tout effacer").click()
    expect(page.get_by_role("heading", name="Posez une question.")).to_be_visible()


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("   ", "Écrivez une question"),
        ("😀🎉", "Écrivez une question"),
        ("pourquoi " * 1_111, "trop longue"),
    ],
)
def test_what_can_not_be_asked_gets_a_clear_word(
    visit: Callable[..., Page], question: str, told: str
) -> None:
    page = visit()
    expect(ask(page, question).locator(".word")).to_contain_text(told)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1_280
    expect(ask(page, "Qui a cofondé Dust ?").locator(".quote")).to_contain_text("Stanislas Polu")


def test_everything_is_reached_by_keyboard(visit: Callable[..., Page]) -> None:
    page = visit()
    page.keyboard.press("Tab")
    for _ in range(40):
        if page.evaluate("document.activeElement.closest('#question') !== null"):
            break
        page.keyboard.press("Tab")
    page.keyboard.type("Qui a cofondé Dust ?")
    page.keyboard.press("Enter")
    expect(page.locator(".conversation .quote")).to_be_visible(timeout=15_000)
    reached = set()
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        name, outline = page.evaluate(
            "[document.activeElement.className || document.activeElement.tagName, getComputedStyle(document.activeElement).outlineStyle]"
        )
        reached.add(name.split(" ")[0])
        if name == "cite":
            assert outline == "solid"
            page.keyboard.press("Enter")
            break
    assert {"scroll", "SUMMARY", "cite"} <= reached
    expect(page.locator(".evidence mark").first).to_be_in_viewport()


def test_dark_pages_are_dark(visit: Callable[..., Page]) -> None:
    page = visit(color_scheme="dark")
    turn = ask(page, "Qui a cofondé Dust ?")
    ground, ink = page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector('.quote')).color]"
    )
    assert (ground, ink) == ("rgb(23, 22, 19)", "rgb(236, 232, 222)")
    expect(turn.locator(".evidence mark").first).to_be_in_viewport()


def test_ones_own_documents_answer_and_nobody_else_sees_them(
    visit: Callable[..., Page], tmp_path: Path
) -> None:
    ann, bob = visit(), visit()
    upload(ann, written(tmp_path, "phare.txt", "Le phare de Kéréon\n\nSon gardien s'appelait Marcel Tanguy."))
    turn = ask(ann, "Comment s'appelait le gardien du phare ?")
    expect(turn.locator(".quote")).to_have_text("Marcel Tanguy")
    assert turn.locator("[data-link]").count() == 0
    turn = ask(bob, "Comment s'appelait le gardien du phare ?")
    expect(turn.locator(".said")).to_be_visible()
    assert "Tanguy" not in bob.content()
    bob.get_by_role("tab", name="Documents").click()
    expect(bob.locator("#library")).to_contain_text("OpenAI s'installe en France")
    assert "Kéréon" not in bob.content()
    ann.get_by_role("tab", name="Documents").click()
    ann.get_by_role("button", name="Oublier mes documents").click()
    expect(ann.locator("#uploads")).to_contain_text("effacés de la mémoire")
    assert "Tanguy" not in ann.content()


def test_several_files_are_told_apart_and_can_be_chosen(visit: Callable[..., Page], tmp_path: Path) -> None:
    page = visit()
    broken = tmp_path / "cassé.txt"
    broken.write_bytes(bytes(range(32)) * 9)
    upload(
        page,
        written(tmp_path, "chat.md", "# Le chat\n\nLe chat s'appelle Mistigri."),
        written(tmp_path, "chien.md", "# Le chien\n\nLe chien s'appelle Rex."),
        broken,
    )
    expect(page.locator(".uploads .failed .problem")).to_contain_text("Ce n’est pas du texte")
    assert page.locator(".uploads .added").count() == 2
    page.locator("#chosen input").click()
    page.get_by_role("option", name="Le chien").click()
    page.keyboard.press("Escape")
    turn = ask(page, "Comment s'appelle l'animal ?")
    expect(turn.locator(".evidence .where:visible")).to_have_text("Le chien")


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1280, "height": 900}], ids=["phone", "desktop"])
def test_each_file_keeps_its_place_and_tells_its_own_trouble(
    visit: Callable[..., Page], tmp_path: Path, viewport: dict[str, int]
) -> None:
    page = visit(viewport=viewport)
    page.get_by_role("tab", name="Documents").click()
    page.evaluate(
        """() => { window.seen = {}; new MutationObserver(() => {
            for (const row of document.querySelectorAll(".uploads li")) {
                const list = row.parentElement.getBoundingClientRect(), own = row.getBoundingClientRect();
                const name = row.querySelector(".name").textContent;
                const bar = row.querySelector("progress").getBoundingClientRect();
                (window.seen[name] = window.seen[name] || {})[row.className] = [own.top - list.top, own.height, bar.top - list.top];
            }
        }).observe(document.body, { childList: true, subtree: true, attributes: true }); }"""
    )
    files = [
        written(tmp_path, "chat.md", "# Le chat\n\nLe chat s'appelle Mistigri."),
        written(tmp_path, "liste.jsonl", "rien\n"),
        written(tmp_path, "roman.txt", "Le capitaine prit la mer. Le vent soufflait du nord. " * 900),
        written(tmp_path, "vide.txt", " "),
    ]
    page.set_input_files("#files input[type=file]", [str(file) for file in files])
    expect(page.locator(".uploads .sum")).to_have_text("Fichiers traités : 4 sur 4", timeout=60_000)
    states = page.locator(".uploads li").evaluate_all("rows => rows.map(row => row.className)")
    assert states == ["added", "failed", "added", "failed"]
    expect(page.locator(".uploads li").nth(1)).to_contain_text("La ligne 1 n’est pas un objet JSON")
    expect(page.locator(".uploads li").nth(3)).to_contain_text("Il n’y a pas de texte dedans.")
    expect(page.get_by_role("progressbar", name="Lecture de roman.txt")).to_have_attribute("value", "1.000")
    seen = page.evaluate("window.seen")
    assert {"waiting", "reading", "added"} <= set(seen["roman.txt"])
    for name, places in seen.items():
        assert len({tuple(place) for place in places.values()}) == 1, (name, places)


def test_what_would_be_refused_is_turned_away_in_the_pages_language(
    visit: Callable[..., Page], tmp_path: Path
) -> None:
    page = visit()
    page.get_by_role("tab", name="Documents").click()
    large = tmp_path / "gros.txt"
    large.write_bytes(b"x" * 20_000_001)
    files = [written(tmp_path, "a.exe", "MZ"), large, written(tmp_path, "bon.txt", "Un bon texte.")]
    page.set_input_files("#files input[type=file]", [str(file) for file in files])
    expect(page.locator(".uploads li")).to_have_count(1)
    expect(page.locator(".uploads .added .name")).to_have_text("bon.txt")
    told = page.locator(".turned-away li")
    expect(told.nth(0)).to_contain_text("a.exe Ce format n’est pas lu ici.")
    expect(told.nth(1)).to_contain_text("gros.txt Fichier trop gros : 20 Mo au plus.")


def test_a_document_is_removed_by_keyboard_and_everything_follows(
    visit: Callable[..., Page], tmp_path: Path
) -> None:
    page = visit()
    upload(
        page,
        written(
            tmp_path,
            "phare.md",
            "# Le phare\n\nSon gardien s'appelait Marcel Tanguy.\n\n## Ses lampes\n\nTrois.",
        ),
        written(tmp_path, "chien.md", "# Le chien\n\n## Son nom de chien\n\nLe chien s'appelle Rex."),
    )
    turn = ask(page, "Comment s'appelait le gardien du phare ?")
    expect(turn.locator(".quote")).to_have_text("Marcel Tanguy")
    page.get_by_role("tab", name="Documents").click()
    button = page.get_by_role("button", name="Retirer Le phare")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Retirer ce document ?").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Retirer ce document ?").first).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Garder").first).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#uploads [role=status]")).to_have_text("« Le phare » a été retiré.")
    expect(page.locator("#library")).not_to_contain_text("Le phare")
    expect(page.locator("#library .shelf").first).to_contain_text("Le chien")
    expect(page.locator("#library tbody td").first).to_have_text("français")
    page.get_by_role("tab", name="Questions").click()
    expect(page.get_by_role("heading", name="Posez une question.")).to_be_visible()
    assert "Tanguy" not in page.content()
    expect(page.locator(".welcome")).to_contain_text("Son nom de chien")
    turn = ask(page, "Comment s'appelait le gardien du phare ?")
    assert "Tanguy" not in turn.inner_text()
    expect(ask(page, "Comment s'appelle le chien ?").locator(".quote")).to_have_text("Rex")


def test_what_was_pressed_stays_when_an_answer_lights_up_its_passages(
    visit: Callable[..., Page], tmp_path: Path
) -> None:
    page = visit()
    parts = [f"## Lampe {number}\n\nLa lampe {number} porte le nom {name}." for number, name in LAMPS]
    upload(page, written(tmp_path, "phare.md", "\n\n".join(["# Le phare", *parts])))
    page.get_by_role("tab", name="Documents").click()
    page.get_by_role("button", name="Retirer Le phare").click()
    page.get_by_role("tab", name="Questions").click()
    expect(ask(page, "Quel nom porte la lampe 2 ?").locator(".quote, .nearest").first).to_be_attached()
    page.get_by_role("tab", name="Documents").click()
    expect(page.locator("circle.lit").first).to_be_visible(timeout=15_000)
    expect(page.get_by_text("Retirer ce document ?")).to_be_visible()
    page.get_by_role("button", name="Oui, retirer").click()
    expect(page.locator("#uploads [role=status]")).to_have_text("« Le phare » a été retiré.")


def test_while_another_program_writes_each_file_is_told_and_the_chat_stays_up(
    serve: Callable[..., str], chromium: Browser, tmp_path: Path
) -> None:
    folder = tmp_path / "archive"
    address = serve("--collection", str(folder), "--allow-add")
    text = "Le phare de Kéréon\n\nSon gardien s'appelait Marcel Tanguy."
    for locale, texts in (("fr-FR", FRENCH), ("en-GB", ENGLISH)):
        page = chromium.new_context(locale=locale).new_page()
        page.goto(address)
        page.wait_for_selector(".turn")
        names = [f"phare {number} {locale}.txt" for number in (1, 2)]
        with another_writer(folder):
            upload(page, *(written(tmp_path, name, text) for name in names))
            assert page.locator(".uploads .failed .name").all_text_contents() == names
            assert page.locator(".uploads .problem").all_text_contents() == [texts.problem_busy] * 2
            expect(ask(page, "Comment s'appelait le gardien du phare ?").locator(".said")).to_be_visible()
        page.get_by_role("tab", name="Documents").click()
        expect(page.locator("#library tbody tr")).to_have_count(0)
        page.context.close()
    page = chromium.new_context(locale="fr-FR").new_page()
    page.goto(address)
    page.wait_for_selector(".turn")
    upload(page, written(tmp_path, "phare.txt", text))
    assert page.locator(".uploads .added .name").all_text_contents() == ["phare.txt"]
    expect(ask(page, "Comment s'appelait le gardien du phare ?").locator(".quote")).to_have_text(
        "Marcel Tanguy"
    )
    page.context.close()


def test_a_library_whose_server_is_away_is_told_until_it_is_back(
    serve: Callable[..., str], chromium: Browser, tmp_path: Path
) -> None:
    server = MilvusServer(tmp_path / "server.db")
    server.start()
    try:
        address = serve("--collection", server.where, "--allow-add")
        page = chromium.new_context(locale="fr-FR").new_page()
        page.goto(address)
        page.wait_for_selector(".turn")
        upload(page, written(tmp_path, "phare.txt", "Son gardien s'appelait Marcel Tanguy."))
        expect(ask(page, "Comment s'appelait le gardien ?").locator(".quote")).to_have_text("Marcel Tanguy")
        server.stop()
        upload(page, *(written(tmp_path, name, "Le chien s'appelle Rex.") for name in ("a.txt", "b.txt")))
        assert page.locator(".uploads .problem").all_text_contents() == [FRENCH.problem_unreachable] * 2
        page.get_by_role("tab", name="Documents").click()
        expect(page.locator("#library")).to_have_text(FRENCH.problem_unreachable, timeout=30_000)
        other = chromium.new_context(locale="en-GB").new_page()
        other.goto(address)
        expect(other.locator(".welcome")).to_have_text(ENGLISH.problem_unreachable, timeout=30_000)
        server.start()
        for _ in range(30):
            other.reload()
            other.wait_for_selector(".welcome")
            if ENGLISH.problem_unreachable not in other.locator(".welcome").inner_text():
                break
        turn = ask(other, "Comment s'appelait le gardien ?")
        expect(turn.locator(".quote")).to_have_text("Marcel Tanguy")
        for opened in (page, other):
            opened.context.close()
    finally:
        server.stop()


def test_what_is_added_to_a_shared_library_is_everybodys_until_it_is_removed(
    serve: Callable[..., str], chromium: Browser, tmp_path: Path
) -> None:
    folder = tmp_path / "archive"
    address = serve("--collection", str(folder), "--allow-add")
    ann, bob = (chromium.new_context(locale=locale).new_page() for locale in ("fr-FR", "en-GB"))
    for page in (ann, bob):
        page.goto(address)
        page.wait_for_selector(".turn")
    ann.get_by_role("tab", name="Documents").click()
    expect(ann.locator(".audience")).to_have_text("Pour tout le monde")
    upload(ann, written(tmp_path, "phare.txt", "Le phare de Kéréon\n\nSon gardien s'appelait Marcel Tanguy."))
    expect(ask(bob, "Comment s'appelait le gardien du phare ?").locator(".quote")).to_have_text(
        "Marcel Tanguy"
    )
    later = chromium.new_context(locale="en-GB").new_page()
    later.goto(serve("--collection", str(folder)))
    later.wait_for_selector(".turn")
    expect(ask(later, "Comment s'appelait le gardien du phare ?").locator(".quote")).to_have_text(
        "Marcel Tanguy"
    )
    later.get_by_role("tab", name="Documents").click()
    expect(later.locator(".audience")).to_have_text("Only for you")
    assert later.locator("#library [data-remove]").count() == 0
    bob.get_by_role("tab", name="Documents").click()
    expect(bob.locator(".audience")).to_have_text("For everybody")
    bob.get_by_role("button", name="Remove Le phare de Kéréon").click()
    bob.get_by_role("button", name="Yes, remove").click()
    expect(bob.locator("#uploads [role=status]")).to_contain_text("has been removed")
    expect(ask(ann, "Qui était le gardien ?").locator(".said")).to_contain_text("aucun document")
    for page in (ann, bob, later):
        page.context.close()


def test_arabic_is_read_from_the_right(visit: Callable[..., Page], tmp_path: Path) -> None:
    page = visit(viewport=PHONE)
    upload(
        page,
        written(
            tmp_path, "manara.txt", "بُنيت منارة الإسكندرية سنة 280 قبل الميلاد. كان ارتفاعها أكثر من 100 متر."
        ),
    )
    turn = ask(page, "ما ارتفاع منارة الإسكندرية؟")
    expect(turn.locator(".quote, .said")).to_be_visible()
    assert turn.locator(".asked").get_attribute("dir") == "rtl"
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_library_is_listed_and_mapped(visit: Callable[..., Page]) -> None:
    page = visit()
    ask(page, "Qui a cofondé Dust ?")
    page.get_by_role("tab", name="Documents").click()
    expect(page.locator("#library table")).to_contain_text("OpenAI s'installe en France")
    expect(page.locator("#library td").first).to_have_text("français")
    expect(page.locator("circle.lit").first).to_be_visible(timeout=15_000)
    assert page.locator("circle.dot").count() == 9


RUN = "window.ran=(window.ran||0)+1"
HOSTILE = [
    template.replace("RUN", RUN)
    for template in (
        "<script>RUN</script>", "<ScRiPt>RUN</sCrIpT>", "<img src=x onerror=RUN>", "<img src=x onerror='RUN'>",
        '"><img src=x onerror=RUN>', "'><img src=x onerror=RUN>", "<svg onload=RUN>", "<svg><script>RUN</script></svg>",
        "<svg><animate onbegin=RUN attributeName=x dur=1s>", "<body onload=RUN>", "<iframe srcdoc='<script>parent.RUN</script>'>",
        "<iframe src=javascript:parent.RUN>", "<a href=javascript:RUN>a</a>", "[lien](javascript:RUN)", "![x](x onerror=RUN)",
        "![i](https://evil.example/p.png)", "<img src=https://evil.example/p.png>", "<link rel=stylesheet href=https://evil.example/a.css>",
        "<style>@import 'https://evil.example/a.css';</style>", "<details open ontoggle=RUN>", "<input autofocus onfocus=RUN>",
        "<video><source onerror=RUN>", "<audio src=x onerror=RUN>", "<object data=javascript:RUN>", "<embed src=javascript:RUN>",
        "<form action=javascript:RUN><button>b</button></form>", "<math><mtext></form><form><mglyph><style></math><img src onerror=RUN>",
        "<template><script>RUN</script></template>", "<noscript><p title='</noscript><img src=x onerror=RUN>'>", "<!--><img src=x onerror=RUN>",
        "</textarea><img src=x onerror=RUN>", "</title><img src=x onerror=RUN>", "</mark></p></div></article><img src=x onerror=RUN>",
        "<meta http-equiv=refresh content='0;url=https://evil.example'>", "<base href=https://evil.example/>", "&lt;img src=x onerror=RUN&gt;",
        "&#60;img src=x onerror=RUN&#62;", "${RUN}", "${(()=>{RUN})()}", "{{RUN}}", "{{{value}}}", "{{#each value}}x{{/each}}", "`${RUN}`",
        "@children", "\u202e<gpj.x=crs gmi>\u202c", "\u2067rtl\u2066", "\ufeff<img src=x onerror=RUN>", "<img\u00a0src=x\u00a0onerror=RUN>",
        "javascript:RUN", "data:text/html,<script>RUN</script>", "' onmouseover='RUN' x='", '" onmouseover="RUN" autofocus onfocus="RUN" x="',
    )
]  # fmt: skip


def test_nothing_in_documents_names_or_questions_is_run(visit: Callable[..., Page], tmp_path: Path) -> None:
    page = visit()
    assert len(HOSTILE) >= 50
    text = "\n\n".join(f"## {attack}\n\nLe code {n} est {attack} Fin." for n, attack in enumerate(HOSTILE))
    named = written(tmp_path, "<img src=x onerror=window.ran=9>.md", f"# {HOSTILE[4]}\n\n{text}")
    upload(page, named, written(tmp_path, "b&quot;'.txt", HOSTILE[2]))
    for question in ("Quel est le code 4 ?", *HOSTILE[:6], "${window.ran=1} {{value}} ?", HOSTILE[-1]):
        turn = ask(page, question)
        expect(turn.locator(".asked")).to_have_text(" ".join(question.split()))
    for button in page.locator(".turn:last-child button:visible").all():
        button.hover()
    page.get_by_role("tab", name="Documents").click()
    expect(page.locator("#atlas circle").first).to_be_visible(timeout=15_000)
    page.locator("#atlas circle").first.hover()
    assert page.evaluate("window.ran") is None
    assert (
        page.locator("#conversation, #library, #atlas, #uploads")
        .locator("img, iframe, script, a[href^=javascript]")
        .count()
        == 0
    )


def test_files_of_every_format_are_read(visit: Callable[..., Page], tmp_path: Path) -> None:
    files = every_format(tmp_path, "Le gardien du phare s'appelait Marcel Tanguy.")
    assert {file.suffix for file in files} == set(FORMATS)
    page = visit()
    upload(page, *files)
    assert page.locator(".uploads .problem").all_text_contents() == []
    turn = ask(page, "Comment s'appelait le gardien ?")
    expect(turn.locator(".quote")).to_have_text("Marcel Tanguy")


def every_format(folder: Path, sentence: str) -> list[Path]:
    """The sentence in a file of each format; a page, a record or a member where there are such."""
    for name in ("a.txt", "b.text", "c.md", "d.markdown"):
        (folder / name).write_text(f"{sentence}\n", encoding="utf-8")
    for name in ("e.html", "f.htm"):
        (folder / name).write_text(f"<title>Phare</title><p>{sentence}</p>", encoding="utf-8")
    (folder / "g.jsonl").write_text(json.dumps({"text": sentence}) + "\n", encoding="utf-8")
    (folder / "h.csv").write_text(f'id,text\n1,"{sentence}"\n', encoding="utf-8")
    (folder / "i.tsv").write_text(f"id\ttext\n1\t{sentence}\n", encoding="utf-8")
    word = docx.Document()
    word.add_paragraph(sentence)
    word.save(str(folder / "j.docx"))
    (folder / "k.pdf").write_bytes(pdf(sentence))
    with zipfile.ZipFile(folder / "l.zip", "w") as archive:
        archive.writestr("inside.txt", sentence)
    return sorted(folder.iterdir())


def pdf(line: str) -> bytes:
    """One page with one line of text."""
    shown = f"BT /F 12 Tf 40 800 Td ({line}) Tj ET".encode("latin-1")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(shown), shown),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, content)
    entries = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(body)
    return body + b"xref\n0 6\n0000000000 65535 f \n" + entries + trailer


def test_a_visitor_says_what_is_right(serve: Callable[..., str], chromium: Browser, tmp_path: Path) -> None:
    kept = tmp_path / "asked.jsonl"
    page = chromium.new_page(locale="fr-FR")
    page.goto(serve("--feedback", str(kept)))
    page.wait_for_selector(".turn")
    turn = ask(page, "Qui a cofondé Dust ?")
    turn.get_by_role("button", name="Bonne réponse").click()
    expect(turn.get_by_role("button", name="Merci, c’est noté")).to_be_disabled()
    line = json.loads(kept.read_text(encoding="utf-8"))
    assert (line["question"], line["answers"][0]["doc_id"]) == ("Qui a cofondé Dust ?", "openai-france.md")
    page.close()


def test_the_page_for_programs_needs_no_other_host(visit: Callable[..., Page], chat: str) -> None:
    page = visit()
    page.goto(f"{chat}/docs")
    expect(page.get_by_text("POST /api/ask")).to_be_visible()
    expect(page.get_by_text("AnswerJson")).to_be_visible()
