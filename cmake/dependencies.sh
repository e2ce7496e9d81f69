# dependencies.sh: the two libraries that ./do setup builds itself, and how.
#
# Sourced by tools/dependencies.sh.  Changing a byte here gives the build a new cache folder, so
# options and versions take effect by themselves.  To move to another version: change the pin
# (version and the SHA-256 of its .dsc, as `./do deps-available` prints them) and commit.
# The .dsc lists the SHA-256 of every other file of the package, and dpkg-source checks them.

# Releases whose source indexes are read, older first.
DEPENDENCY_SUITES='trixie sid'

MBEDTLS_VERSION=3.6.7-3
MBEDTLS_DSC_SHA256=a468f939a098d45c5a6f64ac91a5bb41ff188d5562edbcb37aaed59f767df25f
# Accepted when the pinned version has left the mirror: at least MIN, below BELOW.
MBEDTLS_MIN=3.6.6
MBEDTLS_BELOW=4

SQLITE_VERSION=3.53.4-2
SQLITE_DSC_SHA256=777dcd95dd918525202b89b02f9f1f1e3e1d80e2d39cdec2841b38268069c21d
SQLITE_MIN=3.51.3
SQLITE_BELOW=4

# Hidden symbols: a host program may link a SQLite or mbedtls of its own.
DEPENDENCY_CFLAGS='-O2 -g0 -fPIC -fvisibility=hidden -fstack-protector-strong -D_FORTIFY_SOURCE=2'

# Arithmetic on curves gains an eighth from it.
MBEDTLS_CFLAGS='-O3'

SQLITE_OPTIONS='
-DSQLITE_THREADSAFE=1
-DSQLITE_DEFAULT_SYNCHRONOUS=2
-DSQLITE_DEFAULT_WAL_SYNCHRONOUS=2
-DSQLITE_DEFAULT_MEMSTATUS=0
-DSQLITE_DQS=0
-DSQLITE_ENABLE_COLUMN_METADATA
-DSQLITE_LIKE_DOESNT_MATCH_BLOBS
-DSQLITE_MAX_MMAP_SIZE=0
-DSQLITE_OMIT_DEPRECATED
-DSQLITE_OMIT_LOAD_EXTENSION
-DSQLITE_OMIT_SHARED_CACHE
-DSQLITE_SECURE_DELETE
-DSQLITE_TEMP_STORE=3
-DSQLITE_TRUSTED_SCHEMA=0
'
