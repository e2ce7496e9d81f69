/* swarm.h: many light devices in one process: real enrolment, TLS, sealing and conversation, but an outbox in memory and
 * no file, so that a benchmark measures the daemon and not the devices. */
#ifndef BSYNC_TESTS_SUPPORT_SWARM_H
#define BSYNC_TESTS_SUPPORT_SWARM_H

#include <uv.h>

#include "core/changeset.h"
#include "core/seal.h"

struct swarm;
struct swarm_device;

/* What a device has seen; counted from the last swarm_device_connect. */
struct swarm_counts {
	uint64_t receipts;                                     /* changesets made durable */
	uint64_t rows;                                         /* rows pulled */
	uint64_t syncs;                                        /* SYNCs answered */
	uint64_t not_applied;                                  /* receipts with another verdict than applied */
	int64_t established_us;                                /* clock_us when TLS stood */
	uint64_t sent_at_established, received_at_established; /* wire bytes by then */
	uint64_t sent, received;                               /* wire bytes, TLS included */
	bool is_closed;
	enum bsync_result closed;
};

struct swarm *swarm_new(void);
void swarm_free(struct swarm *swarm);
/* Enrols a device with a code; waits for it.  Ends the program with a message when it fails. */
struct swarm_device *swarm_enrol(struct swarm *swarm, const char *code, const char *address);
/* Seals one changeset into the device's outbox; evidence and base are filled in. */
void swarm_device_add(struct swarm_device *device, struct bsync_changeset *changeset);
/* Connects, says hello with what is in the outbox, and syncs; returns at once. */
void swarm_device_connect(struct swarm_device *device);
void swarm_device_disconnect(struct swarm_device *device);
/* Tells the conversation that the outbox has grown. */
void swarm_device_committed(struct swarm_device *device);
/* Forgets the cursor: the next contact pulls everything. */
void swarm_device_forget(struct swarm_device *device);
const struct swarm_counts *swarm_device_counts(struct swarm_device *device);
uint64_t swarm_device_last_seq(const struct swarm_device *device);
uint64_t swarm_device_durable_seq(const struct swarm_device *device);
/* Wire bytes of the bodies sealed so far. */
uint64_t swarm_device_sealed_bytes(const struct swarm_device *device);
/* Runs the loop until `done` says so; false after `timeout_ms`. */
bool swarm_run(struct swarm *swarm, bool (*done)(void *context), void *context, int timeout_ms);
/* The system's randomness, for ids. */
const struct bsync_random *swarm_random(void);

#endif
