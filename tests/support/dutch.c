#include "tests/support/dutch.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define COUNT(list) ((uint32_t)(sizeof(list) / sizeof((list)[0])))

static const char *const first_names[] = {
	"Samira", "Joost",   "Femke",  "Mo",   "Dunya", "Bas",   "Yara",  "Ruben",  "Ineke",
	"Lotte",  "Hanneke", "Joris",  "Noor", "Mila",  "Ilyas", "Anouk", "Hassan", "Fleur",
	"Daan",   "Sevda",   "Pieter", "Roos", "Kofi",  "Marit", "Thijs", "Elif",
};
static const char *const last_names[] = {
	"Oulad",  "Terpstra",  "Hoogland",    "Lahbabi",   "Achterberg", "Zandstra", "Blom",   "Kuiken",
	"Vroom",  "Haverkort", "Van Dalfsen", "Okkerse",   "Pruis",      "Tahiri",   "Asante", "Lindeboom",
	"Zeeman", "Wiersum",   "Brouwer",     "El Amrani", "De Groot",   "Yıldız",
};
static const char *const who[] = {
	"Mila", "moeder",    "vader",       "de oudste zoon", "mevrouw",    "meneer",    "de buurvrouw", "oma",
	"Noor", "de docent", "de huisarts", "zijn zus",       "de jongste", "het gezin", "de mentor",    "haar broer",
};
static const char *const does[] = {
	"slaapt weer in het eigen bed",          "wil graag meer rust in huis",
	"gaat elke dinsdag naar de sportschool", "heeft een brief van de woningcorporatie gekregen",
	"maakt zich zorgen over de rekeningen",  "vertelt dat het op school beter gaat",
	"vindt het lastig om hulp te vragen",    "wil eerst zelf proberen om te bellen",
	"komt afspraken met de groep goed na",   "heeft een plek gevonden bij de naschoolse opvang",
	"slaapt slecht sinds de verhuizing",     "wil leren om met geld om te gaan",
	"kan nu zelf de post openen en ordenen", "mist het contact met de familie",
	"heeft twee keer het spreekuur bezocht", "durft weer alleen naar buiten",
};
static const char *const then[] = {
	"We spreken af dat we dit volgende week opnieuw bekijken.",
	"Zij kiest zelf met wie zij dit wil bespreken.",
	"De brief ligt klaar en gaat vandaag op de post.",
	"Ik bel donderdag om te horen hoe het gaat.",
	"Samen hebben we een lijstje gemaakt voor op de koelkast.",
	"Dat is een eerste stap, en daar zijn zij trots op.",
	"Er is nu geen haast bij, maar het blijft op de lijst.",
	"De school denkt mee en houdt dit in de gaten.",
	"Afgesproken is dat niemand hier iets voor hoeft aan te vragen.",
	"Volgende keer kijken we naar de kosten van de energie.",
};
static const char *const goals[] = {
	"slaapt in haar eigen bed",
	"heeft een vast avondritueel",
	"heeft overzicht over de schulden",
	"gaat elke dag naar school",
	"kent drie mensen in de buurt",
	"heeft een dagbesteding die past",
	"weet wie zij kan bellen als het tegenzit",
	"eet drie keer per dag aan tafel",
	"opent de post op een vast moment",
};
static const char *const agreements[] = {
	"belt de woningcorporatie over de brief",
	"gaat mee naar het spreekuur",
	"zoekt de papieren bij elkaar",
	"vraagt de buurvrouw om op te passen",
	"maakt een weekschema",
	"schrijft zich in bij de sportschool",
	"neemt contact op met de mentor",
	"bespreekt de medicijnen met de huisarts",
};

uint64_t dutch_random(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint32_t dutch_below(uint64_t *state, uint32_t bound)
{
	assert(bound > 0);
	return (uint32_t)(dutch_random(state) % bound);
}

/* Cuts the last character when snprintf left half of it. */
static void end_whole(char *text, size_t size, int wanted)
{
	if (wanted < 0 || (size_t)wanted < size)
		return;
	size_t end = size - 1;
	while (end > 0 && ((unsigned char)text[end - 1] & 0xc0) == 0x80)
		end--;
	if (end > 0 && (unsigned char)text[end - 1] >= 0xc0)
		end--;
	text[end] = '\0';
}

static const char *one_of(uint64_t *state, const char *const *list, uint32_t count)
{
	return list[dutch_below(state, count)];
}

void dutch_family(uint64_t *state, char *text, size_t size)
{
	end_whole(text, size, snprintf(text, size, "gezin %s", one_of(state, last_names, COUNT(last_names))));
}

void dutch_person(uint64_t *state, char *text, size_t size)
{
	const char *first = one_of(state, first_names, COUNT(first_names));
	end_whole(text, size, snprintf(text, size, "%s %s", first, one_of(state, last_names, COUNT(last_names))));
}

void dutch_goal(uint64_t *state, char *text, size_t size)
{
	const char *name = one_of(state, first_names, COUNT(first_names));
	end_whole(text, size, snprintf(text, size, "%s %s", name, one_of(state, goals, COUNT(goals))));
}

void dutch_agreement(uint64_t *state, char *text, size_t size)
{
	const char *name = one_of(state, first_names, COUNT(first_names));
	end_whole(text, size, snprintf(text, size, "%s %s", name, one_of(state, agreements, COUNT(agreements))));
}

void dutch_note(uint64_t *state, size_t length, char *text, size_t size)
{
	assert(size > 0);
	size_t used = 0;
	text[0] = '\0';
	while (used < length && used + 1 < size) {
		const char *subject = one_of(state, who, COUNT(who));
		const char *action = one_of(state, does, COUNT(does));
		const char *end = one_of(state, then, COUNT(then));
		int wanted = snprintf(text + used, size - used, "%s%s, %s, %s. %s", used > 0 ? " " : "",
				      one_of(state, first_names, COUNT(first_names)), subject, action, end);
		end_whole(text + used, size - used, wanted);
		used += strlen(text + used);
	}
}
