#include "tests/sim/signing.h"

#include "tests/sim/writes.h"

enum { SIGNING_ONE_OF = 7, KEY_SIZE = 40 };

#define IS_OPEN "(stand GLOB 'concept*' OR stand GLOB 'besproken*')"
/* The round of a state, as it is written behind another. */
#define ROUND "iif(instr(stand, '/'), substr(stand, instr(stand, '/')), '')"

bool signing_is_done(const struct world *world)
{
	return world->seed % SIGNING_ONE_OF == 3;
}

/* A decision, of those that are not signed where that is asked for. */
static bool some_decision(struct world_device *device, bool is_open, char key[KEY_SIZE])
{
	return write_some_row(device, is_open ? "besluit WHERE " IS_OPEN : "besluit", "hex(id)", key, KEY_SIZE);
}

/* --- Decisions --- */

/* Now and then it is signed as soon as it is written. */
static void decision_insert(struct world_device *device, struct ledger_entry *entry, const char *list)
{
	struct world *world = device->world;
	bool is_signed = world_below(world, 8) == 0;
	uint32_t number = world_below(world, 100);
	ledger_word(entry, is_signed ? 'h' : 't');
	if (is_signed) {
		write_format(
			device,
			"INSERT INTO besluit (id, lijst, titel, tekst, laagste, stand, handtekening) VALUES (uuid(), '%s',"
			" 'titel', 'meteen', %u, 'getekend', '%s')",
			list, number, entry->word);
		return;
	}
	write_format(
		device,
		"INSERT INTO besluit (id, lijst, titel, tekst, verslag, laagste, notitie, stand) VALUES (uuid(), '%s',"
		" 'titel', '%s', 'een. twee. drie. vier.', %u, 'let op', 'concept')",
		list, entry->word, number);
	write_format(
		device,
		"INSERT INTO artikel (id, lijst, besluit, tekst, volgorde) SELECT uuid(), lijst, id, 'artikel', 1 FROM"
		" besluit WHERE tekst = '%s'",
		entry->word);
}

static void decision_sign(struct world_device *device, struct ledger_entry *entry, const char *key)
{
	ledger_word(entry, 'h');
	write_format(device,
		     "UPDATE besluit SET stand = 'getekend' || " ROUND
		     ", handtekening = '%s' WHERE id = x'%s' AND " IS_OPEN,
		     entry->word, key);
}

/* A state that comes after the one it is in, or the first of a new round, which lets go of what was signed. */
static void decision_go_on(struct world_device *device, const char *key, uint32_t choice)
{
	if (choice < 4)
		write_format(device,
			     "UPDATE besluit SET stand = 'besproken' || " ROUND
			     " WHERE id = x'%s' AND stand GLOB 'concept*'",
			     key);
	else if (choice < 7)
		write_format(device,
			     "UPDATE besluit SET stand = 'vervangen' || " ROUND
			     " WHERE id = x'%s' AND stand GLOB 'getekend*'",
			     key);
	else
		write_format(
			device,
			"UPDATE besluit SET stand = 'concept/' || (1 + iif(instr(stand, '/'), substr(stand, -1), '0'))"
			" WHERE id = x'%s' AND stand GLOB 'getekend*' AND stand NOT GLOB '*/8'",
			key);
}

/* A column that is frozen. */
static void decision_edit(struct world_device *device, struct ledger_entry *entry, const char *key)
{
	uint32_t choice = world_below(device->world, 10);
	if (choice < 8)
		ledger_word(entry, 't');
	if (choice < 2)
		write_format(device, "UPDATE besluit SET titel = '%s' WHERE id = x'%s'", entry->word, key);
	else if (choice < 6)
		write_format(device, "UPDATE besluit SET tekst = '%s' WHERE id = x'%s'", entry->word, key);
	else if (choice < 8)
		write_format(device,
			     "UPDATE besluit SET verslag = iif(length(verslag) < 300, replace(verslag, '%s', '%s %s'),"
			     " 'een. %s twee. drie. vier.') WHERE id = x'%s'",
			     choice == 6 ? "twee." : "vier.", entry->word, choice == 6 ? "twee." : "vier.", entry->word,
			     key);
	else
		write_format(device, "UPDATE besluit SET laagste = min(coalesce(laagste, 99), %u) WHERE id = x'%s'",
			     world_below(device->world, 100), key);
}

/* A column that goes on. */
static void decision_note(struct world_device *device, struct ledger_entry *entry, const char *key)
{
	uint32_t number = world_below(device->world, 100);
	if (number < 50) {
		ledger_word(entry, 't');
		write_format(device, "UPDATE besluit SET notitie = '%s' WHERE id = x'%s'", entry->word, key);
	} else if (number < 75) {
		write_format(device, "UPDATE besluit SET aantal = coalesce(aantal, 0) + %u WHERE id = x'%s'", number,
			     key);
	} else {
		write_format(device, "UPDATE besluit SET labels = '[\"a%u\",\"b%u\"]' WHERE id = x'%s'", number % 3,
			     number % 5, key);
	}
}

/* --- Articles --- */

static void article_insert(struct world_device *device, struct ledger_entry *entry, const char *key)
{
	ledger_word(entry, 'a');
	write_format(
		device,
		"INSERT INTO artikel (id, lijst, besluit, tekst, volgorde) SELECT uuid(), lijst, id, '%s', %u FROM besluit"
		" WHERE id = x'%s'",
		entry->word, world_below(device->world, 10), key);
}

static void article_write(struct world_device *device, struct ledger_entry *entry, const char *decision)
{
	struct world *world = device->world;
	uint32_t choice = world_below(world, 30);
	char key[KEY_SIZE];
	if (!write_some_row(device, "artikel", "hex(id)", key, sizeof key))
		return;
	if (choice < 14) {
		ledger_word(entry, 'a');
		write_format(device, "UPDATE artikel SET tekst = '%s' WHERE id = x'%s'", entry->word, key);
	} else if (choice < 18) {
		write_format(device, "UPDATE artikel SET volgorde = %u WHERE id = x'%s'", world_below(world, 10), key);
	} else if (choice < 24) {
		write_format(device, "DELETE FROM artikel WHERE id = x'%s'", key);
	} else {
		write_format(device,
			     "UPDATE artikel SET besluit = x'%s' WHERE id = x'%s' AND lijst ="
			     " (SELECT lijst FROM besluit WHERE id = x'%s')",
			     decision, key, decision);
	}
}

void signing_write(struct world_device *device, struct ledger_entry *entry, const char *list)
{
	struct world *world = device->world;
	uint32_t choice = world_below(world, 100);
	char key[KEY_SIZE];
	/* What is signed meets few edits: most who see it know. */
	bool has_open = some_decision(device, true, key);
	bool has_any = (has_open && world_below(world, 4) != 0) || some_decision(device, false, key);
	if (!has_any || choice < 5 || (!has_open && choice < 40))
		decision_insert(device, entry, list);
	else if (choice < 22)
		decision_sign(device, entry, key);
	else if (choice < 30)
		decision_go_on(device, key, world_below(world, 9));
	else if (choice < 50)
		decision_edit(device, entry, key);
	else if (choice < 58)
		decision_note(device, entry, key);
	else if (choice < 68)
		article_insert(device, entry, key);
	else if (choice < 97)
		article_write(device, entry, key);
	else
		write_format(device, "DELETE FROM besluit WHERE id = x'%s'", key);
	if (!write_has_changed(device))
		*entry = (struct ledger_entry){0};
}
