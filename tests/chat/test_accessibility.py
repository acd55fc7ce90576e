"""axe-core on the chat in a real browser: our own markup is free of serious findings, Gradio's are listed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chat.test_browser import PHONE, ask, written

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
DESKTOP = {"width": 1280, "height": 800}
pytestmark = [
    pytest.mark.browser,
    pytest.mark.models,
    pytest.mark.skipif(
        not AXE.exists(), reason="axe-core is not here; get it with npm: npm ci --prefix tests/chat"
    ),
]
# What we write ourselves stands in these; all around it is Gradio's.
OURS = "#masthead .masthead, .conversation, .welcome, .introduction, .uploads, #uploads .why, #library .shelf, .atlas"
FINDINGS = """async (ours) => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations.flatMap((rule) => rule.nodes.map((node) => ({
        rule: rule.id, impact: node.impact, html: node.html.slice(0, 200), summary: node.failureSummary,
        ours: node.target.length === 1 && document.querySelector(node.target[0]).closest(ours) !== null,
    })));
}"""


def states(page: Page, folder: Path) -> Any:
    """Brings the page from one state that people see to the next; yields the name of each."""
    yield "welcome"
    turn = ask(page, "Avec quelles start-up OpenAI veut-elle resserrer ses liens ?")
    turn.locator(".confidence summary").click()
    if turn.locator(".unfold").is_visible():
        turn.locator(".unfold").click()
    yield "answer"
    expect(ask(page, "Quel est le plus haut sommet du monde ?").locator(".said")).to_be_visible()
    yield "refusal"
    page.get_by_role("tab", name="Documents").click()
    files = [
        written(folder, "phare.md", "# Le phare\n\nMarcel Tanguy.\n\n## Un\n\nUn.\n\n## Deux\n\nDeux."),
        written(folder, "vide.txt", " "),
        written(folder, "a.exe", "MZ"),
    ]
    page.set_input_files("#files input[type=file]", [str(file) for file in files])
    expect(page.locator(".uploads li")).to_have_count(2)
    expect(page.locator(".uploads[data-busy]")).to_have_count(0)
    page.get_by_role("button", name="Retirer Le phare").click()
    expect(page.locator("#atlas circle").first).to_be_visible()
    yield "library"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_serious_is_found_in_our_own_markup(
    chat: str,
    chromium: Browser,
    tmp_path: Path,
    viewport: dict[str, int],
    scheme: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    context = chromium.new_context(locale="fr-FR", viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(chat)
    page.wait_for_selector(".turn")
    serious: list[str] = []
    gradios: dict[str, set[str]] = {}
    for state in states(page, tmp_path):
        page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
        for finding in page.evaluate(FINDINGS, OURS):
            if not finding["ours"]:
                gradios.setdefault(f"{finding['impact']} {finding['rule']}", set()).add(finding["html"][:90])
            elif finding["impact"] in ("serious", "critical"):
                serious.append(f"{state}: {finding['rule']}: {finding['html']}\n{finding['summary']}")
    context.close()
    with capsys.disabled():
        for name, places in sorted(gradios.items()):
            print(f"\n  Gradio's own, {name}: {' | '.join(sorted(places))}", end="")
    assert serious == []


def test_a_finding_of_our_own_would_be_told(chat: str, chromium: Browser) -> None:
    page = chromium.new_page(locale="fr-FR")
    page.goto(chat)
    page.wait_for_selector(".turn")
    page.evaluate(
        "document.querySelector('.welcome').insertAdjacentHTML('beforeend', '<img src=page/icon.svg>')"
    )
    page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    found = page.evaluate(FINDINGS, OURS)
    assert ("image-alt", "critical", True) in {(f["rule"], f["impact"], f["ours"]) for f in found}
    page.close()
