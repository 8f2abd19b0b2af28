#include "tenants/default_texts.h"

static const struct tenant_category categories[] = {
	{"home", "Home and garden", "Maison et jardin"},
	{"repairs", "Repairs and building", "Réparations et travaux"},
	{"computing", "Computing", "Informatique"},
	{"lessons", "Lessons and languages", "Cours et langues"},
	{"care", "Care and company", "Aide et compagnie"},
	{"transport", "Transport and errands", "Transport et courses"},
	{"other", "Everything else", "Tout le reste"},
};

static const struct tenant_text terms[] = {
	{"en", "Terms of use",
		"## Your content\n\n"
		"You are responsible for what you publish and send here. Do "
		"not publish anything that is against the law, insulting, "
		"discriminating, threatening, pornographic, false or that "
		"violates the privacy or the rights of others.\n\n"
		"The host stores content and does not monitor it beforehand. "
		"It acts when it is notified.\n\n"
		"## Missions\n\n"
		"A mission is a contract between the customer and the "
		"provider alone. Providers keep confidential what they learn "
		"in a mission.\n\n"
		"## Availability\n\n"
		"The service may be interrupted for maintenance, which is "
		"announced by e-mail as far as possible. Save your own "
		"content on a durable medium: copy what you post, or ask "
		"the controller for a copy.\n\n"
		"## Your data\n\n"
		"How your personal data are handled stands in the privacy "
		"policy.\n"},
	{"fr", "Conditions d’utilisation",
		"## Vos contenus\n\n"
		"Vous êtes responsable de ce que vous publiez et envoyez ici. "
		"Ne publiez rien de contraire à la loi, d’injurieux, de "
		"discriminatoire, de menaçant, de pornographique, de faux, ni "
		"rien qui porte atteinte à la vie privée ou aux droits "
		"d’autrui.\n\n"
		"L’hébergeur stocke les contenus et ne les surveille pas a "
		"priori. Il agit lorsqu’ils lui sont signalés.\n\n"
		"## Missions\n\n"
		"Une mission est un contrat entre le client et le "
		"prestataire seuls. Les prestataires gardent confidentiel ce "
		"qu’ils apprennent dans une mission.\n\n"
		"## Disponibilité\n\n"
		"Le service peut être interrompu pour maintenance, annoncée "
		"par courriel autant que possible. Enregistrez vos contenus "
		"sur un support durable : copiez ce que vous publiez, ou "
		"demandez-en une copie au responsable du traitement.\n\n"
		"## Vos données\n\n"
		"Le traitement de vos données personnelles est décrit dans la "
		"politique de confidentialité.\n"},
};

static const struct tenant_text privacy[] = {
	{"en", "Privacy policy",
		"## What is stored\n\n"
		"- Your name, e-mail address, user name and password (as a "
		"hash).\n"
		"- What you choose to add to your profile. Only the name is "
		"required: you decide who sees the rest.\n"
		"- Your offers and requests, and what you write when you "
		"apply to join.\n"
		"- When you last logged in and how often; for each device "
		"that is logged in, its browser and network address. You see "
		"these in your account.\n"
		"- Which terms you accepted, when, and from which network "
		"address.\n"
		"- What administrators do, on whom, when and from which "
		"network address, in a list that the founder and the "
		"administrators read.\n"
		"- When you post, change or withdraw an offer or request: "
		"that you did, when, its title and your network address. The "
		"founder and the administrators in charge of content read "
		"that, and the host may have to show it to the authorities.\n"
		"- The mails that this community sends you, until they are "
		"delivered; for thirty days, that they were.\n\n"
		"## What for\n\n"
		"So that members can find and reach each other and use the "
		"service.\n\n"
		"## Who receives it\n\n"
		"Nobody outside this community, except where the law demands "
		"it. Information on this community may be handed over to the "
		"client who founded it or to the administrators whom that "
		"client appointed; the controller tells you on request "
		"whether it happened.\n\n"
		"## How long\n\n"
		"While you are a member. The controller erases your data on "
		"your request, and at the latest three years after your last "
		"activity; longer only where the law demands it.\n\n"
		"Title and network address of what you posted, changed or "
		"withdrew are kept for one year after you did. That somebody "
		"did something at that time stays; it names you only while "
		"you are a member.\n\n"
		"## Your rights\n\n"
		"Access, rectification, erasure, restriction, objection, "
		"portability, withdrawal of consent, directives on your data "
		"after your death, and a complaint to the supervisory "
		"authority, free of charge. Write to the controller, named "
		"below: an answer comes within a month.\n"},
	{"fr", "Politique de confidentialité",
		"## Ce qui est conservé\n\n"
		"- Vos nom, adresse électronique, nom d’utilisateur et mot "
		"de passe (haché).\n"
		"- Ce que vous choisissez d’ajouter à votre profil. Seul le "
		"nom est obligatoire : vous décidez qui voit le reste.\n"
		"- Vos offres et demandes, et ce que vous écrivez en "
		"demandant à rejoindre la communauté.\n"
		"- La date de votre dernière connexion et leur nombre ; pour "
		"chaque appareil connecté, son navigateur et son adresse "
		"réseau. Vous les voyez dans votre compte.\n"
		"- Les conditions que vous avez acceptées, quand, et depuis "
		"quelle adresse réseau.\n"
		"- Ce que font les administrateurs, à l’égard de qui, quand "
		"et depuis quelle adresse réseau, dans une liste que lisent "
		"le fondateur ou la fondatrice et les administrateurs.\n"
		"- Lorsque vous publiez, modifiez ou retirez une offre ou une "
		"demande : ce fait, la date, son titre et votre adresse "
		"réseau. Le fondateur ou la fondatrice et les administrateurs "
		"chargés des contenus les lisent, et l’hébergeur peut devoir "
		"les montrer aux autorités.\n"
		"- Les courriels que cette communauté vous envoie, jusqu’à "
		"leur remise ; pendant trente jours, le fait qu’ils l’ont "
		"été.\n\n"
		"## Pourquoi\n\n"
		"Pour que les membres puissent se trouver, se joindre et "
		"utiliser le service.\n\n"
		"## Qui les reçoit\n\n"
		"Personne en dehors de cette communauté, sauf obligation "
		"légale. Les informations de cette communauté peuvent être "
		"remises au client qui l’a fondée ou aux administrateurs "
		"qu’il a nommés ; le responsable du traitement vous dit, "
		"sur demande, si cela a eu lieu.\n\n"
		"## Combien de temps\n\n"
		"Tant que vous êtes membre. Le responsable du traitement "
		"efface vos données à votre demande, et au plus tard trois "
		"ans après votre dernière activité ; davantage seulement si "
		"la loi l’exige.\n\n"
		"Le titre et l’adresse réseau de ce que vous avez publié, "
		"modifié ou retiré sont conservés un an après cet acte. Que "
		"quelqu’un a agi à ce moment reste ; cela ne vous nomme que "
		"tant que vous êtes membre.\n\n"
		"## Vos droits\n\n"
		"Accès, rectification, effacement, limitation, opposition, "
		"portabilité, retrait du consentement, directives sur le "
		"sort de vos données après votre décès et réclamation auprès "
		"de l’autorité de contrôle, gratuitement. Écrivez au "
		"responsable du traitement, nommé ci-dessous : la réponse "
		"vient dans le mois.\n"},
};

struct record_list
default_categories(void)
{
	return (struct record_list){categories, COUNT_OF(categories)};
}

struct tenant_terms
default_terms(void)
{
	return (struct tenant_terms){"default-2", {terms, COUNT_OF(terms)}};
}

struct tenant_terms
default_privacy(void)
{
	return (struct tenant_terms){"default-2", {privacy, COUNT_OF(privacy)}};
}
