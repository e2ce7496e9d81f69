#include "core/schema/item_words.h"

#include <stdlib.h>
#include <time.h>

#include "core/record_type.h"
#include "tests/support/harness.h"

/* Tuesday 3 November 2026, 13:10 UTC: 14:10 in Utrecht. */
#define TUESDAY_MS INT64_C(1793711400000)
#define DAY_MS INT64_C(86400000)

static const uint8_t row_id = 0x2a;

struct scene {
	struct bsync_value key;
	struct bsync_value shown;
	struct bsync_variant variants[2];
	const char *names[2];
	struct bsync_inbox_cell cell;
	struct bsync_inbox_item item;
	const struct bsync_worker_id *me;
};

static struct bsync_value text(const char *string)
{
	return bsync_value_text(bsync_bytes_of_string(string));
}

static void scene_make(struct scene *scene, const char *kind)
{
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	memset(scene, 0, sizeof *scene);
	scene->key = bsync_value_blob((struct bsync_bytes){&row_id, 1});
	for (int i = 0; i < 2; i++) {
		memset(scene->variants[i].author.bytes, 0x11 * (i + 1), BSYNC_ID_SIZE);
		scene->variants[i].stamp_ms = scene->variants[i].device_ms = TUESDAY_MS + i * DAY_MS;
	}
	scene->variants[0].value = scene->shown = text("Mila slaapt in haar eigen bed");
	scene->variants[1].value = text("Een vast avondritueel");
	scene->names[0] = "Samira Oulad";
	scene->names[1] = "Joost Terpstra";
	scene->cell = (struct bsync_inbox_cell){
		.column = "tekst", .variant_count = 2, .variants = scene->variants, .author_names = scene->names};
	scene->item = (struct bsync_inbox_item){.kind = kind,
						.table = "doel",
						.reason = "access to this had ended",
						.key_count = 1,
						.key = &scene->key,
						.is_row_here = true,
						.shown = &scene->shown,
						.author = scene->variants[1].author,
						.author_name = "Joost Terpstra",
						.device_ms = scene->variants[1].device_ms,
						.stamp_ms = scene->variants[1].stamp_ms,
						.cell_count = 1,
						.cells = &scene->cell,
						.concern = {.is_everybody = true}};
	memset(scene->item.id, 0xab, BSYNC_ID_SIZE);
}

static const char *said(const struct scene *scene, enum bsync_language language)
{
	const struct bsync_item_reader reader = {.program = "buurtsync", .me = scene->me, .language = language};
	static char copy[4000];
	struct bsync_buffer out;
	bsync_buffer_init(&out, sizeof copy - 1);
	if (bsync_item_words_all(&scene->item, &reader, &out) != BSYNC_OK)
		return "failed";
	memcpy(copy, out.data, out.size);
	copy[out.size] = '\0';
	bsync_buffer_clear(&out);
	return copy;
}

static const char *line(const struct scene *scene, enum bsync_language language)
{
	const struct bsync_item_reader reader = {.program = "buurtsync", .me = scene->me, .language = language};
	static char copy[4000];
	struct bsync_buffer out;
	bsync_buffer_init(&out, sizeof copy - 1);
	if (bsync_item_words_line(&scene->item, &reader, &out) != BSYNC_OK)
		return "failed";
	memcpy(copy, out.data, out.size);
	copy[out.size] = '\0';
	bsync_buffer_clear(&out);
	return copy;
}

#define ID "abababababababababababababababab"

TEST(work_that_a_signer_had_not_seen_is_said_to_be_in_the_new_version)
{
	struct scene scene;
	scene_make(&scene, "late");
	scene.item.table = "ondersteuningsplan";
	scene.item.reason = "signed without having seen this";
	scene.item.cell_count = 0;
	CHECK_STR(
		said(&scene, BSYNC_DUTCH),
		"Nagekomen: ondersteuningsplan 2a\n\n"
		"Joost Terpstra veranderde iets op woensdag 4 november 2026 om 14:10. Wie tekende, had dat nog niet "
		"gezien. Wat getekend is, blijft zoals het is. De verandering staat in deze nieuwe versie. Er is niets "
		"kwijt.\n\n"
		"Kies met:\n"
		"  Gezien, sluit dit: buurtsync inbox resolve " ID " --take none\n");
	CHECK_STR(line(&scene, BSYNC_DUTCH), ID "  Nagekomen: ondersteuningsplan 2a: Joost Terpstra; er is getekend "
						"zonder dat dit gezien was\n");
	CHECK(strstr(said(&scene, BSYNC_ENGLISH), "Whoever signed had not seen that yet.") != NULL);
}

TEST(a_row_whose_place_was_deleted_says_so)
{
	struct scene scene;
	scene_make(&scene, "deleted");
	scene.item.table = "afspraak";
	scene.item.reason = "the row that this one names was deleted meanwhile";
	scene.item.cell_count = 0;
	CHECK_STR(
		said(&scene, BSYNC_DUTCH),
		"Hoort bij iets dat weg is: afspraak 2a\n\n"
		"Joost Terpstra verwijderde waar deze rij bij hoort op woensdag 4 november 2026 om 14:10, zonder van "
		"deze rij te weten. De rij staat er nog; er is niets kwijt. Geef haar een andere plek, zet terug waar "
		"zij bij hoorde, of verwijder haar ook.\n\n"
		"Kies met:\n"
		"  Gezien, sluit dit: buurtsync inbox resolve " ID " --take none\n");
	CHECK(strstr(said(&scene, BSYNC_ENGLISH), "deleted what this row belongs to") != NULL);
	CHECK_STR(line(&scene, BSYNC_ENGLISH), ID "  Belongs to what is gone: afspraak 2a: Joost Terpstra\n");
}

TEST(rows_that_clash_are_named_with_what_they_have_in_common)
{
	static const uint8_t second = 0x2b;
	const struct bsync_value other = bsync_value_blob((struct bsync_bytes){&second, 1});
	struct scene scene;
	scene_make(&scene, "duplicate");
	const struct bsync_inbox_row rows[2] = {{&scene.key}, {&other}};
	scene.item.table = "dossier";
	scene.item.author = (struct bsync_worker_id){{0}};
	scene.item.author_name = "";
	scene.item.row_count = 2;
	scene.item.rows = rows;
	scene.cell.column = "roepnaam";
	scene.cell.variant_count = 1;
	scene.cell.author_names = NULL;
	scene.variants[0].value = text("Lindeboom");
	CHECK_STR(
		said(&scene, BSYNC_DUTCH),
		"Dubbel: dossier 2a, kolom roepnaam\n\n"
		"Deze 2 rijen hebben hetzelfde: roepnaam 'Lindeboom'.\n\n"
		"  dossier 2a\n"
		"  dossier 2b\n\n"
		"Alle blijven staan; er is niets kwijt. Kijk of zij over hetzelfde gaan. Verander of verwijder dan een "
		"van de rijen: dit bericht gaat daarna vanzelf weg.\n");
	CHECK_STR(line(&scene, BSYNC_DUTCH), ID "  Dubbel: dossier 2a, kolom roepnaam: roepnaam 'Lindeboom'\n");
	CHECK_STR(line(&scene, BSYNC_ENGLISH), ID "  Double: dossier 2a, column roepnaam: roepnaam 'Lindeboom'\n");
	CHECK(strstr(said(&scene, BSYNC_ENGLISH), "These 2 rows have the same: roepnaam 'Lindeboom'.") != NULL);
}

TEST(a_conflict_says_who_wrote_what_on_which_day_and_what_one_can_do)
{
	struct scene scene;
	scene_make(&scene, "conflict");
	scene.me = &scene.variants[1].author;
	CHECK_STR(said(&scene, BSYNC_DUTCH),
		  "Keuze nodig: doel 2a, kolom tekst\n\n"
		  "Samira Oulad en jij (Joost Terpstra) veranderden dit zonder van elkaar te weten. Er is niets kwijt: "
		  "kies wat er moet staan.\n\n"
		  "  1. Samira Oulad schreef op dinsdag 3 november 2026 om 14:10: 'Mila slaapt in haar eigen bed'\n"
		  "  2. Jij (Joost Terpstra) schreef op woensdag 4 november 2026 om 14:10: 'Een vast avondritueel'\n\n"
		  "Op het scherm staat nu: 'Mila slaapt in haar eigen bed'\n\n"
		  "Kies met:\n"
		  "  Versie 1: buurtsync inbox resolve " ID " --take 1\n"
		  "  Versie 2: buurtsync inbox resolve " ID " --take 2\n"
		  "  Schrijf iets anders: buurtsync inbox resolve " ID " --value '…'\n");
	CHECK_STR(line(&scene, BSYNC_ENGLISH), ID "  A choice is needed: doel 2a, column tekst: Samira Oulad and "
						  "you (Joost Terpstra)\n");
}

TEST(whom_it_concerns_is_said_where_that_is_not_everybody)
{
	struct bsync_worker_id people[6] = {{{0}}};
	const char *names[6] = {"Samira Oulad", "Joost Terpstra", "Mo Lahbabi", "Femke", "Lotte", NULL};
	struct scene scene;
	for (size_t i = 0; i < 6; i++)
		memset(people[i].bytes, 0x11 * (int)(i + 1), BSYNC_ID_SIZE);
	scene_make(&scene, "conflict");
	scene.item.concern = (struct bsync_concern){.people = {.count = 2, .list = people}, .names = names};
	scene.me = &scene.variants[1].author;
	CHECK(strstr(said(&scene, BSYNC_DUTCH), "Keuze nodig: doel 2a, kolom tekst\n"
						"Betreft: Samira Oulad, jij (Joost Terpstra)\n\nSamira") != NULL);
	CHECK(strstr(line(&scene, BSYNC_ENGLISH), "; concerns: Samira Oulad, you (Joost Terpstra)\n") != NULL);
	scene.item.concern.people.count = 6;
	CHECK(strstr(line(&scene, BSYNC_DUTCH),
		     "; betreft: Samira Oulad, jij (Joost Terpstra), Mo Lahbabi en 3 anderen\n") != NULL);
	scene.item.concern.people.count = 0;
	CHECK(strstr(line(&scene, BSYNC_DUTCH), "; betreft: collega's elders\n") != NULL);
	CHECK(strstr(said(&scene, BSYNC_ENGLISH), "\nConcerns: colleagues elsewhere\n\n") != NULL);
	scene.me = NULL;
	CHECK(strstr(line(&scene, BSYNC_DUTCH), "; betreft: de beheerder\n") != NULL);
	CHECK(strstr(said(&scene, BSYNC_ENGLISH), "\nConcerns: the operator\n\n") != NULL);
}

TEST(the_same_conflict_in_english_with_what_stood_before)
{
	struct scene scene;
	scene_make(&scene, "conflict");
	scene.cell.has_base = true;
	scene.cell.rule = "keep";
	const char *all = said(&scene, BSYNC_ENGLISH);
	CHECK(strstr(all, "Samira Oulad and Joost Terpstra changed this without knowing of each other.") != NULL);
	CHECK(strstr(all, "  1. Samira Oulad wrote on Tuesday 3 November 2026 at 14:10: 'Mila") != NULL);
	CHECK(strstr(all, "Before that it was: (empty)\n") != NULL);
	CHECK(strstr(all, "The rule of this column: what differs stands side by side until somebody chooses.\n") !=
	      NULL);
}

TEST(a_clock_that_was_off_is_told_with_both_times)
{
	struct scene scene;
	scene_make(&scene, "conflict");
	scene.variants[0].device_ms = TUESDAY_MS + 366 * DAY_MS;
	scene.variants[1].device_ms = scene.variants[1].stamp_ms - BSYNC_ITEM_CLOCK_OFF_MS;
	const char *all = said(&scene, BSYNC_DUTCH);
	CHECK(strstr(all, "eigen bed'\n     De klok van het apparaat stond verkeerd: ongeveer 366 dagen voor. Op het "
			  "apparaat was het donderdag 4 november 2027 om 14:10.") != NULL);
	/* A little is no news. */
	CHECK(strstr(all, "avondritueel'\n\nOp het scherm") != NULL);
	scene.variants[1].device_ms = scene.variants[1].stamp_ms - 30 * 60000;
	CHECK(strstr(said(&scene, BSYNC_ENGLISH), "The clock of the device was wrong: about 30 minutes slow.") != NULL);
}

TEST(late_work_says_why_and_shows_what_stands_beside_what_came)
{
	struct scene scene;
	scene_make(&scene, "late");
	const char *all = said(&scene, BSYNC_DUTCH);
	CHECK_STR(all, "Nagekomen: doel 2a, kolom tekst\n\n"
		       "Joost Terpstra schreef dit op woensdag 4 november 2026 om 14:10. Het kwam te laat binnen om "
		       "vanzelf over te nemen: de toegang hiertoe was gestopt. Er is niets kwijt.\n\n"
		       "tekst:\n"
		       "  1. Op het scherm staat nu: 'Mila slaapt in haar eigen bed' (Samira Oulad, dinsdag 3 november "
		       "2026 om 14:10)\n"
		       "  2. Ingeleverd: 'Een vast avondritueel'\n\n"
		       "Kies met:\n"
		       "  Laat staan wat er staat: buurtsync inbox resolve " ID " --take none\n"
		       "  Neem over wat is ingeleverd: buurtsync inbox resolve " ID " --take 2\n"
		       "  Schrijf iets anders: buurtsync inbox resolve " ID " --value '…'\n");
}

TEST(work_on_a_row_that_is_not_there_has_one_version)
{
	struct scene scene;
	scene_make(&scene, "late");
	scene.item.is_row_here = false;
	scene.cell.variants = &scene.variants[1];
	scene.cell.author_names = &scene.names[1];
	scene.cell.variant_count = 1;
	const char *all = said(&scene, BSYNC_ENGLISH);
	CHECK(strstr(all, "tekst:\n  1. Handed in: 'Een vast avondritueel'\n") != NULL);
	CHECK(strstr(all, "Do not take it: buurtsync inbox resolve " ID " --take none\n") != NULL);
	CHECK(strstr(all, "Take what was handed in: buurtsync inbox resolve " ID " --take 1\n") != NULL);
}

TEST(every_rule_is_said_in_both_languages)
{
	static const char *const rules[] = {
#define X(name, word) word,
		BSYNC_RULE_LIST(X)
#undef X
	};
	struct scene scene;
	scene_make(&scene, "refused");
	CHECK(strstr(said(&scene, BSYNC_DUTCH), "regel van deze kolom") == NULL);
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		scene.cell.rule = rules[i];
		CHECK(strstr(said(&scene, BSYNC_DUTCH), "\n  De regel van deze kolom: ") != NULL);
		CHECK(strstr(said(&scene, BSYNC_ENGLISH), "\n  The rule of this column: ") != NULL);
	}
	scene.cell.rule = "order";
	CHECK(strstr(said(&scene, BSYNC_DUTCH),
		     "  De regel van deze kolom: alleen vaste woorden, en het gaat niet terug.\n") != NULL);
	scene.cell.rule = "key";
	CHECK(strstr(said(&scene, BSYNC_DUTCH), "regel van deze kolom") == NULL);
}

TEST(refused_work_and_deletes_have_sentences_of_their_own)
{
	struct scene scene;
	scene_make(&scene, "refused");
	scene.item.reason = "only the store writes this column";
	CHECK(strstr(said(&scene, BSYNC_DUTCH), "Niet overgenomen: doel 2a, kolom tekst\n\nJoost Terpstra schreef "
						"dit op woensdag 4 november 2026 om 14:10. De server nam het niet "
						"over: deze kolom vult alleen de server.") != NULL);
	scene.item.cell_count = 0;
	CHECK(strstr(said(&scene, BSYNC_ENGLISH), "Joost Terpstra wanted to delete this row on Wednesday 4 November "
						  "2026 at 14:10. That was not done: ") != NULL);
	scene_make(&scene, "deleted");
	scene.item.cell_count = 0;
	scene.item.stamp_ms = 0;
	CHECK_STR(
		said(&scene, BSYNC_DUTCH),
		"Verwijderd en toch veranderd: doel 2a\n\n"
		"Joost Terpstra verwijderde deze rij, terwijl iemand anders haar veranderde. De rij is blijven staan, "
		"met wat er veranderd is. Moet zij toch weg, verwijder haar dan opnieuw.\n\n"
		"Kies met:\n"
		"  Gezien, sluit dit: buurtsync inbox resolve " ID " --take none\n");
}

TEST(a_delete_that_wins_says_where_the_change_is)
{
	struct scene scene;
	scene_make(&scene, "deleted");
	scene.item.cell_count = 0;
	scene.item.is_row_here = false;
	scene.item.reason = "somebody deleted this row while another changed it: it is gone";
	CHECK(strstr(said(&scene, BSYNC_DUTCH),
		     "Verwijderd, met wat er veranderd was: doel 2a\n\nJoost Terpstra verwijderde deze rij op woensdag 4 november "
		     "2026 om 14:10, terwijl iemand anders haar veranderde. In deze tabel gaat verwijderen voor: de rij is weg.") !=
	      NULL);
	CHECK(strstr(said(&scene, BSYNC_ENGLISH),
		     "In this table a delete comes first: the row is gone. What was changed is "
		     "in the history on the server.") != NULL);
}

TEST(an_unknown_author_gets_a_clear_word)
{
	struct scene scene;
	scene_make(&scene, "conflict");
	scene.names[0] = NULL;
	scene.names[1] = "22222222222222222222222222222222";
	const char *all = said(&scene, BSYNC_DUTCH);
	CHECK(strstr(all, "  1. Iemand (naam niet bekend) schreef op ") != NULL);
	CHECK(strstr(all, "  2. Een medewerker die hier niet bekend is (22222222…) schreef op ") != NULL);
}

TEST(what_somebody_wrote_gives_no_orders_to_a_terminal)
{
	struct bsync_words words;
	struct bsync_buffer out;
	char many[600];
	bsync_buffer_init(&out, 2000);
	bsync_words_init(&words, BSYNC_ENGLISH, &out);
	bsync_words_string(&words, "a\x1b[2Jb\nc\xc2\x9b"
				   "d\xe2\x80\xae"
				   "e\xff"
				   "f\xc3\xa9");
	CHECK_BYTES(out.data, out.size, "a [2Jb c d e?f\xc3\xa9", 16);
	memset(many, 'x', sizeof many - 1);
	many[sizeof many - 1] = '\0';
	memcpy(many + 399, "\xc3\xa9", 2);
	out.size = 0;
	bsync_words_string(&words, many);
	CHECK_EQ(out.size, 399 + strlen("… (cut short)"));
	CHECK_EQ(words.result, BSYNC_OK);
	bsync_buffer_clear(&out);
}

TEST(the_language_is_the_first_that_says_something)
{
	CHECK_EQ(bsync_language_of((const char *[]){"nl"}, 1), BSYNC_DUTCH);
	CHECK_EQ(bsync_language_of((const char *[]){NULL, "", "nl_NL.UTF-8"}, 3), BSYNC_DUTCH);
	CHECK_EQ(bsync_language_of((const char *[]){"NL-be", "en"}, 2), BSYNC_DUTCH);
	CHECK_EQ(bsync_language_of((const char *[]){"en_GB", "nl_NL"}, 2), BSYNC_ENGLISH);
	CHECK_EQ(bsync_language_of((const char *[]){"nld"}, 1), BSYNC_ENGLISH);
	CHECK_EQ(bsync_language_of((const char *[]){"C"}, 1), BSYNC_ENGLISH);
	CHECK_EQ(bsync_language_of(NULL, 0), BSYNC_ENGLISH);
}

static const char *aside(const char *reason, enum bsync_language language)
{
	static char copy[600];
	struct bsync_buffer out;
	struct bsync_words words;
	bsync_buffer_init(&out, sizeof copy - 1);
	bsync_words_init(&words, language, &out);
	bsync_words_aside(&words, reason);
	snprintf(copy, sizeof copy, "%.*s", (int)out.size, (const char *)out.data);
	bsync_buffer_clear(&out);
	return words.result == BSYNC_OK ? copy : "failed";
}

TEST(why_work_was_set_aside_is_said_in_the_language_of_the_reader)
{
	static const char behind[] = "it waits behind changeset 252 of this device, which is set aside";
	static const char type[] = "column punt.titel does not take a value of that type";
	CHECK_STR(aside(behind, BSYNC_ENGLISH), behind);
	CHECK_STR(aside(behind, BSYNC_DUTCH), "het wacht op een eerder stuk werk, dat ook apart is gezet: nummer 252");
	CHECK_STR(aside("it waits for a scope of circle dossier_kring that the store does not know yet", BSYNC_DUTCH),
		  "het hoort bij iets dat de server nog niet kent; zodra dat er is, gaat het vanzelf");
	CHECK_STR(aside("a copy of this device handed in another history: ask the operator to release it", BSYNC_DUTCH),
		  "een kopie van dit apparaat leverde iets anders in; de beheerder kan het vrijgeven");
	CHECK_STR(aside(type, BSYNC_ENGLISH), type);
	CHECK_STR(aside(type, BSYNC_DUTCH),
		  "de server kan het zo niet verwerken: column punt.titel does not take a value of that type");
	CHECK_STR(aside(NULL, BSYNC_DUTCH), "de reden is niet bekend");
	CHECK_STR(aside("", BSYNC_ENGLISH), "the reason is not known");
}

TEST(a_delete_and_refused_work_say_the_same_in_the_other_language)
{
	struct scene scene;
	scene_make(&scene, "deleted");
	scene.item.cell_count = 0;
	CHECK(strstr(said(&scene, BSYNC_ENGLISH),
		     "Deleted, and yet changed: doel 2a\n\nJoost Terpstra deleted this row on Wednesday 4 November 2026 at "
		     "14:10 while somebody else changed it. The row has stayed, with what was changed.") != NULL);
	CHECK_STR(line(&scene, BSYNC_DUTCH), ID "  Verwijderd en toch veranderd: doel 2a: Joost Terpstra\n");
	scene_make(&scene, "refused");
	scene.item.reason = "the author may not write this";
	CHECK(strstr(said(&scene, BSYNC_ENGLISH), "Not taken: doel 2a, column tekst\n\nJoost Terpstra wrote this on "
						  "Wednesday 4 November 2026 at 14:10. The server did not take it: the "
						  "author may not write this. Nothing is lost.") != NULL);
	CHECK_STR(line(&scene, BSYNC_DUTCH),
		  ID "  Niet overgenomen: doel 2a, kolom tekst: Joost Terpstra; de schrijver "
		     "mag dit niet veranderen\n");
}
