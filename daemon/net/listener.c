#include "daemon/net/listener.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024, SYSTEMD_SOCKET = 3 };

static void on_connection(uv_stream_t *server, int status)
{
	struct bsync_listener *listener = server->data;

	/* A failed accept (the peer has gone again, descriptors have run out) concerns no connection we have. */
	if (status == 0)
		listener->arrived(listener->context);
}

static int bind_address(struct bsync_listener *listener, const char *host, uint16_t port)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
	struct addrinfo *list = NULL;
	char service[8];
	int status = UV_EADDRNOTAVAIL;

	snprintf(service, sizeof service, "%u", (unsigned)port);
	if (getaddrinfo(host, service, &hints, &list) != 0)
		return UV_EAI_NONAME;
	for (const struct addrinfo *at = list; at != NULL && status != 0; at = at->ai_next)
		status = uv_tcp_bind(&listener->tcp, at->ai_addr, 0);
	freeaddrinfo(list);
	return status;
}

/* The socket systemd hands over, -1 when it does not. */
static int systemd_socket(void)
{
	const char *process = getenv("LISTEN_PID");
	const char *count = getenv("LISTEN_FDS");

	if (process == NULL || count == NULL || strtol(process, NULL, 10) != (long)getpid())
		return -1;
	return strtol(count, NULL, 10) >= 1 ? SYSTEMD_SOCKET : -1;
}

static int name_address(struct bsync_listener *listener)
{
	struct sockaddr_storage address;
	int size = sizeof address;
	char host[INET6_ADDRSTRLEN];
	int status = uv_tcp_getsockname(&listener->tcp, (struct sockaddr *)&address, &size);

	if (status != 0)
		return status;
	if (address.ss_family == AF_INET6) {
		const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&address;

		uv_ip6_name(six, host, sizeof host);
		snprintf(listener->address, sizeof listener->address, "[%s]:%u", host, (unsigned)ntohs(six->sin6_port));
	} else {
		const struct sockaddr_in *four = (const struct sockaddr_in *)&address;

		uv_ip4_name(four, host, sizeof host);
		snprintf(listener->address, sizeof listener->address, "%s:%u", host, (unsigned)ntohs(four->sin_port));
	}
	return 0;
}

enum bsync_result bsync_listener_start(struct bsync_listener *listener, uv_loop_t *loop, const char *host,
				       uint16_t port, void (*arrived)(void *context), void *context)
{
	int given = systemd_socket();
	int status;

	memset(listener, 0, sizeof *listener);
	listener->arrived = arrived;
	listener->context = context;
	status = uv_tcp_init(loop, &listener->tcp);
	if (status != 0)
		return BSYNC_NO_MEMORY;
	listener->tcp.data = listener;
	status = given >= 0 ? uv_tcp_open(&listener->tcp, given) : bind_address(listener, host, port);
	if (status == 0)
		status = uv_listen((uv_stream_t *)&listener->tcp, BACKLOG, on_connection);
	if (status == 0)
		status = name_address(listener);
	if (status == 0)
		return BSYNC_OK;
	snprintf(listener->error, sizeof listener->error, "%s", uv_strerror(status));
	bsync_listener_stop(listener);
	return status == UV_EADDRINUSE ? BSYNC_BUSY : BSYNC_IO;
}

void bsync_listener_stop(struct bsync_listener *listener)
{
	if (!uv_is_closing((uv_handle_t *)&listener->tcp))
		uv_close((uv_handle_t *)&listener->tcp, NULL);
}
