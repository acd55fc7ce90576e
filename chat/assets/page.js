// What the page does by itself: it leads from a number to the place in the source, copies, links and asks again.
// Nothing here builds HTML from text: elements come escaped from the server, only attributes and classes change.
"use strict";

(() => {
  const wide = () => matchMedia("(min-width: 64rem)").matches;

  /** Shows one place of one turn's evidence, and scrolls its source (never the page) there. */
  function show(turn, label) {
    const evidence = turn.querySelector(".evidence");
    if (!evidence) return;
    for (const other of document.querySelectorAll(".turn.current")) other.classList.remove("current");
    turn.classList.add("current");
    const head = evidence.querySelector(`.head[data-place="${label}"]`);
    if (!head) return;
    turn.dataset.place = label;
    for (const each of evidence.querySelectorAll(".head")) each.hidden = each !== head;
    for (const each of evidence.querySelectorAll(".source")) each.hidden = each.dataset.doc !== head.dataset.doc;
    const pieces = [...evidence.querySelectorAll("[data-places]")];
    for (const piece of pieces) {
      piece.classList.toggle("here", piece.dataset.places.split(" ").includes(label));
    }
    for (const button of turn.querySelectorAll(".cite")) {
      button.setAttribute("aria-current", String(button.dataset.cite === label));
    }
    const mark = [...evidence.querySelectorAll("mark")].find((m) => m.dataset.mark.split(" ").includes(label));
    const target = mark || pieces.find((piece) => piece.classList.contains("here"));
    const scroll = evidence.querySelector(".scroll");
    if (target && scroll) {
      const offset = target.getBoundingClientRect().top - scroll.getBoundingClientRect().top;
      scroll.scrollTop += offset - scroll.clientHeight / 3;
    }
  }

  function first(turn) {
    const head = turn.querySelector(".evidence .head[data-place]");
    return turn.dataset.place || (head && head.dataset.place);
  }

  /** On a narrow page the evidence is folded under its answer. */
  function unfold(turn, open) {
    const button = turn.querySelector(".unfold");
    turn.classList.toggle("unfolded", open);
    if (!button) return;
    if (String(open) !== button.getAttribute("aria-expanded")) {
      const other = button.dataset.hide;
      button.dataset.hide = button.textContent;
      button.textContent = other;
    }
    button.setAttribute("aria-expanded", String(open));
  }

  function toEvidence(turn) {
    if (!wide()) turn.querySelector(".evidence").scrollIntoView({ block: "start" });
  }

  function box() {
    return document.querySelector("#question textarea, #question input");
  }

  function type(text) {
    const field = box();
    if (!field) return;
    const prototype = field.tagName === "TEXTAREA" ? HTMLTextAreaElement.prototype : HTMLInputElement.prototype;
    Object.getOwnPropertyDescriptor(prototype, "value").set.call(field, text);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }

  async function copy(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea"); // plain HTTP on a local network has no clipboard
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    return undefined;
  }

  function done(button) {
    if (!button.dataset.done || button.dataset.was) return;
    button.dataset.was = button.textContent;
    button.style.minWidth = `${button.offsetWidth}px`;
    button.textContent = button.dataset.done;
    setTimeout(() => {
      button.textContent = button.dataset.was;
      delete button.dataset.was;
    }, 1600);
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const turn = button.closest(".turn");
    const data = button.dataset;
    if (data.cite) {
      unfold(turn, true);
      show(turn, data.cite);
      toEvidence(turn);
    } else if (data.step) {
      const labels = [...turn.querySelectorAll(".head[data-place]")].map((head) => head.dataset.place);
      const next = labels.indexOf(first(turn)) + Number(data.step);
      show(turn, labels[(next + labels.length) % labels.length]);
    } else if (button.classList.contains("unfold")) {
      unfold(turn, wide() || !turn.classList.contains("unfolded"));
      show(turn, first(turn));
      if (turn.classList.contains("unfolded")) toEvidence(turn);
    } else if (data.ask !== undefined) {
      type(data.ask);
      setTimeout(() => document.querySelector("button#ask, #ask button").click(), 60);
    } else if (data.edit !== undefined) {
      type(data.edit);
    } else if (data.copy !== undefined) {
      await copy(data.copy);
      done(button);
    } else if (data.sure !== undefined) {
      const row = document.getElementById(data.sure);
      ask(button, row, row.hidden);
      if (!row.hidden) row.querySelector("[data-keep]").focus();
    } else if (data.keep !== undefined) {
      keep(button.closest("tr"));
    } else if (data.remove !== undefined) {
      const row = button.closest("tr");
      ask(document.querySelector(`[data-sure="${row.id}"]`), row, false);
      button.closest(".shelf").querySelector("h2").focus();
      const detail = { doc_id: data.remove, shelf: data.shelf };
      button.dispatchEvent(new CustomEvent("remove-document", { bubbles: true, detail }));
    } else if (data.vote !== undefined) {
      const body = JSON.stringify({ question: data.question, good: data.vote === "good" });
      const headers = { "Content-Type": "application/json" };
      const kept = await fetch(new URL("api/feedback", document.baseURI), { method: "POST", headers, body });
      if (!kept.ok) return;
      for (const each of button.parentElement.children) each.disabled = true;
      button.textContent = data.done;
    } else if (data.link !== undefined) {
      await copy(new URL(data.link, document.baseURI).href);
      done(button);
    }
  });

  /** Before a document is removed, the row below asks whether that is meant. */
  function ask(button, row, open) {
    row.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  }

  function keep(row) {
    const button = document.querySelector(`[data-sure="${row.id}"]`);
    ask(button, row, false);
    button.focus();
  }

  document.addEventListener("keydown", (event) => {
    const row = event.key === "Escape" && event.target.closest("tr.sure");
    if (row) keep(row);
  });

  /** What the server would refuse need not be sent: it is turned away here, with the same words. */
  function welcome(files) {
    const list = document.querySelector(".turned-away");
    if (!list) return files;
    const known = list.dataset.formats.split(" ");
    const reasons = new Map();
    let together = 0;
    for (const file of files) {
      const ending = file.name.slice(file.name.lastIndexOf(".")).toLowerCase();
      if (document.querySelector(".uploads[data-busy]")) reasons.set(file, list.dataset.wait);
      else if (!known.includes(ending)) reasons.set(file, list.dataset.unknown);
      else if (file.size > Number(list.dataset.fileBytes)) reasons.set(file, list.dataset.large);
      else if (together + file.size > Number(list.dataset.togetherBytes)) reasons.set(file, list.dataset.much);
      else together += file.size;
    }
    const items = [...reasons].map(([file, reason]) => {
      const item = document.createElement("li");
      const name = document.createElement("bdi");
      name.textContent = file.name;
      item.append(name, ` ${reason}`);
      return item;
    });
    const told = document.createElement("ul");
    told.append(...items);
    list.replaceChildren(...(items.length ? [told] : []));
    return files.filter((file) => !reasons.has(file));
  }

  function carrying(files) {
    const carried = new DataTransfer();
    for (const file of files) carried.items.add(file);
    return carried;
  }

  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!input.matches || !input.matches("#files input[type=file]")) return;
    const files = [...input.files];
    const welcomed = welcome(files);
    if (welcomed.length === files.length) return;
    if (welcomed.length) input.files = carrying(welcomed).files;
    else {
      input.value = "";
      event.stopImmediatePropagation();
    }
  }, true);

  document.addEventListener("drop", (event) => {
    const box = event.target.closest && event.target.closest("#files");
    if (!box || event.mended || !event.dataTransfer) return;
    const files = [...event.dataTransfer.files];
    const welcomed = welcome(files);
    if (welcomed.length === files.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const again = new DragEvent(welcomed.length ? "drop" : "dragleave", { bubbles: true, cancelable: true, dataTransfer: carrying(welcomed) });
    again.mended = true;
    event.target.dispatchEvent(again);
  }, true);

  const KEPT = "mot-a-mot:questions";

  /** Questions to the owner's documents stay in this browser, to be asked again; private ones are not kept. */
  function remembered() {
    try {
      const kept = JSON.parse(localStorage.getItem(KEPT) || "[]");
      return Array.isArray(kept) ? kept.filter((item) => typeof item === "string").slice(0, 4) : [];
    } catch {
      return []; // storage is switched off, or holds something else
    }
  }

  function remember(question) {
    try {
      const others = remembered().filter((item) => item !== question);
      localStorage.setItem(KEPT, JSON.stringify([question, ...others].slice(0, 4)));
    } catch {
      // Storage is switched off: then nothing is kept.
    }
  }

  function recall() {
    const recent = document.querySelector(".recent:not([data-filled])");
    if (!recent) return;
    recent.dataset.filled = "yes";
    for (const question of remembered()) {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.ask = question;
      button.textContent = question;
      button.dir = "auto";
      const item = document.createElement("li");
      item.append(button);
      recent.querySelector("ul").append(item);
      recent.hidden = false;
    }
  }

  /** A turn that has just come is shown from its question on, with its first source beside it. */
  function arrive() {
    const turn = document.querySelector(".conversation .turn:last-child");
    if (!turn || turn.dataset.seen) return;
    turn.dataset.seen = "yes";
    const place = first(turn);
    if (place) show(turn, place);
    turn.scrollIntoView({ block: "start" });
    if (turn.querySelector("[data-link]")) remember(turn.querySelector("[data-ask]").dataset.ask);
  }

  /** "fr" in a table → "français", and a date, as the browser writes them. */
  function localise() {
    for (const time of document.querySelectorAll("time:not([data-named])")) {
      time.dataset.named = "yes";
      time.textContent = new Date(time.dateTime).toLocaleDateString(navigator.language, { dateStyle: "medium" });
    }
    for (const cell of document.querySelectorAll("td[data-language]:not([data-named])")) {
      cell.dataset.named = "yes";
      if (!cell.dataset.language) continue;
      cell.textContent = new Intl.DisplayNames([navigator.language, "fr"], { type: "language" }).of(cell.dataset.language);
    }
  }

  /** Gradio names its file box in English whatever the page's language; without that, its own words are its name. */
  function unnameFileBox() {
    const box = document.querySelector("#files .upload-container[aria-label]");
    if (box) box.removeAttribute("aria-label");
  }

  /** Gradio's multiple choice has no words for "nothing chosen, so all". */
  function hintChoice() {
    const field = document.querySelector("#chosen input");
    const said = document.querySelector("[data-choose-hint]");
    if (field && said && field.placeholder !== said.dataset.chooseHint) field.placeholder = said.dataset.chooseHint;
  }

  const language = (navigator.language || "fr").toLowerCase().startsWith("fr") ? "fr" : "en";
  document.documentElement.lang = language;
  new MutationObserver(() => {
    arrive();
    localise();
    hintChoice();
    unnameFileBox();
    recall();
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
