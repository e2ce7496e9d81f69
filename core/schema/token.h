/* token.h: walk over the words of an SQL text, past comments, strings and quotes.
 *
 * Not a parser: SQLite is that.  Serves to find the line of a thing that SQLite has taken, and the few
 * words SQLite does not report. */
#ifndef BSYNC_CORE_SCHEMA_TOKEN_H
#define BSYNC_CORE_SCHEMA_TOKEN_H

#include "core/bytes.h"

enum bsync_token_kind {
	BSYNC_TOKEN_WORD,   /* a keyword or plain identifier */
	BSYNC_TOKEN_QUOTED, /* "x", `x` or [x]; the text is without the quotes */
	BSYNC_TOKEN_STRING, /* 'x'; the text is without the quotes */
	BSYNC_TOKEN_NUMBER,
	BSYNC_TOKEN_PARAMETER, /* :x, @x, $x or ? */
	BSYNC_TOKEN_SIGN,      /* one character of anything else */
};

/* One token; `text` borrows from the SQL. */
struct bsync_token {
	enum bsync_token_kind kind;
	struct bsync_bytes text;
};

/* Takes the next token off the front of `sql`; false at the end. */
bool bsync_token_next(struct bsync_bytes *sql, struct bsync_token *token);

/* Skips blanks and comments at the front of `sql`. */
void bsync_token_skip(struct bsync_bytes *sql);

/* The token is this keyword, in either case. */
bool bsync_token_is_word(const struct bsync_token *token, const char *word);
/* The token is this name, quoted or not, in either case. */
bool bsync_token_is_name(const struct bsync_token *token, const char *name);
/* The token is a string of exactly these characters. */
bool bsync_token_is_string(const struct bsync_token *token, const char *text);
bool bsync_token_is_sign(const struct bsync_token *token, char sign);

#endif
