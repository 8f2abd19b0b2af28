"""Fills the demo communities as people would: over HTTP, through the same
doors. The founder claims by the mailed link, members join and confirm their
addresses, an admin is appointed, offers and requests are posted.

Usage: fill.py PORT MAIL-FOLDER MISSIONCTL SOCKET
"""
import email
import email.policy
import http.client
import json
import pathlib
import re
import subprocess
import sys
import time

PASSWORD = "correct horse battery"

TOULOUSE = {
    "founder": ("camille", "Camille Roux"),
    "admin": ("louis", "Louis Bernard"),
    "members": [
        ("amina", "Amina Haddad"), ("theo", "Théo Lacroix"),
        ("ines", "Inès Fabre"), ("marc", "Marc Delmas"),
        ("zoe", "Zoé Garnier"),
    ],
    "listings": [
        ("camille", "offer", "lessons", "Conversation en occitan, le jeudi", "Une heure autour d'un café, place Saint-Sernin. Débutants bienvenus.\n\nOn commence par **parler**, la grammaire vient après.", None, "Un café", "Saint-Sernin"),
        ("louis", "offer", "repairs", "Réglage de vélo à domicile", "Freins, vitesses, chambre à air : j'apporte mes outils.\n\n- compter une heure\n- les pièces sont en plus", 1500, None, "Saint-Cyprien"),
        ("amina", "request", "transport", "Trajet vers Blagnac samedi matin", "Je cherche une place samedi vers 8 h, un petit bagage.", 500, None, "Compans-Caffarelli"),
        ("theo", "offer", "computing", "Installer Linux sur votre vieil ordinateur", "Je sauvegarde d'abord vos photos, puis j'installe et j'explique.", 3000, None, "Rangueil"),
        ("ines", "request", "lessons", "Aide en mathématiques, niveau seconde", "Deux heures par semaine jusqu'au bac blanc.", 2000, None, "Minimes"),
        ("marc", "offer", "home", "Tailler vos haies et rosiers", "Jardinier amateur, trente ans de rosiers.", None, "Quelques boutures", "Croix-Daurade"),
        ("zoe", "offer", "care", "Promener votre chien le soir", "Le long du canal, une demi-heure, tous les soirs de semaine.", 800, None, "Port Saint-Sauveur"),
        ("amina", "offer", "home", "Couscous pour dix personnes", "Je cuisine chez vous ou chez moi, avec les légumes du marché Cristal.", 9000, None, "Arnaud-Bernard"),
        ("louis", "request", "repairs", "Prêt d'une échelle de quatre mètres", "Pour un week-end, je viens la chercher.", None, "Un pot de miel", "Patte d'Oie"),
        ("theo", "request", "other", "Cherche partenaire d'échecs", "Niveau moyen, patience infinie.", None, "La revanche", "Capitole"),
        ("ines", "offer", "lessons", "Initiation à l'aquarelle", "Le matériel est fourni. Au Jardin des Plantes quand il fait beau.", 1200, None, "Jardin des Plantes"),
        ("marc", "request", "computing", "Sortir mes photos d'un vieux téléphone", "Il s'allume encore, l'écran un peu moins.", 2000, None, "Borderouge"),
        ("zoe", "request", "home", "Bocaux en verre avec couvercle", "Une cinquantaine, pour la confiture de figues.", None, "De la confiture", "Bonnefoy"),
        ("camille", "offer", "care", "Lecture à voix haute", "Pour une personne qui ne lit plus : une heure par semaine.", None, "Rien du tout", "Busca"),
        ("amina", "request", "repairs", "Poser trois étagères", "Murs en brique, j'ai les chevilles.", 2500, None, "Arnaud-Bernard"),
        ("theo", "offer", "transport", "Vélo-cargo pour un petit déménagement", "Jusqu'à quatre-vingts kilos, dans le centre.", 2000, None, "Carmes"),
        ("ines", "offer", "other", "Faire-part dessinés à la main", "Naissance, mariage, crémaillère.", 6000, None, "Minimes"),
        ("louis", "offer", "home", "Levain vivant", "Il s'appelle Marcel et il a six ans.", None, "Un pain", "Saint-Cyprien"),
    ],
}

GUILD = {
    "founder": ("alice", "Alice Turner"),
    "admin": ("rob", "Rob Fletcher"),
    "members": [
        ("priya", "Priya Shah"), ("tom", "Tom Okafor"),
        ("nell", "Nell Hughes"), ("david", "David Brand"),
    ],
    "listings": [
        ("alice", "offer", "wood", "Dovetail workshop on Saturdays", "Bring a chisel if you have one. We start with **sharpening**.", 4500, None, "Unit 3, the Arches"),
        ("rob", "offer", "metal", "Knife and tool sharpening", "Kitchen knives, planes, shears. Back the next day.", 600, None, "Market hall"),
        ("priya", "request", "code", "A second pair of eyes on my shop’s website", "It is slow and I do not know why.", 12000, None, "Remote"),
        ("tom", "offer", "kitchen", "Sourdough starter, five years old", "Comes with instructions and opinions.", None, "A jar in return", "North side"),
        ("nell", "offer", "paper", "Hand-bound notebooks to order", "- linen thread\n- paper of your choice\n- two weeks", 2800, None, "Studio 12"),
        ("david", "request", "wood", "Offcuts of oak, any size", "For small boxes. I collect.", None, "The first box", "South side"),
        ("rob", "request", "paper", "Two hundred letterpress cards", "One colour, thick stock, by the end of the month.", 18000, None, "Market hall"),
        ("priya", "offer", "code", "Spreadsheets tamed", "One evening, your numbers, my patience.", 5000, None, "Remote"),
        ("tom", "request", "metal", "Somebody with a TIG welder", "An oven rack broke; stainless steel.", 4000, None, "North side"),
        ("nell", "request", "kitchen", "Bread for a launch party", "Forty people, the first Friday of the month.", 9000, None, "Studio 12"),
        ("david", "offer", "other", "Van with driver, half a day", "Up to a tonne, blankets included.", 8000, None, "South side"),
        ("alice", "request", "other", "A dry corner to store timber", "Three square metres until spring.", 3000, None, "Anywhere near"),
        ("tom", "offer", "kitchen", "Baking for beginners", "Four loaves in four evenings.", 7000, None, "North side"),
        ("nell", "offer", "paper", "Repair of cookery books", "Stains stay, pages return.", 1500, None, "Studio 12"),
    ],
}


class Community:
    def __init__(self, port, slug, mails):
        self.port, self.slug, self.mails = port, slug, mails
        self.host = f"{slug}.localhost:{port}"

    def call(self, method, path, body=None, token=None):
        headers = {"Host": self.host, "Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        for _ in range(40):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            connection.close()
            if answer.status in (429, 503):
                time.sleep(float(answer.headers.get("Retry-After", "1")))
                continue
            break
        if answer.status >= 300:
            sys.exit(f"{method} {self.host}{path}: {answer.status} {text}")
        return json.loads(text) if text.strip() else None

    def link(self, address, kind):
        """The token of the newest link of that kind mailed to the address."""
        for _ in range(300):
            found = []
            for path in pathlib.Path(self.mails).glob("*.eml"):
                mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                if address not in str(mail["To"]):
                    continue
                match = re.search(rf"/{kind}/([A-Za-z0-9_-]{{43}})", mail.get_content())
                if match:
                    found.append((path.stat().st_mtime, match.group(1)))
            if found:
                return max(found)[1]
            time.sleep(0.1)
        sys.exit(f"no {kind} mail for {address} came to {self.mails}")

    def log_in(self, username):
        answer = self.call("POST", "/api/v1/tokens", {
            "login": username, "password": PASSWORD, "name": "demo", "days": 1})
        return answer["token"]


def say(text):
    print(f"  {text}", flush=True)


def terms_of(community):
    return community.call("GET", "/api/v1/terms")["sha256"]


def claim(community, people, missionctl, socket):
    username, name = people["founder"]
    link = subprocess.run(
        [missionctl, "--socket", socket, "claim-link", community.slug],
        check=True, capture_output=True, text=True).stdout.strip()
    community.call("POST", f"/api/v1/claims/{link.rsplit('/', 1)[1]}", {
        "name": name, "username": username, "password": PASSWORD,
        "terms": terms_of(community), "accept": True})
    return community.log_in(username)


def join(community, username, name, invitation=None):
    address = f"{username}@{community.slug}.localhost"
    path = f"/api/v1/join/{invitation}" if invitation else "/api/v1/members"
    community.call("POST", path, {
        "name": name, "email": address, "username": username,
        "password": PASSWORD, "terms": terms_of(community), "accept": True})
    token = community.link(address, "confirm")
    community.call("POST", f"/api/v1/confirmations/{token}")
    return community.log_in(username)


def fill(community, people, missionctl, socket, by_invitation):
    say(f"{community.slug}: the founder claims the community")
    tokens = {people["founder"][0]: claim(community, people, missionctl, socket)}
    founder = tokens[people["founder"][0]]
    invitation = None
    if by_invitation:
        made = community.call("POST", "/api/v1/invitations", {
            "note": "First members", "uses": 20, "days": 14}, founder)
        invitation = made["link"].rsplit("/", 1)[1]
    say(f"{community.slug}: members join and confirm their addresses")
    for username, name in [people["admin"]] + people["members"]:
        tokens[username] = join(community, username, name, invitation)
    community.call("POST", "/api/v1/administrators", {
        "username": people["admin"][0],
        "scopes": ["members", "content", "settings"]}, founder)
    say(f"{community.slug}: offers and requests are posted")
    for author, kind, category, title, body, price, exchange, place in people["listings"]:
        listing = {"kind": kind, "category": category, "title": title,
                   "body": body, "place": place}
        if price is not None:
            listing["price"] = price
        if exchange is not None:
            listing["exchange"] = exchange
        community.call("POST", "/api/v1/listings", listing, tokens[author])


def main():
    port, mails, missionctl, socket = int(sys.argv[1]), *sys.argv[2:5]
    fill(Community(port, "toulouse", mails), TOULOUSE, missionctl, socket, False)
    fill(Community(port, "guild", mails), GUILD, missionctl, socket, True)


main()
