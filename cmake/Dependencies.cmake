# Dependencies.cmake: dep::sqlite3 dep::mbedtls dep::uv dep::msgpack dep::sodium dep::zstd.
#
# The first two come from the folder that ./do setup fills, the others from the system.

set(prefix "${BUURTSYNC_DEPENDENCIES}")
if(NOT prefix)
	execute_process(COMMAND ${PROJECT_SOURCE_DIR}/tools/dependencies.sh prefix
		OUTPUT_VARIABLE prefix OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
endif()
if(NOT EXISTS "${prefix}/lib/libsqlite3.a")
	message(FATAL_ERROR "mbedtls and SQLite are not built in ${prefix}; run ./do setup")
endif()
# A change of options or versions moves the folder; configure notices by itself.
set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
	${PROJECT_SOURCE_DIR}/tools/dependencies.sh
	${PROJECT_SOURCE_DIR}/cmake/dependencies.sh
	${PROJECT_SOURCE_DIR}/cmake/mbedtls_user_config.h
	${PROJECT_SOURCE_DIR}/cmake/chachapoly_alt.h
	${PROJECT_SOURCE_DIR}/cmake/chachapoly_alt.c)

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(uv REQUIRED IMPORTED_TARGET libuv>=1.44)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium>=1.0.18)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd>=1.5)
# msgpack-c 4 and 6 differ in name only.
pkg_search_module(msgpack REQUIRED IMPORTED_TARGET msgpack-c>=4 msgpack>=4)

# Debian 13's msgpack-c names a relative folder; the header is on the default path.
set_target_properties(PkgConfig::msgpack PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "")
foreach(name uv sodium zstd msgpack)
	add_library(dep_${name} INTERFACE)
	target_link_libraries(dep_${name} INTERFACE PkgConfig::${name})
	add_library(dep::${name} ALIAS dep_${name})
endforeach()

add_library(dep_sqlite3 INTERFACE)
target_include_directories(dep_sqlite3 SYSTEM INTERFACE ${prefix}/include)
target_link_libraries(dep_sqlite3 INTERFACE ${prefix}/lib/libsqlite3.a m Threads::Threads)
add_library(dep::sqlite3 ALIAS dep_sqlite3)

add_library(dep_mbedtls INTERFACE)
target_include_directories(dep_mbedtls SYSTEM INTERFACE ${prefix}/include)
target_compile_definitions(dep_mbedtls INTERFACE MBEDTLS_USER_CONFIG_FILE=<mbedtls_user_config.h>)
target_link_libraries(dep_mbedtls INTERFACE ${prefix}/lib/libmbedtls.a dep::sodium Threads::Threads)
add_library(dep::mbedtls ALIAS dep_mbedtls)
set(BUURTSYNC_OWN_DEPENDENCIES ${prefix}/lib/libsqlite3.a ${prefix}/lib/libmbedtls.a)
