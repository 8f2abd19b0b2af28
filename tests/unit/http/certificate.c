#include "certificate.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>

static struct slice
take(BIO *bio)
{
	char *data;
	long length = BIO_get_mem_data(bio, &data);
	unsigned char *copy = malloc((size_t)length);

	if (copy == NULL)
		abort();
	for (long i = 0; i < length; i++)
		copy[i] = (unsigned char)data[i];
	BIO_free(bio);
	return (struct slice){copy, (size_t)length};
}

struct tls_certificate
certificate_make(const char *const *domains, size_t count)
{
	struct tls_certificate made = {.domains = {domains, count}};
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	X509_NAME *name = X509_get_subject_name(certificate);
	BIO *bio = BIO_new(BIO_s_mem());

	X509_set_version(certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
		(const unsigned char *)domains[0], -1, -1, 0);
	X509_set_issuer_name(certificate, name);
	if (X509_set_pubkey(certificate, key) != 1 ||
		X509_sign(certificate, key, EVP_sha256()) == 0 ||
		PEM_write_bio_X509(bio, certificate) != 1)
		abort();
	made.certificate = take(bio);
	bio = BIO_new(BIO_s_mem());
	if (PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1)
		abort();
	made.key = take(bio);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return made;
}
