/* sql.h: the fixed statements of the store, each prepared once for a connection.
 *
 * Statements on domain tables depend on the schema: tables.h. */
#ifndef BSYNC_DAEMON_STORE_SQL_H
#define BSYNC_DAEMON_STORE_SQL_H

#include "core/sqlite/db.h"

/* X(NAME, "SQL") */
#define BSYNC_SQL_LIST(X)                                                                                               \
	X(META_GET, "SELECT value FROM bsync_meta WHERE name = ?1")                                                     \
	X(META_PUT, "INSERT INTO bsync_meta(name, value) VALUES(?1, ?2) "                                               \
		    "ON CONFLICT(name) DO UPDATE SET value = excluded.value")                                           \
	X(LIVES, "SELECT incarnation, id, first_counter, last_counter, is_lost FROM bsync_incarnation "                 \
		 "ORDER BY incarnation")                                                                                \
	X(LINES_AFTER, "SELECT l.no, l.line, d.id, d.worker, l.first_seq, l.fork_of, w.role, l.after_no, l.after_seq "  \
		       "FROM bsync_line l LEFT JOIN bsync_device d ON d.no = l.device_no "                              \
		       "LEFT JOIN bsync_worker w ON w.id = d.worker WHERE l.no >= ?1 ORDER BY l.no")                    \
	X(LINE_STATES, "SELECT l.no, l.device_no, l.last_seq, l.last_hash, l.last_stamp, l.last_epoch, "                \
		       "EXISTS (SELECT 1 FROM bsync_set_aside s WHERE s.line_no = l.no), l.is_noticed "                 \
		       "FROM bsync_line l WHERE l.no >= ?1 ORDER BY l.no")                                              \
	X(LINE_ADD,                                                                                                     \
	  "INSERT INTO bsync_line(no, device_no, line, first_seq, fork_of, after_no, after_seq, is_noticed, "           \
	  "last_seq, last_hash, last_stamp, last_epoch) "                                                               \
	  "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?4 - 1, zeroblob(32), 0, 0)")                                          \
	X(LINE_AFTER, "SELECT r.line_no, r.seq FROM bsync_line l JOIN bsync_receipt r ON r.line_no = l.no "             \
		      "WHERE l.device_no = ?1 AND r.hash = ?2")                                                         \
	X(LINE_UPDATE, "UPDATE bsync_line SET last_seq = ?2, last_hash = ?3, last_stamp = ?4, last_epoch = ?5, "        \
		       "is_noticed = ?6 WHERE no = ?1")                                                                 \
	/* Of lines that are no forks: only those have names that a device knows. */                                    \
	X(LINE_FIND, "SELECT l.no, l.last_seq, l.last_hash, l.last_epoch FROM bsync_line l "                            \
		     "JOIN bsync_device d ON d.no = l.device_no WHERE d.id = ?1 AND l.line = ?2 AND l.fork_of = 0")     \
	X(LINE_LAST, "SELECT last_seq FROM bsync_line WHERE no = ?1")                                                   \
	X(LINE_LATER, "SELECT 1 FROM bsync_line l WHERE l.no > ?1 AND l.fork_of = 0 AND l.device_no = "                 \
		      "(SELECT device_no FROM bsync_line WHERE no = ?1) LIMIT 1")                                       \
	X(EPOCH_PUT, "INSERT INTO bsync_epoch(line_no, epoch, suite, secret) VALUES(?1, ?2, ?3, ?4) "                   \
		     "ON CONFLICT DO NOTHING")                                                                          \
	X(EPOCH_GET, "SELECT suite, secret FROM bsync_epoch WHERE line_no = ?1 AND epoch = ?2")                         \
	X(DEVICES, "SELECT no, id, worker, state, confirmed_incarnation, confirmed_counter FROM bsync_device "          \
		   "WHERE no > ?1 ORDER BY no")                                                                         \
	X(DEVICE_BY_ID, BSYNC_SQL_DEVICE " WHERE d.id = ?1")                                                            \
	X(DEVICE_BY_CERTIFICATE, BSYNC_SQL_DEVICE " WHERE d.certificate = ?1")                                          \
	X(DEVICE_ALL, BSYNC_SQL_DEVICE " ORDER BY d.no")                                                                \
	X(DEVICE_ADD, "INSERT INTO bsync_device(id, worker, state, certificate, public_key, server_share, "             \
		      "enrolled_ms, last_seen_ms, software) VALUES(?1, ?2, 0, ?3, ?4, ?5, ?6, ?6, ?7)")                 \
	X(DEVICE_STATE, "UPDATE bsync_device SET state = ?2, restored_ms = iif(?2 = 0, 0, restored_ms), "               \
			"cloned_ms = iif(?2 = 0, 0, cloned_ms) WHERE id = ?1")                                          \
	X(DEVICE_CLONED, "UPDATE bsync_device SET cloned_ms = ?2, state = max(state, 1) WHERE id = ?1")                 \
	X(DEVICE_RESTORED, "UPDATE bsync_device SET restored_ms = ?2 WHERE id = ?1")                                    \
	X(DEVICE_HANDED_IN,                                                                                             \
	  "UPDATE bsync_device SET oldest_pending_ms = CASE WHEN pending > ?2 THEN oldest_pending_ms "                  \
	  "ELSE 0 END, pending = max(0, pending - ?2) WHERE id = ?1 AND pending > 0")                                   \
	X(DEVICE_HEARTBEAT,                                                                                             \
	  "UPDATE bsync_device SET last_seen_ms = ?2, pending = ?3, oldest_pending_ms = ?4, "                           \
	  "quarantined = ?5, inbox = ?6, last_full_sync_ms = ?7, storage_free = ?8, "                                   \
	  "software = ?9, told_incarnation = ?10, told_seq = ?11, clock_drift_ms = ?12 WHERE id = ?1")                  \
	X(DEVICE_CONFIRM, "UPDATE bsync_device SET confirmed_incarnation = ?2, confirmed_counter = ?3, "                \
			  "last_seen_ms = ?4 WHERE id = ?1")                                                            \
	X(CODE_ADD, "INSERT INTO bsync_code(hash, worker, expires_ms, attempts, used) VALUES(?1, ?2, ?3, 0, 0)")        \
	X(CODE_GET, "SELECT c.worker, c.expires_ms, c.attempts, c.used, w.name FROM bsync_code c "                      \
		    "JOIN bsync_worker w ON w.id = c.worker WHERE c.hash = ?1")                                         \
	X(CODE_ATTEMPT, "UPDATE bsync_code SET attempts = attempts + 1 WHERE hash = ?1")                                \
	X(CODE_USE, "UPDATE bsync_code SET used = 1 WHERE hash = ?1 AND used = 0")                                      \
	X(RECEIPT_ADD, "INSERT INTO bsync_receipt(line_no, seq, hash, counter, stamp_ms, device_ms, verdict, reason) "  \
		       "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")                                                        \
	X(RECEIPT_GET, "SELECT hash, counter, stamp_ms, verdict, reason, device_ms FROM bsync_receipt "                 \
		       "WHERE line_no = ?1 AND seq = ?2")                                                               \
	X(RECEIPT_PLACE, "UPDATE bsync_receipt SET counter = ?3, stamp_ms = ?4, verdict = ?5, reason = ?6 "             \
			 "WHERE line_no = ?1 AND seq = ?2")                                                             \
	X(PLACED_ADD, "INSERT INTO bsync_placed(line_no, counter, seq) VALUES(?1, ?2, ?3)")                             \
	X(PLACED_HAS, "SELECT 1 FROM bsync_placed WHERE line_no = ?1 AND counter = ?2")                                 \
	X(PLACED_AFTER, "SELECT p.counter, p.seq, p.line_no FROM bsync_placed p JOIN bsync_line l "                     \
			"ON l.no = p.line_no JOIN bsync_device d ON d.no = l.device_no "                                \
			"WHERE d.id = ?1 AND p.counter > ?2 ORDER BY p.counter LIMIT 1")                                \
	X(SCOPE_FIND, "SELECT no, last_counter, founder, has_members FROM bsync_scope "                                 \
		      "WHERE circle_no = ?1 AND value = ?2")                                                            \
	X(SCOPE_BY_NO, "SELECT circle_no, value FROM bsync_scope WHERE no = ?1")                                        \
	X(SCOPES_OF_CIRCLE, "SELECT no FROM bsync_scope WHERE circle_no = ?1 ORDER BY no")                              \
	X(SCOPE_ADD, "INSERT INTO bsync_scope(circle_no, value, last_counter, founder, has_members, state) "            \
		     "VALUES(?1, ?2, ?3, ?4, 0, 0)")                                                                    \
	X(SCOPE_TOUCH, "UPDATE bsync_scope SET last_counter = ?2, founder = ?3, has_members = ?4 WHERE no = ?1")        \
	X(MEMBER_GET, "SELECT from_ms, until_ms, removed_counter, added_counter FROM bsync_member "                     \
		      "WHERE worker = ?1 AND scope_no = ?2")                                                            \
	X(HOLDERS,                                                                                                      \
	  "SELECT d.worker, max(min(d.confirmed_counter, ifnull(i.last_counter, d.confirmed_counter))) AS reached "     \
	  "FROM bsync_member m JOIN bsync_device d ON d.worker = m.worker "                                             \
	  "JOIN bsync_incarnation i ON i.incarnation = d.confirmed_incarnation AND NOT i.is_lost "                      \
	  "WHERE m.scope_no = ?1 AND m.removed_counter IS NULL AND d.id <> ?2 AND d.state <> 2 "                        \
	  "AND min(d.confirmed_counter, ifnull(i.last_counter, d.confirmed_counter)) >= max(m.added_counter, ?3) "      \
	  "GROUP BY d.worker")                                                                                          \
	X(MEMBERS_OF, "SELECT worker, from_ms, until_ms, removed_counter FROM bsync_member "                            \
		      "WHERE scope_no = ?1 ORDER BY worker")                                                            \
	X(MEMBER_ADD,                                                                                                   \
	  "INSERT INTO bsync_member(worker, scope_no, from_ms, until_ms, added_counter, removed_counter, "              \
	  "dropped_counter, moved_counter) VALUES(?1, ?2, ?3, ?4, ?5, NULL, 0, 0) ON CONFLICT(worker, scope_no) "       \
	  "DO UPDATE SET from_ms = excluded.from_ms, until_ms = excluded.until_ms, "                                    \
	  "added_counter = excluded.added_counter, removed_counter = NULL")                                             \
	X(MEMBER_CHANGE, "UPDATE bsync_member SET from_ms = ?3, until_ms = ?4, moved_counter = "                        \
			 "iif(until_ms IS ?4, moved_counter, ?5) WHERE worker = ?1 AND scope_no = ?2")                  \
	X(MEMBER_END, "UPDATE bsync_member SET removed_counter = ?3, dropped_counter = ?3 "                             \
		      "WHERE worker = ?1 AND scope_no = ?2")                                                            \
	X(MEMBER_LOG_AT, "SELECT act FROM bsync_member_log WHERE scope_no = ?1 AND worker = ?2 AND counter <= ?3 "      \
			 "AND act < 2 ORDER BY counter DESC, act DESC LIMIT 1")                                         \
	X(MEMBER_LOG, "INSERT INTO bsync_member_log(counter, scope_no, worker, act, from_ms, until_ms) "                \
		      "VALUES(?1, ?2, ?3, ?4, ?5, ?6)")                                                                 \
	X(MEMBER_CHANGES,                                                                                               \
	  "SELECT s.circle_no, s.value, l.worker, w.name, l.act, (SELECT count(*) FROM (SELECT DISTINCT "               \
	  "f.table_no, f.ref FROM bsync_feed f WHERE f.scope_no = s.no AND f.kind = 0)), "                              \
	  "(SELECT coalesce(sum(d.pending), 0) FROM bsync_device d WHERE d.worker = l.worker AND d.state <> 2), "       \
	  "(SELECT count(*) FROM bsync_device d WHERE d.worker = l.worker AND d.state <> 2) "                           \
	  "FROM bsync_member_log l JOIN bsync_scope s ON s.no = l.scope_no "                                            \
	  "LEFT JOIN bsync_worker w ON w.id = l.worker WHERE l.counter > ?1 AND l.act < 2 "                             \
	  "GROUP BY l.scope_no, l.worker HAVING count(*) = 1 ORDER BY s.circle_no, s.value, l.act, w.name")             \
	X(SCOPES_OF, "SELECT s.no, s.circle_no, s.value, s.last_counter, m.until_ms, m.added_counter, "                 \
		     "m.removed_counter, m.dropped_counter, m.moved_counter FROM bsync_member m JOIN bsync_scope s "    \
		     "ON s.no = m.scope_no WHERE m.worker = ?1 ORDER BY s.no")                                          \
	X(TIME_TEXT, "SELECT strftime('%Y-%m-%d %H:%M:%S', ?1 / 1000, 'unixepoch')")                                    \
	X(DUE_ADD, "INSERT INTO bsync_due(at_ms, scope_no) VALUES(?1, ?2) ON CONFLICT DO NOTHING")                      \
	X(DUE_NEXT, "SELECT at_ms, scope_no FROM bsync_due ORDER BY at_ms, scope_no LIMIT 1")                           \
	X(DUE_REMOVE, "DELETE FROM bsync_due WHERE at_ms = ?1 AND scope_no = ?2")                                       \
	X(FEED_ADD, "INSERT INTO bsync_feed(scope_no, counter, table_no, face_no, ref, kind) "                          \
		    "VALUES(?1, ?2, ?3, ?4, ?5, ?6)")                                                                   \
	X(FEED_REMOVE, "DELETE FROM bsync_feed WHERE scope_no = ?1 AND counter = ?2 AND table_no = ?3 "                 \
		       "AND face_no = ?4 AND ref = ?5")                                                                 \
	X(FEED_AFTER, "SELECT counter, table_no, face_no, ref, kind FROM bsync_feed "                                   \
		      "WHERE scope_no = ?1 AND counter > ?2 ORDER BY counter, table_no, face_no, ref")                  \
	X(GRAVE_GET, "SELECT row, cells FROM bsync_grave WHERE table_no = ?1 AND key = ?2")                             \
	X(GRAVE_PUT, "INSERT OR REPLACE INTO bsync_grave(table_no, key, row, cells) VALUES(?1, ?2, ?3, ?4)")            \
	X(GRAVE_REMOVE, "DELETE FROM bsync_grave WHERE table_no = ?1 AND key = ?2")                                     \
	X(DELETE_ADD, "INSERT INTO bsync_delete(table_no, key, counter, line_no, seq, stamp_ms, base) "                 \
		      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING")                                      \
	X(DELETES_OF, "SELECT counter, line_no, seq, stamp_ms, base FROM bsync_delete "                                 \
		      "WHERE table_no = ?1 AND key = ?2 ORDER BY counter")                                              \
	X(DELETE_FORGET, "DELETE FROM bsync_delete WHERE table_no = ?1 AND key = ?2 AND counter = ?3")                  \
	X(DELETES_FORGET, "DELETE FROM bsync_delete WHERE table_no = ?1 AND key = ?2")                                  \
	X(GRAVE_KEYS, "SELECT table_no, key FROM bsync_grave")                                                          \
	X(HISTORY_ADD, "INSERT INTO bsync_history(table_no, key, column_no, line_no, seq, counter, stamp_ms, value, "   \
		       "replaced_counter, replaced_by, base_counter, base_value, is_chosen_against) "                   \
		       "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)")                                \
	X(HISTORY_UNSEEN, "SELECT 1 FROM bsync_history WHERE table_no = ?1 AND key = ?2 AND column_no = ?3 "            \
			  "AND counter > ?4 AND line_no <> ?5 LIMIT 1")                                                 \
	X(HISTORY_OF,                                                                                                   \
	  "SELECT column_no, line_no, seq, counter, stamp_ms, value, replaced_counter, replaced_by, "                   \
	  "is_chosen_against FROM bsync_history WHERE table_no = ?1 AND key = ?2 AND replaced_counter > ?3 "            \
	  "ORDER BY replaced_counter, column_no, line_no, seq, id")                                                     \
	X(ITEM_ADD, "INSERT INTO bsync_item(id, scope_no, face_no, kind, table_no, key, author, line_no, seq, "         \
		    "stamp_ms, reason, cells, change_kind, base, counter) "                                             \
		    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) "                         \
		    "ON CONFLICT DO NOTHING")                                                                           \
	X(ITEM_GET, BSYNC_SQL_ITEM " WHERE id = ?1")                                                                    \
	X(ITEM_OPEN, BSYNC_SQL_ITEM " WHERE resolved_counter IS NULL ORDER BY counter, id")                             \
	X(ITEM_CLOSE, "UPDATE bsync_item SET resolved_counter = ?2, counter = ?2 WHERE id = ?1")                        \
	X(ITEM_OVER, "UPDATE bsync_item SET is_over = 1 WHERE id = ?1")                                                 \
	X(ITEM_OVER_CLOSED, "UPDATE bsync_item SET is_over = 0 WHERE id = ?1")                                          \
	X(ITEM_RETURN, "UPDATE bsync_item SET resolved_counter = NULL, is_over = 0, counter = ?2 WHERE id = ?1")        \
	X(ITEM_DELETES,                                                                                                 \
	  "SELECT id, line_no, seq FROM bsync_item "                                                                    \
	  "WHERE table_no = ?1 AND key = ?2 AND kind = 'deleted' AND reason = ?3 AND resolved_counter IS NULL")         \
	X(FREEZE_GET, "SELECT line_no, seq, counter, stamp_ms, base, has_fork, content FROM bsync_freeze "              \
		      "WHERE table_no = ?1 AND key = ?2")                                                               \
	X(FREEZE_PUT, "INSERT INTO bsync_freeze(table_no, key, line_no, seq, counter, stamp_ms, base, has_fork, "       \
		      "content, fork) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT(table_no, key) "      \
		      "DO UPDATE SET line_no = ?3, seq = ?4, counter = ?5, stamp_ms = ?6, base = ?7, has_fork = ?8, "   \
		      "content = ?9, fork = ?10")                                                                       \
	X(FREEZE_BY_FORK, "SELECT key FROM bsync_freeze WHERE table_no = ?1 AND fork = ?2 AND has_fork <> 0")           \
	X(FREEZE_ROWS,                                                                                                  \
	  "SELECT DISTINCT table_no, kind, ref FROM bsync_feed WHERE scope_no = ?1 AND kind IN (0, 1, 3)")              \
	X(FATE_ADD, "INSERT INTO bsync_fate(table_no, key, counter, line_no, seq, stamp_ms, base, kind) "               \
		    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING")                                    \
	X(FATE_OF,                                                                                                      \
	  "SELECT counter, line_no, seq, kind, stamp_ms, base FROM bsync_fate WHERE table_no = ?1 AND key = ?2 "        \
	  "ORDER BY counter, kind DESC")                                                                                \
	X(HISTORY_ALL, "SELECT id, column_no, line_no, seq, counter, stamp_ms, value, replaced_counter, replaced_by, "  \
		       "base_counter, base_value FROM bsync_history WHERE table_no = ?1 AND key = ?2 ORDER BY id")      \
	X(HISTORY_MOVE, "UPDATE bsync_history SET key = ?2, replaced_counter = ?3, value = ?4 WHERE id = ?1")           \
	X(CONFLICT_PUT, "INSERT INTO bsync_conflict(id, table_no, key, column_no, scope_no, counter) "                  \
			"VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(table_no, key, column_no) DO UPDATE SET "           \
			"id = excluded.id, scope_no = excluded.scope_no, counter = excluded.counter")                   \
	X(CONFLICT_REMOVE, "DELETE FROM bsync_conflict WHERE table_no = ?1 AND key = ?2 AND column_no = ?3")            \
	X(CONFLICT_REMOVE_ROW, "DELETE FROM bsync_conflict WHERE table_no = ?1 AND key = ?2")                           \
	X(CONFLICT_GET, "SELECT table_no, key, column_no FROM bsync_conflict WHERE id = ?1")                            \
	X(CONFLICT_ALL, "SELECT id, table_no, key, column_no FROM bsync_conflict ORDER BY counter, id")                 \
	X(ASIDE_ADD, "INSERT INTO bsync_set_aside(line_no, seq, kind, reason, plain, stamp_ms, confirmed, since_ms, "   \
		     "behind, confirmed_incarnation) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")                  \
	X(ASIDE_GET,                                                                                                    \
	  "SELECT kind, plain, stamp_ms, confirmed, behind, confirmed_incarnation, reason FROM bsync_set_aside "        \
	  "WHERE line_no = ?1 AND seq = ?2")                                                                            \
	X(ASIDE_CHANGE, "UPDATE bsync_set_aside SET kind = ?3, reason = ?4, behind = ?5 "                               \
			"WHERE line_no = ?1 AND seq = ?2")                                                              \
	X(ASIDE_REMOVE, "DELETE FROM bsync_set_aside WHERE line_no = ?1 AND seq = ?2")                                  \
	X(ASIDE_BEHIND, "SELECT seq FROM bsync_set_aside WHERE line_no = ?1 AND behind = ?2 ORDER BY seq")              \
	X(ASIDE_LEFT, "SELECT 1 FROM bsync_set_aside WHERE line_no = ?1 LIMIT 1")                                       \
	X(ASIDE_ROW_ADD, "INSERT INTO bsync_set_aside_row(line_no, table_no, key, seq) VALUES(?1, ?2, ?3, ?4) "         \
			 "ON CONFLICT DO NOTHING")                                                                      \
	X(ASIDE_ROW_FIND, "SELECT r.seq, s.kind FROM bsync_set_aside_row r JOIN bsync_set_aside s "                     \
			  "ON s.line_no = r.line_no AND s.seq = r.seq WHERE r.line_no = ?1 AND r.table_no = ?2 "        \
			  "AND r.key = ?3 AND r.seq < ?4 ORDER BY r.seq DESC LIMIT 1")                                  \
	X(ASIDE_TABLE_FIND, "SELECT r.seq, s.kind FROM bsync_set_aside_row r JOIN bsync_set_aside s "                   \
			    "ON s.line_no = r.line_no AND s.seq = r.seq WHERE r.line_no = ?1 AND r.table_no = ?2 "      \
			    "AND r.seq < ?3 ORDER BY r.seq DESC LIMIT 1")                                               \
	X(ASIDE_ROW_REMOVE, "DELETE FROM bsync_set_aside_row WHERE line_no = ?1 AND seq = ?2")                          \
	X(ASIDE_SCOPE_ADD, "INSERT INTO bsync_set_aside_scope(circle_no, value, line_no, seq) "                         \
			   "VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")                                             \
	X(ASIDE_SCOPE_OF, "SELECT line_no, seq FROM bsync_set_aside_scope WHERE circle_no = ?1 AND value = ?2 "         \
			  "ORDER BY line_no, seq")                                                                      \
	X(ASIDE_SCOPE_REMOVE, "DELETE FROM bsync_set_aside_scope WHERE line_no = ?1 AND seq = ?2")                      \
	X(ASIDE_ALL,                                                                                                    \
	  "SELECT d.id, s.seq, s.reason, s.since_ms, s.kind, length(s.plain), s.behind, l.line, l.fork_of, "            \
	  "NOT EXISTS (SELECT 1 FROM bsync_line o WHERE o.device_no = l.device_no AND o.no < l.no) "                    \
	  "FROM bsync_set_aside s "                                                                                     \
	  "JOIN bsync_line l ON l.no = s.line_no JOIN bsync_device d ON d.no = l.device_no "                            \
	  "ORDER BY s.line_no, s.seq")                                                                                  \
	X(ASIDE_PLAIN,                                                                                                  \
	  "SELECT s.plain FROM bsync_set_aside s JOIN bsync_line l ON l.no = s.line_no "                                \
	  "JOIN bsync_device d ON d.no = l.device_no WHERE d.id = ?1 AND s.seq = ?2 AND l.line = coalesce(?3, l.line) " \
	  "ORDER BY s.line_no LIMIT 1")                                                                                 \
	X(ASIDE_OF_DEVICE,                                                                                              \
	  "SELECT s.line_no FROM bsync_set_aside s JOIN bsync_line l ON l.no = s.line_no "                              \
	  "JOIN bsync_device d ON d.no = l.device_no WHERE d.id = ?1 AND s.seq = ?2 AND l.line = coalesce(?3, l.line) " \
	  "ORDER BY s.line_no LIMIT 1")                                                                                 \
	X(TEAM_ADD, "INSERT INTO bsync_team(id, name) VALUES(?1, ?2)")                                                  \
	X(TEAM_FIND, "SELECT id FROM bsync_team WHERE name = ?1 OR id = ?2 LIMIT 2")                                    \
	X(WORKER_ADD, "INSERT INTO bsync_worker(id, name, team, role) VALUES(?1, ?2, ?3, ?4)")                          \
	X(WORKER_MOVE, "UPDATE bsync_worker SET team = ?2 WHERE id = ?1")                                               \
	X(WORKER_NAME, "SELECT name FROM bsync_worker WHERE id = ?1")                                                   \
	X(WORKER_FIND, "SELECT id FROM bsync_worker WHERE name = ?1 OR id = ?2 LIMIT 2")                                \
	X(WORKER_ALL, "SELECT w.id, w.name, t.name, w.role FROM bsync_worker w LEFT JOIN bsync_team t "                 \
		      "ON t.id = w.team ORDER BY w.name, w.id")                                                         \
	X(SCHEMA_FILES, "SELECT name, sql FROM bsync_schema_file ORDER BY version")                                     \
	X(DICTIONARY, "SELECT data FROM bsync_dictionary")

#define BSYNC_SQL_DEVICE                                                                                          \
	"SELECT d.no, d.id, d.worker, w.name, d.state, d.certificate, d.public_key, d.confirmed_incarnation, "    \
	"d.confirmed_counter, d.enrolled_ms, d.last_seen_ms, d.pending, d.oldest_pending_ms, d.quarantined, "     \
	"d.inbox, d.last_full_sync_ms, d.storage_free, d.software, d.restored_ms, d.cloned_ms, d.clock_drift_ms " \
	"FROM bsync_device d LEFT JOIN bsync_worker w ON w.id = d.worker"

#define BSYNC_SQL_ITEM                                                                                       \
	"SELECT id, scope_no, face_no, kind, table_no, key, author, line_no, seq, stamp_ms, reason, cells, " \
	"change_kind, base, counter, resolved_counter, is_over FROM bsync_item"

enum bsync_sql {
#define X(NAME, sql) BSYNC_SQL_##NAME,
	BSYNC_SQL_LIST(X)
#undef X
		BSYNC_SQL_COUNT
};

struct bsync_statements {
	sqlite3_stmt *list[BSYNC_SQL_COUNT];
};

/* Prepares those that read, and for the writer all; on failure those that were prepared stay for
 * bsync_statements_clear. */
BSYNC_CHECKED enum bsync_result bsync_statements_prepare(struct bsync_db *db, struct bsync_statements *statements,
							 bool is_writer);

/* Frees all; all zeros is allowed. */
void bsync_statements_clear(struct bsync_statements *statements);

#endif
