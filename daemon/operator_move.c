/* operator_move.c: a worker goes to another team, and hands all work over to another. */
#include <string.h>

#include "daemon/machine.h"
#include "daemon/operator.h"

enum bsync_exit bsync_operator_move_read(struct bsync_operator_command *command, const char *const words[2],
					 struct bsync_operator_move *move)
{
	const bool is_handover = strcmp(words[0], "handover") == 0;
	enum bsync_result result = BSYNC_OK;

	if (!is_handover && strcmp(words[0], "move") != 0)
		return bsync_operator_usage(command,
					    "of the acts on workers there are `worker move` and `worker handover`");
	if (is_handover ? move->successor == NULL || move->team != NULL : move->team == NULL)
		return bsync_operator_usage(command,
					    is_handover ? "it takes --to, and not --team" : "--team is missing");
	result = bsync_view_worker_find(command->operator->view, words[1], &move->worker);
	if (result == BSYNC_OK && move->successor != NULL)
		result = bsync_view_worker_find(command->operator->view, move->successor, &move->to);
	return result == BSYNC_OK ? BSYNC_EXIT_DONE
				  : bsync_operator_failed(command, "cannot find the worker", result,
							  "`worker list` shows who there is");
}

/* The work goes before its worker does: it is that of the team where it was done. */
enum bsync_result bsync_operator_move_run(struct bsync_operator_move *move, struct bsync_store *store, int64_t now_ms)
{
	enum bsync_result result = BSYNC_OK;

	if (move->successor != NULL)
		result = bsync_store_hand_over(store, &move->worker, &move->to, now_ms, &move->rows, move->error);
	if (result == BSYNC_OK && move->team != NULL)
		result = bsync_store_worker_move(store, &move->worker, move->team, now_ms);
	return result;
}

enum bsync_exit bsync_operator_move_failed(const struct bsync_operator_command *command, const char *what,
					   const struct bsync_operator_move *move, enum bsync_result result)
{
	if (result == BSYNC_INVALID && move->error[0] != '\0')
		return bsync_operator_refused(command, what, move->error);
	return bsync_operator_failed(command, what, result, "check the worker and the team with `worker list`");
}

static enum bsync_result run(void *argument, struct bsync_store *store)
{
	return bsync_operator_move_run(argument, store, bsync_machine_now_ms());
}

static enum bsync_exit carry_out(struct bsync_operator_command *command, const char *verb, const char *failure)
{
	struct bsync_operator_move move = {0};
	const struct bsync_option options[] = {{"team", &move.team, NULL}, {"to", &move.successor, NULL}};
	enum bsync_exit code = bsync_operator_take(command, options, 2, 1);
	enum bsync_result result;

	if (code == BSYNC_EXIT_DONE)
		code = bsync_operator_move_read(command, (const char *const[2]){verb, command->words[0]}, &move);
	if (code != BSYNC_EXIT_DONE)
		return code;
	result = command->operator->act(command->operator->context, run, &move);
	if (result != BSYNC_OK)
		return bsync_operator_move_failed(command, failure, &move, result);
	if (move.successor != NULL)
		bsync_operator_print(command, "%llu rows written\n", (unsigned long long)move.rows);
	return BSYNC_EXIT_DONE;
}

enum bsync_exit bsync_operator_worker_move(struct bsync_operator_command *command)
{
	return carry_out(command, "move", "cannot move the worker");
}

enum bsync_exit bsync_operator_worker_handover(struct bsync_operator_command *command)
{
	return carry_out(command, "handover", "cannot hand the work over");
}
