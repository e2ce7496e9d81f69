#include "client-sdk/net/link.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "client-sdk/net/turn.h"

enum { READ_SIZE = 32 << 10, WRITE_SIZE_MAX = 256 << 10, PLAIN_MAX = 2 << 20, CLOSE_MS = 3000, TEXT_MAX = 200 };

/* CONNECTING → HANDSHAKE → OPEN → FLUSHING → CLOSING; FLUSHING and CLOSING can be reached from each. */
enum state { CONNECTING, HANDSHAKE, OPEN, FLUSHING, CLOSING };

struct bsync_link {
	enum state state;
	struct bsync_link_events events;
	uv_tcp_t tcp;
	uv_timer_t timer;
	uv_getaddrinfo_t resolving;
	uv_connect_t connecting;
	uv_write_t writing;
	bool is_writing, has_tcp, is_resolving;
	int handles;                          /* open uv handles and requests that hold the link */
	struct addrinfo *addresses, *address; /* `addresses`: what a look-up gave, to be freed */
	struct addrinfo numeric;              /* instead of a look-up */
	struct sockaddr_storage numeric_address;
	struct bsync_tls *tls;
	struct bsync_frame_reader reader;
	struct bsync_buffer plain;
	uint8_t *write_copy;
	size_t write_size;
	char host[BSYNC_LINK_ADDRESS_MAX];
	char port[8];
	enum bsync_result result;
	char text[TEXT_MAX];
	uint64_t sent, received;
	char read_space[READ_SIZE];
};

static void release(struct bsync_link *link)
{
	assert(link->handles > 0);
	if (--link->handles > 0)
		return;
	link->events.closed(link->events.context, link, link->result, link->text);
	if (link->addresses != NULL)
		uv_freeaddrinfo(link->addresses);
	bsync_tls_free(link->tls);
	bsync_frame_reader_clear(&link->reader);
	bsync_buffer_wipe(&link->plain);
	free(link->write_copy);
	free(link);
}

static void on_timer_closed(uv_handle_t *handle)
{
	release(handle->data);
}

static void on_tcp_closed(uv_handle_t *handle)
{
	release(handle->data);
}

static void shut(struct bsync_link *link)
{
	if (link->state == CLOSING)
		return;
	link->state = CLOSING;
	if (link->is_resolving)
		(void)uv_cancel((uv_req_t *)&link->resolving);
	if (link->has_tcp && !uv_is_closing((uv_handle_t *)&link->tcp))
		uv_close((uv_handle_t *)&link->tcp, on_tcp_closed);
	uv_close((uv_handle_t *)&link->timer, on_timer_closed);
}

static void fail(struct bsync_link *link, enum bsync_result result, const char *text)
{
	if (link->state == CLOSING)
		return;
	if (link->result == BSYNC_OK) {
		link->result = result;
		size_t size = strlen(text) < TEXT_MAX - 1 ? strlen(text) : TEXT_MAX - 1;
		memcpy(link->text, text, size);
		link->text[size] = '\0';
	}
	shut(link);
}

static void flush(struct bsync_link *link);

static void on_written(uv_write_t *request, int status)
{
	struct bsync_link *link = request->data;
	link->is_writing = false;
	if (link->state == CLOSING)
		return;
	if (status < 0)
		fail(link, BSYNC_IO, uv_strerror(status));
	else
		flush(link);
}

/* Hands the pending cipher bytes to the socket, one write at a time. */
static void flush(struct bsync_link *link)
{
	while (!link->is_writing && link->tls != NULL && link->state != CLOSING) {
		struct bsync_bytes output = bsync_tls_output(link->tls);
		if (output.size == 0) {
			if (link->state == FLUSHING)
				shut(link);
			return;
		}
		size_t size = output.size < WRITE_SIZE_MAX ? output.size : WRITE_SIZE_MAX;
		if (link->write_copy == NULL || link->write_size < size) {
			free(link->write_copy);
			link->write_copy = malloc(size);
			link->write_size = size;
			if (link->write_copy == NULL) {
				fail(link, BSYNC_NO_MEMORY, bsync_result_text(BSYNC_NO_MEMORY));
				return;
			}
		}
		memcpy(link->write_copy, output.data, size);
		bsync_tls_output_sent(link->tls, size);
		link->sent += size;
		uv_buf_t buffer = uv_buf_init((char *)link->write_copy, (unsigned)size);
		link->writing.data = link;
		int status = uv_try_write((uv_stream_t *)&link->tcp, &buffer, 1);
		if (status == (int)size)
			continue;
		if (status > 0) {
			buffer.base += status;
			buffer.len -= (size_t)status;
		}
		status = uv_write(&link->writing, (uv_stream_t *)&link->tcp, &buffer, 1, on_written);
		if (status < 0) {
			fail(link, BSYNC_IO, uv_strerror(status));
			return;
		}
		link->is_writing = true;
	}
}

static void hand_out_frames(struct bsync_link *link)
{
	struct bsync_frame frame;
	enum bsync_result result = bsync_frame_reader_feed(&link->reader, bsync_buffer_bytes(&link->plain));
	bsync_buffer_clear(&link->plain);
	while (result == BSYNC_OK && link->state == OPEN) {
		result = bsync_frame_reader_next(&link->reader, &frame);
		if (result == BSYNC_OK)
			link->events.frame(link->events.context, link, &frame);
	}
	if (result != BSYNC_OK && result != BSYNC_AGAIN)
		fail(link, result, bsync_result_text(result));
}

/* Decrypts what has been received and hands out its frames. */
static void on_cipher(struct bsync_link *link)
{
	if (link->state == HANDSHAKE) {
		enum bsync_result result = bsync_tls_handshake(link->tls);
		if (result == BSYNC_OK) {
			link->state = OPEN;
			uv_timer_stop(&link->timer);
			link->events.established(link->events.context, link);
		} else if (result != BSYNC_AGAIN) {
			flush(link); /* the alert */
			fail(link, BSYNC_TLS, bsync_tls_error_text(link->tls));
			return;
		}
	}
	if (link->state == OPEN) {
		enum bsync_result result = bsync_tls_read(link->tls, &link->plain);
		hand_out_frames(link);
		if (result == BSYNC_CLOSED)
			fail(link, BSYNC_CLOSED, "the server closed the connection");
		else if (result != BSYNC_OK && result != BSYNC_AGAIN)
			fail(link, BSYNC_TLS, bsync_tls_error_text(link->tls));
	}
	flush(link);
}

static void lend_space(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	(void)suggested;
	struct bsync_link *link = handle->data;
	*buffer = uv_buf_init(link->read_space, sizeof link->read_space);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
	struct bsync_link *link = stream->data;
	if (link->state == CLOSING || size == 0)
		return;
	if (size < 0) {
		fail(link, size == UV_EOF ? BSYNC_CLOSED : BSYNC_IO,
		     size == UV_EOF ? "the server closed the connection" : uv_strerror((int)size));
		return;
	}
	link->received += (uint64_t)size;
	struct bsync_bytes cipher = {(const uint8_t *)buffer->base, (size_t)size};
	enum bsync_result result = bsync_tls_receive(link->tls, cipher);
	if (result != BSYNC_OK)
		fail(link, result, bsync_result_text(result));
	else
		on_cipher(link);
}

static void try_address(struct bsync_link *link);

static void try_next_address(struct bsync_link *link, int status)
{
	link->address = link->address->ai_next;
	if (link->address == NULL)
		fail(link, BSYNC_IO, uv_strerror(status));
	else
		try_address(link);
}

static void on_connected(uv_connect_t *request, int status)
{
	struct bsync_link *link = request->data;
	if (link->state == CLOSING)
		return;
	if (status < 0) {
		try_next_address(link, status);
		return;
	}
	link->state = HANDSHAKE;
	(void)uv_tcp_nodelay(&link->tcp, 1);
	(void)uv_tcp_keepalive(&link->tcp, 1, 60);
	status = uv_read_start((uv_stream_t *)&link->tcp, lend_space, on_read);
	if (status < 0)
		fail(link, BSYNC_IO, uv_strerror(status));
	else
		on_cipher(link); /* the ClientHello */
}

static void on_tcp_given_up(uv_handle_t *handle)
{
	struct bsync_link *link = handle->data;
	link->has_tcp = false;
	if (link->state != CLOSING)
		try_address(link);
	release(link);
}

/* Connects to the present address; a socket that failed before is closed first. */
static void try_address(struct bsync_link *link)
{
	if (link->has_tcp) {
		uv_close((uv_handle_t *)&link->tcp, on_tcp_given_up);
		return;
	}
	int status = uv_tcp_init(link->timer.loop, &link->tcp);
	if (status == 0) {
		link->tcp.data = link;
		link->has_tcp = true;
		link->handles++;
		link->connecting.data = link;
		status = uv_tcp_connect(&link->connecting, &link->tcp, link->address->ai_addr, on_connected);
	}
	if (status < 0)
		try_next_address(link, status);
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *addresses)
{
	struct bsync_link *link = request->data;
	link->is_resolving = false;
	link->addresses = addresses;
	link->address = addresses;
	if (link->state != CLOSING) {
		if (status < 0 || addresses == NULL)
			fail(link, BSYNC_IO, status < 0 ? uv_strerror(status) : "the name has no address");
		else
			try_address(link);
	}
	release(link);
}

static void on_timer(uv_timer_t *timer)
{
	struct bsync_link *link = timer->data;
	if (link->state == FLUSHING)
		shut(link);
	else
		fail(link, BSYNC_TIMEOUT, "the server does not answer");
}

/* Takes a host that is an address as it stands: a look-up would go by another thread for nothing. */
static bool is_numeric(struct bsync_link *link)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&link->numeric_address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&link->numeric_address;
	int port = (int)strtol(link->port, NULL, 10);
	if (port > 65535 || (uv_ip4_addr(link->host, port, v4) < 0 && uv_ip6_addr(link->host, port, v6) < 0))
		return false;
	link->numeric.ai_addr = (struct sockaddr *)&link->numeric_address;
	link->address = &link->numeric;
	return true;
}

/* Splits "HOST:PORT" or "[IPV6]:PORT"; false when it is neither. */
static bool split_address(struct bsync_link *link, const char *address)
{
	const char *colon = strrchr(address, ':');
	if (colon == NULL || strlen(colon + 1) == 0 || strlen(colon + 1) >= sizeof link->port)
		return false;
	const char *host = address;
	size_t size = (size_t)(colon - address);
	if (size >= 2 && host[0] == '[' && host[size - 1] == ']') {
		host++;
		size -= 2;
	}
	if (size == 0 || size >= sizeof link->host)
		return false;
	memcpy(link->host, host, size);
	memcpy(link->port, colon + 1, strlen(colon + 1));
	return strspn(link->port, "0123456789") == strlen(link->port);
}

static void look_up(struct bsync_link *link)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	link->resolving.data = link;
	if (uv_getaddrinfo(link->timer.loop, &link->resolving, on_resolved, link->host, link->port, &hints) == 0) {
		link->handles++;
		link->is_resolving = true;
	} else {
		fail(link, BSYNC_IO, "the address cannot be looked up");
	}
}

enum bsync_result bsync_link_open(uv_loop_t *loop, const char *address, const struct bsync_tls_settings *settings,
				  const struct bsync_link_events *events, struct bsync_link **out)
{
	assert(loop != NULL && address != NULL && settings != NULL && events != NULL && out != NULL);
	struct bsync_link *link = calloc(1, sizeof *link);
	if (link == NULL)
		return BSYNC_NO_MEMORY;
	link->events = *events;
	bsync_frame_reader_init(&link->reader);
	bsync_buffer_init(&link->plain, PLAIN_MAX);
	enum bsync_result result = split_address(link, address) ? bsync_tls_new(settings, &link->tls) : BSYNC_INVALID;
	if (result != BSYNC_OK)
		goto fail;
	if (uv_timer_init(loop, &link->timer) < 0) {
		result = BSYNC_IO;
		goto fail;
	}
	link->handles = 1;
	link->timer.data = link;
	uv_timer_start(&link->timer, on_timer, BSYNC_LINK_CONNECT_MS, 0);
	if (is_numeric(link))
		try_address(link);
	else
		look_up(link);
	*out = link;
	return BSYNC_OK;
fail:
	bsync_tls_free(link->tls);
	free(link);
	return result;
}

void bsync_link_send(struct bsync_link *link, struct bsync_bytes frames)
{
	assert(link != NULL);
	if (link->state != OPEN)
		return;
	enum bsync_result result = bsync_tls_write(link->tls, frames);
	if (result != BSYNC_OK)
		fail(link, result, bsync_result_text(result));
	else
		flush(link);
}

void bsync_link_close(struct bsync_link *link, enum bsync_result result)
{
	assert(link != NULL);
	if (link->state == FLUSHING || link->state == CLOSING)
		return;
	link->result = result == BSYNC_OK ? BSYNC_CLOSED : result;
	if (link->state != OPEN) {
		shut(link);
		return;
	}
	link->state = FLUSHING;
	bsync_tls_close(link->tls);
	uv_timer_start(&link->timer, on_timer, CLOSE_MS, 0);
	/* Also called when the loop does not run. */
	struct bsync_turn_held held;
	bsync_turn_hold(&held);
	flush(link);
	bsync_turn_release(&held);
}

struct bsync_tls *bsync_link_tls(struct bsync_link *link)
{
	assert(link != NULL);
	return link->tls;
}

void bsync_link_traffic(const struct bsync_link *link, uint64_t *sent, uint64_t *received)
{
	assert(link != NULL);
	*sent = link->sent;
	*received = link->received;
}
