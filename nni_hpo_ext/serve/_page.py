"""A page on the interface, from its OpenAPI description; it loads nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

__all__ = ["interface_page"]

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
    "code{font-size:.9em}table{border-collapse:collapse;margin:.5em 0 1.5em}"
    "td,th{text-align:left;vertical-align:top;padding:.2em 1em .2em 0;border-top:1px solid #8884}"
    "@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}a{color:#8bf}}"
)


def interface_page(description: Mapping[str, Any]) -> str:
    """Return an HTML page with every call and the fields of its request."""
    schemas = description["components"]["schemas"]
    calls = "".join(_calls(description["paths"], schemas))
    title = escape(description["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style><h1>{title}</h1><p>Version "
        f"{escape(description['info']['version'])}. Every call needs the header "
        "<code>Authorization: Bearer TOKEN</code>. "
        '<a href="/openapi.json">OpenAPI description</a></p>'
        f"{calls}</html>"
    )


def _calls(paths: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    for path, methods in paths.items():
        for method, call in methods.items():
            yield f"<h2>{escape(call['summary'])}</h2>"
            yield f"<p><code>{method.upper()} {escape(path)}</code></p>"
            rows = [*_parameters(call), *_fields(call, schemas)]
            if rows:
                yield f"<table><tr><th>name<th>where<th>meaning</tr>{''.join(rows)}</table>"


def _parameters(call: Mapping[str, Any]) -> Iterator[str]:
    for parameter in call.get("parameters", ()):
        if parameter["in"] != "path":
            yield _row(parameter["name"], parameter["in"], parameter.get("description", ""))


def _fields(call: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    content = call.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = content.get("schema", {})
    options = [schema, *schema.get("anyOf", ())]
    for name in (option["$ref"].rpartition("/")[2] for option in options if "$ref" in option):
        for field, meaning in schemas[name]["properties"].items():
            yield _row(field, "body", meaning.get("description", ""))


def _row(name: str, where: str, meaning: str) -> str:
    return f"<tr><td><code>{escape(name)}</code><td>{where}<td>{escape(meaning)}</tr>"
