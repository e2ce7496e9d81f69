/* standalone.c: feeds corpus files to a fuzz target without libFuzzer.
 *
 * Usage: fuzz_NAME PATH...  Each path is a file, or a folder whose files are all replayed.  Exit
 * status 1 if no file was read, so that a test over a missing corpus fails. */
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { PATH_SIZE = 4096, FILE_SIZE_MAX = 16 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t size = 0;

	if (file == NULL)
		goto fail;
	data = malloc(FILE_SIZE_MAX);
	if (data == NULL)
		goto fail;
	size = fread(data, 1, FILE_SIZE_MAX, file);
	if (ferror(file) || (size == FILE_SIZE_MAX && fgetc(file) != EOF))
		goto fail;
	fclose(file);
	/* An exact allocation lets the address sanitizer see one byte too many. */
	uint8_t *exact = realloc(data, size != 0 ? size : 1);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	return 1;
fail:
	fprintf(stderr, "can not read %s\n", path);
	free(data);
	if (file != NULL)
		fclose(file);
	exit(1);
}

static int replay_folder(const char *path)
{
	DIR *folder = opendir(path);
	int count = 0;

	if (folder == NULL) {
		fprintf(stderr, "can not read %s\n", path);
		exit(1);
	}
	for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
		char name[PATH_SIZE];

		if (entry->d_name[0] == '.')
			continue;
		if (snprintf(name, sizeof(name), "%s/%s", path, entry->d_name) >= (int)sizeof(name))
			continue;
		count += replay_file(name);
	}
	closedir(folder);
	return count;
}

int main(int argc, char **argv)
{
	int count = 0;

	for (int i = 1; i < argc; i++) {
		struct stat status;

		if (stat(argv[i], &status) == 0 && S_ISDIR(status.st_mode))
			count += replay_folder(argv[i]);
		else
			count += replay_file(argv[i]);
	}
	printf("%d inputs\n", count);
	return count == 0;
}
