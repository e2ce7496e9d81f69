#include "core/schema/item_words.h"

#include <assert.h>
#include <string.h>

#include "core/schema/row_text.h"

enum { NAMES_SHOWN_MAX = 4, ROWS_SHOWN_MAX = 20, ROW_SIZE_MAX = 1 << 16 };

enum kind { CONFLICT, LATE, REFUSED, DELETED, DUPLICATE, OTHER };

static enum kind kind_of(const char *word)
{
	static const char *const kinds[] = {"conflict", "late", "refused", "deleted", "duplicate"};
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kinds[i], word) == 0)
			return (enum kind)i;
	return OTHER;
}

static bool is_same(const struct bsync_worker_id *a, const struct bsync_worker_id *b)
{
	return memcmp(a->bytes, b->bytes, BSYNC_ID_SIZE) == 0;
}

/* --- Who, what, where --- */

static const char *name_at(const struct bsync_inbox_cell *cell, uint32_t index)
{
	return cell->author_names != NULL ? cell->author_names[index] : NULL;
}

/* At the start of a sentence a letter becomes a capital. */
static void put_who(struct bsync_words *words, const struct bsync_item_reader *reader,
		    const struct bsync_worker_id *worker, const char *name, bool is_start)
{
	const size_t at = words->out->size;
	const bool is_me = reader->me != NULL && is_same(reader->me, worker);
	if (is_me)
		bsync_words_say(words, "jij (", "you (");
	bsync_words_name(words, worker, name);
	if (is_me)
		bsync_words_say(words, ")", ")");
	if (words->result == BSYNC_OK && is_start && words->out->size > at && words->out->data[at] >= 'a' &&
	    words->out->data[at] <= 'z')
		words->out->data[at] = (uint8_t)(words->out->data[at] - 'a' + 'A');
}

static void put_place(struct bsync_words *words, const struct bsync_inbox_item *item)
{
	struct bsync_buffer word;
	bsync_buffer_init(&word, ROW_SIZE_MAX);
	bsync_words_string(words, item->table);
	if (bsync_row_text_write(item->key, item->key_count, &word) == BSYNC_OK) {
		bsync_words_say(words, " ", " ");
		bsync_words_text(words, bsync_buffer_bytes(&word));
	}
	bsync_buffer_clear(&word);
	for (uint32_t i = 0; i < item->cell_count; i++) {
		bsync_words_say(words,
				i > 0                  ? ", "
				: item->cell_count > 1 ? ", kolommen "
						       : ", kolom ",
				i > 0                  ? ", "
				: item->cell_count > 1 ? ", columns "
						       : ", column ");
		bsync_words_string(words, item->cells[i].column);
	}
}

/* What stands names something that its deleter did not know it was still of use for. */
static bool is_orphan(const struct bsync_inbox_item *item)
{
	return item->reason != NULL && strcmp(item->reason, "the row that this one names was deleted meanwhile") == 0;
}

/* Deletes of this table win. */
static bool is_gone(const struct bsync_inbox_item *item)
{
	return item->reason != NULL &&
	       strcmp(item->reason, "somebody deleted this row while another changed it: it is gone") == 0;
}

static void put_heading(struct bsync_words *words, const struct bsync_inbox_item *item, enum kind kind)
{
	switch (kind) {
	case CONFLICT:
		bsync_words_say(words, "Keuze nodig", "A choice is needed");
		break;
	case LATE:
		bsync_words_say(words, "Nagekomen", "Came in late");
		break;
	case REFUSED:
		bsync_words_say(words, "Niet overgenomen", "Not taken");
		break;
	case DELETED:
		if (is_orphan(item))
			bsync_words_say(words, "Hoort bij iets dat weg is", "Belongs to what is gone");
		else if (is_gone(item))
			bsync_words_say(words, "Verwijderd, met wat er veranderd was",
					"Deleted, with what had changed");
		else
			bsync_words_say(words, "Verwijderd en toch veranderd", "Deleted, and yet changed");
		break;
	case DUPLICATE:
		bsync_words_say(words, "Dubbel", "Double");
		break;
	case OTHER:
		bsync_words_say(words, "Kijk hiernaar", "Look at this");
		break;
	}
}

/* What the rule of a column does, for whoever wonders why a person is asked. */
static void put_rule(struct bsync_words *words, const char *indent, const struct bsync_inbox_cell *cell)
{
	static const struct {
		enum bsync_rule rule;
		const char *dutch, *english;
	} said[] = {
		{BSYNC_RULE_LWW, "de laatste verandering telt", "the last change counts"},
		{BSYNC_RULE_KEEP, "wat verschilt, blijft naast elkaar staan tot iemand kiest",
		 "what differs stands side by side until somebody chooses"},
		{BSYNC_RULE_FIRST, "wat er het eerst stond, blijft staan", "what was there first stays"},
		{BSYNC_RULE_SERVER, "alleen de server vult deze kolom", "only the server fills this column"},
		{BSYNC_RULE_MAX, "de hoogste waarde telt", "the highest value counts"},
		{BSYNC_RULE_MIN, "de laagste waarde telt", "the lowest value counts"},
		{BSYNC_RULE_COUNTER, "alles wordt bij elkaar geteld", "everything is added up"},
		{BSYNC_RULE_SET, "wat iemand toevoegt, komt erbij", "what anybody adds is added"},
		{BSYNC_RULE_ORDER, "alleen vaste woorden, en het gaat niet terug",
		 "fixed words only, and it does not go back"},
		{BSYNC_RULE_TEXT, "teksten worden samengevoegd; waar dat niet kan, kiest iemand",
		 "texts are put together; where that cannot be, somebody chooses"},
		{BSYNC_RULE_ROLE, "wat de hoogste rol schreef, telt", "what the highest role wrote counts"},
	};
	enum bsync_rule rule = BSYNC_RULE_LWW;
	if (cell->rule == NULL || !bsync_rule_parse(cell->rule, &rule))
		return;
	for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
		if (said[i].rule != rule)
			continue;
		bsync_words_say(words, indent, indent);
		bsync_words_say(words, "De regel van deze kolom: ", "The rule of this column: ");
		bsync_words_say(words, said[i].dutch, said[i].english);
		bsync_words_say(words, ".\n", ".\n");
	}
}

/* --- Conflicts --- */

static bool is_author_new(const struct bsync_inbox_cell *cell, uint32_t index)
{
	for (uint32_t i = 0; i < index; i++)
		if (is_same(&cell->variants[i].author, &cell->variants[index].author))
			return false;
	return true;
}

/* "Samira, Joost en 2 anderen": each author once. */
static void put_authors(struct bsync_words *words, const struct bsync_item_reader *reader,
			const struct bsync_inbox_item *item)
{
	const struct bsync_inbox_cell *cell = &item->cells[0];
	uint32_t count = 0, done = 0;
	for (uint32_t i = 0; i < cell->variant_count; i++)
		count += is_author_new(cell, i);
	const uint32_t shown = count > NAMES_SHOWN_MAX ? NAMES_SHOWN_MAX - 1 : count;
	for (uint32_t i = 0; i < cell->variant_count && done < shown; i++) {
		if (!is_author_new(cell, i))
			continue;
		if (done > 0 && done + 1 < count)
			bsync_words_say(words, ", ", ", ");
		else if (done > 0)
			bsync_words_say(words, " en ", " and ");
		put_who(words, reader, &cell->variants[i].author, name_at(cell, i), done == 0);
		done++;
	}
	if (shown < count) {
		bsync_words_say(words, " en ", " and ");
		bsync_words_number(words, count - shown);
		bsync_words_say(words, " anderen", " others");
	}
}

/* "Betreft: Samira, jij (Mo) en 2 anderen"; nothing where it concerns everybody who has it.  A device can have an item in one
 * scope of several: what concerns nobody there may be for those of another. */
static void put_concern(struct bsync_words *words, const struct bsync_item_reader *reader,
			const struct bsync_inbox_item *item, const char *dutch, const char *english)
{
	const struct bsync_concern *concern = &item->concern;
	const uint32_t count = concern->people.count;
	const uint32_t shown = count > NAMES_SHOWN_MAX ? NAMES_SHOWN_MAX - 1 : count;
	if (concern->is_everybody)
		return;
	bsync_words_say(words, dutch, english);
	if (count == 0 && reader->me == NULL)
		bsync_words_say(words, "de beheerder", "the operator");
	else if (count == 0)
		bsync_words_say(words, "collega's elders", "colleagues elsewhere");
	for (uint32_t i = 0; i < shown; i++) {
		if (i > 0)
			bsync_words_say(words, ", ", ", ");
		put_who(words, reader, &concern->people.list[i], concern->names[i], false);
	}
	if (shown < count) {
		bsync_words_say(words, " en ", " and ");
		bsync_words_number(words, count - shown);
		bsync_words_say(words, " anderen", " others");
	}
}

/* The server works a time out from what the device knew; where the two differ, people see both. */
static void put_clock(struct bsync_words *words, const char *indent, int64_t device_ms, int64_t stamp_ms)
{
	const int64_t ahead_ms = device_ms - stamp_ms;
	if (device_ms == 0 || stamp_ms == 0 ||
	    (ahead_ms <= BSYNC_ITEM_CLOCK_OFF_MS && ahead_ms >= -BSYNC_ITEM_CLOCK_OFF_MS))
		return;
	bsync_words_say(words, indent, indent);
	bsync_words_say(words, "De klok van het apparaat stond verkeerd: ongeveer ",
			"The clock of the device was wrong: about ");
	bsync_words_span(words, ahead_ms < 0 ? -ahead_ms : ahead_ms);
	bsync_words_say(words, ahead_ms < 0 ? " achter. Op het apparaat was het " : " voor. Op het apparaat was het ",
			ahead_ms < 0 ? " slow. On the device it was " : " fast. On the device it was ");
	bsync_words_time(words, device_ms);
	bsync_words_say(words, ". De tijd hierboven heeft de server uitgerekend; die klopt ongeveer.\n",
			". The server worked out the time above; it is about right.\n");
}

static void put_version(struct bsync_words *words, const struct bsync_item_reader *reader,
			const struct bsync_inbox_item *item, uint32_t index)
{
	const struct bsync_inbox_cell *cell = &item->cells[0];
	const struct bsync_variant *variant = &cell->variants[index];
	bsync_words_say(words, "  ", "  ");
	bsync_words_number(words, (int64_t)index + 1);
	bsync_words_say(words, ". ", ". ");
	put_who(words, reader, &variant->author, name_at(cell, index), true);
	bsync_words_say(words, " schreef op ", " wrote on ");
	bsync_words_time(words, variant->stamp_ms);
	bsync_words_say(words, ": ", ": ");
	bsync_words_value(words, &variant->value);
	bsync_words_say(words, "\n", "\n");
	put_clock(words, "     ", variant->device_ms, variant->stamp_ms);
}

static void put_conflict(struct bsync_words *words, const struct bsync_item_reader *reader,
			 const struct bsync_inbox_item *item)
{
	const struct bsync_inbox_cell *cell = &item->cells[0];
	put_authors(words, reader, item);
	bsync_words_say(words,
			" veranderden dit zonder van elkaar te weten. Er is niets kwijt: kies wat er moet staan.\n\n",
			" changed this without knowing of each other. Nothing is lost: choose what it must be.\n\n");
	for (uint32_t i = 0; i < cell->variant_count; i++)
		put_version(words, reader, item, i);
	bsync_words_say(words, "\n", "\n");
	if (cell->has_base) {
		bsync_words_say(words, "Daarvoor stond er: ", "Before that it was: ");
		bsync_words_value(words, &cell->base);
		bsync_words_say(words, "\n", "\n");
	}
	if (item->shown != NULL) {
		bsync_words_say(words, "Op het scherm staat nu: ", "The screen shows now: ");
		bsync_words_value(words, item->shown);
		bsync_words_say(words, "\n", "\n");
	}
	put_rule(words, "", cell);
}

/* --- What was not taken --- */

static void put_when(struct bsync_words *words, const struct bsync_inbox_item *item)
{
	if (item->stamp_ms == 0)
		return;
	bsync_words_say(words, " op ", " on ");
	bsync_words_time(words, item->stamp_ms);
}

/* The story of late and refused work; without cells it was a delete, or a row of nothing but its key. */
static void put_not_taken(struct bsync_words *words, const struct bsync_item_reader *reader,
			  const struct bsync_inbox_item *item, enum kind kind)
{
	const bool is_delete = item->cell_count == 0 && item->is_row_here;
	put_who(words, reader, &item->author, item->author_name, true);
	if (is_delete) {
		bsync_words_say(words, " wilde deze rij verwijderen", " wanted to delete this row");
		put_when(words, item);
		bsync_words_say(words, ". Dat is niet gebeurd: ", ". That was not done: ");
	} else {
		bsync_words_say(words, " schreef dit", " wrote this");
		put_when(words, item);
		bsync_words_say(words,
				kind == LATE ? ". Het kwam te laat binnen om vanzelf over te nemen: "
					     : ". De server nam het niet over: ",
				kind == LATE ? ". It came in too late to be taken by itself: "
					     : ". The server did not take it: ");
	}
	bsync_words_reason(words, item->reason);
	bsync_words_say(words, is_delete ? ".\n" : ". Er is niets kwijt.\n",
			is_delete ? ".\n" : ". Nothing is lost.\n");
	put_clock(words, "", item->device_ms, item->stamp_ms);
}

/* The item of a copy that the store made of what was signed: the work itself is in its rows. */
static bool is_forked(const struct bsync_inbox_item *item, enum kind kind)
{
	return kind == LATE && item->cell_count == 0 && item->reason != NULL &&
	       strcmp(item->reason, "signed without having seen this") == 0;
}

static void put_forked(struct bsync_words *words, const struct bsync_item_reader *reader,
		       const struct bsync_inbox_item *item)
{
	put_who(words, reader, &item->author, item->author_name, true);
	bsync_words_say(words, " veranderde iets", " changed something");
	put_when(words, item);
	bsync_words_say(
		words,
		". Wie tekende, had dat nog niet gezien. Wat getekend is, blijft zoals het is. De verandering staat in "
		"deze nieuwe versie. Er is niets kwijt.\n",
		". Whoever signed had not seen that yet. What was signed stays as it is. The change is in this new "
		"version. Nothing is lost.\n");
	put_clock(words, "", item->device_ms, item->stamp_ms);
}

static void put_orphan(struct bsync_words *words, const struct bsync_item_reader *reader,
		       const struct bsync_inbox_item *item)
{
	put_who(words, reader, &item->author, item->author_name, true);
	bsync_words_say(words, " verwijderde waar deze rij bij hoort", " deleted what this row belongs to");
	put_when(words, item);
	bsync_words_say(
		words,
		", zonder van deze rij te weten. De rij staat er nog; er is niets kwijt. Geef haar een andere plek, "
		"zet terug waar zij bij hoorde, of verwijder haar ook.\n",
		" without knowing of this row. The row is still there; nothing is lost. Give it another place, "
		"put back what it belonged to, or delete it too.\n");
	put_clock(words, "", item->device_ms, item->stamp_ms);
}

static void put_deleted(struct bsync_words *words, const struct bsync_item_reader *reader,
			const struct bsync_inbox_item *item)
{
	put_who(words, reader, &item->author, item->author_name, true);
	bsync_words_say(words, " verwijderde deze rij", " deleted this row");
	put_when(words, item);
	if (is_gone(item))
		bsync_words_say(
			words,
			", terwijl iemand anders haar veranderde. In deze tabel gaat verwijderen voor: de rij is "
			"weg. Wat er veranderd was, staat in de geschiedenis op de server.\n",
			" while somebody else changed it. In this table a delete comes first: the row is gone. "
			"What was changed is in the history on the server.\n");
	else
		bsync_words_say(
			words,
			", terwijl iemand anders haar veranderde. De rij is blijven staan, met wat er veranderd "
			"is. Moet zij toch weg, verwijder haar dan opnieuw.\n",
			" while somebody else changed it. The row has stayed, with what was changed. "
			"If it must go after all, delete it again.\n");
	put_clock(words, "", item->device_ms, item->stamp_ms);
}

static void put_cell(struct bsync_words *words, const struct bsync_item_reader *reader,
		     const struct bsync_inbox_item *item, const struct bsync_inbox_cell *cell)
{
	bsync_words_say(words, "\n", "\n");
	bsync_words_string(words, cell->column);
	bsync_words_say(words, ":\n", ":\n");
	for (uint32_t i = 0; i < cell->variant_count; i++) {
		const struct bsync_variant *variant = &cell->variants[i];
		const bool stands = item->is_row_here && i + 1 < cell->variant_count;
		const char *name = name_at(cell, i);
		bsync_words_say(words, "  ", "  ");
		bsync_words_number(words, (int64_t)i + 1);
		bsync_words_say(words, stands ? ". Op het scherm staat nu: " : ". Ingeleverd: ",
				stands ? ". The screen shows now: " : ". Handed in: ");
		bsync_words_value(words, &variant->value);
		if (stands && name != NULL && name[0] != '\0' && variant->stamp_ms != 0) {
			bsync_words_say(words, " (", " (");
			put_who(words, reader, &variant->author, name, false);
			bsync_words_say(words, ", ", ", ");
			bsync_words_time(words, variant->stamp_ms);
			bsync_words_say(words, ")", ")");
		}
		bsync_words_say(words, "\n", "\n");
	}
	put_rule(words, "  ", cell);
}

/* --- Rows that say the same --- */

/* "roepnaam 'Lindeboom', wijk_code '3527'" */
static void put_said(struct bsync_words *words, const struct bsync_inbox_item *item)
{
	for (uint32_t i = 0; i < item->cell_count; i++) {
		bsync_words_say(words, i > 0 ? ", " : "", i > 0 ? ", " : "");
		bsync_words_string(words, item->cells[i].column);
		bsync_words_say(words, " ", " ");
		bsync_words_value(words, &item->cells[i].variants[0].value);
	}
}

static void put_duplicate(struct bsync_words *words, const struct bsync_inbox_item *item)
{
	bsync_words_say(words, "Deze ", "These ");
	bsync_words_number(words, item->row_count);
	bsync_words_say(words, " rijen hebben hetzelfde: ", " rows have the same: ");
	put_said(words, item);
	bsync_words_say(words, ".\n\n", ".\n\n");
	for (uint32_t i = 0; i < item->row_count && i < ROWS_SHOWN_MAX; i++) {
		struct bsync_buffer word;
		bsync_buffer_init(&word, ROW_SIZE_MAX);
		bsync_words_say(words, "  ", "  ");
		bsync_words_string(words, item->table);
		bsync_words_say(words, " ", " ");
		if (bsync_row_text_write(item->rows[i].key, item->key_count, &word) == BSYNC_OK)
			bsync_words_text(words, bsync_buffer_bytes(&word));
		bsync_words_say(words, "\n", "\n");
		bsync_buffer_clear(&word);
	}
	bsync_words_say(
		words,
		"\nAlle blijven staan; er is niets kwijt. Kijk of zij over hetzelfde gaan. Verander of verwijder dan "
		"een van de rijen: dit bericht gaat daarna vanzelf weg.\n",
		"\nAll stay; nothing is lost. See whether they are about the same. Then change or delete one of the "
		"rows: this message goes away by itself after that.\n");
}

/* --- What one can do --- */

/* One line: what it does, and what to type; `number` 0: the option needs none. */
static void put_choice(struct bsync_words *words, const struct bsync_item_reader *reader,
		       const struct bsync_inbox_item *item, const char *dutch, const char *english, const char *option,
		       uint32_t number)
{
	char id[BSYNC_ID_TEXT_SIZE];
	bsync_id_text(item->id, id);
	bsync_words_say(words, "  ", "  ");
	bsync_words_say(words, dutch, english);
	if (number != 0)
		bsync_words_number(words, number);
	bsync_words_say(words, ": ", ": ");
	bsync_words_say(words, reader->program, reader->program);
	bsync_words_say(words, " inbox resolve ", " inbox resolve ");
	bsync_words_say(words, id, id);
	bsync_words_say(words, option, option);
	if (number != 0)
		bsync_words_number(words, number);
	bsync_words_say(words, "\n", "\n");
}

static void put_choices(struct bsync_words *words, const struct bsync_item_reader *reader,
			const struct bsync_inbox_item *item, enum kind kind)
{
	bsync_words_say(words, "\nKies met:\n", "\nChoose with:\n");
	if (kind == CONFLICT) {
		for (uint32_t i = 0; i < item->cells[0].variant_count; i++)
			put_choice(words, reader, item, "Versie ", "Version ", " --take ", i + 1);
	} else if (item->cell_count == 0) {
		put_choice(words, reader, item, "Gezien, sluit dit", "Seen, close this", " --take none", 0);
	} else {
		put_choice(words, reader, item, item->is_row_here ? "Laat staan wat er staat" : "Neem het niet over",
			   item->is_row_here ? "Keep what is there" : "Do not take it", " --take none", 0);
		put_choice(words, reader, item, "Neem over wat is ingeleverd", "Take what was handed in",
			   item->is_row_here ? " --take 2" : " --take 1", 0);
	}
	if (item->cell_count == 1)
		put_choice(words, reader, item, "Schrijf iets anders", "Write something else", " --value '…'", 0);
}

enum bsync_result bsync_item_words_line(const struct bsync_inbox_item *item, const struct bsync_item_reader *reader,
					struct bsync_buffer *out)
{
	char id[BSYNC_ID_TEXT_SIZE];
	struct bsync_words words;
	assert(item != NULL && reader != NULL && out != NULL);
	const enum kind kind = kind_of(item->kind);
	bsync_words_init(&words, reader->language, out);
	bsync_id_text(item->id, id);
	bsync_words_say(&words, id, id);
	bsync_words_say(&words, "  ", "  ");
	put_heading(&words, item, kind);
	bsync_words_say(&words, ": ", ": ");
	put_place(&words, item);
	bsync_words_say(&words, ": ", ": ");
	if (kind == CONFLICT && item->cell_count > 0)
		put_authors(&words, reader, item);
	else if (kind == DUPLICATE)
		put_said(&words, item);
	else
		put_who(&words, reader, &item->author, item->author_name, true);
	if (kind == LATE || kind == REFUSED) {
		bsync_words_say(&words, "; ", "; ");
		bsync_words_reason(&words, item->reason);
	}
	put_concern(&words, reader, item, "; betreft: ", "; concerns: ");
	bsync_words_say(&words, "\n", "\n");
	return words.result;
}

enum bsync_result bsync_item_words_all(const struct bsync_inbox_item *item, const struct bsync_item_reader *reader,
				       struct bsync_buffer *out)
{
	struct bsync_words words;
	assert(item != NULL && reader != NULL && out != NULL);
	enum kind kind = kind_of(item->kind);
	if (kind == CONFLICT && (item->cell_count == 0 || item->cells[0].variant_count == 0))
		kind = OTHER;
	bsync_words_init(&words, reader->language, out);
	put_heading(&words, item, kind);
	bsync_words_say(&words, ": ", ": ");
	put_place(&words, item);
	put_concern(&words, reader, item, "\nBetreft: ", "\nConcerns: ");
	bsync_words_say(&words, "\n\n", "\n\n");
	switch (kind) {
	case CONFLICT:
		put_conflict(&words, reader, item);
		break;
	case LATE:
	case REFUSED:
	case OTHER:
		if (is_forked(item, kind))
			put_forked(&words, reader, item);
		else
			put_not_taken(&words, reader, item, kind);
		break;
	case DELETED:
		if (is_orphan(item))
			put_orphan(&words, reader, item);
		else
			put_deleted(&words, reader, item);
		break;
	case DUPLICATE:
		put_duplicate(&words, item);
		return words.result;
	}
	for (uint32_t i = 0; kind != CONFLICT && i < item->cell_count; i++)
		put_cell(&words, reader, item, &item->cells[i]);
	put_choices(&words, reader, item, kind);
	return words.result;
}
