"""Pages of visitors are kept, and never a moment longer than they are true."""
import re
import subprocess
import threading
import time

from test_site import form


def sql(site, statement):
    return subprocess.run(
        ["mariadb", "--no-defaults", "--skip-column-names", f"--socket={site.folder}/run/database/server.sock",
         "--user=root"], input=statement, text=True, capture_output=True, check=True, timeout=60).stdout


def schema_of(site, slug):
    for schema in sql(site, "SHOW DATABASES LIKE 'community%'").split():
        if slug in sql(site, f"SELECT name FROM {schema}.settings").lower():
            return schema
    raise AssertionError(f"no schema of {slug}")


def within_a_minute(attempt):
    """No page outlives its minute: what is to be seen kept must be seen within one."""
    for _ in range(5):
        minute = int(time.time() // 60)
        outcome = attempt()
        if int(time.time() // 60) == minute:
            return outcome
    raise AssertionError("each attempt took over a minute")


def test_a_page_is_kept_until_something_happens(own):
    site = own("workers: 1\n").start().provision()
    token = site.claim("toulouse")
    site.post_listing("toulouse", token, "A first bicycle")
    schema = schema_of(site, "toulouse")
    sql(site, f"UPDATE {schema}.listing SET title = 'A bicycle'")

    # Written behind the daemon's back, so that nobody moved the epoch: what is
    # still answered can only be the page that was kept.
    def kept():
        site.post_listing("toulouse", token, "Another")
        first = site.get("toulouse", "/listings")
        assert "A bicycle" in first.text
        sql(site, f"UPDATE {schema}.listing SET title = 'Rewritten' WHERE title = 'A bicycle'")
        second = site.get("toulouse", "/listings")
        sql(site, f"UPDATE {schema}.listing SET title = 'A bicycle' WHERE title = 'Rewritten'")
        return first, second
    first, second = within_a_minute(kept)
    assert second.body == first.body
    assert second.headers["ETag"] == first.headers["ETag"]
    assert second.headers["Cache-Control"] == "private, no-cache"
    assert second.headers["Vary"] == "Accept-Language, Cookie"

    # A browser that has it is told so, in few bytes.
    known = {"If-None-Match": second.headers["ETag"]}

    def asked_again():
        return site.get("toulouse", "/listings", headers=known)
    answer = within_a_minute(asked_again)
    assert (answer.status, answer.body) == (304, b"")
    # Not for those who are logged in, nor in another language.
    cookie = form(site, "toulouse", "/login", {"login": "founder", "password": "correct horse battery"}).cookie("session")
    own_page = site.get("toulouse", "/listings", headers={**known, "Cookie": f"session={cookie}"})
    assert own_page.status == 200 and "/account" in own_page.text and own_page.headers["Cache-Control"] == "no-store"
    assert site.get("toulouse", "/listings", headers={**known, "Accept-Language": "en"}).status == 200

    # limits.page_cache 0 and a reload: nothing is kept any more.
    site.extra += "limits: {page_cache: 0}\n"
    site.configuration.write_text(site.settings())
    site.ctl("reload")
    site.wait_until(lambda: "ETag" not in site.get("toulouse", "/listings").headers, 60, "no page is kept")


def test_no_worker_answers_with_what_was(own):
    site = own("workers: 2\ncommunity_limits:\n  requests_per_second: off\n").start().provision()
    token = site.claim("toulouse")
    over = threading.Event()
    wrong = []

    def keep_warm(path):
        while not over.is_set():
            if site.get("toulouse", path).status != 200:
                wrong.append(path)

    readers = [threading.Thread(target=keep_warm, args=(path,)) for path in ("/", "/listings", "/listings?kind=offer")]
    for reader in readers:
        reader.start()
    try:
        for number in range(40):
            title = f"Bicycle {number} of forty"
            posted = site.post_listing("toulouse", token, title)
            # Each on a connection of its own: whichever worker takes it.
            for path in ("/listings", "/", "/listings?kind=offer", "/listings"):
                assert title in site.get("toulouse", path).text, f"{path} does not show {title}"
            if number % 4 == 0:
                address = f"/listings/{posted['id']}"
                assert site.get("toulouse", address).status == 200
                site.api("toulouse", "DELETE", address, token=token)
                assert site.get("toulouse", address).status == 404
                assert title not in site.get("toulouse", "/listings").text
            if number % 10 == 0:
                name = f"Toulouse Entraide {number}"
                site.api("toulouse", "PATCH", "/community", {"name": name}, token)
                for path in ("/listings", "/", "/terms"):
                    shown = re.search(r'class="brand-name">([^<]*)', site.get("toulouse", path).text)[1]
                    assert shown == name, f"{path} shows {shown}"
    finally:
        over.set()
        for reader in readers:
            reader.join()
    assert not wrong
