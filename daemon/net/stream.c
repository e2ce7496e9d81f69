#include "daemon/net/stream.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { KEEPALIVE_SECONDS = 60 };

struct writing {
	uv_write_t request;
	size_t size;
	char bytes[];
};

static void on_closed(uv_handle_t *handle)
{
	struct bsync_stream *stream = handle->data;

	stream->events->closed(stream->context);
}

static void drop(uv_handle_t *handle)
{
	free(handle);
}

/* Takes the waiting connection and closes it, so that the listener goes on. */
static void accept_and_drop(struct bsync_listener *listener)
{
	uv_tcp_t *tcp = malloc(sizeof *tcp);

	if (tcp == NULL)
		return;
	if (uv_tcp_init(listener->tcp.loop, tcp) != 0) {
		free(tcp);
		return;
	}
	(void)!uv_accept((uv_stream_t *)&listener->tcp, (uv_stream_t *)tcp);
	uv_close((uv_handle_t *)tcp, drop);
}

enum bsync_result bsync_stream_accept(struct bsync_stream *stream, struct bsync_listener *listener,
				      struct bsync_stream_shared *shared, const struct bsync_stream_events *events,
				      void *context)
{
	if (stream == NULL) {
		accept_and_drop(listener);
		return BSYNC_OVERLOADED;
	}
	memset(stream, 0, sizeof *stream);
	stream->shared = shared;
	stream->events = events;
	stream->context = context;
	if (uv_tcp_init(listener->tcp.loop, &stream->tcp) != 0)
		return BSYNC_NO_MEMORY;
	stream->tcp.data = stream;
	if (uv_accept((uv_stream_t *)&listener->tcp, (uv_stream_t *)&stream->tcp) != 0) {
		bsync_stream_close(stream);
		return BSYNC_IO;
	}
	/* Small frames go out at once; a peer that vanished without a word is noticed. */
	(void)!uv_tcp_nodelay(&stream->tcp, 1);
	(void)!uv_tcp_keepalive(&stream->tcp, 1, KEEPALIVE_SECONDS);
	return BSYNC_OK;
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	struct bsync_stream *stream = handle->data;

	(void)suggested;
	buffer->base = stream->shared->room;
	buffer->len = sizeof stream->shared->room;
}

static void on_read(uv_stream_t *handle, ssize_t size, const uv_buf_t *buffer)
{
	struct bsync_stream *stream = handle->data;

	if (size == 0)
		return;
	if (size < 0) {
		bsync_stream_read(stream, false);
		stream->events->ended(stream->context);
		return;
	}
	stream->events->received(stream->context, (struct bsync_bytes){(const uint8_t *)buffer->base, (size_t)size});
}

void bsync_stream_read(struct bsync_stream *stream, bool is_on)
{
	if (stream->is_closing || stream->is_reading == is_on)
		return;
	stream->is_reading = is_on;
	if (!is_on)
		uv_read_stop((uv_stream_t *)&stream->tcp);
	else if (uv_read_start((uv_stream_t *)&stream->tcp, on_room, on_read) != 0)
		stream->is_reading = false;
}

bool bsync_stream_is_writable(const struct bsync_stream *stream)
{
	return stream->writing == NULL && !stream->is_closing;
}

static void on_written(uv_write_t *request, int status)
{
	struct writing *writing = request->data;
	struct bsync_stream *stream = request->handle->data;

	stream->writing = NULL;
	free(writing);
	if (stream->is_closing)
		return;
	if (status != 0)
		stream->events->ended(stream->context);
	else
		stream->events->writable(stream->context);
}

/* Sends what the socket did not take at once. */
static enum bsync_result write_rest(struct bsync_stream *stream, struct bsync_bytes rest)
{
	struct writing *writing = malloc(sizeof *writing + rest.size);
	uv_buf_t buffer;

	if (writing == NULL)
		return BSYNC_NO_MEMORY;
	memcpy(writing->bytes, rest.data, rest.size);
	writing->size = rest.size;
	writing->request.data = writing;
	buffer = uv_buf_init(writing->bytes, (unsigned)rest.size);
	if (uv_write(&writing->request, (uv_stream_t *)&stream->tcp, &buffer, 1, on_written) != 0) {
		free(writing);
		return BSYNC_CLOSED;
	}
	stream->writing = writing;
	return BSYNC_OK;
}

enum bsync_result bsync_stream_write(struct bsync_stream *stream, struct bsync_bytes bytes)
{
	char *base = (char *)(uintptr_t)bytes.data; /* libuv only reads it */
	uv_buf_t buffer;
	int taken;

	assert(bsync_stream_is_writable(stream));
	assert(bytes.size < UINT32_MAX);
	if (bytes.size == 0)
		return BSYNC_OK;
	buffer = uv_buf_init(base, (unsigned)bytes.size);
	taken = uv_try_write((uv_stream_t *)&stream->tcp, &buffer, 1);
	if (taken == UV_EAGAIN)
		taken = 0;
	if (taken < 0)
		return BSYNC_CLOSED;
	if ((size_t)taken == bytes.size)
		return BSYNC_OK;
	bytes.data += taken;
	bytes.size -= (size_t)taken;
	return write_rest(stream, bytes);
}

static void on_finished(uv_shutdown_t *request, int status)
{
	(void)request;
	(void)status;
}

void bsync_stream_finish(struct bsync_stream *stream)
{
	if (stream->is_closing || stream->is_finishing)
		return;
	stream->is_finishing = true;
	(void)!uv_shutdown(&stream->finishing, (uv_stream_t *)&stream->tcp, on_finished);
}

void bsync_stream_close(struct bsync_stream *stream)
{
	if (stream->is_closing)
		return;
	stream->is_closing = true;
	stream->is_reading = false;
	uv_close((uv_handle_t *)&stream->tcp, on_closed);
}

void bsync_stream_peer(const struct bsync_stream *stream, char text[64])
{
	struct sockaddr_storage address;
	int size = sizeof address;

	memcpy(text, "unknown", sizeof "unknown");
	if (uv_tcp_getpeername(&stream->tcp, (struct sockaddr *)&address, &size) != 0)
		return;
	if (address.ss_family == AF_INET6)
		uv_ip6_name((const struct sockaddr_in6 *)&address, text, 64);
	else
		uv_ip4_name((const struct sockaddr_in *)&address, text, 64);
}
