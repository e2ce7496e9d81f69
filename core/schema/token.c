#include "core/schema/token.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

static bool is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_word_byte(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
	       c >= 0x80;
}

static void advance(struct bsync_bytes *sql, size_t size)
{
	assert(size <= sql->size);
	sql->data += size;
	sql->size -= size;
}

/* The size of the comment at the front; 0 when there is none. */
static size_t comment_size(struct bsync_bytes sql)
{
	size_t i = 2;

	if (sql.size < 2)
		return 0;
	if (sql.data[0] == '-' && sql.data[1] == '-') {
		while (i < sql.size && sql.data[i] != '\n')
			i++;
		return i;
	}
	if (sql.data[0] != '/' || sql.data[1] != '*')
		return 0;
	while (i < sql.size && !(sql.data[i] == '/' && sql.data[i - 1] == '*' && i > 2))
		i++;
	return i < sql.size ? i + 1 : i;
}

void bsync_token_skip(struct bsync_bytes *sql)
{
	assert(sql != NULL);
	for (;;) {
		size_t size = 0;

		while (size < sql->size && is_blank(sql->data[size]))
			size++;
		if (size == 0)
			size = comment_size(*sql);
		if (size == 0)
			return;
		advance(sql, size);
	}
}

/* Takes a quoted text that ends with `end`; a doubled end stands for itself and stays doubled in the token. */
static void quoted(struct bsync_bytes *sql, uint8_t end, struct bsync_token *token)
{
	assert(sql != NULL);
	assert(token != NULL);
	size_t i = 1;

	while (i < sql->size) {
		if (sql->data[i] == end) {
			if (end == ']' || i + 1 >= sql->size || sql->data[i + 1] != end)
				break;
			i++;
		}
		i++;
	}
	token->text.data = sql->data + 1;
	token->text.size = (i < sql->size ? i : sql->size) - 1;
	advance(sql, i < sql->size ? i + 1 : sql->size);
}

bool bsync_token_next(struct bsync_bytes *sql, struct bsync_token *token)
{
	assert(sql != NULL);
	assert(token != NULL);
	bsync_token_skip(sql);
	if (sql->size == 0)
		return false;
	uint8_t first = sql->data[0];
	size_t size = 1;

	if (first == '\'' || first == '"' || first == '`' || first == '[') {
		token->kind = first == '\'' ? BSYNC_TOKEN_STRING : BSYNC_TOKEN_QUOTED;
		quoted(sql, first == '[' ? ']' : first, token);
		return true;
	}
	bool is_parameter = first == ':' || first == '@' || first == '$' || first == '?';
	if (is_parameter || is_word_byte(first)) {
		while (size < sql->size && is_word_byte(sql->data[size]))
			size++;
	}
	if (is_parameter)
		token->kind = BSYNC_TOKEN_PARAMETER;
	else if (!is_word_byte(first))
		token->kind = BSYNC_TOKEN_SIGN;
	else
		token->kind = first >= '0' && first <= '9' ? BSYNC_TOKEN_NUMBER : BSYNC_TOKEN_WORD;
	token->text.data = sql->data;
	token->text.size = size;
	advance(sql, size);
	return true;
}

static bool same(struct bsync_bytes text, const char *word)
{
	assert(word != NULL);
	return strlen(word) == text.size && strncasecmp((const char *)text.data, word, text.size) == 0;
}

bool bsync_token_is_word(const struct bsync_token *token, const char *word)
{
	assert(token != NULL);
	return token->kind == BSYNC_TOKEN_WORD && same(token->text, word);
}

bool bsync_token_is_name(const struct bsync_token *token, const char *name)
{
	assert(token != NULL);
	return (token->kind == BSYNC_TOKEN_WORD || token->kind == BSYNC_TOKEN_QUOTED) && same(token->text, name);
}

bool bsync_token_is_string(const struct bsync_token *token, const char *text)
{
	assert(token != NULL);
	assert(text != NULL);
	return token->kind == BSYNC_TOKEN_STRING && token->text.size == strlen(text) &&
	       memcmp(token->text.data, text, token->text.size) == 0;
}

bool bsync_token_is_sign(const struct bsync_token *token, char sign)
{
	assert(token != NULL);
	return token->kind == BSYNC_TOKEN_SIGN && token->text.data[0] == (uint8_t)sign;
}
