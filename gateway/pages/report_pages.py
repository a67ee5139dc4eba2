"""The page behind the code at a place, where anybody reports what is wrong there, and the page that tells the rest."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.kernel.texts import LONGEST_NAME, is_one_line
from gateway.errors import GatewayError, LinkInvalid, PhotoRefused, PhotosFull, PhotoTooLarge, StoreError
from gateway.pages.forms import FormKeys, comment_of, contact_of, rating_of, text_of
from gateway.pages.guard import LONGEST_TEXT_ALONE, WAIT
from gateway.pages.languages import language_of
from gateway.pages.link_pages import missing_in
from gateway.pages.links import Link
from gateway.pages.ports import Answer, PagePorts, Report, ReportDesk
from gateway.pages.rendering import Renderer
from gateway.pages.wording import Words
from gateway.photos import LARGEST_BYTES

LONGEST_TEXT = 2000
"""Characters of a report."""
MOST_PHOTOS = 4
MOST_SHOWN = 12
"""Photos of which the page that follows a report has thumbnails, 10 KB each: it is one answer, on slow networks too."""
_MOST_FILES = 20
"""More than a person chooses; those beyond `MOST_PHOTOS` are told not to be kept."""
PHOTOS_WITHIN_S = 30.0
"""The text of a report, which may be of a fire, waits no longer for its photos than this."""
_ASKED_ON_TRACK = frozenset({LinkPurpose.CONFIRM, LinkPurpose.REOPEN, LinkPurpose.RATE})


@dataclass(frozen=True, slots=True)
class _Entered:
    """What stands in the form."""

    text: str = ""
    name: str = ""
    contact: str = ""


class ReportPages:
    """`/r/PLACE` and `/r/t/TOKEN`."""

    def __init__(self, ports: PagePorts, renderer: Renderer, keys: FormKeys) -> None:
        self._ports = ports
        self._renderer = renderer
        self._keys = keys
        self._turn = asyncio.Lock()
        """Of the photo that is in memory: they are decoded one after the other, and wait in files."""

    async def form(self, request: Request) -> Response:
        """The empty form for a place."""
        self._desk_at(request)
        return self._form(request, self._words(request), _Entered(), self._keys.mint(request.path_params["place"]))

    async def send(self, request: Request) -> Response:
        """Take a report. What is wrong with the form is told in it, with all that was written."""
        desk, words, place = self._desk_at(request), self._words(request), request.path_params["place"]
        async with request.form(max_files=_MOST_FILES, max_fields=20, max_part_size=LONGEST_TEXT_ALONE) as form:
            entered = _Entered(text_of(form, "text"), text_of(form, "name"), text_of(form, "contact"))
            key = self._keys.read(text_of(form, "key"), place)
            files = [each for each in form.getlist("photos") if isinstance(each, UploadFile) and each.size]
            wrong = _wrong_in(entered, words)
            if key is None or text_of(form, "website"):
                # A program that fills in every field, or a browser that does: a person sends it again.
                wrong = wrong or words("report_form_old")
                return self._again(request, words, entered, wrong, self._keys.mint(place), files)
            if wrong:
                return self._again(request, words, entered, wrong, text_of(form, "key"), files)
            if (wait := request.scope.get(WAIT)) is not None:
                wrong = words("report_too_many", seconds=wait)
                answer = self._again(request, words, entered, wrong, text_of(form, "key"), files, status=429)
                answer.headers["Retry-After"] = str(wait)
                return answer
            kept, not_kept = await self._keep(files, words)
            report = Report(
                key=_key_of(key, entered),
                place=self._place(place),
                text=entered.text,
                photos=tuple(dict.fromkeys(kept)),
                name=entered.name or None,
                contact=contact_of(entered.contact),
                language=words.language,
            )
            try:
                number = await desk.open_report(report)
            except StoreError:
                return self._again(request, words, entered, words("store"), text_of(form, "key"), files, status=503)
        subject = Subject(SubjectKind.TICKET, str(number))
        expires = self._ports.links.expiry(LinkPurpose.TRACK)
        track = self._ports.links.token(LinkPurpose.TRACK, subject, None, expires)
        return self._renderer.page("thanks.html", words, number=number, not_kept=not_kept, track=f"/r/t/{track}")

    async def track(self, request: Request) -> Response:
        """Show what has become of a report."""
        link, desk, words = self._tracked(request)
        return await self._track(request, words, link, desk)

    async def answer(self, request: Request) -> Response:
        """Confirm that the problem is solved, say that it is not, or rate the work."""
        link, desk, words = self._tracked(request)
        async with request.form(max_files=0, max_fields=10) as form:
            asked = {purpose for purpose in _ASKED_ON_TRACK if purpose == text_of(form, "do")}
            answer = Answer(comment=comment_of(form), rating=rating_of(form))
        view = await desk.view_report(_number(link), words.language)
        if view is None or not asked & view.can:
            return await self._track(request, words, link, desk, wrong=words("not_possible"), status=409)
        (purpose,) = asked
        if missing := missing_in(answer, purpose):
            return await self._track(request, words, link, desk, wrong=words(missing), status=422)
        target = self._ports.targets[purpose]
        try:
            await target.act(Link(purpose=purpose, about=link.about, person=None, expires=link.expires), answer)
        except StoreError:
            return self._renderer.not_on_disk(words)
        except GatewayError:  # a colleague was faster; the page shows how it stands now
            return await self._track(request, words, link, desk, wrong=words("not_possible"), status=409)
        return await self._track(request, words, link, desk, outcome=words.outcome(purpose))

    async def photo(self, request: Request) -> Response:
        """A photo of a report, by its place among those that the person may see: no hash finds one."""
        link, desk, words = self._tracked(request)
        view, number = await desk.view_report(_number(link), words.language), request.path_params["photo"]
        if view is None or number >= len(view.photos):
            raise HTTPException(404)
        content = await asyncio.to_thread(_content, self._ports.photos.find, view.photos[number])
        if not content:
            raise HTTPException(404)
        return Response(content, media_type="image/jpeg")

    def _thumbnails(self, photos: Sequence[str]) -> list[str]:
        """The thumbnails of photos in base64; empty of one that is not shown in the page."""
        shown = [_content(self._ports.photos.thumbnail, photo) for photo in photos[:MOST_SHOWN]]
        return [base64.b64encode(content).decode() for content in shown] + [""] * len(photos[MOST_SHOWN:])

    async def _track(
        self,
        request: Request,
        words: Words,
        link: Link,
        desk: ReportDesk,
        *,
        wrong: str = "",
        outcome: str = "",
        status: int = 200,
    ) -> Response:
        view = await desk.view_report(_number(link), words.language)
        if view is None:
            title, sentence = words("nothing_title"), words("no_report")
            return self._renderer.page("problem.html", words, status=404, title=title, sentence=sentence)
        return self._renderer.page(
            "track.html",
            words,
            status=status,
            view=view,
            at=f"/r/t/{request.path_params['token']}",
            thumbnails=await asyncio.to_thread(self._thumbnails, view.photos),
            wrong=wrong,
            outcome=outcome,
        )

    def _tracked(self, request: Request) -> tuple[Link, ReportDesk, Words]:
        link = self._ports.links.read(request.path_params["token"])
        if link.purpose is not LinkPurpose.TRACK or self._ports.reports is None:
            raise LinkInvalid("this link does not track a report")
        return link, self._ports.reports, self._words(request)

    async def _keep(self, files: Sequence[UploadFile], words: Words) -> tuple[list[str], list[str]]:
        """The hashes of the photos that are kept, and a sentence for each that is not: it never holds up the text."""
        kept, not_kept = [], []
        until = asyncio.get_running_loop().time() + PHOTOS_WITHIN_S
        for file in files[:MOST_PHOTOS]:
            try:
                if (file.size or 0) > LARGEST_BYTES:
                    raise PhotoTooLarge("the photo is too large to be read into memory")
                async with asyncio.timeout_at(until), self._turn:
                    kept.append((await self._ports.photos.add(await file.read())).hash)
            except TimeoutError:
                not_kept.append(words("photo_not_stored"))
            except PhotosFull:
                not_kept.append(words("photo_no_room"))
            except PhotoTooLarge:
                not_kept.append(words("photo_too_large"))
            except PhotoRefused:
                not_kept.append(words("photo_unreadable"))
            except StoreError:
                not_kept.append(words("photo_not_stored"))
        if len(files) > MOST_PHOTOS:
            not_kept.append(words("photo_too_many", most=MOST_PHOTOS))
        return kept, not_kept

    def _again(
        self,
        request: Request,
        words: Words,
        entered: _Entered,
        wrong: str,
        key: str,
        files: Sequence[UploadFile],
        *,
        status: int = 422,
    ) -> Response:
        """The form with what was written; a browser gives no files back, so it says that they are to be chosen anew."""
        wrong = f"{wrong} {words('report_photo_left')}" if files else wrong
        return self._form(request, words, entered, key, wrong=wrong, status=status)

    def _form(
        self, request: Request, words: Words, entered: _Entered, key: str, *, wrong: str = "", status: int = 200
    ) -> Response:
        return self._renderer.page(
            "report.html",
            words,
            status=status,
            place=self._renderer.name_of(self._place(request.path_params["place"]), words.language),
            key=key,
            text=entered.text,
            name=entered.name,
            contact=entered.contact,
            wrong=wrong,
            longest=LONGEST_TEXT,
            most_photos=MOST_PHOTOS,
        )

    def _desk_at(self, request: Request) -> ReportDesk:
        """Who takes the report; raises a 404 where there is no such place, or no reports are taken."""
        place, site, desk = request.path_params["place"], self._ports.site, self._ports.reports
        if desk is None or (place not in site.locations and place not in site.devices):
            raise HTTPException(404)
        return desk

    def _place(self, place: str) -> Subject:
        is_location = place in self._ports.site.locations
        return Subject(SubjectKind.LOCATION, place) if is_location else Subject.of_device(place)

    def _words(self, request: Request) -> Words:
        return Words(language_of(request, self._ports.site.header.language))


def _wrong_in(entered: _Entered, words: Words) -> str:
    """What is wrong with what was entered; empty where nothing is."""
    if not entered.text:
        return words("report_text_missing")
    if len(entered.text) > LONGEST_TEXT:
        return words("report_text_long", most=LONGEST_TEXT)
    if len(entered.name) > LONGEST_NAME or not is_one_line(entered.name):
        return words("report_name_wrong", most=LONGEST_NAME)
    try:
        contact_of(entered.contact)
    except ValueError:
        return words("report_contact_wrong")
    return ""


def _key_of(form: str, entered: _Entered) -> str:
    """The key of a report: sent again as it was, perhaps with other photos, it is the same.

    Who goes back in the browser and writes something else has the form of before, and reports something else.
    """
    said = f"{entered.text}\0{entered.name}\0{entered.contact}"
    return f"{form}/{hashlib.sha256(said.encode()).hexdigest()[:16]}"


def _content(find: Callable[[str], Path | None], photo: str) -> bytes:
    """What is in the file of a photo; empty where there is none."""
    file = find(photo)
    try:
        return b"" if file is None else file.read_bytes()
    except OSError as error:
        raise StoreError(f"cannot read the photo: {error.strerror}") from error


def _number(link: Link) -> int:
    return int(link.about.id)
