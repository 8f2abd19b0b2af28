"""The clocks of a community, in processes as they are shipped: a confined worker
and steward read the machine's time zones, and nothing else there is."""
import datetime
import re
import zoneinfo

import pytest

from harness import GUILD, TOULOUSE, Missiond
from test_site import browse_in

MONTHS = {
    "toulouse": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
    "guild": "January February March April May June July August September October November December".split(),
}
ZONES = {"toulouse": "Europe/Paris", "guild": "Asia/Kathmandu"}
FOUNDERS = {"toulouse": "camille@example.org", "guild": "alice@example.org"}


@pytest.fixture(scope="module")
def clocks():
    missiond = Missiond(files=[("toulouse", TOULOUSE + "time_zone: Europe/Paris\n"),
                               ("guild", GUILD + "time_zone: Asia/Kathmandu\n")])
    try:
        yield missiond.start().provision()
    finally:
        missiond.close()


def written(time, slug):
    """The minute of this time as the community's people write it."""
    time = time.astimezone(zoneinfo.ZoneInfo(ZONES[slug]))
    month = MONTHS[slug][time.month - 1]
    if slug == "toulouse":
        day = "1er" if time.day == 1 else time.day
        return f"{day} {month} {time.year} à {time.hour}\u00a0h\u00a0{time.minute:02}"
    return f"{time.day} {month} {time.year} at {time.hour}:{time.minute:02}"


@pytest.mark.parametrize("slug", ZONES)
def test_a_page_shows_the_clocks_of_its_community(clocks, slug):
    clocks.claim(slug)
    cookie = browse_in(clocks, slug, "founder")
    page = clocks.get(slug, "/account", headers={"Cookie": cookie}).text
    shown = re.search(r'<time datetime="([^"]+)Z">([^<]+)</time>', page)
    assert shown, page
    exact = datetime.datetime.fromisoformat(shown.group(1) + "+00:00")
    assert abs(exact - datetime.datetime.now(datetime.timezone.utc)) < datetime.timedelta(minutes=30)
    assert shown.group(2) == written(exact, slug)
    assert ZONES[slug] in clocks.get(slug, "/manage/audit", headers={"Cookie": cookie}).text
    assert not clocks.events("process.ended"), "nothing was asked that is not allowed"
    assert not clocks.events("community.no_time_zone")


@pytest.mark.parametrize("slug", ZONES)
def test_the_first_mail_names_its_deadline_on_those_clocks(clocks, slug):
    mail = clocks.wait_until(lambda: clocks.mails(FOUNDERS[slug]), 120, "the claim mail is there")[0]
    now = datetime.datetime.now(datetime.timezone.utc)
    # Written up to half an hour ago.
    deadlines = [f"{written(now + datetime.timedelta(days=14, minutes=-ago), slug)} ({ZONES[slug]})"
                 for ago in range(30)]
    text = mail.get_content()
    assert any(deadline in text for deadline in deadlines), text


def test_a_misspelt_zone_is_refused_with_what_was_meant(clocks):
    path = clocks.tenants / "guild.yaml"
    good = path.read_text()
    path.write_text(good.replace("Asia/Kathmandu", "Asia/Kathmandoo"))
    try:
        for command in ("plan", "apply"):
            done = clocks.ctl(command, check=False)
            assert done.returncode != 0
            assert (f'guild.yaml:{good.count(chr(10))}:12: time_zone is "Asia/Kathmandoo", expected a time zone '
                    'such as "Europe/Paris": did you mean "Asia/Kathmandu"?') in done.stdout + done.stderr
    finally:
        path.write_text(good)
    assert clocks.ctl("plan", check=False).returncode == 0
