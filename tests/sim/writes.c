#include "tests/sim/writes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/ask.h"
#include "tests/sim/disk.h"
#include "tests/sim/markers.h"
#include "tests/sim/signing.h"

/* In some worlds large values are common: a pull of them is cut in several pieces, and staged.  In some, lines name each
 * other much. */
enum { SQL_SIZE = 700, NAME_SIZE = 40, HEAVY_ONE_OF = 24, NAMING_ONE_OF = 4, TYPING_ONE_OF = 8 };

#define POINT_IS "lijst || '/' || nr = '%s'"

struct answer {
	bool is_there;
	char *out;
	size_t size;
};

static void answer_row(void *context, uint32_t count, const struct bsync_value *values)
{
	struct answer *answer = context;
	(void)count;
	if (answer->is_there)
		return;
	answer->is_there = true;
	if (values[0].kind == BSYNC_INTEGER)
		snprintf(answer->out, answer->size, "%lld", (long long)values[0].as.integer);
	else
		snprintf(answer->out, answer->size, "%.*s", (int)values[0].as.bytes.size,
			 (const char *)values[0].as.bytes.data);
}

static bool ask_number(struct world_device *device, const char *sql, uint64_t number, char *out, size_t size)
{
	struct answer answer = {false, out, size};
	enum bsync_result result = ask_file(device->file, sql, number, answer_row, &answer);
	if (result != BSYNC_OK)
		device_excuses(device, result, sql);
	return result == BSYNC_OK && answer.is_there;
}

bool write_ask(struct world_device *device, const char *sql, char *out, size_t size)
{
	return ask_number(device, sql, 0, out, size);
}

bool write_run(struct world_device *device, const char *sql)
{
	/* A failure may have ended the transaction: what came after it would be saved by itself. */
	if (device->failures > 0)
		return false;
	world_trace(device->world, "device %u: %s", device->number, sql);
	enum bsync_result result = bsync_file_exec(device->file, sql);
	if (result != BSYNC_OK)
		device_excuses(device, result, sql);
	return result == BSYNC_OK;
}

bool write_has_changed(struct world_device *device)
{
	char count[24] = "0";
	return write_ask(device, "SELECT changes()", count, sizeof count) && count[0] != '0';
}

bool write_some_row(struct world_device *device, const char *table, const char *expression, char *out, size_t size)
{
	char sql[SQL_SIZE], count[24];
	snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
	if (!write_ask(device, sql, count, sizeof count) || count[0] == '0')
		return false;
	uint32_t rows = (uint32_t)strtoul(count, NULL, 10);
	snprintf(sql, sizeof sql, "SELECT %s FROM %s ORDER BY 1 LIMIT 1 OFFSET ?1", expression, table);
	return ask_number(device, sql, world_below(device->world, rows), out, size);
}

bool write_some_point(struct world_device *device, char *out, size_t size)
{
	return write_some_row(device, "punt", "lijst || '/' || nr", out, size);
}

void write_format(struct world_device *device, const char *format, ...)
{
	char sql[SQL_SIZE];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(sql, sizeof sql, format, arguments);
	va_end(arguments);
	write_run(device, sql);
}

/* --- Points --- */

static void point_insert(struct world_device *device, struct ledger_entry *entry, const char *list)
{
	struct world *world = device->world;
	uint32_t number = world_below(world, 6), amount = world_below(world, 1000);
	ledger_word(entry, 'k');
	snprintf(entry->row, sizeof entry->row, "%s/%u", list, number);
	if (world_below(world, 3) == 0) {
		write_format(
			device,
			"INSERT INTO punt (lijst, nr, titel, tekst, hoogste, laagste, aantal, labels, eerste) VALUES ('%s', %u, "
			"'nieuw', '%s', %u, %u, %u, '[\"a%u\"]', 'eerste %u') ON CONFLICT DO NOTHING",
			list, number, entry->word, amount, amount, amount, amount % 3, amount);
		entry->has_bound = true;
		entry->bound = amount;
		entry->delta = amount;
		snprintf(entry->first, sizeof entry->first, "eerste %u", amount);
	} else {
		write_format(device,
			     "INSERT INTO punt (lijst, nr, titel, tekst, verslag) VALUES ('%s', %u, 'nieuw', '%s',"
			     " 'een. twee. drie. vier. vijf.') ON CONFLICT DO NOTHING",
			     list, number, entry->word);
	}
	if (!write_has_changed(device))
		*entry = (struct ledger_entry){0};
}

static void point_replace(struct world_device *device, struct ledger_entry *entry)
{
	ledger_word(entry, 'k');
	entry->is_removed = true;
	write_format(
		device,
		"INSERT OR REPLACE INTO punt (lijst, nr, titel, tekst) SELECT lijst, nr, 'anders', '%s' FROM punt WHERE " POINT_IS,
		entry->word, entry->row);
}

static void point_move(struct world_device *device, struct ledger_entry *entry)
{
	char to[LEDGER_ROW_SIZE], sql[SQL_SIZE];
	snprintf(sql, sizeof sql, "SELECT lijst || '/' || ((nr + 1) %% 6) FROM punt WHERE " POINT_IS, entry->row);
	if (!write_ask(device, sql, to, sizeof to))
		return;
	write_format(device, "UPDATE OR IGNORE punt SET nr = (nr + 1) %% 6 WHERE " POINT_IS, entry->row);
	entry->is_removed = true;
	snprintf(entry->moved, sizeof entry->moved, "%s", to);
}

static void point_fold(struct world_device *device, struct ledger_entry *entry, uint32_t number)
{
	entry->has_bound = true;
	entry->bound = number;
	write_format(
		device,
		"UPDATE punt SET hoogste = max(coalesce(hoogste, 0), %u), laagste = min(coalesce(laagste, 9999), %u) WHERE " POINT_IS,
		number, number, entry->row);
}

static void point_large(struct world_device *device, const struct ledger_entry *entry)
{
	write_format(device, "UPDATE punt SET bijlage = zeroblob(%u) WHERE " POINT_IS,
		     10000 + world_below(device->world, 90000), entry->row);
}

/* A sentence of prose that many write in: one that changes, one put in front, or one behind. */
static void point_prose(struct world_device *device, struct ledger_entry *entry)
{
	static const struct {
		const char *before, *after;
	} edits[] = {{"replace(verslag, 'een.', '", " een.')"},
		     {"replace(verslag, 'twee.', '", " twee.')"},
		     {"replace(verslag, 'drie.', '", " drie.')"},
		     {"'", " voor. ' || verslag"},
		     {"verslag || ' ", " na.'"},
		     {"replace(verslag, 'vijf.', '", " vijf.')"}};
	uint32_t choice = world_below(device->world, 12);
	choice = choice < 6 ? choice : choice % 3;
	ledger_word(entry, 'v');
	write_format(device,
		     "UPDATE punt SET verslag = CASE WHEN length(verslag) < 300 THEN %s%s%s"
		     " ELSE 'een. twee. %s drie. vier. vijf.' END WHERE " POINT_IS,
		     edits[choice].before, entry->word, edits[choice].after, entry->word, entry->row);
}

static void point_write(struct world_device *device, struct ledger_entry *entry)
{
	struct world *world = device->world;
	uint32_t number = world_below(world, 1000), choice = world_below(world, 100);
	if (!write_some_point(device, entry->row, sizeof entry->row))
		return;
	/* Somebody who goes on typing in one field before what came in between has been shown. */
	if (world->seed % TYPING_ONE_OF == 4 && number % 2 == 0)
		choice = 30;
	if (world->seed % HEAVY_ONE_OF == 5 && number % 8 == 0) {
		point_large(device, entry);
	} else if (choice < 8) {
		write_format(device, "UPDATE punt SET titel = 'titel %u van %u' WHERE " POINT_IS, number,
			     device->number, entry->row);
	} else if (choice < 24) {
		point_prose(device, entry);
	} else if (choice < 34) {
		ledger_word(entry, 'k');
		write_format(device, "UPDATE punt SET tekst = '%s' WHERE " POINT_IS, entry->word, entry->row);
	} else if (choice < 46) {
		point_fold(device, entry, number);
	} else if (choice < 58) {
		entry->delta = number;
		write_format(device, "UPDATE punt SET aantal = coalesce(aantal, 0) + %u WHERE " POINT_IS, number,
			     entry->row);
	} else if (choice < 70) {
		write_format(device, "UPDATE punt SET labels = '[\"a%u\",\"b%u\"]' WHERE " POINT_IS, number % 3,
			     number % 5, entry->row);
	} else if (choice < 80) {
		snprintf(entry->first, sizeof entry->first, "eerste %u", number);
		write_format(device, "UPDATE punt SET eerste = coalesce(eerste, '%s'), maat = %u.5 WHERE " POINT_IS,
			     entry->first, number, entry->row);
	} else if (choice < 86) {
		static const char *const values[] = {"NULL", "1", "1.0", "'1'", "x'31'"};
		write_format(device, "UPDATE punt SET vrij = %s WHERE " POINT_IS, values[number % 5], entry->row);
	} else if (choice < 91) {
		entry->is_removed = true;
		write_format(device, "DELETE FROM punt WHERE " POINT_IS, entry->row);
	} else if (choice < 94) {
		point_move(device, entry);
	} else if (choice < 97) {
		point_replace(device, entry);
	} else if (choice < 99) {
		write_format(device, "UPDATE punt SET nummer = %u WHERE " POINT_IS, number, entry->row);
	} else if (world_below(world, 8) == 0) {
		point_large(device, entry);
	}
}

/* --- Other tables --- */

static void note_insert(struct world_device *device, struct ledger_entry *entry, const char *list)
{
	ledger_word(entry, 'n');
	write_format(device, "INSERT INTO logboek (id, lijst, op, tekst) VALUES (uuid(), '%s', '2026', '%s')", list,
		     entry->word);
}

/* Two notes in two lists that belong together: nobody sees one without the other. */
static void pair_insert(struct world_device *device, struct ledger_entry *entry, const char *list)
{
	char other[NAME_SIZE];
	if (!write_some_row(device, "lijst", "naam", other, sizeof other))
		return;
	ledger_word(entry, 'p');
	write_format(
		device,
		"INSERT INTO logboek (id, lijst, op, tekst) VALUES (uuid(), '%s', '2026', '%sa'), (uuid(), '%s', '2026', '%sb')",
		list, entry->word, other, entry->word);
}

/* Nobody may: it must come back, and what was written must wait for a person. */
static void note_change(struct world_device *device, struct ledger_entry *entry)
{
	char id[NAME_SIZE];
	if (!write_some_row(device, "logboek", "hex(id)", id, sizeof id))
		return;
	ledger_word(entry, 'u');
	write_format(device, "UPDATE logboek SET tekst = '%s' WHERE id = x'%s' AND tekst LIKE 'n%%'", entry->word, id);
	if (!write_has_changed(device))
		*entry = (struct ledger_entry){0};
}

static void property_write(struct world_device *device, const char *list)
{
	struct world *world = device->world;
	char row[NAME_SIZE];
	if (world_below(world, 2) == 0)
		write_format(device, "INSERT OR REPLACE INTO kenmerk (lijst, taal, waarde) VALUES ('%s', 't%u', 'w%u')",
			     list, world_below(world, 4), world_below(world, 1000));
	else if (write_some_row(device, "kenmerk", "lijst || '/' || taal", row, sizeof row))
		write_format(device, "DELETE FROM kenmerk WHERE lijst || '/' || taal = '%s'", row);
}

/* Lines, some of which name another: one that is there, or went meanwhile, or never was. */
static void line_write(struct world_device *device, const char *list)
{
	struct world *world = device->world;
	uint32_t number = world_below(world, 10), choice = world_below(world, 16);
	char there[NAME_SIZE] = "", other[NAME_SIZE] = "";
	struct ledger_entry entry = {0};
	if (choice >= 7 && (!write_some_row(device, "regel", "nr", there, sizeof there) ||
			    !write_some_row(device, "regel", "nr", other, sizeof other)))
		return;
	if (choice < 6)
		ledger_word(&entry, 'r');
	if (choice < 7)
		markers_write_line(device, entry.word, number, list);
	else if (choice == 9)
		markers_move_line((uint32_t)strtoul(there, NULL, 10), number);
	if (choice < 6)
		write_format(
			device,
			"INSERT INTO regel (nr, lijst, tekst) VALUES (%u, '%s', '%s r%u') ON CONFLICT DO UPDATE SET tekst = excluded.tekst",
			number, list, entry.word, world_below(world, 1000));
	else if (choice < 7)
		write_format(device, "UPDATE regel SET lijst = '%s' WHERE nr = %u", list, number);
	else if (choice < 9)
		write_format(device, "DELETE FROM regel WHERE nr = %s", there);
	else if (choice < 10)
		write_format(device, "UPDATE OR IGNORE regel SET nr = %u WHERE nr = %s", number, there);
	else
		write_format(device, "UPDATE regel SET naar = %s WHERE nr = %s", there, other);
}

/* What a task is in once `excluded.stand` is added to it, which never goes back. */
#define ROUND(state) "iif(instr(" state ", '/'), substr(" state ", -1), '0')"
#define STATE_AFTER                                                                                                      \
	"CASE WHEN stand IS NULL OR " ROUND("excluded.stand") " > " ROUND("stand") " OR (stand GLOB 'open*' AND " ROUND( \
		"excluded.stand") " = " ROUND("stand") ") THEN excluded.stand WHEN instr(stand, '/') THEN stand ELSE 'klaar' END"

/* A state, now and then of a later round; the word of whoever has the higher role; a name that others may have. */
static void task_write(struct world_device *device, const char *list)
{
	static const char *const states[] = {"open", "links", "rechts", "klaar", "open/1", "links/1", "rechts/2"};
	struct world *world = device->world;
	uint32_t number = world_below(world, 4), choice = world_below(world, 10);
	const char *state = states[world_below(world, choice == 0 ? 7 : 4)];
	if (choice < 5)
		write_format(
			device,
			"INSERT INTO taak (lijst, nr, naam, stand) VALUES ('%s', %u, 'n%u', '%s') ON CONFLICT DO UPDATE"
			" SET stand = " STATE_AFTER,
			list, number, world_below(world, 12), state);
	else if (choice < 9)
		write_format(
			device,
			"INSERT INTO taak (lijst, nr, stand, oordeel) VALUES ('%s', %u, 'open', 'o%u') ON CONFLICT DO"
			" UPDATE SET oordeel = excluded.oordeel",
			list, number, world_below(world, 1000));
	else
		/* Inserted again in one transaction it would go back. */
		write_format(device, "DELETE FROM taak WHERE lijst = '%s' AND nr = %u AND stand = 'open'", list,
			     number);
}

/* A slip that stays away once somebody has thrown it away. */
static void slip_write(struct world_device *device, struct ledger_entry *entry, const char *list)
{
	struct world *world = device->world;
	uint32_t number = world_below(world, 3), choice = world_below(world, 10);
	char row[LEDGER_ROW_SIZE];
	bool has_row = choice >= 3 && write_some_row(device, "briefje", "lijst || '/' || nr", row, sizeof row);
	ledger_word(entry, 'b');
	if (!has_row)
		write_format(
			device,
			"INSERT INTO briefje (lijst, nr, titel, tekst, hoogste) VALUES ('%s', %u, 'nieuw', '%s', %u)"
			" ON CONFLICT DO NOTHING",
			list, number, entry->word, world_below(world, 100));
	else if (choice < 7)
		write_format(device,
			     "UPDATE briefje SET tekst = '%s', hoogste = max(coalesce(hoogste, 0), %u) WHERE " POINT_IS,
			     entry->word, world_below(world, 100), row);
	else if (choice < 8)
		write_format(device, "UPDATE briefje SET titel = 'titel %u' WHERE " POINT_IS, number, row);
	else
		write_format(device, "DELETE FROM briefje WHERE " POINT_IS, row);
	if ((has_row && choice >= 7) || !write_has_changed(device))
		*entry = (struct ledger_entry){0};
}

static void list_write(struct world_device *device)
{
	struct world *world = device->world;
	uint32_t number = world_below(world, 3);
	if (world_below(world, 6) == 0)
		/* A list that nobody has founded yet would leave what is in it without a scope.  'L2' stays: who holds it is
		 * looked up by its row when a worker moves. */
		write_format(
			device,
			"DELETE FROM lijst WHERE naam = 'L%u' AND naam IN (SELECT value FROM bsync_scope WHERE circle_no = 2 AND NOT is_over)",
			number % 2);
	else
		write_format(
			device,
			"INSERT INTO lijst (naam, titel) VALUES ('L%u', 'lijst van %u') ON CONFLICT DO UPDATE SET titel = excluded.titel",
			number, device->number);
}

void write_one(struct world_device *device, struct ledger_entry *entry)
{
	struct world *world = device->world;
	char list[NAME_SIZE];
	uint32_t choice = world_below(world, 100);
	bool has_list = write_some_row(device, "lijst", "naam", list, sizeof list);
	/* Into a list that may not be there: it waits for somebody to found it. */
	if (world_below(world, 20) == 0)
		snprintf(list, sizeof list, "L%u", world_below(world, 3));
	if (!has_list || choice < 3)
		list_write(device);
	else if (signing_is_done(world) && choice < 75)
		signing_write(device, entry, list);
	else if (world->seed % NAMING_ONE_OF == 3 && choice < 50)
		line_write(device, list);
	else if (choice < 15)
		point_insert(device, entry, list);
	else if (choice < 26)
		note_insert(device, entry, list);
	else if (choice < 30)
		pair_insert(device, entry, list);
	else if (choice < 32)
		note_change(device, entry);
	else if (choice < 45)
		property_write(device, list);
	else if (choice < 57)
		line_write(device, list);
	else if (choice < 64)
		task_write(device, list);
	else if (choice < 71)
		slip_write(device, entry, list);
	else
		point_write(device, entry);
}
