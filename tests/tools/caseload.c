/* caseload: fills a device with an invented caseload of the Utrecht schema, all of its tables, through the public interface alone.
 *
 *   caseload --dir C --team HEX --workers "HEX HEX …" [--dossiers N] [--seed S]
 *
 * Each household is one transaction: the file, its people, who is involved (the worker whose turn it is, and in one
 * of four households a second), their story and contacts, a plan with goals, notes of visits and agreements; for some a
 * referral, a decision, a consult, a safety plan.  Some go to the case table.  Where the device's own worker leads, some have
 * a compartment.  What everybody holds comes last.  The same seed gives the same text. */
#include <buurtsync.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/dutch.h"

enum { WORKERS_MAX = 64, TEXT_SIZE = 1000 };

struct caseload {
	struct bsync_client *client;
	uint64_t random;
	uint8_t team[16], me[16];
	uint8_t workers[WORKERS_MAX][16];
	uint32_t worker_count;
	uint64_t rows;
};

struct household {
	uint32_t number;
	uint8_t dossier[16], person[16], plan[16], goal[16];
};

static void fail(const char *what, const struct bsync_error *error)
{
	fprintf(stderr, "caseload: %s: %s\n", what, error->text);
	exit(1);
}

static const char *parse_hex(const char *text, uint8_t id[16])
{
	for (int i = 0; i < 16; i++) {
		char pair[3] = {text[2 * i], text[2 * i] != '\0' ? text[2 * i + 1] : '\0', '\0'};
		char *end;
		id[i] = (uint8_t)strtoul(pair, &end, 16);
		if (end != pair + 2) {
			fprintf(stderr, "caseload: %s does not begin with an id of 32 hex digits\n", text);
			exit(2);
		}
	}
	return text + 32;
}

static void run(struct caseload *caseload, const char *sql)
{
	struct bsync_error error;
	if (bsync_exec(caseload->client, sql, &error) != BSYNC_DONE)
		fail(sql, &error);
}

/* One statement; `kinds` says what each argument is: b an id, t a text, i an integer. */
struct argument {
	const uint8_t *id;
	const char *text;
	int64_t integer;
};

static void insert(struct caseload *caseload, const char *sql, const struct argument *arguments, int count)
{
	struct bsync_statement *statement = NULL;
	struct bsync_error error;
	if (bsync_prepare(caseload->client, sql, (size_t)-1, &statement, NULL, &error) != BSYNC_DONE)
		fail(sql, &error);
	for (int i = 0; i < count; i++) {
		const struct argument *argument = &arguments[i];
		int code = BSYNC_DONE;
		if (argument->id != NULL)
			code = bsync_bind_blob(statement, i + 1, argument->id, 16);
		else if (argument->text != NULL)
			code = bsync_bind_text(statement, i + 1, argument->text, strlen(argument->text));
		else
			code = bsync_bind_integer(statement, i + 1, argument->integer);
		if (code != BSYNC_DONE)
			fail(sql, &error);
	}
	if (bsync_step(statement, &error) != BSYNC_DONE)
		fail(sql, &error);
	bsync_finalize(statement);
	caseload->rows++;
}

static void make_id(struct caseload *caseload, uint8_t id[16])
{
	if (bsync_uuid(caseload->client, id) != BSYNC_DONE)
		exit(1);
}

/* Who the device's worker is. */
static void read_me(struct caseload *caseload)
{
	struct bsync_statement *statement = NULL;
	struct bsync_error error;
	size_t size = 0;
	const void *id = NULL;
	if (bsync_prepare(caseload->client, "SELECT me()", (size_t)-1, &statement, NULL, &error) != BSYNC_DONE ||
	    bsync_step(statement, &error) != BSYNC_ROW)
		fail("SELECT me()", &error);
	id = bsync_column_blob(statement, 0, &size);
	if (size == sizeof caseload->me)
		memcpy(caseload->me, id, size);
	bsync_finalize(statement);
}

static const char *pick(struct caseload *caseload, const char *const *list, uint32_t count)
{
	return list[dutch_below(&caseload->random, count)];
}

static void date(struct caseload *caseload, char text[11])
{
	snprintf(text, 11, "2026-%02u-%02u", 1 + dutch_below(&caseload->random, 10),
		 1 + dutch_below(&caseload->random, 28));
}

static void involve(struct caseload *caseload, const struct household *house, uint32_t worker, const char *role)
{
	uint8_t id[16];
	char from[11];
	make_id(caseload, id);
	date(caseload, from);
	const struct argument arguments[] = {
		{.id = id},     {.id = house->dossier}, {.id = caseload->workers[worker]}, {.id = caseload->team},
		{.text = role}, {.text = from},
	};
	insert(caseload,
	       "INSERT INTO betrokkenheid (id, dossier_id, medewerker_id, team_id, rol, vanaf, basis, status) "
	       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'eigen_taak', 'actief')",
	       arguments, 6);
}

/* One row whose first columns are an id, the dossier and two texts; the rest of it is in the SQL. */
static void add_row(struct caseload *caseload, const struct household *house, const char *sql, const char *first,
		    const char *second)
{
	uint8_t id[16];
	make_id(caseload, id);
	const struct argument arguments[] = {{.id = id}, {.id = house->dossier}, {.text = first}, {.text = second}};
	insert(caseload, sql, arguments, second != NULL ? 4 : 3);
}

static void add_circle(struct caseload *caseload, const struct household *house)
{
	static const char *const told_at[] = {"voordeur", "huisbezoek", "school"};
	char name[100], story[TEXT_SIZE];
	dutch_person(&caseload->random, name, sizeof name);
	add_row(caseload, house,
		"INSERT INTO netwerkcontact (id, dossier_id, naam, relatie, mag_gebeld) VALUES (?1, ?2, ?3, 'familie', ?4)",
		name, house->number % 3 == 0 ? "onbekend" : "ja");
	dutch_note(&caseload->random, 400, story, sizeof story);
	add_row(caseload, house,
		"INSERT INTO verhaal (id, dossier_id, tekst, bij, verteld_door) VALUES (?1, ?2, ?3, ?4, 'moeder')",
		story, pick(caseload, told_at, 3));
	uint8_t id[16];
	make_id(caseload, id);
	const struct argument consent[] = {
		{.id = id}, {.id = house->dossier}, {.id = house->person}, {.id = caseload->team}};
	insert(caseload,
	       "INSERT INTO toestemming (id, dossier_id, persoon_id, voor_team_id, compartiment, namens, status) "
	       "VALUES (?1, ?2, ?3, ?4, 'basis', 'zelf', 'gegeven')",
	       consent, 4);
}

static void add_people(struct caseload *caseload, struct household *house)
{
	static const char *const roles[] = {"moeder", "vader", "kind", "kind", "grootouder"};
	uint32_t count = 2 + dutch_below(&caseload->random, 4);
	for (uint32_t i = 0; i < count; i++) {
		char name[100];
		make_id(caseload, house->person);
		dutch_person(&caseload->random, name, sizeof name);
		const struct argument arguments[] = {
			{.id = house->person},
			{.id = house->dossier},
			{.text = name},
			{.text = roles[i % 5]},
			{.integer = 1950 + dutch_below(&caseload->random, 72)},
		};
		insert(caseload,
		       "INSERT INTO persoon (id, dossier_id, naam, rol_in_gezin, geboortejaar, voorkeurstaal) "
		       "VALUES (?1, ?2, ?3, ?4, ?5, 'nl')",
		       arguments, 5);
	}
}

static void add_plan(struct caseload *caseload, struct household *house)
{
	static const char *const states[] = {"open", "bezig", "gehaald"};
	char question[TEXT_SIZE], agreed[TEXT_SIZE];
	make_id(caseload, house->plan);
	dutch_note(&caseload->random, 150, question, sizeof question);
	dutch_note(&caseload->random, 200, agreed, sizeof agreed);
	const struct argument plan[] = {
		{.id = house->plan}, {.id = house->dossier}, {.text = question}, {.text = agreed}};
	insert(caseload,
	       "INSERT INTO ondersteuningsplan (id, dossier_id, vraag_van_client, afgesproken_inzet, status) "
	       "VALUES (?1, ?2, ?3, ?4, 'concept')",
	       plan, 4);
	uint32_t count = 2 + dutch_below(&caseload->random, 3);
	for (uint32_t i = 0; i < count; i++) {
		char goal[200];
		make_id(caseload, house->goal);
		dutch_goal(&caseload->random, goal, sizeof goal);
		const struct argument arguments[] = {
			{.id = house->goal},
			{.id = house->dossier},
			{.id = house->plan},
			{.text = goal},
			{.text = pick(caseload, states, 3)},
			{.integer = i + 1},
		};
		insert(caseload,
		       "INSERT INTO doel (id, dossier_id, plan_id, tekst, status, volgorde, namens) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'client')",
		       arguments, 6);
	}
}

static void add_notes(struct caseload *caseload, const struct household *house)
{
	static const char *const kinds[] = {"gesprek", "observatie", "afweging", "signaal"};
	uint32_t count = 5 + dutch_below(&caseload->random, 8);
	for (uint32_t i = 0; i < count; i++) {
		uint8_t id[16];
		char day[11], note[TEXT_SIZE];
		make_id(caseload, id);
		date(caseload, day);
		dutch_note(&caseload->random, 200 + dutch_below(&caseload->random, 300), note, sizeof note);
		const struct argument arguments[] = {
			{.id = id},
			{.id = house->dossier},
			{.id = house->goal},
			{.text = day},
			{.text = pick(caseload, kinds, 4)},
			{.text = note},
		};
		insert(caseload,
		       "INSERT INTO voortgang (id, dossier_id, doel_id, op, soort, tekst, geschreven_door) VALUES (?1, ?2, ?3, ?4, ?5, ?6, me())",
		       arguments, 6);
	}
	count = 2 + dutch_below(&caseload->random, 3);
	for (uint32_t i = 0; i < count; i++) {
		uint8_t id[16];
		char day[11], what[200];
		make_id(caseload, id);
		date(caseload, day);
		dutch_agreement(&caseload->random, what, sizeof what);
		const struct argument arguments[] = {{.id = id}, {.id = house->dossier}, {.text = what}, {.text = day}};
		insert(caseload,
		       "INSERT INTO afspraak (id, dossier_id, wat, wanneer, status) VALUES (?1, ?2, ?3, ?4, 'open')",
		       arguments, 4);
	}
}

/* What leads to other help. */
static void add_ways(struct caseload *caseload, const struct household *house, uint32_t lead)
{
	static const char *const forms[] = {"thuisbegeleiding", "individuele begeleiding", "specialistische jeugdhulp"};
	char text[TEXT_SIZE], sent[11];
	uint8_t id[16];
	dutch_note(&caseload->random, 150, text, sizeof text);
	date(caseload, sent);
	make_id(caseload, id);
	const struct argument referral[] = {
		{.id = id},
		{.id = house->dossier},
		{.id = caseload->team},
		{.id = house->plan},
		{.text = pick(caseload, forms, 3)},
		{.text = text},
		{.text = sent},
		{.integer = dutch_below(&caseload->random, 40)},
	};
	if (house->number % 2 == 0)
		insert(caseload,
		       "INSERT INTO verwijzing (id, dossier_id, aanbieder_id, plan_id, zorgvorm_code, waarvoor, verzonden_op, gestart_op, soort, "
		       "verwijzer_soort, status) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, date(?7, ?8 || ' days'), 'aanvullende_zorg', 'buurtteam', 'gestart')",
		       referral, 8);
	if (house->number % 20 == 3)
		add_row(caseload, house,
			"INSERT INTO besluit (id, dossier_id, soort, aanvraag_tekst, status) VALUES (?1, ?2, 'afwijzing', ?3, 'concept')",
			text, NULL);
	make_id(caseload, id);
	const struct argument consult[] = {{.id = id},
					   {.id = house->dossier},
					   {.id = caseload->workers[(lead + 1) % caseload->worker_count]},
					   {.text = text},
					   {.text = sent}};
	if (house->number % 6 == 1)
		insert(caseload,
		       "INSERT INTO consult (id, dossier_id, specialist_id, vraag, met_dossier, toegang_vanaf, toegang_tot, status) "
		       "VALUES (?1, ?2, ?3, ?4, 1, ?5, date(?5, '7 days'), 'toegezegd')",
		       consult, 5);
}

static void add_safety_plan(struct caseload *caseload, const struct household *house)
{
	uint8_t plan[16], id[16];
	char what[200];
	make_id(caseload, plan);
	make_id(caseload, id);
	dutch_agreement(&caseload->random, what, sizeof what);
	const struct argument safety[] = {{.id = plan}, {.id = house->dossier}, {.id = house->person}};
	insert(caseload,
	       "INSERT INTO veiligheidsplan (id, dossier_id, persoon_id, ronde, status) VALUES (?1, ?2, ?3, 1, 'gedeeld')",
	       safety, 3);
	const struct argument agreement[] = {
		{.id = id}, {.id = house->dossier}, {.id = house->person}, {.id = plan}, {.text = what}};
	insert(caseload,
	       "INSERT INTO veiligheidsafspraak (id, dossier_id, persoon_id, toegevoegd_in_plan_id, tekst, bedacht_door) "
	       "VALUES (?1, ?2, ?3, ?4, ?5, 'client')",
	       agreement, 5);
}

/* A case at a table of all workers, weighed by the one who brought it in. */
static void add_case(struct caseload *caseload, const struct household *house)
{
	uint8_t id[16], weighing[16];
	char text[TEXT_SIZE];
	make_id(caseload, id);
	make_id(caseload, weighing);
	dutch_note(&caseload->random, 200, text, sizeof text);
	const struct argument brought[] = {{.id = id}, {.id = house->dossier}, {.text = text}};
	insert(caseload,
	       "INSERT INTO casusinbreng (id, inbrenger_id, dossier_id, tafel, niveau, samenvatting, status, deelnemers) "
	       "SELECT ?1, me(), ?2, 'ondiep', 'wijktafel', ?3, 'ingediend', json_group_array(lower(hex(id))) FROM medewerker",
	       brought, 3);
	const struct argument weighed[] = {{.id = weighing}, {.id = id}, {.text = text}};
	insert(caseload,
	       "INSERT INTO waardenweging (id, casus_id, deelnemer_id, betrokkenheid) VALUES (?1, ?2, me(), ?3)",
	       weighed, 3);
}

/* Only who is involved begins a compartment. */
static void add_compartment(struct caseload *caseload, const struct household *house)
{
	char note[TEXT_SIZE];
	dutch_note(&caseload->random, 200, note, sizeof note);
	run(caseload, "BEGIN");
	add_row(caseload, house,
		"INSERT INTO inzage (id, dossier_id, compartiment, medewerker_id, status) VALUES (?1, ?2, ?3, me(), 'gegeven')",
		"schulden", NULL);
	add_row(caseload, house,
		"INSERT INTO voortgang (id, dossier_id, tekst, soort, compartiment, geschreven_door) VALUES (?1, ?2, ?3, 'gesprek', ?4, me())",
		note, "schulden");
	add_row(caseload, house,
		"INSERT INTO inzage (id, dossier_id, compartiment, medewerker_id, status) VALUES (?1, ?2, ?3, me(), 'gegeven')",
		"geheim_adres", NULL);
	add_row(caseload, house, "INSERT INTO geheim_adres (id, dossier_id, adres) VALUES (?1, ?2, ?3)", "Opvang",
		NULL);
	run(caseload, "COMMIT");
}

/* What belongs to no household. */
static void add_common(struct caseload *caseload)
{
	uint8_t id[16];
	make_id(caseload, id);
	const struct argument arguments[] = {{.id = id}, {.id = caseload->team}};
	insert(caseload,
	       "INSERT INTO werkafspraak (id, soort, titel, tekst, status) "
	       "VALUES (?1, 'wijkplan', 'Samen aan de deur', hex(?2), 'open')",
	       arguments, 2);
	insert(caseload,
	       "INSERT INTO vroegsignaal (id, signaal_id, team_id, adres, signaal_soort, op, uitkomst) "
	       "VALUES (?1, ?1, ?2, 'Dorpsweg 1', 'huur', '2026-10-01', 'niet_thuis')",
	       arguments, 2);
	insert(caseload,
	       "INSERT INTO telling (team_id, maand, soort, categorie, aantal) SELECT ?2, '2026-10', 'voordeur_vraag', hex(?1), 3",
	       arguments, 2);
}

static void add_household(struct caseload *caseload, uint32_t number)
{
	static const char *const kinds[] = {"sociaal", "J&G"};
	static const char *const areas[] = {"zuilen", "ondiep", "overvecht", "kanaleneiland"};
	struct household house = {.number = number};
	char name[100], day[11];
	uint32_t lead = number % caseload->worker_count;
	run(caseload, "BEGIN");
	make_id(caseload, house.dossier);
	dutch_family(&caseload->random, name, sizeof name);
	date(caseload, day);
	const struct argument dossier[] = {
		{.id = house.dossier},
		{.text = name},
		{.text = pick(caseload, areas, 4)},
		{.text = pick(caseload, kinds, 2)},
		{.id = caseload->workers[lead]},
		{.id = caseload->team},
		{.text = day},
	};
	/* Of two with one name that came in on one day the desk knows that they are different households. */
	insert(caseload,
	       "INSERT INTO dossier (id, roepnaam, wijk_code, soort_team, vaste_hulpverlener_id, aan_zet_team_id, aangemeld_op, status, ander_huishouden) "
	       "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, 'actief', iif(EXISTS (SELECT 1 FROM dossier WHERE roepnaam = ?2 AND wijk_code = ?3 AND aangemeld_op = ?7), 1, NULL)",
	       dossier, 7);
	involve(caseload, &house, lead, "hulpverlener");
	if (number / caseload->worker_count % 4 == 0 && caseload->worker_count > 1)
		involve(caseload, &house, (lead + 1) % caseload->worker_count, "specialist");
	add_people(caseload, &house);
	add_circle(caseload, &house);
	add_plan(caseload, &house);
	add_notes(caseload, &house);
	add_ways(caseload, &house, lead);
	if (number % 15 == 5)
		add_safety_plan(caseload, &house);
	if (number % 50 == 7)
		add_case(caseload, &house);
	run(caseload, "COMMIT");
	if (number % 30 < caseload->worker_count && memcmp(caseload->workers[lead], caseload->me, 16) == 0)
		add_compartment(caseload, &house);
}

int main(int argc, char **argv)
{
	static struct caseload caseload;
	const char *directory = NULL, *workers = NULL, *team = NULL;
	uint32_t dossiers = 400;
	caseload.random = 1;
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--dir") == 0)
			directory = argv[i + 1];
		else if (strcmp(argv[i], "--team") == 0)
			team = argv[i + 1];
		else if (strcmp(argv[i], "--workers") == 0)
			workers = argv[i + 1];
		else if (strcmp(argv[i], "--dossiers") == 0)
			dossiers = (uint32_t)strtoul(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--seed") == 0)
			caseload.random = strtoull(argv[i + 1], NULL, 10);
	}
	if (directory == NULL || workers == NULL || team == NULL) {
		fprintf(stderr,
			"usage: caseload --dir C --team HEX --workers \"HEX HEX …\" [--dossiers N] [--seed S]\n");
		return 2;
	}
	(void)parse_hex(team, caseload.team);
	workers += strspn(workers, " \n");
	while (*workers != '\0' && caseload.worker_count < WORKERS_MAX) {
		workers = parse_hex(workers, caseload.workers[caseload.worker_count++]);
		workers += strspn(workers, " \n");
	}
	struct bsync_error error;
	if (bsync_open(directory, &caseload.client, &error) != BSYNC_DONE)
		fail(directory, &error);
	read_me(&caseload);
	for (uint32_t i = 0; i < dossiers; i++)
		add_household(&caseload, i);
	add_common(&caseload);
	bsync_close(caseload.client);
	printf("%u households, %llu rows\n", dossiers, (unsigned long long)caseload.rows);
	return 0;
}
