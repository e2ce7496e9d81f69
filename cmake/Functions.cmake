# Functions.cmake: how a folder becomes a target.

# buurtsync_library(NAME [LINK ...]): a static library of the *.c files directly in this folder.
# A folder that has none yet becomes an interface library that only passes its links on.
function(buurtsync_library name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINK;EXCLUDE")
	file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
	foreach(file ${arg_EXCLUDE})
		list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${file})
	endforeach()
	if(sources)
		add_library(${name} STATIC ${sources})
		target_link_libraries(${name} PUBLIC buurtsync_flags ${arg_LINK})
	else()
		add_library(${name} INTERFACE)
		target_link_libraries(${name} INTERFACE buurtsync_flags ${arg_LINK})
	endif()
endfunction()

# buurtsync_program(NAME SOURCES ... LINK ...): an executable, unless SOURCES is empty.
function(buurtsync_program name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
	if(arg_SOURCES)
		add_executable(${name} ${arg_SOURCES})
		target_link_libraries(${name} PRIVATE buurtsync_flags ${arg_LINK})
	endif()
endfunction()

# buurtsync_objects(OUT TARGET...): the object files of those targets that have any.
function(buurtsync_objects out)
	set(objects "")
	foreach(target ${ARGN})
		get_target_property(type ${target} TYPE)
		if(NOT type STREQUAL "INTERFACE_LIBRARY")
			list(APPEND objects $<TARGET_OBJECTS:${target}>)
		endif()
	endforeach()
	set(${out} "${objects}" PARENT_SCOPE)
endfunction()
