/* probe.h: rare states that a run must have been in, counted by name. */
#ifndef BSYNC_TESTS_SIM_PROBE_H
#define BSYNC_TESTS_SIM_PROBE_H

#include <stdbool.h>
#include <stdint.h>

/* X(NAME, words) */
#define PROBE_LIST(X)                                         \
	X(CONFLICT_MADE, "conflict-made")                     \
	X(CONFLICT_OF_THREE, "conflict-of-three")             \
	X(RESOLVED, "conflict-resolved")                      \
	X(RESOLVED_TWICE, "conflict-resolved-by-two")         \
	X(SET_REMOVE_COVERED, "set-remove-covered")           \
	X(TEXT_MERGED, "text-merged")                         \
	X(TEXT_CONFLICT, "text-conflict")                     \
	X(ROW_REVIVED, "row-revived")                         \
	X(ROW_ANEW, "row-begun-anew")                         \
	X(DELETE_HELD, "delete-held")                         \
	X(DELETE_NOT_HELD, "delete-that-did-not-hold")        \
	X(DELETE_TWICE, "deleted-by-two")                     \
	X(INSERT_BOTH, "inserted-by-two")                     \
	X(FOLD_LOST, "fold-lost")                             \
	X(LATE, "change-late")                                \
	X(REFUSED, "change-refused")                          \
	X(UNPLACED, "changeset-unplaced")                     \
	X(PLACED, "unplaced-then-placed")                     \
	X(WAITS_BEHIND, "changeset-waits-behind-another")     \
	X(FOUNDED, "scope-founded")                           \
	X(ROW_MOVED, "row-moved-to-another-scope")            \
	X(PULL_CUT, "pull-cut-in-the-middle")                 \
	X(RESEND, "resend-after-lost-receipt")                \
	X(LARGE_ROW, "row-larger-than-a-frame-budget")        \
	X(UNSENT_RESTART, "restart-with-unsent-outbox")       \
	X(SCOPE_DROPPED, "scope-dropped")                     \
	X(DROPPED_ERASED, "file-searched-after-a-drop")       \
	X(DROPPED_UNSENT, "scope-dropped-with-unsent-work")   \
	X(ITEM_ELSEWHERE, "item-resolved-elsewhere")          \
	X(CLOCK_CORRECTED, "clock-corrected")                 \
	X(OWN_WORD_HELD, "own-write-over-a-pull")             \
	X(POWER_CUT, "power-cut")                             \
	X(KILLED, "process-killed")                           \
	X(DISK_FAILED, "disk-failed")                         \
	X(DISK_FULL, "disk-full")                             \
	X(FAILED_STANDS, "failed-commit-stands")              \
	X(START_FAILED, "start-met-a-fault")                  \
	X(NETWORK_STOOD, "network-stood-still")               \
	X(DAEMON_CLOCK, "daemon-clock-set")                   \
	X(FORGED, "forged-changeset-refused")                 \
	X(FORGED_BASE, "forged-base-cut")                     \
	X(REPLACED_SEEN, "text-of-another-replaced")          \
	X(RESTORE_NOTICED, "restore-noticed")                 \
	X(FORK_BEGUN, "copy-hands-in-a-fork")                 \
	X(LEFT_GREETS, "copy-greets-on-a-line-that-was-left") \
	X(FORK_RELEASED, "fork-released")                     \
	X(WORK_WENT, "work-went-with-the-disk")               \
	X(RESTORED, "store-restored")                         \
	X(RESTORED_AGAIN, "older-image-restored")             \
	X(CURSOR_LOST, "cursor-in-a-lost-life")               \
	X(GIVEN_BACK, "changeset-given-back")                 \
	X(KEPT_STAMP, "stamp-of-a-lost-receipt-kept")         \
	X(EPOCH_LOST, "key-epoch-lost")                       \
	X(RECOVERY_CLOSED, "recovery-closed")                 \
	X(HISTORY_TOLD, "history-told")                       \
	X(HISTORY_KEPT_BACK, "history-of-a-row-not-held")     \
	X(HOLDERS_TOLD, "holders-told")                       \
	X(RETRIED, "set-aside-tried-again")                   \
	X(OPERATOR_RETRIED, "operator-tries-again")           \
	X(GIVEN_UP, "set-aside-given-up")                     \
	X(STATES_JOINED, "states-made-a-third")               \
	X(ROUND_BEGUN, "state-of-a-later-round")              \
	X(ROLE_DECIDED, "higher-role-over-later-word")        \
	X(DUPLICATE, "names-that-clash")                      \
	X(CONCERNS_OTHERS, "item-that-concerns-others")       \
	X(DELETE_WON, "delete-takes-what-it-had-not-seen")    \
	X(EDIT_TAKEN, "edit-taken-by-a-delete")               \
	X(EDIT_ASTRAY, "update-of-a-row-in-its-grave")        \
	X(ORPHAN, "row-names-one-that-is-gone")               \
	X(ORPHAN_OVER, "orphan-no-more")                      \
	X(ENDED, "scope-let-go-by-itself")                    \
	X(ENDED_UNSENT, "scope-let-go-with-unsent-work")      \
	X(SIGNED, "signed-as-seen")                           \
	X(SIGNED_UNSURE, "signed-over-what-was-not-taken")    \
	X(SIGNED_ROUND, "signed-in-a-later-round")            \
	X(SIGNED_TWICE, "signed-by-two")                      \
	X(SIGNED_OVER, "signature-behind-unseen-work")        \
	X(SIGNED_BEFORE, "work-behind-an-unseen-signature")   \
	X(SIGNED_REFUSED, "change-of-what-was-signed")        \
	X(SIGNED_FORK, "fork-of-a-signature")                 \
	X(SIGNED_FORK_AGAIN, "fork-of-a-fork")                \
	X(SIGNED_BACK, "signature-given-back")                \
	X(SIGNED_FORK_BACK, "fork-made-again")

enum probe {
#define X(name, words) PROBE_##name,
	PROBE_LIST(X)
#undef X
		PROBE_COUNT
};

void probe(enum probe which);
void probe_if(bool is_met, enum probe which);
/* How often each was met in this process. */
const uint64_t *probes_met(void);
/* Prints `probe NAME COUNT` for each; false when one is zero. */
bool probes_print(const uint64_t met[PROBE_COUNT]);

#endif
