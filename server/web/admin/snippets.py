"""In charge of the HTML that a shop copies into its own page to post to one of our forms."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from server.web.admin.form_editor import words

INPUTS = {"email": "email", "phone": "tel", "date": "date", "number": "number", "file": "file", "hidden": "hidden"}


def plain_html(settings: Mapping[str, Any], public_url: str, slug: str, language: str = "ja") -> str:
    """A plain `<form>` with every field, its words in one language, nothing of ours in it."""
    fields = settings.get("fields", [])
    files = any(field.get("type") == "file" for field in fields)
    lines = [
        f'<form action="{escape(public_url)}/forms/{escape(slug)}" method="post" accept-charset="utf-8"'
        + (' enctype="multipart/form-data">' if files else ">")
    ]
    for field in fields:
        lines += [f"  {line}" for line in _field(field, language)]
    send = words(settings.get("submit", ""), language) or ("送信する" if language == "ja" else "Send")
    return "\n".join([*lines, f"  <button>{escape(send)}</button>", "</form>"])


def _field(field: Mapping[str, Any], language: str) -> list[str]:
    kind, name = field.get("type", "text"), escape(field.get("name", ""))
    label = escape(words(field.get("label", ""), language) or words(field.get("label", ""), "ja"))
    required = " required" if field.get("required") else ""
    if kind == "hidden":
        return [f'<input type="hidden" name="{name}" value="{escape(str(field.get("default", "")))}">']
    if kind == "consent":
        return [f'<p><label><input type="checkbox" name="{name}" value="yes"{required}> {label}</label></p>']
    if kind in ("radio", "checkbox"):
        choices = field.get("options") or [{"value": "yes", "label": field.get("label", "")}]
        must = required if kind == "radio" else ""
        return [
            f"<fieldset><legend>{label}</legend>",
            *(
                f'  <label><input type="{kind}" name="{name}" value="{escape(choice["value"])}"{must}>'
                f" {_label(choice, language)}</label>"
                for choice in choices
            ),
            "</fieldset>",
        ]
    if kind == "textarea":
        return [f'<p><label>{label}<br><textarea name="{name}" rows="7"{required}></textarea></label></p>']
    if kind == "select":
        options = "".join(
            f'<option value="{escape(choice["value"])}">{_label(choice, language)}</option>'
            for choice in field.get("options", [])
        )
        empty = '<option value=""></option>'
        return [f'<p><label>{label}<br><select name="{name}"{required}>{empty}{options}</select></label></p>']
    several = " multiple" if kind == "file" and field.get("max_files", 1) != 1 else ""
    kind = INPUTS.get(kind, "text")
    return [f'<p><label>{label}<br><input type="{kind}" name="{name}"{several}{required}></label></p>']


def _label(choice: Mapping[str, Any], language: str) -> str:
    return escape(words(choice.get("label", ""), language) or words(choice.get("label", ""), "ja") or choice["value"])
