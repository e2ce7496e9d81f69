/* queries.h: the statements on our own tables, one list, prepared on first use and kept.
 *
 * Statements on the tables of the schema are record.h's. */
#ifndef BSYNC_CLIENT_STORE_QUERIES_H
#define BSYNC_CLIENT_STORE_QUERIES_H

#include <stdbool.h>

#include "core/result.h"

struct sqlite3_stmt;
struct bsync_file;
struct bsync_scope_ref;

#define BSYNC_VARIANT_COLUMNS "device, line, seq, author, device_ms, stamp_ms, counter, value"
/* What bsync_past_row_read reads. */
#define BSYNC_PAST_COLUMNS "column_no, " BSYNC_VARIANT_COLUMNS ", replaced_counter, replaced_by"

/* X(NAME, sql) */
#define BSYNC_QUERIES(X)                                                                                                 \
	X(DATA_VERSION, "PRAGMA data_version")                                                                           \
	X(META_SET,                                                                                                      \
	  "INSERT INTO bsync_meta(name, value) VALUES(?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value")         \
	X(META_GET, "SELECT value FROM bsync_meta WHERE name = ?1")                                                      \
	X(STATE_ALL, "SELECT name, value FROM bsync_meta WHERE name > 'sync.' AND name < 'sync/'")                       \
	X(CAPTURE_ADD, "INSERT INTO bsync_capture(tno, op, key, mask, old) VALUES(?1, ?2, ?3, ?4, ?5)")                  \
	X(OUTBOX_LAST, "SELECT seq, hash, total FROM bsync_outbox ORDER BY seq DESC LIMIT 1")                            \
	X(OUTBOX_HASH, "SELECT hash FROM bsync_outbox WHERE seq = ?1")                                                   \
	X(OUTBOX_ADD,                                                                                                    \
	  "INSERT INTO bsync_outbox(seq, line, epoch, schema_version, made_ms, size, total, hash, salt, body)"           \
	  " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")                                                            \
	X(OUTBOX_GET, "SELECT epoch, schema_version, salt, body FROM bsync_outbox WHERE seq = ?1")                       \
	X(OUTBOX_AFTER, "SELECT seq, epoch, salt, body, hash FROM bsync_outbox WHERE seq > ?1 ORDER BY seq")             \
	X(OUTBOX_STATE, "SELECT state, made_ms, counter FROM bsync_outbox WHERE seq = ?1")                               \
	X(OUTBOX_ENTRY,                                                                                                  \
	  "SELECT state, made_ms, counter, stamp_ms, verdict, reason, line FROM bsync_outbox WHERE seq = ?1")            \
	X(OUTBOX_ANSWER, "UPDATE bsync_outbox SET state = ?2, counter = ?3, stamp_ms = ?4, verdict = ?5, reason = ?6,"   \
			 " unseen = iif(unseen = -?7, unseen, ?7) WHERE seq = ?1")                                       \
	X(OUTBOX_TOTAL, "SELECT total FROM bsync_outbox WHERE seq <= ?1 ORDER BY seq DESC LIMIT 1")                      \
	X(OUTBOX_ASIDE, "SELECT count(*) FILTER (WHERE state = 2), count(*) FILTER (WHERE state = 3)"                    \
			" FROM bsync_outbox WHERE state > 1")                                                            \
	X(OUTBOX_LIST, "SELECT seq, made_ms, size, state, reason, unseen FROM bsync_outbox"                              \
		       " WHERE seq > ?1 OR state IN (2, 3) ORDER BY seq")                                                \
	X(OUTBOX_UNSEEN, "SELECT seq, made_ms, size, state, reason, unseen FROM bsync_outbox"                            \
			 " WHERE unseen <> 0 AND unseen > 0 ORDER BY seq")                                               \
	X(OUTBOX_UNSEEN_COUNT,                                                                                           \
	  "SELECT count(*), count(*) FILTER (WHERE unseen > 0) FROM bsync_outbox WHERE unseen <> 0")                     \
	X(OUTBOX_UNSEEN_TOLD,                                                                                            \
	  "UPDATE bsync_outbox SET unseen = -unseen WHERE unseen <> 0 AND unseen > 0 AND seq <= ?1")                     \
	X(PENDING_ANY, "SELECT EXISTS (SELECT 1 FROM bsync_pending)")                                                    \
	X(PENDING_GET, "SELECT edits FROM bsync_pending WHERE tno = ?1 AND key = ?2")                                    \
	X(PENDING_PUT, "INSERT INTO bsync_pending(tno, key, is_met, edits) VALUES(?1, ?2, ?3, ?4)"                       \
		       " ON CONFLICT DO UPDATE SET is_met = excluded.is_met, edits = excluded.edits")                    \
	X(PENDING_DROP, "DELETE FROM bsync_pending WHERE tno = ?1 AND key = ?2")                                         \
	X(PENDING_MET, "SELECT tno, key, edits FROM bsync_pending WHERE is_met > 0")                                     \
	X(OUTBOX_UNTAKEN, "SELECT min(seq) FROM bsync_outbox WHERE state <> 1")                                          \
	/* What the screen includes keeps its position: the store may have kept it there. */                             \
	X(OUTBOX_OFFER, "UPDATE bsync_outbox SET state = 0, counter = iif(state = 1 AND counter <= ?2, counter, 0), "    \
			"verdict = NULL, reason = NULL WHERE seq > ?1 AND state <> 0")                                   \
	X(PENDING_ALL, "SELECT tno, key, edits FROM bsync_pending WHERE is_met = 0")                                     \
	X(OUTBOX_TAKEN, "SELECT seq, counter, verdict FROM bsync_outbox"                                                 \
			" WHERE seq > ?1 AND state = 1 AND counter <= ?2 ORDER BY counter, seq")                         \
	X(OUTBOX_OPEN, "SELECT min(seq) FROM bsync_outbox"                                                               \
		       " WHERE seq > ?1 AND (state = 0 OR (state = 1 AND counter > ?2))")                                \
	X(OUTBOX_BELOW, "SELECT max(seq) FROM bsync_outbox WHERE seq < ?1")                                              \
	X(OUTBOX_ABOVE, "SELECT min(seq) FROM bsync_outbox WHERE seq > ?1")                                              \
	X(OUTBOX_COUNT, "SELECT count(*) FROM bsync_outbox WHERE seq > ?1")                                              \
	X(OUTBOX_LINE, "SELECT hash, line FROM bsync_outbox WHERE seq = ?1")                                             \
	X(EPOCH_ADD,                                                                                                     \
	  "INSERT INTO bsync_epoch(epoch, suite, secret, line, first_seq, opening) VALUES(?1, ?2, ?3, ?4, ?5, ?6)")      \
	X(EPOCH_OF,                                                                                                      \
	  "SELECT e.line, e.first_seq, (SELECT min(n.first_seq) FROM bsync_epoch n WHERE n.first_seq > e.first_seq)"     \
	  " FROM bsync_epoch e WHERE e.first_seq <= ?1 ORDER BY e.first_seq DESC LIMIT 1")                               \
	X(EPOCH_GET, "SELECT suite, secret, line FROM bsync_epoch WHERE epoch = ?1")                                     \
	X(EPOCH_ABOVE, "SELECT opening FROM bsync_epoch WHERE epoch > ?1 AND line = ?2 ORDER BY epoch")                  \
	X(EPOCH_LAST, "SELECT epoch, suite, secret, line, first_seq FROM bsync_epoch ORDER BY epoch DESC LIMIT 1")       \
	X(DICTIONARY_GET, "SELECT dictionary FROM bsync_dictionary WHERE version = ?1")                                  \
	X(DICTIONARY_PUT, "INSERT OR REPLACE INTO bsync_dictionary(version, dictionary) VALUES(?1, ?2)")                 \
	X(SCHEMA_FILES, "SELECT name, sql FROM bsync_schema_file ORDER BY version")                                      \
	X(SCHEMA_FILE_PUT, "INSERT OR REPLACE INTO bsync_schema_file(version, name, sql) VALUES(?1, ?2, ?3)")            \
	X(SCOPE_HAS, "SELECT EXISTS (SELECT 1 FROM bsync_scope WHERE circle_no = ?1 AND value = ?2 AND NOT is_over)")    \
	X(SCOPE_ADD, "INSERT INTO bsync_scope(circle_no, value, until_ms) VALUES(?1, ?2, nullif(?3, 0))"                 \
		     " ON CONFLICT DO UPDATE SET until_ms = excluded.until_ms, is_over = 0")                             \
	X(SCOPE_MOVE_END, "UPDATE bsync_scope SET until_ms = nullif(?3, 0)"                                              \
			  " WHERE circle_no = ?1 AND value = ?2 AND NOT is_over")                                        \
	X(SCOPE_FIRST_END, "SELECT min(until_ms) FROM bsync_scope WHERE until_ms IS NOT NULL")                           \
	X(SCOPE_ENDED, "SELECT circle_no, value FROM bsync_scope WHERE until_ms <= ?1")                                  \
	X(SCOPE_END, "UPDATE bsync_scope SET is_over = 1, until_ms = NULL WHERE circle_no = ?1 AND value = ?2")          \
	X(SCOPES_OVER, "SELECT circle_no, value FROM bsync_scope WHERE is_over > 0")                                     \
	X(SCOPE_OVER_ANY, "SELECT EXISTS (SELECT 1 FROM bsync_scope WHERE is_over > 0)")                                 \
	X(SCOPE_OVER, "SELECT EXISTS (SELECT 1 FROM bsync_scope WHERE circle_no = ?1 AND value = ?2 AND is_over)")       \
	X(SCOPE_DROP, "DELETE FROM bsync_scope WHERE circle_no = ?1 AND value = ?2")                                     \
	X(STAGE_ADD, "INSERT INTO bsync_stage(kind, payload) VALUES(?1, ?2)")                                            \
	X(STAGE_AFTER, "SELECT id, kind, payload FROM bsync_stage WHERE id > ?1 ORDER BY id LIMIT 1")                    \
	X(STAGE_DROP, "DELETE FROM bsync_stage WHERE id = ?1")                                                           \
	X(STAGE_CLEAR, "DELETE FROM bsync_stage")                                                                        \
	X(AHEAD_SET, "INSERT INTO bsync_ahead(circle_no, value, counter) VALUES(?1, ?2, ?3)"                             \
		     " ON CONFLICT DO UPDATE SET counter = max(counter, excluded.counter)")                              \
	X(AHEAD_DROP, "DELETE FROM bsync_ahead WHERE circle_no = ?1 AND value = ?2")                                     \
	X(AHEAD_ALL, "SELECT circle_no, value, 0 FROM bsync_scope WHERE is_over > 0 UNION ALL"                           \
		     " SELECT a.circle_no, a.value, a.counter FROM bsync_ahead a WHERE NOT EXISTS (SELECT 1"             \
		     " FROM bsync_scope s WHERE s.circle_no = a.circle_no AND s.value = a.value AND s.is_over)")         \
	X(AHEAD_CLEAR, "DELETE FROM bsync_ahead")                                                                        \
	X(LEFT_ANY, "SELECT EXISTS (SELECT 1 FROM bsync_left)")                                                          \
	X(LEFT_GET, "SELECT faces FROM bsync_left WHERE tno = ?1 AND key = ?2")                                          \
	X(LEFT_SET,                                                                                                      \
	  "INSERT INTO bsync_left(tno, key, faces) VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET faces = excluded.faces") \
	X(LEFT_DROP, "DELETE FROM bsync_left WHERE tno = ?1 AND key = ?2")                                               \
	X(FORM_ANY, "SELECT EXISTS (SELECT 1 FROM bsync_form)")                                                          \
	X(FORM_BARE_ANY, "SELECT EXISTS (SELECT 1 FROM bsync_form WHERE is_bare > 0)")                                   \
	X(FORM_PUT, "INSERT OR REPLACE INTO bsync_form(id, tno, key, incarnation, counter, boot, opened_ms, is_bare)"    \
		    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7,"                                                                \
		    " EXISTS (SELECT 1 FROM bsync_form WHERE tno = ?2 AND key = ?3 AND is_bare > 0))")                   \
	X(FORM_ALL, "SELECT id, tno, key, is_bare, boot, opened_ms FROM bsync_form")                                     \
	X(FORM_OF, "SELECT id, tno, key, is_bare, boot, opened_ms FROM bsync_form WHERE id = ?1")                        \
	X(FORM_BARE, "SELECT incarnation, counter FROM bsync_form WHERE tno = ?1 AND key = ?2 AND is_bare > 0"           \
		     " ORDER BY id LIMIT 1")                                                                             \
	X(FORM_MARK, "UPDATE bsync_form SET is_bare = 1 WHERE id = ?1")                                                  \
	X(FORM_UNMARK, "UPDATE bsync_form SET is_bare = 0 WHERE id = ?1")                                                \
	X(FORM_DELETED, "UPDATE bsync_form SET is_bare = 0 WHERE tno = ?1 AND key = ?2")                                 \
	X(FORM_DROP, "DELETE FROM bsync_form WHERE id = ?1")                                                             \
	X(VARIANT_ANY, "SELECT EXISTS (SELECT 1 FROM bsync_variant)")                                                    \
	X(VARIANT_ADD, "INSERT OR REPLACE INTO bsync_variant(tno, key, column_no, n, " BSYNC_VARIANT_COLUMNS             \
		       ", counter_row, base_counter, base)"                                                              \
		       " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)")                      \
	X(VARIANT_BASE, "SELECT base_counter, base FROM bsync_variant"                                                   \
			" WHERE tno = ?1 AND key = ?2 AND column_no = ?3 AND n = 0 AND NOT is_resolved"                  \
			" AND base_counter IS NOT NULL")                                                                 \
	X(VARIANT_CELL, "SELECT " BSYNC_VARIANT_COLUMNS " FROM bsync_variant"                                            \
			" WHERE tno = ?1 AND key = ?2 AND column_no = ?3 AND NOT is_resolved ORDER BY n")                \
	X(VARIANT_ALL, "SELECT tno, key, column_no, " BSYNC_VARIANT_COLUMNS " FROM bsync_variant"                        \
		       " WHERE NOT is_resolved ORDER BY tno, key, column_no, n")                                         \
	X(VARIANT_RESOLVED,                                                                                              \
	  "UPDATE bsync_variant SET is_resolved = ?4 WHERE tno = ?1 AND key = ?2 AND column_no = ?3")                    \
	X(VARIANT_DROP_CELL,                                                                                             \
	  "DELETE FROM bsync_variant WHERE tno = ?1 AND key = ?2 AND column_no = ?3 AND counter_row < ?4")               \
	X(VARIANT_DROP_ROW, "DELETE FROM bsync_variant WHERE tno = ?1 AND key = ?2 AND counter_row < ?3")                \
	X(ITEM_PUT, "INSERT INTO bsync_item(id, kind, tno, key, author, reason, counter, cells, is_open, device_ms,"     \
		    " stamp_ms, circle_no, scope)"                                                                       \
		    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"                                    \
		    " ON CONFLICT(id) DO UPDATE SET reason = excluded.reason,"                                           \
		    " counter = excluded.counter, cells = excluded.cells, is_open = excluded.is_open")                   \
	X(ITEM_ALL, "SELECT id, kind, tno, key, author, reason, counter, cells, device_ms, stamp_ms, circle_no, scope"   \
		    " FROM bsync_item WHERE is_open AND NOT is_done ORDER BY counter, id")                               \
	X(ITEM_DONE, "UPDATE bsync_item SET is_done = 1 WHERE id = ?1")                                                  \
	X(ITEM_DROP_SCOPE, "DELETE FROM bsync_item WHERE circle_no = ?1 AND scope = ?2")                                 \
	X(PAST_PUT, "INSERT OR REPLACE INTO bsync_past(tno, key, column_no, " BSYNC_VARIANT_COLUMNS                      \
		    ", replaced_counter, replaced_by, untold)"                                                           \
		    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"                                    \
		    " iif(?14 IN (SELECT choice FROM bsync_told), NULL, ?14))")                                          \
	X(PAST_UNTOLD_COUNT, "SELECT count(*) FROM bsync_past WHERE untold IS NOT NULL")                                 \
	X(PAST_UNTOLD, "SELECT tno, key, " BSYNC_PAST_COLUMNS                                                            \
		       " FROM bsync_past WHERE untold IS NOT NULL ORDER BY replaced_counter, id")                        \
	X(TOLD_ADD, "INSERT OR IGNORE INTO bsync_told SELECT untold FROM bsync_past"                                     \
		    " WHERE untold IS NOT NULL AND replaced_counter <= ?1")                                              \
	X(PAST_TOLD, "UPDATE bsync_past SET untold = NULL WHERE untold IS NOT NULL AND replaced_counter <= ?1")          \
	X(PAST_DROP_OWN,                                                                                                 \
	  "DELETE FROM bsync_past WHERE tno = ?1 AND key = ?2 AND column_no = ?3 AND device IS NULL AND value IS ?4")    \
	X(PAST_ROW, "SELECT " BSYNC_PAST_COLUMNS " FROM bsync_past"                                                      \
		    " WHERE tno = ?1 AND key = ?2 ORDER BY replaced_counter, counter, id")                               \
	X(PAST_AT,                                                                                                       \
	  "SELECT value FROM bsync_past WHERE tno = ?1 AND key = ?2 AND column_no = ?3 AND replaced_counter = ?4")       \
	X(PAST_SHOWN, "SELECT value, replaced_counter FROM bsync_past WHERE tno = ?1 AND key = ?2 AND column_no = ?3"    \
		      " AND replaced_counter > ?4 AND counter <= ?4 ORDER BY replaced_counter LIMIT 2")                  \
	X(PAST_DROP_ROW, "DELETE FROM bsync_past WHERE tno = ?1 AND key = ?2")                                           \
	X(PAST_DROP_CELL, "DELETE FROM bsync_past WHERE tno = ?1 AND key = ?2 AND column_no = ?3")                       \
	X(ASKED_ANY, "SELECT EXISTS (SELECT 1 FROM bsync_asked WHERE answer IS NOT NULL)")                               \
	X(ASKED_PUT, "INSERT INTO bsync_asked(tno, key, id) VALUES(?1, ?2, ?3)"                                          \
		     " ON CONFLICT DO UPDATE SET id = excluded.id, is_waiting = 1")                                      \
	X(ASKED_CUT, "DELETE FROM bsync_asked WHERE id <= ?1 - 1000")                                                    \
	X(ASKED_OF, "SELECT answer, answered_ms, is_over FROM bsync_asked WHERE tno = ?1 AND key = ?2")                  \
	X(ASKED_BY, "SELECT tno, key FROM bsync_asked WHERE id = ?1 AND is_waiting")                                     \
	X(ASKED_ANSWER,                                                                                                  \
	  "UPDATE bsync_asked SET is_waiting = 0, is_over = 0, answer = ?2, answered_ms = ?3 WHERE id = ?1")             \
	X(ASKED_OVER, "UPDATE bsync_asked SET is_over = 1 WHERE tno = ?1 AND key = ?2")                                  \
	X(ASKED_DROP, "DELETE FROM bsync_asked WHERE NOT is_waiting")                                                    \
	X(ASKED_EMPTY, "UPDATE bsync_asked SET answer = NULL")                                                           \
	X(RETRY_PUT, "INSERT OR REPLACE INTO bsync_retry(seq, id, is_given_up) VALUES(?1, ?2, ?3)")                      \
	X(RETRY_OF, "SELECT is_given_up FROM bsync_retry WHERE seq = ?1")                                                \
	X(RETRY_DROP, "DELETE FROM bsync_retry WHERE seq = ?1")                                                          \
	X(WAITING_ALL, "SELECT id, tno, key, NULL, NULL, NULL FROM bsync_asked WHERE is_waiting UNION ALL"               \
		       " SELECT r.id, NULL, o.line, r.seq, r.is_given_up, o.hash FROM bsync_retry r"                     \
		       " JOIN bsync_outbox o ON o.seq = r.seq WHERE o.state IN (2, 3) ORDER BY 1")                       \
	X(RECEIPT_ADD, "INSERT OR REPLACE INTO bsync_receipt(last_seq, first_seq, incarnation, payload)"                 \
		       " VALUES(?1, ?2, ?3, ?4)")                                                                        \
	X(RECEIPT_OF, "SELECT payload FROM bsync_receipt WHERE last_seq >= ?1 AND first_seq <= ?2"                       \
		      " ORDER BY last_seq, first_seq, incarnation")

enum bsync_query {
#define X(name, sql) BSYNC_QUERY_##name,
	BSYNC_QUERIES(X)
#undef X
		BSYNC_QUERY_COUNT
};

/* Borrows the statement, reset and without bindings. */
BSYNC_CHECKED enum bsync_result bsync_query(struct bsync_file *file, enum bsync_query query, struct sqlite3_stmt **out);
/* Runs a query without parameters that gives one integer. */
BSYNC_CHECKED enum bsync_result bsync_query_flag(struct bsync_file *file, enum bsync_query query, bool *flag);
/* Binds the scope to the first two parameters. */
void bsync_scope_bind(struct sqlite3_stmt *statement, const struct bsync_scope_ref *scope);
/* Runs a query whose parameters are these. */
BSYNC_CHECKED enum bsync_result bsync_scope_query(struct bsync_file *file, enum bsync_query query,
						  const struct bsync_scope_ref *scope);
/* Frees all. */
void bsync_queries_clear(struct bsync_file *file);

#endif
