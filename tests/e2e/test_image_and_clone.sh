#!/bin/sh
# A computer that is put back from an image, and one that is cloned: it is noticed, and no text of either copy is lost.
# timeout: 120
. "${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/e2e/lib.sh"
make_store "$SOURCE_DIR/tests/schemas/lijst"
start_daemon
worker=$(new_worker 'Samira Oulad')

write() { device "$1" sql "INSERT INTO punt(lijst, nr, titel) VALUES('week', $2, '$3')" >/dev/null; } # DEVICE NR TEXT
titles() { value "$1" "SELECT group_concat(titel) FROM (SELECT titel FROM punt ORDER BY nr)"; }       # DEVICE
of_device() { # FIELD: of the device that shows the most
	ctl device list --json | grep "\"id\":\"$id\"" | field "$1"
}
alerts() { ctl device list --json | grep "\"id\":\"$id\"" | sed 's/.*"alerts":\[\([^]]*\)\].*/\1/;s/"//g'; }
image() { cp -a "$work/$1" "$work/$2"; }                          # DEVICE IMAGE
put_back() { rm -rf "$work/$2" && cp -a "$work/$1" "$work/$2"; }  # IMAGE DEVICE
# Hands in, and is told that nothing comes back.
hands_in_only() { # DEVICE
	ends_with 1 device "$1" sync --timeout 30
	grep -q 'suspended' "$work/err" || fail "$1 is not told that it is suspended: $(cat "$work/err")"
}

say "an image put back gets back what was lost, by itself"
enrol pc "$worker"
id=$(ctl device list --json | field id)
device pc sql "INSERT INTO lijst(naam) VALUES('week')" >/dev/null
write pc 1 een
sync pc
image pc monday
write pc 2 verloren
write pc 3 ook-verloren
sync pc
put_back monday pc
same "what the image shows" "$(titles pc)" een
same "restored_at before" "$(status_of pc restored_at)" null
sync pc
same "what came back" "$(titles pc)" een,verloren,ook-verloren
[ "$(status_of pc restored_at)" != null ] || fail "the device does not know that it was put back"
same "alerts" "$(alerts)" restored
same "state" "$(of_device state)" active
write pc 4 vier
sync pc
same "pending" "$(status_of pc pending_changes)" 0
ctl device resume "$id"
same "alerts once the operator has resumed it" "$(alerts)" ''

say "unsent work of an image that the server has already is not there twice"
write pc 5 vijf
image pc tuesday
sync pc
write pc 6 zes
sync pc
put_back tuesday pc
sync pc
same "pending" "$(status_of pc pending_changes)" 0
same "all" "$(titles pc)" een,verloren,ook-verloren,vier,vijf,zes
same "in the store" "$(store_value "SELECT count(*) FROM punt")" 6
ctl device resume "$id"

say "an image that was worked in before its first contact: both histories are kept"
image pc wednesday
for number in 7 8 9; do write pc $number "hier-$number"; done
sync pc
put_back wednesday pc
write pc 10 daar-10
hands_in_only pc
same "state" "$(of_device state)" suspended
same "alerts" "$(alerts)" restored,clone
same "set aside" "$(ctl quarantine list | lines)" 1
ctl quarantine list | grep -q 'a copy of this device handed in another history' || fail "the reason is not told"
ctl device resume "$id"
sync pc
ctl quarantine release "$id" >/dev/null
sync pc
same "all" "$(titles pc)" een,verloren,ook-verloren,vier,vijf,zes,hier-7,hier-8,hier-9,daar-10
same "quarantined on the device" "$(status_of pc quarantined)" 0

say "a clone: both copies are stopped, and hand in"
image pc laptop
write pc 11 pc-11
sync pc
write laptop 12 laptop-12
device laptop sql "UPDATE punt SET tekst = 'laptop' WHERE nr = 1" >/dev/null
hands_in_only laptop
write pc 13 pc-13
device pc sql "UPDATE punt SET tekst = 'pc' WHERE nr = 1" >/dev/null
hands_in_only pc
same "state" "$(of_device state)" suspended
same "alerts" "$(alerts)" clone
same "in the store" "$(store_value "SELECT group_concat(titel) FROM (SELECT titel FROM punt WHERE nr > 10 ORDER BY nr)")" \
	pc-11,pc-13
same "set aside" "$(ctl quarantine list --json | grep -c '"copy":true')" 2

say "resumed, the true one goes on; the other only hands in, until it is enrolled again"
ctl device resume "$id"
sync pc
write laptop 14 laptop-14
hands_in_only laptop
same "state" "$(of_device state)" active
write pc 15 pc-15
sync pc
numbers=$(ctl quarantine list | cut -f 2)
same "set aside" "$(echo "$numbers" | lines)" 3
first=$(echo "$numbers" | head -n 1)
echo "$first" | grep -q '^[0-9]*@[0-9a-f]\{8\}$' || fail "the number does not name its line: $first"
ends_with 0 ctl quarantine show "$id" "$first"
grep -q 'insert punt' "$work/out" || fail "show does not say what it would do: $(cat "$work/out")"
ends_with 0 ctl quarantine retry "$id" "${first%%@*}"
ends_with 0 ctl quarantine release "$id"
same "set aside" "$(ctl quarantine list | lines)" 0
enrol laptop-anew "$worker"
sync pc laptop-anew
same "all" "$(titles pc)" \
	een,verloren,ook-verloren,vier,vijf,zes,hier-7,hier-8,hier-9,daar-10,pc-11,laptop-12,pc-13,laptop-14,pc-15
same "the other enrolled again" "$(titles laptop-anew)" "$(titles pc)"
same "what both wrote in one field is a choice" "$(ctl inbox list --json | grep -c '"kind":"conflict"')" 1
ctl inbox list --json | grep -q laptop || fail "the clone's text is not in the inbox"
stop_daemon
store_checks
