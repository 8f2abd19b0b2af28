"""Fills the demo communities as people would: over HTTP, through the same
doors. The founder claims by the mailed link, members join and confirm their
addresses, an admin is appointed, offers and requests are posted.

Usage: fill.py PORT MAIL-FOLDER MISSIONCTL SOCKET
"""
import datetime
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

# What a change of the profile takes back unchanged.
PROFILE = ["name", "address_visibility"]

TOULOUSE = {
    "founder": ("camille", "Camille Roux"),
    "admin": ("louis", "Louis Bernard"),
    "members": [
        ("amina", "Amina Haddad"), ("theo", "Théo Lacroix"),
        ("ines", "Inès Fabre"), ("marc", "Marc Delmas"),
        ("zoe", "Zoé Garnier"),
    ],
    "tagline": "Un coup de main entre voisines et voisins, du Busca aux Minimes.",
    # Numbers that are kept free for stories.
    "phone": "+33 5 36 49 00 {}",
    "about": {
        "camille": "J’habite le Busca depuis vingt ans. J’ai fondé cette communauté avec les voisins de la rue.",
        "louis": "Mécanicien à la retraite, toujours un dérailleur sur l’établi.",
        "amina": "Je cuisine, je traduis, je connais tout le marché Cristal.",
        "zoe": "Photographe, deux chats, beaucoup de plantes.",
    },
    "listings": [
        ("camille", "offer", "lessons", "Conversation en occitan, le jeudi", "Une heure autour d’un café, place Saint-Sernin. Débutants bienvenus.\n\nOn commence par **parler**, la grammaire vient après.", None, "Un café", "Saint-Sernin"),
        ("louis", "offer", "repairs", "Réglage de vélo à domicile", "Freins, vitesses, chambre à air : j’apporte mes outils.\n\n- compter une heure\n- les pièces sont en plus", 1500, None, "Saint-Cyprien"),
        ("amina", "request", "transport", "Trajet vers Blagnac samedi matin", "Je cherche une place samedi vers 8 h, un petit bagage.", 500, None, "Compans-Caffarelli"),
        ("theo", "offer", "computing", "Installer Linux sur votre vieil ordinateur", "Je sauvegarde d’abord vos photos, puis j’installe et j’explique.", 3000, None, "Rangueil"),
        ("ines", "request", "lessons", "Aide en mathématiques, niveau seconde", "Deux heures par semaine jusqu’au bac blanc.", 2000, None, "Minimes"),
        ("marc", "offer", "home", "Tailler vos haies et rosiers", "Jardinier amateur, trente ans de rosiers.", None, "Quelques boutures", "Croix-Daurade"),
        ("zoe", "offer", "care", "Promener votre chien le soir", "Le long du canal, une demi-heure, tous les soirs de semaine.", 800, None, "Port Saint-Sauveur"),
        ("amina", "offer", "home", "Couscous pour dix personnes", "Je cuisine chez vous ou chez moi, avec les légumes du marché Cristal.", 9000, None, "Arnaud-Bernard"),
        ("louis", "request", "repairs", "Prêt d’une échelle de quatre mètres", "Pour un week-end, je viens la chercher.", None, "Un pot de miel", "Patte d’Oie"),
        ("theo", "request", "other", "Cherche partenaire d’échecs", "Niveau moyen, patience infinie.", None, "La revanche", "Capitole"),
        ("ines", "offer", "lessons", "Initiation à l’aquarelle", "Le matériel est fourni. Au Jardin des Plantes quand il fait beau.", 1200, None, "Jardin des Plantes"),
        ("marc", "request", "computing", "Sortir mes photos d’un vieux téléphone", "Il s’allume encore, l’écran un peu moins.", 2000, None, "Borderouge"),
        ("zoe", "request", "home", "Bocaux en verre avec couvercle", "Une cinquantaine, pour la confiture de figues.", None, "De la confiture", "Bonnefoy"),
        ("camille", "offer", "care", "Lecture à voix haute", "Pour une personne qui ne lit plus : une heure par semaine.", None, "Rien du tout", "Busca"),
        ("amina", "request", "repairs", "Poser trois étagères", "Murs en brique, j’ai les chevilles.", 2500, None, "Arnaud-Bernard"),
        ("theo", "offer", "transport", "Vélo-cargo pour un petit déménagement", "Jusqu’à quatre-vingts kilos, dans le centre.", 2000, None, "Carmes"),
        ("ines", "offer", "other", "Faire-part dessinés à la main", "Naissance, mariage, crémaillère.", 6000, None, "Minimes"),
        ("louis", "offer", "home", "Levain vivant", "Il s’appelle Marcel et il a six ans.", None, "Un pain", "Saint-Cyprien"),
        ("camille", "request", "home", "Un coup de main pour une haie de lauriers", "Trois mètres de haut, j’ai les cisailles et le café.", None, "Un repas à midi", "Busca"),
        ("louis", "offer", "lessons", "Apprendre à réparer son vélo", "Un samedi sur deux, par groupes de quatre.\n\n1. crevaisons\n2. freins\n3. vitesses", 1000, None, "Saint-Cyprien"),
        ("amina", "offer", "lessons", "Cours d’arabe pour grands débutants", "On lit, on chante, on rit. Une heure et demie le mercredi.", 1200, None, "Arnaud-Bernard"),
        ("theo", "offer", "computing", "Sauvegarder ses photos une bonne fois", "Disque, nuage ou les deux : on choisit ensemble.", 1500, None, "Rangueil"),
        ("ines", "request", "care", "Garder deux enfants le mardi soir", "De 18 h à 21 h, ils ont six et neuf ans.", 3000, None, "Minimes"),
        ("marc", "offer", "home", "Plants de tomates anciennes", "Cornue des Andes et noire de Crimée, en godets.", 200, None, "Croix-Daurade"),
        ("zoe", "offer", "other", "Photos de famille au bord du canal", "Une heure, vingt images retouchées.", 7000, None, "Port Saint-Sauveur"),
        ("camille", "offer", "home", "Confiture de violettes", "Quatre pots restent de la dernière fournée.", None, "Des pots vides", "Busca"),
        ("louis", "request", "computing", "Comprendre un tableur", "Pour le budget d’une petite association.", None, "Un réglage de vélo", "Saint-Cyprien"),
        ("amina", "request", "care", "Compagnie pour ma tante, le jeudi", "Elle aime les cartes et la radio.", 1000, None, "Arnaud-Bernard"),
        ("theo", "request", "transport", "Aller-retour à Carcassonne", "Un dimanche au choix, je partage l’essence.", 2000, None, "Gare Matabiau"),
        ("ines", "offer", "lessons", "Aide aux devoirs, primaire", "Le lundi et le jeudi après l’école.", 1500, None, "Minimes"),
        ("marc", "request", "home", "Terreau et feuilles mortes", "Je passe les prendre en brouette.", None, "Des plants au printemps", "Croix-Daurade"),
        ("zoe", "request", "lessons", "Premiers pas en couture", "Faire un ourlet sans pleurer.", 1500, None, "Bonnefoy"),
        ("camille", "offer", "transport", "Une place pour Albi le vendredi", "Départ à 17 h, retour le dimanche soir.", 400, None, "Palais de Justice"),
        ("louis", "offer", "repairs", "Affûtage de couteaux", "À la pierre, rendus le lendemain.", 500, None, "Saint-Cyprien"),
        ("theo", "offer", "repairs", "Réparer une lampe, un grille-pain", "On ouvre ensemble, on comprend, on referme.", None, "Ce que vous voulez", "Rangueil"),
        ("ines", "request", "other", "Cherche piano à faire chanter", "Une heure par semaine, je joue doucement.", None, "Des biscuits", "Minimes"),
        ("marc", "offer", "care", "Arroser vos plantes en août", "J’habite à côté et je parle aux ficus.", None, "La pareille en septembre", "Borderouge"),
        ("zoe", "offer", "care", "Garder votre chat le week-end", "Chez vous, deux passages par jour.", 1200, None, "Port Saint-Sauveur"),
    ],
}

GUILD = {
    "founder": ("alice", "Alice Turner"),
    "admin": ("rob", "Rob Fletcher"),
    "members": [
        ("priya", "Priya Shah"), ("tom", "Tom Okafor"),
        ("nell", "Nell Hughes"), ("david", "David Brand"),
    ],
    "tagline": "Carpenters, coders, bakers and bookbinders who lend each other a hand.",
    "phone": "+44 20 7946 00{}",
    "about": {
        "alice": "Joiner. I started the guild to stop borrowing clamps from strangers.",
        "rob": "Smith and sharpener at the market hall.",
        "nell": "I bind books and mend them.",
    },
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
        ("alice", "offer", "wood", "Planing and thicknessing by the hour", "Bring your boards; I set the blades.", 2500, None, "Unit 3, the Arches"),
        ("rob", "offer", "metal", "Brass hooks, cast to your drawing", "- up to a hand’s length\n- three weeks", 2200, None, "Market hall"),
        ("priya", "offer", "code", "Your first website, in an afternoon", "You write the words, we build it **together**.", 9000, None, "Remote"),
        ("tom", "offer", "kitchen", "Pizza oven for an evening", "Wood included. Sweep it after.", None, "A pizza", "North side"),
        ("nell", "request", "wood", "Two bookends in walnut", "Plain ones, heavy enough for atlases.", 5000, None, "Studio 12"),
        ("david", "offer", "wood", "Boxes for tools, made to measure", "Oak or ash, brass corners.", 6500, None, "South side"),
        ("rob", "request", "code", "Labels that print themselves", "From a spreadsheet, on a roll printer.", 6000, None, "Market hall"),
        ("priya", "request", "paper", "A guest book for a wedding", "A hundred pages, cloth cover.", 7500, None, "Remote"),
        ("tom", "request", "other", "A stall for the winter market", "Two Saturdays in December, shared is fine.", 4000, None, "North side"),
        ("nell", "offer", "paper", "Marbling for beginners", "Aprons provided. It does come off.", 3500, None, "Studio 12"),
        ("david", "request", "metal", "Hinges for a heavy lid", "Strap hinges, blackened.", 3000, None, "South side"),
        ("alice", "request", "kitchen", "Lunch for six, workshop days", "Something warm that waits.", 4800, None, "Unit 3, the Arches"),
        ("priya", "offer", "other", "Half of a desk by the window", "Quiet, with a kettle.", 15000, None, "Remote"),
        ("tom", "offer", "kitchen", "Rye bread, every Friday", "Order by Wednesday.", 650, None, "North side"),
        ("nell", "offer", "paper", "Envelopes folded from old maps", "Ten for the price of a coffee.", 400, None, "Studio 12"),
        ("rob", "offer", "other", "Loan of a small forge", "With me beside it, the first time.", None, "An evening’s help", "Market hall"),
        ("david", "offer", "wood", "Chairs reglued", "Four in a week, if they are honest chairs.", 2000, None, "South side"),
        ("alice", "offer", "wood", "Beeswax polish", "Made on Mondays.", 700, None, "Unit 3, the Arches"),
    ],
}


class Community:
    def __init__(self, port, slug, mails):
        self.port, self.slug, self.mails = port, slug, mails
        self.host = f"{slug}.localhost:{port}"
        self.tokens = []

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
        self.tokens.append((answer["id"], answer["token"]))
        return answer["token"]

    def log_out(self):
        """Nothing of ours stays on the members' pages of access tokens."""
        for token_id, token in self.tokens:
            self.call("DELETE", f"/api/v1/account/tokens/{token_id}", token=token)


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
    community.call("PATCH", "/api/v1/community", {"tagline": people["tagline"]}, founder)
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
    for number, (username, token) in enumerate(tokens.items(), 10):
        profile = community.call("GET", "/api/v1/account", token=token)
        community.call("PUT", "/api/v1/account", {
            **{name: profile[name] for name in PROFILE},
            "description": people["about"].get(username), "description_visibility": "public",
            "phone": people["phone"].format(number), "phone_visibility": "members"}, token)
    say(f"{community.slug}: offers and requests are posted")
    for number, (author, kind, category, title, body, price, exchange,
                 place) in enumerate(people["listings"]):
        listing = {"kind": kind, "category": category, "title": title,
                   "body": body, "place": place}
        if price is not None:
            listing["price"] = price
        if exchange is not None:
            listing["exchange"] = exchange
        if number % 8 == 1:
            listing["until"] = str(
                datetime.date.today() + datetime.timedelta(20 + number))
        community.call("POST", "/api/v1/listings", listing, tokens[author])
    community.log_out()


def main():
    port, mails, missionctl, socket = int(sys.argv[1]), *sys.argv[2:5]
    fill(Community(port, "toulouse", mails), TOULOUSE, missionctl, socket, False)
    fill(Community(port, "guild", mails), GUILD, missionctl, socket, True)


try:
    main()
except KeyboardInterrupt:
    sys.exit(130)
