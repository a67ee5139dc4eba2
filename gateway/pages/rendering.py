"""Renders the pages. Each is one answer: no script, and nothing that is fetched beside it."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.responses import HTMLResponse

from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.kernel.texts import Language
from gateway.core.kernel.times import Micros, to_datetime
from gateway.core.site.site import Site
from gateway.pages.wording import Words


class Renderer:
    """Renders templates for a site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._zone = site.zone
        style = files("gateway.pages").joinpath("templates", "pages.css").read_text(encoding="utf-8")
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self.policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
        """The Content-Security-Policy of each page."""
        self._templates = Environment(
            loader=PackageLoader("gateway.pages"), autoescape=select_autoescape(), undefined=StrictUndefined
        )
        self._templates.globals["style"] = Markup(style)
        self._templates.filters["local"] = self.local
        self._templates.filters["named"] = self.name_of

    def local(self, time: Micros) -> str:
        """A time as the clocks of the site show it, such as `2026-12-01 20:05`."""
        moment: datetime = to_datetime(time).astimezone(self._zone)
        return moment.strftime("%Y-%m-%d %H:%M")

    def name_of(self, subject: Subject, language: Language) -> str:
        """What people call a location or a device; its id where the site's files do not say it."""
        places = self._site.locations if subject.kind is SubjectKind.LOCATION else self._site.devices
        spec = places.get(subject.id)
        return subject.id if spec is None or spec.name is None else spec.name.in_language(language)

    def page(self, template: str, words: Words, *, status: int = 200, **facts: object) -> HTMLResponse:
        """A page, in the language of `words`."""
        site = self._site.header.name.in_language(words.language)
        text = self._templates.get_template(template).render(words=words, site=site, **facts)
        return HTMLResponse(text, status)

    def problem(self, words: Words, key: str, *, status: int, **facts: object) -> HTMLResponse:
        """A page that says what is wrong and what to do: the sentences `KEY_title` and `KEY`."""
        title, sentence = words(f"{key}_title"), words(key, **facts)
        return self.page("problem.html", words, status=status, title=title, sentence=sentence)

    def not_on_disk(self, words: Words) -> HTMLResponse:
        """What somebody has asked for is done, and would be undone by a crash."""
        title, sentence = words("store_title"), words("not_on_disk")
        return self.page("problem.html", words, status=503, title=title, sentence=sentence)
