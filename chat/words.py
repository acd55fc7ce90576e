"""Every word that the interface needs, named once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Texts:
    """Every word of the interface in one language; a missing one is a type error."""

    language: str  # BCP 47
    ask_tab: str
    library_tab: str
    welcome: str
    welcome_one: str  # {title}
    welcome_many: str  # {documents}, {passages}
    welcome_none: str
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
    long_question_tokens: str  # {limit}
    busy: str
    failed: str
    library_unreadable: str
    gone: str
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
    add_title_shared: str
    add_audience: str
    add_audience_shared: str
    add_why: str
    add_why_shared: str
    add_drop: str  # {formats}, {megabytes}, {pages}
    forget: str
    forgotten: str
    waiting: str
    reading: str
    reading_named: str  # {name}
    read_so_far: str  # {done}, {count}
    replaced: str
    unchanged: str
    not_added: str
    partly_added: str
    passages: str  # {number}
    passage: str
    documents: str  # {number}
    document: str
    remove: str
    remove_named: str  # {title}
    remove_sure: str
    remove_sure_shared: str
    remove_yes: str
    remove_no: str
    removed: str  # {title}
    not_removed: str
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
    # What keeps a file out; named after `index.errors.Problem` and `chat.intake.Refused`.
    problem_unreadable: str
    problem_unknown_format: str  # {formats}
    problem_too_large: str  # {megabytes}
    problem_too_long: str  # {limit}
    problem_too_many_pages: str  # {pages}, {limit}
    problem_too_costly: str
    problem_empty: str
    problem_binary: str
    problem_encrypted: str
    problem_scanned: str
    problem_record: str  # {number}
    problem_field: str  # {number}
    problem_archive: str
    problem_members: str  # {count}
    problem_damaged: str
    problem_full: str  # {limit}
    problem_too_many_documents: str  # {limit}
    problem_crowded: str
    problem_gone: str
    problem_busy: str
    problem_unreachable: str
    problem_unwritable: str
    problem_failed: str
    problem_wait: str
    problem_too_much: str  # {megabytes}
