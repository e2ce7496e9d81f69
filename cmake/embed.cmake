# embed.cmake: turns the *.sql files of one folder into a C array.
#
#   cmake -DNAME=server -DOUT=embedded_server.c -P embed.cmake -- FILE...
#
# Writes `bsync_embedded_NAME` as declared in cmake/embedded.h: an entry per file, in name order.
set(files "")
set(after FALSE)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
	if(after)
		list(APPEND files "${CMAKE_ARGV${i}}")
	elseif("${CMAKE_ARGV${i}}" STREQUAL "--")
		set(after TRUE)
	endif()
endforeach()
list(SORT files)

set(text "/* Made by cmake/embed.cmake. */\n#include \"generated/embedded.h\"\n\n")
set(entries "")
set(count 0)
foreach(file ${files})
	get_filename_component(base ${file} NAME)
	file(READ ${file} hex HEX)
	string(LENGTH "${hex}" size)
	math(EXPR size "${size} / 2")
	# Sixteen bytes a line: a compiler may limit the length of a line.
	string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
	string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
	string(APPEND text "static const unsigned char file_${count}[] = {\n${bytes}0x00};\n\n")
	string(APPEND entries "\t{\"${base}\", (const char *)file_${count}, ${size}},\n")
	math(EXPR count "${count} + 1")
endforeach()
string(APPEND text "const struct bsync_embedded_sql bsync_embedded_${NAME}[] = {\n${entries}\t{0, 0, 0},\n};\n"
	"const size_t bsync_embedded_${NAME}_count = ${count};\n")
file(WRITE ${OUT} "${text}")
