"""The communities and what is in them, made fast: provisioned by missionctl,
filled by SQL in bulk. The same texts in every run."""
import contextlib
import hashlib
import random
import re
import uuid

from host import DOMAIN

MEMBERS = 100
LISTINGS = 400
SESSIONS = 200
PASSWORD = "correct horse battery"

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
WORDS = ("garden lesson bicycle kitchen repair walk evening neighbour coffee piano window "
         "paint shelf moving van children homework language French English bread market "
         "Saturday morning hedge roses computer photograph old new borrow lend careful "
         "patient friendly tools weekend church square river bridge and with for from the "
         "to of in my your our a small large quiet").split()
CATEGORIES = ("lessons", "home", "repairs", "care", "transport", "computing", "other")


def slug(number):
    return f"c{number:05d}"


def yaml(number):
    name = slug(number)
    return (f"slug: {name}\nname: Neighbours of {name}\n"
            f"description: What neighbours in {name} do for each other.\n"
            f"domains: [{name}.{DOMAIN}]\n"
            f"founder: {{name: Camille Roux, email: founder-{name}@example.org}}\n"
            "language: en\njoining: open\nreading: public\n")


def base32(number):
    return "".join(ALPHABET[number >> 5 * place & 31] for place in range(25, -1, -1))


def quote(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def sentence(chosen, words):
    text = " ".join(chosen.choice(WORDS) for _ in range(words))
    return text[0].upper() + text[1:] + "."


def body(chosen):
    """200 to 900 characters of Markdown."""
    paragraphs = [" ".join(sentence(chosen, chosen.randint(6, 14)) for _ in range(chosen.randint(1, 4)))
                  for _ in range(chosen.randint(2, 4))]
    if chosen.random() < 0.3:
        paragraphs.append("\n".join(f"- {sentence(chosen, 4)}" for _ in range(3)))
    if chosen.random() < 0.3:
        paragraphs[0] += f" **{sentence(chosen, 3)}**"
    return "\n\n".join(paragraphs)


class Communities:
    def __init__(self, host):
        self.host = host
        self.random = random.Random(4)
        self.provisioned = 0
        self.keys = {}

    def write(self, number):
        path = self.host.tenants / f"{slug(number)}.yaml"
        path.write_text(yaml(number))
        return path

    def provision(self, until):
        """The communities after those there are, in portions."""
        while self.provisioned < until:
            last = min(until, self.provisioned + 200)
            self.host.ctl("apply", *[self.write(number) for number in range(self.provisioned + 1, last + 1)])
            self.provisioned = last

    def read_keys(self):
        self.keys = dict(self.host.rows("SELECT slug, `key` FROM missiond_control.community"))

    def schema(self, number):
        return "community" + self.keys[slug(number)]

    # --- rows
    def insert(self, schema, table, columns, rows):
        head = f"INSERT INTO {schema}.{table} ({columns}) VALUES\n"
        for begin in range(0, len(rows), 500):
            self.host.sql(head + ",\n".join(f"({', '.join(row)})" for row in rows[begin:begin + 500]) + ";")

    def new_id(self, number):
        """In the order of number, as UUIDv7 are."""
        return str(uuid.UUID(int=(0x01900000 << 96) | (number << 80) | (7 << 76) | (2 << 62) |
                             self.random.getrandbits(60)))

    def fill_first(self, terms):
        """Members and listings of the first community; phc is everybody's."""
        schema = self.schema(1)
        members = [self.new_id(number) for number in range(MEMBERS)]
        self.insert(schema, "member_root", "id", [(f"'{member}'",) for member in members])
        self.insert(schema, "member", "id, username, email, name, state, joined_at, confirmed_at, given_at,"
                    " terms_version, terms_sha256", [
            (f"'{member}'", f"'member{number}'", f"'member{number}@example.org'",
             quote(f"{sentence(self.random, 2)[:-1].title()} {number}"), "'active'",
             *[f"UTC_TIMESTAMP(6) - INTERVAL {400 - number} DAY"] * 3, quote(terms["version"]),
             f"X'{terms['sha256']}'")
            for number, member in enumerate(members)])
        self.insert(schema, "terms_acceptance", "member, version, sha256, language, accepted_at, address", [
            (f"'{member}'", quote(terms["version"]), f"X'{terms['sha256']}'", "'en'", "UTC_TIMESTAMP(6)",
             "'127.0.0.1'") for member in members])
        self.insert(schema, "listing",
                    "id, author, kind, category, title, body, excerpt, price, currency, exchange, place, until, state,"
                    " posted_at, changed_at", [self.listing(number, members) for number in range(LISTINGS)])
        return members

    @staticmethod
    def text(chosen):
        """A body, and an excerpt as long as missiond's."""
        text = body(chosen)
        return quote(text), quote(" ".join(text.split())[:150] + "…")

    def listing(self, number, members):
        chosen = self.random
        age = f"UTC_TIMESTAMP(6) - INTERVAL {LISTINGS - number} HOUR"
        priced = chosen.random() < 0.7
        return (f"'{self.new_id(1000 + number)}'", f"'{chosen.choice(members)}'",
                chosen.choice(("'offer'", "'request'")), f"'{chosen.choice(CATEGORIES)}'",
                quote(sentence(chosen, chosen.randint(3, 7))[:-1]), *self.text(chosen),
                str(chosen.randint(1, 200) * 50) if priced else "NULL", "'EUR'" if priced else "NULL",
                "NULL" if priced else quote(sentence(chosen, 3)[:-1]),
                quote(chosen.choice(WORDS).title()) if chosen.random() < 0.7 else "NULL",
                "UTC_TIMESTAMP(6) + INTERVAL 30 DAY" if chosen.random() < 0.2 else "NULL",
                "'open'", age, age)

    def copy_to(self, numbers):
        first = self.schema(1)
        for number in numbers:
            schema = self.schema(number)
            self.host.sql("".join(
                f"INSERT INTO {schema}.{table} SELECT * FROM {first}.{table};"
                for table in ("member_root", "member", "terms_acceptance", "listing")) +
                f"ANALYZE TABLE {schema}.listing, {schema}.member;")

    def give_passwords(self, number, members, phc):
        self.insert(self.schema(number), "member_password", "member, phc, changed_at",
                    [(f"'{member}'", quote(phc), "UTC_TIMESTAMP(6)") for member in members])

    def open_sessions(self, number, members):
        """Log-ins made as rows: (cookie, form token) of each."""
        tokens = [hashlib.sha256(f"session {i}".encode()).hexdigest()[:43] for i in range(SESSIONS)]
        self.insert(self.schema(number), "session",
                    "id, digest, member, created_at, seen_at, expires_at, address, browser", [
                        (f"'{self.new_id(5000 + i)}'", f"X'{hashlib.sha256(token.encode()).hexdigest()}'",
                         f"'{members[i % len(members)]}'", "UTC_TIMESTAMP(6)", "UTC_TIMESTAMP(6)",
                         "UTC_TIMESTAMP(6) + INTERVAL 30 DAY", "'127.0.0.1'", "'bench'")
                        for i, token in enumerate(tokens)])
        with contextlib.closing(self.host.connect()) as connection:
            return [(token, self.form_token(connection, number, "/listings/new", f"session={token}")[0])
                    for token in tokens]

    def form_token(self, connection, number, path, cookie=None):
        """The form token of a page, and the cookie that came with it."""
        connection.request("GET", path, headers={"Host": self.host.name(slug(number)),
                                                 **({"Cookie": cookie} if cookie else {})})
        answer = connection.getresponse()
        text = answer.read().decode()
        match = re.search(r'name="csrf"[^>]*value="([^"]+)"', text)
        if answer.status != 200 or match is None:
            raise RuntimeError(f"{path}: {answer.status}, no form:\n{text[:1000]}")
        return match.group(1), (answer.headers.get("Set-Cookie") or "").split(";")[0]

    def register(self, until):
        """Rows of the control schema alone, as an apply would have written them,
        but without a schema behind them."""
        registered = int(self.host.rows("SELECT COUNT(*) FROM missiond_control.community")[0][0])
        numbers = range(registered + 1, until + 1)
        self.host.sql("CREATE DATABASE IF NOT EXISTS bench;"
                      "CREATE OR REPLACE TABLE bench.new (id UUID, slug VARCHAR(40), `key` CHAR(26),"
                      " sha256 BINARY(32)) CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci;")
        rows = []
        for number in numbers:
            key = uuid.UUID(self.new_id(number & 0xffff))
            digest = hashlib.sha256(yaml(number).encode()).hexdigest()
            rows.append((f"'{key}'", f"'{slug(number)}'", f"'{base32(key.int)}'", f"X'{digest}'"))
        self.insert("bench", "new", "id, slug, `key`, sha256", rows)
        first = slug(1)
        self.host.sql(f"""\
SET NAMES utf8mb4 COLLATE utf8mb4_uca1400_ai_ci;
INSERT INTO missiond_control.community
SELECT n.id, n.slug, n.`key`, c.state, c.generation, c.schema_version, c.cluster,
	REPLACE(c.configuration, '{first}', n.slug),
	REPLACE(c.applied_text, '{first}', n.slug), n.sha256,
	REPLACE(c.applied_file, '{first}', n.slug), c.applied_by, c.applied_at, c.created_at
FROM bench.new AS n JOIN missiond_control.community AS c ON c.slug = '{first}';
INSERT INTO missiond_control.community_domain
SELECT CONCAT(n.slug, '.{DOMAIN}'), n.id, 1 FROM bench.new AS n;
INSERT INTO missiond_control.community_state (community, epoch, settings_epoch, mail_epoch, moved_at)
SELECT n.id, 1, 1, 1, UTC_TIMESTAMP(6) - INTERVAL 1 HOUR FROM bench.new AS n;
DROP DATABASE bench;
ANALYZE TABLE missiond_control.community, missiond_control.community_domain, missiond_control.community_state;
""")
