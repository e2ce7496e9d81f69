# Flags.cmake: one compiler dialect, one set of warnings and one set of hardening flags for all our code.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)

# Assertions stay on in every build: no -DNDEBUG anywhere.
set(CMAKE_C_FLAGS_DEBUG "-Og -g")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")
set(CMAKE_C_FLAGS_RELEASE "-O2")

include(CheckPIESupported)
check_pie_supported(LANGUAGES C)

add_library(buurtsync_flags INTERFACE)
target_include_directories(buurtsync_flags INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
target_compile_options(buurtsync_flags INTERFACE
	-Wall -Wextra -Wpedantic -Werror
	-Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
	-Wvla -Wcast-qual -Wwrite-strings -Wpointer-arith -Wundef -Wformat=2 -Wimplicit-fallthrough
	-fno-common -fno-omit-frame-pointer -fstack-protector-strong)
# Texts are cut on purpose where a buffer ends, and what gcc can prove of that differs from release to release.
target_compile_options(buurtsync_flags INTERFACE $<$<C_COMPILER_ID:GNU>:-Wno-format-truncation>)
target_link_options(buurtsync_flags INTERFACE -Wl,-z,relro,-z,now -Wl,-z,noexecstack)

if(BUURTSYNC_SANITIZE)
	string(APPEND CMAKE_C_FLAGS " -fsanitize=${BUURTSYNC_SANITIZE} -fno-sanitize-recover=all")
elseif(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
	target_compile_options(buurtsync_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
if(BUURTSYNC_FUZZERS)
	string(APPEND CMAKE_C_FLAGS " -fsanitize=fuzzer-no-link")
endif()
if(BUURTSYNC_COVERAGE)
	string(APPEND CMAKE_C_FLAGS " --coverage")
endif()

# Code above core may call POSIX and the C library's common extensions.
add_library(buurtsync_posix INTERFACE)
target_compile_definitions(buurtsync_posix INTERFACE _POSIX_C_SOURCE=200809L _DEFAULT_SOURCE)

# Where Linux itself is asked (peer credentials, accept4), as in daemon/ and the tests.
add_library(buurtsync_linux INTERFACE)
target_compile_definitions(buurtsync_linux INTERFACE _GNU_SOURCE)
