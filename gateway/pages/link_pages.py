"""The page behind a link of a message: what it is about, and one button. Only the button does something.

Programs that look for viruses, and previews, open each link of a message. They send no form.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.texts import Language
from gateway.errors import GatewayError, LinkInvalid, PersonLeft, StoreError
from gateway.pages.forms import comment_of, rating_of
from gateway.pages.languages import language_of
from gateway.pages.links import Link
from gateway.pages.ports import Answer, LinkTarget, LinkView, PagePorts
from gateway.pages.rendering import Renderer
from gateway.pages.wording import Words

MUST_SAY_WHY = {LinkPurpose.DECLINE: "reason_missing", LinkPurpose.REOPEN: "what_is_wrong_missing"}
"""What is told to those who leave the comment out."""


class LinkPages:
    """`/l/TOKEN`."""

    def __init__(self, ports: PagePorts, renderer: Renderer) -> None:
        self._ports = ports
        self._renderer = renderer

    async def show(self, request: Request) -> Response:
        """Show what the link is about. Nothing is done."""
        link, target, words = self._read(request)
        view = await target.view(link, words.language)
        return self._page(words, link, view)

    async def press(self, request: Request) -> Response:
        """Do what the link is for, once."""
        link, target, words = self._read(request)
        async with request.form(max_files=0, max_fields=10) as form:
            answer = Answer(comment=comment_of(form), rating=rating_of(form))
        view = await target.view(link, words.language)
        if view is None or view.done or view.obstacle:
            return self._page(words, link, view)
        if missing := missing_in(answer, link.purpose):
            return self._page(words, link, view, wrong=words(missing), status=422)
        try:
            await target.act(link, answer)
        except StoreError:
            return self._renderer.not_on_disk(words)
        except GatewayError as error:  # somebody was faster
            view = await target.view(link, words.language)
            is_told = view is None or view.done or view.obstacle
            return self._page(words, link, view, wrong="" if is_told else str(error), status=409)
        view = await target.view(link, words.language)
        sentence = words.outcome(link.purpose)
        if view is None:
            return self._page(words, link, view)
        return self._renderer.page("outcome.html", words, view=view, sentence=sentence)

    def _read(self, request: Request) -> tuple[Link, LinkTarget, Words]:
        link = self._ports.links.read(request.path_params["token"])
        target = self._ports.targets.get(link.purpose)
        if target is None:
            raise LinkInvalid(f"this gateway has no page for links to {link.purpose}")
        if link.person is not None and link.person not in self._ports.site.people:
            raise PersonLeft(f"{link.person!r} is no longer one of the people of this site")
        return link, target, Words(self._language(request, link))

    def _page(self, words: Words, link: Link, view: LinkView | None, *, wrong: str = "", status: int = 200) -> Response:
        if view is None:
            title, sentence = words("nothing_title"), words("subject_gone")
            return self._renderer.page("problem.html", words, status=404, title=title, sentence=sentence)
        person = self._ports.site.people.get(link.person or "")
        return self._renderer.page(
            "link.html",
            words,
            status=status,
            view=view,
            purpose=link.purpose,
            person=None if person is None else self._ports.site.person_name(person),
            wrong=wrong,
        )

    def _language(self, request: Request, link: Link) -> Language:
        """That of the phone; where it prefers none of ours, that of the person to whom the link was sent."""
        person = self._ports.site.people.get(link.person or "")
        of_person = None if person is None else person.language
        return language_of(request, of_person or self._ports.site.header.language)


def missing_in(answer: Answer, purpose: LinkPurpose) -> str | None:
    """The sentence for what the person has left out; None where nothing is missing."""
    if purpose is LinkPurpose.RATE and answer.rating is None:
        return "rating_missing"
    return MUST_SAY_WHY.get(purpose) if answer.comment is None else None
