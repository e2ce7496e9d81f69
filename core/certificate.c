#include "core/certificate.h"

#include <assert.h>
#include <string.h>

#include <mbedtls/oid.h>

#include "core/mbedtls_random.h"
#include "core/mbedtls_result.h"
#include "core/signing.h"

static const char ca_suffix[] = ",O=Buurtsync CA";

enum {
	CERTIFICATE_BUFFER_SIZE = 2048,
	NAME_SIZE = 3 + BSYNC_UUID_TEXT_SIZE + sizeof(ca_suffix),
	DATE_SIZE = 15,
	URI_SIZE = 9 + 36,
};

static const int64_t day_ms = 86400000;
static const int64_t last_ms = 253402300799000; /* the end of the year 9999 */

const mbedtls_x509_crt_profile bsync_certificate_profile = {
	.allowed_mds = MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256),
	.allowed_pks = MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECKEY) | MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECDSA),
	.allowed_curves = MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1),
	.rsa_min_bitlen = 0,
};

void bsync_uuid_text(const uint8_t id[BSYNC_ID_SIZE], char text[BSYNC_UUID_TEXT_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	assert(id != NULL && text != NULL);
	for (size_t i = 0; i < BSYNC_ID_SIZE; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*text++ = '-';
		*text++ = digits[id[i] >> 4];
		*text++ = digits[id[i] & 15];
	}
	*text = '\0';
}

/* Days since 1970 of a date in the Gregorian calendar.  The year is taken to begin in March, so that the leap
 * day is its last; then months have a regular pattern of days, and 400 years have 146 097. */
static int64_t days_of_date(int64_t year, int month, int day)
{
	const int64_t y = month <= 2 ? year - 1 : year;
	const int64_t era = y / 400;
	const int64_t year_of_era = y - era * 400;
	const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

/* The way back, for days from 1970 on. */
static void date_of_days(int64_t days, int *year, int *month, int *day)
{
	const int64_t shifted = days + 719468;
	const int64_t era = shifted / 146097;
	const int64_t day_of_era = shifted - era * 146097;
	const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	const int64_t march_month = (5 * day_of_year + 2) / 153;

	*day = (int)(day_of_year - (153 * march_month + 2) / 5 + 1);
	*month = (int)(march_month < 10 ? march_month + 3 : march_month - 9);
	*year = (int)(year_of_era + era * 400 + (*month <= 2 ? 1 : 0));
}

int64_t bsync_certificate_time_ms(const mbedtls_x509_time *time)
{
	assert(time != NULL);
	return days_of_date(time->year, time->mon, time->day) * day_ms +
	       ((int64_t)time->hour * 3600 + time->min * 60 + time->sec) * 1000;
}

static void write_digits(char *text, int number, size_t count)
{
	for (size_t i = count; i > 0; i--, number /= 10)
		text[i - 1] = (char)('0' + number % 10);
}

/* YYYYMMDDhhmmss, as mbedtls takes it. */
static void date_text(int64_t ms, char text[DATE_SIZE])
{
	int year = 0;
	int month = 0;
	int day = 0;
	const int seconds = (int)(ms % day_ms / 1000);

	assert(ms >= 0 && ms <= last_ms);
	date_of_days(ms / day_ms, &year, &month, &day);
	write_digits(text, year, 4);
	write_digits(text + 4, month, 2);
	write_digits(text + 6, day, 2);
	write_digits(text + 8, seconds / 3600, 2);
	write_digits(text + 10, seconds / 60 % 60, 2);
	write_digits(text + 12, seconds % 60, 2);
	text[DATE_SIZE - 1] = '\0';
}

enum bsync_result bsync_certificate_parse(struct bsync_bytes der, mbedtls_x509_crt *certificate)
{
	assert(certificate != NULL);
	if (der.size == 0 || der.size > BSYNC_CERTIFICATE_SIZE_MAX)
		return BSYNC_MALFORMED;
	/* mbedtls takes a certificate with bytes behind it; what it has read is in raw. */
	enum bsync_result result = bsync_mbedtls_result(mbedtls_x509_crt_parse_der(certificate, der.data, der.size),
							BSYNC_MALFORMED);
	if (result != BSYNC_OK)
		return result;
	while (certificate->next != NULL)
		certificate = certificate->next;
	return certificate->raw.len == der.size ? BSYNC_OK : BSYNC_MALFORMED;
}

/* The keys that a certificate is made with, in mbedtls' shape. */
struct issue {
	mbedtls_x509write_cert writer;
	mbedtls_x509_crt ca;
	mbedtls_pk_context subject;
	struct bsync_buffer ca_spki; /* of ca_key */
};

/* The CA's key must be the one that its certificate, or the request for one, names. */
static enum bsync_result check_issuer(const struct bsync_certificate_request *request,
				      const struct bsync_signing_key *ca_key, struct bsync_bytes ca_certificate,
				      struct issue *issue)
{
	struct bsync_bytes spki = request->public_key;
	enum bsync_result result = bsync_signing_key_public(ca_key, &issue->ca_spki);

	if (result != BSYNC_OK)
		return result;
	if (ca_certificate.size == 0) {
		if (request->kind != BSYNC_CERTIFICATE_CA)
			return BSYNC_INVALID;
	} else {
		if (request->kind == BSYNC_CERTIFICATE_CA)
			return BSYNC_INVALID;
		result = bsync_certificate_parse(ca_certificate, &issue->ca);
		if (result != BSYNC_OK)
			return result;
		spki = (struct bsync_bytes){issue->ca.pk_raw.p, issue->ca.pk_raw.len};
	}
	return bsync_bytes_equal(spki, bsync_buffer_bytes(&issue->ca_spki)) ? BSYNC_OK : BSYNC_INVALID;
}

static int set_alternative_name(mbedtls_x509write_cert *writer, int kind, char *name)
{
	mbedtls_x509_san_list list = {.next = NULL};

	list.node.type = kind;
	list.node.san.unstructured_name.tag = MBEDTLS_ASN1_IA5_STRING;
	list.node.san.unstructured_name.p = (unsigned char *)name;
	list.node.san.unstructured_name.len = strlen(name);
	return mbedtls_x509write_crt_set_subject_alternative_name(writer, &list);
}

static int set_extended_usage(mbedtls_x509write_cert *writer, const char *oid, size_t size)
{
	unsigned char copy[16];
	mbedtls_asn1_sequence usage = {.buf = {.tag = MBEDTLS_ASN1_OID, .len = size, .p = copy}, .next = NULL};

	assert(size <= sizeof(copy));
	memcpy(copy, oid, size);
	return mbedtls_x509write_crt_set_ext_key_usage(writer, &usage);
}

/* The extensions of each kind (PROTOCOL 9.3); 0 or an error of mbedtls. */
static int set_extensions(mbedtls_x509write_cert *writer, enum bsync_certificate_kind kind, char *uuid)
{
	char uri[URI_SIZE + 1] = "urn:uuid:";
	int status = 0;

	if (kind == BSYNC_CERTIFICATE_CA) {
		status = mbedtls_x509write_crt_set_basic_constraints(writer, 1, 0);
		return status != 0 ? status
				   : mbedtls_x509write_crt_set_key_usage(writer, MBEDTLS_X509_KU_KEY_CERT_SIGN);
	}
	status = mbedtls_x509write_crt_set_basic_constraints(writer, 0, -1);
	if (status == 0)
		status = mbedtls_x509write_crt_set_key_usage(writer, MBEDTLS_X509_KU_DIGITAL_SIGNATURE);
	if (status != 0)
		return status;
	if (kind == BSYNC_CERTIFICATE_SERVER) {
		status = set_alternative_name(writer, MBEDTLS_X509_SAN_DNS_NAME, uuid);
		return status != 0 ? status
				   : set_extended_usage(writer, MBEDTLS_OID_SERVER_AUTH,
							MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH));
	}
	memcpy(uri + 9, uuid, BSYNC_UUID_TEXT_SIZE);
	status = set_alternative_name(writer, MBEDTLS_X509_SAN_UNIFORM_RESOURCE_IDENTIFIER, uri);
	return status != 0
		       ? status
		       : set_extended_usage(writer, MBEDTLS_OID_CLIENT_AUTH, MBEDTLS_OID_SIZE(MBEDTLS_OID_CLIENT_AUTH));
}

/* The names of subject and issuer; `uuid` is the subject's.  A CA has one part more in its name, since it shares its
 * id with the server, and to a stranger a certificate whose subject is its issuer looks self-signed. */
static int set_names(struct issue *issue, enum bsync_certificate_kind kind, const char uuid[BSYNC_UUID_TEXT_SIZE])
{
	char subject[NAME_SIZE] = "CN=";
	char issuer[256];

	memcpy(subject + 3, uuid, BSYNC_UUID_TEXT_SIZE);
	if (kind == BSYNC_CERTIFICATE_CA)
		memcpy(subject + 3 + BSYNC_UUID_TEXT_SIZE - 1, ca_suffix, sizeof(ca_suffix));
	int status = mbedtls_x509write_crt_set_subject_name(&issue->writer, subject);
	if (status != 0)
		return status;
	if (kind == BSYNC_CERTIFICATE_CA)
		return mbedtls_x509write_crt_set_issuer_name(&issue->writer, subject);
	if (mbedtls_x509_dn_gets(issuer, sizeof(issuer), &issue->ca.subject) < 0)
		return MBEDTLS_ERR_X509_BAD_INPUT_DATA;
	return mbedtls_x509write_crt_set_issuer_name(&issue->writer, issuer);
}

/* Fills in everything; the keys are set.  0 or an error of mbedtls. */
static int fill_in(const struct bsync_certificate_request *request, struct issue *issue)
{
	mbedtls_x509write_cert *writer = &issue->writer;
	char uuid[BSYNC_UUID_TEXT_SIZE];
	char not_before[DATE_SIZE];
	char not_after[DATE_SIZE];
	uint8_t serial[sizeof(request->serial)];
	size_t zeros = 0;

	bsync_uuid_text(request->id, uuid);
	date_text(request->not_before_ms, not_before);
	date_text(request->not_after_ms, not_after);
	/* DER wants the shortest form of a number. */
	memcpy(serial, request->serial, sizeof(serial));
	while (zeros < sizeof(serial) - 1 && serial[zeros] == 0)
		zeros++;
	mbedtls_x509write_crt_set_version(writer, MBEDTLS_X509_CRT_VERSION_3);
	mbedtls_x509write_crt_set_md_alg(writer, MBEDTLS_MD_SHA256);
	int status = mbedtls_x509write_crt_set_serial_raw(writer, serial + zeros, sizeof(serial) - zeros);
	if (status == 0)
		status = set_names(issue, request->kind, uuid);
	if (status == 0)
		status = mbedtls_x509write_crt_set_validity(writer, not_before, not_after);
	if (status == 0)
		status = set_extensions(writer, request->kind, uuid);
	/* RFC 5280 section 4.2.1: by these a chain is built where names repeat. */
	if (status == 0)
		status = mbedtls_x509write_crt_set_subject_key_identifier(writer);
	if (status == 0)
		status = mbedtls_x509write_crt_set_authority_key_identifier(writer);
	return status;
}

static bool request_is_valid(const struct bsync_certificate_request *request)
{
	static const uint8_t no_serial[sizeof(request->serial)];

	return request->not_before_ms >= 0 && request->not_before_ms < request->not_after_ms &&
	       request->not_after_ms <= last_ms && memcmp(request->serial, no_serial, sizeof(no_serial)) != 0;
}

/* Signs what has been filled in and appends it; mbedtls writes at the end of its buffer. */
static enum bsync_result sign_and_append(const struct bsync_certificate_request *request,
					 const struct bsync_signing_key *ca_key, struct issue *issue,
					 struct bsync_buffer *der)
{
	struct bsync_blinding blinding;
	uint8_t scratch[CERTIFICATE_BUFFER_SIZE];
	enum bsync_result result = bsync_blinding_begin(
		&blinding, (struct bsync_bytes){ca_key->scalar.bytes, BSYNC_P256_SCALAR_SIZE},
		(struct bsync_bytes){request->serial, sizeof(request->serial)});

	if (result == BSYNC_OK) {
		int size = mbedtls_x509write_crt_der(&issue->writer, scratch, sizeof(scratch), bsync_blinding_random,
						     &blinding);
		result = size > 0 ? bsync_buffer_append(der, scratch + sizeof(scratch) - size, (size_t)size)
				  : bsync_mbedtls_result(size == 0 ? -1 : size, BSYNC_CRYPTO);
	}
	bsync_blinding_end(&blinding);
	return result;
}

enum bsync_result bsync_certificate_issue(const struct bsync_certificate_request *request,
					  const struct bsync_signing_key *ca_key, struct bsync_bytes ca_certificate,
					  struct bsync_buffer *der)
{
	struct issue issue;
	/* mbedtls reads the issuer's key only, but its interface does not say so. */
	mbedtls_pk_context issuer = ca_key->pk;
	enum bsync_result result = BSYNC_OK;

	assert(request != NULL && der != NULL);
	if (!request_is_valid(request))
		return BSYNC_INVALID;
	mbedtls_x509write_crt_init(&issue.writer);
	mbedtls_x509_crt_init(&issue.ca);
	mbedtls_pk_init(&issue.subject);
	bsync_buffer_init(&issue.ca_spki, 256);
	result = bsync_public_key_parse(request->public_key, &issue.subject);
	if (result == BSYNC_OK)
		result = check_issuer(request, ca_key, ca_certificate, &issue);
	mbedtls_x509write_crt_set_subject_key(&issue.writer, &issue.subject);
	mbedtls_x509write_crt_set_issuer_key(&issue.writer, &issuer);
	if (result == BSYNC_OK && fill_in(request, &issue) != 0)
		result = BSYNC_NO_MEMORY;
	if (result == BSYNC_OK)
		result = sign_and_append(request, ca_key, &issue, der);
	bsync_buffer_clear(&issue.ca_spki);
	mbedtls_pk_free(&issue.subject);
	mbedtls_x509_crt_free(&issue.ca);
	mbedtls_x509write_crt_free(&issue.writer);
	return result;
}

void bsync_certificate_hash(struct bsync_bytes der, struct bsync_digest *hash)
{
	assert(hash != NULL);
	bsync_sha256(der, hash);
}

enum bsync_result bsync_certificate_pin(struct bsync_bytes der, struct bsync_digest *pin)
{
	mbedtls_x509_crt certificate;

	assert(pin != NULL);
	mbedtls_x509_crt_init(&certificate);
	enum bsync_result result = bsync_certificate_parse(der, &certificate);
	if (result == BSYNC_OK)
		bsync_sha256((struct bsync_bytes){certificate.pk_raw.p, certificate.pk_raw.len}, pin);
	mbedtls_x509_crt_free(&certificate);
	return result;
}

enum bsync_result bsync_certificate_public_key(struct bsync_bytes der, struct bsync_buffer *spki)
{
	mbedtls_x509_crt certificate;

	assert(spki != NULL);
	mbedtls_x509_crt_init(&certificate);
	enum bsync_result result = bsync_certificate_parse(der, &certificate);
	if (result == BSYNC_OK)
		result = bsync_buffer_append(spki, certificate.pk_raw.p, certificate.pk_raw.len);
	mbedtls_x509_crt_free(&certificate);
	return result;
}

enum bsync_result bsync_certificate_dates(struct bsync_bytes der, int64_t *not_before_ms, int64_t *not_after_ms)
{
	mbedtls_x509_crt certificate;

	assert(not_before_ms != NULL && not_after_ms != NULL);
	mbedtls_x509_crt_init(&certificate);
	enum bsync_result result = bsync_certificate_parse(der, &certificate);
	if (result == BSYNC_OK) {
		*not_before_ms = bsync_certificate_time_ms(&certificate.valid_from);
		*not_after_ms = bsync_certificate_time_ms(&certificate.valid_to);
	}
	mbedtls_x509_crt_free(&certificate);
	return result;
}
