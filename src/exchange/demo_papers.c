// SPDX-License-Identifier: GPL-3.0-or-later
/* What came with the letters and mails of an exercise history: a few small files, the same ones again and again, so that a scan can be opened and a
 * store does not grow with them. Nobody wrote or signed them. */
#include "demo_inside.h"

#include <string.h>

#include "guichet/base/text.h"
#include "guichet/base/utf8.h"

enum { LINES_MAX = 8 };

static const char *const letters[PAPER_PHOTO][LINES_MAX] = {
	[PAPER_LETTER] = {"Madame, Monsieur,", "Je vous signale un problème dans ma rue, que j'ai décrit au dos",
		"de cette lettre avec un plan. Je vous remercie de me dire ce", "que vous comptez faire, et quand.",
		"Veuillez agréer mes salutations distinguées.", "(exercice : lettre sans auteur)"},
	[PAPER_CLAIM] = {"Madame, Monsieur le Président,", "J'ai appelé deux fois et personne ne m'a rappelé. Je vous prie",
		"de me répondre par écrit sur les suites données à ma demande.", "Veuillez agréer mes salutations.",
		"(exercice : lettre sans auteur)"},
	[PAPER_PETITION] = {"Pétition des riverains", "Nous, habitants de la rue, demandons que les travaux soient",
		"faits avant l'hiver. Suivent trente signatures.", "(exercice : aucune signature)"},
};

/* A dent in a road, seen from above. */
static const unsigned char photo[] = {
/* clang-format off */
	0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
	0x00, 0x00, 0x00, 0x18, 0x00, 0x00, 0x00, 0x10, 0x08, 0x03, 0x00, 0x00, 0x00, 0x3b, 0xfa, 0x4f,
	0xa7, 0x00, 0x00, 0x00, 0x09, 0x50, 0x4c, 0x54, 0x45, 0x28, 0x24, 0x22, 0x5c, 0x58, 0x54, 0x96,
	0x94, 0x92, 0x5a, 0xa6, 0x20, 0x25, 0x00, 0x00, 0x00, 0x29, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda,
	0x63, 0x60, 0xc2, 0x01, 0x18, 0xe8, 0x29, 0xc1, 0x08, 0x03, 0xa8, 0x12, 0x40, 0x01, 0x06, 0x08,
	0x80, 0x49, 0xc1, 0x25, 0x18, 0x18, 0xe0, 0x32, 0x94, 0x4a, 0xe0, 0xb0, 0x03, 0xa7, 0xab, 0x68,
	0x1a, 0x24, 0x00, 0xff, 0x0b, 0x02, 0x85, 0x1c, 0x6c, 0x4e, 0x74, 0x00, 0x00, 0x00, 0x00, 0x49,
	0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
	/* clang-format on */
};

/* A text of a PDF, in the code of its fonts, which begins as Unicode does. */
static void add_string(struct text *out, const char *s)
{
	text_addc(out, '(');
	for (size_t left = strlen(s), n; left; s += n, left -= n) {
		uint32_t c = '?';
		n = utf8_decode(s, left, &c);
		n = n ? n : 1;
		if (c == '(' || c == ')' || c == '\\')
			text_addf(out, "\\%c", (int)c);
		else if (c < 0x80)
			text_addc(out, (char)c);
		else
			text_addf(out, "\\%03o", (unsigned)(c & 0xff));
	}
	text_addc(out, ')');
}

/* One page of these lines (ISO 32000-1, 7.5). */
static void write_pdf(struct text *out, const char *const lines[LINES_MAX])
{
	struct text page = TEXT_INIT;
	size_t at[5];
	static const char *const objects[] = {"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F "
		 "<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/Encoding/WinAnsiEncoding>>>>>>>>")};
	text_add(&page, "BT /F 13 Tf 18 TL 72 720 Td");
	for (size_t i = 0; i < LINES_MAX && lines[i]; i++) {
		text_add(&page, "\n");
		add_string(&page, lines[i]);
		text_add(&page, " '");
	}
	text_add(&page, " ET");
	text_add(out, "%PDF-1.4\n");
	for (size_t i = 0; i < 3; i++) {
		at[i] = out->len;
		text_addf(out, "%zu 0 obj%s endobj\n", i + 1, objects[i]);
	}
	at[3] = out->len;
	text_addf(out, "4 0 obj<</Length %zu>>stream\n%s\nendstream endobj\n", page.len, text_str(&page));
	at[4] = out->len;
	text_add(out, "xref\n0 5\n0000000000 65535 f \n");
	for (size_t i = 0; i < 4; i++)
		text_addf(out, "%010zu 00000 n \n", at[i]);
	text_addf(out, "trailer<</Size 5/Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF\n", at[4]);
	text_done(&page);
}

enum guichet_rc paper_keep(struct demo *d, enum paper paper, struct guichet_err *err)
{
	struct kept_paper *kept = &d->papers[paper];
	struct text pdf = TEXT_INIT;
	if (*kept->sha256)
		return GUICHET_OK;
	if (paper != PAPER_PHOTO)
		write_pdf(&pdf, letters[paper]);
	kept->bytes = paper == PAPER_PHOTO ? (int64_t)sizeof photo : (int64_t)pdf.len;
	enum guichet_rc rc =
		store_put_blob(d->s, paper == PAPER_PHOTO ? (const void *)photo : text_str(&pdf), (size_t)kept->bytes, kept->sha256, err);
	text_done(&pdf);
	return rc;
}

void paper_attach(struct life *l, enum paper paper)
{
	struct kept_paper *kept = &l->d->papers[paper];
	struct text name = TEXT_INIT;
	const char *date = request_text(&l->r, FIELD_DOCUMENT_DATE);
	l->rc = paper_keep(l->d, paper, l->err);
	text_addf(&name, "%s%s%s", paper == PAPER_PHOTO ? "photo" : paper == PAPER_PETITION ? "petition" : "courrier", *date ? "-" : "", date);
	text_add(&name, paper == PAPER_PHOTO ? ".png" : ".pdf");
	struct step_args args = {.name = text_str(&name),
		.type = paper == PAPER_PHOTO ? "image/png" : "application/pdf",
		.sha256 = kept->sha256,
		.bytes = kept->bytes};
	life_go(l, STEP_ATTACH, l->k->agent, &args, l->at_ms + MINUTE_MS / 2);
	text_done(&name);
}
