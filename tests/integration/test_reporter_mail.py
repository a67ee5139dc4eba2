"""Who has reported something is told by a real mail server, and answers by the links of the mails."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from gateway import app
from gateway.clock import Clock
from gateway.settings import Settings
from gateway.site_files import load_configuration
from tests.integration.mailbox import Mail, MailServer
from tests.servers import HOST, eventually, free_port

FAST = 1.001
"""Of a clock that is not the machine's, the time is known at once: until it is, people outside are told nothing."""
SECRET = "The owner has not paid"


@asynccontextmanager
async def running(directory: Path, mail: MailServer) -> AsyncIterator[str]:
    """A gateway without a broker; yields the URL of its API."""
    site, channels, http = directory / "site.yaml", directory / "channels.yaml", f"{HOST}:{free_port()}"
    later = (datetime.now(UTC).hour + 12) % 24
    site.write_text(
        "site: {id: trial, name: {en: Trial}, timezone: UTC}\nlocations: [{id: lobby, name: {en: Lobby}}]\n"
        "devices: [{id: p1, profile: booster_pump}]\n"
        f"proof: {{day: never}}\nquiet_hours: {{hours: ['{later:02}:00-{later:02}:30']}}\n"
    )
    channels.write_text(f"email: mailto://{HOST}:{mail.port}?from=gateway@example.org&to={{address}}\n")
    settings = Settings(
        site=site,
        data_dir=directory / "data",
        http=http,
        mqtt_port=free_port(),
        channels=channels,
        pages=f"{HOST}:{free_port()}",
    )
    stop = asyncio.Event()
    task = asyncio.create_task(app.run(settings, load_configuration(site), stop=stop, clock=Clock(FAST)))
    try:
        yield f"http://{http}/api/v1"
    finally:
        stop.set()
        await asyncio.wait_for(task, 10)


def link(mail: Mail, name: str) -> str:
    (found,) = re.findall(rf"^{name}: (\S+)\s*$", mail.body, flags=re.MULTILINE)
    return str(found)


async def test_the_reporter_follows_confirms_and_rates_by_links_of_mails_in_which_no_private_note_is(
    tmp_path: Path,
) -> None:
    mail = MailServer()
    mail.start()
    try:
        async with running(tmp_path, mail) as api, httpx.AsyncClient(headers={"Accept-Language": "en"}) as browser:

            async def post(path: str, **body: object) -> dict[str, Any]:
                answer = await browser.post(f"{api}{path}", json=body)
                assert answer.status_code == 200, answer.text
                return dict(answer.json())

            async def is_up() -> bool:
                try:
                    return (await browser.get(f"{api}/tickets")).status_code == 200
                except httpx.HTTPError:
                    return False

            async def mails(subject: str) -> Mail:
                def come() -> list[Mail]:
                    return [each for each in mail.mails if subject in each.subject]

                found: list[Mail] = await eventually(come, within=20, what=f"the mail with {subject!r}")
                return found[0]

            _: bool = await eventually(is_up, within=20, what="the API")
            report = await post("/reports", place="lobby", text="Water leaks", contact={"email": "zhao@example.org"})
            received = await mails("we have your report 1")
            assert received.to == "zhao@example.org"
            for follow in (link(received, "Follow"), report["track"]):
                assert "Water leaks" in (await browser.get(follow)).text
            await post("/tickets/1/accept", by="Li Wei", note=SECRET)
            await post("/tickets/1/comment", by="Li Wei", note=SECRET)
            await post("/tickets/1/resolve", by="Li Wei", note=SECRET)
            done = await mails("your report 1 is done")
            confirmed = await browser.post(link(done, "All is well"), data={"x": ""})
            assert "The work is confirmed." in confirmed.text
            rated = await browser.post(link(done, "Rate"), data={"rating": "4"})
            assert "Thank you for your rating." in rated.text
            await post("/tickets/1/close", by="Li Wei")
            await mails("news of your report 1")
            ticket = (await browser.get(f"{api}/tickets/1")).json()
    finally:
        mail.stop()
    assert (ticket["state"], ticket["rating"]) == ("closed", 4)
    assert len(mail.mails) == 3  # each once
    assert not [each for each in mail.mails if SECRET in each.body or SECRET in each.subject]
