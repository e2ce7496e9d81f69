#include "core/identity.h"

#include <mbedtls/oid.h>
#include <mbedtls/x509_crt.h>

#include "tests/support/harness.h"
#include "tests/support/organisation.h"

static const uint8_t device_id[16] = {0x01, 0x93, 0xab, 0xcd, 0xef, 0x01, 0x72, 0x34,
				      0x85, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23};
static const char device_uuid[] = "0193abcd-ef01-7234-8567-89abcdef0123";

static struct bsync_bytes bytes_of(const struct bsync_buffer *buffer)
{
	return bsync_buffer_bytes(buffer);
}

/* The common name of the subject or issuer equals `text`. */
static int name_is(const mbedtls_x509_name *name, const char *text)
{
	for (; name != NULL; name = name->next) {
		if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &name->oid) == 0)
			return name->val.len == strlen(text) && memcmp(name->val.p, text, name->val.len) == 0;
	}
	return 0;
}

TEST(device_certificate_follows_the_template)
{
	struct organisation org;
	struct organisation_member device;
	mbedtls_x509_crt crt;
	mbedtls_x509_subject_alternative_name san;

	CHECK_EQ(organisation_make(7, &org), BSYNC_OK);
	CHECK_EQ(organisation_device(&org, device_id, &device), BSYNC_OK);
	mbedtls_x509_crt_init(&crt);
	CHECK_EQ(mbedtls_x509_crt_parse_der(&crt, device.certificate.data, device.certificate.size), 0);
	CHECK_EQ(crt.version, 3);
	CHECK(name_is(&crt.subject, device_uuid));
	CHECK(name_is(&crt.issuer, "07070707-0707-0707-0707-070707070707"));
	CHECK_EQ(mbedtls_x509_crt_get_ca_istrue(&crt), 0);
	CHECK_EQ(mbedtls_x509_crt_check_key_usage(&crt, MBEDTLS_X509_KU_DIGITAL_SIGNATURE), 0);
	CHECK(mbedtls_x509_crt_check_key_usage(&crt, MBEDTLS_X509_KU_KEY_CERT_SIGN) != 0);
	CHECK_EQ(mbedtls_x509_crt_check_extended_key_usage(&crt, MBEDTLS_OID_CLIENT_AUTH,
							   MBEDTLS_OID_SIZE(MBEDTLS_OID_CLIENT_AUTH)),
		 0);
	CHECK(mbedtls_x509_crt_check_extended_key_usage(&crt, MBEDTLS_OID_SERVER_AUTH,
							MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)) != 0);
	CHECK_EQ(mbedtls_x509_parse_subject_alt_name(&crt.subject_alt_names.buf, &san), 0);
	CHECK_EQ(san.type, MBEDTLS_X509_SAN_UNIFORM_RESOURCE_IDENTIFIER);
	CHECK_EQ(san.san.unstructured_name.len, 45);
	CHECK(memcmp(san.san.unstructured_name.p, "urn:uuid:", 9) == 0);
	CHECK(memcmp(san.san.unstructured_name.p + 9, device_uuid, 36) == 0);
	CHECK_BYTES(crt.pk_raw.p, crt.pk_raw.len, device.spki.data, device.spki.size);
	mbedtls_x509_free_subject_alt_name(&san);
	mbedtls_x509_crt_free(&crt);
	organisation_member_free(&device);
	organisation_member_free(&org.ca);
}

TEST(server_and_ca_certificates_follow_the_template)
{
	struct organisation org;
	struct organisation_member server;
	mbedtls_x509_crt crt, ca;
	uint32_t flags = 0;
	static const char uuid[] = "07070707-0707-0707-0707-070707070707";

	CHECK_EQ(organisation_make(7, &org), BSYNC_OK);
	CHECK_EQ(organisation_server(&org, &server), BSYNC_OK);
	mbedtls_x509_crt_init(&crt);
	mbedtls_x509_crt_init(&ca);
	CHECK_EQ(mbedtls_x509_crt_parse_der(&crt, server.certificate.data, server.certificate.size), 0);
	CHECK_EQ(mbedtls_x509_crt_parse_der(&ca, org.ca.certificate.data, org.ca.certificate.size), 0);
	CHECK(name_is(&crt.subject, uuid));
	CHECK_EQ(mbedtls_x509_crt_check_extended_key_usage(&crt, MBEDTLS_OID_SERVER_AUTH,
							   MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)),
		 0);
	CHECK(mbedtls_x509_crt_check_extended_key_usage(&crt, MBEDTLS_OID_CLIENT_AUTH,
							MBEDTLS_OID_SIZE(MBEDTLS_OID_CLIENT_AUTH)) != 0);
	CHECK(name_is(&ca.subject, uuid));
	/* The server is not its own issuer, though both are named after the organisation. */
	CHECK(crt.subject_raw.len != crt.issuer_raw.len ||
	      memcmp(crt.subject_raw.p, crt.issuer_raw.p, crt.issuer_raw.len) != 0);
	CHECK_BYTES(crt.issuer_raw.p, crt.issuer_raw.len, ca.subject_raw.p, ca.subject_raw.len);
	CHECK_BYTES(crt.authority_key_id.keyIdentifier.p, crt.authority_key_id.keyIdentifier.len, ca.subject_key_id.p,
		    ca.subject_key_id.len);
	CHECK_EQ(mbedtls_x509_crt_get_ca_istrue(&ca), 1);
	CHECK_EQ(mbedtls_x509_crt_check_key_usage(&ca, MBEDTLS_X509_KU_KEY_CERT_SIGN), 0);
	/* Dates aside, the chain and the name hold. */
	mbedtls_x509_crt_verify(&crt, &ca, NULL, uuid, &flags, NULL, NULL);
	CHECK_EQ(flags & ~(uint32_t)(MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE), 0);
	mbedtls_x509_crt_verify(&crt, &ca, NULL, device_uuid, &flags, NULL, NULL);
	CHECK((flags & MBEDTLS_X509_BADCERT_CN_MISMATCH) != 0);
	mbedtls_x509_crt_free(&crt);
	mbedtls_x509_crt_free(&ca);
	organisation_member_free(&server);
	organisation_member_free(&org.ca);
}

TEST(certificate_dates_are_those_asked_for_in_any_year)
{
	/* 1970-01-01, a leap day, the turns of 2049 (UTCTime ends), 2100 (no leap year) and 9999. */
	static const int64_t seconds[] = {0,          951782400,  951868799,  951868800,  1709164800,  2524607999,
					  2524608000, 4107542399, 4107542400, 4107456000, 13574563200, 253402300798};
	struct organisation org;
	struct bsync_buffer der;

	CHECK_EQ(organisation_make(7, &org), BSYNC_OK);
	bsync_buffer_init(&der, 4096);
	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		struct bsync_certificate_request request = {.kind = BSYNC_CERTIFICATE_CA, .serial = {1}};
		int64_t not_before = -1;
		int64_t not_after = -1;

		request.public_key = bytes_of(&org.ca.spki);
		request.not_before_ms = seconds[i] * 1000 + 999;
		request.not_after_ms = seconds[i] * 1000 + 1000;
		bsync_buffer_clear(&der);
		CHECK_EQ(bsync_certificate_issue(&request, org.ca.key, (struct bsync_bytes){NULL, 0}, &der), BSYNC_OK);
		CHECK_EQ(bsync_certificate_dates(bytes_of(&der), &not_before, &not_after), BSYNC_OK);
		CHECK_EQ(not_before, seconds[i] * 1000);
		CHECK_EQ(not_after, seconds[i] * 1000 + 1000);
	}
	bsync_buffer_clear(&der);
	organisation_member_free(&org.ca);
}

TEST(serial_with_leading_zeros_still_makes_a_certificate)
{
	static const uint8_t serials[][16] = {
		{0, 0, 1}, {0, 0x80}, {0xff}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
	struct organisation org;
	struct bsync_buffer der;
	struct bsync_digest pin;

	CHECK_EQ(organisation_make(7, &org), BSYNC_OK);
	bsync_buffer_init(&der, 4096);
	for (size_t i = 0; i < sizeof(serials) / sizeof(serials[0]); i++) {
		struct bsync_certificate_request request = {.kind = BSYNC_CERTIFICATE_CA, .not_after_ms = 1000};

		memcpy(request.serial, serials[i], 16);
		request.public_key = bytes_of(&org.ca.spki);
		bsync_buffer_clear(&der);
		CHECK_EQ(bsync_certificate_issue(&request, org.ca.key, (struct bsync_bytes){NULL, 0}, &der), BSYNC_OK);
		CHECK_EQ(bsync_certificate_pin(bytes_of(&der), &pin), BSYNC_OK);
	}
	bsync_buffer_clear(&der);
	organisation_member_free(&org.ca);
}

TEST(certificate_is_issued_only_by_the_key_of_its_ca)
{
	struct organisation org, other;
	struct organisation_member device;
	struct bsync_buffer der;
	struct bsync_certificate_request request = {
		.kind = BSYNC_CERTIFICATE_DEVICE, .serial = {1}, .not_after_ms = 1000};
	const struct bsync_bytes none = {NULL, 0};

	CHECK_EQ(organisation_make(7, &org), BSYNC_OK);
	CHECK_EQ(organisation_make(8, &other), BSYNC_OK);
	CHECK_EQ(organisation_device(&org, device_id, &device), BSYNC_OK);
	bsync_buffer_init(&der, 4096);
	request.public_key = bytes_of(&device.spki);
	CHECK_EQ(bsync_certificate_issue(&request, other.ca.key, bytes_of(&org.ca.certificate), &der), BSYNC_INVALID);
	CHECK_EQ(bsync_certificate_issue(&request, org.ca.key, none, &der), BSYNC_INVALID);
	CHECK_EQ(bsync_certificate_issue(&request, org.ca.key, bsync_bytes_of_string("junk"), &der), BSYNC_MALFORMED);
	request.kind = BSYNC_CERTIFICATE_CA;
	CHECK_EQ(bsync_certificate_issue(&request, org.ca.key, none, &der), BSYNC_INVALID);
	CHECK_EQ(bsync_certificate_issue(&request, org.ca.key, bytes_of(&org.ca.certificate), &der), BSYNC_INVALID);
	request.kind = BSYNC_CERTIFICATE_DEVICE;
	request.public_key = bsync_bytes_of_string("junk");
	CHECK_EQ(bsync_certificate_issue(&request, org.ca.key, bytes_of(&org.ca.certificate), &der), BSYNC_MALFORMED);
	request.public_key = bytes_of(&device.spki);
	request.not_before_ms = 1000;
	CHECK_EQ(bsync_certificate_issue(&request, org.ca.key, bytes_of(&org.ca.certificate), &der), BSYNC_INVALID);
	request.not_before_ms = -1;
	CHECK_EQ(bsync_certificate_issue(&request, org.ca.key, bytes_of(&org.ca.certificate), &der), BSYNC_INVALID);
	request.not_before_ms = 0;
	request.serial[0] = 0;
	CHECK_EQ(bsync_certificate_issue(&request, org.ca.key, bytes_of(&org.ca.certificate), &der), BSYNC_INVALID);
	CHECK_EQ(der.size, 0);
	organisation_member_free(&device);
	organisation_member_free(&org.ca);
	organisation_member_free(&other.ca);
}

TEST(pin_is_the_hash_of_the_public_key)
{
	struct organisation org;
	struct bsync_digest pin, expected, hash;
	struct bsync_buffer spki;

	CHECK_EQ(organisation_make(7, &org), BSYNC_OK);
	bsync_buffer_init(&spki, 256);
	bsync_sha256(bytes_of(&org.ca.spki), &expected);
	CHECK_EQ(bsync_certificate_pin(bytes_of(&org.ca.certificate), &pin), BSYNC_OK);
	CHECK_BYTES(pin.bytes, 32, expected.bytes, 32);
	CHECK_EQ(bsync_certificate_public_key(bytes_of(&org.ca.certificate), &spki), BSYNC_OK);
	CHECK_BYTES(spki.data, spki.size, org.ca.spki.data, org.ca.spki.size);
	bsync_certificate_hash(bytes_of(&org.ca.certificate), &hash);
	bsync_sha256(bytes_of(&org.ca.certificate), &expected);
	CHECK_BYTES(hash.bytes, 32, expected.bytes, 32);
	bsync_buffer_clear(&spki);
	organisation_member_free(&org.ca);
}

TEST(certificate_with_something_behind_it_is_refused)
{
	struct organisation org;
	struct bsync_digest pin;

	CHECK_EQ(organisation_make(7, &org), BSYNC_OK);
	for (size_t size = 0; size < org.ca.certificate.size; size += 5)
		CHECK_EQ(bsync_certificate_pin((struct bsync_bytes){org.ca.certificate.data, size}, &pin),
			 BSYNC_MALFORMED);
	CHECK_EQ(bsync_buffer_append(&org.ca.certificate, "", 1), BSYNC_OK);
	CHECK_EQ(bsync_certificate_pin(bytes_of(&org.ca.certificate), &pin), BSYNC_MALFORMED);
	organisation_member_free(&org.ca);
}

TEST(proof_of_possession_fits_its_connection_only)
{
	struct organisation org;
	struct organisation_member device;
	uint8_t nonce[32] = {1};
	uint8_t exporter[32] = {2};
	uint8_t secret[16] = {3};
	uint8_t proof[BSYNC_SIGNATURE_SIZE];
	const struct bsync_bytes bytes = {proof, sizeof(proof)};

	CHECK_EQ(organisation_make(7, &org), BSYNC_OK);
	CHECK_EQ(organisation_device(&org, device_id, &device), BSYNC_OK);
	const struct bsync_bytes spki = bytes_of(&device.spki);
	CHECK_EQ(bsync_enrol_prove(device.key, nonce, exporter, secret, proof), BSYNC_OK);
	CHECK_EQ(bsync_enrol_check(spki, nonce, exporter, secret, bytes), BSYNC_OK);
	nonce[0]++;
	CHECK_EQ(bsync_enrol_check(spki, nonce, exporter, secret, bytes), BSYNC_BAD_SIGNATURE);
	nonce[0]--;
	exporter[0]++;
	CHECK_EQ(bsync_enrol_check(spki, nonce, exporter, secret, bytes), BSYNC_BAD_SIGNATURE);
	exporter[0]--;
	secret[15]++;
	CHECK_EQ(bsync_enrol_check(spki, nonce, exporter, secret, bytes), BSYNC_BAD_SIGNATURE);
	secret[15]--;
	CHECK_EQ(bsync_enrol_check(bytes_of(&org.ca.spki), nonce, exporter, secret, bytes), BSYNC_BAD_SIGNATURE);
	CHECK_EQ(bsync_enrol_check(bsync_bytes_of_string("junk"), nonce, exporter, secret, bytes), BSYNC_MALFORMED);
	organisation_member_free(&device);
	organisation_member_free(&org.ca);
}
