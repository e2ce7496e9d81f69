/* seekbytes: looks in files for secrets in every form in which they could lie there.
 *
 *   seekbytes [--device FILE] [--bytes FILE] [--hex DIGITS] [--text TEXT]… -- FILE…
 *
 * Markers: a text; bytes given as hex digits; the contents of a file (--bytes; hex digits in it count as the bytes they
 * stand for); the private key in a device's file.  Forms: as it is, as hex of either case, as base64 (both alphabets) at
 * each of the three alignments, as UTF-16 of either order, and as the bytes backwards.  Prints a line for each that it
 * finds; exit 0 nothing found, 1 something, 2 it could not look. */
#include <ctype.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MARKERS_MAX = 64, MARKER_SIZE_MIN = 6, MARKER_SIZE_MAX = 4096, NEEDLE_SIZE_MAX = 2 * MARKER_SIZE_MAX + 8 };

struct marker {
	char name[80];
	uint8_t bytes[MARKER_SIZE_MAX];
	size_t size;
};

static struct marker markers[MARKERS_MAX];
static size_t marker_count;

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "seekbytes: %s\n", what);
	exit(2);
}

static void add_marker(const char *name, const void *bytes, size_t size)
{
	/* What is shorter turns up by chance. */
	if (size < MARKER_SIZE_MIN || size > MARKER_SIZE_MAX || marker_count == MARKERS_MAX)
		fail("a marker is too short or too long, or there are too many");
	struct marker *marker = &markers[marker_count++];
	snprintf(marker->name, sizeof marker->name, "%s", name);
	memcpy(marker->bytes, bytes, size);
	marker->size = size;
}

static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	size_t room = 1 << 20;
	uint8_t *bytes = malloc(room);

	if (file == NULL || bytes == NULL)
		fail(path);
	*size = 0;
	for (;;) {
		size_t got = fread(bytes + *size, 1, room - *size, file);

		*size += got;
		if (got == 0)
			break;
		if (*size == room) {
			uint8_t *larger = realloc(bytes, room *= 2);
			if (larger == NULL)
				fail("memory");
			bytes = larger;
		}
	}
	fclose(file);
	return bytes;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads hex digits as bytes; 0 when they are none. */
static size_t unhex(const char *digits, size_t count, uint8_t *out)
{
	if (count % 2 != 0 || count / 2 > MARKER_SIZE_MAX)
		return 0;
	for (size_t i = 0; i < count / 2; i++) {
		int high = digit(digits[2 * i]), low = digit(digits[2 * i + 1]);

		if (high < 0 || low < 0)
			return 0;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return count / 2;
}

static void add_file(const char *path)
{
	static uint8_t plain[MARKER_SIZE_MAX];
	size_t size;
	uint8_t *bytes = read_file(path, &size);
	size_t digits = size;

	while (digits > 0 && isspace(bytes[digits - 1]))
		digits--;
	size_t plain_size = unhex((const char *)bytes, digits, plain);
	if (plain_size > 0)
		add_marker(path, plain, plain_size);
	else
		add_marker(path, bytes, size);
	free(bytes);
}

/* The private key of a device: the 32 bytes behind `04 20` in its SEC1 or PKCS#8 form. */
static void add_device_key(const char *path)
{
	sqlite3 *db;
	sqlite3_stmt *statement;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, "SELECT value FROM bsync_meta WHERE name = 'private_key'", -1, &statement, NULL) !=
		    SQLITE_OK ||
	    sqlite3_step(statement) != SQLITE_ROW)
		fail("the device's file holds no private key");
	const uint8_t *der = sqlite3_column_blob(statement, 0);
	size_t size = (size_t)sqlite3_column_bytes(statement, 0), at = 0;

	while (at + 34 <= size && (der[at] != 0x04 || der[at + 1] != 0x20))
		at++;
	if (at + 34 > size)
		fail("the device's private key has another form");
	add_marker("private key", der + at + 2, 32);
	sqlite3_finalize(statement);
	sqlite3_close(db);
}

/* --- Forms --- */

static size_t base64(const uint8_t *bytes, size_t size, const char *last_two, char *out)
{
	char alphabet[65] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	size_t used = 0;

	memcpy(alphabet + 62, last_two, 2);
	/* Only whole groups: what comes before and after the marker is not known. */
	for (size_t i = 0; i + 3 <= size; i += 3) {
		uint32_t word = (uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 | bytes[i + 2];

		for (int shift = 18; shift >= 0; shift -= 6)
			out[used++] = alphabet[word >> shift & 63];
	}
	return used;
}

static bool seek(const uint8_t *hay, size_t hay_size, const void *needle, size_t size, const char *path,
		 const struct marker *marker, const char *form)
{
	if (size == 0 || hay_size < size || memmem(hay, hay_size, needle, size) == NULL)
		return false;
	printf("%s: %s as %s\n", path, marker->name, form);
	return true;
}

static bool seek_marker(const uint8_t *hay, size_t hay_size, const char *path, const struct marker *marker)
{
	static char needle[NEEDLE_SIZE_MAX];
	bool is_found = seek(hay, hay_size, marker->bytes, marker->size, path, marker, "it is");

	for (int upper = 0; upper < 2; upper++) {
		for (size_t i = 0; i < marker->size; i++)
			snprintf(needle + 2 * i, 3, upper ? "%02X" : "%02x", marker->bytes[i]);
		is_found |= seek(hay, hay_size, needle, 2 * marker->size, path, marker, "hex");
	}
	for (size_t skip = 0; skip < 3; skip++) {
		size_t size = base64(marker->bytes + skip, marker->size - skip, "+/", needle);

		is_found |= seek(hay, hay_size, needle, size, path, marker, "base64");
		size = base64(marker->bytes + skip, marker->size - skip, "-_", needle);
		is_found |= seek(hay, hay_size, needle, size, path, marker, "base64url");
	}
	for (size_t order = 0; order < 2; order++) {
		memset(needle, 0, 2 * marker->size);
		for (size_t i = 0; i < marker->size; i++)
			needle[2 * i + order] = (char)marker->bytes[i];
		is_found |= seek(hay, hay_size, needle, 2 * marker->size, path, marker, "UTF-16");
	}
	for (size_t i = 0; i < marker->size; i++)
		needle[i] = (char)marker->bytes[marker->size - 1 - i];
	is_found |= seek(hay, hay_size, needle, marker->size, path, marker, "its bytes backwards");
	return is_found;
}

int main(int argc, char **argv)
{
	static uint8_t plain[MARKER_SIZE_MAX];
	bool is_found = false;
	int at = 1;

	for (; at + 1 < argc && strcmp(argv[at], "--") != 0; at += 2) {
		const char *what = argv[at + 1];

		if (strcmp(argv[at], "--text") == 0)
			add_marker(what, what, strlen(what));
		else if (strcmp(argv[at], "--hex") == 0)
			add_marker(what, plain, unhex(what, strlen(what), plain));
		else if (strcmp(argv[at], "--bytes") == 0)
			add_file(what);
		else if (strcmp(argv[at], "--device") == 0)
			add_device_key(what);
		else
			fail("usage: seekbytes [--device FILE] [--bytes FILE] [--hex DIGITS] [--text TEXT]… -- FILE…");
	}
	if (marker_count == 0 || at + 1 >= argc)
		fail("nothing to look for, or nowhere");
	while (++at < argc) {
		size_t size;
		uint8_t *hay = read_file(argv[at], &size);

		for (size_t i = 0; i < marker_count; i++)
			is_found |= seek_marker(hay, size, argv[at], &markers[i]);
		free(hay);
	}
	return is_found ? 1 : 0;
}
