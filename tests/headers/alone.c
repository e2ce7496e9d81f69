/* alone.c: includes the public header, twice, and nothing before it; valid C and C++. */
#include <buurtsync.h>
#include <buurtsync.h>

int main(void)
{
	return 0;
}
