"""The chat in a real browser, on the bundled article, with the real models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.models]
PHONE = {"width": 390, "height": 844}


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
    expect(turn.locator(".said")).to_have_text("Les documents n’en parlent pas.")
    assert turn.locator(".quote, mark, [data-copy]").count() == 0
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
