#!/bin/sh
# `kill -9` of the daemon and of a device at 200 random moments of a running sync: every `sql` that returned is there,
# once, on every device and in the store; what was acknowledged never needs resending; `sync` never exits 0 early.
# KILLS and SEED change how many and which.
# timeout: 300
# labels: serial slow
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"
make_store "$SOURCE_DIR/tests/schemas/lijst"
start_daemon
enrol one "$(new_worker 'Samira Oulad')"
enrol two "$(new_worker 'Joost Terpstra')"
device one sql "INSERT INTO lijst (naam, titel) VALUES ('werk', 'Werk');
	INSERT INTO punt (lijst, nr, aantal) VALUES ('werk', 1, 0)" >/dev/null
sync one two
stop_daemon
killer --store "$store" --device "$work/one" --device "$work/two" --kills "${KILLS:-200}" --seed "${SEED:-1}" \
	2>"$work/killer.log" || fail "with SEED=${SEED:-1}"
store_checks
say "nothing lost, nothing twice, nothing torn, nothing promised early; the store checks"
