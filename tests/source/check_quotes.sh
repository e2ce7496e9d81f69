#!/bin/sh
# check_quotes.sh [ROOT]: a comment that quotes the contract, as in PROTOCOL 4.2: "text", quotes what stands there.
#
# The text may be wrapped differently, and back-quotes do not count; the section must be the one it is in.
# A section that a comment names without quoting it must exist.
set -u
cd "${1:-$(dirname "$0")/../..}" || exit 2
files=$(find core daemon client-sdk tests schema -name '*.[ch]' ! -path 'tests/source/*' 2>/dev/null | sort)
if [ -z "$files" ]; then exit 0; fi
documents=
for document in schema/PROTOCOL.md schema/STORAGE.md; do
	if [ -e "$document" ]; then documents="$documents $document"; fi
done
awk '
function plain(text) {
	gsub(/`/, "", text)
	gsub(/"/, "\047", text)
	gsub(/[ \t]+/, " ", text)
	return text
}
# Adds a line to its section and to the section above it: 7.3 is part of 7.
function add(line,  top) {
	section_text[document " " section] = section_text[document " " section] " " line
	top = section
	if (sub(/[.].*/, "", top)) section_text[document " " top] = section_text[document " " top] " " line
}
function complain(what) { print where ": " what; bad = 1 }
function judge(text,  rest, reference, quote, end) {
	text = plain_keep(text)
	while (match(text, /(PROTOCOL|STORAGE)(\.md)?( section)? [0-9]+(\.[0-9]+)?/)) {
		reference = substr(text, RSTART, RLENGTH)
		text = substr(text, RSTART + RLENGTH)
		sub(/\.md/, "", reference)
		sub(/ section/, "", reference)
		if (!(reference in section_text)) { complain("there is no " reference); continue }
		if (substr(text, 1, 3) != ": \"") continue
		rest = substr(text, 4)
		end = index(rest, "\"")
		if (end == 0) { complain("the quote of " reference " does not end"); continue }
		quote = plain(substr(rest, 1, end - 1))
		text = substr(rest, end + 1)
		if (index(plain(section_text[reference]), quote) == 0) complain(reference " does not say: " quote)
	}
}
function plain_keep(text) { gsub(/[ \t]+/, " ", text); return text }
FNR == 1 { section = ""; comment = ""; in_comment = 0 }
FILENAME ~ /\.md$/ {
	document = FILENAME; sub(/.*\//, "", document); sub(/\.md$/, "", document)
	if ($0 ~ /^##+ [0-9]/) { section = $2; sub(/\.$/, "", section) }
	if (section != "") add($0)
	next
}
{
	line = $0
	while (line != "") {
		if (!in_comment) {
			at = index(line, "/*")
			if (at == 0) break
			line = substr(line, at + 2); in_comment = 1; comment = ""; where = FILENAME ":" FNR
		}
		sub(/^[ \t]*\*([^\/]|$)/, " ", line)
		at = index(line, "*/")
		if (at == 0) { comment = comment " " line; break }
		judge(comment " " substr(line, 1, at - 1))
		line = substr(line, at + 2); in_comment = 0
	}
}
END { exit bad }
' $documents $files
