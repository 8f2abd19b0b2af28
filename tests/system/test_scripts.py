"""What members write is text wherever it is shown: every field that takes
words gets HTML, and every page that the route table has is read strictly, as
visitor, member and founder."""
import html.parser
import json
import os
import re
import subprocess
import urllib.parse

from harness import PASSWORD, PREFIX

FILE = """\
slug: attic
name: The Attic
domains: [attic.localhost]
founder: {name: Alice, email: alice@example.org}
language: en
joining: approval
reading: public
"""
AGENT = "q7agent\"'><q7x onq7=1>"


def words(field):
    """Ends attributes and elements, if anything lets it."""
    return f"q7{field}\"'><q7x onq7=1 q7y='\"{{{{title}}}}&amp;"


def markdown(field):
    return (f"{words(field)} <script>q7()</script> <img src=x onerror=q7()>\n\n[q7a](javascript:q7())"
            " [q7b](java&#115;cript:q7()) ![q7c](data:text/html,q7) <vbscript:q7()>\n\n"
            "[q7d](/q7 '\" onq7=\"1')\n\n```q7\" onq7=\"1\nq7\n```\n")


class Page(html.parser.HTMLParser):
    """Collects the text, and what must not be there."""

    def __init__(self, text):
        super().__init__()
        self.shown, self.wrong = [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        if "q7" in tag or tag in ("iframe", "object", "embed", "base", "style"):
            self.wrong.append(tag)
        for name, value in attributes:
            self.shown.append(value or "")
            address = re.sub(r"[\x00-\x20]", "", value or "").lower()
            if "q7" in name or name.startswith("on") or name == "style":
                self.wrong.append(f"{tag} {name}")
            if name in ("href", "src", "action", "formaction") and re.match(r"(javascript|data|vbscript):", address):
                self.wrong.append(f"{tag} {name}={value}")
            if tag in ("script", "img", "link") and name in ("src", "href") and not address.startswith("/"):
                self.wrong.append(f"{tag} {name}={value}")

    def handle_comment(self, data):
        self.wrong.append(f"<!--{data}-->")

    def handle_data(self, data):
        self.shown.append(data)
        if "q7" in data and self.cdata_elem is not None:  # script, style
            self.wrong.append(data)


class Browser:
    """Logs in with the form, as a person does."""

    def __init__(self, daemon, username=None):
        self.daemon, self.cookies = daemon, {}
        if username is None:
            return
        token = re.search(r'name="csrf" value="([^"]+)"', self.get("/login").text).group(1)
        body = urllib.parse.urlencode({"csrf": token, "login": username, "password": PASSWORD})
        assert self.ask("POST", "/login", body).status == 303

    def ask(self, method, path, body=None):
        headers = {"User-Agent": AGENT, "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        answer = self.daemon.request("attic", method, path, body, headers)
        for header in answer.headers.get_all("Set-Cookie") or []:
            name, value = header.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return answer

    def get(self, path):
        return self.ask("GET", path)


def page_routes():
    program = os.environ.get("LIST_ROUTES", PREFIX.parent / "tests" / "system" / "list-routes")
    for line in subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines():
        method, path, name, _, surface, _ = line.split()
        if method == "GET" and surface == "page" and not name.startswith("look."):
            yield path


def fill(daemon):
    """Words in every field; what of it must be seen, and the ids of things."""
    founder = daemon.claim("attic", name=words("founder")[:80])
    daemon.api("attic", "PATCH", "/community", {
        "name": words("name"), "tagline": words("tagline"), "description": markdown("description")}, founder)
    invited = daemon.api("attic", "POST", "/invitations", {
        "uses": 5, "days": 5, "note": words("note"), "scopes": ["members"]}, founder).json
    link = invited["link"].rsplit("/", 1)[1] if "link" in invited else None
    people = {}
    for username in ("mallory", "trudy", "applicant"):
        daemon.api("attic", "POST", "/members", {
            "name": words(username)[:80], "email": f"{username}@example.org", "username": username,
            "message": words(f"message-{username}") + "\n<q7x>", "password": PASSWORD,
            "terms": daemon.terms("attic"), "accept": True})
        daemon.api("attic", "POST", f"/confirmations/{daemon.mailed_token(f'{username}@example.org', 'confirm')}")
    for application in daemon.api("attic", "GET", "/applications", token=founder).json["applications"]:
        people[application["username"]] = application["id"]
        if application["username"] != "applicant":
            daemon.api("attic", "POST", f"/applications/{application['id']}/approve", {}, founder)
    member = daemon.log_in("attic", "mallory")
    daemon.api("attic", "PUT", "/account", {
        "name": words("mallory")[:80], "language": "en", "phone": words("phone")[:40],
        "phone_visibility": "public", "address": words("address"), "address_visibility": "public",
        "description": markdown("profile"), "description_visibility": "public"}, member)
    listing = daemon.post_listing("attic", member, title=words("title"), body=markdown("body"),
                                  exchange=words("exchange"), place=words("place"))["id"]
    gone = daemon.post_listing("attic", member, title=words("withdrawn"))["id"]
    daemon.api("attic", "DELETE", f"/listings/{gone}", token=founder)
    daemon.api("attic", "POST", "/tokens", {
        "login": "mallory", "password": PASSWORD, "name": words("token")[:60], "days": 1})
    daemon.api("attic", "POST", f"/members/{people['trudy']}/suspend", {"reason": words("reason")}, founder)
    return {"listing": listing, "member": people["mallory"], "link": link}


def paths_of(things):
    for path in page_routes():
        if path.startswith("/listings/"):
            path = path.replace("{id:uuid}", things["listing"])
        path = path.replace("{id:uuid}", things["member"]).replace("{username:word}", "mallory")
        if "{token" in path:
            if not path.startswith("/join/") or things["link"] is None:
                continue
            path = path.replace("{token:word}", things["link"])
        yield path
    yield "/manage/members?search=%22%3E%3Cq7x%20onq7"
    yield "/login?next=%22%3E%3Cq7x%20onq7%3D%22"
    yield "/language/en?to=/%22%3E%3Cq7x"
    yield "/q7%3Cq7x%3E"


def test_what_members_write_is_text_everywhere(own):
    daemon = own(files=(("attic", FILE),)).start()
    daemon.ctl("apply")
    daemon.wait_until(lambda: daemon.get("attic", "/").status == 200, 120, "attic answers")
    things = fill(daemon)
    shown, seen = "", {}
    for reader in (None, "mallory", "founder"):
        browser = Browser(daemon, reader)
        for path in paths_of(things):
            for language in ("en", "fr"):
                browser.cookies["language"] = language
                answer = browser.get(path)
                assert answer.status in (200, 303, 403, 404), f"{path} as {reader}: {answer.status}"
                seen[path] = min(answer.status, seen.get(path, 999))
                page = Page(answer.text)
                assert not page.wrong, f"{path} as {reader}: {page.wrong}"
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
                shown += "\n".join(page.shown)
    for field in ("founder", "name", "tagline", "description", "note", "mallory", "trudy",
                  "message-applicant", "phone", "address", "profile", "title", "body", "exchange",
                  "place", "withdrawn", "token", "reason"):
        assert re.search(rf"q7{field}\W", shown), f"{field} is shown nowhere"
    unread = {path for path, status in seen.items() if status != 200}
    assert unread <= {"/confirm", "/terms/accept", "/language/en?to=/%22%3E%3Cq7x", "/q7%3Cq7x%3E"}, unread
    for mail in daemon.mails():
        assert len(mail.get_all("To")) == 1 and mail.get_all("Bcc") is None and "\n" not in str(mail["Subject"])
        assert mail.get_content_type() == "text/plain"
