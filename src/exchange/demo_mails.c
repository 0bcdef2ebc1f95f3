// SPDX-License-Identifier: GPL-3.0-or-later
/* What came by mail in an exercise, as a mailbox would have brought it: new requests that nobody has sorted, more
 * about one that is there, an answer that came back, what waits in the quarantine, a machine's. All of it
 * invented, every address in .example; nothing is ever sent. */
#include "demo_inside.h"

#include <stdio.h>
#include <string.h>

#include "guichet/store/correspondence.h"
#include "guichet/store/desk.h"

static const struct actor mailroom = {"messagerie", "Messagerie", ROLE_AGENT, NULL};
static const char relay[] = "mailer-daemon@relais.example";

struct letter {
	const char *from, *name, *subject, *text, *folded;
	enum mail_sort sort;
	const char *why;
	int64_t at_ms;
	struct op_id request;
};

static void write_mail(struct demo *d, const struct letter *m, struct op *out)
{
	char message[33], id[OP_ID_TEXT];
	snprintf(message, sizeof message, "%032x", ++d->mails);
	op_init(out, OP_MAIL, (struct op_id){0, 0}, mailroom.login, d->now_ms);
	op_fact_text(out, "channel", channel_code(CHANNEL_EMAIL));
	op_fact_text(out, "outcome",
		outcome_code(m->sort == MAIL_CREATED ? OUTCOME_CREATED
				: m->sort == MAIL_THREADED   ? OUTCOME_ADDED
											 : OUTCOME_INFORMED));
	op_fact_int(out, "start_ms", m->at_ms);
	op_fact_text(out, "message", message);
	op_fact_text(out, "sort", mail_sort_code(m->sort));
	op_fact_if(out, "why", m->why);
	op_fact_int(out, "bytes", (int64_t)(strlen(m->text) + strlen(m->subject)));
	if (!op_id_is_none(m->request)) {
		op_id_format(m->request, id);
		op_fact_text(out, "request", id);
	}
	op_personal_text(out, "from", m->from);
	op_personal_if(out, "from_name", m->name);
	op_personal_text(out, "to", "accueil@metropole.example");
	op_personal_text(out, "subject", m->subject);
	op_personal_text(out, "text", m->text);
	op_personal_if(out, "folded", m->folded);
}

static enum guichet_rc keep_mail(struct demo *d, const struct letter *m, struct op_id *id, struct guichet_err *err)
{
	struct op op;
	write_mail(d, m, &op);
	enum guichet_rc rc = store_append(d->s, &op, err);
	*id = op.id;
	op_done(&op);
	return rc;
}

/* --- in the life of a request --- */

/* Who asked, by name and address; false: nobody who writes. */
static bool writer_of(const struct life *l, struct requester *out)
{
	if (op_id_is_none(l->k->who.id) || store_requester_of_op(l->d->s, l->k->who.id, out, NULL))
		return false;
	if (*requester_get(out, "email"))
		return true;
	requester_done(out);
	return false;
}

static bool is_taken(struct life *l)
{
	return (life_worker(l)->roles & ROLE_SERVICE) &&
		life_go(l, STEP_TAKE, life_worker(l), NULL, l->at_ms + 3 * HOUR_MS);
}

void mail_wrote_back(struct life *l)
{
	struct requester who;
	struct op_id mail;
	char contact[OP_ID_TEXT];
	struct letter m = {.subject = "Re: votre demande",
		.text =
			"Bonjour,\nle problème s'est aggravé depuis hier, on ne passe plus avec une poussette.\nQuand venez-vous ?",
		.folded = "> Nous avons bien reçu votre demande et l'avons transmise au service compétent.",
		.sort = MAIL_THREADED,
		.request = l->r.id,
		.at_ms = l->d->now_ms - 2 * (int64_t)HOUR_MS};
	if (!is_taken(l) || !writer_of(l, &who))
		return;
	m.from = requester_get(&who, "email");
	m.name = requester_get(&who, "name");
	l->rc = keep_mail(l->d, &m, &mail, l->err);
	requester_done(&who);
	op_id_format(mail, contact);
	struct step_args args = {.contact = contact,
		.outcome = outcome_code(OUTCOME_ADDED),
		.channel = channel_code(CHANNEL_EMAIL),
		.text = m.text,
		.at_ms = m.at_ms,
		.unread = true};
	if (life_go(l, STEP_TOUCH, &mailroom, &args, m.at_ms))
		l->d->quoted = l->r.id;
}

void mail_not_delivered(struct life *l)
{
	struct requester who;
	struct op_id mail;
	struct letter m = {.from = relay,
		.subject = "Undelivered Mail Returned to Sender",
		.text = "550 5.1.1 : boîte inconnue",
		.sort = MAIL_BOUNCE,
		.request = l->r.id,
		.at_ms = l->d->now_ms - 3 * (int64_t)HOUR_MS};
	struct step_args answer = {
		.text = "L'équipe est passée, le problème est réglé.", .channel = channel_code(CHANNEL_EMAIL)};
	if (!is_taken(l) || !writer_of(l, &who))
		return;
	if (life_go(l, STEP_DONE, life_worker(l), NULL, l->at_ms + 20 * HOUR_MS) &&
		life_go(l, STEP_ANSWER, life_worker(l), &answer, l->d->now_ms - 4 * (int64_t)HOUR_MS)) {
		struct delivery_args back = {.target = l->ops[l->count - 1].id,
			.purpose = PURPOSE_ANSWER,
			.state = DELIVERY_BOUNCED,
			.channel = CHANNEL_EMAIL,
			.to = requester_get(&who, "email"),
			.text = m.text};
		struct step_args args = {.delivery = &back};
		l->rc = keep_mail(l->d, &m, &mail, l->err);
		life_go(l, STEP_DELIVERY, &mailroom, &args, m.at_ms);
	}
	requester_done(&who);
}

/* --- these hours --- */

/* A request as the mailbox makes it; with a photo when there is one to show. */
static enum guichet_rc log_mail(struct demo *d, const struct letter *m, bool photo, struct guichet_err *err)
{
	const char *who[][2] = {{"email", m->from}, {"name", m->name}, {NULL, NULL}};
	const struct kept_paper *picture = &d->papers[PAPER_PHOTO];
	struct logged logged;
	struct op op;
	enum guichet_rc rc = photo ? paper_keep(d, PAPER_PHOTO, err) : GUICHET_OK;
	if (rc)
		return rc;
	write_mail(d, m, &op);
	if (photo) {
		json_object_set_new(op.facts, "parts",
			json_pack("[{s:s, s:s, s:I, s:b}]", "sha256", picture->sha256, "type", "image/png", "bytes",
				(json_int_t)picture->bytes, "inline", 0));
		json_object_set_new(op.personal, "names", json_pack("[s]", "photo.png"));
	}
	struct call call = {.channel = channel_code(CHANNEL_EMAIL),
		.subject = m->subject,
		.description = m->text,
		.requester = who,
		.received_ms = m->at_ms,
		.mail = &op};
	rc = desk_log(d->s, &mailroom, &call, NULL, &logged, err);
	if (rc == GUICHET_OK && photo) {
		struct step_args args = {
			.name = "photo.png", .type = "image/png", .sha256 = picture->sha256, .bytes = picture->bytes};
		rc = desk_step(d->s, &mailroom, logged.reference, STEP_ATTACH, &args, NULL, err);
	}
	if (rc == GUICHET_OK)
		logged_done(&logged);
	op_done(&op);
	return rc;
}

static enum guichet_rc make_requests(struct demo *d, struct guichet_err *err)
{
	struct text lamp = TEXT_INIT;
	const struct commune *commune = rates_commune(d->rates, &d->chance);
	text_addf(&lamp,
		"Bonjour,\nle lampadaire devant le 12 %s%s%s est éteint depuis lundi, la rue est noire le soir. Photo jointe.\nMerci d'avance.",
		street_pick(&d->chance), commune ? " à " : "", commune ? commune->name : "");
	const struct letter letters[MAILS_REQUESTS] = {
		{.from = "odette.lefevre7@courriel.example",
			.name = "Odette Lefèvre",
			.subject = "Lampadaire éteint",
			.text = text_str(&lamp),
			.sort = MAIL_CREATED,
			.at_ms = d->now_ms - 35 * MINUTE_MS,
			.folded = "-- \nOdette Lefèvre"},
		{.from = "t.marchand@boite.example",
			.name = "Théo Marchand",
			.subject = "Question",
			.sort = MAIL_CREATED,
			.at_ms = d->now_ms - 95 * MINUTE_MS,
			.text = "Bonjour, quel jour passe la collecte des déchets verts, et faut-il rentrer le bac ?"},
		{.from = "bonjour@courriel.example",
			.name = NULL,
			.subject = "(sans objet)",
			.sort = MAIL_CREATED,
			.at_ms = d->now_ms - 3 * (int64_t)HOUR_MS,
			.text = "comme vu ensemble, merci"},
	};
	enum guichet_rc rc = GUICHET_OK;
	for (size_t i = 0; i < MAILS_REQUESTS && rc == GUICHET_OK; i++)
		rc = log_mail(d, &letters[i], i == 0, err);
	text_done(&lamp);
	return rc;
}

enum guichet_rc mails_make(struct demo *d, struct guichet_err *err)
{
	const struct letter others[] = {
		{.from = "voisin@boite.example",
			.name = "Luc Perrin",
			.subject = "Re: votre demande",
			.sort = MAIL_QUARANTINED,
			.why = "sender",
			.request = d->quoted,
			.at_ms = d->now_ms - 50 * MINUTE_MS,
			.text = "Ma voisine m'a transmis votre message : c'est pareil devant chez moi."},
		{.from = "promo@annonces.example",
			.name = "Grandes promotions",
			.subject = "Dernier jour !!!",
			.sort = MAIL_QUARANTINED,
			.why = "rate",
			.at_ms = d->now_ms - 80 * MINUTE_MS,
			.text = "Tout à moitié prix, aujourd'hui seulement."},
		{.from = "i.nguyen@syndic.example",
			.name = "Inès Nguyễn",
			.subject = "Absence du bureau",
			.sort = MAIL_MACHINE,
			.why = "auto-reply",
			.at_ms = d->now_ms - 4 * (int64_t)HOUR_MS,
			.text = "Je suis absente et reviens lundi."},
	};
	struct op_id id;
	enum guichet_rc rc = make_requests(d, err);
	for (size_t i = 0; i < sizeof others / sizeof *others && rc == GUICHET_OK; i++)
		rc = keep_mail(d, &others[i], &id, err);
	return rc;
}
