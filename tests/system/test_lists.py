"""Lists that are longer than a page, and links whose time is over."""
import pytest

from harness import PASSWORD, TOULOUSE, Database, Missiond

MORE = 30
INVITATIONS = 55


@pytest.fixture(scope="module")
def full():
    """A community of many: its missiond, the founder's token, the database and
    the community's schema."""
    missiond = Missiond("community_limits:\n  requests_per_second: off\n", [("toulouse", TOULOUSE)])
    try:
        missiond.start().provision()
        token = missiond.claim("toulouse", "camille")
        database = Database(missiond)
        schema = database.schemas()["toulouse"]
        identity = "CONCAT('01900000-0000-7000-8000-', LPAD(seq, 12, '0'))"
        database.rows(f"""
            INSERT INTO {schema}.member_root SELECT {identity} FROM {schema}.seq_1_to_{MORE};
            INSERT INTO {schema}.member (id, username, email, name, state, joined_at, confirmed_at, given_at)
            SELECT {identity}, CONCAT('crowd', seq), CONCAT('crowd', seq, '@example.org'),
                CONCAT('Crowd ', LPAD(seq, 2, '0')), 'active', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)
            FROM {schema}.seq_1_to_{MORE}""")
        yield missiond, token, database, schema
    finally:
        missiond.close()


def test_members_fill_a_second_page(full):
    missiond, token, *_ = full
    pages = [missiond.api("toulouse", "GET", f"/members?page={page}", token=token).json for page in (1, 2)]
    assert [len(page["members"]) for page in pages] == [25, MORE + 1 - 25]
    assert [page["more"] for page in pages] == [True, False]
    names = [one["username"] for page in pages for one in page["members"]]
    assert sorted(names) == sorted(["camille", *(f"crowd{number}" for number in range(1, MORE + 1))])
    assert missiond.api("toulouse", "GET", "/members?page=3", token=token, check=False).status == 404


def test_the_audit_list_goes_on_behind_its_first_page(full):
    missiond, token, database, schema = full
    for number in range(INVITATIONS):
        missiond.api("toulouse", "POST", "/invitations", {"note": f"n{number}", "uses": 1, "days": 1}, token)
    numbers, path = [], "/audit"
    for _ in range(5):
        answer = missiond.api("toulouse", "GET", path, token=token).json
        numbers += [entry["sequence"] for entry in answer["entries"]]
        if answer["before"] is None:
            break
        path = f"/audit?before={answer['before']}"
    (count,), = database.rows(f"SELECT COUNT(*) FROM {schema}.audit")
    assert len(numbers) == int(count) > INVITATIONS
    assert numbers == sorted(set(numbers), reverse=True)


def test_a_claim_link_ends(own):
    missiond = own(files=[("toulouse", TOULOUSE)]).start().provision()
    link = missiond.ctl("claim-link", "toulouse").stdout.strip()
    token = link.rsplit("/", 1)[1]
    database = Database(missiond)
    schema = database.schemas()["toulouse"]
    who = {"name": "Camille", "username": "camille", "password": PASSWORD,
           "terms": missiond.terms("toulouse"), "accept": True}
    assert missiond.get("toulouse", f"/claim/{token}").status == 200
    database.rows(f"UPDATE {schema}.link_token SET expires_at = UTC_TIMESTAMP(6) WHERE purpose = 'claim'")
    assert missiond.get("toulouse", f"/claim/{token}").status == 410
    assert missiond.api("toulouse", "POST", f"/claims/{token}", who, check=False).status == 410
    database.rows(f"UPDATE {schema}.link_token SET expires_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR "
                  "WHERE purpose = 'claim'")
    assert missiond.api("toulouse", "POST", f"/claims/{token}", who).status < 300
